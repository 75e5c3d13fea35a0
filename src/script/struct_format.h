// SPDX-License-Identifier: BSD-3-Clause
//
// The format strings of struct: letters with an optional number, read one at a time.
//
//   b B  h H  l L  T   integers of 1, 2, 8, 8 bytes; T unsigned, else capitals unsigned
//   i I  with a number n: integers of n bytes, at most 32 (4)
//   f d                float, double
//   s                  string up to a zero byte
//   c    with a number n: n characters (1); c0: as many as there are, or as the value before says
//   x                  one byte of padding
//   < >                little, big endian from here on
//   !    with a number: alignment, a power of two (8); a blank is nothing
//
// Every size fits an int and every sum is made in 64 bits, so that no position wraps.
// Source: lua struct by Roberto Ierusalimschy (inf.puc-rio.br/~roberto/struct), and the answers of
// Redis 8.0, whose 'b' is never aligned and whose alignment of odd sizes is what the formula in
// padding() says.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <lua.hpp>

namespace sorrel::script {

class StructFormat {
 public:
  struct Item {
    char letter = '\0';
    std::size_t size = 0;     // 0 as well for what has no fixed size, and for what is no letter
    std::size_t padding = 0;  // bytes to skip before it
  };

  // Requires: `text` ends with a zero byte and outlives this.
  StructFormat(lua_State* lua, const char* text) : lua_(lua), next_(text) {}

  bool at_end() const { return *next_ == '\0'; }
  // What comes next in data of which `position` bytes are read or written. Requires: !at_end().
  // Errors: raised, when a number is too large.
  Item next(std::uint64_t position);
  // Lets a letter that is none of the data take effect. Errors: raised, when it means nothing.
  void control(char letter);

  bool little_endian() const { return little_endian_; }

 private:
  std::size_t number(std::size_t otherwise);
  std::size_t size_of(char letter);
  std::size_t padding(const Item& item, std::uint64_t position) const;

  lua_State* lua_;
  const char* next_;
  std::size_t alignment_ = 1;
  bool little_endian_ = std::endian::native == std::endian::little;
};

static_assert(std::is_trivially_destructible_v<StructFormat>);

}  // namespace sorrel::script
