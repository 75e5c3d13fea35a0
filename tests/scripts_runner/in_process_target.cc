// SPDX-License-Identifier: BSD-3-Clause
// A connection of the in-process target does what the server's own does with the bytes of a socket:
// cut them into batches, run those, keep the rest. What it leaves out is the socket.
//
// A client that another one closes (CLIENT KILL) is told so at its next read, after what was
// already written to it, as over TCP.
#include "in_process_target.h"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/session.h>
#include <sorrel/resp/request_parser.h>

#include "option_rows.h"

namespace sorrel::test {
namespace {

constexpr auto kPause = std::chrono::milliseconds(5);
constexpr std::size_t kExpireAtOnce = 512;
constexpr std::size_t kReleaseAtOnce = 2048;
constexpr int kFirstPort = 50'000;

}  // namespace

class InProcessConnection final : public exec::Transport {
 public:
  InProcessConnection(server::Server& server, int number) : server_(server) {
    session_.address = "127.0.0.1:" + std::to_string(kFirstPort + number);
    session_.local_address = "127.0.0.1:" + std::to_string(server.options().port);
    session_.protected_commands =
        server::Server::may(server.options().debug_command, session_.address);
    session_.descriptor = number;
    session_.transport = this;
    session_.created_ms = session_.last_interaction_ms = server.clock().wall_ms();
    server.executor().open_session(session_);
    server.executor().sessions().add(session_);
  }
  ~InProcessConnection() override { end(); }
  InProcessConnection(const InProcessConnection&) = delete;
  InProcessConnection& operator=(const InProcessConnection&) = delete;

  // Returns: false when the connection has ended.
  bool write(std::string_view bytes) {
    if (ended_) return false;
    input_.append(bytes);
    if (!waits()) input_.erase(0, run());
    if (session_.close_after_reply) end();
    return true;
  }

  ReadResult read() {
    std::vector<char> scratch;
    replies_.feed(output_.contiguous(scratch));
    output_.clear();
    ReadResult result = replies_.next();
    if (result.status == ReadResult::Status::timeout && ended_) {
      result.status = ReadResult::Status::closed;
    }
    return result;
  }

  void close() override { session_.close_after_reply = true; }
  base::OutputBuffer& output() override { return output_; }
  void resume(bool) override { resumed_ = true; }
  void send_soon() override {}
  // What arrived while the session's command waited is run when that command's turn has ended.
  void go_on() {
    while (std::exchange(resumed_, false)) input_.erase(0, run());
  }
  bool waits() const { return session_.parked != nullptr || session_.postponed; }
  // A client that was closed by another one's command leaves when that command's turn ends.
  void end_if_closed() {
    if (session_.close_after_reply) end();
  }

  exec::TransportStatistics statistics() const override {
    exec::TransportStatistics statistics;
    statistics.query_buffer_used = input_.size();
    statistics.query_buffer_free = input_.capacity() - input_.size();
    statistics.output_pending = output_.size();
    statistics.output_capacity = output_.capacity();
    statistics.total_memory = sizeof(*this) + input_.capacity() + output_.capacity();
    return statistics;
  }

 private:
  // Runs what is complete. Returns: how many bytes of the input that took.
  std::size_t run() {
    resp::RequestLimits limits;
    limits.max_bulk_bytes = server_.options().max_bulk_bytes;
    const std::string_view unread = input_;
    std::size_t used = 0;
    while (used < unread.size() && !session_.close_after_reply) {
      limits.authenticated = !session_.needs_login();
      const std::size_t most = limits.authenticated ? exec::Executor::kMaxBatch : 1;
      const auto batch = parser_.parse(unread.substr(used), limits, most, room_);
      const std::size_t done = server_.executor().run(session_, batch.requests, output_);
      if (waits()) {
        parser_.restart();
        return used + (done == 0 ? 0 : batch.requests[done - 1].end);
      }
      used += batch.consumed;
      if (!batch.error.empty() && !session_.close_after_reply) {
        resp::ReplyWriter(output_, session_.protocol).error("ERR", batch.error);
        server_.executor().count_error("ERR");
        session_.close_after_reply = true;
      }
      if (batch.consumed == 0) break;
    }
    return used;
  }

  void end() {
    if (!ended_) server_.executor().close_session(session_);
    ended_ = true;
  }

  server::Server& server_;
  exec::Session session_;
  resp::RequestParser parser_;
  resp::BatchRoom room_;
  std::string input_;
  base::OutputBuffer output_;
  ReplyParser replies_;
  bool ended_ = false;
  bool resumed_ = false;
};

InProcessTarget::InProcessTarget(std::uint64_t seed) {
  server::add_options(table_, options_);
  // As the runner starts a server program.
  std::string problem = table_.set_at_start("enable-debug-command", {"local"});
  problem += table_.set_at_start("save", {""});
  // What SAVE and its like write goes when this does.
  options_.rdb_file = "in-process-" + std::to_string(::getpid()) + ".rdb";
  options_.append_directory = options_.rdb_file + ".log";
  if (!problem.empty()) throw std::logic_error(problem);
  server_ = std::make_unique<server::Server>(options_, table_, clock_, seed);
  server::connect_options(table_, *server_);
}

InProcessTarget::~InProcessTarget() {
  connections_.clear();
  server_.reset();
  std::filesystem::remove(options_.rdb_file);
  std::filesystem::remove_all(options_.append_directory);
}

bool InProcessTarget::open(int connection) {
  connections_[connection] = std::make_unique<InProcessConnection>(*server_, ++opened_);
  return true;
}

void InProcessTarget::close(int connection) { connections_.erase(connection); }

bool InProcessTarget::write(int connection, std::string_view bytes) {
  const auto place = connections_.find(connection);
  if (place == connections_.end()) return false;
  const bool written = place->second->write(bytes);
  go_on();
  end_turn();
  return written;
}

ReadResult InProcessTarget::read(int connection) {
  const auto place = connections_.find(connection);
  if (place == connections_.end()) return {ReadResult::Status::closed, {}};
  ReadResult result = place->second->read();
  // A client that waits for a limited time sees that time pass.
  while (result.status != ReadResult::Status::reply && place->second->waits() &&
         server_->executor().next_timeout_ms() != INT64_MAX) {
    pause();
    result = place->second->read();
  }
  return result;
}

bool InProcessTarget::restart(const ConfigValues&) { return false; }

void InProcessTarget::pause() {
  clock_.advance(kPause);
  server_->executor().expire_due(kExpireAtOnce);
  server_->executor().time_out_due();
  go_on();
  end_turn();
}

void InProcessTarget::end_turn() {
  server_->hub().end_turn();
  server_->saving().finish();
  server_->keyspace().release_some(kReleaseAtOnce);
}

void InProcessTarget::go_on() {
  for (const auto& [number, other] : connections_) {
    other->go_on();
    other->end_if_closed();
  }
}

}  // namespace sorrel::test
