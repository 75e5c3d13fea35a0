// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/sets cannot see from outside: which effects a command leaves
// for the log, algebra of random sets in all forms against its definition, and the bound of a reply
// whose length a client decides. One thread.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
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
using ::testing::SizeIs;
using ::testing::StartsWith;

using Words = std::vector<std::string>;
using Names = std::set<std::string>;

class Sets : public ::testing::Test {
 protected:
  test::CommandFixture server{
      {&add_set_commands, &add_sorted_set_commands, &add_string_commands, &add_key_commands}};

  std::string run_words(const Words& words) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    return server.run(std::span<const std::string_view>(views));
  }
  void fill(const std::string& key, const Names& names) {
    Words words{"SADD", key};
    words.insert(words.end(), names.begin(), names.end());
    run_words(words);
  }
  // The bulk strings of a flat RESP2 reply whose texts hold no line break.
  static Words texts(const std::string& reply) {
    Words found;
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
  Names members(const std::string& key) {
    const Words found = texts(server.run({"SMEMBERS", key}));
    const Names names(found.begin(), found.end());
    EXPECT_EQ(names.size(), found.size());
    return names;
  }
  static Names numbered(std::string_view prefix, int first, int last) {
    Names names;
    for (int i = first; i < last; ++i) names.insert(std::string(prefix) + std::to_string(i));
    return names;
  }
};

TEST_F(Sets, ChangesAreRepeatedAsTheyCame) {
  server.run({"SADD", "s", "a", "b", "a"});
  EXPECT_THAT(server.effects(), ElementsAre("SADD s a b a"));
  server.run({"SREM", "s", "a", "x"});
  EXPECT_THAT(server.effects(), ElementsAre("SREM s a x"));
  server.run({"SMOVE", "s", "t", "b"});
  EXPECT_THAT(server.effects(), ElementsAre("SMOVE s t b"));
  server.run({"SUNIONSTORE", "to", "t", "none"});
  EXPECT_THAT(server.effects(), ElementsAre("SUNIONSTORE to t none"));
  server.run({"SINTERSTORE", "to", "none"});
  EXPECT_THAT(server.effects(), ElementsAre("SINTERSTORE to none"));
}

TEST_F(Sets, WhatChangesNothingIsNotRepeated) {
  server.run({"SADD", "s", "a", "b"});
  server.run({"SADD", "t", "a"});
  const std::vector<Words> commands = {{"SADD", "s", "a", "b"},   {"SREM", "s", "x"},
                                       {"SREM", "none", "a"},     {"SMOVE", "s", "t", "x"},
                                       {"SMOVE", "s", "s", "a"},  {"SMOVE", "none", "t", "a"},
                                       {"SPOP", "none"},          {"SPOP", "none", "3"},
                                       {"SPOP", "s", "0"},        {"SUNIONSTORE", "to", "none"},
                                       {"SRANDMEMBER", "s", "-5"}};
  for (const Words& command : commands) {
    run_words(command);
    EXPECT_THAT(server.effects(), IsEmpty()) << ::testing::PrintToString(command);
  }
}

TEST_F(Sets, AMoveToASetThatHasTheMemberIsRepeated) {
  server.run({"SADD", "s", "a", "b"});
  server.run({"SADD", "t", "a"});
  server.run({"SMOVE", "s", "t", "a"});
  EXPECT_THAT(server.effects(), ElementsAre("SMOVE s t a"));
}

TEST_F(Sets, APopIsRepeatedAsWhatWent) {
  server.run({"SADD", "s", "a"});
  server.run({"SPOP", "s"});
  EXPECT_THAT(server.effects(), ElementsAre("SREM s a"));
  server.run({"SADD", "s", "1", "2", "3"});
  server.run({"SPOP", "s", "3"});
  EXPECT_THAT(server.effects(), ElementsAre("DEL s"));
  for (const Names& names : {numbered("", 0, 60), numbered("m", 0, 60), numbered("m", 0, 600)}) {
    fill("s", names);
    const Words popped = texts(server.run({"SPOP", "s", "50"}));
    ASSERT_THAT(popped, SizeIs(50));
    std::string expected = "SREM s";
    for (const std::string& name : popped) expected += " " + name;
    EXPECT_THAT(server.effects(), ElementsAre(expected));
    server.run({"DEL", "s"});
  }
}

