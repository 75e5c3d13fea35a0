// SPDX-License-Identifier: BSD-3-Clause
//
// The compact forms of a hash, as verbs on a listpack:
//
//   pairs     field, value ...                 in the order in which fields came
//   triples   field, value, deadline ...       by deadline; those without one last, with a 0
//
// A new deadline goes before an equal one, which is where Redis puts it. A field moves by an
// exchange of two runs of bytes, for an entry of a listpack does not know where it stands.
//
// Changes give the listpack that replaces the one given. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include <sorrel/base/listpack.h>
#include <sorrel/types/hash.h>

namespace sorrel::types::encoding {

// Entries a field takes.
enum class Stride : std::uint8_t { kPairs = 2, kTriples = 3 };

inline unsigned entries_of(Stride stride) { return static_cast<unsigned>(stride); }

// A compact hash with deadlines: what one word cannot hold.
struct TimedFields {
  base::Listpack* pack;
  std::int64_t scheduled_ms = Hash::kNever;
};

// The offset of the field, or the end.
inline std::uint32_t find_field(const base::Listpack& pack, std::string_view field, Stride stride) {
  return pack.find(pack.begin(), field, entries_of(stride) - 1);
}
// Requires, here and below: a field stands at `offset`.
Hash::Entry field_at(const base::Listpack& pack, std::uint32_t offset, Stride stride);
std::uint32_t next_field(const base::Listpack& pack, std::uint32_t offset, Stride stride);
// kNever when it has none. Requires: triples.
std::int64_t deadline_at(const base::Listpack& pack, std::uint32_t offset);

// Appends a field without a deadline.
[[nodiscard]] base::Listpack* append_field(base::Listpack* pack, std::string_view field,
                                           std::string_view value, Stride stride);
// Changes the deadline and moves the field to where it belongs. Requires: triples.
[[nodiscard]] base::Listpack* move_to_deadline(base::Listpack* pack, std::uint32_t offset,
                                               std::int64_t deadline_ms);
// Makes triples without deadlines of pairs.
[[nodiscard]] base::Listpack* with_deadlines(base::Listpack* pairs);

}  // namespace sorrel::types::encoding
