// SPDX-License-Identifier: BSD-3-Clause
//
// The first bytes of a listpack's entry, as listpack.h draws them: what kind it is and how long.
// Shared by what reads and changes listpacks and by what checks them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sorrel::base::listpack {

// The first byte of a kind, or its bits that say so.
inline constexpr unsigned kString6 = 0x80;
inline constexpr unsigned kInteger13 = 0xc0;
inline constexpr unsigned kString12 = 0xe0;
inline constexpr unsigned kString32 = 0xf0;
inline constexpr unsigned kInteger16 = 0xf1;
inline constexpr unsigned kInteger24 = 0xf2;
inline constexpr unsigned kInteger32 = 0xf3;
inline constexpr unsigned kInteger64 = 0xf4;

inline unsigned byte_at(const char* at) { return static_cast<unsigned char>(*at); }

inline bool is_string(unsigned first) {
  return first - kString6 < kInteger13 - kString6 || first - kString12 <= kString32 - kString12;
}

// The bytes before a string's data, or all of an integer; 0 for a byte that begins no entry.
inline std::uint32_t head_bytes(unsigned first) {
  if (first < kInteger13) return 1;
  if (first < kString32) return 2;
  switch (first) {
    case kString32:
      return 5;
    case kInteger16:
      return 3;
    case kInteger24:
      return 4;
    case kInteger32:
      return 5;
    case kInteger64:
      return 9;
    default:
      return 0;
  }
}

// Requires: head_bytes() of them can be read, and is_string().
inline std::uint32_t string_length(const char* at) {
  const unsigned first = byte_at(at);
  if (first < kInteger13) return first & 0x3f;
  if (first < kString32) return (first & 0x0f) << 8 | byte_at(at + 1);
  std::uint32_t length;
  std::memcpy(&length, at + 1, sizeof length);
  return length;
}

// Of an entry without the length behind it. Requires: head_bytes() of them can be read.
inline std::size_t whole_length(const char* at) {
  const unsigned first = byte_at(at);
  const std::size_t data = is_string(first) ? string_length(at) : 0;
  return head_bytes(first) + data;
}

// What the length behind an entry takes.
inline unsigned tail_bytes(std::size_t length) {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

}  // namespace sorrel::base::listpack
