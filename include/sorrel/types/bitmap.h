// SPDX-License-Identifier: BSD-3-Clause
//
// A string seen as bits, as SETBIT numbers them: bit 0 is the most significant one of byte 0. The
// value stays a string; these are verbs over its bytes, and what lies beyond them is zero.
//
// Whole strings are worked on by words or, where the processor has them, by vectors of 32 bytes;
// bench/types_bitmap_bench.cc holds the plain loops against these. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sorrel::types {

bool get_bit(std::string_view bytes, std::uint64_t offset);
// Requires: the bit lies in `bytes`. Returns: what it was before.
bool set_bit(std::span<char> bytes, std::uint64_t offset, bool bit);

// How many bits are set. Cost: O(bytes).
std::uint64_t count_bits(std::string_view bytes);
// The same for the bits first, first + 1 ... last. Requires: first <= last, both in `bytes`.
std::uint64_t count_bits(std::string_view bytes, std::uint64_t first, std::uint64_t last);

// The first bit of that value among first ... last. Requires: first <= last, both in `bytes`.
// Returns: its offset, nullopt when there is none. Cost: O(bytes).
std::optional<std::uint64_t> find_bit(std::string_view bytes, bool bit, std::uint64_t first,
                                      std::uint64_t last);

// What BITOP makes of a bit of each source.
enum class BitOperation : std::uint8_t {
  kAnd,
  kOr,
  kXor,
  kNot,    // of the one source
  kDiff,   // in the first and in none of the others
  kDiff1,  // in one of the others at least, and not in the first
  kAndOr,  // in the first and in one of the others at least
  kOne,    // in exactly one
};

// Combines the sources, each as if zeros followed it, into `result`. A source may begin where
// `result` begins (BITOP NOT k k); otherwise they do not overlap.
// Requires: at least one source, for kDiff, kDiff1 and kAndOr two; none is longer than `result`.
// Cost: O(bytes of all sources).
void combine_bits(BitOperation operation, std::span<const std::string_view> sources,
                  std::span<char> result);

}  // namespace sorrel::types
