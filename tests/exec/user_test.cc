// SPDX-License-Identifier: BSD-3-Clause
//
// What a user may do, selector by selector; logins; and the log of what was refused.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/exec/access.h>

namespace sorrel::exec {
namespace {

constexpr CommandSpec kRows[] = {
    {"auth", -2, traits::kNoAuth, {}, 0, nullptr},
    {"copy", -3, traits::kWrite, {1, 2, 1}, 0, nullptr},
    {"exists", -2, traits::kReadonly, {1, -1, 1}, 0, nullptr},
    {"get", 2, traits::kReadonly, {1, 1, 1}, 0, nullptr},
    {"ping", -1, 0, {}, 0, nullptr},
    {"psubscribe", -2, traits::kPubsub, {}, 0, nullptr},
    {"publish", 3, traits::kPubsub, {}, 0, nullptr},
    {"select", 2, 0, {}, 0, nullptr},
    {"set", -3, traits::kWrite, {1, 1, 1}, 0, nullptr},
    {"unsubscribe", -1, traits::kPubsub, {}, 0, nullptr},
    {"config", -2, traits::kContainer, {}, 0, nullptr},
    {"config|get", -3, 0, {}, 0, nullptr},
    {"config|set", -4, 0, {}, 0, nullptr},
};

using Words = std::vector<std::string_view>;

class UserTest : public testing::Test {
 protected:
  UserTest() {
    table.add(kRows);
    table.seal();
    user.name = "u";
  }
  const Command& command(std::string_view name) const { return *table.find_full(name); }
  Denial check(const Words& words) const { return user.check(*table.resolve_row(words), words); }
  // "" when it may be run, else the reason and the word that is in the way.
  std::string why(const Words& words) const {
    const Denial denial = check(words);
    switch (denial.reason) {
      case Denial::Reason::kNone:
        return "";
      case Denial::Reason::kCommand:
        return "command";
      case Denial::Reason::kKey:
        return "key " + std::string(words[denial.position]);
      default:
        return "channel " + std::string(words[denial.position]);
    }
  }