TEST_F(Sets, ALargePopIsRepeatedInPartsOfOneUnit) {
  fill("s", numbered("m", 0, 3000));
  const Words popped = texts(server.run({"SPOP", "s", "2500"}));
  EXPECT_THAT(Names(popped.begin(), popped.end()), SizeIs(2500));
  const Words effects = server.effects();
  ASSERT_THAT(effects, SizeIs(5));
  EXPECT_EQ(effects.front(), "MULTI");
  EXPECT_EQ(effects.back(), "EXEC");
  std::size_t at = 0;
  for (const std::size_t part : {1024U, 1024U, 452U}) {
    std::string expected = "SREM s";
    for (std::size_t i = 0; i < part; ++i) expected += " " + popped[at + i];
    at += part;
    EXPECT_EQ(effects[1 + (at - 1) / 1024], expected);
  }
  EXPECT_EQ(server.run({"SCARD", "s"}), ":500\r\n");
}

TEST_F(Sets, AlgebraIsWhatItsDefinitionSays) {
  base::Random random(5);
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t count = 1 + random.below(5);
    std::vector<Names> sets(count);
    Words keys;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t size = random.below(4) == 0 ? 900 : 1 + random.below(60);
      const bool integers = random.below(2) == 0;
      for (std::uint64_t n = 0; n < size; ++n) {
        const std::string number = std::to_string(random.below(size * 2));
        sets[i].insert(integers || random.below(3) == 0 ? number : "m" + number);
      }
      keys.push_back("set" + std::to_string(i));
      fill(keys.back(), sets[i]);
    }
    Names all = sets[0];
    Names common = sets[0];
    Names rest = sets[0];
    for (std::uint64_t i = 1; i < count; ++i) {
      all.insert(sets[i].begin(), sets[i].end());
      std::erase_if(common, [&](const std::string& name) { return !sets[i].contains(name); });
      std::erase_if(rest, [&](const std::string& name) { return sets[i].contains(name); });
    }
    const auto same = [&](const std::string& command, const Names& expected) {
      Words words{command};
      words.insert(words.end(), keys.begin(), keys.end());
      const Words found = texts(run_words(words));
      EXPECT_EQ(found.size(), expected.size()) << command;
      EXPECT_EQ(Names(found.begin(), found.end()), expected) << command;
      words = {command + "STORE", "to"};
      words.insert(words.end(), keys.begin(), keys.end());
      EXPECT_EQ(run_words(words), ":" + std::to_string(expected.size()) + "\r\n");
      EXPECT_EQ(members("to"), expected) << command;
      words[0] = "Z" + command.substr(1) + "STORE";
      words.insert(words.begin() + 2, std::to_string(count));
      EXPECT_EQ(run_words(words), ":" + std::to_string(expected.size()) + "\r\n") << words[0];
      const Words sorted = texts(server.run({"ZRANGE", "to", "0", "-1"}));
      EXPECT_EQ(Names(sorted.begin(), sorted.end()), expected) << words[0];
    };
    same("SUNION", all);
    same("SINTER", common);
    same("SDIFF", rest);
    Words words{"SINTERCARD", std::to_string(count)};
    words.insert(words.end(), keys.begin(), keys.end());
    EXPECT_EQ(run_words(words), ":" + std::to_string(common.size()) + "\r\n");
    words.insert(words.end(), {"LIMIT", "3"});
    EXPECT_EQ(run_words(words),
              ":" + std::to_string(std::min<std::size_t>(3, common.size())) + "\r\n");
    for (const std::string& key : keys) server.run({"DEL", key, "to"});
  }
}

TEST_F(Sets, AReplyOfTooManyDrawsIsRefused) {
  server.run({"SADD", "s", "member"});
  server.run({"ZADD", "z", "1", "member"});
  server.executor.limits().max_reply_bytes = 100'000;
  EXPECT_THAT(server.run({"SRANDMEMBER", "s", "-1000"}), StartsWith("*1000\r\n$6\r\n"));
  for (const char* key : {"s", "z"}) {
    for (const char* count : {"-16000", "-1000000", "-9223372036854775807"}) {
      EXPECT_EQ(server.run({*key == 's' ? "SRANDMEMBER" : "ZRANDMEMBER", key, count}),
                "-ERR the reply would be longer than a reply may be\r\n");
    }
  }
}

TEST_F(Sets, AWalkSeesEverything) {
  fill("s", numbered("m", 0, 5000));
  Names seen;
  std::string cursor = "0";
  do {
    const Words reply = texts(server.run({"SSCAN", "s", cursor, "COUNT", "100"}));
    cursor = reply.at(0);
    seen.insert(reply.begin() + 1, reply.end());
  } while (cursor != "0");
  EXPECT_EQ(seen.size(), 5000U);
}

}  // namespace
}  // namespace sorrel::commands
