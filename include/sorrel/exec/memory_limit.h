// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory: how much is used, whether that is more than may be, and room made by evicting keys.
// What counts are data; what waits in clients' buffers and for the log does not, so that a client
// that does not read its replies drives no key out.
//
//   far from the limit    one look at each batch of commands; nothing else knows of the limit
//   near it (tight())     the gate is closed to commands that may need memory, and each of them
//                         has make_room() called before it runs
//
// Freeing is bounded by time, so that no command waits long: what is left over then is freed with
// the next commands and at the ends of turns. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sorrel/base/clock.h>
#include <sorrel/base/memory.h>
#include <sorrel/keyspace/eviction.h>
#include <sorrel/keyspace/keyspace.h>

namespace sorrel::exec {

class MemoryLimit {
 public:
  struct Settings {
    std::uint64_t bytes = 0;         // 0: no limit
    std::int64_t time_ns = 500'000;  // that a command may wait for room; INT64_MAX: any
    keyspace::Evictor::Settings eviction;
  };
  MemoryLimit(keyspace::Keyspace& keyspace, const base::Clock& clock, std::uint64_t seed)
      : keyspace_(keyspace), clock_(clock), evictor_(keyspace, seed) {}

  void set(const Settings& settings);
  const Settings& settings() const { return settings_; }
  bool limited() const { return settings_.bytes != 0; }

  // Cost: some loads. Returns: whether tight() has changed.
  bool look() { return limited() && note(used()); }
  bool tight() const { return tight_; }
  // The same with all that other threads did. Cost: some microseconds. Returns: what is allocated.
  std::size_t sync() { return meter_.sync(); }

  // What waits on its way in, and for the log, which is not counted; what waits on its way out is
  // known here.
  void set_waiting(std::size_t bytes) { waiting_bytes_ = bytes; }
  std::size_t not_counted() const;
  // Bytes of data.
  std::size_t used() const;

  // kGoesOn: there is not enough room yet, but there will be.
  enum class Room : std::uint8_t { kEnough, kGoesOn, kNone };
  // Frees what was thrown away already, then evicts. Bounded by `most_ns`.
  Room make_room(std::int64_t most_ns);
  Room make_room() { return make_room(settings_.time_ns); }

  // How long more was used than may be: since it last began to be so, or all ended times of it
  // since forget_time_over().
  std::int64_t time_over_ms(bool ended) const;
  void forget_time_over() { over_ns_ = 0; }

 private:
  bool note(std::size_t used);
  Room free_until(std::int64_t end_ns);
  void count_time(bool over);

  keyspace::Keyspace& keyspace_;
  const base::Clock& clock_;
  keyspace::Evictor evictor_;
  Settings settings_;
  base::AllocationMeter meter_;
  std::size_t waiting_bytes_ = 0;
  bool tight_ = false;
  std::int64_t over_since_ns_ = 0;  // monotonic; 0: not over the limit
  std::int64_t over_ns_ = 0;        // ended times over it
};

}  // namespace sorrel::exec
