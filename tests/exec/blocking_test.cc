// SPDX-License-Identifier: BSD-3-Clause
//
// Parking and serving, by a toy family whose values are strings: TAKE key [key ...] timeout-ms
// waits for a string under one of the keys, answers with it and deletes it; PUT writes one; MOVETO
// waits for a key and puts its value under another; QUITE is TAKE that is told of keys that go.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/exec/executor.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::exec {
namespace {

using ::testing::ElementsAre;
namespace events = keyspace::events;

Outcome take_from(Context& context, std::size_t keys, bool without_key, const char* put_to) {
  for (std::size_t i = 1; i <= keys; ++i) {
    keyspace::IntegerText scratch;
    const keyspace::Record* record = context.database.peek(context.key(i));
    if (record == nullptr) continue;
    const std::string value(record->string(scratch));
    context.database.erase(context.key(i), events::kDel);
    if (put_to != nullptr) {
      auto ref = context.database.write(context.keyspace.key(put_to));
      ref.set_text(value, keyspace::DeadlinePolicy::clear());
      ref.commit(events::kSet);
    }
    context.effects.replace({"DEL", context.argument(i)});
    return reply_bulk(context, value);
  }
  if (without_key && context.resumed()) return context.fail_with("GONE", "key");
  const auto timeout = base::parse_integer(context.argument(keys + 1)).value_or(0);
  return context.park({.first_key = 1,
                       .key_count = keys,
                       .type = keyspace::Type::kString,
                       .deadline_ms = timeout == 0 ? Wait::kForever : context.now_ms() + timeout,
                       .null_reply = NullReply::kNullArray,
                       .without_key = without_key});
}

Outcome take(Context& context) {
  return take_from(context, context.argument_count() - 2, false, nullptr);
}
Outcome quite(Context& context) { return take_from(context, 1, true, nullptr); }
Outcome moveto(Context& context) { return take_from(context, 1, false, "b"); }
Outcome put(Context& context) {
  auto ref = context.database.write(context.key(1));
  ref.set_text(context.argument(2), keyspace::DeadlinePolicy::clear());
  ref.commit(events::kSet);
  return reply_ok(context);
}
Outcome drop(Context& context) {
  return reply_integer(context, context.database.erase(context.key(1), events::kDel) ? 1 : 0);
}

constexpr CommandSpec kRows[] = {
    {"take", -3, traits::kWrite | traits::kBlocking, {1, -2, 1}, 0, &take},
    {"quite", 3, traits::kWrite | traits::kBlocking, {1, 1, 1}, 0, &quite},
    {"moveto", 3, traits::kWrite | traits::kBlocking, {1, 1, 1}, 0, &moveto},
    {"put", 3, traits::kWrite, {1, 1, 1}, 0, &put},
    {"drop", 2, traits::kWrite, {1, 1, 1}, 0, &drop},
};
void add_rows(CommandTable& table) { table.add(kRows); }

using test::Client;

class Blocking : public ::testing::Test {
 protected:
  test::CommandFixture server = test::CommandFixture({&add_rows});
  Client a{server.executor};
  Client b{server.executor};
};

TEST_F(Blocking, TheFirstThatWaitedIsServedFirst) {
  EXPECT_EQ(a.run({"TAKE", "k", "0"}), "");
  EXPECT_EQ(b.run({"TAKE", "k", "0"}), "");
  EXPECT_EQ(server.executor.blocked().sessions(), 2U);
  EXPECT_EQ(server.run({"PUT", "k", "one"}), "+OK\r\n");
  EXPECT_EQ(a.read(), "$3\r\none\r\n");
  EXPECT_EQ(b.read(), "");
  EXPECT_THAT(server.effects(), ElementsAre("PUT k one", "DEL k"));
  EXPECT_THAT(a.resumed, ElementsAre(true));
  EXPECT_TRUE(b.waits());
  server.run({"PUT", "k", "two"});
  EXPECT_EQ(b.read(), "$3\r\ntwo\r\n");
  EXPECT_TRUE(server.executor.blocked().empty());
}

TEST_F(Blocking, AnyOfTheKeysWillDoAndTheOthersAreForgotten) {
  a.run({"TAKE", "x", "y", "x", "0"});
  EXPECT_EQ(server.executor.blocked().keys(), 2U);
  server.run({"PUT", "y", "1"});
  EXPECT_EQ(a.read(), "$1\r\n1\r\n");
  EXPECT_EQ(server.executor.blocked().keys(), 0U);
  server.run({"PUT", "x", "2"});
  EXPECT_EQ(a.read(), "");
}

TEST_F(Blocking, WhatAServedCommandWritesServesFurtherOnes) {
  a.run({"MOVETO", "k", "0"});
  b.run({"TAKE", "b", "0"});
  server.run({"PUT", "k", "v"});
  EXPECT_EQ(a.read(), "$1\r\nv\r\n");
  EXPECT_EQ(b.read(), "$1\r\nv\r\n");
}

TEST_F(Blocking, TimeIsOverToTheMillisecond) {
  a.run({"TAKE", "k", "50"});
  const std::int64_t due = server.executor.next_timeout_ms();
  EXPECT_EQ(due, server.clock.wall_ms() + 50);
  server.advance(std::chrono::milliseconds(49));
  server.executor.time_out_due();
  EXPECT_EQ(a.read(), "");
  server.advance(std::chrono::milliseconds(1));
  server.executor.time_out_due();
  EXPECT_EQ(a.read(), "*-1\r\n");
  EXPECT_THAT(a.resumed, ElementsAre(false));
  EXPECT_EQ(server.executor.next_timeout_ms(), INT64_MAX);
}

TEST_F(Blocking, NobodyWaitsWhereNobodyMay) {
  a.session.may_wait = false;
  EXPECT_EQ(a.run({"TAKE", "k", "0"}), "*-1\r\n");
  EXPECT_FALSE(a.waits());
}

TEST_F(Blocking, ABatchStopsAtTheCommandThatWaits) {
  const std::string_view take_words[] = {"TAKE", "k", "0"};
  const std::string_view put_words[] = {"PUT", "z", "1"};
  const resp::Request requests[] = {{put_words, {}}, {take_words, {}}, {put_words, {}}};
  EXPECT_EQ(server.executor.run(a.session, requests, a.output()), 2U);
  EXPECT_EQ(a.read(), "+OK\r\n");
}

TEST_F(Blocking, AClientThatGoesIsForgotten) {
  {
    Client gone(server.executor);
    gone.run({"TAKE", "k", "10"});
    EXPECT_EQ(server.executor.blocked().sessions(), 1U);
  }
  EXPECT_TRUE(server.executor.blocked().empty());
  EXPECT_EQ(server.run({"PUT", "k", "v"}), "+OK\r\n");
}

TEST_F(Blocking, UnblockAnswersWithNullOrWithAnError) {
  a.run({"TAKE", "k", "0"});
  server.executor.unblock(a.session, Executor::Unblock::kTimeout);
  EXPECT_EQ(a.read(), "*-1\r\n");
  a.run({"TAKE", "k", "0"});
  server.executor.unblock(a.session, Executor::Unblock::kError);
  EXPECT_EQ(a.read(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
}

TEST_F(Blocking, OneThatIsToBeSilentOnceIsSilentWhenItIsAnswered) {
  a.session.reply_mode = ReplyMode::kSkipNext;
  a.run({"TAKE", "k", "0"});
  server.run({"PUT", "k", "v"});
  EXPECT_FALSE(a.waits());
  EXPECT_EQ(a.read(), "");
  EXPECT_EQ(a.session.reply_mode, ReplyMode::kOn);
}

TEST_F(Blocking, OnlyThoseWhoAskedAreToldThatAKeyWent) {
  server.run({"PUT", "other", "v"});
  a.run({"QUITE", "k", "0"});
  b.run({"TAKE", "k", "0"});
  server.keyspace.database(0).clear();
  server.run({"DROP", "other"});
  EXPECT_EQ(a.read(), "-GONE key\r\n");
  EXPECT_TRUE(b.waits());
}

TEST_F(Blocking, SwappedDatabasesAreLookedAt) {
  a.run({"TAKE", "k", "0"});
  Client elsewhere(server.executor);
  elsewhere.session.database = 1;
  elsewhere.run({"PUT", "k", "v"});
  EXPECT_EQ(a.read(), "");
  server.keyspace.swap(0, 1);
  server.run({"DROP", "none"});
  EXPECT_EQ(a.read(), "$1\r\nv\r\n");
}

TEST_F(Blocking, WhileNobodyWaitsNothingIsNoted) {
  a.run({"TAKE", "k", "0"});
  server.run({"PUT", "k", "v"});
  server.run({"PUT", "k", "v"});
  EXPECT_FALSE(server.keyspace.changes().pending());
}

}  // namespace
}  // namespace sorrel::exec
