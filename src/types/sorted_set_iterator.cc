// SPDX-License-Identifier: BSD-3-Clause
//
// Walking a SortedSet in both directions. A block can only be read forward, so walking it backward
// remembers where kWindow entries begin, uses them up and looks for the kWindow before them. In the
// big form the members a few places ahead are prefetched: the leaf knows where they are. One
// thread.
#include <cassert>

#include <sorrel/base/prefetch.h>
#include <sorrel/types/sorted_set.h>

#include "encoding/sorted_block.h"
#include "encoding/sorted_index.h"

namespace sorrel::types {

using encoding::SortedBlock;
using encoding::SortedIndex;
using TreePosition = SortedIndex::Tree::Position;
using TreeLeaf = SortedIndex::Tree::Leaf;

namespace {

constexpr unsigned kAhead = 8;

const TreeLeaf& leaf_of(const void* place) { return *static_cast<const TreeLeaf*>(place); }
const SortedBlock& block_of(const void* place) { return *static_cast<const SortedBlock*>(place); }

void prefetch_member(const TreeLeaf& leaf, unsigned slot) {
  if (slot < leaf.count) base::prefetch(leaf.rows.value(slot));
}

}  // namespace

SortedSet::Iterator SortedSet::forward(RankInterval interval) const {
  assert(interval.first <= interval.last && interval.last <= size());
  return Iterator(word_, interval, false);
}

SortedSet::Iterator SortedSet::backward(RankInterval interval) const {
  assert(interval.first <= interval.last && interval.last <= size());
  return Iterator(word_, interval, true);
}

SortedSet::Iterator SortedSet::forward() const { return forward({0, size()}); }

SortedSet::Iterator::Iterator(std::uintptr_t word, RankInterval interval, bool backward)
    : remaining_(interval.size()) {
  if (remaining_ == 0) return;
  rank_ = backward ? interval.last - 1 : interval.first;
  if ((word & 1) != 0) {
    walk_ = backward ? Walk::kBigBackward : Walk::kBigForward;
    const auto& tree = reinterpret_cast<const SortedIndex*>(word - 1)->tree();
    const TreePosition position = tree.at(rank_);
    place_ = position.leaf;
    slot_ = position.slot;
    const auto ahead = remaining_ < kAhead ? static_cast<unsigned>(remaining_) : kAhead;
    for (unsigned i = 1; i < ahead; ++i) {
      prefetch_member(*position.leaf, backward ? slot_ - i : slot_ + i);
    }
  } else {
    const auto* block = reinterpret_cast<const SortedBlock*>(word);
    walk_ = backward ? Walk::kCompactBackward : Walk::kCompactForward;
    place_ = block;
    if (!backward) slot_ = encoding::offset_of_rank(*block, rank_);
  }
  load();
}

void SortedSet::Iterator::next() {
  assert(valid());
  if (--remaining_ == 0) return;
  switch (walk_) {
    case Walk::kBigForward:
    case Walk::kBigBackward: {
      TreePosition position{&leaf_of(place_), slot_};
      walk_ == Walk::kBigForward ? position.next() : position.previous();
      place_ = position.leaf;
      slot_ = position.slot;
      prefetch_member(*position.leaf, walk_ == Walk::kBigForward ? slot_ + kAhead : slot_ - kAhead);
      break;
    }
    case Walk::kCompactForward:
      slot_ = encoding::entry_end(block_of(place_), slot_);
      break;
    case Walk::kCompactBackward:
      --rank_;
      break;
  }
  load();
}

void SortedSet::Iterator::load() {
  switch (walk_) {
    case Walk::kBigForward:
    case Walk::kBigBackward:
      entry_ = leaf_of(place_).rows.value(slot_)->entry();
      return;
    case Walk::kCompactBackward:
      if (window_count_ == 0) fill_window();
      slot_ = window_[--window_count_];
      break;
    case Walk::kCompactForward:
      break;
  }
  entry_ = encoding::entry_at(block_of(place_), slot_).entry;
}

// Remembers where the entries of the ranks up to rank_ begin.
void SortedSet::Iterator::fill_window() {
  const SortedBlock& block = block_of(place_);
  window_count_ = static_cast<std::uint32_t>(rank_ + 1 < kWindow ? rank_ + 1 : kWindow);
  std::uint32_t offset = encoding::offset_of_rank(block, rank_ + 1 - window_count_);
  for (std::uint32_t i = 0; i < window_count_; ++i) {
    window_[i] = offset;
    offset = encoding::entry_end(block, offset);
  }
}

}  // namespace sorrel::types
