// SPDX-License-Identifier: BSD-3-Clause
//
// The world that scripts see. Lua 5.1 has no read-only tables, so scripts never hold a shared table
// itself, but a *shade* of it: an empty table whose metatable leads every read to the real one and
// refuses every write. The globals are a shade, too, and so are the libraries in them; a shade
// stays empty, because each function that could write or look past a metatable (rawset, rawget,
// next, pairs, table.insert, table.foreach, setmetatable, getmetatable) is replaced by one that
// knows shades. So nothing that a script does can reach the next one.
//
// What is offered is exactly what Redis 8.0 offers: no print, require, module, dofile, loadfile,
// setfenv, getfenv, newproxy, io, package or debug; of os the clock alone. Compiled code is never
// loaded, for Lua trusts it: text that begins like such code is read as source.
#pragma once

#include "libraries.h"
#include "lua_api.h"

namespace sorrel::script {

inline constexpr const char* kReadonlyText = "Attempt to modify a readonly table";

// Pushes a shade of the table at the top, which it replaces.
void shade(lua_State* lua);
// Pushes the real table behind a shade at `index`. Returns: false, with nothing pushed, when the
// value there is none.
bool push_shaded(lua_State* lua, int index);

// Builds all libraries into a new state and pushes the table of real globals, which can
// still be added to; the state's globals are its shade from now on.
// Requires: `json` outlives the state.
void open_sandbox(lua_State* lua, JsonSettings& json);

// A read of a name that the table at `index` does not have is an error from now on.
void refuse_unknown_names(lua_State* lua, int index);

// Compiles source text, never compiled code, as luaL_loadbuffer does.
int load_text(lua_State* lua, std::string_view text, const char* name);

// Each puts this server's own versions of some functions of a library into the table at the top.
void replace_base_functions(lua_State* lua);
void replace_coroutine_functions(lua_State* lua);
void replace_table_functions(lua_State* lua);
void replace_string_functions(lua_State* lua);
void replace_pattern_functions(lua_State* lua);  // of the library string as well
void replace_math_functions(lua_State* lua);
// getmetatable; upvalue 1 is what it shows for strings.
int shown_metatable(lua_State* lua);

}  // namespace sorrel::script
