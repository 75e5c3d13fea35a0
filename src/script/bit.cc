// SPDX-License-Identifier: BSD-3-Clause
//
// bit is lua-bitop, the library that Redis' own is; Debian keeps it. It registers itself under its
// name, as modules of Lua 5.1 do: the global and the entry among the loaded modules go again, so
// that the table is all that is left. Its tohex writes past its buffer when it is asked for as many
// digits as the smallest integer says, and has a replacement here.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "libraries.h"

extern "C" {
#include <lua5.1/lua-bitop.h>
}

namespace sorrel::script {
namespace {

// The 32 lowest bits of the nearest integer, as the library takes its arguments: a sum with 2^52 +
// 2^51 has them at its end.
std::uint32_t bits_of(double value) {
  value += 6755399441055744.0;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint32_t>(bits);
}

// bit.tohex(x [, n]): n digits, in capitals when n is negative.
int to_hex(lua_State* lua) {
  constexpr std::uint32_t kMostDigits = 8;
  const std::uint32_t value = bits_of(luaL_checknumber(lua, 1));
  const std::uint32_t wanted = lua_isnone(lua, 2) ? kMostDigits : bits_of(luaL_checknumber(lua, 2));
  const bool capitals = static_cast<std::int32_t>(wanted) < 0;
  const std::uint32_t digits = std::min(capitals ? 0U - wanted : wanted, kMostDigits);
  const char* const alphabet = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
  char text[kMostDigits];
  for (std::uint32_t i = 0; i < digits; ++i) {
    text[digits - 1 - i] = alphabet[(value >> (4 * i)) & 0xF];
  }
  lua_pushlstring(lua, text, digits);
  return 1;
}

}  // namespace

void open_bit(lua_State* lua) {
  lua_pushcfunction(lua, luaopen_bit);
  lua_call(lua, 0, 1);
  lua_pushcfunction(lua, to_hex);
  lua_setfield(lua, -2, "tohex");
  lua_pushnil(lua);
  lua_setglobal(lua, "bit");
  luaL_findtable(lua, LUA_REGISTRYINDEX, "_LOADED", 1);
  lua_pushnil(lua);
  lua_setfield(lua, -2, "bit");
  lua_pop(lua, 1);
}

}  // namespace sorrel::script
