// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's one observer: it owns all who are only told what happens, hands each of them what
// concerns it, and tells the executor what they wish to be told together. It decides nothing
// itself. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/exec/executor.h>
#include <sorrel/exec/observer.h>
#include <sorrel/pubsub/channels.h>
#include <sorrel/pubsub/keyspace_events.h>
#include <sorrel/pubsub/monitors.h>
#include <sorrel/pubsub/tracking.h>

namespace sorrel::pubsub {

class Hub final : public exec::Observer {
 public:
  Hub(exec::Executor& executor, std::uint64_t seed);
  ~Hub() override;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  Channels& channels() { return channels_; }
  KeyspaceEvents& keyspace_events() { return keyspace_events_; }
  Tracking& tracking() { return tracking_; }
  Monitors& monitors() { return monitors_; }

  // To be called when somebody began or ceased to listen.
  void refresh();

  // To be called at the end of a turn, before replies leave: sends what is told once a turn, and
  // does some of what must not be done at once. Returns: whether there is more of that.
  bool end_turn() { return tracking_.end_turn(); }

  void on_change(const keyspace::Event& event, std::uint32_t database, std::string_view key,
                 exec::Session* by) override;
  void on_flush() override;
  void on_read(exec::Session& session, const exec::Command& command,
               std::span<const std::string_view> arguments) override;
  void on_answered(exec::Session& session, const exec::Command* command) override;
  void on_command(const exec::Session& session,
                  std::span<const std::string_view> arguments) override;
  bool listens_within(const exec::Session& session, const exec::User& user) const override;
  void on_reset(exec::Session& session) override;

 private:
  exec::Executor& executor_;
  Channels channels_;
  KeyspaceEvents keyspace_events_;
  Tracking tracking_;
  Monitors monitors_;
};

}  // namespace sorrel::pubsub
