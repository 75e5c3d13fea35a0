// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/generic cannot see from outside: the effects, deadlines to the
// millisecond on a clock turned by hand, and SCAN over a database that changes meanwhile. One
// thread.
#include <chrono>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Keys : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_string_commands, &add_key_commands}};

  std::string at(std::int64_t ms) { return std::to_string(server.clock.wall_ms() + ms); }
};

TEST_F(Keys, DeadlinesAreRepeatedAsMoments) {
  server.run({"SET", "k", "v"});
  server.run({"EXPIRE", "k", "10"});
  EXPECT_THAT(server.effects(), ElementsAre("PEXPIREAT k " + at(10'000)));
  server.run({"PEXPIRE", "k", "10", "GT"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"PERSIST", "k"});
  EXPECT_THAT(server.effects(), ElementsAre("PERSIST k"));
  server.run({"EXPIREAT", "k", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("DEL k"));
}

TEST_F(Keys, AMomentInThePastIsKeptWhileALogIsReplayed) {
  server.keyspace.set_expiry_enabled(false);
  server.run({"SET", "k", "v"});
  EXPECT_EQ(server.run({"PEXPIREAT", "k", "1"}), ":1\r\n");
  EXPECT_EQ(server.run({"PEXPIRETIME", "k"}), ":1\r\n");
  server.keyspace.set_expiry_enabled(true);
  EXPECT_EQ(server.run({"EXISTS", "k"}), ":0\r\n");
}

TEST_F(Keys, AKeyGoesAtItsMillisecond) {
  server.run({"SET", "k", "v", "PX", "1500"});
  EXPECT_EQ(server.run({"TTL", "k"}), ":2\r\n");
  server.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(server.run({"TTL", "k"}), ":1\r\n");
  server.advance(std::chrono::milliseconds(1498));
  EXPECT_EQ(server.run({"PTTL", "k"}), ":1\r\n");
  EXPECT_EQ(server.run({"TTL", "k"}), ":0\r\n");
  server.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(server.run({"TTL", "k"}), ":-2\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("DEL k"));
}

TEST_F(Keys, OnlyAReadThatTouchesEndsIdleness) {
  server.run({"SET", "k", "v"});
  server.advance(std::chrono::seconds(7));
  server.run({"TTL", "k"});
  server.run({"EXISTS", "k"});
  server.run({"TYPE", "k"});
  EXPECT_EQ(server.run({"OBJECT", "IDLETIME", "k"}), ":7\r\n");
  server.run({"TOUCH", "k"});
  EXPECT_EQ(server.run({"OBJECT", "IDLETIME", "k"}), ":0\r\n");
}

TEST_F(Keys, SmallIntegersCountAsShared) {
  server.run({"SET", "k", "9999"});
  EXPECT_EQ(server.run({"OBJECT", "REFCOUNT", "k"}), ":2147483647\r\n");
  server.run({"INCR", "k"});
  EXPECT_EQ(server.run({"OBJECT", "REFCOUNT", "k"}), ":1\r\n");
}

TEST_F(Keys, AFlushOfAnEmptyDatabaseIsRepeated) {
  EXPECT_EQ(server.run({"FLUSHALL"}), "+OK\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("FLUSHALL"));
  EXPECT_EQ(server.run({"SWAPDB", "0", "1"}), "+OK\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("SWAPDB 0 1"));
}

TEST_F(Keys, ACursorIsReadAsCReadsIt) {
  for (const char* cursor : {"0", " 1", "+1", "01", " -1", "18446744073709551615"}) {
    EXPECT_EQ(server.run({"SCAN", cursor})[0], '*') << cursor;
  }
  for (const char* cursor : {"", " ", "-1", "1 ", "+", "--1", "18446744073709551616", "x"}) {
    EXPECT_EQ(server.run({"SCAN", cursor}), "-ERR invalid cursor\r\n") << cursor;
  }
}

TEST_F(Keys, ScanDropsTheExpiredKeysThatFit) {
  server.run({"MSET", "a", "1", "b", "2", "c", "3"});
  server.run({"PEXPIRE", "a", "5"});
  server.run({"PEXPIRE", "b", "5"});
  server.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(server.run({"SCAN", "0", "TYPE", "list"}), "*2\r\n$1\r\n0\r\n*0\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
  EXPECT_EQ(server.run({"SCAN", "0", "MATCH", "[ac]"}), "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nc\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("DEL a"));
  EXPECT_EQ(server.run({"DBSIZE"}), ":2\r\n");
  server.run({"SCAN", "0"});
  EXPECT_THAT(server.effects(), ElementsAre("DEL b"));
}

// One page of SCAN. Returns: the next cursor.
std::string scan_page(test::CommandFixture& server, const std::string& cursor,
                      std::set<std::string>& seen) {
  const std::string reply = server.run({"SCAN", cursor, "COUNT", "7"});
  std::size_t begin = reply.find("\r\n", reply.find('$')) + 2;
  const std::string next = reply.substr(begin, reply.find("\r\n", begin) - begin);
  begin = reply.find("\r\n", reply.find('*', begin)) + 2;
  while (begin < reply.size()) {
    begin = reply.find("\r\n", begin) + 2;
    const std::size_t end = reply.find("\r\n", begin);
    seen.insert(reply.substr(begin, end - begin));
    begin = end + 2;
  }
  return next;
}

TEST_F(Keys, ScanFindsWhatStaysWhileTheDatabaseGrowsAndShrinks) {
  constexpr int kStaying = 500;
  for (int i = 0; i < kStaying; ++i) {
    server.run({"SET", "stay" + std::to_string(i), "1"});
  }
  std::set<std::string> seen;
  std::string cursor = "0";
  int round = 0;
  do {
    cursor = scan_page(server, cursor, seen);
    for (int i = 0; i < 50; ++i) {
      const std::string name = "pass" + std::to_string(round * 50 + i);
      const std::string old = "pass" + std::to_string((round - 20) * 50 + i);
      server.run({"SET", name, "1"});
      server.run({"DEL", old});
    }
    ++round;
    ASSERT_LT(round, 10'000);
  } while (cursor != "0");
  for (int i = 0; i < kStaying; ++i) {
    EXPECT_TRUE(seen.contains("stay" + std::to_string(i))) << i;
  }
}

}  // namespace
}  // namespace sorrel::commands
