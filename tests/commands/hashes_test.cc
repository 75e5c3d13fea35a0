// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/hashes cannot see from outside: which effects a command leaves
// for the log (moments instead of spans, and only the fields that changed), what a replay makes of
// deadlines that have passed since, fields that vanish, and how random fields are spread. One
// thread.
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Hashes : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_hash_commands, &add_key_commands, &add_string_commands}};

  std::string at(std::int64_t milliseconds) {
    return std::to_string(server.clock.wall_ms() + milliseconds);
  }
  // The bulk strings of a flat RESP2 reply whose texts hold no line break.
  static std::vector<std::string> texts(const std::string& reply) {
    std::vector<std::string> found;
    std::size_t at = 0;
    bool text = false;
    while (at < reply.size()) {
      const std::size_t end = reply.find("\r\n", at);
      if (text) found.push_back(reply.substr(at, end - at));
      text = !text && reply[at] == '$';
      at = end + 2;
    }
    return found;
  }
};

TEST_F(Hashes, ChangesAreRepeatedAsTheyCame) {
  const std::vector<std::vector<std::string_view>> commands = {
      {"HSET", "h", "a", "1", "b", "2"}, {"HSET", "h", "a", "1"},    {"HMSET", "h", "a", "1"},
      {"HSETNX", "h", "c", "3"},         {"HINCRBY", "h", "a", "5"}, {"HDEL", "h", "a", "none"}};
  for (const auto& command : commands) {
    server.run(std::span<const std::string_view>(command));
    std::string line;
    for (const std::string_view word : command)
      line += (line.empty() ? "" : " ") + std::string(word);
    EXPECT_THAT(server.effects(), ElementsAre(line));
  }
}

TEST_F(Hashes, WhatChangesNothingIsNotRepeated) {
  server.run({"HSET", "h", "a", "text"});
  const std::vector<std::vector<std::string_view>> commands = {
      {"HSETNX", "h", "a", "1"},
      {"HDEL", "h", "b"},
      {"HDEL", "none", "b"},
      {"HINCRBY", "h", "a", "1"},
      {"HINCRBYFLOAT", "h", "a", "1"},
      {"HEXPIRE", "h", "10", "FIELDS", "1", "none"},
      {"HEXPIRE", "h", "10", "XX", "FIELDS", "1", "a"},
      {"HEXPIRE", "none", "10", "FIELDS", "1", "a"},
      {"HPERSIST", "h", "FIELDS", "1", "a"},
      {"HGETEX", "h", "FIELDS", "1", "a"},
      {"HGETEX", "h", "PERSIST", "FIELDS", "1", "a"},
      {"HGETEX", "h", "EX", "10", "FIELDS", "1", "none"},
      {"HGETDEL", "h", "FIELDS", "1", "none"},
      {"HSETEX", "h", "FNX", "FIELDS", "1", "a", "1"},
      {"HSETEX", "h", "NX", "FIELDS", "1", "b", "1"},
      {"HSETEX", "none", "XX", "FIELDS", "1", "b", "1"},
      {"HGET", "h", "a"}};
  for (const auto& command : commands) {
    server.run(std::span<const std::string_view>(command));
    EXPECT_THAT(server.effects(), IsEmpty()) << ::testing::PrintToString(command);
  }
  EXPECT_EQ(server.run({"HLEN", "h"}), ":1\r\n");
  EXPECT_EQ(server.run({"EXISTS", "none"}), ":0\r\n");
}

