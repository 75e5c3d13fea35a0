// SPDX-License-Identifier: BSD-3-Clause
//
// Verbs of CountedTree: moving an entry; and those that concern the tree as a whole, copying it
// node for node, which compares nothing and looks at no value, and taking it apart in steps. Part
// of counted_tree.h, which includes it at its end. One thread.
#pragma once

#include <cassert>
#include <cstdint>

#include <sorrel/base/counted_tree.h>

namespace sorrel::base {

// Where both ways down part, the counts change and nowhere else. What would need restructuring goes
// the long way.
template <class Traits>
void CountedTree<Traits>::replace(const Entry& from, const Entry& to) {
  const Sought sought_from = this->sought(from);
  const Sought sought_to =
      to.value == from.value ? Sought(to, sought_from.skip, sought_from.hint) : this->sought(to);
  const Path path = this->locate(sought_from);
  Leaf& leaf = *path.leaf;
  assert(path.slot < leaf.count && leaf.rows.holds(path.slot, from));
  if (leaf.rows.surrounds(leaf.count, to.key)) {
    const unsigned place = leaf.rows.lower(leaf.count, sought_to);
    if (place != 0 && place != leaf.count) return move_within(path, place, sought_to);
  }
  const Path target = descend(sought_to);
  if (target.leaf == path.leaf) return move_within(path, target.slot, sought_to);
  const bool roomy = leaf.count > Leaf::kMinRows && target.leaf->count < Leaf::kRows;
  if (!roomy || path.slot == 0 || target.slot == 0) {
    remove_rows(path, 1);
    insert_sought(sought_to);
    return;
  }
  leaf.erase(path.slot, 1);
  target.leaf->insert(target.slot, sought_to);
  unsigned level = 0;
  while (path.steps[level] == target.steps[level]) ++level;
  path.add_to_counts(inner_levels_, level, std::uint64_t{0} - 1);
  target.add_to_counts(inner_levels_, level, 1);
}

// Puts the row of `path` before row `place` of its leaf, as `to`.
template <class Traits>
void CountedTree<Traits>::move_within(const Path& path, unsigned place, const Sought& to) {
  auto& rows = path.leaf->rows;
  unsigned slot = place;
  if (place > path.slot) {
    slot = place - 1;
    rows.move(path.slot, path.slot + 1, slot - path.slot);
  } else {
    rows.move(place + 1, place, path.slot - place);
  }
  rows.admit(path.leaf->count, to);
  rows.set(slot, to);
  if (path.slot == 0 || slot == 0) refresh_least(path, inner_levels_);
}

template <class Traits>
void CountedTree<Traits>::refresh_least(const Path& path, unsigned level) {
  path.refresh_least(level, path.leaf->least(nodes_.hint_skip));
}

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
    leaf->rows.take(from.rows, 0, from.count);
    return leaf;
  }
  const auto& from = *static_cast<const Inner*>(node);
  Inner* inner = nodes_.make_inner(from.rows.counts.narrow);
  inner->count = from.count;
  inner->rows.take(from.rows, 0, from.count);
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
