// SPDX-License-Identifier: BSD-3-Clause
//
// Integers of 1 to 64 bits that lie anywhere in a string, most significant bit first, as BITFIELD
// reads and writes them; and what becomes of a number that such an integer cannot hold. An unsigned
// one has at most 63 bits, so that every value is an int64_t.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sorrel::types {

struct BitFieldType {
  bool is_signed = false;
  unsigned bits = 8;  // 1 to 64, or to 63 without a sign
};

enum class BitFieldOverflow : std::uint8_t { kWrap, kSaturate, kFail };

// What lies beyond the string is zero.
std::int64_t read_bit_field(std::string_view bytes, std::uint64_t offset, BitFieldType type);
// Requires: the field lies in `bytes`, and can hold the value.
void write_bit_field(std::span<char> bytes, std::uint64_t offset, BitFieldType type,
                     std::int64_t value);

// The value as the field can hold it; for an unsigned field the argument's bits are taken as
// unsigned, so -1 is the largest number there is. Returns: nullopt when it does not fit and must.
std::optional<std::int64_t> fit_bit_field(BitFieldType type, std::int64_t value,
                                          BitFieldOverflow overflow);
// The sum as the field can hold it. Requires: the field can hold `value`. Returns: as above.
std::optional<std::int64_t> add_to_bit_field(BitFieldType type, std::int64_t value,
                                             std::int64_t increment, BitFieldOverflow overflow);

}  // namespace sorrel::types
