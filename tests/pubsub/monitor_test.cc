// SPDX-License-Identifier: BSD-3-Clause
//
// MONITOR: what is shown, how it is written, and who may be shown it.
#include <string>

#include "hub_fixture.h"

namespace sorrel::pubsub {
namespace {

class MonitorTest : public HubFixture {
 protected:
  MonitorTest() {
    a.session.address = "127.0.0.1:50000";
    clock.advance(std::chrono::microseconds(7));
  }

  ShownClient a{executor};
  ShownClient monitor{executor};
};

constexpr std::string_view kTime = "+1700000000.000007 ";

std::string line(std::string_view rest) { return std::string(kTime) + std::string(rest) + "|"; }

TEST_F(MonitorTest, ShowsCommandsAsTheyRun) {
  EXPECT_EQ(monitor.send("MONITOR"), "+OK|");
  a.send("SET k v");
  a.send("SELECT 3");
  EXPECT_EQ(monitor.told(), line(R"([0 127.0.0.1:50000] "SET" "k" "v")") +
                                line(R"([3 127.0.0.1:50000] "SELECT" "3")"));
  a.run({"ECHO", std::string_view("a \"\\\n\r\t\a\b\0\xff", 11)});
  EXPECT_EQ(monitor.told(), line(R"([3 127.0.0.1:50000] "ECHO" "a \"\\\n\r\t\a\b\x00\xff")"));
  a.session.address = "/run/sorrel.sock:0";
  a.send("PING");
  EXPECT_EQ(monitor.told(), line(R"([3 unix:/run/sorrel.sock] "PING")"));
  a.session.in_script = true;
  a.send("PING");
  a.session.in_script = false;
  EXPECT_EQ(monitor.told(), line(R"([3 lua] "PING")"));
}

TEST_F(MonitorTest, ShowsNoSecretNoOperatorAndNothingRefused) {
  monitor.send("MONITOR");
  a.send("AUTH default secret");
  EXPECT_EQ(monitor.told(), line(R"~([0 127.0.0.1:50000] "AUTH" "(redacted)" "(redacted)")~"));
  a.send("CLIENT LIST");
  a.send("GET");
  a.send("NOSUCHCOMMAND");
  EXPECT_EQ(monitor.told(), "");
}

TEST_F(MonitorTest, ShowsATransactionAsItRuns) {
  monitor.send("MONITOR");
  a.send("MULTI");
  EXPECT_EQ(monitor.told(), line(R"([0 127.0.0.1:50000] "MULTI")"));
  a.send("SET k v");
  EXPECT_EQ(monitor.told(), "");
  a.send("EXEC");
  EXPECT_EQ(monitor.told(),
            line(R"([0 127.0.0.1:50000] "SET" "k" "v")") + line(R"([0 127.0.0.1:50000] "EXEC")"));
}

TEST_F(MonitorTest, ShowsACommandThatWaitsWhenItComes) {
  monitor.send("MONITOR");
  a.send("BLPOP list 0");
  EXPECT_EQ(monitor.told(), line(R"([0 127.0.0.1:50000] "BLPOP" "list" "0")"));
  ShownClient other(executor);
  other.session.address = "127.0.0.1:50001";
  other.send("RPUSH list x");
  EXPECT_EQ(a.told(), "*2|$4|list|$1|x|");
  EXPECT_EQ(monitor.told(), line(R"([0 127.0.0.1:50001] "RPUSH" "list" "x")"));
}

TEST_F(MonitorTest, WhoMonitorsStaysAwayFromKeys) {
  monitor.session.address = "m";
  monitor.send("MONITOR");
  EXPECT_EQ(monitor.send("MONITOR"), "");
  EXPECT_EQ(monitor.send("GET k"), "-ERR Replica can't interact with the keyspace|");
  EXPECT_EQ(monitor.send("PING"), "+PONG|" + line(R"([0 m] "PING")"));
  EXPECT_EQ(monitor.send("RESET"), "+RESET|");
  a.send("PING");
  EXPECT_EQ(monitor.told(), "");
  EXPECT_EQ(monitor.send("GET k"), "$-1|");
  monitor.send("MULTI");
  monitor.send("MONITOR");
  EXPECT_EQ(monitor.send("EXEC"), "*1|-ERR MONITOR isn't allowed for DENY BLOCKING client|");
}

TEST_F(MonitorTest, OneThatGoesIsForgotten) {
  {
    ShownClient passing(executor);
    passing.send("MONITOR");
    EXPECT_TRUE(hub.monitors().any());
  }
  EXPECT_FALSE(hub.monitors().any());
  a.send("PING");
}

}  // namespace
}  // namespace sorrel::pubsub
