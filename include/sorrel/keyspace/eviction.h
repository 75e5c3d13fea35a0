// SPDX-License-Identifier: BSD-3-Clause
//
// Which key goes when memory is full (maxmemory-policy), and its going. Under the LRU and LFU
// policies a few keys are drawn at random each time, the best candidates of all draws are
// remembered, and the best of these goes if it was not used meanwhile: near to the exact order at
// the cost of a few look-ups. The key with the nearest deadline is known exactly, and a random one
// is a draw. Databases take part by how many keys they have that may go.
//
// Source: redis.io/docs, "Key eviction". Cost: O(samples) look-ups for each key, of keys with a
// deadline each in O(log n). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/base/random.h>
#include <sorrel/keyspace/database.h>

namespace sorrel::keyspace {

class Keyspace;

enum class Eviction : int {
  kNone,
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kAllKeysLru,
  kAllKeysLfu,
  kAllKeysRandom,
};

constexpr bool evicts_any_key(Eviction policy) { return policy >= Eviction::kAllKeysLru; }
constexpr bool evicts_by_frequency(Eviction policy) {
  return policy == Eviction::kVolatileLfu || policy == Eviction::kAllKeysLfu;
}
constexpr bool evicts_by_use(Eviction policy) {
  return policy == Eviction::kVolatileLru || policy == Eviction::kAllKeysLru ||
         evicts_by_frequency(policy);
}

class Evictor {
 public:
  struct Settings {
    Eviction policy = Eviction::kNone;
    std::size_t samples = 5;  // keys that are drawn for each that goes
  };

  Evictor(Keyspace& keyspace, std::uint64_t seed) : keyspace_(keyspace), random_(seed) {}

  const Settings& settings() const { return settings_; }
  void set(const Settings& settings);

  // Evicts a key, with events::kEvicted. What a large value takes is free only when
  // Keyspace::release_some() is done with it.
  // Returns: the bytes that the key and its value took; 0 when the policy names none.
  std::size_t evict_one();

 private:
  static constexpr std::size_t kMostCandidates = 16;

  struct Candidate {
    std::uint32_t merit = 0;  // how little it would be missed
    std::uint32_t database = 0;
    std::uint64_t hash = 0;
    std::string key;
  };

  std::size_t eligible(const Database& database) const;
  Database* draw_database();
  Record* draw(Database& database);
  std::uint32_t merit(const Record& record) const;
  void draw_candidates();
  void consider(std::uint32_t database, const Record& record);
  std::size_t evict_candidate();
  std::size_t evict_soonest();

  Keyspace& keyspace_;
  base::Random random_;
  Settings settings_;
  std::vector<Candidate> candidates_;  // by merit, the best last
  std::vector<Record*> drawn_;
};

}  // namespace sorrel::keyspace
