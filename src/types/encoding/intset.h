// SPDX-License-Identifier: BSD-3-Clause
//
// The compact form of a set of integers, to the byte as RDB files hold it:
//
//   width u32 (2, 4 or 8) | count u32 | count integers of that width, ascending, little-endian
//
// All integers have the width of the widest one that was ever there. An integer that needs a wider
// one is the first or the last of the order, so widening is one pass. The allocation is always
// base::block_size(bytes()), which nothing records.
//
// Everything but intset_valid() trusts the bytes. Functions that change an intset take the block
// and give the one that replaces it. Cost: find O(log n), a change O(n) bytes moved. One thread.
//
// Source: "Redis RDB dump file format" (Sripathi Krishnan), section "Intset in set encoding".
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace sorrel::types::encoding {

static_assert(std::endian::native == std::endian::little);

struct Intset {
  std::uint32_t width;
  std::uint32_t count;

  // Redis' own bound, whatever the configuration says.
  static constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 30;
  static constexpr std::size_t kHeader = 8;

  std::size_t bytes() const { return kHeader + std::size_t{width} * count; }
  std::string_view view() const { return {reinterpret_cast<const char*>(this), bytes()}; }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  char* data() { return reinterpret_cast<char*>(this + 1); }

  // Requires: index < count.
  std::int64_t at(std::uint32_t index) const;

  // Where the value is, or where it belongs.
  struct Place {
    std::uint32_t index = 0;
    bool found = false;
  };
  Place find(std::int64_t value) const;
};
static_assert(sizeof(Intset) == Intset::kHeader);

// Null stands for an empty one. Requires: the value belongs at `index` and is not there;
// count < kMaxCount.
Intset* intset_insert(Intset* set, std::uint32_t index, std::int64_t value);
// Takes out the values at these ascending indexes. Returns: null when none is left.
Intset* intset_erase(Intset* set, std::span<const std::uint32_t> indexes);
// Requires: ascending, distinct, not empty.
Intset* intset_make(std::span<const std::int64_t> values);
// Requires: the bytes are of an intset.
Intset* intset_copy(std::string_view bytes);
void intset_free(Intset* set);

// Whether untrusted bytes are an intset that is not empty: width, length, order. Cost: O(bytes).
bool intset_valid(std::string_view bytes);

}  // namespace sorrel::types::encoding
