// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/list cannot see from outside: which effects a command leaves
// for the log, and that replaying them gives the same lists. One thread.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Lists : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_list_commands, &add_string_commands, &add_key_commands}};
};

TEST_F(Lists, ChangesAreRepeatedAsTheyCame) {
  const std::vector<std::vector<std::string_view>> commands = {
      {"RPUSH", "l", "a", "b", "c", "d", "e", "f", "g"},
      {"LPUSHX", "l", "z"},
      {"LSET", "l", "1", "x"},
      {"LREM", "l", "-1", "x"},
      {"LINSERT", "l", "BEFORE", "b", "y"},
      {"LTRIM", "l", "1", "-1"},
      {"LPOP", "l"},
      {"RPOP", "l", "2"},
      {"LMOVE", "l", "m", "LEFT", "RIGHT"},
      {"RPOPLPUSH", "l", "l"},
      {"LTRIM", "l", "5", "1"}};
  for (const auto& command : commands) {
    server.run(std::span<const std::string_view>(command));
    std::string line;
    for (const auto word : command) line += (line.empty() ? "" : " ") + std::string(word);
    EXPECT_THAT(server.effects(), ElementsAre(line));
  }
  EXPECT_EQ(server.run({"EXISTS", "l"}), ":0\r\n");
}

TEST_F(Lists, WhatChangesNothingIsNotRepeated) {
  server.run({"RPUSH", "l", "a", "b"});
  server.run({"SET", "s", "text"});
  const std::vector<std::vector<std::string_view>> commands = {
      {"LPUSHX", "none", "a"},
      {"RPUSHX", "none", "a"},
      {"LPUSH", "s", "a"},
      {"LPOP", "none"},
      {"LPOP", "none", "2"},
      {"LPOP", "l", "0"},
      {"LSET", "l", "2", "x"},
      {"LREM", "l", "0", "c"},
      {"LREM", "none", "0", "c"},
      {"LINSERT", "l", "AFTER", "c", "d"},
      {"LTRIM", "l", "0", "-1"},
      {"LTRIM", "none", "1", "2"},
      {"LMOVE", "none", "l", "LEFT", "RIGHT"},
      {"LMOVE", "l", "s", "LEFT", "RIGHT"},
      {"LMPOP", "2", "none", "nothing", "LEFT"},
      {"LRANGE", "l", "0", "-1"}};
  for (const auto& command : commands) {
    server.run(std::span<const std::string_view>(command));
    EXPECT_THAT(server.effects(), IsEmpty()) << ::testing::PrintToString(command);
  }
  EXPECT_EQ(server.run({"LLEN", "l"}), ":2\r\n");
}

TEST_F(Lists, LmpopRepeatsThePopItCameTo) {
  server.run({"RPUSH", "l", "a", "b", "c", "d"});
  server.run({"LMPOP", "2", "none", "l", "LEFT"});
  EXPECT_THAT(server.effects(), ElementsAre("LPOP l 1"));
  server.run({"LMPOP", "2", "none", "l", "RIGHT", "COUNT", "9"});
  EXPECT_THAT(server.effects(), ElementsAre("RPOP l 3"));
}

// An element that is moved lies in the list that changes.
TEST_F(Lists, MovesElementsOfAnySize) {
  for (const std::size_t size : {1U, 63U, 64U, 255U, 256U, 257U, 5000U, 9000U}) {
    const std::string text(size, 'x');
    server.run({"DEL", "l", "m"});
    server.run({"RPUSH", "l", "a", text});
    EXPECT_EQ(server.run({"LMOVE", "l", "l", "RIGHT", "LEFT"}),
              "$" + std::to_string(size) + "\r\n" + text + "\r\n");
    EXPECT_EQ(server.run({"LINDEX", "l", "1"}), "$1\r\na\r\n");
    server.run({"LMOVE", "l", "m", "LEFT", "LEFT"});
    EXPECT_EQ(server.run({"LINDEX", "m", "0"}),
              "$" + std::to_string(size) + "\r\n" + text + "\r\n");
  }
}

}  // namespace
}  // namespace sorrel::commands
