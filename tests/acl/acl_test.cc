// SPDX-License-Identifier: BSD-3-Clause
//
// Users that change while they are logged in: who is closed, who has other rights at once, and
// where the check stands among the reasons that refuse a command.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <sorrel/acl/acl_commands.h>
#include <sorrel/commands/families.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::acl {
namespace {

using test::Client;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AclTest : public testing::Test {
 protected:
  AclTest()
      : keyspace(16, 1), executor(table, keyspace, clock, 1), acl(executor), admin(prepared()) {
    acl.shell().file_name = "users.acl";
    acl.shell().read_file = [this](std::string& text) {
      text = file;
      return failure;
    };
    acl.shell().replace_file = [this](std::string_view text) {
      if (failure.empty()) file = text;
      return failure;
    };
    acl.shell().log = [this](std::string_view line) { logged.emplace_back(line); };
    acl.shell().draw = [](std::span<unsigned char> bytes) {
      for (unsigned char& byte : bytes) byte = 0xab;
    };
  }
  exec::Executor& prepared() {
    commands::add_all_commands(table);
    add_acl_commands(table, acl);
    table.seal();
    return executor;
  }
  std::string set_user(const std::vector<std::string_view>& words) {
    std::vector<std::string_view> command{"ACL", "SETUSER"};
    command.insert(command.end(), words.begin(), words.end());
    return admin.run(command);
  }

  base::ManualClock clock;
  exec::CommandTable table;
  keyspace::Keyspace keyspace;
  exec::Executor executor;
  Acl acl;
  Client admin;
  std::string file;
  std::string failure;
  std::vector<std::string> logged;
};

constexpr std::string_view kNoGet = "-NOPERM User u has no permissions to run the 'get' command";

TEST_F(AclTest, RightsChangeAtOnce) {
  Client client(executor);
  set_user({"u", "on", "nopass", "+@all", "~*", "&*"});
  EXPECT_EQ(client.run({"AUTH", "u", "x"}), "+OK\r\n");
  EXPECT_EQ(client.run({"GET", "k"}), "$-1\r\n");
  set_user({"u", "-get"});
  EXPECT_THAT(client.run({"GET", "k"}), StartsWith(kNoGet));
  set_user({"u", "+get"});
  EXPECT_EQ(client.run({"GET", "k"}), "$-1\r\n");
  set_user({"u", "off"});
  EXPECT_EQ(client.run({"GET", "k"}), "$-1\r\n") << "who is logged in stays so";
  EXPECT_THAT(client.run({"AUTH", "u", "x"}), StartsWith("-WRONGPASS"));
}

TEST_F(AclTest, AWrongRuleChangesNothing) {
  set_user({"u", "on", "nopass", "+get"});
  const std::string before = admin.run({"ACL", "GETUSER", "u"});
  EXPECT_EQ(set_user({"u", "off", "+set", "+nope"}),
            "-ERR Error in ACL SETUSER modifier '+nope': Unknown command or category name in "
            "ACL\r\n");
  EXPECT_EQ(admin.run({"ACL", "GETUSER", "u"}), before);
}

TEST_F(AclTest, TheReasonsInTheirOrder) {
  Client client(executor);
  set_user({"u", "on", "nopass", "+set"});
  executor.access().set_password("secret");
  Client stranger(executor);
  EXPECT_THAT(stranger.run({"GET", "k"}), StartsWith("-NOAUTH"));
  client.run({"AUTH", "u", "x"});
  exec::ServerState state;
  state.loading = state.out_of_memory = true;
  executor.set_state(state);
  EXPECT_THAT(client.run({"GET", "k"}), StartsWith(kNoGet)) << "before LOADING";
  EXPECT_EQ(client.run({"SET", "k", "v"}), "-NOPERM No permissions to access a key\r\n")
      << "before OOM";
  EXPECT_THAT(client.run({"GET"}), StartsWith("-ERR wrong number")) << "behind what is no command";
}

TEST_F(AclTest, AQueuedCommandIsLookedAtTwice) {
  Client client(executor);
  set_user({"u", "on", "nopass", "+multi", "+exec", "+set", "~a*"});
  client.run({"AUTH", "u", "x"});
  client.run({"MULTI"});
  EXPECT_EQ(client.run({"SET", "a1", "1"}), "+QUEUED\r\n");
  EXPECT_EQ(client.run({"SET", "a2", "1"}), "+QUEUED\r\n");
  set_user({"u", "resetkeys", "~a1"});
  EXPECT_THAT(client.run({"EXEC"}),
              StartsWith("*2\r\n+OK\r\n-NOPERM ACLs rules changed between the moment "));
  client.run({"MULTI"});
  EXPECT_EQ(client.run({"SET", "b", "1"}), "-NOPERM No permissions to access a key\r\n");
  EXPECT_THAT(client.run({"EXEC"}), StartsWith("-EXECABORT"));
  EXPECT_EQ(executor.access().log().entries().front().context, exec::AccessContext::kMulti);
}

TEST_F(AclTest, WhoWaitsIsRefusedWhenServed) {
  Client client(executor);
  set_user({"u", "on", "nopass", "+@all", "~*"});
  client.run({"AUTH", "u", "x"});
  client.run({"BLPOP", "k", "0"});
  ASSERT_TRUE(client.waits());
  set_user({"u", "resetkeys"});
  EXPECT_TRUE(client.waits());
  EXPECT_EQ(admin.run({"RPUSH", "k", "v"}), ":1\r\n");
  EXPECT_FALSE(client.waits());
  EXPECT_EQ(client.read(), "-NOPERM No permissions to access a key\r\n");
  EXPECT_EQ(admin.run({"LLEN", "k"}), ":1\r\n");
}

TEST_F(AclTest, WhoIsAUserThatGoesIsClosed) {
  Client client(executor);
  set_user({"u", "on", "nopass", "+@all", "~*"});
  client.run({"AUTH", "u", "x"});
  EXPECT_EQ(admin.run({"ACL", "DELUSER", "u"}), ":1\r\n");
  EXPECT_TRUE(client.session.close_after_reply);
  EXPECT_FALSE(admin.session.close_after_reply);
  EXPECT_THAT(admin.run({"CLIENT", "KILL", "USER", "u"}), StartsWith("-ERR No such user 'u'"));
}

TEST_F(AclTest, TheDefaultUserMayComeToNeedALogin) {
  Client before(executor);
  set_user({"default", ">secret"});
  Client after(executor);
  EXPECT_EQ(before.run({"PING"}), "+PONG\r\n") << "it is logged in";
  EXPECT_THAT(after.run({"PING"}), StartsWith("-NOAUTH"));
  set_user({"default", "nopass"});
  EXPECT_EQ(after.run({"PING"}), "+PONG\r\n") << "it needs no login any more";
  set_user({"default", "off"});
  EXPECT_THAT(after.run({"PING"}), StartsWith("-NOAUTH"));
}

TEST_F(AclTest, AFileIsLoadedAsAWhole) {
  set_user({"old", "on", "nopass"});
  file = "# users\n\nuser a on >x ~* +@all\r\nuser b\n";
  Client client(executor);
  client.run({"AUTH", "old", "x"});
  EXPECT_EQ(admin.run({"ACL", "LOAD"}), "+OK\r\n");
  EXPECT_TRUE(client.session.close_after_reply);
  const std::vector<std::string> users = acl.describe_all();
  ASSERT_EQ(users.size(), 3U);
  EXPECT_EQ(users[1], "user b off sanitize-payload resetchannels -@all");
  EXPECT_EQ(users[2], "user default on nopass sanitize-payload ~* &* +@all");
}

TEST_F(AclTest, EveryBadLineOfAFileIsNamed) {
  file = "user a on\nuser a on\nuse b\nuser c +nope\nuser d \"\nuser e (+get\nuser\nuser f on\n";
  const std::string reply = admin.run({"ACL", "LOAD"});
  for (const char* const part :
       {"-ERR users.acl:2: Duplicate user 'a' found", "users.acl:3: ", "users.acl:4: ",
        "users.acl:5: ", "users.acl:6: ", "users.acl:7: ", "no change to the previously active"}) {
    EXPECT_THAT(reply, HasSubstr(part));
  }
  EXPECT_THAT(reply, Not(HasSubstr("users.acl:8")));
  EXPECT_EQ(acl.describe_all().size(), 1U);
}

TEST_F(AclTest, SaveWritesWhatLoadReads) {
  set_user({"u", "on", ">x", "~a\"b", "&c", "+get", "(%R~d", "+set)"});
  const auto before = acl.describe_all();
  EXPECT_EQ(admin.run({"ACL", "SAVE"}), "+OK\r\n");
  set_user({"u", "reset"});
  EXPECT_EQ(admin.run({"ACL", "LOAD"}), "+OK\r\n");
  EXPECT_EQ(acl.describe_all(), before);
  failure = "No space left on device";
  EXPECT_THAT(admin.run({"ACL", "SAVE"}), StartsWith("-ERR There was an error trying to save"));
  EXPECT_THAT(logged, ElementsAre(HasSubstr("No space left on device")));
  EXPECT_THAT(admin.run({"ACL", "LOAD"}), HasSubstr("No space left on device"));
}

TEST_F(AclTest, DirectivesLeaveOutWhatStandsElsewhere) {
  EXPECT_THAT(acl.directives(""), testing::IsEmpty());
  acl.set_password("secret");
  EXPECT_THAT(acl.directives("secret"), testing::IsEmpty()) << "requirepass has it";
  set_user({"u", "on"});
  EXPECT_THAT(acl.directives("secret"),
              ElementsAre("user u on sanitize-payload resetchannels -@all"));
  set_user({"default", "-flushall"});
  EXPECT_EQ(acl.directives("secret").size(), 2U);
}

TEST_F(AclTest, ConfiguredUsers) {
  const Directive good[] = {{"c, line 1", {"default", "on", "nopass", "+@all", "~*"}},
                            {"c, line 2", {"u", "on", ">x", "(+get", "~a)"}}};
  EXPECT_EQ(acl.add_configured(good), "");
  EXPECT_EQ(acl.describe_all()[0],
            "user default on nopass sanitize-payload ~* resetchannels +@all");
  const Directive twice[] = {{"c, line 1", {"v"}}, {"c, line 9", {"v"}}};
  EXPECT_THAT(acl.add_configured(twice), HasSubstr("c, line 9: user 'v': Duplicate user found"));
  const Directive wrong[] = {{"c, line 3", {"w", "+nope"}}};
  EXPECT_THAT(acl.add_configured(wrong), HasSubstr("c, line 3"));
  EXPECT_EQ(acl.describe_all().size(), 2U);
}

TEST_F(AclTest, SecretsAreHidden) {
  executor.slow_log().settings().threshold_us = 0;
  set_user({"u", "on", ">secret"});
  admin.run({"AUTH", "u", "secret"});
  for (const auto& entry : executor.slow_log().entries()) {
    for (const std::string& word : entry.arguments) {
      EXPECT_THAT(word, Not(HasSubstr("secret")));
    }
  }
  EXPECT_EQ(executor.slow_log().entries().size(), 2U);
}

}  // namespace
}  // namespace sorrel::acl
