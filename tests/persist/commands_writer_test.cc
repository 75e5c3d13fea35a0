// SPDX-License-Identifier: BSD-3-Clause
//
// A keyspace as commands: what they make is what there was; slices of any size are the same bytes.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/persist/commands_writer.h>
#include <sorrel/persist/log_reader.h>

#include "support/every_type.h"
#include "support/log_fixture.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using test::request;

constexpr std::size_t kWhole = SIZE_MAX;

std::string commands_of(const test::EveryType& server, std::size_t budget) {
  std::string bytes;
  CommandsWriter writer([&](const std::string& piece) { bytes += piece; });
  server.write_all(writer, budget);
  return bytes;
}

void replay(const std::string& bytes, test::EveryType& server) {
  test::SimulatedDisk disk(1);
  disk.put("log", bytes);
  const ReplayResult result = replay_log(disk, "log", server.executor);
  EXPECT_EQ(result.status, ReplayResult::Status::kComplete) << result.reason;
  EXPECT_EQ(result.errors, 0U) << result.first_error;
}

class CommandsWriterTest : public testing::Test {
 protected:
  std::string commands() { return commands_of(server, kWhole); }

  test::EveryType server;
};

TEST_F(CommandsWriterTest, MakeWhatThereWas) {
  server.fill_small();
  server.fill_large();
  // What commands cannot say: an entry that is pending, and deleted.
  server.must({"XREADGROUP", "GROUP", "first", "anna", "COUNT", "2000", "STREAMS", "stream", ">"});
  test::EveryType other;
  replay(commands(), other);
  EXPECT_EQ(other.contents(), server.contents());
}

TEST_F(CommandsWriterTest, SlicesAreTheSameBytes) {
  server.fill_small();
  server.fill_large();
  const std::string whole = commands();
  for (const std::size_t budget : {1U, 2U, 100U, 10'000U}) {
    EXPECT_TRUE(commands_of(server, budget) == whole) << budget;
  }
}

TEST_F(CommandsWriterTest, WhatIsWalkingIsWrittenAsItWasWhenTheWalkBegan) {
  server.fill_large(1000);
  const std::string before = server.contents();
  std::string bytes;
  CommandsWriter writer([&](const std::string& piece) { bytes += piece; });
  server.write_snapshot(writer, [&] { server.disturb(); });
  writer.end();
  EXPECT_NE(server.contents(), before);
  test::EveryType other;
  replay(bytes, other);
  EXPECT_EQ(other.contents(), before);
}

TEST_F(CommandsWriterTest, SpellsThemAsOthersDo) {
  server.must({"SET", "k", "17", "PXAT", "4102444800000"});
  EXPECT_EQ(commands(), request({"SELECT", "0"}) + request({"SET", "k", "17"}) +
                            request({"PEXPIREAT", "k", "4102444800000"}));
  server.must({"DEL", "k"});
  server.must({"HSET", "k", "f", "v", "g", "w"});
  server.must({"HPEXPIREAT", "k", "4102444800000", "FIELDS", "1", "g"});
  // Those with deadlines come first in a small hash.
  EXPECT_EQ(commands(), request({"SELECT", "0"}) + request({"HMSET", "k", "g", "w", "f", "v"}) +
                            request({"HPEXPIREAT", "k", "4102444800000", "FIELDS", "1", "g"}));
  server.must({"DEL", "k"});
  server.must({"ZADD", "k", "-inf", "a", "0.1", "b"});
  EXPECT_EQ(commands(), request({"SELECT", "0"}) + request({"ZADD", "k", "-inf", "a", "0.1", "b"}));
  server.must({"DEL", "k"});
  server.must({"XGROUP", "CREATE", "k", "g", "0", "MKSTREAM"});
  EXPECT_EQ(commands(),
            request({"SELECT", "0"}) + request({"XADD", "k", "MAXLEN", "0", "0-1", "x", "y"}) +
                request({"XSETID", "k", "0-0", "ENTRIESADDED", "0", "MAXDELETEDID", "0-0"}) +
                request({"XGROUP", "CREATE", "k", "g", "0-0", "ENTRIESREAD", "-1"}));
}

TEST_F(CommandsWriterTest, LibrariesAndDatabases) {
  std::string bytes;
  CommandsWriter writer([&](const std::string& piece) { bytes += piece; });
  writer.library("#!lua name=l\n");
  writer.select(3);
  writer.select(3);
  writer.select(0);
  writer.end();
  EXPECT_EQ(bytes, request({"FUNCTION", "LOAD", "#!lua name=l\n"}) + request({"SELECT", "3"}) +
                       request({"SELECT", "0"}));
}

}  // namespace
}  // namespace sorrel::persist
