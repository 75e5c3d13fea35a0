// SPDX-License-Identifier: BSD-3-Clause
// Tests of the scripts' notation: that an expectation accepts what it says in each protocol and
// nothing else. A comparison that accepts too much would make every script pass, so each case
// states both.
#include <gtest/gtest.h>

#include "support/resp_expect.h"
#include "support/resp_script.h"
#include "support/resp_through_script.h"

namespace sorrel::test {
namespace {

Reply parsed(const std::string& bytes) {
  ReplyParser parser;
  parser.feed(bytes);
  ReadResult result = parser.next();
  EXPECT_EQ(result.status, ReadResult::Status::reply) << bytes;
  return result.reply;
}

bool fits(const std::string& notation, const std::string& bytes, int protocol) {
  Notation reader(notation);
  const auto expected = reader.expectation();
  EXPECT_TRUE(expected.has_value()) << notation << ": " << reader.error();
  return expected && matches(*expected, parsed(bytes), protocol);
}

bool fits_through_script(const std::string& notation, const std::string& bytes, int protocol) {
  const auto expected = Notation(notation).expectation();
  EXPECT_TRUE(expected.has_value()) << notation;
  return expected && matches(through_script(*expected, protocol), parsed(bytes), protocol);
}

TEST(ThroughScript, NullsAreFalseInResp2) {
  EXPECT_TRUE(fits_through_script("nil-array", "$-1\r\n", 2));
  EXPECT_FALSE(fits_through_script("nil-array", "*-1\r\n", 2));
  EXPECT_TRUE(fits_through_script("[:1 nil :2]", "*3\r\n:1\r\n$-1\r\n:2\r\n", 2));
  EXPECT_FALSE(fits_through_script("[:1 nil :2]", "*1\r\n:1\r\n", 2));
}

TEST(ThroughScript, NullsEndArraysOfResp3) {
  EXPECT_TRUE(fits_through_script("[:1 nil :2]", "*1\r\n:1\r\n", 3));
  EXPECT_FALSE(fits_through_script("[:1 nil :2]", "*3\r\n:1\r\n_\r\n:2\r\n", 3));
  EXPECT_TRUE(fits_through_script("[[nil :2] :3]", "*2\r\n*0\r\n:3\r\n", 3));
  EXPECT_TRUE(fits_through_script("nil", "_\r\n", 3));
}

TEST(ThroughScript, MapsLoseOrderNullsAndDoubles) {
  EXPECT_TRUE(
      fits_through_script("{\"a\" :1 \"b\" :2}", "%2\r\n$1\r\nb\r\n:2\r\n$1\r\na\r\n:1\r\n", 3));
  EXPECT_TRUE(fits_through_script("{\"a\" nil \"b\" :2}", "%1\r\n$1\r\nb\r\n:2\r\n", 3));
  EXPECT_TRUE(fits_through_script("{\"a\" :1 \"a\" :2}", "%1\r\n$1\r\na\r\n:2\r\n", 3));
  EXPECT_FALSE(fits_through_script("{\"a\" :1 \"a\" :2}", "%1\r\n$1\r\na\r\n:1\r\n", 3));
}

TEST(ThroughScript, IntegersAreDoubles) {
  EXPECT_TRUE(fits_through_script(":9007199254740993", ":9007199254740992\r\n", 2));
  EXPECT_TRUE(fits_through_script(":9223372036854775807", ":-9223372036854775808\r\n", 2));
  EXPECT_TRUE(fits_through_script(":42", ":42\r\n", 3));
}

TEST(ThroughScript, WhatIsRefusedBeforeItRunsHasOtherTexts) {
  EXPECT_TRUE(fits_through_script("-ERR wrong number of arguments for 'get' command",
                                  "-ERR Wrong number of args calling Redis command from script\r\n",
                                  2));
  EXPECT_TRUE(fits_through_script("-ERR unknown subcommand 'x'. Try CLIENT HELP.",
                                  "-ERR Unknown Redis command called from script\r\n", 2));
  EXPECT_TRUE(fits_through_script("-ERR syntax error", "-ERR syntax error\r\n", 2));
  EXPECT_FALSE(fits_through_script("-ERR syntax error", "-ERR other\r\n", 2));
}

TEST(ReplyParser, CutsAStreamIntoReplies) {
  ReplyParser parser;
  const std::string stream =
      "+OK\r\n*2\r\n$3\r\na\r\n\r\n:-5\r\n%1\r\n+k\r\n,1.5\r\n=7\r\ntxt:abc\r\n";
  int replies = 0;
  for (const char byte : stream) {
    parser.feed({&byte, 1});
    replies += parser.next().status == ReadResult::Status::reply ? 1 : 0;
  }
  EXPECT_EQ(replies, 4);
}

TEST(ReplyParser, RejectsWhatIsNoReply) {
  for (const char* bytes : {"OK\r\n", "$-2\r\n", "$x\r\n", ":1a\r\n", "#x\r\n", "_x\r\n", "\r\n",
                            "$1\r\nabc\r\n", "=3\r\nabc\r\n"}) {
    ReplyParser parser;
    parser.feed(bytes);
    EXPECT_EQ(parser.next().status, ReadResult::Status::malformed) << bytes;
  }
}

TEST(Expectation, TellsTypesApart) {
  EXPECT_TRUE(fits("+OK", "+OK\r\n", 2));
  EXPECT_FALSE(fits("+OK", "$2\r\nOK\r\n", 2));
  EXPECT_FALSE(fits("\"OK\"", "+OK\r\n", 2));
  EXPECT_FALSE(fits("+OK", "-OK\r\n", 2));
  EXPECT_FALSE(fits(":1", "$1\r\n1\r\n", 2));
  EXPECT_FALSE(fits("any", "-ERR x\r\n", 2));
  EXPECT_TRUE(fits("any-error", "-ERR x\r\n", 2));
  EXPECT_FALSE(fits("-ERR x", "-ERR x y\r\n", 2));
  EXPECT_FALSE(fits("\"a\\x00b\"", "$2\r\nab\r\n", 2));
  EXPECT_TRUE(fits("\"a\"*3", "$3\r\naaa\r\n", 2));
}

TEST(Expectation, TellsNullsApart) {
  EXPECT_TRUE(fits("nil", "$-1\r\n", 2));
  EXPECT_FALSE(fits("nil", "*-1\r\n", 2));
  EXPECT_FALSE(fits("nil", "_\r\n", 2));
  EXPECT_TRUE(fits("nil-array", "*-1\r\n", 2));
  EXPECT_FALSE(fits("nil-array", "$-1\r\n", 2));
  EXPECT_TRUE(fits("nil", "_\r\n", 3));
  EXPECT_FALSE(fits("nil", "$-1\r\n", 3));
  EXPECT_FALSE(fits("nil", "*0\r\n", 3));
}

TEST(Expectation, DerivesTheFormOfTheOlderProtocol) {
  EXPECT_TRUE(fits("{\"a\" :1}", "%1\r\n$1\r\na\r\n:1\r\n", 3));
  EXPECT_FALSE(fits("{\"a\" :1}", "*2\r\n$1\r\na\r\n:1\r\n", 3));
  EXPECT_TRUE(fits("{\"a\" :1}", "*2\r\n$1\r\na\r\n:1\r\n", 2));
  EXPECT_FALSE(fits("[\"a\" :1]", "%1\r\n$1\r\na\r\n:1\r\n", 3));
  EXPECT_TRUE(fits(",1.5", ",1.5\r\n", 3));
  EXPECT_FALSE(fits(",1.5", "$3\r\n1.5\r\n", 3));
  EXPECT_TRUE(fits(",1.5", "$3\r\n1.5\r\n", 2));
  EXPECT_FALSE(fits(",1.5", "$4\r\n1.50\r\n", 2));
  EXPECT_TRUE(fits("true", "#t\r\n", 3));
  EXPECT_FALSE(fits("true", "#f\r\n", 3));
  EXPECT_TRUE(fits("true", ":1\r\n", 2));
  EXPECT_FALSE(fits("set[\"b\" \"a\"]", "~2\r\n+a\r\n+b\r\n", 3));
  EXPECT_TRUE(fits("set[+b +a]", "~2\r\n+a\r\n+b\r\n", 3));
  EXPECT_TRUE(fits("set[+b +a]", "*2\r\n+a\r\n+b\r\n", 2));
  EXPECT_TRUE(fits("=txt:\"x\"", "=5\r\ntxt:x\r\n", 3));
  EXPECT_FALSE(fits("=mkd:\"x\"", "=5\r\ntxt:x\r\n", 3));
  EXPECT_TRUE(fits("=txt:\"x\"", "$1\r\nx\r\n", 2));
  const std::string pair = "*2\r\n$1\r\na\r\n,1\r\n";
  EXPECT_TRUE(fits("pairs[\"a\" ,1]", "*1\r\n" + pair, 3));
  EXPECT_FALSE(fits("pairs[\"a\" ,1]", pair, 3));
  EXPECT_TRUE(fits("pairs[\"a\" ,1]", "*2\r\n$1\r\na\r\n$1\r\n1\r\n", 2));
}

TEST(Expectation, ComparesElements) {
  const std::string abc = "*3\r\n+a\r\n+b\r\n+c\r\n";
  EXPECT_TRUE(fits("[+a +b +c]", abc, 2));
  EXPECT_FALSE(fits("[+a +c +b]", abc, 2));
  EXPECT_FALSE(fits("[+a +b]", abc, 2));
  EXPECT_FALSE(fits("[+a +b +c +d]", abc, 2));
  EXPECT_TRUE(fits("[+a ...]", abc, 2));
  EXPECT_FALSE(fits("[+b ...]", abc, 2));
  EXPECT_TRUE(fits("unordered [+c +a +b]", abc, 2));
  EXPECT_FALSE(fits("unordered [+c +a +a]", abc, 2));
  EXPECT_TRUE(fits("unordered [+c ...]", abc, 2));
  // The pattern may take any of them, and must leave each word its own.
  EXPECT_TRUE(fits("unordered [+~* +a +b]", abc, 2));
  EXPECT_TRUE(fits("unordered {\"k\" :2 \"j\" :1}", "%2\r\n$1\r\nj\r\n:1\r\n$1\r\nk\r\n:2\r\n", 3));
  EXPECT_FALSE(
      fits("unordered {\"k\" :1 \"j\" :2}", "%2\r\n$1\r\nj\r\n:1\r\n$1\r\nk\r\n:2\r\n", 3));
  EXPECT_TRUE(fits("one-of[+x nil]", "$-1\r\n", 2));
  EXPECT_FALSE(fits("one-of[+x nil]", "+y\r\n", 2));
}

TEST(Expectation, KnowsPatterns) {
  EXPECT_TRUE(fits(":(1..9)", ":9\r\n", 2));
  EXPECT_FALSE(fits(":(1..9)", ":10\r\n", 2));
  EXPECT_FALSE(fits(":(1..)", ":0\r\n", 2));
  EXPECT_TRUE(fits(":(..-1)", ":-7\r\n", 2));
  EXPECT_TRUE(fits("-~ERR *", "-ERR anything\r\n", 2));
  EXPECT_FALSE(fits("-~ERR *", "-WRONGTYPE x\r\n", 2));
  EXPECT_TRUE(fits("~\"a*z\"", "$3\r\nabz\r\n", 2));
  EXPECT_FALSE(fits("~\"a*z\"", "$3\r\nabc\r\n", 2));
  EXPECT_TRUE(fits("~/[0-9]+/", "$2\r\n42\r\n", 2));
  EXPECT_FALSE(fits("~/[0-9]+/", "$3\r\n42x\r\n", 2));
}

TEST(Expectation, RefusesWhatIsNotWritten) {
  for (const char* text : {"", "OK", "[", "[\"a\"", "{\"a\"}", ":x", ":(1)", "\"open", "nil nil"}) {
    EXPECT_FALSE(Notation(text).expectation().has_value()) << text;
  }
}

TEST(Script, ReadsCommandsDirectivesAndExpectations) {
  const Script script = parse_script("x.resp",
                                     "# comment\n@no-restart\n@only sorrel\n> SET k \"a b\"\n+OK\n"
                                     "@end\n2> GET k\n@2 \"a\"\n@3 [\n  \"b\"\n]\n");
  ASSERT_EQ(script.error, "");
  ASSERT_EQ(script.steps.size(), 2U);
  EXPECT_EQ(script.steps[0].words, (std::vector<std::string>{"SET", "k", "a b"}));
  EXPECT_EQ(script.steps[0].conditions.only, std::vector<std::string>{"sorrel"});
  EXPECT_TRUE(script.steps[1].conditions.only.empty());
  EXPECT_TRUE(script.steps[1].conditions.no_restart);
  EXPECT_EQ(script.steps[1].connection, 2);
  EXPECT_EQ(script.steps[1].wants.size(), 2U);
}

TEST(Script, KeepsTheCommandsThatStepsNeed) {
  const Script script =
      parse_script("x", "> A\n+OK\n@requires SADD\n> B\n+OK\n@requires RPUSH LPUSH\n> C\n+OK\n");
  ASSERT_EQ(script.error, "");
  ASSERT_EQ(script.steps.size(), 3U);
  EXPECT_TRUE(script.steps[0].conditions.needs.empty());
  EXPECT_EQ(script.steps[1].conditions.needs, std::vector<std::string>{"SADD"});
  EXPECT_EQ(script.steps[2].conditions.needs, (std::vector<std::string>{"SADD", "RPUSH", "LPUSH"}));
  EXPECT_NE(parse_script("x", "@requires\n> A\n+OK\n").error, "");
}

TEST(Script, NamesTheLineOfAFault) {
  EXPECT_EQ(parse_script("x", "> GET k\nnil\n@foo\n").error.substr(0, 4), "x:3:");
  EXPECT_EQ(parse_script("x", "+OK\n").error.substr(0, 4), "x:1:");
  EXPECT_EQ(parse_script("x", "> GET \"k\n").error.substr(0, 4), "x:1:");
  EXPECT_EQ(parse_script("x", "@end\n").error.substr(0, 4), "x:1:");
  EXPECT_NE(parse_script("x", "@wait-until\n").error, "");
}

}  // namespace
}  // namespace sorrel::test
