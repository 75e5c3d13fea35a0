// SPDX-License-Identifier: BSD-3-Clause
//
// Who is told what.
#include <sorrel/pubsub/hub.h>

namespace sorrel::pubsub {

Hub::Hub(exec::Executor& executor, std::uint64_t seed)
    : executor_(executor), channels_(executor, seed), keyspace_events_(channels_) {
  refresh();
}

Hub::~Hub() { executor_.observe(nullptr, {}); }

void Hub::refresh() { executor_.observe(this, keyspace_events_.wanted()); }

void Hub::on_change(const keyspace::Event& event, std::uint32_t database, std::string_view key,
                    exec::Session* /*by*/) {
  keyspace_events_.publish(event, database, key);
}

void Hub::on_database_change(std::uint32_t /*database*/, exec::Session* /*by*/) {}

void Hub::on_settled() {}

void Hub::on_read(exec::Session& /*session*/, const exec::Command& /*command*/,
                  std::span<const std::string_view> /*arguments*/) {}

void Hub::on_command(const exec::Session& /*session*/,
                     std::span<const std::string_view> /*arguments*/) {}

void Hub::on_reset(exec::Session& session) { channels_.forget(session); }

}  // namespace sorrel::pubsub
