// SPDX-License-Identifier: BSD-3-Clause
//
// What an observer is told and when, messages to sessions beside their replies, and commands that
// run others.
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/exec/executor.h>
#include <sorrel/exec/within.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::exec {
namespace {

using test::Client;
using test::CommandFixture;

class Recorder final : public Observer {
 public:
  void on_change(const keyspace::Event& event, std::uint32_t, std::string_view key,
                 Session* by) override {
    lines.push_back(std::string(event.name) + " " + std::string(key) +
                    (by == nullptr ? "" : " by " + std::to_string(by->id)));
  }
  void on_flush() override { lines.emplace_back("flush"); }
  void on_read(Session&, const Command& command, std::span<const std::string_view>) override {
    lines.push_back("read by " + std::string(command.spec->name));
  }
  void on_answered(Session&, const Command*) override { lines.emplace_back("answered"); }
  void on_command(const Session&, std::span<const std::string_view> arguments) override {
    std::string line = "command";
    for (const std::string_view word : arguments) line += " " + std::string(word);
    lines.push_back(line);
  }
  bool listens_within(const Session&, const User&) const override { return true; }
  void on_reset(Session& session) override {
    lines.push_back("reset " + std::to_string(session.id));
  }

  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

// Sends a message to the session that asks, runs SET and INCR within itself, and answers.
Outcome act(Context& context) {
  context.executor.send(context.session, "message\r\n");
  {
    const Within within(context.executor, context.session);
    base::OutputBuffer scratch;
    const std::array<std::string_view, 3> set{"set", "inner", "1"};
    const std::array<std::string_view, 2> incr{"incr", "inner"};
    for (const std::span<const std::string_view> words :
         {std::span<const std::string_view>(set), std::span<const std::string_view>(incr)}) {
      context.executor.run_within(context.session, *context.executor.resolve(words), words,
                                  scratch);
    }
  }
  context.effects.suppress();
  return reply_ok(context);
}

Client* aside = nullptr;

// Pushes an element as a script would, then lets another client be served before it is done.
Outcome push_and_linger(Context& context) {
  const Within within(context.executor, context.session);
  base::OutputBuffer scratch;
  const std::array<std::string_view, 3> push{"rpush", "list", "x"};
  context.executor.run_within(context.session, *context.executor.resolve(push), push, scratch);
  aside->run({"PING"});
  const std::array<std::string_view, 2> pop{"lpop", "list"};
  context.executor.run_within(context.session, *context.executor.resolve(pop), pop,
                              context.reply.buffer());
  context.effects.suppress();
  return Outcome::kOk;
}

// Sends a message to the session that asks, then answers the one that waits aside.
Outcome send_and_unblock(Context& context) {
  context.executor.send(context.session, "message\r\n");
  context.executor.retry(aside->session);
  return reply_ok(context);
}

Outcome wait_once(Context& context) {
  if (context.resumed()) {
    return reply_ok(context);
  }
  Wait wait;
  wait.key_count = 0;
  return context.park(wait);
}

constexpr CommandSpec kRows[] = {{"act", 1, 0, {}, 0, &act},
                                 {"linger", 1, 0, {}, 0, &push_and_linger},
                                 {"tell", 1, 0, {}, 0, &send_and_unblock},
                                 {"waitonce", 1, 0, {}, 0, &wait_once}};

class ObservingTest : public testing::Test {
 protected:
  static void add_act(CommandTable& table) { table.add(kRows); }

