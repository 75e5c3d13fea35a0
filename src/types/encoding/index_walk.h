// SPDX-License-Identifier: BSD-3-Clause
//
// A walk over the members of a big collection in pieces, between which any verb may change it, that
// gives what was there when it began and as it was then. The index tells which members the walk
// still owes (base/index.h). A member that leaves or changes while it is owed is handed to keep():
// as it was, by the one who would have freed it or writes another over it. Kept members are given
// first, for they are what a walk costs in memory; then those in the index, bucket by bucket, with
// the members ahead on their way from memory.
//
// Traits: those of the index; an Item has `static void free(Item*)` and `allocated_bytes()`.
//
// Invariant: every owed member is either unmarked in the index or kept, once. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>

#include <sorrel/base/index.h>
#include <sorrel/base/prefetch.h>

namespace sorrel::types::encoding {

template <class Traits>
class IndexWalk {
 public:
  using Item = typename Traits::Item;
  using Index = base::Index<Traits>;

  // Requires: the index is not walked by another. Lifetime: of the index, but for releasing.
  explicit IndexWalk(Index& index) : index_(index), size_(index.size()) { index.begin_walk(); }
  IndexWalk(const IndexWalk&) = delete;
  IndexWalk& operator=(const IndexWalk&) = delete;
  ~IndexWalk() {
    index_.end_walk();
    release_some(std::numeric_limits<std::uint64_t>::max());
  }

  // Members when the walk began.
  std::uint64_t size() const { return size_; }
  // What is kept now: members, and bytes as the allocator hands them out.
  std::uint64_t kept() const { return kept_.size(); }
  std::size_t kept_bytes() const { return item_bytes_ + kept_.size() * sizeof(Item*); }

  // Takes over a member that is owed and no longer in the index.
  void keep(Item* item) {
    kept_.push_back(item);
    item_bytes_ += item->allocated_bytes();
  }

  // Calls emit(const Item&) for about `budget` members. Returns: whether all were given.
  template <class Emit>
  bool give(std::size_t budget, Emit&& emit) {
    budget = give_kept(budget, emit);
    if (!kept_.empty()) return false;
    give_indexed(budget, emit);
    return done_;
  }

  // Frees up to `budget` kept members, ungiven. Returns: whether none is left.
  bool release_some(std::uint64_t budget) {
    for (; budget > 0 && !kept_.empty(); --budget) drop_last();
    return kept_.empty();
  }

 private:
  static constexpr std::size_t kAhead = 16;

  static void fetch(const Item* item) {
    base::prefetch(item);
    base::prefetch(reinterpret_cast<const char*>(item) + 64);
  }
  void drop_last() {
    Item* item = kept_.back();
    kept_.pop_back();
    item_bytes_ -= item->allocated_bytes();
    Item::free(item);
  }

  template <class Emit>
  std::size_t give_kept(std::size_t budget, Emit& emit) {
    for (; budget > 0 && !kept_.empty(); --budget) {
      if (kept_.size() > kAhead) fetch(kept_[kept_.size() - 1 - kAhead]);
      emit(static_cast<const Item&>(*kept_.back()));
      drop_last();
    }
    return budget;
  }

  template <class Emit>
  void give_indexed(std::size_t budget, Emit& emit) {
    std::array<const Item*, kAhead> ahead;
    std::size_t met = 0;
    for (std::size_t steps = 0; !done_ && met + steps / 2 < budget; ++steps) {
      cursor_ = index_.walk(cursor_, [&](const Item* item) {
        fetch(item);
        const Item*& place = ahead[met % kAhead];
        if (met >= kAhead) emit(*place);
        place = item;
        ++met;
      });
      done_ = cursor_ == 0;
    }
    for (std::size_t i = met < kAhead ? 0 : met - kAhead; i < met; ++i) emit(*ahead[i % kAhead]);
  }

  Index& index_;
  std::deque<Item*> kept_;
  std::size_t item_bytes_ = 0;  // of the kept ones
  std::uint64_t size_;
  std::uint64_t cursor_ = 0;
  bool done_ = false;
};

}  // namespace sorrel::types::encoding
