// SPDX-License-Identifier: BSD-3-Clause
//
// cjson: its table, and the functions that read and change the settings. The codec is ours
// (json_encoder.h, json_decoder.h), although Debian has the lua-cjson that Redis' own came from and
// its results are the same: Debian 12's (2.1.0) counts sizes in an int, so that a script which
// encodes a string of 716 MB ends the process, and one of 358 MB of control characters never comes
// back; and its buffers lie outside of the memory that is counted as the script's.
//
// Every function has its settings as an upvalue: a light userdata of the engine's, or for a copy
// made by cjson.new() a userdata of the copy.
#include <climits>
#include <new>

#include "json_decoder.h"
#include "json_encoder.h"
#include "libraries.h"
#include "lua_buffer.h"

namespace sorrel::script {
namespace {

constexpr const char* kOffOn[] = {"off", "on", nullptr};
constexpr const char* kOffOnNull[] = {"off", "on", "null", nullptr};

JsonSettings& settings_of(lua_State* lua) {
  return *static_cast<JsonSettings*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

// What was not given reads as nil, which changes nothing.
void take_at_most(lua_State* lua, int count) {
  if (lua_gettop(lua) > count) {
    luaL_argerror(lua, count + 1, "found too many arguments");
  }
  lua_settop(lua, count);
}

// A boolean, or one of the words. Returns: its place among them, `present` for nil.
int choice(lua_State* lua, int argument, const char* const words[], int present) {
  if (lua_isnil(lua, argument)) return present;
  if (lua_isboolean(lua, argument)) return lua_toboolean(lua, argument);
  return luaL_checkoption(lua, argument, nullptr, words);
}

void set_flag(lua_State* lua, int argument, bool& flag) {
  flag = choice(lua, argument, kOffOn, flag ? 1 : 0) != 0;
  lua_pushboolean(lua, flag ? 1 : 0);
}

void set_integer(lua_State* lua, int argument, int least, int most, int& value) {
  if (!lua_isnil(lua, argument)) {
    // Redis takes the low 32 bits, and always blames the first argument.
    const int wanted = static_cast<int>(luaL_checkinteger(lua, argument));
    if (wanted < least || wanted > most) {
      const char* text = lua_pushfstring(lua, "expected integer between %d and %d", least, most);
      luaL_argerror(lua, 1, text);
    }
    value = wanted;
  }
  lua_pushinteger(lua, value);
}

int encode_sparse_array(lua_State* lua) {
  JsonSettings& settings = settings_of(lua);
  take_at_most(lua, 3);
  set_flag(lua, 1, settings.sparse_as_object);
  set_integer(lua, 2, 0, INT_MAX, settings.sparse_ratio);
  set_integer(lua, 3, 0, INT_MAX, settings.sparse_safe);
  return 3;
}

int encode_max_depth(lua_State* lua) {
  take_at_most(lua, 1);
  set_integer(lua, 1, 1, INT_MAX, settings_of(lua).encode_max_depth);
  return 1;
}

int decode_max_depth(lua_State* lua) {
  take_at_most(lua, 1);
  set_integer(lua, 1, 1, INT_MAX, settings_of(lua).decode_max_depth);
  return 1;
}

int encode_number_precision(lua_State* lua) {
  take_at_most(lua, 1);
  set_integer(lua, 1, 1, 14, settings_of(lua).number_precision);
  return 1;
}

int encode_keep_buffer(lua_State* lua) {
  take_at_most(lua, 1);
  set_flag(lua, 1, settings_of(lua).keep_buffer);
  return 1;
}

int encode_invalid_numbers(lua_State* lua) {
  take_at_most(lua, 1);
  InvalidNumbers& setting = settings_of(lua).encode_invalid_numbers;
  setting = static_cast<InvalidNumbers>(choice(lua, 1, kOffOnNull, static_cast<int>(setting)));
  if (setting == InvalidNumbers::kNull) {
    lua_pushliteral(lua, "null");
  } else {
    lua_pushboolean(lua, setting == InvalidNumbers::kWrite ? 1 : 0);
  }
  return 1;
}

int decode_invalid_numbers(lua_State* lua) {
  take_at_most(lua, 1);
  set_flag(lua, 1, settings_of(lua).decode_invalid_numbers);
  return 1;
}

int encode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  LuaBuffer buffer(lua);
  lua_pushvalue(lua, 1);
  JsonEncoder(lua, settings_of(lua), buffer).append_top();
  lua_pushlstring(lua, buffer.view().data(), buffer.view().size());
  return 1;
}

int decode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  std::size_t size = 0;
  const char* text = luaL_checklstring(lua, 1, &size);
  if (size >= 2 && (text[0] == '\0' || text[1] == '\0')) {
    luaL_error(lua, "JSON parser does not support UTF-16 or UTF-32");
  }
  if (size > LuaBuffer::kMaxBytes) {
    luaL_error(lua, "string length overflow");
  }
  LuaBuffer buffer(lua);
  JsonDecoder(lua, settings_of(lua), buffer, {text, size}).push_all();
  return 1;
}

int make_copy(lua_State* lua);

constexpr luaL_Reg kFunctions[] = {
    {"encode", encode},
    {"decode", decode},
    {"encode_sparse_array", encode_sparse_array},
    {"encode_max_depth", encode_max_depth},
    {"decode_max_depth", decode_max_depth},
    {"encode_number_precision", encode_number_precision},
    {"encode_keep_buffer", encode_keep_buffer},
    {"encode_invalid_numbers", encode_invalid_numbers},
    {"decode_invalid_numbers", decode_invalid_numbers},
    {"new", make_copy},
};

// Puts a table in the place of the settings, as light or full userdata, on top of the stack.
void push_table(lua_State* lua) {
  lua_newtable(lua);
  for (const auto& [name, function] : kFunctions) {
    lua_pushvalue(lua, -2);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
  }
  lua_pushlightuserdata(lua, nullptr);
  lua_setfield(lua, -2, "null");
  lua_pushliteral(lua, "cjson");
  lua_setfield(lua, -2, "_NAME");
  lua_pushliteral(lua, "2.1.0");
  lua_setfield(lua, -2, "_VERSION");
  lua_remove(lua, -2);
}

int make_copy(lua_State* lua) {
  luaL_checkstack(lua, 4, "no room for a copy of cjson");
  new (lua_newuserdata(lua, sizeof(JsonSettings))) JsonSettings;
  push_table(lua);
  return 1;
}

}  // namespace

void open_cjson(lua_State* lua, JsonSettings& settings) {
  lua_pushlightuserdata(lua, &settings);
  push_table(lua);
}

}  // namespace sorrel::script
