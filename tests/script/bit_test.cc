// SPDX-License-Identifier: BSD-3-Clause
//
// bit is a library of its own; here is that it is the one that scripts expect, and that opening it
// leaves nothing behind.
#include <string>

#include <gtest/gtest.h>

#include "script_state.h"

namespace sorrel::script {
namespace {

TEST(Bit, HasTheMembersOfRedis) {
  ScriptState state;
  EXPECT_EQ(state.run(R"(
    local names = {}
    for name in pairs(bit) do names[#names + 1] = name end
    table.sort(names)
    return table.concat(names, ' '))"),
            "arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex");
}

TEST(Bit, Computes) {
  ScriptState state;
  EXPECT_EQ(state.run("return run(bit.tobit, 2^32 + 5)"), "ok 5");
  EXPECT_EQ(state.run("return run(bit.tobit, 2.5)"), "ok 2");
  EXPECT_EQ(state.run("return run(bit.bnot, 0)"), "ok -1");
  EXPECT_EQ(state.run("return run(bit.band, 12, 10, 9)"), "ok 8");
  EXPECT_EQ(state.run("return run(bit.bor, 1, 2, 4)"), "ok 7");
  EXPECT_EQ(state.run("return run(bit.bxor, 7, 2)"), "ok 5");
  EXPECT_EQ(state.run("return run(bit.lshift, 1, 33)"), "ok 2");
  EXPECT_EQ(state.run("return run(bit.rshift, -1, 31)"), "ok 1");
  EXPECT_EQ(state.run("return run(bit.arshift, -256, 4)"), "ok -16");
  EXPECT_EQ(state.run("return run(bit.rol, 0x12345678, 12)"), "ok 1164411171");
  EXPECT_EQ(state.run("return run(bit.ror, 0x12345678, 12)"), "ok 1736516421");
  EXPECT_EQ(state.run("return run(bit.bswap, 0x12345678)"), "ok 2018915346");
  EXPECT_EQ(state.run("return bit.tohex(255) .. bit.tohex(255, -4)"), "000000ff00FF");
  EXPECT_EQ(state.run("return bit.tohex(65535, -2147483648) .. bit.tohex(-1, 2147483647)"),
            "0000FFFFffffffff");
  EXPECT_EQ(state.run("return bit.tohex(1, 0) .. bit.tohex(-2147483648, -8)"), "80000000");
  EXPECT_EQ(state.run("return run(bit.band, 1, nil)"),
            "ERR \"bad argument #2 to '?' (number expected, got nil)\"");
}

TEST(Bit, LeavesNoGlobalAndNoModule) {
  ScriptState state;
  lua_State* lua = state.lua();
  lua_pushnil(lua);
  lua_setglobal(lua, "bit");
  open_bit(lua);
  EXPECT_EQ(lua_gettop(lua), 1);
  EXPECT_TRUE(lua_istable(lua, 1));
  lua_getglobal(lua, "bit");
  EXPECT_TRUE(lua_isnil(lua, -1));
  lua_getfield(lua, LUA_REGISTRYINDEX, "_LOADED");
  lua_getfield(lua, -1, "bit");
  EXPECT_TRUE(lua_isnil(lua, -1));
}

}  // namespace
}  // namespace sorrel::script
