// SPDX-License-Identifier: BSD-3-Clause
//
// Basic functions that scripts get in place of Lua's own: those that could look past a shade or
// write through it, those that could load compiled code, and those through which a script could
// survive its end or change the interpreter for the next one. What they do for tables that are no
// shades, and their errors, is what the Lua 5.1 manual and Redis say.
#include <array>

#include "interpreter.h"
#include "sandbox.h"

namespace sorrel::script {
namespace {

int refuse_readonly(lua_State* lua) {
  lua_pushstring(lua, kReadonlyText);
  return lua_error(lua);
}

int raw_get(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  if (push_shaded(lua, 1)) {
    lua_replace(lua, 1);
  }
  lua_rawget(lua, 1);
  return 1;
}

int raw_set(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  luaL_checkany(lua, 3);
  lua_settop(lua, 3);
  if (push_shaded(lua, 1)) {
    return refuse_readonly(lua);
  }
  lua_rawset(lua, 1);
  return 1;
}

int next_entry(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  if (push_shaded(lua, 1)) {
    lua_replace(lua, 1);
  }
  if (lua_next(lua, 1) != 0) {
    return 2;
  }
  lua_pushnil(lua);
  return 1;
}

// Upvalues: Lua's own next, which costs a table that is no shade nothing more, and the one above.
int pairs_of(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const bool shaded = push_shaded(lua, 1);
  lua_pushvalue(lua, lua_upvalueindex(shaded ? 2 : 1));
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

int set_metatable(lua_State* lua) {
  const int type = lua_type(lua, 2);
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argcheck(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
  if (push_shaded(lua, 1)) {
    return refuse_readonly(lua);
  }
  if (luaL_getmetafield(lua, 1, "__metatable") != 0) {
    return luaL_error(lua, "cannot change a protected metatable");
  }
  lua_settop(lua, 2);
  lua_setmetatable(lua, 1);
  return 1;
}

// As Lua's own, but for an error of the server's form, whose text alone is handed on.
int protected_call(lua_State* lua) {
  if (lua_gettop(lua) == 0) {
    lua_pushboolean(lua, 0);
    lua_pushliteral(lua, "attempt to call a boolean value");
    return 2;
  }
  const int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
  if (status != 0 && lua_istable(lua, -1)) {
    lua_pushliteral(lua, "err");
    lua_rawget(lua, -2);
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
    }
  }
  if (status != 0) {
    lua_pushboolean(lua, 0);
    lua_insert(lua, -2);
    return 2;
  }
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  return lua_gettop(lua);
}

// The handler of a script that is killed is not run: while it ran, nothing could stop it.
int handle_unless_killed(lua_State* lua) {
  lua_settop(lua, 1);
  if (Interpreter::of(lua).killed()) {
    return 1;
  }
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 1, 1);
  return 1;
}

int protected_call_with_handler(lua_State* lua) {
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  if (lua_isfunction(lua, 2)) {
    lua_pushcclosure(lua, handle_unless_killed, 1);
  }
  lua_insert(lua, 1);  // the handler below the function
  const int status = lua_pcall(lua, 0, LUA_MULTRET, 1);
  lua_pushboolean(lua, status == 0 ? 1 : 0);
  lua_replace(lua, 1);
  return lua_gettop(lua);
}

// Lua's own takes the number of values for a positive one, and it may not be one.
int unpack(lua_State* lua) {
  constexpr std::int64_t kMost = 8000;  // as many as a function may have on its stack
  luaL_checktype(lua, 1, LUA_TTABLE);
  const int first = luaL_optint(lua, 2, 1);
  const int last =
      lua_isnoneornil(lua, 3) ? static_cast<int>(lua_objlen(lua, 1)) : luaL_checkint(lua, 3);
  if (first > last) {
    return 0;
  }
  const std::int64_t count = std::int64_t{last} - first + 1;
  if (count > kMost || lua_checkstack(lua, static_cast<int>(count)) == 0) {
    return luaL_error(lua, "too many results to unpack");
  }
  for (std::int64_t i = first; i <= last; ++i) {
    lua_rawgeti(lua, 1, static_cast<int>(i));
  }
  return static_cast<int>(count);
}

int loaded_or_failure(lua_State* lua, int status) {
  if (status == 0) {
    return 1;
  }
  lua_pushnil(lua);
  lua_insert(lua, -2);
  return 2;
}

int load_string(lua_State* lua) {
  std::size_t size = 0;
  const char* const data = luaL_checklstring(lua, 1, &size);
  const char* const name = luaL_optstring(lua, 2, data);
  return loaded_or_failure(lua, load_text(lua, {data, size}, name));
}

struct Pieces {
  bool begun = false;
  bool held_back = false;  // the first piece waits behind the blank
};

// Calls the reader function at index 1; what it gave stays at index 3 while it is read.
const char* next_piece(lua_State* lua, void* state, std::size_t* size) {
  auto& pieces = *static_cast<Pieces*>(state);
  if (!std::exchange(pieces.held_back, false)) {
    luaL_checkstack(lua, 2, "too many nested functions");
    lua_pushvalue(lua, 1);
    lua_call(lua, 0, 1);
    if (lua_isnil(lua, -1)) {
      *size = 0;
      return nullptr;
    }
    if (lua_isstring(lua, -1) == 0) {
      luaL_error(lua, "reader function must return a string");
    }
    lua_replace(lua, 3);
  }
  const char* const data = lua_tolstring(lua, 3, size);
  if (*size != 0 && !std::exchange(pieces.begun, true) && data[0] == LUA_SIGNATURE[0]) {
    pieces.held_back = true;
    *size = 1;
    return " ";
  }
  return data;
}

int load_pieces(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TFUNCTION);
  lua_settop(lua, 2);
  if (lua_isnil(lua, 2)) {
    lua_pushliteral(lua, "=(load)");
    lua_replace(lua, 2);
  }
  const char* const name = luaL_checkstring(lua, 2);  // which stays there: see load_text()
  lua_settop(lua, 3);
  Pieces pieces;
  return loaded_or_failure(lua, lua_load(lua, next_piece, &pieces, name));
}

// What would outlast the script is not done: the collector keeps its pace.
int collect_garbage(lua_State* lua) {
  static constexpr std::array<const char*, 8> kNames = {
      "collect", "stop", "restart", "count", "step", "setpause", "setstepmul", nullptr};
  constexpr int kDefaultPace = 200;
  const int option = luaL_checkoption(lua, 1, "collect", kNames.data());
  const int amount = luaL_optint(lua, 2, 0);
  switch (option) {
    case 0:
      lua_pushnumber(lua, lua_gc(lua, LUA_GCCOLLECT, 0));
      break;
    case 3:
      lua_pushnumber(lua, lua_gc(lua, LUA_GCCOUNT, 0) + lua_gc(lua, LUA_GCCOUNTB, 0) / 1024.0);
      break;
    case 4:
      lua_pushboolean(lua, lua_gc(lua, LUA_GCSTEP, amount));
      break;
    case 5:
    case 6:
      lua_pushnumber(lua, kDefaultPace);
      break;
    default:
      lua_pushnumber(lua, 0);
  }
  return 1;
}

constexpr luaL_Reg kFunctions[] = {{"rawget", raw_get},
                                   {"rawset", raw_set},
                                   {"setmetatable", set_metatable},
                                   {"pcall", protected_call},
                                   {"xpcall", protected_call_with_handler},
                                   {"unpack", unpack},
                                   {"loadstring", load_string},
                                   {"load", load_pieces},
                                   {"collectgarbage", collect_garbage}};

struct Source {
  std::string_view text;
  bool begun = false;
};

const char* read_source(lua_State* /*lua*/, void* state, std::size_t* size) {
  auto& source = *static_cast<Source*>(state);
  if (!source.begun) {
    source.begun = true;
    if (!source.text.empty() && source.text[0] == LUA_SIGNATURE[0]) {
      *size = 1;
      return " ";
    }
  }
  *size = source.text.size();
  return std::exchange(source.text, {}).data();
}

}  // namespace

