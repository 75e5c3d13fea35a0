// SPDX-License-Identifier: BSD-3-Clause
//
// The road of a command, with commands made for the purpose: what is refused, in which order and
// with which words; silence; what becomes an effect; the slow log; counters. The clock is turned by
// hand, and one of the commands turns it.
#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/exec/executor.h>
#include <sorrel/keyspace/write_ref.h>

#include "support/command_fixture.h"

namespace sorrel::exec {
namespace {

using test::CommandFixture;
constexpr keyspace::Event kChanged{keyspace::EventClass::kGeneric, "changed"};

base::ManualClock* turned_clock = nullptr;  // by SPEND

void put(Context& context, std::size_t index, std::string_view value) {
  auto ref = context.database.write(context.key(index));
  ref.set_string(value, keyspace::DeadlinePolicy::keep());
  ref.commit(kChanged);
}

Outcome read(Context& context) {
  const auto* record = context.database.find(context.key(1));
  keyspace::IntegerText scratch;
  return record == nullptr ? reply_null(context) : reply_bulk(context, record->string(scratch));
}
Outcome write(Context& context) {
  put(context, 1, context.argument(2));
  return reply_ok(context);
}
Outcome touch_nothing(Context& context) { return reply_ok(context); }
Outcome fail_late(Context& context) {
  context.reply.array(3);
  context.reply.bulk(std::string(40'000, 'x'));
  return context.fail(errors::kWrongType);
}
Outcome fail_after_write(Context& context) {
  put(context, 1, "half");
  return context.fail(errors::kSyntax);
}
Outcome replace_once(Context& context) {
  put(context, 1, "1");
  context.effects.replace({"SET", context.argument(1), "1"});
  return reply_ok(context);
}
Outcome replace_twice(Context& context) {
  put(context, 1, "1");
  context.effects.replace({"SET", context.argument(1), "1"});
  context.effects.replace({"PEXPIREAT", context.argument(1), "9"});
  return reply_ok(context);
}
Outcome replace_without_change(Context& context) {
  context.effects.replace({"SET", context.argument(1), "1"});
  return reply_ok(context);
}
Outcome suppress(Context& context) {
  put(context, 1, "1");
  context.effects.suppress();
  return reply_ok(context);
}
Outcome force(Context& context) {
  context.effects.force();
  return reply_ok(context);
}
Outcome select(Context& context) {
  context.session.database = static_cast<std::uint32_t>(context.argument(1)[0] - '0');
  return reply_ok(context);
}
Outcome deadline(Context& context) {
  auto ref = context.database.write(context.key(1));
  ref.set_string("v", keyspace::DeadlinePolicy::at(context.now_ms() + 10));
  ref.commit(kChanged);
  return reply_ok(context);
}
Outcome spend(Context& context) {
  turned_clock->advance(std::chrono::microseconds(std::stol(std::string(context.argument(1)))));
  return reply_ok(context);
}
Outcome tell_time(Context& context) { return reply_integer(context, context.now_ms()); }
Outcome quit(Context& context) {
  context.session.close_after_reply = true;
  return reply_ok(context);
}
Outcome mode(Context& context) {
  const std::string_view word = context.argument(1);
  context.session.reply_mode = word == "on"    ? ReplyMode::kOn
                               : word == "off" ? ReplyMode::kOff
                                               : ReplyMode::kSkipNext;
  return word == "on" ? reply_ok(context) : Outcome::kOk;
}

constexpr KeyPositions kOneKey{1, 1, 1};
constexpr CommandSpec kRows[] = {
    {"read", 2, traits::kReadonly, kOneKey, 0, &read},
    {"write", 3, traits::kWrite | traits::kDenyOom, kOneKey, 0, &write},
    {"shrink", -2, traits::kWrite, kOneKey, 0, &touch_nothing},
    {"nothing", -2, traits::kWrite, kOneKey, 0, &touch_nothing},
    {"open", -1, traits::kNoAuth | traits::kLoading, {}, 0, &touch_nothing},
    {"hello", -1, traits::kLoading, {}, 0, &touch_nothing},
    {"faillate", 2, traits::kReadonly, kOneKey, 0, &fail_late},
    {"failafter", 2, traits::kWrite, kOneKey, 0, &fail_after_write},
    {"once", 2, traits::kWrite, kOneKey, 0, &replace_once},
    {"twice", 2, traits::kWrite, kOneKey, 0, &replace_twice},
    {"idle", 2, traits::kWrite, kOneKey, 0, &replace_without_change},
    {"secret", 2, traits::kWrite, kOneKey, 0, &suppress},
    {"force", 1, traits::kWrite, {}, 0, &force},
    {"select", 2, 0, {}, 0, &select},
    {"deadline", 2, traits::kWrite, kOneKey, 0, &deadline},
    {"spend", -2, 0, {}, 0, &spend},
    {"spendunseen", 2, traits::kSkipSlowlog, {}, 0, &spend},
    {"telltime", 1, 0, {}, 0, &tell_time},
    {"quit", 1, 0, {}, 0, &quit},
    {"mode", 2, 0, {}, 0, &mode},
    {"box", -2, 0, {}, 0, nullptr},
    {"box|one", 3, 0, {}, 0, &touch_nothing},
    {"open2", -1, 0, {}, 0, &touch_nothing},
    {"open2|sub", 2, 0, {}, 0, &touch_nothing},
};

void add_rows(CommandTable& table) { table.add(kRows); }

class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() { turned_clock = &server.clock; }

  // All requests at once, as one read would bring them. Returns: all replies.
  std::string run_batch(const std::vector<std::vector<std::string_view>>& commands) {
    std::vector<resp::Request> requests;
    for (const auto& words : commands) {
      requests.push_back({words, {}});
    }
    base::OutputBuffer out;
    ran = server.executor.run(server.session, requests, out);
    std::vector<char> scratch;
    return std::string(out.contiguous(scratch));
  }
  std::string log() {
    return server.executor.effect_log().bytes().data() == nullptr
               ? std::string()
               : std::string(server.executor.effect_log().bytes());
  }
  const CommandStatistics& statistics(std::string_view name) {
    return server.table.find_full(name)->statistics;
  }

  CommandFixture server{std::initializer_list<CommandFixture::AddFamily>{&add_rows}};
  std::size_t ran = 0;
};

using Lines = std::vector<std::string>;

// --- Admission ----------------------------------------------------------------------------------

TEST_F(ExecutorTest, UnknownCommandsAreShownWithTheirArguments) {
  EXPECT_EQ(server.run({"Nope"}), "-ERR unknown command 'Nope', with args beginning with: \r\n");
  EXPECT_EQ(server.run({"nope", "a", "b c"}),
            "-ERR unknown command 'nope', with args beginning with: 'a' 'b c' \r\n");
  EXPECT_EQ(server.run({"no\r\npe", "a\nb"}),
            "-ERR unknown command 'no  pe', with args beginning with: 'a b' \r\n");
  const std::string longest(200, 'n');
  const std::string reply = server.run({longest, longest, "more"});
  EXPECT_EQ(reply, "-ERR unknown command '" + longest.substr(0, 128) +
                       "', with args beginning with: '" + longest.substr(0, 128) + "' \r\n");
}

TEST_F(ExecutorTest, WrongArity) {
  EXPECT_EQ(server.run({"READ"}), "-ERR wrong number of arguments for 'read' command\r\n");
  EXPECT_EQ(server.run({"read", "a", "b"}),
            "-ERR wrong number of arguments for 'read' command\r\n");
  EXPECT_EQ(server.run({"shrink"}), "-ERR wrong number of arguments for 'shrink' command\r\n");
  EXPECT_EQ(server.run({"shrink", "a", "b", "c"}), "+OK\r\n");
  EXPECT_EQ(server.run({"box", "one"}), "-ERR wrong number of arguments for 'box|one' command\r\n");
  EXPECT_EQ(server.run({"box"}), "-ERR wrong number of arguments for 'box' command\r\n");
  EXPECT_EQ(statistics("read").rejected, 2U);
  EXPECT_EQ(statistics("box|one").rejected, 1U);
  EXPECT_EQ(statistics("read").calls, 0U);
}

TEST_F(ExecutorTest, Subcommands) {
  EXPECT_EQ(server.run({"BOX", "ONE", "x"}), "+OK\r\n");
  EXPECT_EQ(server.run({"box", "Two", "x"}), "-ERR unknown subcommand 'Two'. Try BOX HELP.\r\n");
  EXPECT_EQ(server.run({"open2", "other"}), "-ERR unknown subcommand 'other'. Try OPEN2 HELP.\r\n");
  EXPECT_EQ(statistics("box|one").calls, 1U);
}

TEST_F(ExecutorTest, AuthenticationComesFirst) {
  server.executor.access().set_password("secret");
  server.executor.open_session(server.session);
  ServerState state;
  state.loading = state.out_of_memory = true;
  state.disk_error = "disk gone";
  server.executor.set_state(state);
  EXPECT_EQ(server.run({"write", "k", "v"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(server.run({"open"}), "+OK\r\n");
  EXPECT_EQ(server.run({"nope"}), "-ERR unknown command 'nope', with args beginning with: \r\n");
  EXPECT_EQ(server.run({"read"}), "-ERR wrong number of arguments for 'read' command\r\n");
  EXPECT_TRUE(server.run({"hello"}).starts_with("-NOAUTH HELLO must be called with the client"));
  EXPECT_EQ(statistics("write").rejected, 1U);
}

TEST_F(ExecutorTest, Passwords) {
  Access& access = server.executor.access();
  const auto login = [&](std::string_view user, std::string_view password) {
    return access.authenticate(server.session, user, password, "AUTH", 0);
  };
  EXPECT_TRUE(login("default", "anything"));
  EXPECT_FALSE(login("other", "anything"));
  access.set_password("secret");
  server.executor.open_session(server.session);
  for (const std::string_view wrong : {"", "s", "secre", "secrets", "Secret", "secretsecret"}) {
    EXPECT_FALSE(login("default", wrong)) << wrong;
    EXPECT_FALSE(server.session.authenticated);
  }
  EXPECT_TRUE(login("default", "secret"));
  EXPECT_EQ(server.run({"read", "k"}), "$-1\r\n");
}

TEST_F(ExecutorTest, ReasonsOfTheServerInTheirOrder) {
  ServerState state;
  state.loading = state.out_of_memory = true;
  state.disk_error = "disk gone";
  const auto set = [&] { server.executor.set_state(state); };
  set();
  EXPECT_EQ(server.run({"write", "k", "v"}),
            "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  EXPECT_EQ(server.run({"shrink", "k"}), "-MISCONF Errors writing to the AOF file: disk gone\r\n");
  EXPECT_EQ(server.run({"read", "k"}), "-LOADING Redis is loading the dataset in memory\r\n");
  EXPECT_EQ(server.run({"open"}), "+OK\r\n");
  state.out_of_memory = false;
  set();
  EXPECT_EQ(server.run({"write", "k", "v"}),
            "-MISCONF Errors writing to the AOF file: disk gone\r\n");
  state.disk_error.clear();
  set();
  EXPECT_EQ(server.run({"write", "k", "v"}), "-LOADING Redis is loading the dataset in memory\r\n");
  state.loading = false;
  set();
  EXPECT_EQ(server.run({"write", "k", "v"}), "+OK\r\n");
  state.out_of_memory = true;
  set();
  EXPECT_EQ(server.run({"shrink", "k"}), "+OK\r\n") << "what needs no memory goes on";
  EXPECT_EQ(server.run({"read", "k"}), "$1\r\nv\r\n");
}

TEST_F(ExecutorTest, ErrorsAreCountedByCode) {
  server.run({"nope"});
  server.run({"read"});
  server.run({"faillate", "k"});
  ServerState state;
  state.out_of_memory = true;
  server.executor.set_state(state);
  server.run({"write", "k", "v"});
  const ExecutorStatistics& counted = server.executor.statistics();
  EXPECT_EQ(counted.errors, 4U);
  EXPECT_EQ(counted.errors_by_code.at("ERR"), 2U);
  EXPECT_EQ(counted.errors_by_code.at("WRONGTYPE"), 1U);
  EXPECT_EQ(counted.errors_by_code.at("OOM"), 1U);
  EXPECT_EQ(statistics("faillate").failed, 1U);
  EXPECT_EQ(statistics("faillate").calls, 1U);
  EXPECT_EQ(statistics("write").rejected, 1U);
}

TEST_F(ExecutorTest, ErrorCodesMadeOfInputCannotFillTheMemory) {
  for (int i = 0; i < 1000; ++i) {
    server.executor.count_error("CODE" + std::to_string(i));
  }
  EXPECT_EQ(server.executor.statistics().errors, 1000U);
  EXPECT_LE(server.executor.statistics().errors_by_code.size(), 192U);
}

// --- Running ------------------------------------------------------------------------------------

TEST_F(ExecutorTest, NoHalfReplyLeaves) {
  EXPECT_EQ(run_batch({{"open"}, {"faillate", "k"}, {"open"}}),
            "+OK\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n+OK\r\n");
}

TEST_F(ExecutorTest, ABatchRunsInOrderBeyondTheSizeOfABatch) {
  std::vector<std::string> values;
  for (int i = 0; i < 300; ++i) {
    values.push_back(std::to_string(i));
  }
  std::vector<std::vector<std::string_view>> commands;
  std::string expected;
  for (const std::string& value : values) {
    commands.push_back({"write", "k", value});
    commands.push_back({"read", "k"});
    expected += "+OK\r\n$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  }
  EXPECT_EQ(run_batch(commands), expected);
  EXPECT_EQ(ran, 600U);
}

TEST_F(ExecutorTest, SelectTakesEffectWithinABatch) {
  EXPECT_EQ(run_batch({{"write", "k", "zero"},
                       {"select", "2"},
                       {"read", "k"},
                       {"write", "k", "two"},
                       {"select", "0"},
                       {"read", "k"}}),
            "+OK\r\n+OK\r\n$-1\r\n+OK\r\n+OK\r\n$4\r\nzero\r\n");
}

TEST_F(ExecutorTest, NothingRunsAfterTheSessionCloses) {
  EXPECT_EQ(run_batch({{"write", "k", "1"}, {"quit"}, {"write", "k", "2"}}), "+OK\r\n+OK\r\n");
  EXPECT_EQ(ran, 2U);
  EXPECT_EQ(run_batch({{"write", "k", "2"}}), "");
  EXPECT_EQ(ran, 0U);
}

TEST_F(ExecutorTest, Silence) {
  EXPECT_EQ(run_batch({{"mode", "off"}, {"open"}, {"nope"}, {"faillate", "k"}}), "");
  EXPECT_EQ(run_batch({{"write", "k", "v"}}), "");
  EXPECT_EQ(run_batch({{"mode", "on"}, {"read", "k"}}), "+OK\r\n$1\r\nv\r\n") << "it ran";
  EXPECT_EQ(run_batch({{"mode", "skip"}, {"open"}, {"read", "k"}}), "$1\r\nv\r\n");
  EXPECT_EQ(run_batch({{"mode", "skip"}}), "");
  EXPECT_EQ(run_batch({{"nope"}, {"open"}}), "+OK\r\n") << "a refused command is skipped, too";
  EXPECT_EQ(run_batch({{"mode", "skip"}, {"mode", "on"}, {"open"}}), "+OK\r\n+OK\r\n");
  EXPECT_EQ(run_batch({{"mode", "skip"}, {"mode", "skip"}, {"open"}, {"open"}}), "+OK\r\n");
}

TEST_F(ExecutorTest, TimeStandsStillWithinAShortBatchAndMovesOnAfterALongCommand) {
  const std::string now = ":" + std::to_string(server.clock.wall_ms()) + "\r\n";
  const std::string later = ":" + std::to_string(server.clock.wall_ms() + 50) + "\r\n";
  EXPECT_EQ(
      run_batch({{"telltime"}, {"spend", "100"}, {"telltime"}, {"spend", "50000"}, {"telltime"}}),
      now + "+OK\r\n" + now + "+OK\r\n" + later);
}

// --- Effects ------------------------------------------------------------------------------------

TEST_F(ExecutorTest, TheEffectOfAChangeIsTheCommandItself) {
  server.run({"Write", "k", "v"});
  EXPECT_EQ(server.effects(), (Lines{"Write k v"}));
  server.run({"read", "k"});
  EXPECT_EQ(server.effects(), Lines{});
  server.run({"nothing", "k"});
  EXPECT_EQ(server.effects(), Lines{}) << "no change, no effect";
  server.run({"failafter", "k"});
  EXPECT_EQ(server.effects(), (Lines{"failafter k"})) << "what did change must be repeated";
}

TEST_F(ExecutorTest, ACanonicalFrameIsTakenAsItCame) {
  server.executor.effect_log().clear();
  server.executor.effect_log().forget_database();
  const std::string_view words[] = {"write", "k", "v"};
  const resp::Request request{words, "*3\r\n$5\r\nwrite\r\n$1\r\nk\r\n$1\r\nv\r\n"};
  base::OutputBuffer out;
  server.executor.run(server.session, {&request, 1}, out);
  EXPECT_EQ(log(), "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + std::string(request.frame));
}

TEST_F(ExecutorTest, ReplacedSuppressedAndForcedEffects) {
  server.run({"once", "k"});
  EXPECT_EQ(server.effects(), (Lines{"SET k 1"}));
  server.run({"twice", "k"});
  EXPECT_EQ(server.effects(), (Lines{"MULTI", "SET k 1", "PEXPIREAT k 9", "EXEC"}));
  server.run({"idle", "k"});
  EXPECT_EQ(server.effects(), Lines{});
  server.run({"write", "k", "after"});
  EXPECT_EQ(server.effects(), (Lines{"write k after"})) << "nothing is left of the one before";
  server.run({"secret", "k"});
  EXPECT_EQ(server.effects(), Lines{});
  server.run({"force"});
  EXPECT_EQ(server.effects(), (Lines{"force"}));
}

TEST_F(ExecutorTest, EffectsNameTheirDatabaseWhenItChanges) {
  EffectLog& effects = server.executor.effect_log();
  effects.clear();
  effects.forget_database();
  run_batch({{"write", "a", "1"},
             {"select", "3"},
             {"read", "a"},
             {"write", "a", "2"},
             {"write", "b", "3"},
             {"select", "0"},
             {"write", "c", "4"}});
  const auto request = [](const std::vector<std::string>& words) {
    std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) {
      bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    }
    return bytes;
  };
  EXPECT_EQ(log(), request({"SELECT", "0"}) + request({"write", "a", "1"}) +
                       request({"SELECT", "3"}) + request({"write", "a", "2"}) +
                       request({"write", "b", "3"}) + request({"SELECT", "0"}) +
                       request({"write", "c", "4"}));
  effects.clear();
  effects.forget_database();
  run_batch({{"twice", "k"}});
  EXPECT_TRUE(log().starts_with(request({"MULTI"}) + request({"SELECT", "0"})));
}

TEST_F(ExecutorTest, AVanishedKeyIsDeletedBeforeTheEffectThatFollows) {
  server.run({"deadline", "k"});
  server.advance(std::chrono::milliseconds(10));
  server.run({"write", "k", "new"});
  EXPECT_EQ(server.effects(), (Lines{"DEL k", "write k new"}));
  server.run({"deadline", "k"});
  server.advance(std::chrono::milliseconds(10));
  EXPECT_EQ(server.run({"read", "k"}), "$-1\r\n");
  EXPECT_EQ(server.effects(), (Lines{"DEL k"})) << "a read that finds an expired key deletes it";
}

TEST_F(ExecutorTest, ExpireDueLogsWhatVanished) {
  for (const std::string_view name : {"a", "b", "c"}) {
    server.run({"deadline", name});
  }
  server.advance(std::chrono::milliseconds(10));
  server.executor.effect_log().clear();
  EXPECT_TRUE(server.executor.expire_due(2));
  EXPECT_EQ(server.effects().size(), 2U);
  EXPECT_FALSE(server.executor.expire_due(2));
  EXPECT_EQ(server.effects().size(), 3U);
  EXPECT_EQ(server.keyspace.size(), 0U);
}

TEST_F(ExecutorTest, AReplayIsNotLoggedAgain) {
  server.session.replay = true;
  server.run({"write", "k", "v"});
  server.run({"twice", "k"});
  EXPECT_EQ(log(), "");
}

// --- Statistics ---------------------------------------------------------------------------------

TEST_F(ExecutorTest, LatencyGoesToTheCommandThatTookIt) {
  run_batch({{"open"}, {"spend", "3"}, {"spend", "100"}, {"open"}});
  EXPECT_EQ(statistics("spend").calls, 2U);
  EXPECT_EQ(statistics("spend").nanoseconds, 103'000U);
  EXPECT_EQ(statistics("open").calls, 2U);
  EXPECT_EQ(statistics("open").nanoseconds, 0U);
  EXPECT_EQ(statistics("spend").histogram[2], 1U) << "3 us: below 2^2";
  EXPECT_EQ(statistics("spend").histogram[7], 1U) << "100 us: below 2^7";
  EXPECT_EQ(statistics("open").histogram[0], 2U);
  server.table.reset_statistics();
  EXPECT_EQ(statistics("spend").calls, 0U);
}

TEST_F(ExecutorTest, SlowLogKeepsWhatTookLongest) {
  SlowLog& slow = server.executor.slow_log();
  slow.settings() = {1000, 2};
  server.session.address = "1.2.3.4:5";
  server.session.name = "me";
  run_batch({{"spend", "999"}, {"spend", "1000"}, {"spendunseen", "5000"}, {"spend", "2000"}});
  ASSERT_EQ(slow.entries().size(), 2U);
  EXPECT_EQ(slow.entries()[0].duration_us, 2000);
  EXPECT_EQ(slow.entries()[0].id, 1);
  EXPECT_EQ(slow.entries()[1].duration_us, 1000);
  EXPECT_EQ(slow.entries()[1].arguments, (Lines{"spend", "1000"}));
  EXPECT_EQ(slow.entries()[1].address, "1.2.3.4:5");
  EXPECT_EQ(slow.entries()[1].name, "me");
  run_batch({{"spend", "4000"}});
  EXPECT_EQ(slow.entries().size(), 2U);
  EXPECT_EQ(slow.entries()[0].id, 2);
  slow.settings().threshold_us = -1;
  run_batch({{"spend", "4000"}});
  EXPECT_EQ(slow.entries()[0].id, 2);
}

TEST_F(ExecutorTest, SlowLogShortensArguments) {
  server.executor.slow_log().settings() = {0, 10};
  const std::string text(200, 'x');
  std::vector<std::string_view> words{"shrink", text};
  words.resize(40, "w");
  server.run(words);
  const auto& shown = server.executor.slow_log().entries()[0].arguments;
  ASSERT_EQ(shown.size(), 32U);
  EXPECT_EQ(shown[1], text.substr(0, 128) + "... (72 more bytes)");
  EXPECT_EQ(shown[31], "... (9 more arguments)");
}

// --- Sessions -----------------------------------------------------------------------------------

TEST(SessionRegistry, IdsAscendAndAreNotUsedAgain) {
  SessionRegistry registry;
  Session a;
  Session b;
  Session c;
  registry.add(a);
  registry.add(b);
  EXPECT_EQ(a.id, 1U);
  EXPECT_EQ(b.id, 2U);
  registry.remove(b);
  EXPECT_EQ(registry.find(2), nullptr);
  registry.add(c);
  EXPECT_EQ(c.id, 3U);
  EXPECT_EQ(registry.find(1), &a);
  EXPECT_EQ(registry.size(), 2U);
}

}  // namespace
}  // namespace sorrel::exec
