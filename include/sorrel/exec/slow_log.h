// SPDX-License-Identifier: BSD-3-Clause
//
// The commands that took longest: a bounded list, newest first, with the arguments as the client
// sent them (those of a transaction or a script each by itself, too), shortened as SLOWLOG shows
// them (at most 32 words of 128 bytes). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::exec {

class SlowLog {
 public:
  struct Entry {
    std::int64_t id = 0;
    std::int64_t time_s = 0;  // Unix time
    std::int64_t duration_us = 0;
    std::vector<std::string> arguments;
    std::string address;
    std::string name;
  };

  // The options slowlog-log-slower-than (microseconds; negative: off) and slowlog-max-len.
  struct Settings {
    std::int64_t threshold_us = 10'000;
    std::int64_t max_entries = 128;
  };

  Settings& settings() { return settings_; }
  bool wants(std::int64_t duration_us) const {
    return settings_.threshold_us >= 0 && duration_us >= settings_.threshold_us &&
           settings_.max_entries > 0;
  }
  // Bit i of `secrets`: word i is a secret and stands as "(redacted)"; the last bit speaks for all
  // words from the 64th on.
  void add(std::span<const std::string_view> arguments, std::uint64_t secrets, std::int64_t time_s,
           std::int64_t duration_us, std::string_view address, std::string_view name);
  const std::deque<Entry>& entries() const { return entries_; }
  void clear() { entries_.clear(); }

 private:
  Settings settings_;
  std::int64_t next_id_ = 0;
  std::deque<Entry> entries_;
};

}  // namespace sorrel::exec
