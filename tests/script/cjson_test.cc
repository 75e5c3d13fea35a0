// SPDX-License-Identifier: BSD-3-Clause
//
// cjson by hand: members, values both ways, settings and who owns them, and the bounds that a
// script may push at: nesting, sparse arrays, long strings. Expectations are the answers of a
// Redis 8.0 server unless a test says otherwise.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "script_state.h"

namespace sorrel::script {
namespace {

using testing::HasSubstr;

class Cjson : public testing::Test {
 protected:
  // As text, without the quotes.
  std::string encoded(const std::string& value) {
    return state.run("return cjson.encode(" + value + ")");
  }
  // In the notation of show.lua.
  std::string decoded(const std::string& literal) {
    return state.run("return run(cjson.decode, " + literal + ")");
  }

  ScriptState state;
};

TEST_F(Cjson, HasTheMembersOfRedis) {
  const std::string names = state.run(R"(
    local names = {}
    for name in pairs(cjson) do names[#names + 1] = name end
    table.sort(names)
    return table.concat(names, ' '))");
  EXPECT_EQ(names,
            "_NAME _VERSION decode decode_invalid_numbers decode_max_depth encode "
            "encode_invalid_numbers encode_keep_buffer encode_max_depth encode_number_precision "
            "encode_sparse_array new null");
  EXPECT_EQ(state.run("return cjson._NAME .. cjson._VERSION"), "cjson2.1.0");
  EXPECT_EQ(state.run("return tostring(cjson.null)"), "userdata: (nil)");
}

TEST_F(Cjson, EncodesScalars) {
  EXPECT_EQ(encoded("nil"), "null");
  EXPECT_EQ(encoded("cjson.null"), "null");
  EXPECT_EQ(encoded("true"), "true");
  EXPECT_EQ(encoded("false"), "false");
  EXPECT_EQ(encoded("'text'"), "\"text\"");
  EXPECT_EQ(encoded(R"("\0\8\9\10\12\13\31 \127\200/\\\"")"),
            "\"\\u0000\\b\\t\\n\\f\\r\\u001f \\u007f\xc8\\/\\\\\\\"\"");
}

TEST_F(Cjson, EncodesNumbersWithFourteenDigits) {
  EXPECT_EQ(encoded("{0,1,-1,0.1,0.1+0.2,1/3,100,1e13,99999999999999,1e14,123456789012345}"),
            "[0,1,-1,0.1,0.3,0.33333333333333,100,10000000000000,99999999999999,1e+14,"
            "1.2345678901234e+14]");
  EXPECT_EQ(encoded("{-0,5e-324,1e300,2^53,-2^63,1e-5,1e-4}"),
            "[-0,4.9406564584125e-324,1e+300,9.007199254741e+15,-9.2233720368548e+18,1e-05,"
            "0.0001]");
}

TEST_F(Cjson, ChoosesBetweenArrayAndObject) {
  EXPECT_EQ(encoded("{}"), "{}");
  EXPECT_EQ(encoded("{{},{1,{2}}}"), "[{},[1,[2]]]");
  EXPECT_EQ(encoded("{[3]=1}"), "[null,null,1]");
  EXPECT_EQ(encoded("{[0]=1}"), "{\"0\":1}");
  EXPECT_EQ(encoded("{[1.5]=1}"), "{\"1.5\":1}");
  EXPECT_EQ(encoded("{[-1]=1}"), "{\"-1\":1}");
  EXPECT_EQ(encoded("{[2^31]=1}"), "{\"2147483648\":1}");
  EXPECT_EQ(encoded("{a={}}"), "{\"a\":{}}");
  EXPECT_EQ(encoded("setmetatable({1},{__index=function() return 2 end})"), "[1]");
}

// Redis counts the highest index in an int that this key overflows, and then, as the order of keys
// falls, refuses the table or leaves out what is under the key.
TEST_F(Cjson, LosesNothingUnderAKeyThatNoIntHolds) {
  EXPECT_EQ(encoded("{[2^31]=1,[3]=2}").size(),
            std::string_view(R"({"2147483648":1,"3":2})").size());
  EXPECT_THAT(encoded("{[2^31]=1,[3]=2}"), HasSubstr("\"2147483648\":1"));
}

TEST_F(Cjson, RefusesWhatJsonCannotSay) {
  EXPECT_EQ(state.run("return run(cjson.encode, print)"),
            "ERR \"Cannot serialise function: type not supported\"");
  EXPECT_EQ(state.run("return run(cjson.encode, newproxy())"),
            "ERR \"Cannot serialise userdata: type not supported\"");
  EXPECT_EQ(state.run("return run(cjson.encode, {[{}]=1})"),
            "ERR \"Cannot serialise table: table key must be a number or string\"");
  EXPECT_EQ(state.run("return run(cjson.encode, {[true]=1})"),
            "ERR \"Cannot serialise boolean: table key must be a number or string\"");
  EXPECT_EQ(state.run("return run(cjson.encode, {1/0})"),
            "ERR \"Cannot serialise number: must not be NaN or Inf\"");
  EXPECT_EQ(state.run("return run(cjson.encode, {[11]=1})"),
            "ERR \"Cannot serialise table: excessively sparse array\"");
  EXPECT_EQ(state.run("return run(cjson.encode)"),
            "ERR \"bad argument #1 to '?' (expected 1 argument)\"");
}

TEST_F(Cjson, SettingsChangeTheText) {
  EXPECT_EQ(state.run("cjson.encode_sparse_array(true) return cjson.encode({[11]=1})"),
            "{\"11\":1}");
  EXPECT_EQ(state.run("cjson.encode_sparse_array(false, 0) return cjson.encode({[12]=1})"),
            "[null,null,null,null,null,null,null,null,null,null,null,1]");
  EXPECT_EQ(state.run("cjson.encode_invalid_numbers(true) return cjson.encode({1/0,-1/0,0/0})"),
            "[inf,-inf,nan]");
  EXPECT_EQ(state.run("cjson.encode_invalid_numbers('null') return cjson.encode({1/0,[2]=0/0})"),
            "[null,null]");
  EXPECT_EQ(state.run("cjson.encode_number_precision(3) return cjson.encode({1/3,999,1000,12345})"),
            "[0.333,999,1e+03,1.23e+04]");
}

TEST_F(Cjson, SettingsAreTheOwners) {
  state.run("cjson.encode_number_precision(3) cjson.encode_max_depth(7)");
  EXPECT_EQ(state.settings.number_precision, 3);
  EXPECT_EQ(state.settings.encode_max_depth, 7);
  state.settings = {};
  EXPECT_EQ(state.run("return run(cjson.encode_max_depth)"), "ok 1000");
  EXPECT_EQ(encoded("1/3"), "0.33333333333333");
  EXPECT_EQ(state.run("return run(cjson.encode_sparse_array)"), "ok false 2 10");
}

TEST_F(Cjson, CopiesHaveSettingsOfTheirOwn) {
  EXPECT_EQ(state.run(R"(
    local copy = cjson.new()
    copy.encode_number_precision(2)
    collectgarbage()
    local another = copy.new()
    return copy.encode(1/3) .. cjson.encode(1/3) .. another.encode(1/3))"),
            "0.330.333333333333330.33333333333333");
}

TEST_F(Cjson, RefusesWrongSettings) {
  EXPECT_EQ(state.run("return run(cjson.encode_max_depth, 0)"),
            "ERR \"bad argument #1 to '?' (expected integer between 1 and 2147483647)\"");
  EXPECT_EQ(state.run("return run(cjson.encode_number_precision, 15)"),
            "ERR \"bad argument #1 to '?' (expected integer between 1 and 14)\"");
  EXPECT_EQ(state.run("return run(cjson.encode_max_depth, 2^32 + 5)"), "ok 5");
  EXPECT_EQ(state.run("return run(cjson.encode_sparse_array, true, 2, 3, 4)"),
            "ERR \"bad argument #4 to '?' (found too many arguments)\"");
  EXPECT_EQ(state.run("return run(cjson.encode_keep_buffer, 1)"),
            "ERR \"bad argument #1 to '?' (invalid option '1')\"");
  EXPECT_EQ(state.run("return run(cjson.encode_invalid_numbers, 'null')"), "ok \"null\"");
  EXPECT_EQ(state.run("return run(cjson.decode_invalid_numbers, 'null')"),
            "ERR \"bad argument #1 to '?' (invalid option 'null')\"");
}

TEST_F(Cjson, DecodesValues) {
  EXPECT_EQ(decoded(R"('{"a":[1,2.5,"x",true,false,null],"b":{}}')"),
            "ok {[\"a\"]={[1]=1,[2]=2.5,[3]=\"x\",[4]=true,[5]=false,[6]=userdata: (nil)},"
            "[\"b\"]={}}");
  EXPECT_EQ(decoded(R"([=[ "\b\f\n\r\t\/\\\"\u0041\u00e9\u20ac\ud83d\ude00\u0000" ]=])"),
            "ok \"\\x08\\x0c\\x0a\\x0d\\x09/\\x5c\\x22A\\xc3\\xa9\\xe2\\x82\\xac\\xf0\\x9f\\x98"
            "\\x80\\x00\"");
  EXPECT_EQ(decoded("'{\"a\":1,\"a\":2}'"), "ok {[\"a\"]=2}");
  EXPECT_EQ(decoded("5"), "ok 5");
  EXPECT_EQ(state.run("return tostring(cjson.decode('null') == cjson.null)"), "true");
}

TEST_F(Cjson, DecodesStringsLongerThanItsBuffer) {
  EXPECT_EQ(state.run(R"(
    local long = string.rep('a\\n', 5000)
    local text = cjson.decode('["' .. long .. '","' .. long .. '"]')
    return #text[1] .. tostring(text[2] == string.rep('a\n', 5000)))"),
            "10000true");
}

TEST_F(Cjson, NamesWhatIsWrongAndWhere) {
  EXPECT_EQ(decoded("''"), "ERR \"Expected value but found T_END at character 1\"");
  EXPECT_EQ(decoded("'[1,]'"), "ERR \"Expected value but found T_ARR_END at character 4\"");
  EXPECT_EQ(decoded("'{\"a\" 1}'"), "ERR \"Expected colon but found T_NUMBER at character 6\"");
  EXPECT_EQ(decoded("'\"ab'"),
            "ERR \"Expected value but found unexpected end of string at character 4\"");
  EXPECT_EQ(decoded(R"([["a\u12"]])"),
            "ERR \"Expected value but found invalid unicode escape code at character 3\"");
  EXPECT_EQ(decoded("'[0] x'"), "ERR \"Expected the end but found invalid token at character 5\"");
  EXPECT_EQ(decoded(R"('1\0')"), "ERR \"JSON parser does not support UTF-16 or UTF-32\"");
  EXPECT_EQ(state.run("return run(cjson.decode, nil)"),
            "ERR \"bad argument #1 to '?' (string expected, got nil)\"");
}

TEST_F(Cjson, BoundsNesting) {
  EXPECT_EQ(decoded("string.rep('[', 1001)"),
            "ERR \"Found too many nested data structures (1001) at character 1001\"");
  EXPECT_EQ(state.run("local t = {} t[1] = t return run(cjson.encode, t)"),
            "ERR \"Cannot serialise, excessive nesting (1001)\"");
  state.settings.decode_max_depth = 2;
  EXPECT_EQ(decoded("'[[]]'"), "ok {[1]={}}");
  EXPECT_EQ(decoded("'[[[]]]'"),
            "ERR \"Found too many nested data structures (3) at character 3\"");
}

// Where the settings allow more, the places of Lua's stack are the bound; Redis stops within two
// levels of here. The C stack must bear it in every build.
TEST_F(Cjson, EndsDeepNestingWithAnError) {
  state.settings.decode_max_depth = 1'000'000;
  state.settings.encode_max_depth = 1'000'000;
  EXPECT_EQ(decoded("string.rep('[', 100000)"),
            "ERR \"Found too many nested data structures (7998) at character 7998\"");
  EXPECT_EQ(decoded("string.rep('{\"a\":', 100000)"),
            "ERR \"Found too many nested data structures (3999) at character 19991\"");
  EXPECT_EQ(state.run("local t = {} t[1] = t return run(cjson.encode, t)"),
            "ERR \"Cannot serialise, excessive nesting (7996)\"");
  EXPECT_EQ(state.run("local t = {} t.a = t return run(cjson.encode, t)"),
            "ERR \"Cannot serialise, excessive nesting (3999)\"");
}

TEST_F(Cjson, EndsALongTextWithAnError) {
  state.settings.sparse_ratio = 0;
  EXPECT_EQ(state.run("return run(cjson.encode, {[2^31 - 1] = 1})"),
            "ERR \"string length overflow\"");
}

TEST_F(Cjson, EncodesTextsLongerThanItsBuffer) {
  EXPECT_EQ(state.run(R"(
    local list = {}
    for place = 1, 3000 do list[place] = {name = 'n' .. place, place / 4} end
    local again = cjson.decode(cjson.encode(list))
    return #cjson.encode(list) .. again[3000].name .. again[2999]['1'])"),
            "79456n3000749.75");
}

TEST_F(Cjson, SurvivesWhenMemoryRunsOut) {
  const std::string chunk = R"(
    local list = {}
    for place = 1, 60 do list[place] = string.rep('\n', 50) end
    local copy = cjson.new()
    return tostring(#copy.decode(copy.encode(list))))";
  int failures = 0;
  std::string found;
  for (std::size_t allowed = 0; found != "60"; ++allowed) {
    ASSERT_LT(allowed, 5000U);
    state.with_allocations(allowed, [&] { found = state.run(chunk); });
    if (found != "60") {
      EXPECT_EQ(found, "failed: not enough memory");
      ++failures;
    }
  }
  EXPECT_GT(failures, 50);
  EXPECT_EQ(state.run(chunk), "60");
}

}  // namespace
}  // namespace sorrel::script
