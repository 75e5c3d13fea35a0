// SPDX-License-Identifier: BSD-3-Clause
//
// Rules read into users and shown again: what is shown, read again, must be the same user.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/acl/rules.h>
#include <sorrel/base/text.h>
#include <sorrel/commands/families.h>

namespace sorrel::acl {
namespace {

class RulesTest : public testing::Test {
 protected:
  RulesTest() {
    commands::add_all_commands(table);
    table.seal();
  }
  // Applies them one after the other. Returns: what is wrong with the first that is wrong.
  std::string apply(exec::User& user, const std::vector<std::string_view>& rules,
                    bool all_channels = false) {
    const JoinedRules joined = join_selectors(rules);
    if (!joined.unmatched.empty()) return "unmatched " + joined.unmatched;
    for (const std::string& rule : joined.rules) {
      const auto error = RuleReader(table, all_channels).apply(user, rule);
      if (!error.empty()) return std::string(error);
    }
    return {};
  }
  std::string described(const std::vector<std::string_view>& rules) {
    exec::User user = new_user("u", false);
    const std::string error = apply(user, rules);
    return error.empty() ? describe(user) : error;
  }
  std::string commands_after(const std::vector<std::string_view>& rules) {
    exec::User user = new_user("u", false);
    const std::string error = apply(user, rules);
    return error.empty() ? describe_commands(user.root) : error;
  }

  exec::CommandTable table;
};

TEST_F(RulesTest, ANewUser) {
  EXPECT_EQ(described({}), "user u off sanitize-payload resetchannels -@all");
  EXPECT_EQ(describe(new_user("u", true)), "user u off sanitize-payload &* -@all");
  EXPECT_EQ(described({"on", "nopass", "~*", "&*", "+@all", "(+get)", "reset"}), described({}));
}

TEST_F(RulesTest, ALaterRuleTakesThePlaceOfAnEarlierOne) {
  EXPECT_EQ(commands_after({"+@all", "-@hash", "-@slow", "+hget", "-@hash"}),
            "+@all -@slow +hget -@hash");
  EXPECT_EQ(commands_after({"+client|list", "+client|id", "-@read", "+client", "+GET", "-get"}),
            "-@all -@read +client -get");
  EXPECT_EQ(commands_after({"+get", "-client|list", "+@all"}), "+@all");
  EXPECT_EQ(commands_after({"+select|0", "+select|1", "+select|0"}), "-@all +select|1 +select|0");
}

TEST_F(RulesTest, WhatIsShownReadsBackAsTheSame) {
  const std::vector<std::vector<std::string_view>> users = {
      {},
      {"on", "nopass", "allkeys", "allchannels", "+@all"},
      {"on", ">one", ">two", "~a*", "%R~b", "%W~c", "&x", "&y*", "+@read", "-get", "+select|0"},
      {"skip-sanitize-payload", "(~a", "+get)", "(%W~b", "&*", "+@all", "-@dangerous)"},
      {"~a\"b", "~c'd", "~e\\f", "&\"", "(~g\"h", "+get)"},
  };
  for (const auto& rules : users) {
    exec::User user = new_user("u", false);
    ASSERT_EQ(apply(user, rules), "");
    const std::string line = describe(user, /*quoted=*/true);
    const auto words = base::split_quoted(line);
    ASSERT_TRUE(words) << line;
    exec::User again = new_user("u", false);
    ASSERT_EQ(apply(again, {words->begin() + 2, words->end()}), "") << line;
    EXPECT_EQ(describe(again, /*quoted=*/true), line);
    EXPECT_EQ(describe(again), describe(user));
  }
}

TEST_F(RulesTest, SelectorsAreJoinedAcrossWords) {
  EXPECT_EQ(described({"(~a", "+get", ")", "(", "~b", ")", "()"}),
            "user u off sanitize-payload resetchannels -@all (~a resetchannels -@all +get) (~b "
            "resetchannels -@all) (resetchannels -@all)");
  EXPECT_EQ(described({"(~a", "+get"}), "unmatched (~a");
  EXPECT_EQ(described({"(on)"}), "Syntax error");
  EXPECT_EQ(described({")"}), "Syntax error");
}

TEST_F(RulesTest, ARuleThatIsWrong) {
  for (const std::string_view rule : {"x", "%~a", "%X~a", "%R", "~a b", "&a b", "+select|"}) {
    EXPECT_EQ(described({rule}), "Syntax error") << rule;
  }
  for (const std::string_view rule : {"+nope", "-nope", "+", "+@", "+@nope", "+client|nope",
                                      "-client|nope", "-select|0", "+get|a|b", "+client|nope|x"}) {
    EXPECT_EQ(described({rule}), "Unknown command or category name in ACL") << rule;
  }
  EXPECT_EQ(described({"+client|id|x"}), "Allowing first-arg of a subcommand is not supported");
  EXPECT_TRUE(described({"~*", "~a"}).starts_with("Adding a pattern after the * pattern"));
  EXPECT_TRUE(described({"&*", "&a"}).starts_with("Adding a pattern after the * pattern"));
  EXPECT_TRUE(described({"<a"}).starts_with("The password you are trying to remove"));
  EXPECT_TRUE(described({"#abc"}).starts_with("The password hash must be exactly 64"));
}

TEST_F(RulesTest, ARenamedCommandKeepsItsRights) {
  exec::CommandTable renamed;
  commands::add_all_commands(renamed);
  ASSERT_EQ(renamed.rename("get", "fetch"), "");
  ASSERT_EQ(renamed.rename("set", ""), "");
  renamed.seal();
  exec::User user = new_user("u", false);
  const RuleReader reader(renamed, false);
  EXPECT_EQ(reader.apply(user, "+get"), "");
  EXPECT_EQ(reader.apply(user, "+set"), "");
  EXPECT_EQ(reader.apply(user, "+fetch"), "Unknown command or category name in ACL");
}

}  // namespace
}  // namespace sorrel::acl
