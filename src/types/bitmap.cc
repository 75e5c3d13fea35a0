// SPDX-License-Identifier: BSD-3-Clause
//
// Single bits, ranges of bits, and the search. A range is a few bits, whole bytes, a few bits: the
// ends are masked bytes, and what is between them is counted or skipped eight bytes and more at a
// time. Counting and combining whole strings stand in bitmap_vectors.cc.
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>

#include <sorrel/types/bitmap.h>

namespace sorrel::types {
namespace {

unsigned byte_at(std::string_view bytes, std::uint64_t index) {
  return static_cast<unsigned char>(bytes[static_cast<std::size_t>(index)]);
}

// A byte's bits from this one on, and up to this one.
constexpr unsigned from_bit(std::uint64_t offset) { return 0xffU >> (offset % 8); }
constexpr unsigned up_to_bit(std::uint64_t offset) { return (0xff00U >> (offset % 8 + 1)) & 0xffU; }

std::uint64_t word_at(std::string_view bytes, std::size_t index) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + index, sizeof(word));
  return word;
}

// The first byte from `at` on that is not `skipped`. Returns: bytes.size() when there is none.
std::size_t skip_bytes(std::string_view bytes, std::size_t at, unsigned char skipped) {
  const std::uint64_t same = skipped * 0x0101010101010101ULL;
  while (at + 32 <= bytes.size() &&
         ((word_at(bytes, at) ^ same) | (word_at(bytes, at + 8) ^ same) |
          (word_at(bytes, at + 16) ^ same) | (word_at(bytes, at + 24) ^ same)) == 0) {
    at += 32;
  }
  while (at + 8 <= bytes.size() && word_at(bytes, at) == same) {
    at += 8;
  }
  while (at < bytes.size() && byte_at(bytes, at) == skipped) {
    ++at;
  }
  return at;
}

}  // namespace

bool get_bit(std::string_view bytes, std::uint64_t offset) {
  return offset / 8 < bytes.size() && (byte_at(bytes, offset / 8) & (0x80U >> (offset % 8))) != 0;
}

bool set_bit(std::span<char> bytes, std::uint64_t offset, bool bit) {
  assert(offset / 8 < bytes.size());
  const unsigned mask = 0x80U >> (offset % 8);
  char& byte = bytes[static_cast<std::size_t>(offset / 8)];
  const unsigned before = static_cast<unsigned char>(byte);
  byte = static_cast<char>(bit ? before | mask : before & ~mask);
  return (before & mask) != 0;
}

std::uint64_t count_bits(std::string_view bytes, std::uint64_t first, std::uint64_t last) {
  assert(first <= last && last / 8 < bytes.size());
  const auto first_byte = static_cast<std::size_t>(first / 8);
  const auto last_byte = static_cast<std::size_t>(last / 8);
  const auto count = [](unsigned byte) { return static_cast<std::uint64_t>(std::popcount(byte)); };
  if (first_byte == last_byte) {
    return count(byte_at(bytes, first_byte) & from_bit(first) & up_to_bit(last));
  }
  return count(byte_at(bytes, first_byte) & from_bit(first)) +
         count_bits(bytes.substr(first_byte + 1, last_byte - first_byte - 1)) +
         count(byte_at(bytes, last_byte) & up_to_bit(last));
}

std::optional<std::uint64_t> find_bit(std::string_view bytes, bool bit, std::uint64_t first,
                                      std::uint64_t last) {
  assert(first <= last && last / 8 < bytes.size());
  // A clear bit is looked for as a set one in the complement.
  const unsigned flip = bit ? 0 : 0xff;
  const auto last_byte = static_cast<std::size_t>(last / 8);
  auto at = static_cast<std::size_t>(first / 8);
  unsigned found = (byte_at(bytes, at) ^ flip) & from_bit(first);
  if (found == 0) {
    at = skip_bytes(bytes.substr(0, last_byte + 1), at + 1, static_cast<unsigned char>(flip));
    if (at > last_byte) {
      return std::nullopt;
    }
    found = byte_at(bytes, at) ^ flip;
  }
  const auto place = static_cast<std::uint64_t>(std::countl_zero(static_cast<std::uint8_t>(found)));
  const std::uint64_t offset = std::uint64_t{at} * 8 + place;
  return offset <= last ? std::optional(offset) : std::nullopt;
}

}  // namespace sorrel::types
