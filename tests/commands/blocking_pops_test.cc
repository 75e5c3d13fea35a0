// SPDX-License-Identifier: BSD-3-Clause
//
// The commands that wait for a list or a sorted set: what they leave for the log, whether they
// waited or not, who is served when many wait, and when the time is over. One thread.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

class Client : public test::Client {
 public:
  using test::Client::Client;
  std::string run(std::string_view line) { return test::Client::run(split(line)); }
};

class BlockingPops : public ::testing::Test {
 protected:
  std::string run(std::string_view line) {
    const auto words = split(line);
    return server.run(std::span<const std::string_view>(words));
  }

  test::CommandFixture server{{&add_list_commands, &add_sorted_set_commands, &add_string_commands,
                               &add_key_commands, &add_transaction_commands}};
  Client a{server.executor};
  Client b{server.executor};
};

// What fills, what takes, and what is repeated for the taking.
struct Taking {
  const char* fill;
  const char* take;
  const char* effect;
};

constexpr Taking kTakings[] = {
    {"RPUSH k 1 2 3", "BLPOP none k 0", "LPOP k"},
    {"RPUSH k 1 2 3", "BRPOP none k 0", "RPOP k"},
    {"RPUSH k 1 2 3", "BLMOVE k t left Right 0", "LMOVE k t LEFT RIGHT"},
    {"RPUSH k 1 2 3", "BLMOVE k k RIGHT LEFT 0", "LMOVE k k RIGHT LEFT"},
    {"RPUSH k 1 2 3", "BRPOPLPUSH k t 0", "RPOPLPUSH k t"},
    {"RPUSH k 1 2 3", "BLMPOP 0 2 none k LEFT", "LPOP k 1"},
    {"RPUSH k 1 2 3", "BLMPOP 0 2 none k RIGHT COUNT 10", "RPOP k 3"},
    {"ZADD k 1 a 2 b 3 c", "BZPOPMIN none k 0", "ZPOPMIN k"},
    {"ZADD k 1 a 2 b 3 c", "BZPOPMAX none k 0", "ZPOPMAX k"},
    {"ZADD k 1 a 2 b 3 c", "BZMPOP 0 2 none k MIN COUNT 2", "ZPOPMIN k 2"},
    {"ZADD k 1 a 2 b 3 c", "BZMPOP 0 1 k MAX", "ZPOPMAX k 1"}};

TEST_F(BlockingPops, TheTakingIsRepeatedNotTheWaiting) {
  for (const auto& [fill, take, effect] : kTakings) {
    run("DEL k t");
    run(fill);
    const std::string at_once = run(take);
    EXPECT_THAT(server.effects(), ElementsAre(effect)) << take;
    run("DEL k t");
    EXPECT_EQ(a.run(take), "");
    EXPECT_TRUE(a.waits()) << take;
    run(fill);
    EXPECT_EQ(a.read(), at_once) << take;
    EXPECT_THAT(server.effects(), ElementsAre(fill, effect)) << take;
  }
}

