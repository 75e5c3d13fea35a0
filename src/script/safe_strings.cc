// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of the library string that scripts get in place of Lua's own, but for those that match
// patterns (safe_patterns.cc): a string is repeated as often as one likes by a single instruction,
// so what it makes is bounded. Where a single instruction does long work, the clock is looked at.
#include <cstdint>

#include "interpreter.h"
#include "sandbox.h"

namespace sorrel::script {
namespace {

// As long as a value of the server may be.
constexpr std::uint64_t kLongestRepeated = 512ULL * 1024 * 1024;

// More bytes than this take so long that the instructions between two looks are no measure.
constexpr std::uint64_t kQuicklyDone = 64ULL * 1024;

// Upvalue 1: Lua's own function, which goes on in this one's place, so that errors name it.
int go_on(lua_State* lua) { return lua_tocfunction(lua, lua_upvalueindex(1))(lua); }

int repeat(lua_State* lua) {
  std::size_t size = 0;
  luaL_checklstring(lua, 1, &size);
  const lua_Number times = luaL_checknumber(lua, 2);
  if (size == 0) {
    lua_settop(lua, 1);
    return 1;
  }
  const std::uint64_t most = kLongestRepeated / size;
  if (times > static_cast<lua_Number>(most)) {
    return luaL_error(lua, "resulting string too large");
  }
  const std::uint64_t quick = kQuicklyDone / size;
  if (times > static_cast<lua_Number>(quick)) {
    Interpreter::of(lua).look_at_clock(lua);
  }
  return go_on(lua);
}

int with_text(lua_State* lua) {
  std::size_t size = 0;
  luaL_checklstring(lua, 1, &size);
  if (size > kQuicklyDone) {
    Interpreter::of(lua).look_at_clock(lua);
  }
  return go_on(lua);
}

// table[name] = guard in front of what stands there.
void guard(lua_State* lua, const char* name, lua_CFunction function) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, name);
}

}  // namespace

void replace_string_functions(lua_State* lua) {
  replace_pattern_functions(lua);
  guard(lua, "rep", repeat);
  for (const char* const name : {"lower", "upper", "reverse", "sub"}) {
    guard(lua, name, with_text);
  }
}

}  // namespace sorrel::script
