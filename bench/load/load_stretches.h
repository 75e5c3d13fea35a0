// SPDX-License-Identifier: BSD-3-Clause
//
// What was measured: latencies by stretch of time (at rest, while something is saved) and by verb,
// and on demand a time line of tenths of a second. A request belongs to the stretch and to the
// tenth in which it was due, however late it was sent or answered: so a stall shows where it began
// and in every request that should have been served meanwhile.
//
// Stretches of one name are one figure: "rest" before and after is counted together. The
// time before the first stretch is the warm-up, and counts nowhere but in the time line.
//
// A pause is a span of time in which at least one request waited for longer than a millisecond,
// from when the first of them was due until the last of them was answered: one stall of the server
// is one pause, however many requests it met.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "latency_histogram.h"
#include "load_connection.h"

namespace sorrel::load {

struct Figures {
  std::string name;
  std::int64_t lasted_ns = 0;
  LatencyHistogram get;
  LatencyHistogram set;
  LatencyHistogram sent_late;  // of the generator itself: how long after they were due
};

struct Pause {
  std::int64_t from_ns;
  std::int64_t to_ns;
  std::int64_t longest_ns;  // of the waits in it
};

struct Tenth {
  LatencyHistogram latencies;
  std::int64_t latest_sent_ns = 0;  // the longest time that a request was sent after it was due
};

class Stretches {
 public:
  Stretches(std::int64_t start_ns, bool with_time_line)
      : start_ns_(start_ns), with_time_line_(with_time_line) {}

  // A stretch begins at `at_ns`, and the one before it ends.
  void begin(const std::string& name, std::int64_t at_ns);
  void end(std::int64_t at_ns);

  void answered(const Request& request, std::int64_t at_ns);
  void sent(std::int64_t due_ns, std::int64_t at_ns);

  [[nodiscard]] const std::vector<Figures>& figures() const { return figures_; }

  static constexpr std::int64_t kLongWaitNs = 1'000'000;
  // Returns: the pauses so far, of all stretches and of the time between them, in order.
  [[nodiscard]] const std::vector<Pause>& pauses() const { return pauses_; }

  static constexpr std::int64_t kTenthNs = 100'000'000;
  // The tenths of a second since the start, up to the last one that had a request.
  [[nodiscard]] const std::vector<Tenth>& time_line() const { return time_line_; }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  struct Stretch {
    std::int64_t from_ns;
    std::size_t figures;
  };

  void add_long_wait(std::int64_t from_ns, std::int64_t to_ns);
  Figures* figures_at(std::int64_t due_ns);
  Tenth* tenth_at(std::int64_t due_ns);

  std::int64_t start_ns_;
  bool with_time_line_;
  std::vector<Stretch> stretches_;
  std::vector<Figures> figures_;
  std::vector<Tenth> time_line_;
  std::vector<Pause> pauses_;
};

}  // namespace sorrel::load
