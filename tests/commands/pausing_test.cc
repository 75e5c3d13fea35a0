// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT PAUSE beneath its commands: what is postponed, when it goes on, and what stands still
// meanwhile.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/exec/executor.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::exec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using test::Client;
using test::CommandFixture;

class PausingTest : public testing::Test {
 protected:
  std::int64_t in(std::int64_t milliseconds) const { return server.clock.wall_ms() + milliseconds; }
  void pass(std::chrono::milliseconds time) {
    server.advance(time);
    server.executor.expire_due(100);
    server.executor.time_out_due();
  }

  CommandFixture server{{&commands::add_string_commands, &commands::add_key_commands,
                         &commands::add_list_commands, &commands::add_hash_commands,
                         &commands::add_transaction_commands, &commands::add_connection_commands}};
};

TEST_F(PausingTest, PausedWritesWaitAndReadsGoOn) {
  Client writer(server.executor);
  Client reader(server.executor);
  const std::int64_t end = server.clock.wall_ms() + 1000;
  server.executor.pause(Pause::kWrites, end);
  EXPECT_EQ(writer.run({"SET", "k", "v"}), "");
  EXPECT_TRUE(writer.session.postponed);
  EXPECT_EQ(reader.run({"GET", "k"}), "$-1\r\n");
  EXPECT_EQ(server.executor.postponed(), 1U);
  EXPECT_EQ(server.executor.next_timeout_ms(), end);
  server.advance(std::chrono::seconds(1));
  server.executor.time_out_due();
  EXPECT_FALSE(writer.session.postponed);
  EXPECT_EQ(writer.resumed, std::vector<bool>{false});
  EXPECT_EQ(writer.run({"SET", "k", "v"}), "+OK\r\n");
}

TEST_F(PausingTest, PauseHoldsATransactionThatWrites) {
  Client client(server.executor);
  client.run({"MULTI"});
  client.run({"SET", "k", "v"});
  server.executor.pause(Pause::kWrites, INT64_MAX);
  EXPECT_EQ(client.run({"EXEC"}), "");
  server.executor.pause(Pause::kNone, 0);
  EXPECT_EQ(client.run({"EXEC"}), "*1\r\n+OK\r\n");
  server.executor.pause(Pause::kAll, INT64_MAX);
  EXPECT_EQ(client.run({"PING"}), "");
  server.executor.close_session(client.session);
  client.session.id = 0;
  EXPECT_EQ(server.executor.postponed(), 0U);
}

TEST_F(PausingTest, ASecondPauseOnlyAddsToTheFirst) {
  const std::int64_t begin = in(0);
  server.run({"CLIENT", "PAUSE", "1000", "WRITE"});
  server.run({"CLIENT", "PAUSE", "10", "WRITE"});
  EXPECT_EQ(server.executor.paused(), Pause::kWrites);
  EXPECT_EQ(server.executor.paused_until_ms(), begin + 1000);
  server.run({"CLIENT", "PAUSE", "500", "ALL"});
  EXPECT_EQ(server.executor.paused(), Pause::kAll);
  EXPECT_EQ(server.executor.paused_until_ms(), begin + 1000);
  pass(std::chrono::milliseconds(1000));
  EXPECT_EQ(server.executor.paused(), Pause::kNone);
  server.run({"CLIENT", "PAUSE", "10", "WRITE"});
  EXPECT_EQ(server.executor.paused(), Pause::kWrites) << "the old one is over";
  EXPECT_EQ(server.executor.paused_until_ms(), begin + 1010);
}

