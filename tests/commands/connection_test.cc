// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/connection cannot see from outside: which transports a kill
// closes and when, ages on a clock turned by hand, names that CLIENT LIST must not show whole, what
// CLIENT NO-TOUCH leaves alone, and how the modes of CLIENT REPLY follow each other. One thread.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FakeTransport final : public exec::Transport {
 public:
  void close() override { ++closed; }
  exec::TransportStatistics statistics() const override { return {7, 9, 11, 13, 15}; }
  base::OutputBuffer& output() override { return output_; }
  void resume(bool) override { ++resumed; }
  void send_soon() override {}

  int resumed = 0;
  int closed = 0;

 private:
  base::OutputBuffer output_;
};

// A second client, known to the server while it lives.
struct OtherClient {
  explicit OtherClient(exec::Executor& server, std::int64_t now_ms) : executor(server) {
    session.transport = &transport;
    session.created_ms = now_ms;
    session.last_interaction_ms = now_ms;
    session.address = "127.0.0.1:50000";
    executor.sessions().add(session);
    executor.open_session(session);
  }
  ~OtherClient() { executor.sessions().remove(session); }
  OtherClient(const OtherClient&) = delete;
  OtherClient& operator=(const OtherClient&) = delete;

  exec::Executor& executor;
  FakeTransport transport;
  exec::Session session;
};

class Connection : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_connection_commands, &add_string_commands, &add_key_commands}};
  OtherClient other{server.executor, server.clock.wall_ms()};
};

TEST_F(Connection, AKilledClientIsClosedOnceAndNoLongerListed) {
  EXPECT_EQ(server.run({"CLIENT", "KILL", "127.0.0.1:50000"}), "+OK\r\n");
  EXPECT_EQ(other.transport.closed, 1);
  EXPECT_TRUE(other.session.close_after_reply);
  EXPECT_EQ(server.run({"CLIENT", "KILL", "127.0.0.1:50000"}), "-ERR No such client\r\n");
  EXPECT_EQ(server.run({"CLIENT", "KILL", "ID", "2"}), ":0\r\n");
  EXPECT_EQ(server.run({"CLIENT", "LIST", "ID", "2"}), "$0\r\n\r\n");
  EXPECT_THAT(server.run({"CLIENT", "LIST"}), Not(HasSubstr("addr=127.0.0.1:50000")));
  EXPECT_EQ(other.transport.closed, 1);
}

TEST_F(Connection, AClientThatKillsItselfGetsItsReply) {
  FakeTransport own;
  server.session.transport = &own;
  EXPECT_EQ(server.run({"CLIENT", "KILL", "ID", "1", "SKIPME", "no"}), ":1\r\n");
  EXPECT_EQ(own.closed, 0);
  EXPECT_TRUE(server.session.close_after_reply);
}

TEST_F(Connection, MaxAgeCountsWholeSeconds) {
  server.session.created_ms = server.clock.wall_ms();
  server.advance(std::chrono::milliseconds(1999));
  EXPECT_EQ(server.run({"CLIENT", "KILL", "MAXAGE", "2"}), ":0\r\n");
  server.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(server.run({"CLIENT", "KILL", "MAXAGE", "2"}), ":1\r\n");
  EXPECT_EQ(other.transport.closed, 1);
}

TEST_F(Connection, AllFiltersOfAKillMustBeMet) {
  EXPECT_EQ(server.run({"CLIENT", "KILL", "ID", "2", "TYPE", "pubsub"}), ":0\r\n");
  EXPECT_EQ(server.run({"CLIENT", "KILL", "ID", "2", "ADDR", "127.0.0.1:1"}), ":0\r\n");
  EXPECT_EQ(other.transport.closed, 0);
  EXPECT_EQ(server.run({"CLIENT", "KILL", "ID", "2", "TYPE", "normal", "ADDR", "127.0.0.1:50000",
                        "USER", "default"}),
            ":1\r\n");
  EXPECT_EQ(other.transport.closed, 1);
}

