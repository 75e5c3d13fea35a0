// SPDX-License-Identifier: BSD-3-Clause
//
// A field of 64 bits may touch nine bytes, so it is read and written through a window of 128 bits.
// Sums are formed in 128 bits, too, where neither the sum of two 64-bit numbers nor a bound of a
// field can overflow.
#include <algorithm>
#include <cassert>
#include <cstddef>

#include <sorrel/types/bit_field.h>

namespace sorrel::types {
namespace {

__extension__ using Wide = __int128;
__extension__ using WideBits = unsigned __int128;

// The bytes that a field touches, and how far its last bit is from the end of them.
struct Window {
  std::size_t first_byte;
  std::size_t bytes;
  unsigned shift;

  Window(std::uint64_t offset, unsigned bits)
      : first_byte(static_cast<std::size_t>(offset / 8)),
        bytes((static_cast<std::size_t>(offset % 8) + bits + 7) / 8),
        shift(static_cast<unsigned>(bytes * 8 - offset % 8 - bits)) {}

  WideBits load(std::string_view string) const {
    WideBits value = 0;
    for (std::size_t i = first_byte; i < first_byte + bytes; ++i) {
      const unsigned byte = i < string.size() ? static_cast<unsigned char>(string[i]) : 0U;
      value = value << 8 | byte;
    }
    return value;
  }
};

constexpr std::uint64_t mask_of(unsigned bits) { return ~std::uint64_t{0} >> (64 - bits); }

// The number that these low bits are.
std::int64_t interpret(std::uint64_t low_bits, BitFieldType type) {
  const unsigned unused = 64 - type.bits;
  return type.is_signed ? static_cast<std::int64_t>(low_bits << unused) >> unused
                        : static_cast<std::int64_t>(low_bits);
}

std::optional<std::int64_t> fit(BitFieldType type, Wide value, BitFieldOverflow overflow) {
  const Wide least = type.is_signed ? -(Wide{1} << (type.bits - 1)) : 0;
  const Wide most = (Wide{1} << (type.is_signed ? type.bits - 1 : type.bits)) - 1;
  if (value >= least && value <= most) {
    return static_cast<std::int64_t>(value);
  }
  switch (overflow) {
    case BitFieldOverflow::kWrap:
      return interpret(static_cast<std::uint64_t>(value) & mask_of(type.bits), type);
    case BitFieldOverflow::kSaturate:
      return static_cast<std::int64_t>(std::clamp(value, least, most));
    case BitFieldOverflow::kFail:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::int64_t read_bit_field(std::string_view bytes, std::uint64_t offset, BitFieldType type) {
  const Window window(offset, type.bits);
  const auto value = static_cast<std::uint64_t>(window.load(bytes) >> window.shift);
  return interpret(value & mask_of(type.bits), type);
}

void write_bit_field(std::span<char> bytes, std::uint64_t offset, BitFieldType type,
                     std::int64_t value) {
  const Window window(offset, type.bits);
  assert(window.first_byte + window.bytes <= bytes.size());
  const WideBits mask = WideBits{mask_of(type.bits)} << window.shift;
  const WideBits field = WideBits{static_cast<std::uint64_t>(value)} << window.shift;
  WideBits whole = (window.load({bytes.data(), bytes.size()}) & ~mask) | (field & mask);
  for (std::size_t i = window.bytes; i-- > 0; whole >>= 8) {
    bytes[window.first_byte + i] = static_cast<char>(static_cast<unsigned char>(whole & 0xff));
  }
}

std::optional<std::int64_t> fit_bit_field(BitFieldType type, std::int64_t value,
                                          BitFieldOverflow overflow) {
  const Wide wide = type.is_signed ? Wide{value} : Wide{static_cast<std::uint64_t>(value)};
  return fit(type, wide, overflow);
}

std::optional<std::int64_t> add_to_bit_field(BitFieldType type, std::int64_t value,
                                             std::int64_t increment, BitFieldOverflow overflow) {
  return fit(type, Wide{value} + increment, overflow);
}

}  // namespace sorrel::types
