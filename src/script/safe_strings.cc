// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of the library string that look at their arguments before Lua's own do the work: its
// matcher calls itself for each repetition and capture of a pattern, without a bound, and a string
// is repeated as often as one likes.
#include <cstdint>
#include <string_view>

#include "lua_api.h"
#include "sandbox.h"

namespace sorrel::script {
namespace {

// More of these in a pattern than anybody writes, and few enough for any stack.
constexpr int kMostRepetitions = 2000;
// As long as a value of the server may be.
constexpr std::uint64_t kLongestRepeated = 512ULL * 1024 * 1024;

int count_repetitions(std::string_view pattern) {
  int count = 0;
  for (const char c : pattern) {
    count += c == '?' || c == '*' || c == '+' || c == '-' || c == '(' || c == ')' ? 1 : 0;
  }
  return count;
}

// Upvalue 1: Lua's own function, which goes on in this one's place, so that errors name it.
int go_on(lua_State* lua) { return lua_tocfunction(lua, lua_upvalueindex(1))(lua); }

int with_pattern(lua_State* lua) {
  luaL_checkstring(lua, 1);
  std::size_t size = 0;
  const char* const pattern = luaL_checklstring(lua, 2, &size);
  if (count_repetitions({pattern, size}) > kMostRepetitions) {
    return luaL_error(lua, "pattern too complex");
  }
  return go_on(lua);
}

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
  for (const char* const name : {"find", "match", "gmatch", "gsub"}) {
    guard(lua, name, with_pattern);
  }
  lua_getfield(lua, -1, "gmatch");
  lua_setfield(lua, -2, "gfind");  // its name before Lua 5.1
  guard(lua, "rep", repeat);
}

}  // namespace sorrel::script
