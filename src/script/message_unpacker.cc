// SPDX-License-Identifier: BSD-3-Clause
//
// Reads by the tag. No table is made for a size in advance, because a few bytes can claim four
// billion items at every level.
#include "message_unpacker.h"

#include <bit>

namespace sorrel::script {

// The next `size` bytes; an error when there are fewer.
std::string_view MessageUnpacker::take(std::uint64_t size) {
  if (size > bytes_.size()) {
    luaL_error(lua_, "Missing bytes in input.");
  }
  const std::string_view taken = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return taken;
}

std::uint64_t MessageUnpacker::take_unsigned(std::size_t size) {
  std::uint64_t value = 0;
  for (const char byte : take(size)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

void MessageUnpacker::push_next() {
  luaL_checkstack(lua_, 1,
                  "too many return values at once; use unpack_one or unpack_limit instead.");
  const auto tag = static_cast<unsigned>(take_unsigned(1));
  if (tag < 0x80) return lua_pushnumber(lua_, tag);
  if (tag < 0x90) return push_map(tag & 0xf);
  if (tag < 0xa0) return push_array(tag & 0xf);
  if (tag < 0xc0) return push_string(tag & 0x1f);
  if (tag >= 0xe0) return lua_pushnumber(lua_, static_cast<int>(tag) - 0x100);
  switch (tag) {
    case 0xc0:
      return lua_pushnil(lua_);
    case 0xc2:
    case 0xc3:
      return lua_pushboolean(lua_, tag == 0xc3 ? 1 : 0);
    case 0xca:
      return lua_pushnumber(lua_,
                            std::bit_cast<float>(static_cast<std::uint32_t>(take_unsigned(4))));
    case 0xcb:
      return lua_pushnumber(lua_, std::bit_cast<double>(take_unsigned(8)));
    default:
      return tag >= 0xd9 ? push_sized(tag) : push_integer(tag);
  }
}

// Strings (8, 16, 32 bits of length), arrays and maps (16, 32).
void MessageUnpacker::push_sized(unsigned tag) {
  switch (tag) {
    case 0xd9:
      return push_string(take_unsigned(1));
    case 0xda:
      return push_string(take_unsigned(2));
    case 0xdb:
      return push_string(take_unsigned(4));
    case 0xdc:
      return push_array(take_unsigned(2));
    case 0xdd:
      return push_array(take_unsigned(4));
    case 0xde:
      return push_map(take_unsigned(2));
    default:
      return push_map(take_unsigned(4));
  }
}

void MessageUnpacker::push_integer(unsigned tag) {
  switch (tag) {
    case 0xcc:
    case 0xcd:
    case 0xce:
      return lua_pushnumber(lua_,
                            static_cast<double>(take_unsigned(std::size_t{1} << (tag - 0xcc))));
    case 0xd0:
      return lua_pushnumber(lua_, static_cast<std::int8_t>(take_unsigned(1)));
    case 0xd1:
      return lua_pushnumber(lua_, static_cast<std::int16_t>(take_unsigned(2)));
    case 0xd2:
      return lua_pushnumber(lua_, static_cast<std::int32_t>(take_unsigned(4)));
    case 0xcf:
    case 0xd3:
      return lua_pushnumber(lua_, static_cast<double>(static_cast<std::int64_t>(take_unsigned(8))));
    default:
      luaL_error(lua_, "Bad data format in input.");
  }
}

void MessageUnpacker::push_string(std::uint64_t size) {
  const std::string_view text = take(size);
  lua_pushlstring(lua_, text.data(), text.size());
}

void MessageUnpacker::push_array(std::uint64_t count) {
  luaL_checkstack(lua_, 2, "in function mp_decode_to_lua_array");
  lua_newtable(lua_);
  for (std::uint64_t index = 1; index <= count; ++index) {
    lua_pushnumber(lua_, static_cast<double>(index));
    push_next();
    lua_rawset(lua_, -3);
  }
}

void MessageUnpacker::push_map(std::uint64_t count) {
  lua_newtable(lua_);
  for (; count > 0; --count) {
    push_next();
    push_next();
    lua_rawset(lua_, -3);
  }
}

}  // namespace sorrel::script