TEST_F(Hashes, DeadlinesAreRepeatedAsMoments) {
  server.run({"HSET", "h", "a", "1", "b", "2", "c", "3"});
  server.run({"HEXPIRE", "h", "10", "FIELDS", "3", "a", "none", "b"});
  EXPECT_THAT(server.effects(), ElementsAre("HPEXPIREAT h " + at(10'000) + " FIELDS 2 a b"));
  server.run({"HPEXPIRE", "h", "10", "NX", "FIELDS", "2", "a", "c"});
  EXPECT_THAT(server.effects(), ElementsAre("HPEXPIREAT h " + at(10) + " FIELDS 1 c"));
  server.run({"HEXPIREAT", "h", "4102444800", "FIELDS", "1", "c"});
  EXPECT_THAT(server.effects(), ElementsAre("HPEXPIREAT h 4102444800000 FIELDS 1 c"));
  server.run({"HGETEX", "h", "PX", "7", "FIELDS", "2", "none", "a"});
  EXPECT_THAT(server.effects(), ElementsAre("HPEXPIREAT h " + at(7) + " FIELDS 1 a"));
  server.run({"HPERSIST", "h", "FIELDS", "3", "a", "none", "c"});
  EXPECT_THAT(server.effects(), ElementsAre("HPERSIST h FIELDS 2 a c"));
  server.run({"HGETEX", "h", "PERSIST", "FIELDS", "2", "a", "b"});
  EXPECT_THAT(server.effects(), ElementsAre("HPERSIST h FIELDS 1 b"));
}

TEST_F(Hashes, WhatHasPassedIsRepeatedAsADeletion) {
  server.run({"HSET", "h", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5"});
  server.run({"HEXPIRE", "h", "0", "FIELDS", "2", "a", "none"});
  EXPECT_THAT(server.effects(), ElementsAre("HDEL h a"));
  server.run({"HGETEX", "h", "PXAT", "1", "FIELDS", "2", "b", "none"});
  EXPECT_THAT(server.effects(), ElementsAre("HDEL h b"));
  server.run({"HGETDEL", "h", "FIELDS", "2", "c", "none"});
  EXPECT_THAT(server.effects(), ElementsAre("HDEL h c"));
  server.run({"HSETEX", "h", "PXAT", "1", "FIELDS", "2", "d", "1", "new", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("HDEL h d new"));
  EXPECT_EQ(server.run({"HKEYS", "h"}), "*1\r\n$1\r\ne\r\n");
}

TEST_F(Hashes, HsetexRepeatsNeitherSpanNorCondition) {
  server.run({"HSETEX", "h", "NX", "EX", "10", "FIELDS", "1", "a", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("HSETEX h PXAT " + at(10'000) + " FIELDS 1 a 1"));
  server.run({"HSETEX", "h", "FXX", "KEEPTTL", "FIELDS", "1", "a", "2"});
  EXPECT_THAT(server.effects(), ElementsAre("HSETEX h KEEPTTL FIELDS 1 a 2"));
  server.run({"HSETEX", "h", "FNX", "FIELDS", "2", "b", "1", "c", "2"});
  EXPECT_THAT(server.effects(), ElementsAre("HSETEX h FIELDS 2 b 1 c 2"));
}

TEST_F(Hashes, AFloatingPointSumIsRepeatedAsItsResultWithTheDeadline) {
  server.run({"HINCRBYFLOAT", "h", "a", "0.1"});
  EXPECT_THAT(server.effects(), ElementsAre("HSET h a 0.1"));
  server.run({"HEXPIRE", "h", "10", "FIELDS", "1", "a"});
  server.run({"HINCRBYFLOAT", "h", "a", "0.2"});
  EXPECT_THAT(server.effects(), ElementsAre("HSETEX h KEEPTTL FIELDS 1 a 0.3"));
}

TEST_F(Hashes, AFieldThatVanishesIsDeletedInTheLogBeforeTheCommandThatMetIt) {
  server.run({"HSETEX", "h", "EX", "10", "FIELDS", "2", "a", "1", "b", "2"});
  server.run({"HSET", "h", "c", "3"});
  server.advance(std::chrono::seconds(10));
  EXPECT_EQ(server.run({"HGET", "h", "a"}), "$-1\r\n");
  EXPECT_THAT(server.effects(), ::testing::UnorderedElementsAre("HDEL h a", "HDEL h b"));
  server.run({"HEXPIRE", "h", "10", "FIELDS", "1", "c"});
  server.advance(std::chrono::seconds(10));
  EXPECT_EQ(server.run({"HSETNX", "h", "d", "4"}), ":1\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("DEL h", "HSETNX h d 4"));
}

TEST_F(Hashes, AReplayKeepsWhatHasExpiredUntilTheLogDeletesIt) {
  server.keyspace.set_expiry_enabled(false);
  server.run({"HSETEX", "h", "PXAT", "1", "FIELDS", "1", "a", "1"});
  server.run({"HSET", "h", "b", "2"});
  server.run({"HPEXPIREAT", "h", "2", "FIELDS", "1", "b"});
  EXPECT_EQ(server.run({"HPEXPIRETIME", "h", "FIELDS", "2", "a", "b"}), "*2\r\n:1\r\n:2\r\n");
  EXPECT_EQ(server.run({"HINCRBY", "h", "a", "1"}), ":2\r\n");
  server.run({"HDEL", "h", "a"});
  server.keyspace.set_expiry_enabled(true);
  EXPECT_EQ(server.run({"EXISTS", "h"}), ":0\r\n");
}

TEST_F(Hashes, RandomFieldsAreDifferentAndReachEverything) {
  for (const char* const encoding : {"listpack", "hashtable"}) {
    server.run({"DEL", "h"});
    if (*encoding == 'h') server.run({"HSETNX", "h", "m0", std::string(100, 'v')});
    for (int i = 0; i < 200; ++i) {
      server.run({"HSETNX", "h", std::string("m").append(std::to_string(i)), "1"});
    }
    EXPECT_EQ(texts(server.run({"OBJECT", "ENCODING", "h"})).at(0), encoding);
    for (const char* const count : {"5", "100", "199"}) {
      std::set<std::string> seen;
      for (int i = 0; i < 500; ++i) {
        const auto fields = texts(server.run({"HRANDFIELD", "h", count}));
        EXPECT_EQ(std::to_string(fields.size()), count);
        const std::set<std::string> different(fields.begin(), fields.end());
        EXPECT_EQ(different.size(), fields.size());
        seen.insert(fields.begin(), fields.end());
      }
      EXPECT_EQ(seen.size(), 200U) << count;
    }
  }
}

TEST_F(Hashes, AnIterationOverALargeHashIsComplete) {
  for (int i = 0; i < 1000; ++i) {
    server.run({"HSET", "h", std::string("m").append(std::to_string(i)), "1"});
  }
  std::set<std::string> seen;
  std::string cursor = "0";
  std::size_t steps = 0;
  do {
    const auto reply = texts(server.run({"HSCAN", "h", cursor, "COUNT", "20", "NOVALUES"}));
    cursor = reply.at(0);
    seen.insert(reply.begin() + 1, reply.end());
    ++steps;
  } while (cursor != "0");
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_GT(steps, 5U);
}

}  // namespace
}  // namespace sorrel::commands
