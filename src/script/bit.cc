// SPDX-License-Identifier: BSD-3-Clause
//
// bit is lua-bitop, the library that Redis' own is; Debian keeps it. It registers itself under its
// name, as modules of Lua 5.1 do: the global and the entry among the loaded modules go again, so
// that the table is all that is left.
#include "libraries.h"

extern "C" {
#include <lua5.1/lua-bitop.h>
}

namespace sorrel::script {

void open_bit(lua_State* lua) {
  lua_pushcfunction(lua, luaopen_bit);
  lua_call(lua, 0, 1);
  lua_pushnil(lua);
  lua_setglobal(lua, "bit");
  luaL_findtable(lua, LUA_REGISTRYINDEX, "_LOADED", 1);
  lua_pushnil(lua);
  lua_setfield(lua, -2, "bit");
  lua_pop(lua, 1);
}

}  // namespace sorrel::script
