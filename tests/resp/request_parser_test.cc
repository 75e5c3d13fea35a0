// SPDX-License-Identifier: BSD-3-Clause
//
// The request parser: what it takes, what it refuses and with which text (each text was seen from a
// Redis 8.0 server sent the same bytes), and that neither the splitting of the stream nor the place
// of the buffer changes anything.
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/resp/request_parser.h>

namespace sorrel::resp {
namespace {

using Words = std::vector<std::string>;

struct Taken {
  Words arguments;
  std::string frame;

  friend bool operator==(const Taken&, const Taken&) = default;
};

struct Outcome {
  std::vector<Taken> requests;
  std::string error;
  std::size_t left = 0;  // bytes not consumed

  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << outcome.requests.size() << " requests, error '" << outcome.error << "', "
               << outcome.left << " bytes left";
  }
};

// A connection's buffer: grows by what arrives, at a new address each time, as nothing may depend
// on.
class Feed {
 public:
  explicit Feed(RequestLimits limits = {}, std::size_t max_requests = 1'000)
      : limits_(limits), max_requests_(max_requests) {}

  void arrive(std::string_view bytes) {
    if (!outcome_.error.empty()) {
      return;
    }
    unread_.append(bytes);
    std::size_t consumed = 1;
    while (consumed != 0 && outcome_.error.empty()) {
      const std::vector<char> moved(unread_.begin(), unread_.end());
      const auto batch = parser_.parse({moved.data(), moved.size()}, limits_, max_requests_, room_);
      EXPECT_LE(batch.requests.size(), max_requests_);
      for (const Request& request : batch.requests) {
        EXPECT_FALSE(request.arguments.empty());
        outcome_.requests.push_back({Words(request.arguments.begin(), request.arguments.end()),
                                     std::string(request.frame)});
      }
      outcome_.error = batch.error;
      consumed = batch.consumed;
      unread_.erase(0, consumed);
    }
    outcome_.left = unread_.size();
  }

  const Outcome& outcome() const { return outcome_; }
  const RequestParser& parser() const { return parser_; }

 private:
  RequestLimits limits_;
  std::size_t max_requests_;
  RequestParser parser_;
  BatchRoom room_;
  std::string unread_;
  Outcome outcome_;
};

Outcome parse(std::string_view bytes, RequestLimits limits = {}) {
  Feed feed(limits);
  feed.arrive(bytes);
  return feed.outcome();
}

Outcome parse_by_bytes(std::string_view bytes, RequestLimits limits = {}) {
  Feed feed(limits);
  for (const char& c : bytes) {
    feed.arrive({&c, 1});
  }
  return feed.outcome();
}

std::string encode(const Words& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

TEST(RequestParser, CutsAPipelineIntoABatch) {
  const Words set = {"SET", "key:1", std::string("a\r\n\0b", 5)};
  const Words get = {"GET", ""};
  const Words big = {"SET", "k", std::string(100'000, 'v'), std::string(9, 'x'),
                     std::string(10, 'y')};
  const Outcome outcome = parse(encode(set) + encode(get) + encode(big));
  ASSERT_EQ(outcome.requests.size(), 3U);
  EXPECT_EQ(outcome.requests[0], (Taken{set, encode(set)}));
  EXPECT_EQ(outcome.requests[1], (Taken{get, encode(get)}));
  EXPECT_EQ(outcome.requests[2], (Taken{big, encode(big)}));
  EXPECT_EQ(outcome.left, 0U);
  EXPECT_EQ(outcome.error, "");
}

TEST(RequestParser, ArgumentsAreViewsOfTheBuffer) {
  const std::string bytes = encode({"ECHO", "hello"}) + "ECHO inline\r\n";
  RequestParser parser;
  BatchRoom room;
  const auto batch = parser.parse(bytes, {}, 16, room);
  ASSERT_EQ(batch.requests.size(), 2U);
  for (const Request& request : batch.requests) {
    for (const std::string_view argument : request.arguments) {
      EXPECT_GE(argument.data(), bytes.data());
      EXPECT_LE(argument.data() + argument.size(), bytes.data() + bytes.size());
    }
  }
}

TEST(RequestParser, TakesLengthsOfEveryNumberOfDigits) {
  std::string stream;
  std::vector<Words> expected;
  for (const std::size_t size :
       {0U, 1U, 9U, 10U, 11U, 99U, 100U, 999U, 1'000U, 99'999U, 100'000U, 1'234'567U}) {
    expected.push_back({"SET", std::string(size, 'v')});
    stream += encode(expected.back());
  }
  for (const std::size_t count : {9U, 10U, 99U, 100U, 1'000U}) {
    expected.push_back(Words(count, "x"));
    stream += encode(expected.back());
  }
  const Outcome outcome = parse(stream);
  ASSERT_EQ(outcome.requests.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(outcome.requests[i], (Taken{expected[i], encode(expected[i])}));
  }
}

TEST(RequestParser, CutsNoMoreThanAskedFor) {
  std::string bytes;
  for (int i = 0; i < 5; ++i) {
    bytes += encode({"INCR", std::to_string(i)}) + "\r\n";
  }
  RequestParser parser;
  BatchRoom room;
  const auto batch = parser.parse(bytes, {}, 2, room);
  EXPECT_EQ(batch.requests.size(), 2U);
  EXPECT_EQ(batch.consumed, 2 * encode({"INCR", "0"}).size() + 2);
  EXPECT_FALSE(parser.pending());
}

TEST(RequestParser, SkipsEmptyRequests) {
  for (const char* bytes : {"\r\n", "\n", "\n\n\r\n", "   \r\n", "*0\r\n", "*-1\r\n", "*-5\r\n",
                            "*-9223372036854775808\r\n", "*0\r\n\r\n*-1\r\n"}) {
    const Outcome outcome = parse(bytes + encode({"PING"}));
    ASSERT_EQ(outcome.requests.size(), 1U) << bytes;
    EXPECT_EQ(outcome.requests[0], (Taken{{"PING"}, encode({"PING"})})) << bytes;
    EXPECT_EQ(outcome.left, 0U) << bytes;
  }
}

TEST(RequestParser, SplitsInlineRequests) {
  const std::pair<const char*, Words> cases[] = {
      {"PING\n", {"PING"}},
      {"PING\r\n", {"PING"}},
      {"PING\r\r\n", {"PING"}},
      {"PING\rX\n", {"PING", "X"}},
      {"  set  a\tb \n", {"set", "a", "b"}},
      {" *1\r\n", {"*1"}},
      {"$1\r\n", {"$1"}},
      {"\"PING\"\r\n", {"PING"}},
      {"\"\"\r\n", {""}},
      {"ECHO \"a\\x41\\n\\q\\\"b\"\r\n", {"ECHO", "aA\nq\"b"}},
      {"ECHO 'a\\'b\\n' ''\r\n", {"ECHO", "a'b\\n", ""}},
      {"ECHO ab\"c d\"\r\n", {"ECHO", "abc d"}},
  };
  for (const auto& [bytes, words] : cases) {
    const Outcome outcome = parse(bytes);
    ASSERT_EQ(outcome.requests.size(), 1U) << bytes;
    EXPECT_EQ(outcome.requests[0], (Taken{words, ""})) << bytes;
    EXPECT_EQ(outcome, parse_by_bytes(bytes)) << bytes;
  }
}

TEST(RequestParser, IsLenientAsRedisAboutTheByteAfterACarriageReturn) {
  for (const char* bytes : {"*1\rX$4\rYPING\r\n", "*1\r\n$4\r\nPINGxx", "*1\r\n$4\r\nPING\n\n"}) {
    const Outcome outcome = parse(bytes);
    ASSERT_EQ(outcome.requests.size(), 1U) << bytes;
    EXPECT_EQ(outcome.requests[0], (Taken{{"PING"}, ""})) << "no frame, a log could not read it";
    EXPECT_EQ(outcome, parse_by_bytes(bytes)) << bytes;
  }
}

struct Refusal {
  std::string bytes;
  std::string error;
};

void expect_refused(const std::vector<Refusal>& refusals, const RequestLimits& limits = {}) {
  const std::string before = encode({"PING"});
  for (const Refusal& refusal : refusals) {
    const std::string shown = refusal.bytes.substr(0, 40);
    const Outcome whole = parse(before + refusal.bytes, limits);
    EXPECT_EQ(whole.error, "Protocol error: " + refusal.error) << shown;
    EXPECT_EQ(whole.requests.size(), 1U) << "the requests before it are answered: " << shown;
    const Outcome by_bytes = parse_by_bytes(before + refusal.bytes, limits);
    EXPECT_EQ(by_bytes.error, whole.error) << shown;
    EXPECT_EQ(by_bytes.requests, whole.requests) << shown;
  }
}

TEST(RequestParser, RefusesBadCounts) {
  std::vector<Refusal> refusals;
  for (const char* bytes :
       {"*+1\r\n", "*01\r\n", "* 1\r\n", "*1 \r\n", "*\r\n", "*a\r\n", "*-0\r\n", "*1x\r\n",
        "*99999999999999999999\r\n", "*-99999999999999999999\r\n", "*2147483648\r\n",
        "*1\n$4\nPING\r\n", "*0\n\r\n"}) {
    refusals.push_back({bytes, "invalid multibulk length"});
  }
  expect_refused(refusals);
}

TEST(RequestParser, RefusesBadLengths) {
  std::vector<Refusal> refusals;
  for (const char* length :
       {"", "-1", " 4", "+4", "04", "4 ", "-0", "x", "536870913", "99999999999999999999", "-9"}) {
    refusals.push_back({std::string("*1\r\n$") + length + "\r\n", "invalid bulk length"});
  }
  expect_refused(refusals);
  EXPECT_EQ(parse("*1\r\n$536870912\r\n").error, "");
  EXPECT_EQ(parse("*2147483647\r\n").error, "");
}

TEST(RequestParser, RefusesOtherTypesThanBulkStrings) {
  expect_refused({{"*1\r\n:4\r\n", "expected '$', got ':'"},
                  {"*1\r\nxPING\r\n", "expected '$', got 'x'"},
                  {"*1\r\n*1\r\n", "expected '$', got '*'"},
                  {"*1\r\n\r\n", "expected '$', got ' '"},
                  {"*1\r\n\nx\r\n", "expected '$', got ' '"},
                  {"*1\r$4\r\nPING\r\n", "expected '$', got '4'"},
                  {"*1\r\n\xff\r\n", "expected '$', got '\xff'"}});
}

TEST(RequestParser, RefusesUnbalancedQuotes) {
  std::vector<Refusal> refusals;
  for (const char* bytes :
       {"\"PING\r\n", "'PING\r\n", "\"PING\"x\r\n", "ECHO \"a\"'b'\r\n", "ECHO \"a\\\r\n"}) {
    refusals.push_back({bytes, "unbalanced quotes in request"});
  }
  expect_refused(refusals);
}

TEST(RequestParser, RefusesHeadersAndLinesThatAreTooBig) {
  const std::size_t most = RequestLimits{}.max_inline_bytes;
  const std::string digits(most, '1');
  expect_refused({{std::string(most + 1, 'x'), "too big inline request"},
                  {"*" + digits, "too big mbulk count string"},
                  {"*1\r\n$" + digits, "too big bulk count string"},
                  {"*1\r\n" + std::string(most + 1, 'x'), "too big bulk count string"},
                  {std::string(2 * most, 'x') + "\r\n", "too big inline request"}},
                 {.max_inline_bytes = most});
  EXPECT_EQ(parse(std::string(most, 'x')).error, "");
  EXPECT_EQ(parse(std::string(most, 'x') + "\n").requests.size(), 1U);
  EXPECT_EQ(parse("*" + digits.substr(1)).error, "");
}

TEST(RequestParser, HoldsTheUnauthenticatedToLess) {
  const RequestLimits limits{.authenticated = false};
  expect_refused({{"*11\r\n", "unauthenticated multibulk length"},
                  {"*2000000\r\n", "unauthenticated multibulk length"},
                  {"*2147483648\r\n", "invalid multibulk length"},
                  {"*1\r\n$16385\r\n", "unauthenticated bulk length"},
                  {"*1\r\n$536870913\r\n", "invalid bulk length"}},
                 limits);
  const std::string most = encode(Words(10, std::string(16'384, 'x')));
  EXPECT_EQ(parse(most, limits).requests.size(), 1U);
}

TEST(RequestParser, HoldsToConfiguredLimits) {
  const RequestLimits limits{.max_bulk_bytes = 20, .max_arguments = 3};
  EXPECT_EQ(parse(encode({"A", std::string(20, 'x'), "B"}), limits).requests.size(), 1U);
  EXPECT_EQ(parse(encode({"A", std::string(21, 'x')}), limits).error,
            "Protocol error: invalid bulk length");
  EXPECT_EQ(parse(encode({"A", "B", "C", "D"}), limits).error,
            "Protocol error: invalid multibulk length");
}

TEST(RequestParser, SaysWhatAPendingBulkStringWants) {
  Feed feed;
  EXPECT_FALSE(feed.parser().pending());
  feed.arrive("*");
  EXPECT_TRUE(feed.parser().pending());
  EXPECT_EQ(feed.parser().wanted(), 0U);
  feed.arrive("2\r\n$3\r\nGET\r\n$100\r\n");
  EXPECT_EQ(feed.parser().wanted(), 102U);
  feed.arrive(std::string(60, 'x'));
  EXPECT_EQ(feed.parser().wanted(), 42U);
  feed.arrive(std::string(40, 'x') + "\r\n");
  EXPECT_EQ(feed.outcome().requests.size(), 1U);
  EXPECT_EQ(feed.parser().wanted(), 0U);
  EXPECT_FALSE(feed.parser().pending());
  feed.arrive("PIN");
  EXPECT_TRUE(feed.parser().pending());
}

// One of everything that is legal, ending in an error.
std::string varied_stream() {
  return encode({"SET", "key", "value\r\nof two lines"}) + "PING\r\n" + encode({""}) +
         "*0\r\n\r\n" + "echo \"a b\"\n" +
         encode({"MSET", "a", "1", "bb", "22", std::string(12, 'c'), ""}) + "*1\rX$4\r\nPING\r\n" +
         "*-1\r\n" + encode(Words(11, "x")) + "  get  k \r\n" + "*1\r\n$2\r\nok\n\n" +
         encode({std::string(101, 'z')}) + "*1\r\n$-1\r\n";
}

TEST(RequestParser, GivesTheSameForEveryPairOfCuts) {
  const std::string stream = varied_stream();
  const std::string_view view = stream;
  const Outcome whole = parse(stream);
  ASSERT_EQ(whole.requests.size(), 10U);
  ASSERT_EQ(whole.error, "Protocol error: invalid bulk length");
  EXPECT_EQ(parse_by_bytes(stream).requests, whole.requests);
  EXPECT_EQ(parse_by_bytes(stream).error, whole.error);
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      Feed feed;
      feed.arrive(view.substr(0, first));
      feed.arrive(view.substr(first, second - first));
      feed.arrive(view.substr(second));
      ASSERT_EQ(feed.outcome().requests, whole.requests) << first << ' ' << second;
      ASSERT_EQ(feed.outcome().error, whole.error) << first << ' ' << second;
    }
  }
}

TEST(RequestParser, GivesTheSameForEveryBatchSize) {
  const Outcome whole = parse(varied_stream());
  for (std::size_t most = 1; most < 12; ++most) {
    Feed feed({}, most);
    feed.arrive(varied_stream());
    EXPECT_EQ(feed.outcome(), whole) << most;
  }
}

// Memory claimed by a header must come only with the bytes.
TEST(RequestParser, TakesManyArgumentsInPieces) {
  const Words words(100'000, "abc");
  const std::string bytes = encode(words);
  Feed feed;
  for (std::size_t at = 0; at < bytes.size(); at += 65'536) {
    feed.arrive(std::string_view(bytes).substr(at, 65'536));
  }
  ASSERT_EQ(feed.outcome().requests.size(), 1U);
  EXPECT_EQ(feed.outcome().requests[0], (Taken{words, bytes}));
}

}  // namespace
}  // namespace sorrel::resp
