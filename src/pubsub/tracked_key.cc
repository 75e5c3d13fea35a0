// SPDX-License-Identifier: BSD-3-Clause
//
// The clients of a key. A list has its capacity in front and grows by half.
#include "tracked_key.h"

#include <new>

#include <sorrel/base/item_heap.h>

namespace sorrel::pubsub {
namespace {

constexpr std::uint32_t kLeastCapacity = 3;

}  // namespace

TrackedKey* TrackedKey::create(std::string_view name) {
  return new (base::item_heap().allocate(sizeof(TrackedKey) + name.size())) TrackedKey(name);
}

void TrackedKey::destroy(TrackedKey* key) {
  key->~TrackedKey();
  base::item_heap().free(key);
}

TrackedKey::TrackedKey(std::string_view name)
    : clients_{0}, length_(static_cast<std::uint32_t>(name.size())) {
  static_assert(sizeof(TrackedKey) == 16);
  std::memcpy(reinterpret_cast<char*>(this + 1), name.data(), name.size());
}

TrackedKey::~TrackedKey() {
  if (count_ > 1) {
    ::operator delete(clients_.list);
  }
}

void TrackedKey::insert(std::uint64_t client) {
  if (count_ == 0) {
    clients_.only = client;
    count_ = 1;
    return;
  }
  if (full()) {
    resize(count_ == 1 ? kLeastCapacity : count_ + count_ / 2 + 1);
  }
  std::uint64_t* const begin = clients_.list->numbers();
  std::uint64_t* const end = begin + count_;
  std::uint64_t* const place = std::upper_bound(begin, end, client);
  std::copy_backward(place, end, end + 1);
  *place = client;
  ++count_;
}

// Requires: at least one client is there, and room for all of them and one more.
void TrackedKey::resize(std::uint32_t capacity) {
  void* const memory = ::operator new(sizeof(List) + capacity * sizeof(std::uint64_t));
  List* const made = new (memory) List{capacity};
  const auto all = clients();
  std::copy(all.begin(), all.end(), made->numbers());
  if (count_ > 1) {
    ::operator delete(clients_.list);
  }
  clients_.list = made;
}

// Of a list: the first `count` stay.
void TrackedKey::shrink_to(std::uint32_t count) {
  if (count > 1) {
    count_ = count;
    return;
  }
  List* const list = clients_.list;
  clients_.only = count == 1 ? list->numbers()[0] : 0;
  count_ = count;
  ::operator delete(list);
}

}  // namespace sorrel::pubsub