  CommandTable table;
  User user;
};

TEST_F(UserTest, MayDoNothingAtFirst) {
  EXPECT_FALSE(user.unrestricted());
  EXPECT_EQ(why({"ping"}), "command");
  EXPECT_EQ(why({"auth", "x"}), "") << "whoever has not logged in may say it";
}

TEST_F(UserTest, CommandsOfAllOrNone) {
  CommandSet& commands = user.root.commands;
  commands.set_all(true);
  EXPECT_TRUE(commands.everything());
  commands.set(command("ping"), false);
  EXPECT_FALSE(commands.everything());
  EXPECT_EQ(why({"ping"}), "command");
  EXPECT_EQ(why({"select", "0"}), "");
  commands.set(command("ping"), true);
  EXPECT_TRUE(commands.everything());
  commands.set_all(false);
  commands.set(command("ping"), true);
  EXPECT_EQ(why({"ping"}), "");
  EXPECT_EQ(why({"select", "0"}), "command");
}

TEST_F(UserTest, ASubcommandHasItsOwnPlace) {
  CommandSet& commands = user.root.commands;
  commands.set(command("config"), true);
  commands.set(command("config|set"), false);
  EXPECT_EQ(why({"config", "get", "x"}), "");
  EXPECT_EQ(why({"CONFIG", "SET", "x", "y"}), "command");
  commands.set(command("config"), false);
  EXPECT_EQ(why({"config", "get", "x"}), "command");
}

TEST_F(UserTest, FirstArguments) {
  CommandSet& commands = user.root.commands;
  commands.allow_with(command("select"), "0");
  commands.allow_with(command("select"), "zero");
  EXPECT_EQ(why({"select", "0"}), "");
  EXPECT_EQ(why({"select", "ZERO"}), "");
  EXPECT_EQ(why({"select", "1"}), "command");
  commands.set(command("select"), false);
  EXPECT_EQ(why({"select", "0"}), "command") << "forgotten with what came later";
}

TEST_F(UserTest, KeysByWhatIsDoneToThem) {
  user.root.commands.set_all(true);
  user.root.keys = {{"r*", true, false}, {"w*", false, true}, {"b*", true, true}};
  EXPECT_EQ(why({"get", "r1"}), "");
  EXPECT_EQ(why({"get", "w1"}), "key w1");
  EXPECT_EQ(why({"set", "w1", "v"}), "");
  EXPECT_EQ(why({"set", "w1", "v", "GET"}), "key w1");
  EXPECT_EQ(why({"set", "b1", "v", "GET"}), "");
  EXPECT_EQ(why({"copy", "r1", "w1"}), "");
  EXPECT_EQ(why({"copy", "r1", "r2"}), "key r2");
  EXPECT_EQ(why({"exists", "r1", "w1"}), "") << "neither read nor changed";
  EXPECT_EQ(why({"exists", "r1", "x"}), "key x");
}

TEST_F(UserTest, Channels) {
  user.root.commands.set_all(true);
  user.root.channels = {"a", "p*"};
  EXPECT_EQ(why({"publish", "p1", "m"}), "");
  EXPECT_EQ(why({"publish", "b", "m"}), "channel b");
  EXPECT_EQ(why({"psubscribe", "p*", "a"}), "");
  EXPECT_EQ(why({"psubscribe", "p1"}), "channel p1") << "a pattern only as it was given";
  EXPECT_EQ(why({"unsubscribe", "b"}), "");
  EXPECT_TRUE(user.may_listen("p1", false));
  EXPECT_FALSE(user.may_listen("p1", true));
}

TEST_F(UserTest, SelectorsDoNotAddUp) {
  Selector reads;
  reads.commands.set(command("get"), true);
  reads.commands.set(command("copy"), true);
  reads.keys = {{"r", true, false}};
  Selector writes;
  writes.commands.set(command("set"), true);
  writes.commands.set(command("copy"), true);
  writes.keys = {{"w", false, true}};
  user.selectors = {reads, writes};
  EXPECT_EQ(why({"get", "r"}), "");
  EXPECT_EQ(why({"set", "w", "v"}), "");
  EXPECT_EQ(why({"get", "w"}), "key w");
  EXPECT_EQ(why({"copy", "r", "w"}), "key w") << "the selector that came further tells why";
  EXPECT_EQ(why({"ping"}), "command");
}

TEST_F(UserTest, ReadingWhateverKeyThereIs) {
  const Words words{"get", "k"};
  user.root.commands.set_all(true);
  user.root.keys = {{"k", true, true}, {"*", false, true}};
  EXPECT_FALSE(user.reads_all_keys(command("get"), words));
  user.root.keys.push_back({"*", true, false});
  EXPECT_TRUE(user.reads_all_keys(command("get"), words));
  user.root.commands.set(command("get"), false);
  EXPECT_FALSE(user.reads_all_keys(command("get"), words));
}

TEST_F(UserTest, Passwords) {
  EXPECT_FALSE(user.accepts(""));
  user.password_hashes = {hash_password("one"), hash_password("two")};
  EXPECT_TRUE(user.accepts("one"));
  EXPECT_TRUE(user.accepts("two"));
  EXPECT_FALSE(user.accepts("three"));
  user.any_password = true;
  EXPECT_TRUE(user.accepts("three"));
  EXPECT_EQ(hash_password("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(UserTest, ARestrictedUserClosesTheGate) {
  Access access;
  Session session;
  access.begin(session);
  EXPECT_TRUE(session.authenticated);
  EXPECT_TRUE(session.gate.admits(traits::kReadonly)) << "the default user may do everything";
  user.enabled = user.any_password = true;
  access.put(user);
  ASSERT_TRUE(access.authenticate(session, "u", "x", "AUTH", 0));
  EXPECT_FALSE(session.gate.admits(traits::kReadonly));
  user.root.commands.set_all(true);
  user.root.all_keys = user.root.all_channels = true;
  access.put(user);
  refresh_gate(session);
  EXPECT_TRUE(session.gate.admits(traits::kReadonly)) << "who is logged in has the new rights";
}

TEST_F(UserTest, ADisabledUserCannotLogIn) {
  Access access;
  Session session;
  access.begin(session);
  user.any_password = true;
  access.put(user);
  EXPECT_FALSE(access.authenticate(session, "u", "x", "AUTH", 7));
  EXPECT_EQ(session.user_name(), "default");
  ASSERT_EQ(access.log().entries().size(), 1U);
  const AccessLog::Entry& entry = access.log().entries().front();
  EXPECT_EQ(entry.user, "u");
  EXPECT_EQ(entry.object, "AUTH");
  EXPECT_EQ(entry.created_ms, 7);
  EXPECT_EQ(access.log().counters().logins, 1U);
}

AccessLog::Entry entry(std::string_view object, std::int64_t at_ms) {
  AccessLog::Entry entry;
  entry.object = object;
  entry.created_ms = entry.updated_ms = at_ms;
  return entry;
}

TEST(AccessLogTest, TheSameWithinAMinuteIsOneEntry) {
  AccessLog log;
  log.add(entry("a", 1000));
  log.add(entry("b", 2000));
  log.add(entry("a", 61'000));
  ASSERT_EQ(log.entries().size(), 2U);
  EXPECT_EQ(log.entries()[0].object, "a");
  EXPECT_EQ(log.entries()[0].count, 2U);
  EXPECT_EQ(log.entries()[0].id, 0U);
  EXPECT_EQ(log.entries()[0].created_ms, 1000);
  EXPECT_EQ(log.entries()[0].updated_ms, 61'000);
  log.add(entry("b", 62'001));
  EXPECT_EQ(log.entries().size(), 3U);
  EXPECT_EQ(log.entries()[0].id, 2U);
  EXPECT_EQ(log.counters().commands, 4U);
}

TEST(AccessLogTest, KeepsTheNewest) {
  AccessLog log;
  log.set_max_entries(2);
  for (const std::string_view object : {"a", "b", "c"}) log.add(entry(object, 0));
  ASSERT_EQ(log.entries().size(), 2U);
  EXPECT_EQ(log.entries()[1].object, "b");
  log.set_max_entries(0);
  EXPECT_EQ(log.entries().size(), 2U) << "until the next one comes";
  log.add(entry("d", 0));
  EXPECT_TRUE(log.entries().empty());
}

}  // namespace
}  // namespace sorrel::exec
