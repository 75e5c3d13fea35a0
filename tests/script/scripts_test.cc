// SPDX-License-Identifier: BSD-3-Clause
//
// The cache of scripts, what flags and the state of the server allow, and how errors are counted.
#include "script_fixture.h"

namespace sorrel::script {
namespace {

using testing::StartsWith;

class Scripts : public ScriptFixture {
 protected:
  std::string digest_of(std::string_view source) {
    return test::bulk_texts(eval("return redis.sha1hex([==[" + std::string(source) + "]==])"))[0];
  }
  std::uint64_t errors(const std::string& code) {
    const auto& by_code = server.executor.statistics().errors_by_code;
    const auto place = by_code.find(code);
    return place == by_code.end() ? 0 : place->second;
  }
  std::uint64_t failed(std::string_view command) {
    return server.table.find(command)->statistics.failed;
  }
  void set_state(void (*change)(exec::ServerState&)) {
    exec::ServerState state = server.executor.state();
    change(state);
    server.executor.set_state(state);
  }
};

TEST_F(Scripts, TheOneUsedLeastRecentlyGoes) {
  const std::string first = digest_of("return 'first'");
  const std::string second = digest_of("return 'second'");
  server.run({"SCRIPT", "FLUSH"});
  server.run({"SCRIPT", "LOAD", "return 'kept'"});
  eval("return 'first'");
  eval("return 'second'");
  for (int i = 0; i < 498; ++i) {
    eval("return " + std::to_string(i));
  }
  EXPECT_EQ(scripting.statistics().cached_scripts, 501U);
  EXPECT_EQ(server.run({"EVALSHA", first, "0"}), "$5\r\nfirst\r\n");
  eval("return 'one more'");
  EXPECT_EQ(scripting.statistics().evicted_scripts, 1U);
  EXPECT_EQ(scripting.statistics().cached_scripts, 501U);
  EXPECT_EQ(server.run({"SCRIPT", "EXISTS", first, second, digest_of("return 'kept'")}),
            "*3\r\n:1\r\n:0\r\n:1\r\n");
}

TEST_F(Scripts, CodesOfTheirMakingHaveAnEnd) {
  for (int i = 1; i <= 300; ++i) {
    eval("return redis.error_reply('" + std::to_string(i) + " text')");
  }
  EXPECT_EQ(errors("ERRORSTATS_OVERFLOW"), 172U);
  EXPECT_EQ(errors("1"), 1U);
  EXPECT_EQ(errors("129"), 0U);
  server.run({"SET", "k", "v", "what"});
  EXPECT_EQ(errors("ERR"), 1U);
  eval("return redis.error_reply('1 text')");
  EXPECT_EQ(errors("1"), 2U);
  EXPECT_EQ(errors("ERRORSTATS_OVERFLOW"), 172U);
}

TEST_F(Scripts, LoadingKeepsWhatEvalBrought) {
  const std::string digest = digest_of("return 'x'");
  eval("return 'x'");
  server.run({"SCRIPT", "LOAD", "return 'x'"});
  for (int i = 0; i < 600; ++i) {
    eval("return " + std::to_string(i));
  }
  EXPECT_EQ(server.run({"EVALSHA", digest, "0"}), "$1\r\nx\r\n");
}

TEST_F(Scripts, AFlushFreesTheInterpreter) {
  const std::size_t empty = scripting.statistics().script_vm_bytes;
  for (int i = 0; i < 100; ++i) {
    eval("return '" + std::string(10'000, 'x') + std::to_string(i) + "'");
  }
  EXPECT_GT(scripting.statistics().script_vm_bytes, empty + 1'000'000);
  EXPECT_GT(scripting.statistics().script_bytes, 1'000'000U);
  EXPECT_EQ(server.run({"SCRIPT", "FLUSH"}), "+OK\r\n");
  EXPECT_LT(scripting.statistics().script_vm_bytes, empty + 10'000);
  EXPECT_EQ(scripting.statistics().script_bytes, 0U);
  EXPECT_EQ(eval("return 1"), ":1\r\n");
}

TEST_F(Scripts, TheTextCanBeShown) {
  EXPECT_EQ(server.run({"SCRIPT", "SHOW", digest_of("return 'x'")}),
            "-NOSCRIPT No matching script. Please use EVAL.\r\n");
  eval("return 'x'");
  EXPECT_EQ(server.run({"SCRIPT", "SHOW", digest_of("return 'x'")}), "$10\r\nreturn 'x'\r\n");
}

TEST_F(Scripts, AFullMemoryRefusesTheFirstWrite) {
  set_state([](exec::ServerState& state) { state.out_of_memory = true; });
  EXPECT_THAT(eval("return redis.call('set','a','1')"),
              StartsWith("-OOM command not allowed when used memory > 'maxmemory'. script: "));
  EXPECT_EQ(eval("return redis.call('get','a')"), "$-1\r\n");
  EXPECT_EQ(eval("redis.call('del','a') return redis.call('set','a','1')"), "+OK\r\n");
  EXPECT_EQ(eval("#!lua\nreturn 1"),
            "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  EXPECT_EQ(eval("#!lua flags=no-writes\nreturn 1"), ":1\r\n");
  EXPECT_EQ(eval("#!lua flags=allow-oom\nreturn redis.call('set','a','1')"), "+OK\r\n");
}

TEST_F(Scripts, ADiskThatFailsRefusesTheFirstWrite) {
  set_state([](exec::ServerState& state) { state.disk_error = "No space left on device"; });
  EXPECT_THAT(eval("return redis.call('set','a','1')"),
              StartsWith("-MISCONF Errors writing to the AOF file: No space left on device"));
  EXPECT_EQ(eval("return redis.call('get','a')"), "$-1\r\n");
  EXPECT_EQ(eval("#!lua\nreturn 1"),
            "-MISCONF Errors writing to the AOF file: No space left on device\r\n");
  EXPECT_EQ(eval("#!lua flags=no-writes\nreturn 1"), ":1\r\n");
}

TEST_F(Scripts, AnErrorIsCountedOnce) {
  server.run({"SET", "s", "x"});
  eval("return redis.call('incr','s')");
  EXPECT_EQ(errors("ERR"), 1U);
  EXPECT_EQ(failed("eval"), 1U);
  EXPECT_EQ(failed("incr"), 1U);
  eval("redis.pcall('incr','s') return 1");
  EXPECT_EQ(errors("ERR"), 2U);
  EXPECT_EQ(failed("eval"), 1U);
  eval("return redis.pcall('incr','s')");
  EXPECT_EQ(errors("ERR"), 3U);
  EXPECT_EQ(failed("eval"), 2U);
  eval("return {{err='FOO bar'}}");
  EXPECT_EQ(errors("FOO"), 1U);
  EXPECT_EQ(failed("eval"), 3U);
  eval("error({err='BAR'})");
  EXPECT_EQ(errors("BAR"), 1U);
  eval("return redis.pcall('nosuch')");
  EXPECT_EQ(errors("ERR"), 4U);
  eval("return redis.call('get')");
  EXPECT_EQ(errors("ERR"), 5U);
  EXPECT_EQ(server.table.find("get")->statistics.rejected, 1U);
}

TEST_F(Scripts, ErrorObjectsWithoutATextAreErrorsAllTheSame) {
  for (const char* const script :
       {"error({})", "error({ok='x'})", "error(setmetatable({}, {__tostring = error}))"}) {
    EXPECT_THAT(eval(script), StartsWith("-ERR unknown error script: ")) << script;
  }
  EXPECT_THAT(eval("error(error)"), StartsWith("-ERR function script: "));
  EXPECT_THAT(eval("error(coroutine.create(function() end))"), StartsWith("-ERR thread script: "));
}

TEST_F(Scripts, LongLinesAreNotCut) {
  const std::string reply = eval("return {ok = string.rep('x', 100000)}");
  EXPECT_EQ(reply, "+" + std::string(100'000, 'x') + "\r\n");
}

TEST_F(Scripts, LongRepliesAreReadWhole) {
  server.run({"SET", "long", std::string(100'000, 'x')});
  EXPECT_EQ(eval("return #redis.call('get','long')"), ":100000\r\n");
  EXPECT_EQ(eval("for i = 1, 5000 do redis.call('rpush','l',i) end local l = redis.call('lrange', "
                 "'l', 0, -1) return {#l, l[1], l[5000]}"),
            "*3\r\n:5000\r\n$1\r\n1\r\n$4\r\n5000\r\n");
}

TEST_F(Scripts, ManyWordsCanBeGiven) {
  EXPECT_EQ(eval("local t = {} for i = 1, 5000 do t[i] = i end return redis.call('rpush', 'l', "
                 "unpack(t))"),
            ":5000\r\n");
}

}  // namespace
}  // namespace sorrel::script
