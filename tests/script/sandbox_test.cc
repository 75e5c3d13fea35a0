// SPDX-License-Identifier: BSD-3-Clause
//
// The sandbox holds: whatever one script tries, the next one finds the world as it was. What a
// script sees and what its attempts are answered with stands in the .resp scripts; here are the
// attempts that must leave no trace, and what must not get in at all.
#include <array>

#include "script_fixture.h"

namespace sorrel::script {
namespace {

using testing::HasSubstr;
using testing::Not;

class Sandbox : public ScriptFixture {
 protected:
  // What a script sees of the world, as text.
  std::string world() {
    return eval(R"lua(
      local seen, lines = {}, {}
      local function walk(name, value)
        lines[#lines + 1] = name .. ' ' .. type(value) .. ' ' ..
                            (type(value) == 'table' and '' or tostring(value))
        if type(value) == 'table' and not seen[value] then
          seen[value] = true
          for k, v in pairs(value) do walk(name .. '.' .. tostring(k), v) end
        end
      end
      walk('_G', _G)
      walk('string metatable', getmetatable(''))
      walk('globals metatable', getmetatable(_G))
      table.sort(lines)
      return table.concat(lines, '\n')
    )lua");
  }
};

constexpr std::array kAttempts = {
    "x = 1",
    "_G.x = 1",
    "rawset(_G, 'x', 1)",
    "rawset(_G, 'KEYS', 1)",
    "KEYS = 1",
    "setmetatable(_G, {})",
    "setmetatable(_G, nil)",
    "getmetatable(_G).__index = function() return 1 end",
    "rawset(getmetatable(_G), '__index', 1)",
    "getmetatable('').__index = {}",
    "rawset(getmetatable(''), '__index', {})",
    "setmetatable(getmetatable(''), {__index = 1})",
    "getmetatable('').__index.upper = 1",
    "getmetatable('').__index.rep = nil",
    "('x').rep = 1",
    "math.floor = 1",
    "rawset(math, 'floor', 1)",
    "rawset(math, 1, 1)",
    "table.insert(math, 1)",
    "table.insert(_G, 1, 1)",
    "table.insert(getmetatable(''), 1)",
    "table.remove(math)",
    "table.sort(math)",
    "table.setn(math, 5)",
    "setmetatable(math, {__index = function() return 1 end})",
    "setmetatable(math, nil)",
    "string.format = nil",
    "redis.call = nil",
    "rawset(redis, 'call', nil)",
    "redis.x = 1",
    "server.call = nil",
    "os.clock = nil",
    "coroutine.wrap = nil",
    "local next, real = pairs(math) real.floor = 1",
    "local next, real = pairs(math) rawset(real, 'floor', 1)",
    "for _, t in pairs(_G) do if type(t) == 'table' then pcall(rawset, t, 'x', 1) end end",
    "for k in pairs(math) do math[k] = nil end",
    "table.foreach(_G, function(k, v) if type(v) == 'table' then v.x = 1 end end)",
    "table.foreach(math, function(k) math[k] = nil end)",
    "loadstring('x = 1')()",
    "load(function() return nil end)() loadstring('_G.x = 1')()",
    "coroutine.wrap(function() x = 1 end)()",
    "xpcall(function() error('a') end, function() x = 1 end)",
    "local m = setmetatable({}, math) m.floor = 1",
    "string.gsub('floor', '%w+', function(k) math[k] = 1 end)",
    "error(math)",
    "error(_G)",
    "return math",
    "return _G",
    "pcall(error, math)",
    "KEYS[1] = 'x' ARGV.x = 1 setmetatable(KEYS, {__index = function() return 1 end})",
};

TEST_F(Sandbox, NoAttemptLeavesATrace) {
  const std::string before = world();
  ASSERT_THAT(before, HasSubstr("_G.math.floor function"));
  for (const char* const attempt : kAttempts) {
    eval(attempt);
    eval("pcall(function() " + std::string(attempt) + " end)");
    EXPECT_EQ(world(), before) << "after " << attempt;
  }
}

TEST_F(Sandbox, KeysAndArgumentsAreNew) {
  server.run(
      {"EVAL", "KEYS[1] = nil KEYS.x = 1 ARGV[7] = 1 setmetatable(ARGV, {})", "1", "k", "a"});
  EXPECT_EQ(server.run({"EVAL",
                        "return {#KEYS, #ARGV, tostring(KEYS.x), tostring(ARGV[7]), "
                        "tostring(getmetatable(ARGV)), KEYS[1]}",
                        "1", "k"}),
            "*6\r\n:1\r\n:0\r\n$3\r\nnil\r\n$3\r\nnil\r\n$3\r\nnil\r\n$1\r\nk\r\n");
}

TEST_F(Sandbox, ASeedHoldsForItsScriptAlone) {
  const std::string first = eval("math.randomseed(7) return tostring(math.random())");
  const std::string unseeded = eval("return tostring(math.random())");
  EXPECT_EQ(eval("math.randomseed(7) return tostring(math.random())"), first);
  EXPECT_NE(eval("return tostring(math.random())"), unseeded);
  eval("math.randomseed(7) error('x')");
  EXPECT_NE(eval("return tostring(math.random())"), first);
}

TEST_F(Sandbox, TheCollectorKeepsItsPace) {
  eval("collectgarbage('stop') collectgarbage('setpause', 100000)");
  const std::size_t before = scripting.statistics().script_vm_bytes;
  for (int i = 0; i < 50; ++i) {
    eval("local t = {} for i = 1, 1000 do t[i] = 'text ' .. i end");
  }
  EXPECT_LT(scripting.statistics().script_vm_bytes, before + 2'000'000);
}

TEST_F(Sandbox, CompiledCodeIsNeverLoaded) {
  for (const char* const attempt :
       {"return loadstring(string.dump(function() return 7 end))",
        "return loadstring(string.dump(function() return 7 end), 'name')",
        "local code = string.dump(function() return 7 end) return load(function() local c = code "
        "code = nil return c end)",
        "local code = string.dump(function() return 7 end) local at = 0 return load(function() at "
        "= at + 1 return code:sub(at, at) end)",
        "local code = {'', string.dump(function() return 7 end)} local at = 0 return "
        "load(function() at = at + 1 return code[at] end)"}) {
    EXPECT_EQ(eval(attempt), "$-1\r\n") << attempt;
  }
  const std::string compiled("\033Lua\x51\0\1\4\x8\4\x8\0", 12);
  EXPECT_EQ(eval(compiled),
            "-ERR Error compiling script (new function): user_script:1: unexpected symbol near "
            "'char(27)'\r\n");
  EXPECT_THAT(server.run({"SCRIPT", "LOAD", "#!lua\n" + compiled}), HasSubstr("unexpected symbol"));
}

TEST_F(Sandbox, ReaderFunctionsAreReadOn) {
  EXPECT_EQ(eval("local parts = {'return', ' 4', '2'} local at = 0 return load(function() at = at "
                 "+ 1 return parts[at] end)()"),
            ":42\r\n");
}

TEST_F(Sandbox, ATableThatHoldsItselfEnds) {
  const std::string reply = eval("local t = {} t[1] = t return t");
  EXPECT_THAT(reply, testing::StartsWith("*1\r\n*1\r\n"));
  EXPECT_THAT(reply, testing::EndsWith("-ERR reached lua stack limit\r\n"));
  server.executor.limits().max_reply_bytes = 100'000;
  EXPECT_EQ(eval("local t = {} t[1] = t t[2] = t return t"),
            "-ERR the reply would be longer than a reply may be\r\n");
}

// Lua's own function believes these counts to be positive.
TEST_F(Sandbox, UnpackCountsWithCare) {
  for (const char* const range : {"0, 2^31 - 1", "-2^31, 2^31 - 1", "-2^31, 0", "1, 8001"}) {
    EXPECT_THAT(eval("return {unpack({}, " + std::string(range) + ")}"),
                HasSubstr("too many results to unpack"));
  }
  EXPECT_EQ(eval("return {unpack({1, 2, 3}, 2)}"), "*2\r\n:2\r\n:3\r\n");
  EXPECT_EQ(eval("return {unpack({1, 2, 3}, 2, 1)}"), "*0\r\n");
  EXPECT_EQ(eval("return select('#', unpack({}, 2147483640, 2147483647))"), ":8\r\n");
}

// Lua's matcher calls itself for each of them.
TEST_F(Sandbox, PatternsHaveAnEnd) {
  for (const char* const call : {"find", "match", "gmatch", "gsub"}) {
    EXPECT_THAT(
        eval("return string." + std::string(call) + "(('a'):rep(300000), ('a?'):rep(300000), 1)"),
        HasSubstr("pattern too complex"));
  }
  EXPECT_EQ(eval("return ('a'):rep(1000):find(('a?'):rep(1000))"), ":1\r\n");
  EXPECT_THAT(eval("return string.find('a')"), HasSubstr("bad argument #2 to 'find'"));
}

TEST_F(Sandbox, StringsAreNotRepeatedWithoutEnd) {
  EXPECT_THAT(eval("return ('x'):rep(1e10)"), HasSubstr("resulting string too large"));
  EXPECT_THAT(eval("return ('xx'):rep(2^31 - 1)"), HasSubstr("resulting string too large"));
  EXPECT_EQ(eval("return string.rep('', 2^31 - 1)"), "$0\r\n\r\n");
  EXPECT_EQ(eval("return string.rep('ab', 3)"), "$6\r\nababab\r\n");
  EXPECT_EQ(eval("return string.rep('ab', -3)"), "$0\r\n\r\n");
}

// The parser's name of the source is not known to the collector.
TEST_F(Sandbox, TheCollectorRunsWhileSourceIsRead) {
  EXPECT_EQ(eval("local n = 0 "
                 "local f = load(function() n = n + 1 "
                 "for i = 1, 1000 do local t = {('x'):rep(100) .. i} end collectgarbage() "
                 "if n < 50 then return 'local a' .. n .. ' = ' .. n .. ' ' end "
                 "if n == 50 then return 'return a49' end end) "
                 "return f()"),
            ":49\r\n");
}

TEST_F(Sandbox, RecursionHasAnEnd) {
  EXPECT_THAT(eval("local function f() return f() + 1 end return f()"),
              HasSubstr("stack overflow"));
  EXPECT_THAT(eval("local function f() return pcall(f) end return {f()}"), Not(HasSubstr("ERR")));
  EXPECT_THAT(eval("local function f() coroutine.wrap(f)() end f()"), HasSubstr("overflow"));
  EXPECT_THAT(eval("local function f() return xpcall(f, f) end return {f()}"),
              Not(HasSubstr("ERR")));
  EXPECT_THAT(eval("local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return "
                   "t[k] end return t.x"),
              HasSubstr("overflow"));
  EXPECT_THAT(eval("local s = '' for i = 1, 300 do s = s .. '(' end return loadstring('return ' .. "
                   "s)"),
              "$-1\r\n");
}

}  // namespace
}  // namespace sorrel::script
