// SPDX-License-Identifier: BSD-3-Clause
//
// Who is told what.
#include <algorithm>
#include <string>

#include <sorrel/pubsub/hub.h>

namespace sorrel::pubsub {

Hub::Hub(exec::Executor& executor, std::uint64_t seed)
    : executor_(executor),
      channels_(executor, seed),
      keyspace_events_(channels_),
      tracking_(executor, seed),
      monitors_(executor) {
  refresh();
}

Hub::~Hub() { executor_.observe(nullptr, {}); }

void Hub::refresh() {
  exec::Observed what = keyspace_events_.wanted();
  what.changes = what.changes || tracking_.wants_changes();
  what.commands = monitors_.any();
  executor_.observe(this, what);
}

void Hub::on_change(const keyspace::Event& event, std::uint32_t database, std::string_view key,
                    exec::Session* by) {
  if (tracking_.wants_changes()) {
    tracking_.on_change(event, key, by);
  }
  keyspace_events_.publish(event, database, key);
}

void Hub::on_flush() { tracking_.on_flush(); }

void Hub::on_read(exec::Session& session, const exec::Command& command,
                  std::span<const std::string_view> arguments) {
  tracking_.on_read(session, command, arguments);
}

void Hub::on_answered(exec::Session& session, const exec::Command* command) {
  tracking_.on_answered(session, command);
}

void Hub::on_command(const exec::Session& session, std::span<const std::string_view> arguments) {
  monitors_.on_command(session, arguments);
}

bool Hub::listens_within(const exec::Session& session, const exec::User& user) const {
  if (!session.subscriptions.any()) {
    return true;
  }
  const auto granted = [&](TopicKind kind) {
    const auto names = channels_.names_of(session, kind);
    return std::ranges::all_of(names, [&](const std::string& name) {
      return user.may_listen(name, kind == TopicKind::kPattern);
    });
  };
  return granted(TopicKind::kChannel) && granted(TopicKind::kPattern) &&
         granted(TopicKind::kShardChannel);
}

void Hub::on_reset(exec::Session& session) {
  channels_.forget(session);
  tracking_.forget(session);
  monitors_.remove(session);
  refresh();
}

}  // namespace sorrel::pubsub
