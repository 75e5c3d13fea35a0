// SPDX-License-Identifier: BSD-3-Clause
//
// The half of CountedTree that only reads: walks down by entry, by rank and by predicate. Private
// to counted_tree.h, where the structure is explained and the other half stands.
//
// Level 0 is the root, level inner_levels_ that of the leaves. One thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <sorrel/base/counted_tree_balance.h>
#include <sorrel/base/prefetch.h>

namespace sorrel::base::tree {

template <class Traits>
class ReadableTree {
 public:
  using Entry = tree::Entry<Traits>;
  using Leaf = tree::Leaf<Traits>;

  // A place in the order. Lifetime: until the tree changes.
  struct Position {
    const Leaf* leaf = nullptr;
    unsigned slot = 0;

    bool valid() const { return leaf != nullptr; }
    Entry entry() const { return leaf->rows.entry(slot); }
    void next() {
      if (++slot < leaf->count) return;
      leaf = leaf->next;
      slot = 0;
    }
    void previous() {
      if (slot-- != 0) return;
      leaf = leaf->prev;
      slot = leaf == nullptr ? 0 : leaf->count - 1;
    }
  };

  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // As the allocator's size classes count it.
  std::size_t memory_bytes() const {
    return nodes_.leaves * Leaf::kAllocated + nodes_.inners * Inner::kAllocated;
  }

  // Requires: the entry is in the tree.
  std::uint64_t rank(const Entry& entry) const;
  // How many entries satisfy before(Entry). Requires: they are a leading part of the order.
  template <class Before>
  std::uint64_t count_before(Before&& before) const;
  // Requires: rank < size().
  Position at(std::uint64_t rank) const;
  // The first entry that is not less than the given one, which need not be in the tree; not valid
  // when there is none.
  Position lower_bound(const Entry& entry) const {
    if (size_ == 0) return {};
    const Path path = descend(sought(entry));
    if (path.slot == path.leaf->count) return {path.leaf->next, 0};
    return {path.leaf, path.slot};
  }
  Position front() const { return {nodes_.first, 0}; }
  Position back() const {
    return {nodes_.last, nodes_.last == nullptr ? 0 : nodes_.last->count - 1};
  }

  // The two stages in which what a search for this place will wait for is fetched ahead: the last
  // inner node on its way (null: there is none), and then, from there, the leaf. What values point
  // to is not looked at. Requires: traits with hints; the tree does not change in between.
  struct Place {
    typename Traits::Key key;
    std::uint64_t hint;
  };
  const void* prefetch_inner(const Place& place) const;
  void prefetch_leaf(const void* inner, const Place& place) const;

  // For traits with hints: from now on every value shares `skip` leading bytes.
  // Cost: O(inner rows), about one in fifty entries, each a look at its value.
  void set_hint_skip(unsigned skip) {
    nodes_.hint_skip = skip;
    if constexpr (HasHints<Traits>) {
      if (inner_levels_ > 0) rehint(*static_cast<Inner*>(root_), 0);
    }
  }
  std::size_t inner_nodes() const { return nodes_.inners; }

  // For tests: whether every count, least entry, link and fill is right (counted_tree_check.h).
  bool check() const;

 protected:
  using Inner = tree::Inner<Traits>;
  using Sought = tree::Sought<Traits>;
  using Path = tree::Path<Traits>;

  // All the lines of a child that a search may touch, at once: misses side by side cost little more
  // than one. Nodes further up are few, and at hand.
  void prefetch_child(const Inner& parent, unsigned index, unsigned level) const {
    const void* child = parent.rows.children[index];
    if (level + 1 == inner_levels_) {
      static_cast<const Leaf*>(child)->prefetch(
          static_cast<unsigned>(parent.rows.counts.at(index)));
    } else if (level + 2 == inner_levels_) {
      static_cast<const Inner*>(child)->prefetch();
    }
  }
  static bool less(const Entry& a, const Entry& b) {
    if (a.key < b.key) return true;
    return a.key == b.key && a.value != b.value && Traits::value_less(a.value, b.value);
  }

  ReadableTree() = default;
  ~ReadableTree() = default;
  // The place where the entry is or would be.
  Path descend(const Sought& entry) const;
  // The same for an entry that is in the tree: cheaper among many equal keys.
  Path locate(const Sought& entry) const;
  Path descend_to_leaf(const Sought& entry) const;
  Path descend_to_rank(std::uint64_t rank) const;
  Sought sought(const Entry& entry) const { return {entry, nodes_.hint_skip}; }
  void rehint(Inner& node, unsigned level) {
    for (unsigned i = 0; i < node.count; ++i) {
      node.rows.set(i, sought(node.rows.entry(i)));
      if (level + 1 < inner_levels_) rehint(*static_cast<Inner*>(node.rows.children[i]), level + 1);
    }
  }
  std::uint64_t check_below(const void* node, unsigned level, Entry* least) const;

