// SPDX-License-Identifier: BSD-3-Clause
//
// The clients of one run, all served by one thread over epoll: they are connected, send what they
// were given and hand their replies to whoever asked. Also the random choice of what to ask, which
// is the same for every way of asking.
//
// Sleeping is exact to some microseconds (epoll_pwait2, timer slack of 1 ns), so that the thread
// need not spin: what is left of its core may then go to the helpers of the server under test.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "load_connection.h"

namespace sorrel::load {

// Returns: CLOCK_MONOTONIC in nanoseconds, the clock of every time in the load generator.
inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class LoadFleet {
 public:
  using OnReply = std::function<void(const Reply&, std::int64_t at_ns)>;

  // Connects `count` clients to an IPv4 address. Throws std::system_error.
  LoadFleet(const std::string& address, std::uint16_t port, std::size_t count, OnReply on_reply);
  LoadFleet(const LoadFleet&) = delete;
  LoadFleet& operator=(const LoadFleet&) = delete;
  ~LoadFleet();

  [[nodiscard]] std::size_t size() const { return clients_.size(); }
  [[nodiscard]] LoadConnection& client(std::size_t i) { return clients_[i]; }
  [[nodiscard]] std::size_t under_way() const;

  // Sends what client i was given; the rest of it leaves when its socket has room, within wait().
  void flush(std::size_t i);

  // Spans of time longer than this in which the thread did other things than wait, so that replies
  // may have lain unread: what it finds then says nothing of the server.
  static constexpr std::int64_t kLongBusyNs = 250'000;
  struct Busy {
    std::int64_t from_ns;
    std::int64_t to_ns;
  };
  [[nodiscard]] const std::vector<Busy>& busy() const { return busy_; }

  // Also wakes wait() for this descriptor. Requires: it can be polled (not a plain file).
  void watch_also(int descriptor);
  void ignore(int descriptor);

  // Serves clients that are ready; waits for that, for `timeout_ns` at most, when none is.
  // Returns: whether the descriptor of watch_also is readable.
  bool wait(std::int64_t timeout_ns);

 private:
  void note_busy();
  void add(int descriptor, std::uint32_t events, std::uint32_t tag);

  int poll_;
  std::vector<LoadConnection> clients_;
  std::vector<bool> waits_for_room_;
  OnReply on_reply_;
  std::int64_t woke_ns_ = 0;
  std::vector<Busy> busy_;
};

// Chooses keys uniformly, GET or SET by a share, and values that no compression makes smaller.
class Chooser {
 public:
  Chooser(std::uint64_t keys, unsigned set_percent, std::uint64_t seed)
      : keys_(keys), set_percent_(set_percent), random_(seed) {}

  // Gives `client` one random request that is due at `due_ns`.
  void ask(LoadConnection& client, std::int64_t due_ns);
  // Gives `client` a SET of this very key.
  void store(LoadConnection& client, std::uint64_t key, std::int64_t due_ns);

 private:
  std::uint64_t keys_;
  unsigned set_percent_;
  std::mt19937_64 random_;
};

}  // namespace sorrel::load
