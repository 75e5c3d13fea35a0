// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/string cannot see from outside: which effects a command leaves
// for the log, groups of many keys, and LCS against its definition. One
// thread.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Strings : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_string_commands, &add_key_commands}};

  std::string at(std::int64_t ms) { return std::to_string(server.clock.wall_ms() + ms); }
};

TEST_F(Strings, PlainSetIsRepeatedAsItCame) {
  EXPECT_EQ(server.run({"SET", "k", "v"}), "+OK\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("SET k v"));
  EXPECT_EQ(server.run({"GET", "k"}), "$1\r\nv\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(Strings, TimesToLiveBecomeMoments) {
  server.run({"SET", "k", "v", "EX", "10"});
  EXPECT_THAT(server.effects(), ElementsAre("SET k v PXAT " + at(10'000)));
  server.run({"SETEX", "k", "3", "w"});
  EXPECT_THAT(server.effects(), ElementsAre("SET k w PXAT " + at(3'000)));
  server.run({"PSETEX", "k", "3", "w"});
  EXPECT_THAT(server.effects(), ElementsAre("SET k w PXAT " + at(3)));
  server.run({"GETEX", "k", "PX", "50"});
  EXPECT_THAT(server.effects(), ElementsAre("PEXPIREAT k " + at(50)));
  server.run({"GETEX", "k", "PERSIST"});
  EXPECT_THAT(server.effects(), ElementsAre("PERSIST k"));
  server.run({"GETEX", "k", "PERSIST"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"GETEX", "k", "PXAT", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("DEL k"));
}

TEST_F(Strings, ConditionsAreDecidedOnce) {
  server.run({"SET", "k", "v", "NX", "GET"});
  EXPECT_THAT(server.effects(), ElementsAre("SET k v"));
  server.run({"SET", "k", "w", "NX"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"SET", "k", "w", "IFEQ", "v", "KEEPTTL"});
  EXPECT_THAT(server.effects(), ElementsAre("SET k w KEEPTTL"));
  server.run({"GETSET", "k", "x"});
  EXPECT_THAT(server.effects(), ElementsAre("SET k x"));
  server.run({"DELIFEQ", "k", "x"});
  EXPECT_THAT(server.effects(), ElementsAre("DEL k"));
  server.run({"DELEX", "k", "IFEQ", "x"});
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(Strings, SeveralKeysAreOneUnit) {
  server.run({"MSETEX", "2", "a", "1", "b", "2", "PX", "9"});
  EXPECT_THAT(server.effects(),
              ElementsAre("MULTI", "SET a 1 PXAT " + at(9), "SET b 2 PXAT " + at(9), "EXEC"));
}

TEST_F(Strings, SumsOfFloatsAreRepeatedAsValues) {
  server.run({"SET", "f", "0.1"});
  EXPECT_EQ(server.run({"INCRBYFLOAT", "f", "0.2"}), "$3\r\n0.3\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("SET f 0.3 KEEPTTL"));
}

TEST_F(Strings, AnExpiredKeyIsDeletedInTheLogBeforeTheCommand) {
  server.run({"SET", "k", "v", "PX", "10"});
  server.advance(std::chrono::milliseconds(10));
  EXPECT_EQ(server.run({"SETNX", "k", "w"}), ":1\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("DEL k", "SET k w"));
}

TEST_F(Strings, ManyKeysAcrossPrefetchGroups) {
  std::vector<std::string> text;
  for (int i = 0; i < 100; ++i) {
    text.push_back("key" + std::to_string(i));
  }
  std::vector<std::string_view> mset{"MSET"};
  std::vector<std::string_view> mget{"MGET"};
  std::string expected = "*100\r\n";
  for (int i = 0; i < 100; ++i) {
    const auto n = static_cast<std::size_t>(i);
    mset.push_back(text[n]);
    mset.push_back(text[n]);
    mget.push_back(text[n]);
    expected += "$" + std::to_string(text[n].size()) + "\r\n" + text[n] + "\r\n";
  }
  EXPECT_EQ(server.run(mset), "+OK\r\n");
  EXPECT_EQ(server.run(mget), expected);
  mget[0] = "DEL";
  EXPECT_EQ(server.run(mget), ":100\r\n");
}

// The length of the longest common subsequence by definition, from the ends inwards.
std::size_t plain_lcs(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> best(a.size() + 1,
                                             std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      best[i][j] = a[i] == b[j] ? best[i + 1][j + 1] + 1 : std::max(best[i + 1][j], best[i][j + 1]);
    }
  }
  return best[0][0];
}

bool is_subsequence(const std::string& part, const std::string& whole) {
  std::size_t at = 0;
  for (const char c : whole) {
    at += at < part.size() && part[at] == c ? 1 : 0;
  }
  return at == part.size();
}

TEST_F(Strings, LcsIsACommonSubsequenceOfTheRightLength) {
  base::Random random(7);
  for (int round = 0; round < 200; ++round) {
    std::string text[2];
    for (std::string& one : text) {
      for (std::uint64_t i = random.below(30); i > 0; --i) {
        one += static_cast<char>('a' + random.below(4));
      }
    }
    server.run({"MSET", "a", text[0], "b", text[1]});
    const std::size_t length = plain_lcs(text[0], text[1]);
    EXPECT_EQ(server.run({"LCS", "a", "b", "LEN"}), ":" + std::to_string(length) + "\r\n");
    const std::string reply = server.run({"LCS", "a", "b"});
    const std::string head = "$" + std::to_string(length) + "\r\n";
    ASSERT_EQ(reply.substr(0, head.size()), head);
    const std::string common = reply.substr(head.size(), length);
    EXPECT_TRUE(is_subsequence(common, text[0]) && is_subsequence(common, text[1]));
  }
}

}  // namespace
}  // namespace sorrel::commands
