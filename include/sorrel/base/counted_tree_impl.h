// SPDX-License-Identifier: BSD-3-Clause
//
// Verbs of CountedTree that concern the tree as a whole: copying it node for node, which compares
// nothing and looks at no value, and taking it apart in steps. Part of counted_tree.h, which
// includes it at its end. One thread.
#pragma once

#include <cassert>
#include <cstdint>

#include <sorrel/base/counted_tree.h>

namespace sorrel::base {

template <class Traits>
void CountedTree<Traits>::copy(const CountedTree& other) {
  assert(root_ == nullptr);
  nodes_.hint_skip = other.nodes_.hint_skip;
  if (other.root_ == nullptr) return;
  root_ = copy_below(other.root_, other.inner_levels_);
  inner_levels_ = other.inner_levels_;
  size_ = other.size_;
}

// Copies the node, over `levels` of inner ones, with all below it. Leaves come in their order.
template <class Traits>
void* CountedTree<Traits>::copy_below(const void* node, unsigned levels) {
  if (levels == 0) {
    const auto& from = *static_cast<const Leaf*>(node);
    Leaf* leaf = nodes_.make_leaf_after(nodes_.last);
    leaf->count = from.count;
    tree::move_rows(leaf->rows, 0, from.rows, 0, from.count);
    return leaf;
  }
  const auto& from = *static_cast<const Inner*>(node);
  Inner* inner = nodes_.make_inner();
  inner->count = from.count;
  tree::move_rows(inner->rows, 0, from.rows, 0, from.count);
  for (unsigned i = 0; i < from.count; ++i) {
    inner->rows.children[i] = copy_below(from.rows.children[i], levels - 1);
  }
  return inner;
}

template <class Traits>
template <class OnEntry>
bool CountedTree<Traits>::release_some(std::uint64_t budget, OnEntry&& on_entry) {
  while (root_ != nullptr && budget > 0) {
    Inner* parents[tree::kMaxLevels];
    void* node = root_;
    for (unsigned level = 0; level < inner_levels_; ++level) {
      parents[level] = static_cast<Inner*>(node);
      node = parents[level]->rows.children[parents[level]->count - 1];
    }
    auto* leaf = static_cast<Leaf*>(node);
    for (unsigned i = 0; i < leaf->count; ++i) on_entry(leaf->rows.entry(i));
    size_ -= leaf->count;
    budget -= budget < leaf->count ? budget : leaf->count;
    nodes_.free_node(leaf);
    unsigned level = inner_levels_;
    while (level > 0 && --parents[level - 1]->count == 0) nodes_.free_node(parents[--level]);
    if (level == 0) {
      root_ = nullptr;
      inner_levels_ = 0;
    }
  }
  return root_ == nullptr;
}

}  // namespace sorrel::base
