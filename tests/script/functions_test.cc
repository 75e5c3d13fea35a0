// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries of functions: what the log gets of them, what is kept when loading fails, limits of
// time, and their end by force. Texts and replies stand in tests/scripts/scripting/.
#include <chrono>

#include "script_fixture.h"

namespace sorrel::script {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Functions : public ScriptFixture {
 protected:
  std::string load(std::string_view code, std::string_view name = "lib") {
    return server.run({"FUNCTION", "LOAD", "REPLACE", library(code, name)});
  }
  // Loads a library with one function `f` and calls it.
  std::string call(std::string_view body) {
    load("redis.register_function('f', function(keys, args) " + std::string(body) + " end)");
    return server.run({"FCALL", "f", "0"});
  }
  static std::string library(std::string_view code, std::string_view name) {
    return "#!lua name=" + std::string(name) + "\n" + std::string(code);
  }
  // Lets a millisecond pass with each line that Lua logs.
  void let_time_pass_with_log() {
    scripting.shell().log = [this](LogLevel, std::string_view) {
      server.advance(std::chrono::milliseconds(1));
    };
  }
};

TEST_F(Functions, LoadingIsLoggedAsItCame) {
  const std::string code = library("redis.register_function('f', redis.log)", "lib");
  EXPECT_EQ(server.run({"function", "load", code}), "$3\r\nlib\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("function load " + code));
  EXPECT_THAT(server.run({"FUNCTION", "LOAD", code}), StartsWith("-ERR Library 'lib' already"));
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"FUNCTION", "LIST"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"FUNCTION", "DELETE", "lib"});
  EXPECT_THAT(server.effects(), ElementsAre("FUNCTION DELETE lib"));
  server.run({"FUNCTION", "DELETE", "lib"});
  EXPECT_THAT(server.effects(), IsEmpty());
  server.run({"FUNCTION", "FLUSH"});
  EXPECT_THAT(server.effects(), ElementsAre("FUNCTION FLUSH"));
}

TEST_F(Functions, WhatAFunctionDoesIsOneUnit) {
  EXPECT_EQ(call("redis.call('set', 'a', 1) redis.call('get', 'a') return redis.call('incr', 'a')"),
            ":2\r\n");
  EXPECT_THAT(server.effects(), ElementsAre("MULTI", "set a 1", "incr a", "EXEC"));
  EXPECT_EQ(call("return redis.call('get', 'a')"), "$1\r\n2\r\n");
  EXPECT_THAT(server.effects(), IsEmpty());
}

TEST_F(Functions, WhatItMadeOfItsSessionEndsWithIt) {
  EXPECT_EQ(call("redis.call('select', '3') redis.setresp(3) return redis.call('set', 'a', 1)"),
            "+OK\r\n");
  EXPECT_EQ(server.session.database, 0U);
  EXPECT_FALSE(server.session.in_script);
  EXPECT_EQ(call("return redis.call('get', 'nokey') == false"), ":1\r\n");
}

TEST_F(Functions, ScriptsAndFunctionsDoNotSeeEachOther) {
  EXPECT_EQ(load("local secret = {} redis.register_function('f', function() secret[1] = 1 end)"),
            "$3\r\nlib\r\n");
  EXPECT_EQ(server.run({"FCALL", "f", "0"}), "$-1\r\n");
  EXPECT_EQ(eval("return redis.register_function == nil"), ":1\r\n");
  EXPECT_THAT(call("return KEYS"), HasSubstr("nonexistent global variable 'KEYS'"));
  EXPECT_EQ(server.run({"SCRIPT", "FLUSH"}), "+OK\r\n");
  EXPECT_EQ(call("return 1"), ":1\r\n");
}

TEST_F(Functions, TheOtherNameOfTheLibraryIsThereToo) {
  EXPECT_EQ(load("server.register_function('f', function() return server.call('ping') end)"),
            "$3\r\nlib\r\n");
  EXPECT_EQ(server.run({"FCALL", "f", "0"}), "+PONG\r\n");
}

TEST_F(Functions, TheGlobalsComeBackAfterALoadThatFailed) {
  load("redis.register_function('f', function() return math.floor(1.5) end)");
  EXPECT_THAT(load("x = 1", "other"), HasSubstr("Attempt to modify a readonly table"));
  EXPECT_EQ(server.run({"FCALL", "f", "0"}), ":1\r\n");
  EXPECT_THAT(load("return math", "other"), HasSubstr("nonexistent global variable 'math'"));
  EXPECT_EQ(server.run({"FCALL", "f", "0"}), ":1\r\n");
}

TEST_F(Functions, LoadingHasALimit) {
  let_time_pass_with_log();
  EXPECT_EQ(load("while true do redis.log(0, 'x') end"),
            "-ERR Error registering functions: ERR FUNCTION LOAD timeout\r\n");
  EXPECT_EQ(call("return 1"), ":1\r\n");
  // What the log repeats was loaded once, and must be again.
  server.session.replay = true;
  EXPECT_EQ(load("for i = 1, 20000 do redis.log(0, 'x') end "
                 "redis.register_function('f', redis.log)"),
            "$3\r\nlib\r\n");
}

TEST_F(Functions, AFlushFreesTheInterpreter) {
  EXPECT_EQ(scripting.statistics().function_vm_bytes, 0U);
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    load("local kept = ('x'):rep(10000) .. '" + n + "' redis.register_function('f" + n +
             "', function() return kept end)",
         "lib" + n);
  }
  EXPECT_EQ(scripting.statistics().libraries, 100U);
  EXPECT_EQ(scripting.statistics().functions, 100U);
  EXPECT_GT(scripting.statistics().function_vm_bytes, 1'000'000U);
  EXPECT_GT(scripting.statistics().function_bytes, 10'000U);
  server.run({"FUNCTION", "FLUSH"});
  EXPECT_EQ(scripting.statistics().libraries, 0U);
  EXPECT_EQ(scripting.statistics().functions, 0U);
  EXPECT_EQ(scripting.statistics().function_vm_bytes, 0U);
  EXPECT_EQ(scripting.statistics().function_bytes, 0U);
}