  CommandFixture server{{&commands::add_string_commands, &commands::add_key_commands,
                         &commands::add_list_commands, &commands::add_transaction_commands,
                         &commands::add_connection_commands, &add_act}};
  Recorder recorder;
};

TEST_F(ObservingTest, TellsOnlyWhatIsWanted) {
  server.executor.observe(&recorder, {});
  server.run({"SET", "k", "v"});
  EXPECT_EQ(recorder.take(), Lines{});
  server.executor.observe(&recorder, {.changes = true});
  server.run({"SET", "k", "v"});
  server.run({"GET", "none"});
  EXPECT_EQ(recorder.take(), (Lines{"set k by 1"}));
  server.executor.observe(&recorder, {.changes = true, .new_keys = true, .misses = true});
  server.run({"SET", "k2", "v"});
  server.run({"GET", "none"});
  EXPECT_EQ(recorder.take(), (Lines{"new k2 by 1", "set k2 by 1", "keymiss none by 1"}));
  server.executor.observe(&recorder, {.commands = true});
  server.run({"AUTH", "default", "secret"});
  EXPECT_EQ(recorder.take(), Lines{"command AUTH (redacted) (redacted)"});
  server.executor.observe(nullptr, {});
}

TEST_F(ObservingTest, TellsOfEachCommandOfATransactionAndSettlesOnce) {
  server.executor.observe(&recorder, {.changes = true});
  server.run({"MULTI"});
  server.run({"SET", "a", "1"});
  server.run({"DEL", "a"});
  server.run({"EXEC"});
  EXPECT_EQ(recorder.take(), (Lines{"set a by 1", "del a by 1"}));
  server.executor.observe(nullptr, {});
}

TEST_F(ObservingTest, NamesTheOneWhoWaitedAsTheOneWhoTook) {
  Client waiting(server.executor);
  waiting.run({"BLPOP", "list", "0"});
  server.executor.observe(&recorder, {.changes = true});
  server.run({"RPUSH", "list", "x"});
  EXPECT_EQ(recorder.take(), (Lines{"rpush list by 1", "lpop list by 2", "del list by 2"}));
  server.executor.observe(nullptr, {});
}

TEST_F(ObservingTest, TellsWhatATrackedSessionReads) {
  server.executor.observe(&recorder, {});
  server.run({"GET", "k"});
  server.session.tracked = true;
  server.run({"GET", "k"});
  server.run({"SET", "k", "v"});
  server.run({"LLEN", "k"});
  server.run({"NOSUCHCOMMAND"});
  EXPECT_EQ(recorder.take(),
            (Lines{"read by get", "answered", "answered", "read by llen", "answered", "answered"}));
  server.run({"RESET"});
  EXPECT_EQ(recorder.take(), (Lines{"reset 1", "answered"}));
  server.session.tracked = false;
  server.executor.observe(nullptr, {});
}

TEST_F(ObservingTest, WhatAReadFindsToBeOverIsToldBeforeTheRead) {
  server.run({"SET", "k", "v", "PX", "5"});
  server.executor.observe(&recorder, {.changes = true});
  server.session.tracked = true;
  server.advance(std::chrono::milliseconds(10));
  server.run({"GET", "k"});
  EXPECT_EQ(recorder.take(), (Lines{"expired k by 1", "read by get", "answered"}));
  server.session.tracked = false;
  server.executor.observe(nullptr, {});
}

TEST_F(ObservingTest, TellsOfAFlushOnceAndOfAnExchangeNot) {
  server.executor.observe(&recorder, {.changes = true});
  server.run({"FLUSHALL"});
  server.run({"SWAPDB", "0", "1"});
  EXPECT_EQ(recorder.take(), (Lines{"flush"}));
  server.run({"MULTI"});
  server.run({"FLUSHDB"});
  server.run({"FLUSHALL"});
  server.run({"EXEC"});
  EXPECT_EQ(recorder.take(), (Lines{"flush", "flush"}));
  server.executor.observe(nullptr, {});
}

TEST_F(ObservingTest, MessageToTheRunningClientFollowsItsReply) {
  EXPECT_EQ(server.run({"ACT"}), "+OK\r\nmessage\r\n");
  Client other(server.executor);
  server.executor.send(other.session, "hello\r\n");
  EXPECT_EQ(other.read(), "hello\r\n");
}

TEST_F(ObservingTest, AMessageIsNotGivenToWhoIsAnsweredMeanwhile) {
  Client other(server.executor);
  aside = &other;
  other.run({"WAITONCE"});
  EXPECT_EQ(server.run({"TELL"}), "+OK\r\nmessage\r\n");
  EXPECT_EQ(other.read(), "+OK\r\n");
}

TEST_F(ObservingTest, NobodyIsServedFromTheMiddleOfAScript) {
  Client waiting(server.executor);
  Client other(server.executor);
  aside = &other;
  waiting.run({"BLPOP", "list", "0"});
  EXPECT_EQ(server.run({"LINGER"}), "$1\r\nx\r\n");
  EXPECT_TRUE(waiting.waits());
  EXPECT_EQ(server.effects(), (Lines{"MULTI", "rpush list x", "lpop list", "EXEC"}));
}

TEST_F(ObservingTest, WhatRunsWithinIsOneUnitOfTheLog) {
  server.run({"ACT"});
  EXPECT_EQ(server.effects(), (Lines{"MULTI", "set inner 1", "incr inner", "EXEC"}));
  server.run({"MULTI"});
  server.run({"ACT"});
  server.run({"SET", "k", "v"});
  server.run({"EXEC"});
  EXPECT_EQ(server.effects(), (Lines{"MULTI", "set inner 1", "incr inner", "SET k v", "EXEC"}));
}

TEST_F(ObservingTest, BusyLetsOnlyFewCommandsIn) {
  ServerState state;
  state.busy = "Redis is busy running a script.";
  server.executor.set_state(state);
  EXPECT_EQ(server.run({"GET", "k"}), "-BUSY Redis is busy running a script.\r\n");
  EXPECT_EQ(server.run({"AUTH", "default", "x"}), "+OK\r\n");
  server.run({"MULTI"});
  EXPECT_EQ(server.run({"GET", "k"}), "-BUSY Redis is busy running a script.\r\n");
  EXPECT_EQ(server.run({"EXEC"}),
            "-EXECABORT Transaction discarded because of: BUSY Redis is busy running a "
            "script.\r\n");
  EXPECT_EQ(server.session.transaction, nullptr);
}

TEST_F(ObservingTest, SubscribedUnderTheOldProtocolMayDoLittle) {
  server.session.subscriptions.channels = 1;
  refresh_gate(server.session);
  EXPECT_EQ(
      server.run({"GET", "k"}),
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
      "are allowed in this context\r\n");
  server.set_protocol(resp::Protocol::kResp3);
  refresh_gate(server.session);
  EXPECT_EQ(server.run({"GET", "k"}), "_\r\n");
  server.session.subscriptions.channels = 0;
}

}  // namespace
}  // namespace sorrel::exec
