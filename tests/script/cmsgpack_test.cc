// SPDX-License-Identifier: BSD-3-Clause
//
// cmsgpack by hand: every form of the format both ways, what is no array, the depth at which values
// become nil, input that ends early or lies about its length. Expectations are the answers of a
// Redis 8.0 server.
#include <string>

#include <gtest/gtest.h>

#include "script_state.h"

namespace sorrel::script {
namespace {

class Cmsgpack : public testing::Test {
 protected:
  std::string packed(const std::string& values) {
    return state.run("return run(cmsgpack.pack, " + values + ")");
  }
  std::string unpacked(const std::string& literal) {
    return state.run("return run(cmsgpack.unpack, " + literal + ")");
  }

  ScriptState state;
};

TEST_F(Cmsgpack, HasTheMembersOfRedis) {
  EXPECT_EQ(state.run(R"(
    local names = {}
    for name, value in pairs(cmsgpack) do
      names[#names + 1] = name .. (type(value) == 'string' and '=' .. value or '')
    end
    table.sort(names)
    return table.concat(names, ' | '))"),
            "_COPYRIGHT=Copyright (C) 2012, Salvatore Sanfilippo | "
            "_DESCRIPTION=MessagePack C implementation for Lua | _NAME=cmsgpack | "
            "_VERSION=lua-cmsgpack 0.4.0 | pack | unpack | unpack_limit | unpack_one");
}

TEST_F(Cmsgpack, PacksIntegersInTheFewestBytes) {
  EXPECT_EQ(packed("0, 127, 128, 255, 256, 65535, 65536, 2^32 - 1, 2^32, 2^53"),
            "ok \"\\x00\\x7f\\xcc\\x80\\xcc\\xff\\xcd\\x01\\x00\\xcd\\xff\\xff\\xce\\x00\\x01\\x00"
            "\\x00\\xce\\xff\\xff\\xff\\xff\\xcf\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\xcf\\x00 "
            "\\x00\\x00\\x00\\x00\\x00\\x00\"");
  EXPECT_EQ(packed("-1, -32, -33, -128, -129, -32768, -32769, -2^31, -2^31 - 1, -2^63"),
            "ok \"\\xff\\xe0\\xd0\\xdf\\xd0\\x80\\xd1\\xff\\x7f\\xd1\\x80\\x00\\xd2\\xff\\xff\\x7f"
            "\\xff\\xd2\\x80\\x00\\x00\\x00\\xd3\\xff\\xff\\xff\\xff\\x7f\\xff\\xff\\xff\\xd3\\x80"
            "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"");
  EXPECT_EQ(packed("-0"), "ok \"\\x00\"");
}

TEST_F(Cmsgpack, PacksFloatsWhereTheyLoseNothing) {
  EXPECT_EQ(packed("0.5, 0.1"),
            "ok \"\\xca?\\x00\\x00\\x00\\xcb?\\xb9\\x99\\x99\\x99\\x99\\x99\\x9a\"");
  EXPECT_EQ(packed("2^63, 1/0, -1/0"),
            "ok \"\\xca_\\x00\\x00\\x00\\xca\\x7f\\x80\\x00\\x00\\xca\\xff\\x80\\x00\\x00\"");
  EXPECT_EQ(packed("1e39"), "ok \"\\xcbH\\x07\\x82\\x87\\xf4\\x9cJ\\x1d\"");
  EXPECT_EQ(packed("-(0/0)"), "ok \"\\xcb\\x7f\\xf8\\x00\\x00\\x00\\x00\\x00\\x00\"");
}

TEST_F(Cmsgpack, PacksLengths) {
  EXPECT_EQ(state.run(R"(
    local heads = {}
    for _, length in ipairs{0, 31, 32, 255, 256, 65535, 65536} do
      heads[#heads + 1] = show(string.sub(cmsgpack.pack(string.rep('a', length)), 1, 5), 0)
    end
    return table.concat(heads, ' '))"),
            R"("\xa0" "\xbfaaaa" "\xd9 aaa" "\xd9\xffaaa" "\xda\x01\x00aa" "\xda\xff\xffaa" )"
            R"("\xdb\x00\x01\x00\x00")");
  EXPECT_EQ(state.run(R"(
    local heads = {}
    for _, length in ipairs{0, 15, 16, 65535, 65536} do
      local array, map = {}, {}
      for place = 1, length do array[place] = 1 map['k' .. place] = 1 end
      heads[#heads + 1] = show(string.sub(cmsgpack.pack(array), 1, 5), 0)
      heads[#heads + 1] = show(string.sub(cmsgpack.pack(map), 1, 5), 0):sub(1, 13)
    end
    return table.concat(heads, ' '))"),
            R"("\x90" "\x90" "\x9f\x01\x01\x01\x01" "\x8f\xa3k12" "\xdc\x00\x10\x01\x01" )"
            R"("\xde\x00\x10 "\xdc\xff\xff\x01\x01" "\xde\xff\xff "\xdd\x00\x01\x00\x00" )"
            R"("\xdf\x00\x01)");
}

TEST_F(Cmsgpack, PacksTablesByTheirKeys) {
  EXPECT_EQ(packed("{}, {1, 2}, {a = 1}, {[2] = 1}, {[0] = 1}, {1, nil, 3}, {1, a = 2}"),
            "ok \"\\x90\\x92\\x01\\x02\\x81\\xa1a\\x01\\x81\\x02\\x01\\x81\\x00\\x01\\x82\\x01\\x01"
            "\\x03\\x03\\x82\\x01\\x01\\xa1a\\x02\"");
  EXPECT_EQ(packed("{[1/0] = 1}, {[true] = false}, {[{}] = {}}"),
            "ok \"\\x81\\xca\\x7f\\x80\\x00\\x00\\x01\\x81\\xc3\\xc2\\x81\\x90\\x90\"");
  EXPECT_EQ(packed("nil, print, cjson.null, {print}"), "ok \"\\xc0\\xc0\\xc0\\x91\\xc0\"");
}

TEST_F(Cmsgpack, MakesNilOfWhatLiesTooDeep) {
  const auto nested = [this](const std::string& levels, const std::string& wrap) {
    return state.run("local t = {} for i = 1, " + levels + " do t = " + wrap +
                     " end return run(cmsgpack.pack, t)");
  };
  const auto repeated = [](int count, const std::string& text) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
  };
  EXPECT_EQ(nested("15", "{t}"), "ok \"" + repeated(15, "\\x91") + "\\x90\"");
  EXPECT_EQ(nested("16", "{t}"), "ok \"" + repeated(16, "\\x91") + "\\xc0\"");
  EXPECT_EQ(nested("100", "{t}"), "ok \"" + repeated(16, "\\x91") + "\\xc0\"");
  EXPECT_EQ(nested("100", "{[t] = 5}"),
            "ok \"" + repeated(16, "\\x81") + "\\xc0" + repeated(16, "\\x05") + "\"");
  EXPECT_EQ(nested("100", "{a = t}"), "ok \"" + repeated(16, "\\x81\\xa1a") + "\\xc0\"");
}

TEST_F(Cmsgpack, WantsSomethingToPackButNotTooMuch) {
  EXPECT_EQ(state.run("return run(cmsgpack.pack)"),
            "ERR \"bad argument #0 to '?' (MessagePack pack needs input.)\"");
  EXPECT_EQ(state.run("local t = {} for i = 1, 3990 do t[i] = 1 end "
                      "return tostring(#cmsgpack.pack(unpack(t)))"),
            "3990");
  EXPECT_EQ(state.run("local t = {} for i = 1, 5000 do t[i] = 1 end "
                      "return run(cmsgpack.pack, unpack(t))"),
            "ERR \"bad argument #0 to '?' (Too many arguments for MessagePack pack.)\"");
}

TEST_F(Cmsgpack, UnpacksEveryForm) {
  EXPECT_EQ(unpacked(R"("\5\127\224\255\192\194\195")"), "ok 5 127 -32 -1 nil false true");
  EXPECT_EQ(unpacked(R"("\204\255\205\255\255\206\255\255\255\255")"), "ok 255 65535 4294967295");
  EXPECT_EQ(
      unpacked(R"("\208\255\209\255\254\210\255\255\255\253\211\255\255\255\255\255\255\255\252")"),
      "ok -1 -2 -3 -4");
  EXPECT_EQ(unpacked(R"("\207\255\255\255\255\255\255\255\255")"), "ok -1");
  EXPECT_EQ(unpacked(R"("\202\63\192\0\0\203\63\248\0\0\0\0\0\0")"), "ok 1.5 1.5");
  EXPECT_EQ(unpacked(R"("\160\161a\217\1b\218\0\1c\219\0\0\0\1d")"), R"(ok "" "a" "b" "c" "d")");
  EXPECT_EQ(unpacked(R"("\144\146\1\2\220\0\1\3\221\0\0\0\1\4")"),
            "ok {} {[1]=1,[2]=2} {[1]=3} {[1]=4}");
  EXPECT_EQ(unpacked(R"("\128\129\161a\1\222\0\1\1\2\223\0\0\0\1\145\1\3")"),
            R"(ok {} {["a"]=1} {[1]=2} {[{[1]=1}]=3})");
  EXPECT_EQ(unpacked("\"\""), "ok");
}

TEST_F(Cmsgpack, RefusesWhatIsNoneOfThem) {
  for (const int tag : {193, 196, 197, 198, 199, 200, 201, 212, 213, 214, 215, 216}) {
    const std::string literal =
        "\"\\1\\" + std::to_string(tag) + "\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\"";
    EXPECT_EQ(unpacked(literal), "ERR \"Bad data format in input.\"") << tag;
  }
}

TEST_F(Cmsgpack, MissesBytesAtEveryPlace) {
  EXPECT_EQ(state.run(R"(
    local whole = cmsgpack.pack({1, 200, 70000, 2^40, 0.5, 0.1, 'text', string.rep('b', 40),
                                 string.rep('c', 300), {a = {1, 2}}, -5, -500, -70000, -2^40})
    for length = 1, #whole - 1 do
      local ok, text = pcall(cmsgpack.unpack, string.sub(whole, 1, length))
      if ok or text ~= 'Missing bytes in input.' then return length .. ': ' .. tostring(text) end
    end
    return 'all of ' .. #whole)"),
            "all of 406");
  EXPECT_EQ(unpacked(R"("\221\255\255\255\255\1")"), "ERR \"Missing bytes in input.\"");
  EXPECT_EQ(unpacked(R"("\219\255\255\255\255a")"), "ERR \"Missing bytes in input.\"");
}

TEST_F(Cmsgpack, RefusesKeysThatLuaCannotHave) {
  EXPECT_EQ(unpacked(R"("\129\192\1")"), "ERR \"table index is nil\"");
  EXPECT_EQ(unpacked(R"("\129\203\127\248\0\0\0\0\0\0\1")"), "ERR \"table index is NaN\"");
}

TEST_F(Cmsgpack, EndsDeepNestingWithAnError) {
  const std::string array = "ERR \"stack overflow (in function mp_decode_to_lua_array)\"";
  const std::string values =
      "ERR \"stack overflow (too many return values at once; use unpack_one or unpack_limit "
      "instead.)\"";
  EXPECT_EQ(unpacked("string.rep('\\145', 3998) .. '\\144'").substr(0, 5), "ok {[");
  EXPECT_EQ(unpacked("string.rep('\\145', 3999) .. '\\144'"), array);
  EXPECT_EQ(unpacked("string.rep('\\145', 100000)"), array);
  EXPECT_EQ(unpacked("string.rep('\\129', 7997) .. '\\144'"), "ERR \"Missing bytes in input.\"");
  EXPECT_EQ(unpacked("string.rep('\\129', 100000)"), values);
  EXPECT_EQ(unpacked("string.rep('\\129\\1', 100000)"), values);
  EXPECT_EQ(unpacked("string.rep('\\1', 8000)"), values);
}

TEST_F(Cmsgpack, UnpacksSome) {
  const auto some = [this](const std::string& arguments) {
    return state.run("return run(cmsgpack." + arguments + ")");
  };
  EXPECT_EQ(some(R"(unpack_one, "\1\2")"), "ok 1 1");
  EXPECT_EQ(some(R"(unpack_one, "\1\2", 1)"), "ok -1 2");
  EXPECT_EQ(some(R"(unpack_one, "\1\2", 2)"), "ok -1");
  EXPECT_EQ(some(R"(unpack_one, "\1\2", 3)"),
            "ERR \"Start offset 3 greater than input length 2.\"");
  EXPECT_EQ(some(R"(unpack_one, "\1\2", -1)"),
            "ERR \"Invalid request to unpack with offset of -1 and limit of 2.\"");
  EXPECT_EQ(some(R"(unpack_limit, "\1\2\3", 2)"), "ok 2 1 2");
  EXPECT_EQ(some(R"(unpack_limit, "\1\2\3", 9, 1)"), "ok -1 2 3");
  EXPECT_EQ(some(R"(unpack_limit, "\1\2\3", 0)"), "ok 1 2 3");
  EXPECT_EQ(some(R"(unpack_limit, "\1\2\3", 0, 1)"), "ok 1");
  EXPECT_EQ(some(R"(unpack_limit, "\1\2\3")"),
            "ERR \"bad argument #2 to '?' (number expected, got no value)\"");
  EXPECT_EQ(some(R"(unpack_one, "\1\2", 2^32 + 1)"),
            "ERR \"Start offset 1 greater than input length 2.\"");
  EXPECT_EQ(some("unpack_limit, string.rep('\\1', 9000), 7999"),
            "ERR \"stack overflow (in function mp_unpack_full)\"");
}

TEST_F(Cmsgpack, SurvivesWhenMemoryRunsOut) {
  const std::string chunk = R"(
    local list = {}
    for place = 1, 60 do list['k' .. place] = {string.rep('v', 50)} end
    return cmsgpack.unpack(cmsgpack.pack(list)).k60[1])";
  const std::string whole(50, 'v');
  int failures = 0;
  std::string found;
  for (std::size_t allowed = 0; found != whole; ++allowed) {
    ASSERT_LT(allowed, 5000U);
    state.with_allocations(allowed, [&] { found = state.run(chunk); });
    if (found != whole) {
      EXPECT_EQ(found, "failed: not enough memory");
      ++failures;
    }
  }
  EXPECT_GT(failures, 50);
}

}  // namespace
}  // namespace sorrel::script