TEST_F(PausingTest, RefusesAtOnceWhatItWouldRefuse) {
  Client client(server.executor);
  client.run({"MULTI"});
  server.executor.access().set_password("secret");
  Client stranger(server.executor);
  server.executor.pause(Pause::kAll, in(1000));
  EXPECT_EQ(stranger.run({"GET", "k"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(stranger.run({"AUTH", "secret"}), "");
  EXPECT_TRUE(stranger.session.postponed);
  EXPECT_EQ(client.run({"GET"}), "-ERR wrong number of arguments for 'get' command\r\n");
  EXPECT_FALSE(client.session.postponed);
}

TEST_F(PausingTest, DoesNotLookAtTheMemory) {
  ServerState state;
  state.out_of_memory = true;
  server.executor.set_state(state);
  Client client(server.executor);
  EXPECT_EQ(client.run({"SET", "k", "v"}),
            "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  server.executor.pause(Pause::kWrites, in(1000));
  EXPECT_EQ(client.run({"SET", "k", "v"}), "");
  EXPECT_TRUE(client.session.postponed);
}

TEST_F(PausingTest, WhoWaitsForAKeyIsServedWhenItEnds) {
  Client waiting(server.executor);
  waiting.run({"BLPOP", "list", "0"});
  server.run({"MULTI"});
  server.run({"CLIENT", "PAUSE", "1000", "WRITE"});
  server.run({"RPUSH", "list", "a", "b"});
  server.run({"EXEC"});
  EXPECT_TRUE(waiting.waits());
  pass(std::chrono::milliseconds(999));
  EXPECT_TRUE(waiting.waits());
  pass(std::chrono::milliseconds(1));
  EXPECT_EQ(waiting.read(), "*2\r\n$4\r\nlist\r\n$1\r\na\r\n");
  // The same by CLIENT UNPAUSE, whose own reply is whole.
  waiting.run({"BLPOP", "other", "0"});
  server.run({"MULTI"});
  server.run({"CLIENT", "PAUSE", "1000", "WRITE"});
  server.run({"RPUSH", "other", "a"});
  server.run({"EXEC"});
  EXPECT_TRUE(waiting.waits());
  EXPECT_EQ(server.run({"CLIENT", "UNPAUSE"}), "+OK\r\n");
  EXPECT_EQ(waiting.read(), "*2\r\n$5\r\nother\r\n$1\r\na\r\n");
}

TEST_F(PausingTest, TimesOutWhoWaitsForAKey) {
  Client waiting(server.executor);
  waiting.run({"BLPOP", "list", "0.1"});
  server.executor.pause(Pause::kAll, in(1000));
  pass(std::chrono::milliseconds(100));
  EXPECT_EQ(waiting.read(), "*-1\r\n");
}

TEST_F(PausingTest, NothingExpiresAndNothingIsLogged) {
  server.run({"SET", "k", "v", "PX", "10"});
  server.run({"HSET", "h", "f", "v", "g", "w"});
  server.run({"HPEXPIRE", "h", "10", "FIELDS", "1", "f"});
  server.executor.pause(Pause::kWrites, in(1000));
  server.executor.effect_log().clear();
  pass(std::chrono::milliseconds(20));
  EXPECT_EQ(server.run({"GET", "k"}), "$-1\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
  EXPECT_EQ(server.run({"HGET", "h", "f"}), "$-1\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
  EXPECT_EQ(server.keyspace.statistics().expired, 0U);
  server.executor.effect_log().clear();
  pass(std::chrono::seconds(1));
  server.executor.expire_due(100);
  EXPECT_THAT(server.effects(), ElementsAre("HDEL h f", "DEL k"));
  EXPECT_EQ(server.keyspace.statistics().expired, 1U);
}

TEST_F(PausingTest, AWatchedKeyWhoseTimeIsOverCountsAsChanged) {
  server.run({"SET", "k", "v", "PX", "10"});
  server.run({"WATCH", "k", "none"});
  server.executor.pause(Pause::kWrites, in(1000));
  pass(std::chrono::milliseconds(20));
  server.run({"MULTI"});
  server.run({"GET", "k"});
  EXPECT_EQ(server.run({"EXEC"}), "*-1\r\n");
}

}  // namespace
}  // namespace sorrel::exec
