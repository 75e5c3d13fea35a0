// SPDX-License-Identifier: BSD-3-Clause
//
// What scripts know as `redis` and `server`: the way to commands and to the server's log. The
// functions of one file each; this adds them all.
#pragma once

#include "interpreter.h"
#include "lua_api.h"

namespace sorrel::script {

// Adds the libraries `redis` and `server` to the table of globals at the top. `kind`: functions do
// not get what only the debugger and old scripts use.
void add_redis_api(lua_State* lua, RunKind kind);
// Pushes the table of globals that a library sees while it is loaded: `redis` and `server` with
// what is allowed then, and nothing else.
void push_load_globals(lua_State* lua);
// redis.register_function
int register_function(lua_State* lua);

// Raises the table {err=text}. Pushed alone it is a reply that is an error.
int raise_error(lua_State* lua, std::string_view text);
void push_error(lua_State* lua, std::string_view text);

// redis.call and redis.pcall, redis.acl_check_cmd; upvalues 1 and 2 are "ok" and "err".
int call_command(lua_State* lua);
int call_command_protected(lua_State* lua);
int check_command_access(lua_State* lua);

}  // namespace sorrel::script
