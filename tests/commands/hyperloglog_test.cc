// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/hyperloglog cannot see from outside: which commands are
// repeated from the log, and that no damage to a value is trusted. One thread.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class HyperLogLogs : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_hyperloglog_commands, &add_string_commands, &add_key_commands}};
};

TEST_F(HyperLogLogs, AdditionsThatRaiseNothingAreNotRepeated) {
  server.run({"PFADD", "k"});
  EXPECT_THAT(server.effects(), ElementsAre("PFADD k"));
  server.run({"PFADD", "k"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"PFADD", "k", "a", "b"});
  EXPECT_THAT(server.effects(), ElementsAre("PFADD k a b"));
  server.run({"PFADD", "k", "b"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"PFDEBUG", "TODENSE", "k"});
  EXPECT_THAT(server.effects(), ElementsAre("PFDEBUG TODENSE k"));
  server.run({"PFDEBUG", "GETREG", "k"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"PFADD", "k", "b"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"PFADD", "k", "c"});
  EXPECT_THAT(server.effects(), ElementsAre("PFADD k c"));
}

TEST_F(HyperLogLogs, AKeptCountIsRepeated) {
  server.run({"PFADD", "k", "a"});
  EXPECT_EQ(server.run({"PFCOUNT", "k"}), ":1\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("PFCOUNT k"));
  EXPECT_EQ(server.run({"PFCOUNT", "k"}), ":1\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
  EXPECT_EQ(server.run({"PFCOUNT", "k", "other"}), ":1\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(HyperLogLogs, AMergeIsAlwaysRepeated) {
  server.run({"PFADD", "k", "a"});
  server.run({"PFMERGE", "d", "k"});
  EXPECT_THAT(server.effects(), ElementsAre("PFMERGE d k"));
  server.run({"PFMERGE", "d", "k"});
  EXPECT_THAT(server.effects(), ElementsAre("PFMERGE d k"));
}

TEST_F(HyperLogLogs, AnErrorChangesNothing) {
  server.run({"PFADD", "k", "a"});
  // The first run alone: most elements find no register.
  const std::string reply = server.run({"GETRANGE", "k", "0", "17"});
  const std::string bytes = reply.substr(reply.find("\r\n") + 2, 18);
  server.run({"SET", "cut", bytes});
  const std::string before = server.run({"GET", "cut"});
  EXPECT_THAT(server.run({"PFADD", "cut", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}),
              StartsWith("-INVALIDOBJ"));
  EXPECT_THAT(server.effects(), IsEmpty());
  EXPECT_EQ(server.run({"GET", "cut"}), before);
}

TEST_F(HyperLogLogs, DamageIsToldAndNeverTrusted) {
  base::Random random(1);
  for (int round = 0; round < 500; ++round) {
    server.run({"DEL", "k", "d"});
    for (std::uint64_t i = random.below(round % 10 == 0 ? 800 : 20); i > 0; --i) {
      server.run({"PFADD", "k", std::to_string(random.next())});
    }
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      const std::string reply = server.run({"STRLEN", "k"});
      const std::uint64_t size = std::stoull(reply.substr(1)) + 1;
      const std::string place =
          std::to_string(random.below(4) == 0 ? random.below(18) : random.below(size));
      const char byte = static_cast<char>(random.below(256));
      server.run({"SETRANGE", "k", place, std::string_view(&byte, 1)});
    }
    for (const std::string& reply :
         {server.run({"PFCOUNT", "k"}), server.run({"PFCOUNT", "k", "missing"}),
          server.run({"PFMERGE", "d", "k"}), server.run({"PFADD", "k", "x"}),
          server.run({"PFMERGE", "k", "d"}), server.run({"PFDEBUG", "DECODE", "k"}),
          server.run({"PFDEBUG", "TODENSE", "k"})}) {
      ASSERT_THAT(reply, AnyOf(StartsWith(":"), StartsWith("+"), StartsWith("$"),
                               StartsWith("-INVALIDOBJ Corrupted HLL object detected"),
                               StartsWith("-WRONGTYPE Key is not a valid HyperLogLog"),
                               StartsWith("-ERR HLL encoding is not sparse")));
    }
  }
}

TEST_F(HyperLogLogs, AValueLongerThanAnyIsCorrupt) {
  server.run({"PFADD", "k"});
  server.run({"SETRANGE", "k", "40000", "x"});
  EXPECT_THAT(server.run({"PFADD", "k", "a"}), StartsWith("-INVALIDOBJ"));
  EXPECT_THAT(server.run({"PFDEBUG", "GETREG", "k"}), StartsWith("-INVALIDOBJ"));
}

TEST_F(HyperLogLogs, TheSelfTestPasses) { EXPECT_EQ(server.run({"PFSELFTEST"}), "+OK\r\n"); }

}  // namespace
}  // namespace sorrel::commands
