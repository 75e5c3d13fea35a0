// SPDX-License-Identifier: BSD-3-Clause
//
// What scripts leave in the log: the effects of what they called, as one unit, and nothing of the
// script itself.
#include "script_fixture.h"

namespace sorrel::script {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ScriptEffects : public ScriptFixture {};

TEST_F(ScriptEffects, CommandsAreOneUnit) {
  EXPECT_EQ(eval("redis.call('set','a','1') redis.call('get','a') return redis.call('incr','a')"),
            ":2\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "set a 1", "incr a", "EXEC"));
}

TEST_F(ScriptEffects, ReadingLeavesNothing) {
  eval("return redis.call('get','a')");
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(ScriptEffects, WhatWasDoneBeforeAnErrorStays) {
  EXPECT_THAT(eval("redis.call('set','a','x') redis.call('incr','a') redis.call('set','b','y')"),
              testing::HasSubstr("not an integer"));
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "set a x", "EXEC"));
  EXPECT_EQ(server.run({"EXISTS", "b"}), ":0\r\n");
}

TEST_F(ScriptEffects, NumbersAreLoggedAsTheyWereSet) {
  eval("redis.call('set','a',0.1) redis.call('set','b',1e18)");
  EXPECT_THAT(server.effects(),
              ElementsAre("MULTI", "set a 0.1", "set b 1000000000000000000", "EXEC"));
}

TEST_F(ScriptEffects, PropagationCanBeSwitchedOffUntilTheScriptEnds) {
  eval(
      "redis.call('set','a','1') redis.set_repl(redis.REPL_NONE) redis.call('set','b','1')"
      "redis.set_repl(redis.REPL_ALL) redis.call('set','c','1')"
      "redis.set_repl(redis.REPL_REPLICA) redis.call('set','d','1')");
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "set a 1", "set c 1", "EXEC"));
  EXPECT_EQ(server.run({"EXISTS", "a", "b", "c", "d"}), ":4\r\n");
  server.run({"SET", "e", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("SET e 1"));
}

TEST_F(ScriptEffects, AnErrorEndsTheSwitchToo) {
  eval("redis.set_repl(redis.REPL_NONE) error('x')");
  server.run({"SET", "e", "1"});
  EXPECT_THAT(server.effects(), ElementsAre("SET e 1"));
}

TEST_F(ScriptEffects, TransactionAndScriptAreOneUnit) {
  server.run({"MULTI"});
  server.run({"SET", "a", "1"});
  server.run({"EVAL", "redis.set_repl(0) redis.call('set','b','1')", "0"});
  server.run({"EVAL", "redis.call('set','c','1')", "0"});
  server.run({"EXEC"});
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "SET a 1", "set c 1", "EXEC"));
}

TEST_F(ScriptEffects, SelectHoldsForTheScriptAlone) {
  eval("redis.call('select','3') redis.call('set','a','1')");
  EXPECT_EQ(server.run({"EXISTS", "a"}), ":0\r\n");
  EXPECT_EQ(server.session.database, 0U);
  server.run({"SELECT", "3"});
  EXPECT_EQ(server.run({"GET", "a"}), "$1\r\n1\r\n");
}

TEST_F(ScriptEffects, TheProtocolOfTheClientComesBack) {
  server.set_protocol(resp::Protocol::kResp3);
  EXPECT_EQ(eval("return redis.call('get','nokey')"), "_\r\n");
  EXPECT_EQ(eval("redis.setresp(3) return {redis.call('hgetall','nokey')}"), "*1\r\n%0\r\n");
  EXPECT_EQ(eval("redis.setresp(3) error('x')").substr(0, 4), "-ERR");
  EXPECT_EQ(server.run({"GET", "nokey"}), "_\r\n");
  EXPECT_FALSE(server.session.in_script);
}

TEST_F(ScriptEffects, TimeStandsStill) {
  EXPECT_EQ(eval("redis.call('set','a','1','px','100') return redis.call('pttl','a')"), ":100\r\n");
}

TEST_F(ScriptEffects, NobodyWaitsInAScript) {
  EXPECT_EQ(eval("return redis.call('blpop','nokey','0')"), "$-1\r\n");
}

}  // namespace
}  // namespace sorrel::script
