// SPDX-License-Identifier: BSD-3-Clause
//
// Building the world of scripts: shades, and which names are in it.
#include "sandbox.h"

namespace sorrel::script {
namespace {

// The field of a shade's metatable that holds the real table: no script can name it.
char real_table_mark = 0;

int refuse_write(lua_State* lua) { return luaL_error(lua, kReadonlyText); }

int refuse_unknown_global(lua_State* lua) {
  const int type = lua_type(lua, 2);
  if (type != LUA_TSTRING && type != LUA_TNUMBER) {
    return luaL_error(lua, "Second argument to luaProtectedTableError must be a string or number");
  }
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                    lua_tostring(lua, 2));
}

constexpr const char* kBaseNames[] = {"assert",   "error",    "gcinfo",  "ipairs",
                                      "next",     "rawequal", "select",  "tonumber",
                                      "tostring", "type",     "_VERSION"};

// Calls a library's opener. What it leaves in the globals of that moment goes with them.
void open(lua_State* lua, lua_CFunction opener, const char* name) {
  lua_pushcfunction(lua, opener);
  lua_pushstring(lua, name);
  lua_call(lua, 1, 0);
}

// globals[name] = shade of the library at the top, which goes.
void add_library(lua_State* lua, int globals, const char* name) {
  shade(lua);
  lua_setfield(lua, globals, name);
}

// globals[name] = shade of the library, whose functions `replace` changes first.
void take_library(lua_State* lua, int globals, const char* name, void (*replace)(lua_State*)) {
  lua_getfield(lua, LUA_GLOBALSINDEX, name);
  if (replace != nullptr) {
    replace(lua);
  }
  add_library(lua, globals, name);
}

void take_clock(lua_State* lua, int globals) {
  lua_newtable(lua);
  lua_getfield(lua, LUA_GLOBALSINDEX, "os");
  lua_getfield(lua, -1, "clock");
  lua_setfield(lua, -3, "clock");
  lua_pop(lua, 1);
  shade(lua);
  lua_setfield(lua, globals, "os");
}

// What a script is shown as the metatable of strings: it names the library's shade.
void show_string_metatable(lua_State* lua, int globals) {
  lua_newtable(lua);
  lua_getfield(lua, globals, LUA_STRLIBNAME);
  lua_setfield(lua, -2, "__index");
  shade(lua);
  lua_pushcclosure(lua, shown_metatable, 1);
  lua_setfield(lua, globals, "getmetatable");
}

}  // namespace

// What the metatable is, scripts may see by a shade.
void refuse_unknown_names(lua_State* lua, int index) {
  lua_newtable(lua);
  lua_pushcfunction(lua, refuse_unknown_global);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, index);
}

void shade(lua_State* lua) {
  const int real = lua_gettop(lua);
  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, real);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_write);
  lua_setfield(lua, -2, "__newindex");
  lua_pushlightuserdata(lua, &real_table_mark);
  lua_pushvalue(lua, real);
  lua_rawset(lua, -3);
  lua_setmetatable(lua, -2);
  lua_remove(lua, real);
}

bool push_shaded(lua_State* lua, int index) {
  if (lua_type(lua, index) != LUA_TTABLE || lua_getmetatable(lua, index) == 0) {
    return false;
  }
  lua_pushlightuserdata(lua, &real_table_mark);
  lua_rawget(lua, -2);
  lua_remove(lua, -2);
  if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
    return false;
  }
  return true;
}

void open_sandbox(lua_State* lua, JsonSettings& json) {
  open(lua, luaopen_base, "");
  open(lua, luaopen_table, LUA_TABLIBNAME);
  open(lua, luaopen_string, LUA_STRLIBNAME);
  open(lua, luaopen_math, LUA_MATHLIBNAME);
  open(lua, luaopen_os, LUA_OSLIBNAME);
  lua_newtable(lua);
  const int globals = lua_gettop(lua);
  for (const char* const name : kBaseNames) {
    lua_getfield(lua, LUA_GLOBALSINDEX, name);
    lua_setfield(lua, globals, name);
  }
  replace_base_functions(lua);
  take_library(lua, globals, LUA_TABLIBNAME, replace_table_functions);
  take_library(lua, globals, LUA_STRLIBNAME, replace_string_functions);
  take_library(lua, globals, LUA_MATHLIBNAME, replace_math_functions);
  take_library(lua, globals, LUA_COLIBNAME, replace_coroutine_functions);
  open_cjson(lua, json);
  add_library(lua, globals, "cjson");
  open_cmsgpack(lua);
  add_library(lua, globals, "cmsgpack");
  open_struct(lua);
  add_library(lua, globals, "struct");
  open_bit(lua);
  add_library(lua, globals, "bit");
  take_clock(lua, globals);
  show_string_metatable(lua, globals);
  refuse_unknown_names(lua, globals);
  lua_pushvalue(lua, globals);
  shade(lua);
  lua_pushvalue(lua, -1);
  lua_pushliteral(lua, "_G");
  lua_insert(lua, -2);
  lua_rawset(lua, globals);
  lua_replace(lua, LUA_GLOBALSINDEX);
}

}  // namespace sorrel::script