TEST_F(Connection, TheListTellsAgeIdlenessAndTheSizesOfTheTransport) {
  server.advance(std::chrono::seconds(5));
  const std::string line = server.run({"CLIENT", "LIST", "ID", "2"});
  EXPECT_THAT(line, HasSubstr(" age=5 idle=5 flags=N "));
  EXPECT_THAT(line, HasSubstr(" qbuf=7 qbuf-free=9 argv-mem=0 "));
  EXPECT_THAT(line, HasSubstr(" obl=11 oll=0 omem=0 tot-mem=15 events=rw cmd=NULL user=default "));
}

TEST_F(Connection, ANameIsShownToItsFirstZeroByte) {
  const std::string name("ab\0 id=7\n", 9);
  EXPECT_EQ(server.run({"CLIENT", "SETNAME", name}), "+OK\r\n");
  EXPECT_EQ(server.run({"CLIENT", "GETNAME"}), "$9\r\n" + name + "\r\n");
  EXPECT_THAT(server.run({"CLIENT", "INFO"}), HasSubstr(" name=ab age="));
}

TEST_F(Connection, ARefusedHelloChangesNothing) {
  server.executor.access().set_password("secret");
  EXPECT_THAT(server.run({"HELLO", "3", "SETNAME", "x", "AUTH", "default", "no"}),
              StartsWith("-WRONGPASS "));
  EXPECT_EQ(server.run({"CLIENT", "GETNAME"}), "$-1\r\n");
  EXPECT_EQ(server.session.protocol, resp::Protocol::kResp2);
  EXPECT_TRUE(server.session.authenticated);
}

TEST_F(Connection, ResetAsksForThePasswordAgain) {
  server.executor.access().set_password("secret");
  EXPECT_EQ(server.run({"PING"}), "+PONG\r\n");
  EXPECT_EQ(server.run({"RESET"}), "+RESET\r\n");
  EXPECT_EQ(server.run({"PING"}), "-NOAUTH Authentication required.\r\n");
  EXPECT_THAT(server.run({"HELLO", "3"}), StartsWith("-NOAUTH HELLO must be called "));
  EXPECT_THAT(server.run({"HELLO", "3", "AUTH", "default", "secret"}), StartsWith("%7\r\n"));
  EXPECT_EQ(server.run({"PING"}), "+PONG\r\n");
}

TEST_F(Connection, NoTouchReadsWithoutMarkingTheKeyAsUsed) {
  server.run({"SET", "k", "v"});
  EXPECT_EQ(server.run({"CLIENT", "NO-TOUCH", "ON"}), "+OK\r\n");
  server.advance(std::chrono::seconds(7));
  server.run({"GET", "k"});
  EXPECT_EQ(server.run({"OBJECT", "IDLETIME", "k"}), ":7\r\n");
  EXPECT_EQ(server.run({"CLIENT", "NO-TOUCH", "OFF"}), "+OK\r\n");
  server.run({"GET", "k"});
  EXPECT_EQ(server.run({"OBJECT", "IDLETIME", "k"}), ":0\r\n");
}

TEST_F(Connection, ReplySkipHidesOneCommandUnlessThatOneAsksForReplies) {
  EXPECT_EQ(server.run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(server.run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(server.run({"PING"}), "");
  EXPECT_EQ(server.run({"PING"}), "+PONG\r\n");
  EXPECT_EQ(server.run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(server.run({"CLIENT", "REPLY", "ON"}), "+OK\r\n");
  EXPECT_EQ(server.run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(server.run({"RESET"}), "");
  EXPECT_EQ(server.run({"PING"}), "+PONG\r\n");
}

TEST_F(Connection, ReplyOffLastsUntilOnOrReset) {
  EXPECT_EQ(server.run({"CLIENT", "REPLY", "OFF"}), "");
  EXPECT_EQ(server.run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(server.run({"PING"}), "");
  EXPECT_EQ(server.run({"nosuch"}), "");
  EXPECT_EQ(server.run({"RESET"}), "+RESET\r\n");
  EXPECT_EQ(server.run({"PING"}), "+PONG\r\n");
}

}  // namespace
}  // namespace sorrel::commands
