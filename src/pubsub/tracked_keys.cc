// SPDX-License-Identifier: BSD-3-Clause
//
// Looking keys up, taking them out, and freeing them in steps.
#include "tracked_keys.h"

#include <utility>

namespace sorrel::pubsub {

TrackedKeys::~TrackedKeys() {
  clear();
  while (release_some(UINT64_MAX)) {
  }
}

TrackedKey* TrackedKeys::find(std::string_view name, std::uint64_t hash) const {
  return index_.find(hash, [name](const TrackedKey& key) { return key.name() == name; });
}

TrackedKey* TrackedKeys::take(std::string_view name) {
  if (index_.empty()) {
    return nullptr;
  }
  TrackedKey* const key =
      index_.erase(base::hash_bytes(name, index_.seed()),
                   [name](const TrackedKey& other) { return other.name() == name; });
  if (key != nullptr) {
    clients_ -= key->clients().size();
  }
  return key;
}

TrackedKey* TrackedKeys::take_any() { return take(index_.random(random_)->name()); }

void TrackedKeys::clear() {
  if (!index_.empty()) {
    dropped_.push_back(std::exchange(index_, Keys(index_.seed())));
    clients_ = 0;
  }
}

bool TrackedKeys::release_some(std::uint64_t budget) {
  if (!dropped_.empty() && dropped_.front().release_some(budget, &TrackedKey::destroy)) {
    dropped_.pop_front();
  }
  return !dropped_.empty();
}

}  // namespace sorrel::pubsub
