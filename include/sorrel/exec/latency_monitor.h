// SPDX-License-Identifier: BSD-3-Clause
//
// What kept the loop from its clients for long, by its cause: a bounded history of each, as LATENCY
// shows it. A cause is a name (latency_events below): the executor notes slow commands, the server
// what it does between them.
//
// Of one second only the longest is kept, so that a history of 160 samples reaches back minutes at
// least. Memory: some kilobytes for each cause, from its first sample on. Nothing is asked of the
// hot path: a command that took less than a millisecond is never looked at. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sorrel::exec {

// Names that users of Redis know, and where Sorrel alone does such work, names of the same kind.
namespace latency_events {

inline constexpr std::string_view kCommand = "command";
inline constexpr std::string_view kFastCommand = "fast-command";
inline constexpr std::string_view kExpireCycle = "expire-cycle";
inline constexpr std::string_view kAofWrite = "aof-write";
inline constexpr std::string_view kAofSync = "aof-fsync";
inline constexpr std::string_view kAofSyncAlways = "aof-fsync-always";
inline constexpr std::string_view kDefragCycle = "active-defrag-cycle";
inline constexpr std::string_view kSnapshotCycle = "snapshot-cycle";
inline constexpr std::string_view kRelease = "lazyfree-cycle";
inline constexpr std::string_view kEviction = "eviction-cycle";
inline constexpr std::string_view kCron = "cron";

}  // namespace latency_events

class LatencyMonitor {
 public:
  struct Sample {
    std::int64_t time_s = 0;  // Unix time
    std::int64_t latency_ms = 0;
  };

  // The samples of one cause, oldest first.
  class History {
   public:
    static constexpr std::size_t kMaxSamples = 160;

    void add(Sample sample);
    std::size_t size() const { return size_; }
    const Sample& operator[](std::size_t index) const {
      return samples_[(begin_ + index) % kMaxSamples];
    }
    const Sample& latest() const { return (*this)[size_ - 1]; }
    // The longest since the history began, also if its sample is gone.
    std::int64_t longest_ms() const { return longest_ms_; }

   private:
    std::array<Sample, kMaxSamples> samples_{};
    std::size_t begin_ = 0;
    std::size_t size_ = 0;
    std::int64_t longest_ms_ = 0;
  };

  using Histories = std::map<std::string, History, std::less<>>;

  // Shorter ones are not kept; 0: none is (latency-monitor-threshold).
  void set_threshold_ms(std::int64_t threshold_ms) { threshold_ms_ = threshold_ms; }
  std::int64_t threshold_ms() const { return threshold_ms_; }

  // Keeps it if it is long enough.
  void note(std::string_view event, std::int64_t time_s, std::int64_t latency_ms) {
    if (threshold_ms_ != 0 && latency_ms >= threshold_ms_) [[unlikely]] {
      add(event, {time_s, latency_ms});
    }
  }

  // By name. Lifetime: until the next call that changes them.
  const Histories& histories() const { return histories_; }
  const History* find(std::string_view event) const;
  // Forgets one history, or all. Returns: how many there were.
  std::size_t forget(std::string_view event);
  std::size_t forget_all();

 private:
  void add(std::string_view event, Sample sample);

  std::int64_t threshold_ms_ = 0;
  Histories histories_;
};

}  // namespace sorrel::exec