TEST_F(Functions, CallbacksOfLibrariesThatWentAreGivenBack) {
  load("redis.register_function('f', function() return 1 end)");
  const std::size_t before = scripting.statistics().function_vm_bytes;
  for (int i = 0; i < 1000; ++i) {
    load("redis.register_function('f', function() return 1 end)");
    load("redis.register_function('g', function() return 1 end) x = 1", "bad");
  }
  EXPECT_LT(scripting.statistics().function_vm_bytes, before + 500'000);
}

TEST_F(Functions, AFullMemoryCountsBeforeTheFunctionRuns) {
  load(
      "local function set() return redis.call('set', 'a', 1) end "
      "redis.register_function('plain', set) "
      "redis.register_function{function_name='reads', callback=function() return 1 end, "
      "flags={'no-writes'}} "
      "redis.register_function{function_name='fills', callback=set, flags={'allow-oom'}}");
  exec::ServerState state;
  state.out_of_memory = true;
  server.executor.set_state(state);
  EXPECT_EQ(server.run({"FCALL", "plain", "0"}),
            "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  EXPECT_EQ(server.table.find("fcall")->statistics.rejected, 1U);
  EXPECT_EQ(server.run({"FCALL", "reads", "0"}), ":1\r\n");
  EXPECT_EQ(server.run({"FCALL", "fills", "0"}), "+OK\r\n");
  server.run({"MULTI"});
  EXPECT_THAT(server.run({"FCALL", "plain", "0"}), StartsWith("-OOM"));
  EXPECT_THAT(server.run({"EXEC"}), StartsWith("-EXECABORT"));
  state.out_of_memory = false;
  state.disk_error = "No space left on device";
  server.executor.set_state(state);
  EXPECT_EQ(server.run({"FCALL", "plain", "0"}),
            "-MISCONF Errors writing to the AOF file: No space left on device\r\n");
  EXPECT_EQ(server.run({"FCALL", "reads", "0"}), ":1\r\n");
}

// A function or script that runs too long, and what another client is told meanwhile.
class BusyFunctions : public Functions {
 protected:
  BusyFunctions() {
    scripting.settings().busy_reply_ms = 100;
    let_time_pass_with_log();
    scripting.shell().serve_others = [this] { serve(); };
  }
  void serve() {
    for (const auto& words : std::exchange(asked_, {})) {
      base::OutputBuffer out;
      server.executor.run_one(other_, words, out);
      std::vector<char> scratch;
      answers_.emplace_back(out.contiguous(scratch));
    }
  }

  exec::Session other_;
  std::vector<std::vector<std::string_view>> asked_;
  std::vector<std::string> answers_;
};

constexpr std::string_view kLoop = "while true do redis.log(0, 'x') end";
constexpr const char* kBusyFunction =
    "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n";
constexpr const char* kBusyScript =
    "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";

TEST_F(BusyFunctions, IsToldOfAndKilled) {
  asked_ = {{"PING"},
            {"SCRIPT", "KILL"},
            {"FUNCTION", "LIST"},
            {"FUNCTION", "STATS"},
            {"FUNCTION", "KILL"}};
  EXPECT_EQ(call(kLoop),
            "-ERR Script killed by user with SCRIPT KILL... script: f, on @user_function:2.\r\n");
  EXPECT_THAT(answers_, ElementsAre(kBusyFunction, kBusyFunction, kBusyFunction,
                                    AllOf(HasSubstr("name\r\n$1\r\nf\r\n"),
                                          HasSubstr("*3\r\n$5\r\nFCALL\r\n$1\r\nf\r\n$1\r\n0\r\n"),
                                          HasSubstr("duration_ms\r\n:")),
                                    "+OK\r\n"));
  EXPECT_EQ(server.run({"FUNCTION", "KILL"}), "-NOTBUSY No scripts in execution right now.\r\n");
  EXPECT_EQ(call("return 1"), ":1\r\n");
}

TEST_F(BusyFunctions, NoPcallHoldsWhatIsKilled) {
  asked_ = {{"FUNCTION", "KILL"}};
  EXPECT_THAT(call("while true do pcall(function() " + std::string(kLoop) + " end) end"),
              StartsWith("-ERR Script killed"));
}

TEST_F(BusyFunctions, ThatHasWrittenStays) {
  asked_ = {{"FUNCTION", "KILL"}, {"SCRIPT", "KILL"}};
  EXPECT_EQ(call("redis.call('set', 'a', 1) for i = 1, 20000 do redis.log(0, 'x') end return 1"),
            ":1\r\n");
  EXPECT_THAT(answers_, ElementsAre(StartsWith("-UNKILLABLE"), StartsWith("-UNKILLABLE")));
}

TEST_F(BusyFunctions, AScriptIsNoFunction) {
  asked_ = {{"FUNCTION", "KILL"}, {"FUNCTION", "STATS"}, {"SCRIPT", "KILL"}};
  EXPECT_THAT(eval(kLoop), StartsWith("-ERR Script killed"));
  EXPECT_THAT(answers_, ElementsAre(kBusyScript, kBusyScript, "+OK\r\n"));
}

}  // namespace
}  // namespace sorrel::script
