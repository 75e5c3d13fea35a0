// SPDX-License-Identifier: BSD-3-Clause
//
// Tables are nested at most kMaxDepth deep and each level takes two places of the Lua stack (three
// for a moment), so kPlaces bounds both stacks.
#include "message_packer.h"

#include <bit>
#include <cmath>
#include <string_view>

namespace sorrel::script {
namespace {

constexpr int kMaxDepth = 16;
static_assert(MessagePacker::kPlaces >= 3 * (kMaxDepth + 1));

constexpr unsigned kNil = 0xc0;
constexpr unsigned kFalse = 0xc2;
constexpr unsigned kTrue = 0xc3;
constexpr unsigned kFloat = 0xca;
constexpr unsigned kDouble = 0xcb;
constexpr unsigned kUnsigned8 = 0xcc;  // 16, 32 and 64 bits follow
constexpr unsigned kSigned8 = 0xd0;
constexpr unsigned kString8 = 0xd9;
constexpr unsigned kString16 = 0xda;
constexpr unsigned kString32 = 0xdb;

// Values with a length: the short form holds it in the tag.
struct Sized {
  unsigned short_tag;
  std::uint64_t short_limit;
  unsigned tag16;
  unsigned tag32;
};
constexpr Sized kArray{0x90, 15, 0xdc, 0xdd};
constexpr Sized kMap{0x80, 15, 0xde, 0xdf};

constexpr double kTwoTo63 = 0x1p63;

bool is_integer(double number) {
  return number >= -kTwoTo63 && number < kTwoTo63 && std::trunc(number) == number;
}

}  // namespace

void MessagePacker::append_tagged(unsigned tag, std::uint64_t value, std::size_t size) {
  char* const out = buffer_.reserve(size + 1);
  out[0] = static_cast<char>(tag);
  for (std::size_t i = size; i > 0; --i, value >>= 8) {
    out[i] = static_cast<char>(value);
  }
  buffer_.commit(size + 1);
}

void MessagePacker::append_top(int depth) {
  switch (lua_type(lua_, -1)) {
    case LUA_TSTRING:
      return append_string();
    case LUA_TNUMBER:
      return append_number(lua_tonumber(lua_, -1));
    case LUA_TBOOLEAN:
      return append_tagged(lua_toboolean(lua_, -1) != 0 ? kTrue : kFalse, 0, 0);
    case LUA_TTABLE:
      if (depth < kMaxDepth) return append_table(depth + 1);
      break;
    default:
      break;
  }
  append_tagged(kNil, 0, 0);
}

void MessagePacker::append_string() {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua_, -1, &size);
  if (size < 32) {
    append_tagged(0xa0 + static_cast<unsigned>(size), 0, 0);
  } else if (size <= 0xff) {
    append_tagged(kString8, size, 1);
  } else if (size <= 0xffff) {
    append_tagged(kString16, size, 2);
  } else {
    // The buffer holds less than 32 bits can count.
    static_assert(LuaBuffer::kMaxBytes <= 0xffffffff);
    append_tagged(kString32, size, 4);
  }
  buffer_.append({text, size});
}

void MessagePacker::append_number(double number) {
  if (is_integer(number)) return append_integer(static_cast<std::int64_t>(number));
  // Beyond the largest float there is nothing to convert to.
  constexpr double kLargestFloat = 0x1.fffffep127;
  if (std::isinf(number) || std::fabs(number) <= kLargestFloat) {
    const auto narrow = static_cast<float>(number);
    if (static_cast<double>(narrow) == number) {
      return append_tagged(kFloat, std::bit_cast<std::uint32_t>(narrow), 4);
    }
  }
  append_tagged(kDouble, std::bit_cast<std::uint64_t>(number), 8);
}

void MessagePacker::append_integer(std::int64_t value) {
  if (value >= -32 && value <= 127) {
    return append_tagged(static_cast<unsigned>(value) & 0xff, 0, 0);
  }
  // The sizes are 1, 2, 4 and 8 bytes; tags of one kind follow each other.
  const std::uint64_t bits = static_cast<std::uint64_t>(value);
  const unsigned tag = value >= 0 ? kUnsigned8 : kSigned8;
  const int width = static_cast<int>(std::bit_width(value >= 0 ? bits : ~bits)) + (value < 0);
  const unsigned log = width <= 8 ? 0 : width <= 16 ? 1 : width <= 32 ? 2 : 3;
  append_tagged(tag + log, bits, std::size_t{1} << log);
}

MessagePacker::Shape MessagePacker::shape_of_top() {
  Shape shape;
  double highest = 0;
  lua_pushnil(lua_);
  while (lua_next(lua_, -2) != 0) {
    lua_pop(lua_, 1);
    const double key = lua_type(lua_, -1) == LUA_TNUMBER ? lua_tonumber(lua_, -1) : 0;
    shape.is_array = shape.is_array && key >= 1 && std::trunc(key) == key;
    highest = std::fmax(highest, key);
    ++shape.count;
  }
  shape.is_array = shape.is_array && highest == static_cast<double>(shape.count);
  return shape;
}

void MessagePacker::append_table(int depth) {
  const auto [is_array, count] = shape_of_top();
  const Sized& sized = is_array ? kArray : kMap;
  if (count <= sized.short_limit) {
    append_tagged(sized.short_tag + static_cast<unsigned>(count), 0, 0);
  } else if (count <= 0xffff) {
    append_tagged(sized.tag16, count, 2);
  } else {
    append_tagged(sized.tag32, count, 4);
  }
  if (is_array) {
    for (std::uint64_t index = 1; index <= count; ++index) {
      lua_rawgeti(lua_, -1, static_cast<int>(index));
      append_top(depth);
      lua_pop(lua_, 1);
    }
    return;
  }
  lua_pushnil(lua_);
  while (lua_next(lua_, -2) != 0) {
    // The key is packed from a copy: lua_tolstring would change a number in its place.
    lua_pushvalue(lua_, -2);
    append_top(depth);
    lua_pop(lua_, 1);
    append_top(depth);
    lua_pop(lua_, 1);
  }
}

}  // namespace sorrel::script
