// SPDX-License-Identifier: BSD-3-Clause
//
// The server without its shell, as the counted workloads need it: every family of commands,
// publish/subscribe and scripts over one keyspace, from the bytes of a pipeline to the bytes of the
// replies. No socket, no disk, no clock but one that each turn moves by a fixed step, and fixed
// seeds: what it executes is the same in every run. One thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/clock.h>
#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/executor.h>
#include <sorrel/pubsub/hub.h>
#include <sorrel/resp/request_parser.h>
#include <sorrel/script/scripting.h>

namespace sorrel::bench {

// A client: its session and what was written to it.
class Client final : public exec::Transport {
 public:
  explicit Client(exec::Executor& executor);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void close() override {}
  exec::TransportStatistics statistics() const override { return {}; }
  base::OutputBuffer& output() override { return output_; }
  void resume(bool) override {}
  void send_soon() override {}

  exec::Session session;

 private:
  exec::Executor& executor_;
  base::OutputBuffer output_;
};

class Core {
 public:
  Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // One turn of the loop in which the client sent these bytes, from the parser to the turn's end.
  // Its replies stay in output() until the next turn.
  void turn(std::string_view pipeline);
  base::OutputBuffer& output() { return client_.output(); }

  // Runs one command. Returns: its reply. Errors: std::runtime_error if that is one.
  std::string run(std::initializer_list<std::string_view> words) { return run(client_, words); }
  std::string run(Client& client, std::initializer_list<std::string_view> words);
  // A further client. What it is told is forgotten at the end of each turn.
  Client& connect();
  // From now on effects are encoded for a log, which takes them at the end of each turn.
  void begin_log() { executor_.effect_log().set_enabled(true); }

  pubsub::Hub& hub() { return hub_; }
  const exec::ExecutorStatistics& statistics() { return executor_.statistics(); }

 private:
  exec::CommandTable& with_commands();
  void end_turn();

  base::ManualClock clock_;
  script::Scripting scripting_;
  exec::CommandTable table_;
  keyspace::Keyspace keyspace_;
  exec::Executor executor_;
  pubsub::Hub hub_;
  Client client_;
  std::vector<std::unique_ptr<Client>> others_;
  resp::RequestParser parser_;
  resp::BatchRoom room_;
};

// A request as clients send it.
std::string request(std::span<const std::string_view> words);
inline std::string request(std::initializer_list<std::string_view> words) {
  return request(std::span<const std::string_view>(words.begin(), words.size()));
}
// The prefix and twelve digits, as "key:000000000042".
std::string numbered(std::string_view prefix, std::uint64_t number);

}  // namespace sorrel::bench
