// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/sorted_sets cannot see from outside: which effects a command
// leaves for the log, a large union against its definition, how random members are spread, and that
// an iteration over a big set is complete. One thread.
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

class SortedSets : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_sorted_set_commands, &add_string_commands}};

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

TEST_F(SortedSets, ChangesAreRepeatedAsTheyCame) {
  server.run({"ZADD", "z", "1.5", "a", "2", "b"});
  EXPECT_THAT(server.effects(), ElementsAre("ZADD z 1.5 a 2 b"));
  server.run({"ZINCRBY", "z", "0.1", "a"});
  EXPECT_THAT(server.effects(), ElementsAre("ZINCRBY z 0.1 a"));
  server.run({"ZPOPMIN", "z"});
  EXPECT_THAT(server.effects(), ElementsAre("ZPOPMIN z"));
  server.run({"ZUNIONSTORE", "to", "2", "z", "none", "WEIGHTS", "2", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("ZUNIONSTORE to 2 z none WEIGHTS 2 1"));
  server.run({"ZRANGESTORE", "to", "none", "0", "-1"});
  EXPECT_THAT(server.effects(), ElementsAre("ZRANGESTORE to none 0 -1"));
}

TEST_F(SortedSets, WhatChangesNothingIsNotRepeated) {
  server.run({"ZADD", "z", "inf", "a"});
  const std::vector<std::vector<std::string_view>> commands = {
      {"ZADD", "z", "inf", "a"},
      {"ZADD", "z", "XX", "1", "b"},
      {"ZADD", "none", "XX", "1", "b"},
      {"ZADD", "z", "LT", "INCR", "1", "a"},
      {"ZINCRBY", "z", "-inf", "a"},
      {"ZINCRBY", "z", "1", "a"},
      {"ZREM", "z", "b"},
      {"ZREM", "none", "b"},
      {"ZPOPMAX", "none"},
      {"ZPOPMAX", "z", "0"},
      {"ZREMRANGEBYRANK", "z", "5", "6"},
      {"ZUNIONSTORE", "to", "1", "none"}};
  for (const auto& command : commands) {
    server.run(std::span<const std::string_view>(command));
    EXPECT_THAT(server.effects(), IsEmpty()) << ::testing::PrintToString(command);
  }
  EXPECT_EQ(server.run({"ZSCORE", "z", "a"}), "$3\r\ninf\r\n");
  EXPECT_EQ(server.run({"ZCARD", "none"}), ":0\r\n");
}

TEST_F(SortedSets, AMultiplePopIsRepeatedAsThePopItCameTo) {
  server.run({"ZADD", "z", "1", "a", "2", "b", "3", "c"});
  server.run({"ZMPOP", "2", "none", "z", "MAX", "COUNT", "2"});
  EXPECT_THAT(server.effects(), ElementsAre("ZPOPMAX z 2"));
  server.run({"ZMPOP", "2", "none", "z", "MIN", "COUNT", "9"});
  EXPECT_THAT(server.effects(), ElementsAre("ZPOPMIN z 1"));
  server.run({"ZMPOP", "2", "none", "z", "MIN"});
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(SortedSets, ALargeUnionIsTheSumOfItsParts) {
  base::Random random(7);
  std::map<std::string, std::int64_t> model;
  for (const char* const key : {"one", "two", "three"}) {
    const std::int64_t weight = key[0] == 'o' ? 2 : 1;
    for (int i = 0; i < 3000; ++i) {
      const std::string member = std::string("m").append(std::to_string(random.below(100'000)));
      const auto by = static_cast<std::int64_t>(random.below(1000));
      server.run({"ZINCRBY", key, std::to_string(by), member});
      model[member] += by * weight;
    }
  }
  EXPECT_EQ(server.run({"ZUNIONSTORE", "to", "3", "one", "two", "three", "WEIGHTS", "2", "1", "1"}),
            ":" + std::to_string(model.size()) + "\r\n");
  std::set<std::pair<std::int64_t, std::string>> order;
  for (const auto& [member, score] : model) order.emplace(score, member);
  std::vector<std::string> expected;
  for (const auto& [score, member] : order) {
    expected.push_back(member);
    expected.push_back(std::to_string(score));
  }
  EXPECT_EQ(texts(server.run({"ZRANGE", "to", "0", "-1", "WITHSCORES"})), expected);
  EXPECT_EQ(texts(server.run(
                {"ZUNION", "3", "one", "two", "three", "WEIGHTS", "2", "1", "1", "WITHSCORES"})),
            expected);
}

TEST_F(SortedSets, RandomMembersAreDifferentAndReachEverything) {
  for (int i = 0; i < 200; ++i) {
    server.run({"ZADD", "z", std::to_string(i), std::string("m").append(std::to_string(i))});
  }
  for (const char* const count : {"5", "100", "199"}) {
    std::set<std::string> seen;
    for (int i = 0; i < 500; ++i) {
      const auto members = texts(server.run({"ZRANDMEMBER", "z", count}));
      EXPECT_EQ(std::to_string(members.size()), count);
      const std::set<std::string> different(members.begin(), members.end());
      EXPECT_EQ(different.size(), members.size());
      seen.insert(members.begin(), members.end());
    }
    EXPECT_EQ(seen.size(), 200U) << count;
  }
}

TEST_F(SortedSets, AnIterationOverABigSetIsComplete) {
  for (int i = 0; i < 1000; ++i) {
    server.run({"ZADD", "z", "1", std::string("m").append(std::to_string(i))});
  }
  std::set<std::string> seen;
  std::string cursor = "0";
  std::size_t steps = 0;
  do {
    const auto reply = texts(server.run({"ZSCAN", "z", cursor, "COUNT", "20", "NOSCORES"}));
    cursor = reply.at(0);
    seen.insert(reply.begin() + 1, reply.end());
    ++steps;
  } while (cursor != "0");
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_GT(steps, 5U);
}

}  // namespace
}  // namespace sorrel::commands