  Nodes<Traits> nodes_;
  void* root_ = nullptr;  // a leaf when inner_levels_ is 0
  unsigned inner_levels_ = 0;
  std::uint64_t size_ = 0;
};

template <class Traits>
const void* ReadableTree<Traits>::prefetch_inner(const Place& place) const {
  if (inner_levels_ == 0) return nullptr;
  const void* node = root_;
  for (unsigned level = 0; level + 1 < inner_levels_; ++level) {
    const auto& inner = *static_cast<const Inner*>(node);
    node = inner.rows.children[inner.rows.child_near(inner.count, place.key, place.hint)];
  }
  static_cast<const Inner*>(node)->prefetch();
  return node;
}

template <class Traits>
void ReadableTree<Traits>::prefetch_leaf(const void* inner, const Place& place) const {
  const auto& parent = *static_cast<const Inner*>(inner);
  prefetch_child(parent, parent.rows.child_near(parent.count, place.key, place.hint),
                 inner_levels_ - 1);
}

template <class Traits>
auto ReadableTree<Traits>::descend_to_leaf(const Sought& entry) const -> Path {
  Path path;
  void* node = root_;
  for (unsigned level = 0; level < inner_levels_; ++level) {
    auto* inner = static_cast<Inner*>(node);
    const unsigned index = inner->child_for(entry);
    path.steps[level] = {inner, index};
    prefetch_child(*inner, index, level);
    node = inner->rows.children[index];
  }
  path.leaf = static_cast<Leaf*>(node);
  path.slot = 0;
  return path;
}

template <class Traits>
auto ReadableTree<Traits>::descend(const Sought& entry) const -> Path {
  Path path = descend_to_leaf(entry);
  path.slot = path.leaf->rows.lower(path.leaf->count, entry);
  return path;
}

template <class Traits>
auto ReadableTree<Traits>::locate(const Sought& entry) const -> Path {
  Path path = descend_to_leaf(entry);
  path.slot = path.leaf->rows.find(path.leaf->count, entry);
  return path;
}

template <class Traits>
auto ReadableTree<Traits>::descend_to_rank(std::uint64_t rank) const -> Path {
  assert(rank < size_);
  Path path;
  void* node = root_;
  for (unsigned level = 0; level < inner_levels_; ++level) {
    auto* inner = static_cast<Inner*>(node);
    const auto& counts = inner->rows.counts;
    unsigned index = 0;
    while (rank >= counts.at(index)) rank -= counts.at(index++);
    path.steps[level] = {inner, index};
    node = inner->rows.children[index];
  }
  path.leaf = static_cast<Leaf*>(node);
  path.slot = static_cast<unsigned>(rank);
  return path;
}

template <class Traits>
auto ReadableTree<Traits>::at(std::uint64_t rank) const -> Position {
  const Path path = descend_to_rank(rank);
  return {path.leaf, path.slot};
}

template <class Traits>
std::uint64_t ReadableTree<Traits>::rank(const Entry& entry) const {
  const Path path = locate(sought(entry));
  assert(path.slot < path.leaf->count && path.leaf->rows.holds(path.slot, entry));
  std::uint64_t rank = path.slot;
  for (unsigned level = 0; level < inner_levels_; ++level) {
    rank += path.steps[level].node->rows.counts.sum_of_first(path.steps[level].index);
  }
  return rank;
}

template <class Traits>
template <class Before>
std::uint64_t ReadableTree<Traits>::count_before(Before&& before) const {
  if (size_ == 0) return 0;
  std::uint64_t rank = 0;
  const void* node = root_;
  for (unsigned level = 0; level < inner_levels_; ++level) {
    const auto& inner = *static_cast<const Inner*>(node);
    const unsigned less =
        partition_point(inner.count, [&](unsigned i) { return before(inner.rows.entry(i)); });
    const unsigned index = less == 0 ? 0 : less - 1;
    rank += inner.rows.counts.sum_of_first(index);
    prefetch_child(inner, index, level);
    node = inner.rows.children[index];
  }
  const auto& leaf = *static_cast<const Leaf*>(node);
  return rank + partition_point(leaf.count, [&](unsigned i) { return before(leaf.rows.entry(i)); });
}

}  // namespace sorrel::base::tree
