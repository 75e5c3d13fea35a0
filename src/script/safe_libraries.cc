// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of the libraries coroutine, table and math that scripts get in place of Lua's own, for
// the reasons that safe_base.cc names: an endless loop in a coroutine must end like any other,
// a shade must not be written to, and the random numbers of one script must not be another's.
#include <cmath>

#include "interpreter.h"
#include "sandbox.h"

namespace sorrel::script {
namespace {

// ---- coroutine ----------------------------------------------------------------------------------

lua_State* coroutine_at(lua_State* lua, int index) {
  lua_State* const coroutine = lua_tothread(lua, index);
  luaL_argcheck(lua, coroutine != nullptr, index, "coroutine expected");
  return coroutine;
}

// Why it cannot be resumed, or null.
const char* unfit(lua_State* lua, lua_State* coroutine) {
  if (lua == coroutine) {
    return "running";
  }
  const int status = lua_status(coroutine);
  if (status == LUA_YIELD) {
    return nullptr;
  }
  lua_Debug frame;
  if (status == 0 && lua_getstack(coroutine, 0, &frame) != 0) {
    return "normal";
  }
  return status != 0 || lua_gettop(coroutine) == 0 ? "dead" : nullptr;
}

// Hands the topmost values over and runs the coroutine. Returns: how many values it left at the
// top, or -1 with an error there. A killed script ends here, whatever the coroutine made of it.
int resume(lua_State* lua, lua_State* coroutine, int values) {
  if (lua_checkstack(coroutine, values) == 0) {
    return luaL_error(lua, "too many arguments to resume");
  }
  if (const char* const state = unfit(lua, coroutine); state != nullptr) {
    lua_pushfstring(lua, "cannot resume %s coroutine", state);
    return -1;
  }
  lua_xmove(lua, coroutine, values);
  lua_setlevel(lua, coroutine);  // so that its calls count into the depth that is allowed
  const int status = lua_resume(coroutine, values);
  Interpreter::of(lua).end_if_killed(lua);
  if (status != 0 && status != LUA_YIELD) {
    lua_xmove(coroutine, lua, 1);
    return -1;
  }
  const int results = lua_gettop(coroutine);
  if (lua_checkstack(lua, results + 1) == 0) {
    return luaL_error(lua, "too many results to resume");
  }
  lua_xmove(coroutine, lua, results);
  return results;
}

int resume_coroutine(lua_State* lua) {
  lua_State* const coroutine = coroutine_at(lua, 1);
  const int results = resume(lua, coroutine, lua_gettop(lua) - 1);
  const int values = results < 0 ? 1 : results;
  lua_pushboolean(lua, results < 0 ? 0 : 1);
  lua_insert(lua, -(values + 1));
  return values + 1;
}

int call_wrapped(lua_State* lua) {
  lua_State* const coroutine = lua_tothread(lua, lua_upvalueindex(1));
  const int results = resume(lua, coroutine, lua_gettop(lua));
  if (results >= 0) {
    return results;
  }
  if (lua_isstring(lua, -1) != 0) {
    luaL_where(lua, 1);
    lua_insert(lua, -2);
    lua_concat(lua, 2);
  }
  return lua_error(lua);
}

int wrap_coroutine(lua_State* lua) {
  luaL_argcheck(lua, lua_isfunction(lua, 1) && lua_iscfunction(lua, 1) == 0, 1,
                "Lua function expected");
  lua_State* const coroutine = lua_newthread(lua);
  lua_pushvalue(lua, 1);
  lua_xmove(lua, coroutine, 1);
  lua_pushcclosure(lua, call_wrapped, 1);
  return 1;
}

// ---- table --------------------------------------------------------------------------------------

int insert(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  const int arguments = lua_gettop(lua);
  int end = static_cast<int>(lua_objlen(lua, 1)) + 1;
  int position = end;
  if (arguments == 3) {
    position = luaL_checkint(lua, 2);
  } else if (arguments != 2) {
    return luaL_error(lua, "wrong number of arguments to 'insert'");
  }
  if (push_shaded(lua, 1)) {
    lua_pushstring(lua, kReadonlyText);
    return lua_error(lua);
  }
  end = position > end ? position : end;
  // A position far below the first element means many steps that are no instruction of the script.
  constexpr int kStepsBetweenLooks = 1 << 16;
  for (int i = end; i > position; --i) {
    lua_rawgeti(lua, 1, i - 1);
    lua_rawseti(lua, 1, i);
    if (i % kStepsBetweenLooks == 0) {
      Interpreter::of(lua).look_at_clock(lua);
    }
  }
  lua_pushvalue(lua, arguments);
  lua_rawseti(lua, 1, position);
  return 0;
}

int for_each(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  if (push_shaded(lua, 1)) {
    lua_replace(lua, 1);
  }
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -3);
    lua_pushvalue(lua, -3);
    lua_call(lua, 2, 1);
    if (!lua_isnil(lua, -1)) {
      return 1;
    }
    lua_pop(lua, 2);
  }
  return 0;
}

// ---- math ---------------------------------------------------------------------------------------

int random_number(lua_State* lua) {
  const double fraction = Interpreter::of(lua).random().fraction();
  int low = 1;
  switch (lua_gettop(lua)) {
    case 0:
      lua_pushnumber(lua, fraction);
      return 1;
    case 1: {
      const int high = luaL_checkint(lua, 1);
      luaL_argcheck(lua, low <= high, 1, "interval is empty");
      lua_pushnumber(lua, std::floor(fraction * high) + 1);
      return 1;
    }
    case 2: {
      low = luaL_checkint(lua, 1);
      const int high = luaL_checkint(lua, 2);
      luaL_argcheck(lua, low <= high, 2, "interval is empty");
      lua_pushnumber(lua, std::floor(fraction * (static_cast<double>(high) - low + 1)) + low);
      return 1;
    }
    default:
      return luaL_error(lua, "wrong number of arguments");
  }
}

int seed_random(lua_State* lua) {
  Interpreter::of(lua).random().seed(luaL_checkint(lua, 1));
  return 0;
}

void set(lua_State* lua, const char* name, lua_CFunction function) {
  lua_pushcfunction(lua, function);
  lua_setfield(lua, -2, name);
}

}  // namespace

void replace_coroutine_functions(lua_State* lua) {
  set(lua, "resume", resume_coroutine);
  set(lua, "wrap", wrap_coroutine);
}

void replace_table_functions(lua_State* lua) {
  set(lua, "insert", insert);
  set(lua, "foreach", for_each);
}

void replace_math_functions(lua_State* lua) {
  set(lua, "random", random_number);
  set(lua, "randomseed", seed_random);
}

}  // namespace sorrel::script
