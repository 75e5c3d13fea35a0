// SPDX-License-Identifier: BSD-3-Clause
//
// What scripts know as `redis` and `server`: the way to commands and to the server's log. The
// functions of one file each; this adds them all.
#pragma once

#include "interpreter.h"
#include "lua_api.h"

namespace sorrel::script {

// Adds the libraries `redis` and `server` to the table of globals at the top.
void add_redis_api(lua_State* lua);

// Raises the table {err=text}. Pushed alone it is a reply that is an error.
int raise_error(lua_State* lua, std::string_view text);
void push_error(lua_State* lua, std::string_view text);

// redis.call and redis.pcall, redis.acl_check_cmd; upvalues 1 and 2 are "ok" and "err".
int call_command(lua_State* lua);
int call_command_protected(lua_State* lua);
int check_command_access(lua_State* lua);

}  // namespace sorrel::script
