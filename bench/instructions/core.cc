// SPDX-License-Identifier: BSD-3-Clause
//
// The composition of the core, and a turn in the order of server/server_state.cc.
#include "core.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <sorrel/commands/families.h>
#include <sorrel/pubsub/pubsub_commands.h>

namespace sorrel::bench {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr auto kTurn = std::chrono::microseconds(20);
constexpr std::size_t kExpirePerTurn = 512;
constexpr std::size_t kReleasePerTurn = 2048;

}  // namespace

Client::Client(exec::Executor& executor) : executor_(executor) {
  session.transport = this;
  executor_.open_session(session);
  executor_.sessions().add(session);
}

Client::~Client() { executor_.close_session(session); }

Core::Core()
    : keyspace_(16, kSeed),
      executor_(table_, keyspace_, clock_, kSeed),
      hub_(executor_, kSeed),
      client_((with_commands(), executor_)) {
  keyspace_.set_now_ms(clock_.wall_ms());
}

exec::CommandTable& Core::with_commands() {
  commands::add_all_commands(table_);
  pubsub::add_pubsub_commands(table_, hub_);
  script::add_script_commands(table_, scripting_);
  table_.seal();
  return table_;
}

void Core::turn(std::string_view pipeline) {
  client_.output().clear();
  const resp::RequestLimits limits;
  while (!pipeline.empty()) {
    const auto batch = parser_.parse(pipeline, limits, exec::Executor::kMaxBatch, room_);
    executor_.run(client_.session, batch.requests, client_.output());
    pipeline.remove_prefix(batch.consumed);
  }
  end_turn();
}

void Core::end_turn() {
  hub_.end_turn();
  executor_.effect_log().clear();
  for (const auto& other : others_) {
    other->output().clear();
  }
  if (keyspace_.pending_releases() != 0) {
    keyspace_.release_some(kReleasePerTurn);
  }
  clock_.advance(kTurn);
  if (keyspace_.next_deadline_ms() <= clock_.wall_ms()) {
    executor_.expire_due(kExpirePerTurn);
  }
}

std::string Core::run(Client& client, std::initializer_list<std::string_view> words) {
  client.output().clear();
  executor_.run_one(client.session, std::span<const std::string_view>(words.begin(), words.size()),
                    client.output());
  std::vector<char> scratch;
  std::string reply(client.output().contiguous(scratch));
  client.output().clear();
  executor_.effect_log().clear();
  if (reply.starts_with('-')) {
    throw std::runtime_error(std::string(*words.begin()) + ": " + reply);
  }
  return reply;
}

Client& Core::connect() { return *others_.emplace_back(std::make_unique<Client>(executor_)); }

std::string request(std::span<const std::string_view> words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n";
    bytes += word;
    bytes += "\r\n";
  }
  return bytes;
}

std::string numbered(std::string_view prefix, std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text(prefix);
  text.append(12 - std::min<std::size_t>(digits.size(), 12), '0');
  return text + digits;
}

}  // namespace sorrel::bench
