// SPDX-License-Identifier: BSD-3-Clause
//
// An ordered set of small entries (key, value) that also answers by rank: a B+tree whose inner
// nodes know how many entries lie below each child.
//
//   inner   [ least entry | entries below | child ] x 63       rank = sum of the counts left of the
//                |                                             path; at(rank) subtracts them again
//   leaf    [ key | value ] x 62  <-> chained both ways        iteration never climbs
//
// Algorithm: B+tree (Bayer and McCreight, "Organization and maintenance of large ordered indexes",
// 1972; Comer, "The ubiquitous B-tree", 1979) with the order statistics of Cormen et al., chapter
// 14, carried from binary nodes to wide ones. A full node first shares with both neighbours; only
// when those are full, too, three nodes become four (Knuth's B*-tree): 20 bytes an entry after
// random insertion. Insertion at either end splits unevenly and leaves full nodes behind: 17 bytes.
//
// A change walks down once and remembers its path. Restructuring is never done half way through an
// insertion: when the leaf is full, one step of make_room() leaves a tree that is valid again, and
// the walk repeats. The verbs that read are in counted_tree_read.h, the sharing of rows in
// counted_tree_balance.h, moving an entry and copying and taking apart whole trees in
// counted_tree_impl.h.
//
// Traits: `using Key` with < and == (a number, never NaN), `using Value` (a pointer or number),
// `static bool value_less(Value, Value)`: the order among equal keys, asked only when they differ.
// Values are compared with the entry sought, so what they point at must be alive until erased.
// Traits may have hints, which spare that, and pack values (counted_tree_rows.h).
//
// Invariants: entries are distinct; all leaves at one depth; every inner node but the root has two
// children or more. Any change ends the life of positions. One thread.
#pragma once

#include <cassert>
#include <cstdint>
#include <limits>
#include <utility>

#include <sorrel/base/counted_tree_read.h>

namespace sorrel::base {

template <class Traits>
class CountedTree : public tree::ReadableTree<Traits> {
  using Readable = tree::ReadableTree<Traits>;

 public:
  using typename Readable::Entry;
  using typename Readable::Leaf;

  CountedTree() = default;
  CountedTree(CountedTree&& other) noexcept { swap(other); }
  CountedTree& operator=(CountedTree&& other) noexcept {
    swap(other);
    return *this;
  }
  ~CountedTree() { clear(); }

  // Requires: the entry is not in the tree. Cost: O(log n); at most one allocation per level.
  void insert(const Entry& entry);
  // Requires: the entry is in the tree.
  void erase(const Entry& entry);
  // Puts `to` in the place of `from`, without restructuring while it stays in the same leaf.
  // Requires: `from` is in the tree, `to` is not (but for being equal to `from`).
  void replace(const Entry& from, const Entry& to);

  // Erases the ranks [first, last), calling on_entry(Entry) for each. Requires: first <= last <=
  // size(). Cost: O(log n) for each leaf touched.
  template <class OnEntry>
  void erase_range(std::uint64_t first, std::uint64_t last, OnEntry&& on_entry);

  // Makes this a tree of the same entries, node for node. Requires: empty(). Cost: O(leaves).
  void copy(const CountedTree& other);
  // Takes the tree apart from its upper end, whole leaves until `budget` entries have gone, calling
  // on_entry(Entry) for each. Returns: true when nothing is left. Until then nothing else may be
  // asked of the tree but to be destroyed.
  template <class OnEntry>
  bool release_some(std::uint64_t budget, OnEntry&& on_entry);
  void clear() {
    release_some(std::numeric_limits<std::uint64_t>::max(), [](const Entry&) {});
  }

  void swap(CountedTree& other) noexcept {
    std::swap(nodes_, other.nodes_);
    std::swap(root_, other.root_);
    std::swap(inner_levels_, other.inner_levels_);
    std::swap(size_, other.size_);
  }

 private:
  using Nodes = tree::Nodes<Traits>;
  using Readable::descend;
  using Readable::descend_to_rank;
  using Readable::inner_levels_;
  using Readable::nodes_;
  using Readable::root_;
  using Readable::size_;
  using typename Readable::Inner;
  using typename Readable::Path;
  using typename Readable::Sought;

