// SPDX-License-Identifier: BSD-3-Clause
//
// What happened to the keyspace since the last drain: information that goes up as values. The
// executor drains it once after each command and tells those who care (the log, later watched and
// blocked keys, notifications and tracking). While nobody listens a change costs a counter.
//
// Keys that vanish on their own (expired) are always kept when `record_vanished` is on, because
// the log and replicas must be told to delete them. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/keyspace/events.h>

namespace sorrel::keyspace {

struct Change {
  const Event* event = nullptr;
  std::uint32_t database = 0;
  std::string key;
};

class ChangeLog {
 public:
  // Changes since the process began; grows by one for each committed mutation.
  std::uint64_t count() const { return count_; }

  void record(const Event& event, std::uint32_t database, std::string_view key) {
    ++count_;
    if (listening_) [[unlikely]] {
      changes_.push_back({&event, database, std::string(key)});
    }
  }
  void record_vanished(const Event& event, std::uint32_t database, std::string_view key) {
    if (keep_vanished_) {
      vanished_.push_back({&event, database, std::string(key)});
    }
    if (listening_) [[unlikely]] {
      changes_.push_back({&event, database, std::string(key)});
    }
  }

  void set_listening(bool on) { listening_ = on; }
  void set_keep_vanished(bool on) { keep_vanished_ = on; }

  const std::vector<Change>& changes() const { return changes_; }
  const std::vector<Change>& vanished() const { return vanished_; }
  void forget_changes() { changes_.clear(); }
  void forget_vanished() { vanished_.clear(); }

 private:
  std::uint64_t count_ = 0;
  bool listening_ = false;
  bool keep_vanished_ = false;
  std::vector<Change> changes_;
  std::vector<Change> vanished_;
};

}  // namespace sorrel::keyspace
