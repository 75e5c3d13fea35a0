// SPDX-License-Identifier: BSD-3-Clause
//
// What a script cannot see of transactions: that the log gets one unit, with what each command says
// must be repeated, and that nothing waits or is served within one.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Transactions : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_string_commands, &add_key_commands, &add_connection_commands,
                               &add_transaction_commands}};
};

TEST_F(Transactions, TheLogGetsOneUnit) {
  server.run({"MULTI"});
  server.run({"SET", "a", "1"});
  server.run({"GET", "a"});
  server.run({"INCRBYFLOAT", "a", "0.5"});
  EXPECT_THAT(server.effects(), IsEmpty());
  EXPECT_EQ(server.run({"EXEC"}), "*3\r\n+OK\r\n$1\r\n1\r\n$3\r\n1.5\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "SET a 1", "SET a 1.5 KEEPTTL", "EXEC"));
}

TEST_F(Transactions, WithoutEffectsNothingIsLogged) {
  server.run({"MULTI"});
  server.run({"GET", "a"});
  server.run({"EXEC"});
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(Transactions, AnotherDatabaseWithinTheUnit) {
  server.run({"MULTI"});
  server.run({"SET", "a", "1"});
  server.run({"SELECT", "3"});
  server.run({"SET", "b", "1"});
  server.run({"EXEC"});
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "SET a 1", "SET b 1", "EXEC"));
  EXPECT_EQ(server.session.database, 3U);
}

TEST_F(Transactions, AKeyThatExpiredIsNamedToo) {
  server.run({"SET", "a", "1", "PX", "5"});
  server.run({"MULTI"});
  server.run({"SETNX", "a", "2"});
  server.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(server.run({"EXEC"}), "*1\r\n:1\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("DEL a", "MULTI", "SET a 2", "EXEC"));
}

TEST_F(Transactions, AFullMemoryRefusesWhatWasQueuedBefore) {
  server.run({"MULTI"});
  server.run({"SET", "a", "1"});
  exec::ServerState state;
  state.out_of_memory = true;
  server.executor.set_state(state);
  EXPECT_EQ(server.run({"EXEC"}),
            "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory "
            "> 'maxmemory'.\r\n");
  EXPECT_EQ(server.run({"EXISTS", "a"}), ":0\r\n");
}

TEST_F(Transactions, ARefusedCommandFailsTheWhole) {
  exec::ServerState state;
  state.out_of_memory = true;
  server.executor.set_state(state);
  server.run({"MULTI"});
  EXPECT_EQ(server.run({"SET", "a", "1"}).substr(0, 5), "-OOM ");
  EXPECT_EQ(server.run({"GET", "a"}), "+QUEUED\r\n");
  EXPECT_EQ(server.run({"EXEC"}).substr(0, 11), "-EXECABORT ");
}

TEST_F(Transactions, WatchesEndWithTheSession) {
  server.run({"WATCH", "a", "b", "a"});
  EXPECT_EQ(server.executor.watches().keys(), 2U);
  server.executor.close_session(server.session);
  EXPECT_EQ(server.executor.watches().keys(), 0U);
  server.executor.sessions().add(server.session);
}

}  // namespace
}  // namespace sorrel::commands
