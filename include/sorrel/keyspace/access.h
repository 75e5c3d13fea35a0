// SPDX-License-Identifier: BSD-3-Clause
//
// When and how often a key was accessed, in the 24 bits that each record has for it. What they mean
// depends on the eviction policy, as in Redis:
//
//   otherwise   seconds of Unix time, modulo 2^24
//   LFU         high 16 bits: minutes of Unix time when the counter was last changed;
//               low 8 bits: a logarithmic counter of accesses, which time lowers again
//
// An access raises the counter c with probability 1 / (max(c - 5, 0) * log_factor + 1); each
// decay_minutes that passed lower it by one. New keys begin at 5, so that they are not evicted at
// once. Bits that were written under the other meaning are not converted: they settle with use.
//
// Source: redis.io/docs, "Key eviction", the new LFU mode. One thread.
#pragma once

#include <cstdint>

#include <sorrel/base/random.h>

namespace sorrel::keyspace {

class AccessClock {
 public:
  struct Settings {
    bool lfu = false;
    std::int64_t lfu_log_factor = 10;
    std::int64_t lfu_decay_minutes = 1;  // 0: time does not lower the counter
  };

  explicit AccessClock(std::uint64_t seed) : random_(seed) {}

  Settings& settings() { return settings_; }
  bool lfu() const { return settings_.lfu; }

  void set_now_ms(std::int64_t now_ms) {
    const std::int64_t seconds = now_ms / 1000;
    seconds_ = static_cast<std::uint32_t>(seconds) & kMask;
    minutes_ = static_cast<std::uint32_t>(seconds / 60) & 0xffffU;
  }
  std::uint32_t seconds() const { return seconds_; }

  // The bits of a record that is created now.
  std::uint32_t first() const { return settings_.lfu ? (minutes_ << 8) | kFirstCount : seconds_; }
  // The bits of a record that is accessed now.
  std::uint32_t next(std::uint32_t before) { return settings_.lfu ? count(before) : seconds_; }

  // The bits of a record that is said to have been accessed so long ago, or so often.
  std::uint32_t of_idle_seconds(std::int64_t idle_seconds) const {
    return (seconds_ - static_cast<std::uint32_t>(idle_seconds)) & kMask;
  }
  std::uint32_t of_frequency(std::uint32_t frequency) const { return (minutes_ << 8) | frequency; }

  // Seconds since the last access. Meaningless under LFU.
  std::uint32_t idle_seconds(std::uint32_t access) const { return (seconds_ - access) & kMask; }
  // The counter as it stands now. Meaningless otherwise.
  std::uint32_t frequency(std::uint32_t access) const;

 private:
  static constexpr std::uint32_t kMask = 0xffffff;
  static constexpr std::uint32_t kFirstCount = 5;

  std::uint32_t count(std::uint32_t before);

  Settings settings_;
  std::uint32_t seconds_ = 0;
  std::uint32_t minutes_ = 0;
  base::Random random_;
};

}  // namespace sorrel::keyspace
