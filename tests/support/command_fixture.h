// SPDX-License-Identifier: BSD-3-Clause
//
// The core of the server without its shell: a keyspace, the commands of the families under test
// and an executor, on a clock that is turned by hand. Replies come back as the bytes that a client
// would get, and the effects as the bytes that the log would get.
//
//   CommandFixture server({&commands::add_string_commands});
//   EXPECT_EQ(server.run({"SET", "k", "v"}), "+OK\r\n");
//
// One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/clock.h>
#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/command_table.h>
#include <sorrel/exec/executor.h>
#include <sorrel/exec/session.h>
#include <sorrel/keyspace/keyspace.h>

namespace sorrel::test {

// The bulk strings of a reply, however deep they lie. Requires: none of them holds CR LF.
inline std::vector<std::string> bulk_texts(std::string_view reply) {
  std::vector<std::string> found;
  bool text = false;
  for (std::size_t at = 0; at < reply.size();) {
    const std::size_t end = reply.find("\r\n", at);
    if (text) found.emplace_back(reply.substr(at, end - at));
    text = !text && reply[at] == '$';
    at = end + 2;
  }
  return found;
}

class CommandFixture {
 public:
  using AddFamily = void (*)(exec::CommandTable&);

  explicit CommandFixture(std::initializer_list<AddFamily> families, std::uint64_t seed = 1)
      : keyspace(kDatabases, seed),
        executor(with_families(table, families), keyspace, clock, seed) {
    keyspace.set_now_ms(clock.wall_ms());
    executor.effect_log().set_enabled(true);
    keyspace.changes().set_keep_vanished(true);
    session.transport = &transport_;
    executor.sessions().add(session);
    executor.open_session(session);
  }
  ~CommandFixture() { executor.close_session(session); }
  CommandFixture(const CommandFixture&) = delete;
  CommandFixture& operator=(const CommandFixture&) = delete;

  // Runs one command. Returns: its reply. Its effects are in effects().
  std::string run(std::initializer_list<std::string_view> words) {
    return run(std::span<const std::string_view>(words.begin(), words.size()));
  }
  std::string run(std::span<const std::string_view> words) {
    executor.effect_log().clear();
    executor.run_one(session, words, output_);
    return take_output();
  }
  // What was answered since, to a command that had been parked.
  std::string take_output() {
    std::vector<char> scratch;
    std::string reply(output_.contiguous(scratch));
    output_.clear();
    return reply;
  }

  // What the last command said must be repeated: RESP requests, shown as one line a request with
  // blanks between the words. SELECT is left out.
  std::vector<std::string> effects() {
    std::vector<std::string> lines;
    std::string_view bytes = executor_log();
    while (!bytes.empty()) {
      std::string line;
      for (std::size_t words = take_count(bytes); words > 0; --words) {
        const std::size_t size = take_count(bytes);
        line += (line.empty() ? "" : " ") + std::string(bytes.substr(0, size));
        bytes.remove_prefix(size + 2);
      }
      if (line.substr(0, 7) != "SELECT ") {
        lines.push_back(line);
      }
    }
    return lines;
  }

  void set_protocol(resp::Protocol protocol) { session.protocol = protocol; }
  void advance(std::chrono::microseconds time) { clock.advance(time); }

  static constexpr std::size_t kDatabases = 16;

  base::ManualClock clock;
  exec::CommandTable table;
  keyspace::Keyspace keyspace;
  exec::Executor executor;
  exec::Session session;

 private:
  static exec::CommandTable& with_families(exec::CommandTable& table,
                                           std::initializer_list<AddFamily> families) {
    for (const AddFamily add : families) {
      add(table);
    }
    table.seal();
    return table;
  }
  std::string_view executor_log() { return executor.effect_log().bytes(); }
  // Takes "*3\r\n" or "$5\r\n" from the front. Returns: the number.
  static std::size_t take_count(std::string_view& bytes) {
    const std::size_t end = bytes.find("\r\n");
    const std::size_t count = std::stoul(std::string(bytes.substr(1, end - 1)));
    bytes.remove_prefix(end + 2);
    return count;
  }

  // What a parked command is answered with lands behind what was answered before.
  class OwnTransport final : public exec::Transport {
   public:
    explicit OwnTransport(base::OutputBuffer& output) : output_(output) {}
    void close() override {}
    exec::TransportStatistics statistics() const override { return {}; }
    base::OutputBuffer& output() override { return output_; }
    void resume(bool) override {}
    void send_soon() override {}

   private:
    base::OutputBuffer& output_;
  };

  base::OutputBuffer output_;
  OwnTransport transport_{output_};
};

}  // namespace sorrel::test
