// SPDX-License-Identifier: BSD-3-Clause
//
// Which keys are used most, always on and of bounded cost: some of the requests that arrive are
// looked at, and the keys they name are counted in a table of a fixed size for each database.
//
// The table is the "space-saving" sketch (Metwally, Agrawal, El Abbadi: "Efficient computation of
// frequent and top-k elements in data streams", 2005): a key that is not in it takes the place of
// the least counted one and its count, so a key that has more than 1/64 of the requests is always
// there, and its count is too high by at most what it took over. Counts fade by half in ten
// seconds, so that they tell of now.
//
// Cost: a subtraction and a test for each batch of requests; a request that is looked at costs some
// tenths of a microsecond, and there are about a thousand of those a second however many come: each
// stands for more when more come. Memory: some 20 KiB for each database in use, of the first 64.
// Sampling begins at a random request each time, so that no rhythm of clients hides from it.
// One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sorrel/base/random.h>
#include <sorrel/exec/executor.h>
#include <sorrel/resp/request_parser.h>

namespace sorrel::server {

// What was counted for one key. Counts are of requests, and fade.
struct HotKeyCount {
  std::uint64_t hash = 0;  // 0: none
  double uses = 0;
  double writes = 0;  // of these
  double error = 0;   // by which `uses` may be too high
  std::string key;    // at most HotKeySketch::kMostKeyBytes of it
  bool cut = false;   // it is longer
};

class HotKeySketch {
 public:
  static constexpr std::size_t kCounters = 64;
  static constexpr std::size_t kMostKeyBytes = 256;

  // `weight`: for how many requests it stands.
  void add(std::uint64_t hash, std::string_view key, double weight, bool writes);
  void fade(double factor);
  // Of all keys, fading likewise.
  double uses() const { return uses_; }
  // Those whose count is certain to be more than nothing, the most used first.
  std::vector<const HotKeyCount*> most_used() const;

 private:
  std::array<std::uint64_t, kCounters> hashes_{};  // beside the counts, to be searched quickly
  std::array<HotKeyCount, kCounters> counts_;
  double uses_ = 0;
};

class HotKeys {
 public:
  HotKeys(exec::Executor& executor, std::uint64_t seed);

  // Whether one of the next `requests` is to be looked at: then sample() must follow.
  bool due(std::size_t requests) {
    left_ -= static_cast<std::int64_t>(requests);
    return left_ < 0;
  }
  // Requires: due(requests.size()) said so. The requests were run for the session.
  void sample(const exec::Session& session, std::span<const resp::Request> requests);
  // Every tenth of a second.
  void tick();
  // All counts begin anew.
  void reset();

  struct Entry {
    std::uint32_t database = 0;
    const HotKeyCount* count = nullptr;
    double uses_per_second = 0;
    double writes_per_second = 0;
    double share = 0;  // of the uses in its database, 0 to 1
  };
  // The most used keys of all databases. Lifetime: until the next request or tick.
  std::vector<Entry> most_used(std::size_t most) const;

 private:
  void look_at(const exec::Session& session, const resp::Request& request);
  double per_second(double count) const;

  exec::Executor& executor_;
  base::Random random_;
  std::vector<std::unique_ptr<HotKeySketch>> sketches_;  // by database
  std::int64_t left_ = 0;       // requests before the next one that is looked at
  std::int64_t period_ = 1;     // one of so many is looked at
  std::int64_t looked_at_ = 0;  // since the last tick, or since the period was doubled
  std::int64_t ticks_ = 0;      // since reset(), up to where it matters no more
  std::int64_t to_second_ = 0;  // ticks since the last fading
};

}  // namespace sorrel::server
