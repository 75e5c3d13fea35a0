// SPDX-License-Identifier: BSD-3-Clause
//
// What the machine itself takes from a core: a thread there, ahead of all others in priority, wakes
// every quarter of a millisecond and notes when it woke late. Work of a server cannot hold it up,
// so while it is late nobody runs on that core: the machine below has given it to others, or the
// kernel serves interrupts. A long wait of a client beside which no core was late is the server's.
//
// The thread takes one to two per cent of its core. Without the right to real-time priority it runs
// with the ordinary one, and what it notes says nothing: ahead() tells.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>
#include <vector>

namespace sorrel::load {

class CoreWatch {
 public:
  struct Late {
    std::int64_t due_ns;  // CLOCK_MONOTONIC
    std::int64_t woke_ns;
  };

  explicit CoreWatch(unsigned core);
  CoreWatch(const CoreWatch&) = delete;
  CoreWatch& operator=(const CoreWatch&) = delete;
  ~CoreWatch() { stop(); }

  [[nodiscard]] unsigned core() const { return core_; }
  void stop();
  // Requires: stopped. Returns: each time that it woke late, in order.
  [[nodiscard]] const std::vector<Late>& lates() const { return lates_; }
  // Requires: stopped. Returns: whether it was on its core and ahead of all others.
  [[nodiscard]] bool ahead() const { return ahead_; }

 private:
  void run();

  unsigned core_;
  bool ahead_ = false;
  std::atomic<bool> stopping_ = false;
  std::vector<Late> lates_;
  std::thread thread_;
};

// Returns: the cores of a list such as "0,1"; none when it is not one.
std::vector<unsigned> parse_cores(std::string_view text);

}  // namespace sorrel::load
