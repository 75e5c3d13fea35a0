// SPDX-License-Identifier: BSD-3-Clause
//
// All keys that clients remember to have read, by name. What is dropped as a whole is freed in
// steps, so that it stops nobody. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include <sorrel/base/hash.h>
#include <sorrel/base/index.h>
#include <sorrel/base/random.h>

#include "tracked_key.h"

namespace sorrel::pubsub {

class TrackedKeys {
 public:
  explicit TrackedKeys(std::uint64_t seed) : index_(seed), random_(seed) {}
  ~TrackedKeys();
  TrackedKeys(const TrackedKeys&) = delete;
  TrackedKeys& operator=(const TrackedKeys&) = delete;

  std::size_t size() const { return index_.size(); }
  bool empty() const { return index_.empty(); }
  // Clients of all keys.
  std::size_t clients() const { return clients_; }

  // The client has read the key. alive(number) tells whether another client is still there.
  // Cost: a look-up; an allocation for a new key.
  template <class Alive>
  void add(std::string_view name, std::uint64_t client, Alive&& alive) {
    const std::uint64_t hash = base::hash_bytes(name, index_.seed());
    TrackedKey* key = find(name, hash);
    if (key == nullptr) {
      key = TrackedKey::create(name);
      index_.insert(hash, key);
    }
    clients_ += static_cast<std::size_t>(key->add(client, alive));
  }

  // Forgets the key and hands it over, for destroy(); null when nobody has read it.
  TrackedKey* take(std::string_view name);
  // The same for any key, each as likely as any other. Requires: !empty().
  TrackedKey* take_any();
  // Forgets all; release_some() frees them.
  void clear();

  // Frees some of what was dropped. Returns: whether there is more.
  bool release_some(std::uint64_t budget);
  bool releasing() const { return !dropped_.empty(); }

 private:
  struct Traits {
    using Item = TrackedKey;
    static std::uint64_t hash(const TrackedKey& key, std::uint64_t seed) {
      return base::hash_bytes(key.name(), seed);
    }
  };
  using Keys = base::Index<Traits>;

  TrackedKey* find(std::string_view name, std::uint64_t hash) const;

  Keys index_;
  std::deque<Keys> dropped_;
  std::size_t clients_ = 0;
  base::Random random_;
};

}  // namespace sorrel::pubsub
