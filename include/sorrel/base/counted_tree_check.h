// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a CountedTree is what it must be: for tests, which ask after each change. Every count,
// least entry, hint, link and fill is looked at. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <sorrel/base/counted_tree_read.h>

namespace sorrel::base::tree {

template <class Traits>
std::uint64_t ReadableTree<Traits>::check_below(const void* node, unsigned level,
                                                Entry* least) const {
  constexpr std::uint64_t kWrong = std::numeric_limits<std::uint64_t>::max();
  if (level == inner_levels_) {
    const auto& leaf = *static_cast<const Leaf*>(node);
    if (leaf.count == 0 || leaf.count > Leaf::kRows) return kWrong;
    if constexpr (PacksHints<Traits>) {
      if (!leaf.rows.check(leaf.count, nodes_.hint_skip)) return kWrong;
    }
    *least = leaf.rows.entry(0);
    return leaf.count;
  }
  const auto& inner = *static_cast<const Inner*>(node);
  if (inner.count < 2 || inner.count > Inner::kRows) return kWrong;
  if (inner.rows.counts.narrow != (level + 1 == inner_levels_)) return kWrong;
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < inner.count; ++i) {
    Entry below;
    const std::uint64_t count = check_below(inner.rows.children[i], level + 1, &below);
    if (count != inner.rows.counts.at(i) || !inner.rows.holds(i, below)) return kWrong;
    if constexpr (HasHints<Traits>) {
      if (inner.rows.hints[i] != Traits::hint(below.value, nodes_.hint_skip)) return kWrong;
    }
    sum += count;
  }
  *least = inner.rows.entry(0);
  return sum;
}

template <class Traits>
bool ReadableTree<Traits>::check() const {
  if (root_ == nullptr) return size_ == 0 && nodes_.leaves == 0 && nodes_.inners == 0;
  Entry least;
  if (check_below(root_, 0, &least) != size_) return false;
  std::uint64_t seen = 0;
  std::size_t leaves = 0;
  const Leaf* before = nullptr;
  for (const Leaf* leaf = nodes_.first; leaf != nullptr; leaf = leaf->next) {
    if (leaf->prev != before) return false;
    if (before != nullptr && !less(before->rows.entry(before->count - 1), leaf->rows.entry(0))) {
      return false;
    }
    for (unsigned i = 1; i < leaf->count; ++i) {
      if (!less(leaf->rows.entry(i - 1), leaf->rows.entry(i))) return false;
    }
    before = leaf;
    seen += leaf->count;
    ++leaves;
  }
  return before == nodes_.last && seen == size_ && leaves == nodes_.leaves;
}

}  // namespace sorrel::base::tree
