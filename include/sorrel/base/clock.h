// SPDX-License-Identifier: BSD-3-Clause
//
// Time as the core sees it: handed in, never read. The shell reads a SystemClock; tests and the
// simulation turn a ManualClock by hand. Any thread may read; one thread turns.
#pragma once

#include <chrono>
#include <cstdint>

#include <sorrel/base/monotonic.h>

namespace sorrel::base {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since the Unix epoch, for deadlines. May jump when the machine's time is set.
  virtual std::int64_t wall_ms() const = 0;
  // Microseconds since the Unix epoch, for TIME.
  virtual std::int64_t wall_us() const = 0;
  // Nanoseconds that only grow, for durations.
  virtual std::int64_t monotonic_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return wall_us() / 1000; }
  std::int64_t wall_us() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t monotonic_ns() const override { return base::monotonic_ns(); }
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms = 1'700'000'000'000) : wall_us_(wall_ms * 1000) {}
  void advance(std::chrono::microseconds time) {
    wall_us_ += time.count();
    monotonic_ns_ += time.count() * 1000;
  }
  std::int64_t wall_ms() const override { return wall_us_ / 1000; }
  std::int64_t wall_us() const override { return wall_us_; }
  std::int64_t monotonic_ns() const override { return monotonic_ns_; }

 private:
  std::int64_t wall_us_;
  std::int64_t monotonic_ns_ = 1;
};

}  // namespace sorrel::base
