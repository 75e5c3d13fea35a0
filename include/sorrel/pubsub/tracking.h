// SPDX-License-Identifier: BSD-3-Clause
//
// Client side caching (CLIENT TRACKING): clients keep copies of what they read and are told when
// one of them is no longer true. Each key that a client has read is remembered with its number
// until it changes; a client in broadcast mode is told of all keys with its prefixes instead, once
// for all that changed in a turn of the loop.
//
// As many keys are remembered as `tracking-table-max-keys` says; beyond that any of them is
// declared changed and forgotten. Databases are not told apart, and who turned tracking off, or is
// gone, is passed over when a key of his changes. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/exec/executor.h>

namespace sorrel::pubsub {

class BroadcastTable;
class Invalidation;
class TrackedKey;
class TrackedKeys;

struct TrackingStatistics {
  std::size_t clients = 0;
  std::size_t keys = 0;
  std::size_t items = 0;  // clients of all keys
  std::size_t prefixes = 0;
};

class Tracking {
 public:
  Tracking(exec::Executor& executor, std::uint64_t seed);
  ~Tracking();
  Tracking(const Tracking&) = delete;
  Tracking& operator=(const Tracking&) = delete;

  // In this mode from now on. Prefixes are added to those that the session has; without any in
  // broadcast mode it is told of all keys. Requires: it is not in the other of the two modes.
  void begin(exec::Session& session, const exec::TrackingState& mode,
             std::span<const std::string_view> prefixes);
  void end(exec::Session& session);
  std::vector<std::string_view> prefixes_of(const exec::Session& session) const;

  // 0: as many as there are.
  void set_max_keys(std::size_t keys) { max_keys_ = keys; }
  TrackingStatistics statistics() const;

  // Whether it must be told of changes.
  bool wants_changes() const;

  void on_read(exec::Session& session, const exec::Command& command,
               std::span<const std::string_view> arguments);
  void on_answered(exec::Session& session, const exec::Command* command);
  // `by` is whose command runs, null for none.
  void on_change(const keyspace::Event& event, std::string_view key, const exec::Session* by);
  void on_flush();
  // The session is back at its beginning, or it ends.
  void forget(exec::Session& session);

  // Tells of what was changed in this turn to those in broadcast mode, and does some of what must
  // not be done at once. Returns: whether there is more of that.
  bool end_turn();

 private:
  void remember(const exec::Session& session, std::string_view key);
  void forget_some(std::size_t limit);
  void tell_of(TrackedKey* key, const exec::Session* by);
  void broadcast();
  // The message that was spelled last goes to the session, or to whom it has named instead.
  void send(exec::Session& session);
  void tell_broken(exec::Session& session);

  exec::Executor& executor_;
  std::unique_ptr<TrackedKeys> keys_;
  std::unique_ptr<BroadcastTable> broadcasts_;
  std::unique_ptr<Invalidation> message_;
  std::size_t max_keys_ = 1'000'000;
  std::size_t clients_ = 0;
};

}  // namespace sorrel::pubsub
