// SPDX-License-Identifier: BSD-3-Clause
//
// Each reply in both versions of the protocol, byte by byte; the sizes at which the writer takes
// another road; deferred counts. What is written is read back by the reply reader over random
// trees.
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/numbers.h>
#include <sorrel/base/random.h>
#include <sorrel/resp/reply_reader.h>
#include <sorrel/resp/reply_writer.h>

namespace sorrel::resp {
namespace {

using Write = std::function<void(ReplyWriter&)>;

std::string written(Protocol protocol, const Write& write) {
  base::OutputBuffer buffer;
  ReplyWriter writer(buffer, protocol);
  write(writer);
  std::vector<char> scratch;
  return std::string(buffer.contiguous(scratch));
}

void expect_both(const std::string& resp2, const std::string& resp3, const Write& write) {
  EXPECT_EQ(written(Protocol::kResp2, write), resp2);
  EXPECT_EQ(written(Protocol::kResp3, write), resp3);
}

void expect_same(const std::string& both, const Write& write) { expect_both(both, both, write); }

TEST(ReplyWriter, WritesWhatIsTheSameInBothVersions) {
  expect_same("+OK\r\n", [](ReplyWriter& w) { w.ok(); });
  expect_same("+PONG\r\n", [](ReplyWriter& w) { w.simple("PONG"); });
  expect_same(":0\r\n", [](ReplyWriter& w) { w.integer(0); });
  expect_same(":-1\r\n", [](ReplyWriter& w) { w.integer(-1); });
  expect_same("$0\r\n\r\n", [](ReplyWriter& w) { w.bulk(""); });
  expect_same("$5\r\nhello\r\n", [](ReplyWriter& w) { w.bulk("hello"); });
  expect_same("$3\r\n-12\r\n", [](ReplyWriter& w) { w.bulk_integer(-12); });
  expect_same("$3\r\n0.3\r\n", [](ReplyWriter& w) { w.long_real_bulk(0.1L + 0.2L); });
  expect_same("*0\r\n", [](ReplyWriter& w) { w.array(0); });
  expect_same("*1000\r\n", [](ReplyWriter& w) { w.array(1'000); });
}

TEST(ReplyWriter, WritesWhatDiffers) {
  expect_both("$-1\r\n", "_\r\n", [](ReplyWriter& w) { w.null(); });
  expect_both("*-1\r\n", "_\r\n", [](ReplyWriter& w) { w.null_array(); });
  expect_both(":1\r\n", "#t\r\n", [](ReplyWriter& w) { w.boolean(true); });
  expect_both(":0\r\n", "#f\r\n", [](ReplyWriter& w) { w.boolean(false); });
  expect_both("$3\r\n0.1\r\n", ",0.1\r\n", [](ReplyWriter& w) { w.real(0.1); });
  expect_both("$1\r\n3\r\n", ",3\r\n", [](ReplyWriter& w) { w.real(3); });
  const double infinity = std::numeric_limits<double>::infinity();
  expect_both("$3\r\ninf\r\n", ",inf\r\n", [=](ReplyWriter& w) { w.real(infinity); });
  expect_both("$4\r\n-inf\r\n", ",-inf\r\n", [=](ReplyWriter& w) { w.real(-infinity); });
  expect_both("$3\r\nnan\r\n", ",nan\r\n",
              [](ReplyWriter& w) { w.real(std::numeric_limits<double>::quiet_NaN()); });
  expect_both("$3\r\n123\r\n", "(123\r\n", [](ReplyWriter& w) { w.big_number("123"); });
  expect_both("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n", [](ReplyWriter& w) { w.verbatim("txt", "hi"); });
  expect_both("*4\r\n", "%2\r\n", [](ReplyWriter& w) { w.map(2); });
  expect_both("*2\r\n", "~2\r\n", [](ReplyWriter& w) { w.set(2); });
  expect_both("*2\r\n", ">2\r\n", [](ReplyWriter& w) { w.push(2); });
  expect_both("", "|1\r\n", [](ReplyWriter& w) { w.attribute(1); });
}

TEST(ReplyWriter, KeepsAnErrorOnOneLine) {
  expect_same("-ERR syntax error\r\n", [](ReplyWriter& w) {
    w.error(base::Error{"ERR", "syntax error"});
  });
  expect_same("-ERR a  b c\r\n", [](ReplyWriter& w) { w.error("ERR", "a\r\nb\nc"); });
  expect_same("-EXECABORT\r\n", [](ReplyWriter& w) { w.error("EXECABORT", ""); });
  const std::string error =
      written(Protocol::kResp2, [](ReplyWriter& w) { w.error("ERR", std::string(100'000, '\n')); });
  EXPECT_EQ(error.find('\n'), error.size() - 1);
}

TEST(ReplyWriter, WritesIntegersOfEveryLength) {
  std::vector<std::int64_t> values = {std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()};
  for (std::int64_t power = 1; power < 1'000'000'000'000'000'000; power *= 10) {
    values.insert(values.end(), {power - 1, power, power + 1, -power});
  }
  for (std::int64_t value = 0; value < 300; ++value) {
    values.push_back(value);
  }
  for (const std::int64_t value : values) {
    expect_same(":" + std::to_string(value) + "\r\n", [=](ReplyWriter& w) { w.integer(value); });
  }
}

TEST(ReplyWriter, WritesBulkStringsOfEverySizeClass) {
  for (const std::size_t size :
       {1U, 9U, 10U, 99U, 100U, 255U, 256U, 4'095U, 4'096U, 4'097U, 16'384U, 100'000U}) {
    const std::string text(size, 'x');
    const std::string expected = "$" + std::to_string(size) + "\r\n" + text + "\r\n";
    expect_same(expected + expected, [&](ReplyWriter& w) {
      w.bulk(text);
      w.bulk(text);
    });
  }
}

TEST(ReplyWriter, SettlesDeferredCounts) {
  const auto deferred = [](ReplyWriter::Aggregate kind, std::size_t elements) {
    return [=](ReplyWriter& w) {
      w.ok();
      const auto at = w.defer();
      for (std::size_t i = 0; i < elements; ++i) {
        w.integer(7);
      }
      w.settle(at, kind, kind == ReplyWriter::Aggregate::kMap ? elements / 2 : elements);
      w.ok();
    };
  };
  using Aggregate = ReplyWriter::Aggregate;
  expect_same("+OK\r\n*0\r\n+OK\r\n", deferred(Aggregate::kArray, 0));
  expect_both("+OK\r\n*2\r\n:7\r\n:7\r\n+OK\r\n", "+OK\r\n%1\r\n:7\r\n:7\r\n+OK\r\n",
              deferred(Aggregate::kMap, 2));
  expect_both("+OK\r\n*1\r\n:7\r\n+OK\r\n", "+OK\r\n~1\r\n:7\r\n+OK\r\n",
              deferred(Aggregate::kSet, 1));
  std::string many = "+OK\r\n*10000\r\n";
  for (int i = 0; i < 10'000; ++i) {
    many += ":7\r\n";
  }
  expect_same(many + "+OK\r\n", deferred(Aggregate::kArray, 10'000));
}

TEST(ReplyWriter, TakesBackWhatAFailedCommandWrote) {
  expect_same("+OK\r\n-ERR no\r\n", [](ReplyWriter& w) {
    w.ok();
    const auto mark = w.mark();
    w.array(100'000);
    for (int i = 0; i < 10'000; ++i) {
      w.bulk("element");
    }
    w.rewind(mark);
    w.error("ERR", "no");
  });
}

// Writes a random tree and says what must be read back in RESP3.
Reply write_random(ReplyWriter& writer, base::Random& random, int depth) {
  Reply reply;
  const std::uint64_t choice = random.below(depth > 4 ? 6 : 10);
  if (choice < 2) {
    reply.kind = Reply::Kind::kInteger;
    reply.integer = static_cast<std::int64_t>(random.next() >> random.below(64));
    writer.integer(reply.integer);
  } else if (choice < 4) {
    reply.kind = Reply::Kind::kBulk;
    reply.text = std::string(random.below(400), 'b');
    writer.bulk(reply.text);
  } else if (choice == 4) {
    reply.kind = Reply::Kind::kNull;
    writer.null();
  } else if (choice == 5) {
    const double value = static_cast<double>(random.below(1'000)) / 8;
    char text[base::kMaxDoubleText];
    reply.kind = Reply::Kind::kDouble;
    reply.text = {text, base::format_double(value, text)};
    writer.real(value);
  } else {
    const bool map = choice == 9;
    const std::size_t count = random.below(6);
    reply.kind = map ? Reply::Kind::kMap : choice == 8 ? Reply::Kind::kSet : Reply::Kind::kArray;
    map ? writer.map(count) : choice == 8 ? writer.set(count) : writer.array(count);
    for (std::size_t i = 0; i < count * (map ? 2 : 1); ++i) {
      reply.elements.push_back(write_random(writer, random, depth + 1));
    }
  }
  return reply;
}

TEST(ReplyWriter, IsReadBackByTheReader) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    base::Random random(seed);
    Reply expected;
    const std::string bytes =
        written(Protocol::kResp3, [&](ReplyWriter& w) { expected = write_random(w, random, 0); });
    const ReadResult result = read_reply(bytes);
    ASSERT_EQ(result.status, ReadStatus::kComplete) << bytes;
    ASSERT_EQ(result.consumed, bytes.size());
    ASSERT_EQ(result.reply, expected) << bytes;
  }
}

}  // namespace
}  // namespace sorrel::resp
