// SPDX-License-Identifier: BSD-3-Clause
//
// The lexer without Lua: kinds, positions, what is a number in each of the two dialects, escapes.
#include "json_lexer.h"

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace sorrel::script {
namespace {

// "T_NUMBER@1 ..." up to the end or the first error.
std::string tokens(const std::string& text, bool invalid_numbers = true) {
  JsonLexer lexer(text, invalid_numbers);
  std::string all;
  while (true) {
    const JsonToken token = lexer.next();
    if (token.kind == JsonToken::Kind::kEnd) return all;
    all += std::string(json_token_name(token)) + '@' + std::to_string(token.position) + ' ';
    if (token.kind == JsonToken::Kind::kError) return all;
  }
}

double number(const std::string& text, bool invalid_numbers = true) {
  const JsonToken token = JsonLexer(text, invalid_numbers).next();
  EXPECT_EQ(token.kind, JsonToken::Kind::kNumber) << text;
  return token.number;
}

std::string unescaped(const std::string& text) {
  const std::string quoted = '"' + text + '"';
  const JsonToken token = JsonLexer(quoted, true).next();
  EXPECT_EQ(token.text, text);
  EXPECT_TRUE(token.escaped);
  std::string out(text.size(), '\0');
  out.resize(unescape_json(text, out.data()));
  return out;
}

TEST(JsonLexer, TellsKindsAndPlaces) {
  EXPECT_EQ(tokens("{ \"a\":[1,true],\tnull\n}\r"),
            "T_OBJ_BEGIN@1 T_STRING@3 T_COLON@6 T_ARR_BEGIN@7 T_NUMBER@8 T_COMMA@9 T_BOOLEAN@10 "
            "T_ARR_END@14 T_COMMA@15 T_NULL@17 T_OBJ_END@22 ");
  EXPECT_EQ(tokens("falsefalse"), "T_BOOLEAN@1 T_BOOLEAN@6 ");
  EXPECT_EQ(tokens(" x"), "invalid token@2 ");
  EXPECT_EQ(tokens(std::string("1 \0 2", 5)), "T_NUMBER@1 ");
}

TEST(JsonLexer, StaysAtTheEndAndAtAnError) {
  JsonLexer ended(" ", true);
  EXPECT_EQ(ended.next().position, 2U);
  EXPECT_EQ(ended.next().kind, JsonToken::Kind::kEnd);
  JsonLexer failed("?", true);
  EXPECT_EQ(failed.next().kind, JsonToken::Kind::kError);
  EXPECT_EQ(failed.next().position, 1U);
}

TEST(JsonLexer, ReadsNumbersAsStrtodDoes) {
  EXPECT_EQ(number("-12.5e-1"), -1.25);
  EXPECT_EQ(number("01"), 1);
  EXPECT_EQ(number("1."), 1);
  EXPECT_EQ(number("-.5"), -0.5);
  EXPECT_EQ(number("+1"), 1);
  EXPECT_EQ(number("0x1F"), 31);
  EXPECT_EQ(number("-0X1p3"), -8);
  EXPECT_EQ(number("1e400"), HUGE_VAL);
  EXPECT_EQ(number("1e-400"), 0);
  EXPECT_EQ(number("5e-324"), 5e-324);
  EXPECT_EQ(number("-Infinity"), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(number("NaN")));
  EXPECT_TRUE(std::signbit(number("-0")));
  EXPECT_EQ(tokens("1e"), "T_NUMBER@1 invalid token@2 ");
  EXPECT_EQ(tokens("0x"), "T_NUMBER@1 invalid token@2 ");
  EXPECT_EQ(tokens(".5"), "invalid token@1 ");
  EXPECT_EQ(tokens("-"), "invalid number@1 ");
  EXPECT_EQ(tokens("- 1"), "invalid number@1 ");
  EXPECT_EQ(tokens("+x"), "invalid number@1 ");
}

TEST(JsonLexer, TakesFewerNumbersWhenStrict) {
  EXPECT_EQ(number("-1.5e3", false), -1500);
  EXPECT_EQ(number("0.5", false), 0.5);
  EXPECT_EQ(number("1e400", false), HUGE_VAL);
  for (const char* text : {"01", "-00", "0x1", "-0X1", "-inf", "-NaN", "-"}) {
    EXPECT_EQ(tokens(text, false), "invalid number@1 ") << text;
  }
  for (const char* text : {"nan", "Infinity", "+1", "+inf"}) {
    EXPECT_EQ(tokens(text, false), "invalid token@1 ") << text;
  }
}

TEST(JsonLexer, Unescapes) {
  EXPECT_EQ(unescaped(R"(a\b\f\n\r\t\"\\\/z)"), "a\b\f\n\r\t\"\\/z");
  EXPECT_EQ(unescaped(R"(\u0041\u07ff\u0800\uFFff)"), "A\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
  EXPECT_EQ(unescaped(R"(\ud800\udc00\uDBFF\uDFFF)"), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
}

TEST(JsonLexer, PointsAtTheEscapeThatIsWrong) {
  EXPECT_EQ(tokens(R"("ab\x")"), "invalid escape code@4 ");
  EXPECT_EQ(tokens(R"("\)"), "invalid escape code@2 ");
  for (const char* text : {R"("a\u")", R"("a\u12")", R"("a\u12g4")", R"("a\uD83D")", R"("a\uDE00")",
                           R"("a\uD83D\u0041")", R"("a\uD83D\uD83D")", R"("a\uD83Dxxxxxx")",
                           R"("a\ud83d\u")", R"("a\u123)"}) {
    EXPECT_EQ(tokens(text), "invalid unicode escape code@3 ") << text;
  }
  EXPECT_EQ(tokens("\"abc"), "unexpected end of string@5 ");
  EXPECT_EQ(tokens(std::string("\"a\0b\"", 5)), "unexpected end of string@3 ");
  EXPECT_EQ(tokens("\"\x01\x7f\xff\""), "T_STRING@1 ");
}

}  // namespace
}  // namespace sorrel::script
