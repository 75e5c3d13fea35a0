// SPDX-License-Identifier: BSD-3-Clause
//
// DUMP and RESTORE: which effects they have, what a replay makes of a deadline, and which payloads
// are written for which reader.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/crc.h>
#include <sorrel/commands/families.h>
#include <sorrel/persist/dump_commands.h>

#include "support/command_fixture.h"

namespace sorrel::persist {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// The body of a payload with its seal.
std::string sealed(std::string payload, unsigned version = 10) {
  payload += static_cast<char>(version);
  payload += '\0';
  const std::uint64_t checksum = base::crc64(payload);
  for (int i = 0; i < 8; ++i) payload += static_cast<char>(checksum >> (8 * i) & 0xff);
  return payload;
}

class DumpCommands : public testing::Test {
 protected:
  test::CommandFixture server{{&commands::add_string_commands, &commands::add_key_commands,
                               &commands::add_sorted_set_commands,
                               static_cast<void (*)(exec::CommandTable&)>(&add_dump_commands)}};

  std::string at(std::int64_t ms) { return std::to_string(server.clock.wall_ms() + ms); }
  // The payload of a key without its seal.
  std::string dumped(std::string_view key) {
    const std::string reply = server.run({"DUMP", key});
    const std::size_t begin = reply.find("\r\n") + 2;
    return reply.substr(begin, reply.size() - begin - 2 - 10);
  }
};

TEST_F(DumpCommands, RestoreRepeatsTheMoment) {
  const std::string payload = sealed("\0\1a"s);
  EXPECT_EQ(server.run({"RESTORE", "k", "0", payload}), "+OK\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("RESTORE k 0 " + payload));
  EXPECT_EQ(server.run({"restore", "k", "1000", payload, "REPLACE"}), "+OK\r\n");
  EXPECT_THAT(server.effects(),
              ElementsAre("RESTORE k " + at(1000) + " " + payload + " REPLACE ABSTTL"));
  const std::string moment = at(5000);
  EXPECT_EQ(server.run({"RESTORE-ASKING", "k", moment, payload, "ABSTTL", "REPLACE"}), "+OK\r\n");
  EXPECT_THAT(server.effects(),
              ElementsAre("RESTORE k " + moment + " " + payload + " ABSTTL REPLACE"));
}

TEST_F(DumpCommands, APastMomentIsRepeatedAsDeletion) {
  const std::string payload = sealed("\0\1a"s);
  EXPECT_EQ(server.run({"RESTORE", "k", "1", payload, "ABSTTL"}), "+OK\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"SET", "k", "v"});
  EXPECT_EQ(server.run({"RESTORE", "k", "1", payload, "ABSTTL", "REPLACE"}), "+OK\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("DEL k"));
  EXPECT_EQ(server.run({"EXISTS", "k"}), ":0\r\n");
}

TEST_F(DumpCommands, AReplayKeepsAPastMoment) {
  server.keyspace.set_expiry_enabled(false);
  EXPECT_EQ(server.run({"RESTORE", "k", "1", sealed("\0\1a"s), "ABSTTL"}), "+OK\r\n");
  EXPECT_EQ(server.run({"EXISTS", "k"}), ":1\r\n");
}

TEST_F(DumpCommands, ARefusalChangesNothing) {
  server.run({"SET", "k", "v", "EX", "100"});
  EXPECT_EQ(server.run({"RESTORE", "k", "0", sealed("\0\2a"s), "REPLACE"}),
            "-ERR Bad data format\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
  EXPECT_EQ(server.run({"GET", "k"}), "$1\r\nv\r\n");
  EXPECT_EQ(server.run({"TTL", "k"}), ":100\r\n");
}

TEST_F(DumpCommands, TellsWhyAPayloadWasRefused) {
  DumpSettings settings;
  std::string told;
  settings.report = [&](std::string_view key, std::string_view reason) {
    told = std::string(key) + ": " + std::string(reason);
  };
  exec::CommandTable table;
  add_dump_commands(table, settings);
  table.seal();
  exec::Executor executor(table, server.keyspace, server.clock, 1);
  base::OutputBuffer output;
  const std::string payload = sealed("\5\0"s);
  const std::string_view words[] = {"RESTORE", "k", "0", payload};
  executor.run_one(server.session, words, output);
  EXPECT_EQ(told, "k: a sorted set without elements");
  // The checksum is believed when it is told not to matter.
  settings.check_sum = false;
  std::string unsealed = sealed("\0\1a"s);
  unsealed.back() = static_cast<char>(~unsealed.back());
  const std::string_view again[] = {"RESTORE", "k", "0", unsealed};
  executor.run_one(server.session, again, output);
  EXPECT_NE(server.keyspace.database(0).peek(server.keyspace.key("k")), nullptr);
}

TEST_F(DumpCommands, DumpWritesWhatRedis70Reads) {
  server.run({"SET", "k", "hello"});
  EXPECT_EQ(dumped("k"), "\0\5hello"s);
  server.run({"SET", "k", "-5"});
  EXPECT_EQ(dumped("k"), "\0\xc0\xfb"s);
  server.run({"DEL", "k"});
  server.run({"ZADD", "k", "1.5", "a", "2", "b"});
  EXPECT_EQ(dumped("k"),
            "\x11\x14\x14\0\0\0\4\0\x81"
            "a\2\x83"
            "1.5\4\x81"
            "b\2\2\1\xff"s);
  const std::string reply = server.run({"DUMP", "k"});
  EXPECT_EQ(reply.substr(reply.size() - 12, 2), "\x0a\0"s);
  server.run({"ZADD", "k", "inf", std::string(65, 'x')});
  // Large: from the highest score down, as doubles.
  EXPECT_EQ(dumped("k").substr(0, 2), "\5\3"s);
  EXPECT_THAT(dumped("k"), testing::EndsWith("\0\0\0\0\0\0\xf0\x7f\1"
                                             "b\0\0\0\0\0\0\0\x40\1"
                                             "a\0\0\0\0\0\0\xf8\x3f"s));
}

TEST_F(DumpCommands, ReadsTheOldFormsOfSortedSets) {
  for (const std::string& body : {
           "\3\3\1a\3"
           "1.5\1b\xfe\1c\xff"s,
           "\5\3\1a\0\0\0\0\0\0\xf8\x3f\1b\0\0\0\0\0\0\xf0\x7f\1c\0\0\0\0\0\0\xf0\xff"s,
           "\x0c\x24\x24\0\0\0\x1d\0\0\0\6\0\0\1a\3\3"
           "1.5\5\1b\3\3inf\5\1c\3\4-inf\xff"s,
       }) {
    EXPECT_EQ(server.run({"RESTORE", "k", "0", sealed(body), "REPLACE"}), "+OK\r\n");
    EXPECT_EQ(server.run({"ZRANGE", "k", "0", "-1", "WITHSCORES"}),
              "*6\r\n$1\r\nc\r\n$4\r\n-inf\r\n$1\r\na\r\n$3\r\n1.5\r\n$1\r\nb\r\n$3\r\ninf\r\n");
  }
}

TEST_F(DumpCommands, RefusesDamagedSortedSets) {
  for (const std::string& body : {
           "\5\0"s, "\3\0"s, "\5\2\1a\0\0\0\0\0\0\xf8\x3f"s, "\5\1\1a\0\0\0\0\0\0\xf8\x7f"s,
           "\5\x80\xff\xff\xff\xff\1a\0\0\0\0\0\0\xf8\x3f"s,
           "\x11\7\7\0\0\0\0\0\xff"s,  // empty
           "\x11\x0a\x0a\0\0\0\1\0\x81"
           "a\2\xff"s,  // no score
           "\x11\x0d\x0d\0\0\0\2\0\x81"
           "a\2\x81"
           "x\2\xff"s,  // a score that is none
           "\x11\x12\x12\0\0\0\4\0\x81"
           "a\2\1\1\x81"
           "a\2\2\1\xff"s,                           // a member twice
           "\x0c\x0b\x0b\0\0\0\x0a\0\0\0\0\0\xff"s,  // empty
       }) {
    EXPECT_EQ(server.run({"RESTORE", "k", "0", sealed(body)}), "-ERR Bad data format\r\n");
  }
}

TEST_F(DumpCommands, EveryCutOfAPayloadIsRefused) {
  server.run({"ZADD", "k", "1.5", "a", "2", "b", "3", std::string(65, 'x')});
  const std::string body = dumped("k");
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_EQ(server.run({"RESTORE", "other", "0", sealed(body.substr(0, size))}),
              "-ERR Bad data format\r\n");
  }
  const std::string whole = sealed(body);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(server.run({"RESTORE", "other", "0", whole.substr(0, size)}).substr(0, 4), "-ERR");
  }
  EXPECT_EQ(server.run({"RESTORE", "other", "0", whole}), "+OK\r\n");
}

}  // namespace
}  // namespace sorrel::persist
