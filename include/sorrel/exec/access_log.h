// SPDX-License-Identifier: BSD-3-Clause
//
// What was refused to whom (ACL LOG): logins, commands, keys and channels, newest first and at most
// so many. What is refused over and over within a minute is one entry with a count. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace sorrel::exec {

// Where the command stood that was refused.
enum class AccessContext : std::uint8_t { kTopLevel, kMulti, kScript };

enum class AccessReason : std::uint8_t { kCommand, kKey, kChannel, kLogin };

class AccessLog {
 public:
  struct Entry {
    std::uint64_t id = 0;
    std::uint64_t count = 1;
    AccessReason reason = AccessReason::kCommand;
    AccessContext context = AccessContext::kTopLevel;
    std::string object;  // the command, key or channel; of a login the command's name
    std::string user;
    std::string client;  // its line of CLIENT LIST
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;
  };
  struct Counters {
    std::uint64_t logins = 0;
    std::uint64_t commands = 0;
    std::uint64_t keys = 0;
    std::uint64_t channels = 0;
  };

  void set_max_entries(std::size_t most) { max_entries_ = most; }
  // `entry.id` is given here. Whatever the limit, it is counted.
  void add(Entry entry);
  void clear() { entries_.clear(); }
  const std::deque<Entry>& entries() const { return entries_; }
  const Counters& counters() const { return counters_; }

 private:
  void count(AccessReason reason);

  std::deque<Entry> entries_;
  std::size_t max_entries_ = 128;
  std::uint64_t next_id_ = 0;
  Counters counters_;
};

std::string_view name_of(AccessContext context);
std::string_view name_of(AccessReason reason);

}  // namespace sorrel::exec