// A blank in front makes the parser read text whatever follows. The parser holds the name without
// telling the collector, which may run meanwhile: so the name stands on the stack.
int load_text(lua_State* lua, std::string_view text, const char* name) {
  constexpr std::size_t kLongestSource = 1024UL * 1024 * 1024;  // the parser counts with an int
  if (text.size() > kLongestSource) {
    lua_pushliteral(lua, "the source is too long");
    return LUA_ERRSYNTAX;
  }
  lua_pushstring(lua, name);
  Source source{text};
  const int status = lua_load(lua, read_source, &source, name);
  lua_remove(lua, -2);
  return status;
}

void replace_base_functions(lua_State* lua) {
  const int table = lua_gettop(lua);
  for (const luaL_Reg& function : kFunctions) {
    lua_pushcfunction(lua, function.func);
    lua_setfield(lua, table, function.name);
  }
  lua_getfield(lua, table, "next");
  lua_pushcfunction(lua, next_entry);
  lua_pushcclosure(lua, pairs_of, 2);
  lua_setfield(lua, table, "pairs");
  lua_pushcfunction(lua, next_entry);
  lua_setfield(lua, table, "next");
}

int shown_metatable(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (lua_type(lua, 1) == LUA_TSTRING) {
    lua_pushvalue(lua, lua_upvalueindex(1));
    return 1;
  }
  if (push_shaded(lua, 1)) {
    // Of the real table only the globals have one.
    if (lua_getmetatable(lua, -1) == 0) {
      lua_pushnil(lua);
    } else {
      shade(lua);
    }
    return 1;
  }
  if (lua_getmetatable(lua, 1) == 0) {
    lua_pushnil(lua);
    return 1;
  }
  lua_pushliteral(lua, "__metatable");
  lua_rawget(lua, -2);
  if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
  }
  return 1;
}

}  // namespace sorrel::script