  void insert_sought(const Sought& entry);
  void move_within(const Path& path, unsigned place, const Sought& to);
  void refresh_least(const Path& path, unsigned level);
  void make_room(const Path& path);
  void remove_rows(const Path& path, unsigned n);
  void settle_underflow(const Path& path);
  void* copy_below(const void* node, unsigned levels);
};

template <class Traits>
void CountedTree<Traits>::insert(const Entry& entry) {
  if (root_ == nullptr) root_ = nodes_.make_leaf_after(nullptr);
  insert_sought(this->sought(entry));
}

template <class Traits>
void CountedTree<Traits>::insert_sought(const Sought& entry) {
  Path path = descend(entry);
  while (path.leaf->count == Leaf::kRows) {
    make_room(path);
    path = descend(entry);
  }
  assert(path.slot == path.leaf->count || !path.leaf->rows.holds(path.slot, entry));
  path.leaf->insert(path.slot, entry);
  path.add_to_counts(inner_levels_, 0, 1);
  ++size_;
  if (path.slot == 0) path.refresh_least(inner_levels_, entry);
}

// One step towards room in the leaf of `path`: relieves the lowest node on it that can be relieved.
template <class Traits>
void CountedTree<Traits>::make_room(const Path& path) {
  auto end = Nodes::End::kNone;
  if (path.leaf == nodes_.first && path.slot == 0) end = Nodes::End::kFront;
  if (path.leaf == nodes_.last && path.slot == path.leaf->count) end = Nodes::End::kBack;
  for (unsigned level = inner_levels_; level > 0; --level) {
    const auto& parent = path.steps[level - 1];
    const bool relieved = level == inner_levels_
                              ? nodes_.template relieve<Leaf>(*parent.node, parent.index, end)
                              : nodes_.template relieve<Inner>(*parent.node, parent.index, end);
    if (relieved) return;
  }
  Inner* root = nodes_.make_inner(inner_levels_ == 0);
  root->count = 1;
  if (inner_levels_ == 0) {
    nodes_.describe(*root, 0, static_cast<Leaf*>(root_));
  } else {
    nodes_.describe(*root, 0, static_cast<Inner*>(root_));
  }
  root_ = root;
  ++inner_levels_;
  assert(inner_levels_ < tree::kMaxLevels);
}

template <class Traits>
void CountedTree<Traits>::erase(const Entry& entry) {
  const Path path = this->locate(this->sought(entry));
  assert(path.slot < path.leaf->count && path.leaf->rows.holds(path.slot, entry));
  remove_rows(path, 1);
}

// Takes n rows out of the leaf of `path`, from its slot on.
template <class Traits>
void CountedTree<Traits>::remove_rows(const Path& path, unsigned n) {
  Leaf& leaf = *path.leaf;
  leaf.erase(path.slot, n);
  path.add_to_counts(inner_levels_, 0, std::uint64_t{0} - n);
  size_ -= n;
  if (path.slot == 0 && leaf.count != 0) refresh_least(path, inner_levels_);
  if (leaf.count < Leaf::kMinRows) settle_underflow(path);
}

template <class Traits>
void CountedTree<Traits>::settle_underflow(const Path& path) {
  if (inner_levels_ == 0) {
    if (path.leaf->count == 0) {
      nodes_.free_node(path.leaf);
      root_ = nullptr;
    }
    return;
  }
  for (unsigned level = inner_levels_; level > 0; --level) {
    const auto& parent = path.steps[level - 1];
    const bool leaf = level == inner_levels_;
    if (!leaf && path.steps[level].node->count >= Inner::kMinRows) break;
    const bool new_least = leaf ? nodes_.template merge_or_share<Leaf>(*parent.node, parent.index)
                                : nodes_.template merge_or_share<Inner>(*parent.node, parent.index);
    if (new_least) path.refresh_least(level - 1, parent.node->least(nodes_.hint_skip));
  }
  while (inner_levels_ > 0 && static_cast<Inner*>(root_)->count == 1) {
    auto* root = static_cast<Inner*>(root_);
    root_ = root->rows.children[0];
    nodes_.free_node(root);
    --inner_levels_;
  }
}

template <class Traits>
template <class OnEntry>
void CountedTree<Traits>::erase_range(std::uint64_t first, std::uint64_t last, OnEntry&& on_entry) {
  assert(first <= last && last <= size_);
  std::uint64_t left = last - first;
  while (left > 0) {
    const Path path = descend_to_rank(first);
    const unsigned here = path.leaf->count - path.slot;
    const unsigned n = left < here ? static_cast<unsigned>(left) : here;
    for (unsigned i = 0; i < n; ++i) on_entry(path.leaf->rows.entry(path.slot + i));
    remove_rows(path, n);
    left -= n;
  }
}

}  // namespace sorrel::base

#include <sorrel/base/counted_tree_impl.h>
