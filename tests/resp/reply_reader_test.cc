// SPDX-License-Identifier: BSD-3-Clause
//
// The reply reader: every type of both versions, every prefix of each asks for more, and what is
// malformed is said to be, however deep or long it claims to be.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/resp/reply_reader.h>

namespace sorrel::resp {
namespace {

using Kind = Reply::Kind;

Reply text_reply(Kind kind, std::string text) {
  Reply reply;
  reply.kind = kind;
  reply.text = std::move(text);
  return reply;
}

Reply integer_reply(std::int64_t value, Kind kind = Kind::kInteger) {
  Reply reply;
  reply.kind = kind;
  reply.integer = value;
  return reply;
}

Reply tree(Kind kind, std::vector<Reply> elements) {
  Reply reply;
  reply.kind = kind;
  reply.elements = std::move(elements);
  return reply;
}

std::vector<std::pair<std::string, Reply>> all_kinds() {
  const Reply one = integer_reply(1);
  const Reply two = integer_reply(2);
  return {
      {"+OK\r\n", text_reply(Kind::kSimple, "OK")},
      {"-ERR no\r\n", text_reply(Kind::kError, "ERR no")},
      {":-42\r\n", integer_reply(-42)},
      {":+42\r\n", integer_reply(42)},
      {"$5\r\na\r\nbc\r\n", text_reply(Kind::kBulk, "a\r\nbc")},
      {"$0\r\n\r\n", text_reply(Kind::kBulk, "")},
      {"$-1\r\n", tree(Kind::kNullBulk, {})},
      {"*-1\r\n", tree(Kind::kNullArray, {})},
      {"_\r\n", tree(Kind::kNull, {})},
      {",1.5\r\n", text_reply(Kind::kDouble, "1.5")},
      {",-inf\r\n", text_reply(Kind::kDouble, "-inf")},
      {",nan\r\n", text_reply(Kind::kDouble, "nan")},
      {"#t\r\n", integer_reply(1, Kind::kBoolean)},
      {"#f\r\n", integer_reply(0, Kind::kBoolean)},
      {"(123456789012345678901\r\n", text_reply(Kind::kBigNumber, "123456789012345678901")},
      {"=6\r\ntxt:hi\r\n", text_reply(Kind::kVerbatim, "txt:hi")},
      {"!6\r\nERR no\r\n", text_reply(Kind::kBulkError, "ERR no")},
      {"*0\r\n", tree(Kind::kArray, {})},
      {"*2\r\n:1\r\n:2\r\n", tree(Kind::kArray, {one, two})},
      {"%1\r\n:1\r\n:2\r\n", tree(Kind::kMap, {one, two})},
      {"~1\r\n:1\r\n", tree(Kind::kSet, {one})},
      {">1\r\n:2\r\n", tree(Kind::kPush, {two})},
      {"|1\r\n:1\r\n:2\r\n", tree(Kind::kAttribute, {one, two})},
      {"*1\r\n*1\r\n$-1\r\n",
       tree(Kind::kArray, {tree(Kind::kArray, {tree(Kind::kNullBulk, {})})})},
  };
}

TEST(ReplyReader, ReadsEveryKindAndNoMore) {
  for (const auto& [bytes, reply] : all_kinds()) {
    const ReadResult result = read_reply(bytes + "+next\r\n");
    EXPECT_EQ(result.status, ReadStatus::kComplete) << bytes;
    EXPECT_EQ(result.reply, reply) << bytes;
    EXPECT_EQ(result.consumed, bytes.size()) << bytes;
  }
}

TEST(ReplyReader, AsksForMoreOnEveryPrefix) {
  for (const auto& [bytes, reply] : all_kinds()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const ReadResult result = read_reply(std::string_view(bytes).substr(0, size));
      EXPECT_EQ(result.status, ReadStatus::kNeedMore) << bytes << ' ' << size;
      EXPECT_EQ(result.consumed, 0U);
    }
  }
}

TEST(ReplyReader, SaysWhatIsMalformed) {
  for (const char* bytes : {"x\r\n",          "\r\n",
                            ":\r\n",          ":1x\r\n",
                            ":01\r\n",        ":99999999999999999999\r\n",
                            "$-2\r\n",        "$x\r\n",
                            "$1\r\nab\r\n",   "$1\r\naxx",
                            "*-2\r\n",        "*x\r\n",
                            "%-1\r\n",        "~-1\r\n",
                            "#x\r\n",         "#\r\n",
                            "_x\r\n",         ",\r\n",
                            ",x\r\n",         "=3\r\nabc\r\n",
                            "=4\r\nabcd\r\n", "=-1\r\n",
                            "!-1\r\n",        "+a\rb\r\n",
                            "*1\r\n?\r\n",    "*99999999999999999\r\n"}) {
    EXPECT_EQ(read_reply(bytes).status, ReadStatus::kMalformed) << bytes;
  }
  EXPECT_EQ(read_reply("$" + std::string(100, '1')).status, ReadStatus::kMalformed);
}

TEST(ReplyReader, BoundsDepthAndTrustsNoCount) {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 1; i < depth; ++i) {
      bytes += "*1\r\n";
    }
    return bytes + ":1\r\n";
  };
  EXPECT_EQ(read_reply(nested(128)).status, ReadStatus::kComplete);
  EXPECT_EQ(read_reply(nested(129)).status, ReadStatus::kMalformed);
  EXPECT_EQ(read_reply(nested(1'000'000)).status, ReadStatus::kMalformed);
  EXPECT_EQ(read_reply("*1000000000\r\n:1\r\n").status, ReadStatus::kNeedMore);
  EXPECT_EQ(read_reply("$1000000000\r\nabc").status, ReadStatus::kNeedMore);
}

}  // namespace
}  // namespace sorrel::resp
