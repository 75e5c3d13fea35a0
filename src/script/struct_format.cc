// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers are read digit by digit with a check before each; more than an int holds is an error.
#include "struct_format.h"

#include <algorithm>
#include <climits>

namespace sorrel::script {
namespace {

constexpr std::size_t kMaxIntegerBytes = 32;
constexpr std::size_t kNaturalAlignment = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::size_t StructFormat::number(std::size_t otherwise) {
  if (!is_digit(*next_)) return otherwise;
  std::size_t value = 0;
  for (; is_digit(*next_); ++next_) {
    value = value * 10 + static_cast<std::size_t>(*next_ - '0');
    if (value > INT_MAX) {
      luaL_error(lua_, "integral size overflow");
    }
  }
  return value;
}

std::size_t StructFormat::size_of(char letter) {
  switch (letter) {
    case 'b':
    case 'B':
    case 'x':
      return 1;
    case 'h':
    case 'H':
      return sizeof(short);
    case 'l':
    case 'L':
      return sizeof(long);
    case 'T':
      return sizeof(std::size_t);
    case 'f':
      return sizeof(float);
    case 'd':
      return sizeof(double);
    case 'c':
      return number(1);
    case 'i':
    case 'I': {
      const std::size_t size = number(sizeof(int));
      if (size > kMaxIntegerBytes) {
        luaL_error(lua_, "integral size %d is larger than limit of %d", static_cast<int>(size),
                   static_cast<int>(kMaxIntegerBytes));
      }
      return size;
    }
    default:
      return 0;
  }
}

std::size_t StructFormat::padding(const Item& item, std::uint64_t position) const {
  if (item.size == 0 || item.letter == 'c') return 0;
  // The mask is one of bits only where the size is a power of two.
  const std::size_t unit = std::min(item.size, alignment_);
  const std::size_t mask = unit - 1;
  return (unit - (position & mask)) & mask;
}

StructFormat::Item StructFormat::next(std::uint64_t position) {
  Item item;
  item.letter = *next_++;
  item.size = size_of(item.letter);
  item.padding = padding(item, position);
  return item;
}

void StructFormat::control(char letter) {
  switch (letter) {
    case ' ':
      return;
    case '<':
    case '>':
      little_endian_ = letter == '<';
      return;
    case '!': {
      const std::size_t alignment = number(kNaturalAlignment);
      if (!std::has_single_bit(alignment)) {
        luaL_error(lua_, "alignment %d is not a power of 2", static_cast<int>(alignment));
      }
      alignment_ = alignment;
      return;
    }
    default:
      luaL_argerror(lua_, 1, lua_pushfstring(lua_, "invalid format option '%c'", letter));
  }
}

}  // namespace sorrel::script
