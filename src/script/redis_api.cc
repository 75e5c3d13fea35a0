// SPDX-License-Identifier: BSD-3-Clause
//
// The functions of `redis` but those that run commands. Where an argument is wrong they raise, as
// Redis does, an error of the server's form, which names no place in front of its text.
#include "redis_api.h"

#include <span>

#include <sorrel/exec/identity.h>

#include "digest.h"
#include "sandbox.h"

namespace sorrel::script {
namespace {

constexpr int kPropagateToLog = 1;
constexpr int kPropagateToReplicas = 2;

// Pushes the table {name = text}.
void push_named(lua_State* lua, const char* name, std::string_view text) {
  lua_createtable(lua, 0, 1);
  push_text(lua, text);
  lua_setfield(lua, -2, name);
}

bool one_string(lua_State* lua) {
  if (lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING) {
    return true;
  }
  push_error(lua, "ERR wrong number or type of arguments");
  return false;
}

int error_reply(lua_State* lua) {
  if (!one_string(lua)) {
    return 1;
  }
  std::string_view text = text_at(lua, 1);
  if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  if (text.find(' ') != std::string_view::npos) {
    push_error(lua, text);
    return 1;
  }
  lua_createtable(lua, 0, 1);
  lua_pushliteral(lua, "ERR ");
  push_text(lua, text);
  lua_concat(lua, 2);
  lua_setfield(lua, -2, "err");
  return 1;
}

int status_reply(lua_State* lua) {
  if (one_string(lua)) {
    push_named(lua, "ok", text_at(lua, 1));
  }
  return 1;
}

int sha1_hex(lua_State* lua) {
  if (lua_gettop(lua) != 1) {
    return raise_error(lua, "ERR wrong number of arguments");
  }
  std::size_t size = 0;
  const char* const data = lua_tolstring(lua, 1, &size);
  const DigestText digest = hex(sha1({data, size}));
  lua_pushlstring(lua, digest.data(), digest.size());
  return 1;
}

// Pushes what is to be logged: the strings and numbers behind the level, with blanks in between.
void push_message(lua_State* lua) {
  const int last = lua_gettop(lua);
  luaL_Buffer message;
  luaL_buffinit(lua, &message);
  bool first = true;
  for (int i = 2; i <= last; ++i) {
    if (lua_isstring(lua, i) != 0) {
      if (!first) {
        luaL_addchar(&message, ' ');
      }
      first = false;
      lua_pushvalue(lua, i);
      luaL_addvalue(&message);
    }
  }
  luaL_pushresult(&message);
}

int log_message(lua_State* lua) {
  if (lua_gettop(lua) < 2) {
    return raise_error(lua, "ERR redis.log() requires two arguments or more.");
  }
  if (lua_isnumber(lua, 1) == 0) {
    return raise_error(lua, "ERR First argument must be a number (log level).");
  }
  const lua_Integer level = lua_tointeger(lua, 1);
  if (level < 0 || level > static_cast<lua_Integer>(LogLevel::kWarning)) {
    return raise_error(lua, "ERR Invalid log level.");
  }
  push_message(lua);
  if (const auto& log = Interpreter::of(lua).control().shell().log) {
    log(static_cast<LogLevel>(level), text_at(lua, -1));
  }
  return 0;
}

int set_protocol(lua_State* lua) {
  if (lua_gettop(lua) != 1) {
    return raise_error(lua, "ERR redis.setresp() requires one argument.");
  }
  const lua_Integer version = lua_tointeger(lua, 1);
  if (version != 2 && version != 3) {
    return raise_error(lua, "ERR RESP version must be 2 or 3.");
  }
  if (Run* const run = Interpreter::of(lua).control().running()) {
    run->context.session.script_protocol = static_cast<resp::Protocol>(version);
  }
  return 0;
}

int set_propagation(lua_State* lua) {
  if (lua_gettop(lua) != 1) {
    return raise_error(lua, "ERR redis.set_repl() requires one argument.");
  }
  const lua_Integer where = lua_tointeger(lua, 1);
  if ((where & ~lua_Integer{kPropagateToLog | kPropagateToReplicas}) != 0) {
    return raise_error(lua,
                       "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or "
                       "REPL_NONE.");
  }
  if (Run* const run = Interpreter::of(lua).control().running()) {
    run->context.executor.effect_log().set_muted((where & kPropagateToLog) == 0);
  }
  return 0;
}

int replicate_commands(lua_State* lua) {
  lua_pushboolean(lua, 1);
  return 1;
}

// There is no debugger that could stop here.
int breakpoint(lua_State* lua) {
  lua_pushboolean(lua, 0);
  return 1;
}

int debug_message(lua_State* /*lua*/) { return 0; }

constexpr luaL_Reg kCommandFunctions[] = {{"call", call_command},
                                          {"pcall", call_command_protected},
                                          {"acl_check_cmd", check_command_access}};

constexpr luaL_Reg kFunctions[] = {{"error_reply", error_reply}, {"status_reply", status_reply},
                                   {"sha1hex", sha1_hex},        {"log", log_message},
                                   {"setresp", set_protocol},    {"set_repl", set_propagation}};

constexpr luaL_Reg kScriptFunctions[] = {{"replicate_commands", replicate_commands},
                                         {"breakpoint", breakpoint},
                                         {"debug", debug_message}};

constexpr luaL_Reg kLoadFunctions[] = {{"register_function", register_function},
                                       {"log", log_message}};

struct Constant {
  const char* name;
  int value;
};

constexpr Constant kLogLevels[] = {{"LOG_DEBUG", static_cast<int>(LogLevel::kDebug)},
                                   {"LOG_VERBOSE", static_cast<int>(LogLevel::kVerbose)},
                                   {"LOG_NOTICE", static_cast<int>(LogLevel::kNotice)},
                                   {"LOG_WARNING", static_cast<int>(LogLevel::kWarning)}};

constexpr Constant kPropagation[] = {{"REPL_NONE", 0},
                                     {"REPL_AOF", kPropagateToLog},
                                     {"REPL_SLAVE", kPropagateToReplicas},
                                     {"REPL_REPLICA", kPropagateToReplicas},
                                     {"REPL_ALL", kPropagateToLog | kPropagateToReplicas}};

// "8.0.6" as 0x00080006.
constexpr int version_number(std::string_view text) {
  int number = 0;
  int part = 0;
  for (const char c : text) {
    if (c == '.') {
      number = (number + part) * 256;
      part = 0;
    } else {
      part = part * 10 + (c - '0');
    }
  }
  return number + part;
}

// Each adds to the table at the top.
void add(lua_State* lua, std::span<const luaL_Reg> functions) {
  for (const luaL_Reg& function : functions) {
    lua_pushcfunction(lua, function.func);
    lua_setfield(lua, -2, function.name);
  }
}

void add(lua_State* lua, std::span<const Constant> constants) {
  for (const Constant& constant : constants) {
    lua_pushinteger(lua, constant.value);
    lua_setfield(lua, -2, constant.name);
  }
}

void add_commands(lua_State* lua) {
  for (const luaL_Reg& function : kCommandFunctions) {
    lua_pushliteral(lua, "ok");
    lua_pushliteral(lua, "err");
    lua_pushcclosure(lua, function.func, 2);
    lua_setfield(lua, -2, function.name);
  }
}

void add_version(lua_State* lua) {
  push_text(lua, exec::kRedisVersion);
  lua_setfield(lua, -2, "REDIS_VERSION");
  lua_pushinteger(lua, version_number(exec::kRedisVersion));
  lua_setfield(lua, -2, "REDIS_VERSION_NUM");
}

// globals.redis and globals.server = shade of the table at the top, which goes.
void add_names(lua_State* lua, int globals) {
  shade(lua);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, globals, "redis");
  lua_setfield(lua, globals, "server");
}

}  // namespace

void push_error(lua_State* lua, std::string_view text) { push_named(lua, "err", text); }

int raise_error(lua_State* lua, std::string_view text) {
  push_error(lua, text);
  return lua_error(lua);
}

void add_redis_api(lua_State* lua, RunKind kind) {
  const int globals = lua_gettop(lua);
  lua_newtable(lua);
  add_commands(lua);
  add(lua, kFunctions);
  if (kind == RunKind::kScript) {
    add(lua, kScriptFunctions);
  }
  add(lua, kLogLevels);
  add(lua, kPropagation);
  add_version(lua);
  add_names(lua, globals);
}

void push_load_globals(lua_State* lua) {
  lua_newtable(lua);
  const int globals = lua_gettop(lua);
  refuse_unknown_names(lua, globals);
  lua_newtable(lua);
  refuse_unknown_names(lua, lua_gettop(lua));
  add(lua, kLoadFunctions);
  add(lua, kLogLevels);
  add_version(lua);
  add_names(lua, globals);
}

}  // namespace sorrel::script
