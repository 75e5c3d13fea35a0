// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory: what of it the executor is told, and the room that is made between two turns when
// nobody asks for it: after the limit was lowered, or when clients' replies have become data.
#include <algorithm>

#include "server_state.h"

namespace sorrel::server {
namespace {

// How long a command may wait for room, by maxmemory-eviction-tenacity: 10 is the default, 100 as
// long as it takes.
constexpr std::int64_t kTenacityStepNs = 50'000;
constexpr std::int64_t kMostTenacity = 100;

}  // namespace

void Server::apply_memory_limit() {
  exec::MemoryLimit::Settings settings;
  settings.bytes = options_.max_memory;
  settings.time_ns = options_.eviction_tenacity == kMostTenacity
                         ? INT64_MAX
                         : options_.eviction_tenacity * kTenacityStepNs;
  settings.eviction = {static_cast<keyspace::Eviction>(options_.max_memory_policy),
                       static_cast<std::size_t>(options_.eviction_samples)};
  keyspace_.access().settings() = {keyspace::evicts_by_frequency(settings.eviction.policy),
                                   options_.lfu_log_factor, options_.lfu_decay_minutes};
  executor_.set_memory_limit(settings);
  client_memory_.apply();
  check_memory();
}

void Server::check_memory() {
  statistics_.peak_memory = std::max(statistics_.peak_memory, executor_.memory_limit().sync());
  executor_.look_at_memory();
}

void Server::make_room(std::int64_t end_ns) {
  if (executor_.memory_limit().limited()) {
    executor_.memory_limit().set_waiting(loop_.input_bytes() +
                                         (log_ != nullptr ? log_->held_bytes() : 0));
    evicts_ = executor_.evict_due(end_ns - clock_.monotonic_ns());
  } else {
    evicts_ = false;
  }
}

}  // namespace sorrel::server
