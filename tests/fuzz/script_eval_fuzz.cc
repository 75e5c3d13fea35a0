// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzzes scripts and functions through a whole server without sockets. The first byte chooses the
// protocol, and whether the rest is text or bytes that a script is made of (lua_generator.h). Text
// may hold several scripts with NUL between them; one that begins with "#!lua name" is loaded as a
// library, whose function `f` is then called, and all others are run by EVAL.
//
// Every reading of the clock moves it, so that what runs too long is soon found to, and then ended
// by force; the interpreter's memory has a limit. Whatever the script did, there is exactly one
// reply of a proper form, the session is as it was, and after a flush nothing is left.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/commands/families.h>
#include <sorrel/exec/executor.h>
#include <sorrel/persist/dump_commands.h>
#include <sorrel/persist/libraries_payload.h>
#include <sorrel/script/scripting.h>

#include "fuzz/lua_generator.h"
#include "support/resp_client.h"

namespace {

using namespace sorrel;

void require(bool condition, int line = __builtin_LINE()) {
  if (!condition) {
    std::fprintf(stderr, "not so: line %d\n", line);
    std::abort();
  }
}

class TickingClock final : public base::Clock {
 public:
  static constexpr std::int64_t kTickUs = 10'000;

  std::int64_t wall_ms() const override { return wall_us() / 1000; }
  std::int64_t wall_us() const override { return now_us_; }
  std::int64_t monotonic_ns() const override {
    now_us_ += kTickUs;
    return now_us_ * 1000;
  }

 private:
  mutable std::int64_t now_us_ = 1'700'000'000'000'000;
};

class Server final : public exec::Transport {
 public:
  Server() : keyspace_(16, 1), executor_(filled(), keyspace_, clock_, 1) {
    // What is written in C is no instruction, so that each of them may cost much: both are low.
    scripting_.settings().busy_reply_ms = 1;
    scripting_.settings().memory_limit_bytes = 4 * 1024 * 1024;
    scripting_.shell().serve_others = [this] { scripting_.kill_for_shutdown(); };
    scripting_.shell().seal_libraries = [](std::span<const std::string_view> sources) {
      return persist::seal_libraries(sources);
    };
    scripting_.shell().open_libraries = [](std::string_view payload) {
      auto opened = persist::open_libraries(payload, false);
      return script::OpenedLibraries{std::string(opened.error), std::move(opened.codes)};
    };
    executor_.limits().max_string_bytes = 16 * 1024;
    executor_.limits().max_reply_bytes = 1024 * 1024;
    executor_.effect_log().set_enabled(true);
    session_.transport = this;
    executor_.open_session(session_);
    executor_.sessions().add(session_);
    flush();
    empty_bytes_ = scripting_.statistics().script_vm_bytes;
  }

  void set_protocol(resp::Protocol protocol) { session_.protocol = protocol; }

  test::Reply run(std::initializer_list<std::string_view> words) {
    executor_.run_one(session_, {words.begin(), words.size()}, output_);
    std::vector<char> scratch;
    test::ReplyParser parser;
    parser.feed(output_.contiguous(scratch));
    output_.clear();
    const test::ReadResult read = parser.next();
    require(read.status == test::ReadResult::Status::reply);
    require(parser.next().status == test::ReadResult::Status::timeout);
    require(!session_.in_script && session_.database == 0 && session_.parked == nullptr &&
            session_.transaction == nullptr && !session_.close_after_reply);
    require(executor_.state().busy.empty() && !executor_.effect_log().muted());
    return read.reply;
  }

  // Back to the beginning.
  void flush() {
    run({"FLUSHALL"});
    run({"SCRIPT", "FLUSH"});
    run({"FUNCTION", "FLUSH"});
    executor_.effect_log().clear();
    while (!keyspace_.release_some(SIZE_MAX)) {  // a grave takes the whole budget, however large
    }
    require(keyspace_.size() == 0);
    const script::Statistics statistics = scripting_.statistics();
    require(statistics.function_vm_bytes == 0 && statistics.functions == 0);
    require(empty_bytes_ == 0 || statistics.script_vm_bytes == empty_bytes_);
  }

  void close() override {}
  exec::TransportStatistics statistics() const override { return {}; }
  base::OutputBuffer& output() override { return output_; }
  void resume(bool) override {}
  void send_soon() override {}

 private:
  exec::CommandTable& filled() {
    commands::add_all_commands(table_);
    persist::add_dump_commands(table_);
    script::add_script_commands(table_, scripting_);
    table_.seal();
    return table_;
  }

  TickingClock clock_;
  script::Scripting scripting_;
  exec::CommandTable table_;
  keyspace::Keyspace keyspace_;
  exec::Executor executor_;
  exec::Session session_;
  base::OutputBuffer output_;
  std::size_t empty_bytes_ = 0;
};

void eval(Server& server, std::string_view source) {
  server.run({"EVAL", source, "2", "k1", "k2", "argument", "7"});
}

void load_and_call(Server& server, std::string_view source) {
  if (server.run({"FUNCTION", "LOAD", "REPLACE", source}).type == test::Reply::Type::error) {
    return;
  }
  server.run({"FCALL", "f", "2", "k1", "k2", "argument", "7"});
  server.run({"FCALL_RO", "f", "1", "k1", "argument"});
  const test::Reply payload = server.run({"FUNCTION", "DUMP"});
  require(server.run({"FUNCTION", "RESTORE", payload.text, "FLUSH"}).text == "OK");
  server.run({"FUNCTION", "LIST", "WITHCODE"});
}

void run_text(Server& server, std::string_view text) {
  constexpr std::size_t kMostScripts = 8;
  for (std::size_t i = 0; i < kMostScripts && !text.empty(); ++i) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    const std::string_view source = text.substr(0, end);
    if (source.starts_with("#!lua name")) {
      load_and_call(server, source);
    } else {
      eval(server, source);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Server server;
  if (size < 2) {
    return 0;
  }
  constexpr std::uint8_t kResp3 = 1;
  constexpr std::uint8_t kGenerate = 2;
  server.set_protocol((data[0] & kResp3) != 0 ? resp::Protocol::kResp3 : resp::Protocol::kResp2);
  if ((data[0] & kGenerate) != 0) {
    test::LuaGenerator generator({data + 1, size - 1});
    eval(server, generator.script());
  } else {
    run_text(server, {reinterpret_cast<const char*>(data + 1), size - 1});
  }
  require(server.run({"PING"}).text == "PONG");
  server.flush();
  return 0;
}
