// SPDX-License-Identifier: BSD-3-Clause
//
// redis.register_function(name, callback), and the same with named arguments in one table:
// function_name, callback, description, flags. What is wrong with them is a text that is raised
// last; the callback is put into the registry before any C++ object is made, since that may raise,
// too.
#include <sorrel/base/text.h>

#include "library.h"
#include "redis_api.h"
#include "shebang.h"

namespace sorrel::script {
namespace {

// What was given: places on the stack, so that nothing of it has a destructor.
struct Given {
  int name = 0;
  int callback = 0;
  int description = 0;
  std::uint32_t flags = 0;
  const char* error = nullptr;
};

// The flags that the table at the top names, up to the first nil. Returns: false for an unknown
// one.
bool read_flags(lua_State* lua, std::uint32_t& flags) {
  for (int i = 1;; ++i) {
    lua_rawgeti(lua, -1, i);
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      return true;
    }
    const std::string_view given = lua_isstring(lua, -1) != 0 ? text_at(lua, -1) : "";
    std::uint32_t flag = 0;
    for (const FlagName& known : flag_names()) {
      flag |= base::equals_ignoring_case(known.name, given) ? known.flag : 0;
    }
    lua_pop(lua, 1);
    if (flag == 0) {
      return false;
    }
    flags |= flag;
  }
}

// Takes the argument of this name, whose value is at the top, to its place.
void take_argument(lua_State* lua, std::string_view name, Given& given) {
  const auto keep = [&](int place, bool fits, const char* error) {
    given.error = fits ? given.error : error;
    lua_pushvalue(lua, -1);
    lua_replace(lua, place);
    return place;
  };
  if (base::equals_ignoring_case(name, "function_name")) {
    given.name = keep(2, lua_isstring(lua, -1) != 0,
                      "ERR function_name argument given to redis.register_function must be a "
                      "string");
  } else if (base::equals_ignoring_case(name, "description")) {
    given.description = keep(3, lua_isstring(lua, -1) != 0,
                             "ERR description argument given to redis.register_function must be a "
                             "string");
  } else if (base::equals_ignoring_case(name, "callback")) {
    given.callback = keep(4, lua_isfunction(lua, -1),
                          "ERR callback argument given to redis.register_function must be a "
                          "function");
  } else if (!base::equals_ignoring_case(name, "flags")) {
    given.error = "ERR unknown argument given to redis.register_function";
  } else if (!lua_istable(lua, -1)) {
    given.error =
        "ERR flags argument to redis.register_function must be a table representing function flags";
  } else if (!read_flags(lua, given.flags)) {
    given.error = "ERR unknown flag given";
  }
}

// From the table at 1. The values go to 2 and up.
Given read_named(lua_State* lua) {
  Given given;
  lua_settop(lua, 4);
  lua_pushnil(lua);
  while (given.error == nullptr && lua_next(lua, 1) != 0) {
    if (lua_isstring(lua, -2) == 0) {
      given.error = "ERR named argument key given to redis.register_function is not a string";
      return given;
    }
    lua_pushvalue(lua, -2);  // a number would be changed in its place, which ends the walk
    lua_insert(lua, -2);
    take_argument(lua, text_at(lua, -2), given);
    lua_pop(lua, 2);
  }
  if (given.error == nullptr && given.name == 0) {
    given.error = "ERR redis.register_function must get a function name argument";
  } else if (given.error == nullptr && given.callback == 0) {
    given.error = "ERR redis.register_function must get a callback argument";
  }
  return given;
}

Given read_positional(lua_State* lua) {
  Given given;
  if (lua_isstring(lua, 1) == 0) {
    given.error = "ERR first argument to redis.register_function must be a string";
  } else if (!lua_isfunction(lua, 2)) {
    given.error = "ERR second argument to redis.register_function must be a function";
  }
  given.name = 1;
  given.callback = 2;
  return given;
}

Given read_arguments(lua_State* lua) {
  const int count = lua_gettop(lua);
  Given given;
  if (count < 1 || count > 2) {
    given.error = "ERR wrong number of arguments to redis.register_function";
    return given;
  }
  if (count == 2) {
    return read_positional(lua);
  }
  if (!lua_istable(lua, 1)) {
    given.error =
        "ERR calling redis.register_function with a single argument is only applicable to Lua "
        "table (representing named arguments).";
    return given;
  }
  return read_named(lua);
}

// Raises nothing. Returns: whether the name was free.
bool add(Library& library, std::string_view name, const char* description, std::size_t size,
         std::uint32_t flags, int callback) {
  Function function{std::string(name), std::nullopt, flags, callback};
  if (description != nullptr) {
    function.description.emplace(description, size);
  }
  return library.add(std::move(function));
}

}  // namespace

int register_function(lua_State* lua) {
  Interpreter& interpreter = Interpreter::of(lua);
  if (interpreter.loading() == nullptr) {
    return raise_error(lua,
                       "ERR redis.register_function can only be called on FUNCTION LOAD command");
  }
  const Given given = read_arguments(lua);
  if (given.error != nullptr) {
    return raise_error(lua, given.error);
  }
  const std::string_view name = text_at(lua, given.name);
  if (!is_library_name(name)) {
    lua_pushliteral(lua, "ERR ");
    push_text(lua, kBadName);
    lua_concat(lua, 2);
    return raise_error(lua, text_at(lua, -1));
  }
  std::size_t size = 0;
  const char* const description =
      given.description == 0 ? nullptr : lua_tolstring(lua, given.description, &size);
  lua_pushvalue(lua, given.callback);
  const int callback = luaL_ref(lua, LUA_REGISTRYINDEX);
  if (!add(*interpreter.loading(), name, description, size, given.flags, callback)) {
    luaL_unref(lua, LUA_REGISTRYINDEX, callback);
    return raise_error(lua, "ERR Function already exists in the library");
  }
  return 0;
}

}  // namespace sorrel::script
