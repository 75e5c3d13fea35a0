// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts for COMMAND cannot see: that every row that is served has documentation and key
// positions that agree with it, and that key specifications refuse words that contradict them.
// One thread.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/exec/command_doc.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

class Introspection : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_string_commands, &add_key_commands, &add_sorted_set_commands,
                               &add_connection_commands, &add_introspection_commands}};

  std::vector<const exec::Command*> all_commands() {
    std::vector<const exec::Command*> all;
    for (const exec::Command* command : server.executor.table().commands()) {
      all.push_back(command);
      all.insert(all.end(), command->subcommands.begin(), command->subcommands.end());
    }
    return all;
  }
};

TEST_F(Introspection, EveryCommandIsDocumented) {
  for (const exec::Command* command : all_commands()) {
    const exec::CommandDoc* doc = exec::find_command_doc(command->spec->name);
    ASSERT_NE(doc, nullptr) << command->spec->name;
    EXPECT_FALSE(doc->summary.empty()) << command->spec->name;
  }
}

// The row's three numbers are what old clients find keys by; the specifications are what new ones
// use. For a command whose keys stand at fixed places both must find the same.
TEST_F(Introspection, RowsAndKeySpecificationsFindTheSameKeys) {
  for (const exec::Command* command : all_commands()) {
    const exec::CommandSpec& spec = *command->spec;
    if ((spec.traits & exec::traits::kMovableKeys) != 0) {
      continue;
    }
    const std::vector<std::string_view> words(
        static_cast<std::size_t>(spec.arity < 0 ? 1 - spec.arity : spec.arity), "word");
    std::vector<std::size_t> found;
    for (const exec::KeySpec& key_spec :
         exec::parse_key_specs(exec::find_command_doc(spec.name)->key_specs)) {
      const auto keys = exec::find_keys(key_spec, words);
      ASSERT_TRUE(keys.has_value()) << spec.name;
      found.insert(found.end(), keys->begin(), keys->end());
    }
    EXPECT_EQ(exec::key_positions(spec, words), found) << spec.name;
  }
}

TEST_F(Introspection, GetKeysDoesNotTrustTheCountOfKeys) {
  for (const char* count : {"3", "9223372036854775807", "0", "-1", "x", ""}) {
    EXPECT_EQ(server.run({"COMMAND", "GETKEYS", "ZUNIONSTORE", "dest", count, "a", "b"}),
              "-ERR Invalid arguments specified for command\r\n")
        << count;
  }
  EXPECT_EQ(server.run({"COMMAND", "GETKEYS", "ZUNIONSTORE", "dest", "1", "a", "b"}),
            "*2\r\n$4\r\ndest\r\n$1\r\na\r\n");
}

TEST_F(Introspection, FlagsOfSetFollowItsOptions) {
  EXPECT_EQ(server.run({"COMMAND", "GETKEYSANDFLAGS", "SET", "get", "get"}),
            "*1\r\n*2\r\n$3\r\nget\r\n*2\r\n+OW\r\n+update\r\n");
  EXPECT_EQ(server.run({"COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v", "Get"}),
            "*1\r\n*2\r\n$1\r\nk\r\n*3\r\n+RW\r\n+access\r\n+update\r\n");
}

TEST(FindKeys, RangesKeywordsAndCounts) {
  const std::array<std::string_view, 6> words = {"c", "k", "2", "a", "b", "STREAMS"};
  const auto find = [&](std::string_view text) {
    const auto specs = exec::parse_key_specs(text);
    return specs.size() == 1 ? exec::find_keys(specs[0], words) : std::nullopt;
  };
  EXPECT_THAT(find("RO: index 1, range 0 1 0"), Optional(ElementsAre(1)));
  EXPECT_THAT(find("RO: index 1, range -1 2 0"), Optional(ElementsAre(1, 3, 5)));
  EXPECT_THAT(find("RO: index 2, range -1 1 2"), Optional(ElementsAre(2, 3)));
  EXPECT_THAT(find("RO: index 2, keynum 0 1 1"), Optional(ElementsAre(3, 4)));
  EXPECT_THAT(find("RO: keyword K 1, range 0 1 0"), Optional(ElementsAre(2)));
  EXPECT_THAT(find("RO: unknown, unknown"), Optional(IsEmpty()));
  EXPECT_THAT(find("RO: keyword absent 1, range 0 1 0"), Optional(IsEmpty()));
  EXPECT_EQ(find("RO: index 5, range 1 1 0"), std::nullopt);
  EXPECT_EQ(find("RO: index 1, keynum 0 1 1"), std::nullopt);
}

}  // namespace
}  // namespace sorrel::commands