TEST_F(BlockingPops, WhoIsServedAfterATransactionIsNoPartOfIt) {
  a.run("BLPOP k 0");
  run("MULTI");
  run("RPUSH k 1");
  run("RPUSH k 2");
  run("EXEC");
  EXPECT_EQ(a.read(), "*2\r\n$1\r\nk\r\n$1\r\n1\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "RPUSH k 1", "RPUSH k 2", "EXEC", "LPOP k"));
}

TEST_F(BlockingPops, WithinATransactionTheTakingIsRepeated) {
  run("MULTI");
  run("RPUSH k 1");
  run("BLPOP k 0");
  run("BLPOP k 0");
  run("BLMOVE k t LEFT LEFT 0");
  EXPECT_EQ(run("EXEC"), "*4\r\n:1\r\n*2\r\n$1\r\nk\r\n$1\r\n1\r\n*-1\r\n$-1\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "RPUSH k 1", "LPOP k", "EXEC"));
}

TEST_F(BlockingPops, WhatIsRefusedOrInVainIsNotRepeated) {
  run("SET s text");
  a.run("BLMOVE k s LEFT RIGHT 0");
  b.run("BLPOP none other 0.001");
  run("RPUSH k 1");
  EXPECT_EQ(a.read().substr(0, 10), "-WRONGTYPE");
  EXPECT_THAT(server.effects(), ElementsAre("RPUSH k 1"));
  server.executor.effect_log().clear();
  server.advance(std::chrono::milliseconds(1));
  server.executor.time_out_due();
  EXPECT_EQ(b.read(), "*-1\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(BlockingPops, AChainIsRepeatedInItsOrder) {
  a.run("BLMOVE src dst LEFT RIGHT 0");
  b.run("BLMOVE dst src RIGHT LEFT 0");
  run("LPUSH src x");
  EXPECT_THAT(server.effects(),
              ElementsAre("LPUSH src x", "LMOVE src dst LEFT RIGHT", "LMOVE dst src RIGHT LEFT"));
  EXPECT_EQ(run("LRANGE src 0 -1"), "*1\r\n$1\r\nx\r\n");
}

TEST_F(BlockingPops, AThousandAreServedInTheOrderOfTheirComing) {
  constexpr std::size_t kClients = 1000;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Client>(server.executor));
    clients.back()->run(i % 2 == 0 ? "BLPOP k other k 0" : "BLMPOP 0 2 other k LEFT");
  }
  // One element at a time for the first half, all the rest at once for the others.
  for (std::size_t i = 0; i < kClients / 2; ++i) {
    run("RPUSH k " + std::to_string(i));
    ASSERT_EQ(server.executor.blocked().sessions(), kClients - i - 1);
  }
  std::string rest = "RPUSH k";
  for (std::size_t i = kClients / 2; i < kClients; ++i) rest += " " + std::to_string(i);
  run(rest);
  for (std::size_t i = 0; i < kClients; ++i) {
    const std::string value = std::to_string(i);
    const std::string bulk = "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
    const std::string list = i % 2 == 0 ? bulk : "*1\r\n" + bulk;
    ASSERT_EQ(clients[i]->read(), "*2\r\n$1\r\nk\r\n" + list);
  }
  EXPECT_TRUE(server.executor.blocked().empty());
  EXPECT_EQ(server.executor.blocked().keys(), 0U);
  EXPECT_EQ(run("EXISTS k"), ":0\r\n");
}

TEST_F(BlockingPops, OneThatClosesLeavesItsPlaceToTheNext) {
  {
    Client gone(server.executor);
    gone.run("BLPOP k k other 0");
    a.run("BLPOP k 0");
  }
  run("RPUSH k 1");
  EXPECT_EQ(a.read(), "*2\r\n$1\r\nk\r\n$1\r\n1\r\n");
  EXPECT_EQ(server.executor.blocked().keys(), 0U);
}

TEST_F(BlockingPops, SecondsAreRoundedUpToMilliseconds) {
  for (const auto& [seconds, milliseconds] :
       {std::pair{"0.0000001", 1}, {"0.001", 1}, {"0.0011", 2}, {"1.5", 1500}, {"0x1", 1000}}) {
    a.run("BLPOP k " + std::string(seconds));
    EXPECT_EQ(server.executor.next_timeout_ms(), server.clock.wall_ms() + milliseconds) << seconds;
    server.advance(std::chrono::milliseconds(milliseconds));
    server.executor.time_out_due();
    EXPECT_EQ(a.read(), "*-1\r\n") << seconds;
  }
}

// Its timeout reached to the end of time when it came; it must not be found too long later.
TEST_F(BlockingPops, TheTimeoutIsReadOnce) {
  const std::int64_t most_ms = INT64_MAX - server.clock.wall_ms();
  a.run("BLPOP k " + std::to_string(most_ms / 1000));
  ASSERT_TRUE(a.waits());
  server.advance(std::chrono::seconds(10));
  run("RPUSH k 1");
  EXPECT_EQ(a.read(), "*2\r\n$1\r\nk\r\n$1\r\n1\r\n");
}

TEST_F(BlockingPops, AKeyThatIsOverWakesNobodyAndTheTimeGoesOn) {
  a.run("BLPOP k 1");
  const std::int64_t due = server.executor.next_timeout_ms();
  b.session.database = 1;
  b.run("RPUSH k stale");
  b.run("PEXPIRE k 10");
  server.advance(std::chrono::milliseconds(100));
  server.keyspace.swap(0, 1);
  run("EXISTS other");
  EXPECT_TRUE(a.waits());
  EXPECT_EQ(server.executor.next_timeout_ms(), due);
}

}  // namespace
}  // namespace sorrel::commands
