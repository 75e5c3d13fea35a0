// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/bitmap cannot see from outside: which commands are repeated
// from the log, and what no test of a reference server can show. One thread.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Bitmaps : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_bitmap_commands, &add_string_commands, &add_key_commands}};
};

TEST_F(Bitmaps, OnlyAChangeIsRepeated) {
  server.run({"SETBIT", "k", "5", "0"});
  EXPECT_THAT(server.effects(), ElementsAre("SETBIT k 5 0"));
  server.run({"SETBIT", "k", "5", "0"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"SETBIT", "k", "5", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("SETBIT k 5 1"));
  server.run({"SETBIT", "k", "5", "1"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"SETBIT", "k", "90", "0"});
  EXPECT_THAT(server.effects(), ElementsAre("SETBIT k 90 0"));
}

TEST_F(Bitmaps, FieldsAreRepeatedWhenOneChanged) {
  server.run({"BITFIELD", "k", "SET", "u8", "0", "7", "GET", "u8", "0"});
  EXPECT_THAT(server.effects(), ElementsAre("BITFIELD k SET u8 0 7 GET u8 0"));
  server.run({"BITFIELD", "k", "SET", "u8", "0", "7", "INCRBY", "u8", "0", "0"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"BITFIELD", "k", "GET", "u8", "0"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u3", "5", "1"});
  EXPECT_THAT(server.effects(), IsEmpty());
  // The string grew.
  server.run({"BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u3", "50", "9"});
  EXPECT_THAT(server.effects(), ElementsAre("BITFIELD k OVERFLOW FAIL INCRBY u3 50 9"));
  server.run({"BITFIELD", "new", "OVERFLOW", "FAIL", "INCRBY", "u3", "5", "9"});
  EXPECT_THAT(server.effects(), ElementsAre("BITFIELD new OVERFLOW FAIL INCRBY u3 5 9"));
  EXPECT_EQ(server.run({"STRLEN", "new"}), ":1\r\n");
}

TEST_F(Bitmaps, ACombinationIsRepeatedAsItCame) {
  server.run({"SET", "a", "xy"});
  server.run({"BITOP", "NOT", "d", "a"});
  EXPECT_THAT(server.effects(), ElementsAre("BITOP NOT d a"));
  server.run({"BITOP", "OR", "d", "missing"});
  EXPECT_THAT(server.effects(), ElementsAre("BITOP OR d missing"));
  server.run({"BITOP", "OR", "d", "missing"});
  EXPECT_THAT(server.effects(), IsEmpty());
}

// Redis 8.0 multiplies in 64 bits and reads the field at the start.
TEST_F(Bitmaps, ANumberedFieldBeyond64BitsIsRefused) {
  server.run({"SET", "k", "x"});
  EXPECT_EQ(server.run({"BITFIELD", "k", "GET", "u8", "#2305843009213693952"}),
            "-ERR bit offset is not an integer or out of range\r\n");
}

// Redis 8.0 answers the largest number: the distance to it leaves 64 bits there.
TEST_F(Bitmaps, ANumberFarBelowSaturatesToTheSmallest) {
  server.run({"BITFIELD", "k", "OVERFLOW", "SAT", "SET", "i63", "0", "-9223372036854775807"});
  EXPECT_EQ(server.run({"BITFIELD", "k", "GET", "i63", "0"}), "*1\r\n:-4611686018427387904\r\n");
}

TEST_F(Bitmaps, ALongDestinationDoesNotKeepItsRoom) {
  server.run({"SETRANGE", "d", "1000000", "x"});
  const std::string before = server.run({"STRLEN", "d"});
  EXPECT_EQ(before, ":1000001\r\n");
  server.run({"SET", "a", std::string(2000, 'a')});
  EXPECT_EQ(server.run({"BITOP", "NOT", "d", "a"}), ":2000\r\n");
  const auto* record = server.keyspace.database(0).peek(server.keyspace.key("d"));
  ASSERT_NE(record, nullptr);
  EXPECT_LT(record->memory_bytes(), 10'000U);
}

}  // namespace
}  // namespace sorrel::commands
