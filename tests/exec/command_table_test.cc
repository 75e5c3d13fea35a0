// SPDX-License-Identifier: BSD-3-Clause
//
// Looking commands up by name in any case, subcommands, and where the keys of a command stand.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/text.h>
#include <sorrel/exec/command_table.h>

namespace sorrel::exec {
namespace {

constexpr CommandSpec kRows[] = {
    {"b", 1, 0, {}, 0, nullptr},
    {"abc", 1, 0, {1, 1, 1}, 0, nullptr},
    {"get", 2, 0, {1, 1, 1}, 0, nullptr},
    {"mset", -3, 0, {1, -1, 2}, 0, nullptr},
    {"del", -2, 0, {1, -1, 1}, 0, nullptr},
    {"sevenxx", 1, 0, {}, 0, nullptr},
    {"eightxxx", 1, 0, {}, 0, nullptr},
    {"sixteenletters16", 1, 0, {}, 0, nullptr},
    {"longer_than_sixteen_letters", 1, 0, {}, 0, nullptr},
    {"longer_that_sixteen_letters", 1, 0, {}, 0, nullptr},  // the same first and last eight bytes
    {"box", -2, traits::kContainer, {}, 0, nullptr},
    {"box|get", 2, 0, {}, 0, nullptr},
    {"box|set", 2, 0, {}, 0, nullptr},
};

class CommandTableTest : public testing::Test {
 protected:
  CommandTableTest() {
    table.add(kRows, &state);
    table.seal();
  }
  CommandTable table;
  int state = 0;
};

TEST_F(CommandTableTest, FindsEveryNameInAnyCase) {
  for (const CommandSpec& row : kRows) {
    std::string name(row.name);
    for (int round = 0; round < 3; ++round) {
      const Command* command = table.find_full(name);
      ASSERT_NE(command, nullptr) << name;
      EXPECT_EQ(command->spec, &row);
      EXPECT_EQ(command->state, &state);
      for (std::size_t i = 0; i < name.size(); i += static_cast<std::size_t>(1 + round)) {
        name[i] = base::to_upper(name[i]);
      }
    }
  }
}

TEST_F(CommandTableTest, DoesNotFindWhatOnlyLooksAlike) {
  // '@' and '`', '[' and '{' differ in the bit that folds letters.
  for (const std::string_view name :
       {"", "ge", "gett", "Getx",
        "\x07"
        "et",
        "g\x05t", "longer_thaX_sixteen_letters", "box|get", "sixteenletters1"}) {
    EXPECT_EQ(table.find(name), nullptr) << name;
  }
  EXPECT_EQ(table.find(std::string(100'000, 'x')), nullptr);
  EXPECT_EQ(table.find_full("box|nope"), nullptr);
  EXPECT_EQ(table.find_full("get|get"), nullptr);
  EXPECT_EQ(table.find_full("box|"), nullptr);
}

TEST_F(CommandTableTest, AnEmptyTableFindsNothing) {
  CommandTable empty;
  EXPECT_EQ(empty.find("get"), nullptr);
  empty.seal();
  EXPECT_EQ(empty.find("get"), nullptr);
}

TEST_F(CommandTableTest, ContainersKnowTheirSubcommands) {
  const Command& box = *table.find("BOX");
  ASSERT_TRUE(box.container());
  ASSERT_EQ(box.subcommands.size(), 2U);
  EXPECT_EQ(box.subcommands[0]->short_name(), "get");
  EXPECT_EQ(box.subcommands[0]->parent, &box);
  EXPECT_EQ(table.find_subcommand(box, "SET")->spec->name, "box|set");
  EXPECT_EQ(box.short_name(), "box");
}

TEST_F(CommandTableTest, ListsTopLevelCommandsByName) {
  std::vector<std::string_view> names;
  for (const Command* command : table.commands()) {
    names.push_back(command->spec->name);
  }
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(names.size(), std::size(kRows) - 2);
}

TEST_F(CommandTableTest, KeyPositionsByTheRow) {
  const auto positions = [&](std::string_view name, std::size_t words) {
    const std::vector<std::string_view> arguments(words, "x");
    return key_positions(*table.find(name)->spec, arguments);
  };
  using Positions = std::vector<std::size_t>;
  EXPECT_EQ(positions("b", 3), Positions{});
  EXPECT_EQ(positions("get", 2), Positions{1});
  EXPECT_EQ(positions("mset", 5), (Positions{1, 3}));
  EXPECT_EQ(positions("del", 4), (Positions{1, 2, 3}));
  EXPECT_EQ(positions("del", 1), Positions{});
}

TEST(CommandTableRenames, ACommandIsFoundByWhatItIsCalled) {
  CommandTable table;
  table.add(kRows);
  EXPECT_EQ(table.rename("GET", "fetch"), "");
  EXPECT_EQ(table.rename("box", "a_very_long_name_of_a_box"), "");
  EXPECT_EQ(table.rename("del", ""), "");
  EXPECT_EQ(table.rename("nope", "x"), "there is no command 'nope'");
  EXPECT_EQ(table.rename("get", "x"), "there is no command 'get'");
  EXPECT_EQ(table.rename("b", "Fetch"), "there is a command 'Fetch' already");
  table.seal();
  EXPECT_EQ(table.find("get"), nullptr);
  EXPECT_EQ(table.find("del"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
  ASSERT_NE(table.find("FETCH"), nullptr);
  EXPECT_EQ(table.find("fetch")->spec->name, "get");
  EXPECT_NE(table.find_full("A_VERY_LONG_NAME_OF_A_BOX|get"), nullptr);
  // The log names what it repeats by rows.
  const std::string_view words[] = {"Box", "SET"};
  EXPECT_EQ(table.resolve_row(words)->spec->name, "box|set");
  EXPECT_EQ(table.find_row("DEL")->spec->name, "del");
  EXPECT_EQ(table.commands().size() + 1, table.rows().size());
}

}  // namespace
}  // namespace sorrel::exec
