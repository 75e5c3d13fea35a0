// SPDX-License-Identifier: BSD-3-Clause
//
// A key that clients remember to have read, and the numbers of those clients in ascending order.
//
// Most keys are read by one client, so its number stands where the address of a list would; the
// name follows in the same allocation. A client that has gone stays until the list must grow: then
// who is gone makes room first. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace sorrel::pubsub {

class TrackedKey {
 public:
  static TrackedKey* create(std::string_view name);
  static void destroy(TrackedKey* key);
  TrackedKey(const TrackedKey&) = delete;
  TrackedKey& operator=(const TrackedKey&) = delete;

  std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), length_}; }
  std::span<const std::uint64_t> clients() const {
    return count_ > 1 ? std::span<const std::uint64_t>(clients_.list->numbers(), count_)
                      : std::span<const std::uint64_t>(&clients_.only, count_);
  }

  // Before the list would grow, those for whom alive(number) is false are taken out.
  // Returns: by how much the number of clients has changed.
  template <class Alive>
  std::ptrdiff_t add(std::uint64_t client, Alive&& alive) {
    if (holds(client)) {
      return 0;
    }
    const std::uint32_t before = count_;
    if (count_ != 0 && full()) {
      keep_if(alive);
    }
    insert(client);
    return static_cast<std::ptrdiff_t>(count_) - static_cast<std::ptrdiff_t>(before);
  }

 private:
  struct List {
    std::uint64_t capacity;
    std::uint64_t* numbers() { return reinterpret_cast<std::uint64_t*>(this + 1); }
    const std::uint64_t* numbers() const {
      return reinterpret_cast<const std::uint64_t*>(this + 1);
    }
  };

  explicit TrackedKey(std::string_view name);
  ~TrackedKey();

  bool holds(std::uint64_t client) const {
    const auto all = clients();
    return count_ == 1 ? clients_.only == client
                       : std::binary_search(all.begin(), all.end(), client);
  }
  bool full() const { return count_ == 1 || count_ == clients_.list->capacity; }
  void insert(std::uint64_t client);
  void resize(std::uint32_t capacity);
  void shrink_to(std::uint32_t count);

  template <class Alive>
  void keep_if(Alive&& alive) {
    if (count_ == 1) {
      count_ = alive(clients_.only) ? 1 : 0;
      return;
    }
    std::uint64_t* const begin = clients_.list->numbers();
    const auto* const end =
        std::remove_if(begin, begin + count_, [&](std::uint64_t number) { return !alive(number); });
    shrink_to(static_cast<std::uint32_t>(end - begin));
  }

  union {
    std::uint64_t only;  // while there is at most one
    List* list;
  } clients_;
  std::uint32_t count_ = 0;
  std::uint32_t length_;
};

}  // namespace sorrel::pubsub
