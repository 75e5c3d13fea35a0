// SPDX-License-Identifier: BSD-3-Clause
//
// What stream commands say must be repeated, and that repeating it gives the same stream: ids that
// were chosen, trims that stopped where a node ended, entries that were delivered, claimed or
// forgotten, consumers that appeared; and clients that wait for entries.
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/commands/families.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Streams : public ::testing::Test {
 protected:
  test::CommandFixture server{
      {&add_stream_commands, &add_key_commands, &add_string_commands, &add_transaction_commands}};

  void fill(std::string_view key, int entries) {
    for (int i = 1; i <= entries; ++i) server.run({"XADD", key, std::to_string(i), "f", "v"});
  }
  std::string now(std::int64_t offset_ms = 0) const {
    return std::to_string(server.clock.wall_ms() + offset_ms);
  }
  std::string claim(const std::string& consumer, const std::string& id, const std::string& time,
                    int deliveries, const std::string& last_id) const {
    return "XCLAIM s g " + consumer + " 0 " + id + " TIME " + time + " RETRYCOUNT " +
           std::to_string(deliveries) + " FORCE JUSTID LASTID " + last_id;
  }
};

TEST_F(Streams, AChosenIdIsNamed) {
  server.run({"XADD", "s", "*", "f", "v"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD s " + now() + "-0 f v"));
  server.run({"XADD", "s", "nomkstream", "*", "f", "v", "g", "w"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD s " + now() + "-1 f v g w"));
  server.run({"XADD", "s", "99999999999999-*", "f", "v"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD s 99999999999999-0 f v"));
  server.run({"XADD", "s", "99999999999999-5", "f", "v"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD s 99999999999999-5 f v"));
}

TEST_F(Streams, AnApproximateTrimIsRepeatedExactly) {
  server.keyspace.settings().stream_node_max_entries = 5;
  fill("s", 12);
  server.run({"XADD", "s", "MAXLEN", "~", "7", "LIMIT", "100", "13", "f", "v"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD s MAXLEN = 8 13-0 f v"));
  server.run({"XADD", "s", "LIMIT", "9", "MINID", "~", "9", "*", "f", "v"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD s MINID = 6-0 " + now() + "-0 f v"));
  server.run({"XADD", "s", "MAXLEN", "=", "3", "*", "f", "v"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD s MAXLEN = 3 " + now() + "-1 f v"));
  server.run({"XTRIM", "s", "MINID", "~", "9999999999999"});
  EXPECT_THAT(server.effects(),
              ElementsAre("XTRIM s MINID = 18446744073709551615-18446744073709551615"));
  fill("t", 12);
  server.run({"XTRIM", "t", "LIMIT", "1", "MAXLEN", "~", "3", "LIMIT", "6"});
  EXPECT_THAT(server.effects(), ElementsAre("XTRIM t MAXLEN = 7"));
  server.run({"XTRIM", "t", "MAXLEN", "6"});
  EXPECT_THAT(server.effects(), ElementsAre("XTRIM t MAXLEN 6"));
  server.run({"XADD", "t", "MAXLEN", "~", "0", "13", "f", "v"});
  EXPECT_THAT(server.effects(), ElementsAre("XADD t MAXLEN = 0 13-0 f v"));
}

TEST_F(Streams, AnEffectOfManyWordsIsWhole) {
  std::vector<std::string> words = {"XADD", "s", "*"};
  for (int i = 0; i < 100; ++i) words.push_back(std::to_string(i));
  const std::vector<std::string_view> views(words.begin(), words.end());
  server.run(std::span<const std::string_view>(views));
  words[2] = now() + "-0";
  std::string expected;
  for (const std::string& word : words) expected += (expected.empty() ? "" : " ") + word;
  EXPECT_THAT(server.effects(), ElementsAre(expected));
}

TEST_F(Streams, WhatChangesNothingIsNotRepeated) {
  fill("s", 3);
  server.run({"XGROUP", "CREATE", "s", "g", "0"});
  server.run({"XREADGROUP", "GROUP", "g", "a", "STREAMS", "s", ">"});
  server.run({"SET", "str", "v"});
  const std::vector<std::vector<std::string_view>> commands = {
      {"XADD", "s", "1", "f", "v"},
      {"XADD", "none", "NOMKSTREAM", "*", "f", "v"},
      {"XADD", "str", "*", "f", "v"},
      {"XTRIM", "s", "MAXLEN", "9"},
      {"XTRIM", "s", "MAXLEN", "~", "0", "LIMIT", "1"},
      {"XDEL", "s", "9"},
      {"XACK", "s", "g", "9"},
      {"XACK", "s", "nosuch", "1"},
      {"XCLAIM", "s", "g", "a", "999999", "1"},
      {"XCLAIM", "s", "g", "a", "0", "9", "FORCE"},
      {"XAUTOCLAIM", "s", "g", "a", "999999", "0"},
      {"XGROUP", "CREATE", "s", "g", "0"},
      {"XGROUP", "CREATE", "none", "g", "x", "MKSTREAM"},
      {"XGROUP", "DESTROY", "s", "nosuch"},
      {"XGROUP", "CREATECONSUMER", "s", "g", "a"},
      {"XGROUP", "DELCONSUMER", "s", "g", "nosuch"},
      {"XREADGROUP", "GROUP", "g", "a", "STREAMS", "s", ">"},
      {"XREADGROUP", "GROUP", "g", "a", "STREAMS", "s", "9"},
      {"XREAD", "STREAMS", "s", "0"}};
  for (const auto& command : commands) {
    server.run(std::span<const std::string_view>(command));
    EXPECT_THAT(server.effects(), IsEmpty()) << ::testing::PrintToString(command);
  }
  EXPECT_EQ(server.run({"EXISTS", "none"}), ":0\r\n");
}

TEST_F(Streams, ADeliveryIsRepeatedAsAClaim) {
  fill("s", 4);
  server.run({"XGROUP", "CREATE", "s", "g", "0"});
  server.run({"XREADGROUP", "GROUP", "g", "a", "COUNT", "2", "STREAMS", "s", ">"});
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", claim("a", "1-0", now(), 1, "1-0"),
                                            claim("a", "2-0", now(), 1, "2-0"),
                                            "XGROUP SETID s g 2-0 ENTRIESREAD 2", "EXEC"));
  const std::string before = now();
  server.advance(std::chrono::seconds(1));
  server.run({"XREADGROUP", "GROUP", "g", "a", "STREAMS", "s", "1"});
  EXPECT_THAT(server.effects(), ElementsAre(claim("a", "2-0", now(), 2, "2-0")));
  server.run({"XREADGROUP", "GROUP", "g", "a", "COUNT", "1", "NOACK", "STREAMS", "s", ">"});
  EXPECT_THAT(server.effects(), ElementsAre("XGROUP SETID s g 3-0 ENTRIESREAD 3"));
  server.run({"XREADGROUP", "GROUP", "g", "b", "NOACK", "STREAMS", "s", ">"});
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "XGROUP CREATECONSUMER s g b",
                                            "XGROUP SETID s g 4-0 ENTRIESREAD 4", "EXEC"));
  server.run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  EXPECT_THAT(server.effects(), ElementsAre("XGROUP CREATECONSUMER s g c"));
  server.run({"XREADGROUP", "GROUP", "g", "d", "STREAMS", "s", "0"});
  EXPECT_THAT(server.effects(), ElementsAre("XGROUP CREATECONSUMER s g d"));
  server.run({"XDEL", "s", "1"});
  server.run({"XREADGROUP", "GROUP", "g", "a", "STREAMS", "s", "0"});
  EXPECT_THAT(server.effects(), ElementsAre(claim("a", "2-0", now(), 3, "4-0")));
  server.run({"XACK", "s", "g", "2", "9"});
  EXPECT_THAT(server.effects(), ElementsAre("XACK s g 2 9"));
}

TEST_F(Streams, AClaimIsRepeatedAsWhatItCameTo) {
  fill("s", 4);
  server.run({"XGROUP", "CREATE", "s", "g", "0"});
  server.run({"XREADGROUP", "GROUP", "g", "a", "COUNT", "3", "STREAMS", "s", ">"});
  const std::string delivered = now();
  server.advance(std::chrono::seconds(1));
  server.run({"XCLAIM", "s", "g", "b", "0", "1", "9"});
  EXPECT_THAT(server.effects(), ElementsAre(claim("b", "1-0", now(), 2, "3-0")));
  server.run({"XCLAIM", "s", "g", "b", "0", "2", "IDLE", "500", "JUSTID"});
  EXPECT_THAT(server.effects(), ElementsAre(claim("b", "2-0", now(-500), 1, "3-0")));
  server.run({"XCLAIM", "s", "g", "c", "0", "4", "FORCE", "LASTID", "4"});
  EXPECT_THAT(server.effects(), ElementsAre(claim("c", "4-0", now(), 2, "4-0")));
  server.run({"XCLAIM", "s", "g", "d", "999999", "4"});
  EXPECT_THAT(server.effects(), ElementsAre("XGROUP CREATECONSUMER s g d"));
  server.run({"XCLAIM", "s", "g", "d", "999999", "4", "LASTID", "7"});
  EXPECT_THAT(server.effects(), ElementsAre("XGROUP SETID s g 7-0 ENTRIESREAD 3"));
  server.run({"XDEL", "s", "3"});
  server.run({"XCLAIM", "s", "g", "e", "0", "3"});
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", claim("a", "3-0", delivered, 1, "7-0"),
                                            "XGROUP CREATECONSUMER s g e", "EXEC"));
  server.run({"XDEL", "s", "1"});
  const std::string idle = now(-500);
  server.run({"XAUTOCLAIM", "s", "g", "f", "0", "0", "COUNT", "2"});
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", claim("b", "1-0", now(), 2, "7-0"),
                                            claim("f", "2-0", now(), 2, "7-0"), "EXEC"));
}

using Words = std::vector<std::string>;

Words split(const std::string& line) {
  Words words;
  std::istringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string run(test::CommandFixture& server, const Words& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return server.run(std::span<const std::string_view>(views));
}

// A random command on the stream s and its group g, whose newest entry has the id `newest`.
Words draw_command(base::Random& random, std::int64_t& newest) {
  const std::string consumer = std::string(1, "abcd"[random.below(4)]);
  const std::string count = std::to_string(1 + random.below(4));
  const std::string idle = random.below(2) == 0 ? "0" : "5";
  const auto recent = [&](std::int64_t back) { return std::to_string(newest - back); };
  switch (newest < 10 ? 0 : random.below(13)) {
    case 0:
    case 1:
    case 2:
      return {"XADD", "s", "MAXLEN", "~", "12", std::to_string(++newest), "f", "v"};
    case 3:
    case 4:
      return {"XREADGROUP", "GROUP", "g", consumer, "COUNT", count, "STREAMS", "s", ">"};
    case 5:
      return {"XREADGROUP", "GROUP", "g", consumer, "COUNT", count, "STREAMS", "s", "0"};
    case 6:
      return {"XREADGROUP", "GROUP", "g", consumer, "NOACK", "COUNT", "1", "STREAMS", "s", ">"};
    case 7:
      return {"XCLAIM", "s", "g", consumer, idle, recent(2), idle == "0" ? "FORCE" : "JUSTID"};
    case 8:
      return {"XAUTOCLAIM", "s", "g", consumer, idle, "0", "COUNT", count};
    case 9:
      return {"XACK", "s", "g", recent(1), recent(4)};
    case 10:
      return {"XDEL", "s", recent(3)};
    case 11:
      return {"XGROUP", idle == "0" ? "CREATECONSUMER" : "DELCONSUMER", "s", "g", consumer};
    default:
      break;
  }
  if (random.below(6) == 0) return {"XGROUP", "SETID", "s", "g", recent(5)};
  return {"XTRIM", "s", "MINID", "~", recent(7)};
}

// The effects of random commands on one server are run on another, which must then say the same of
// everything but when its consumers were seen.
TEST_F(Streams, RepeatingTheEffectsGivesTheSameGroups) {
  test::CommandFixture copy({&add_stream_commands});
  server.keyspace.settings().stream_node_max_entries = 4;
  base::Random random(11);
  std::int64_t newest = 0;
  for (test::CommandFixture* one : {&server, &copy}) {
    run(*one, {"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"});
  }
  for (int i = 0; i < 4000; ++i) {
    const Words command = draw_command(random, newest);
    run(server, command);
    for (const std::string& effect : server.effects()) {
      if (effect == "MULTI" || effect == "EXEC") continue;
      const std::string reply = run(copy, split(effect));
      ASSERT_NE(reply.front(), '-') << effect << " -> " << reply;
    }
    server.advance(std::chrono::milliseconds(1));
    copy.advance(std::chrono::milliseconds(1));
    for (const char* const question :
         {"XRANGE s - +", "XPENDING s g - + 100", "XINFO GROUPS s", "XPENDING s g"}) {
      ASSERT_EQ(run(server, split(question)), run(copy, split(question)))
          << "after " << ::testing::PrintToString(command);
    }
  }
}

using test::Client;

class WaitingForStreams : public Streams {
 protected:
  Client a{server.executor};
  Client b{server.executor};
};

TEST_F(WaitingForStreams, GroupsDoNotTouchWhatIsWatched) {
  fill("s", 2);
  server.run({"XGROUP", "CREATE", "s", "g", "0"});
  for (const char* const command :
       {"XREADGROUP GROUP g c STREAMS s >", "XACK s g 1", "XCLAIM s g d 0 2", "XSETID s 5",
        "XGROUP CREATE s h 0", "XGROUP DESTROY s h", "XGROUP SETID s g 1"}) {
    a.run({"WATCH", "s"});
    run(server, split(command));
    EXPECT_THAT(server.effects(), Not(IsEmpty())) << command;
    a.run({"MULTI"});
    EXPECT_EQ(a.run({"EXEC"}), "*0\r\n") << command;
  }
  for (const char* const command : {"XADD s 9 f v", "XDEL s 9", "XTRIM s MAXLEN 0"}) {
    a.run({"WATCH", "s"});
    run(server, split(command));
    a.run({"MULTI"});
    EXPECT_EQ(a.run({"EXEC"}), "*-1\r\n") << command;
  }
}

TEST_F(WaitingForStreams, TheLastIdIsThatOfTheMomentOfAsking) {
  fill("s", 2);
  a.run({"XREAD", "BLOCK", "0", "STREAMS", "s", "t", "$", "$"});
  EXPECT_TRUE(a.waits());
  server.run({"XDEL", "s", "1"});
  EXPECT_TRUE(a.waits());
  server.run({"XADD", "s", "3", "f", "v"});
  EXPECT_EQ(a.read(),
            "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n3-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n");
}

TEST_F(WaitingForStreams, AKeyThatGoesConcernsAGroupsReaderOnly) {
  server.run({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"});
  a.run({"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"});
  EXPECT_EQ(server.effects().back(), "XGROUP CREATECONSUMER s g c");
  b.run({"XREAD", "BLOCK", "0", "STREAMS", "s", "$"});
  server.run({"DEL", "s"});
  EXPECT_EQ(a.read(),
            "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option\r\n");
  EXPECT_TRUE(b.waits());
  server.run({"SET", "s", "v"});
  EXPECT_TRUE(b.waits());
}

TEST_F(WaitingForStreams, AnotherTypeAndADestroyedGroupAreTold) {
  server.run({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"});
  a.run({"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"});
  server.run({"SET", "s", "v"});
  EXPECT_EQ(a.read(), "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
  server.run({"DEL", "s"});
  server.run({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"});
  a.run({"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"});
  server.run({"XGROUP", "DESTROY", "s", "g"});
  EXPECT_EQ(a.read().substr(0, 8), "-NOGROUP");
}

TEST_F(WaitingForStreams, OneOfAGroupGetsTheEntryTheOthersGoOnWaiting) {
  server.run({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"});
  a.run({"XREADGROUP", "GROUP", "g", "a", "BLOCK", "0", "STREAMS", "s", ">"});
  b.run({"XREADGROUP", "GROUP", "g", "b", "BLOCK", "0", "STREAMS", "s", ">"});
  server.run({"XADD", "s", "1", "f", "v"});
  EXPECT_FALSE(a.waits());
  EXPECT_TRUE(b.waits());
  EXPECT_THAT(server.effects(),
              ElementsAre("XADD s 1 f v", "MULTI", claim("a", "1-0", now(), 1, "1-0"),
                          "XGROUP SETID s g 1-0 ENTRIESREAD 1", "EXEC"));
  server.run({"XGROUP", "SETID", "s", "g", "0"});
  EXPECT_FALSE(b.waits());
}

}  // namespace
}  // namespace sorrel::commands
