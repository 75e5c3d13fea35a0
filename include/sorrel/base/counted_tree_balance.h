// SPDX-License-Identifier: BSD-3-Clause
//
// How CountedTree's nodes come, go and share their rows. Every restructuring but the uneven split
// at an end is one operation, spread(): it pours up to three siblings together and deals the rows
// out evenly to as many nodes, one more or one less. Private to counted_tree.h. One thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <sorrel/base/counted_tree_node.h>

namespace sorrel::base::tree {

// Makes and frees nodes, counts them, and knows both ends of the chain of leaves.
template <class Traits>
struct Nodes {
  using LeafNode = Leaf<Traits>;
  using InnerNode = Inner<Traits>;
  enum class End : std::uint8_t { kNone, kFront, kBack };
  static_assert(sizeof(LeafNode) <= LeafNode::kAllocated);
  static_assert(sizeof(InnerNode) <= InnerNode::kAllocated);

  // Chained behind `before`; null makes the first leaf of an empty chain.
  LeafNode* make_leaf_after(LeafNode* before) {
    auto* leaf = new LeafNode;
    ++leaves;
    leaf->prev = before;
    leaf->next = before == nullptr ? nullptr : before->next;
    (leaf->prev == nullptr ? first : leaf->prev->next) = leaf;
    (leaf->next == nullptr ? last : leaf->next->prev) = leaf;
    return leaf;
  }
  InnerNode* make_inner(bool over_leaves) {
    ++inners;
    auto* inner = new InnerNode;
    inner->rows.counts.narrow = over_leaves;
    return inner;
  }
  void free_node(LeafNode* leaf) {
    (leaf->prev == nullptr ? first : leaf->prev->next) = leaf->next;
    (leaf->next == nullptr ? last : leaf->next->prev) = leaf->prev;
    --leaves;
    delete leaf;
  }
  void free_node(InnerNode* inner) {
    --inners;
    delete inner;
  }
  template <class Node>
  Node* make_after(Node* node) {
    if constexpr (std::is_same_v<Node, LeafNode>) {
      return make_leaf_after(node);
    } else {
      return make_inner(node->rows.counts.narrow);
    }
  }

  // Describes `node` in row i of its parent. Requires: the node is not empty.
  template <class Node>
  void describe(InnerNode& parent, unsigned i, Node* node) {
    parent.rows.set(i, node->least(hint_skip));
    parent.rows.counts.set(i, node->below());
    parent.rows.children[i] = node;
  }

  // Gives the rows of `old_count` children of `parent`, from child `first_child` on, evenly to
  // `new_count` children, which differs from old_count by at most one.
  // Requires: old_count <= 3; the parent has room for one more when it grows.
  template <class Node>
  void spread(InnerNode& parent, unsigned first_child, unsigned old_count, unsigned new_count) {
    assert(old_count <= 3 && new_count >= 1);
    typename Node::Scratch scratch;
    for (unsigned i = 0; i < old_count; ++i) {
      const Node& node = *static_cast<Node*>(parent.rows.children[first_child + i]);
      node.rows.pour(scratch, node.count);
    }
    const unsigned total = scratch.count;
    if constexpr (requires { Traits::prefetch_value(scratch.value(0)); }) {
      for (unsigned i = 0; i < new_count; ++i) {
        Traits::prefetch_value(scratch.value(total * i / new_count));
      }
    }
    resize_window<Node>(parent, first_child, old_count, new_count);
    unsigned taken = 0;
    for (unsigned i = 0; i < new_count; ++i) {
      auto* node = static_cast<Node*>(parent.rows.children[first_child + i]);
      node->count = total * (i + 1) / new_count - taken;
      node->rows.deal(scratch, taken, node->count);
      taken += node->count;
      describe(parent, first_child + i, node);
    }
  }

  // Moves the rows from `at` on into a new right sibling of child i. Requires: the parent has room.
  template <class Node>
  void split(InnerNode& parent, unsigned i, unsigned at) {
    resize_window<Node>(parent, i, 1, 2);
    auto* left = static_cast<Node*>(parent.rows.children[i]);
    auto* right = static_cast<Node*>(parent.rows.children[i + 1]);
    right->count = left->count - at;
    right->rows.take(left->rows, at, right->count);
    left->count = at;
    describe(parent, i, left);
    describe(parent, i + 1, right);
  }

  // Makes room in child `index` of `parent`. At an end of the tree it splits unevenly, so that runs
  // leave full nodes behind. Returns: false, nothing done, when the parent must be relieved first.
  template <class Node>
  bool relieve(InnerNode& parent, unsigned index, End end) {
    const bool parent_full = parent.count == InnerNode::kRows;
    if (end != End::kNone) {
      if (parent_full) return false;
      // An inner node keeps two children on either side.
      constexpr unsigned kEdge = std::is_same_v<Node, LeafNode> ? 1 : 2;
      split<Node>(parent, index, end == End::kBack ? Node::kRows - kEdge : kEdge);
      return true;
    }
    const Window window = window_around<Node>(parent, index);
    // Sharing the last few places would only bring the next overflow at once.
    constexpr unsigned kWorthSharing = 2;
    if (window.rows + window.count * kWorthSharing <= window.count * Node::kRows) {
      spread<Node>(parent, window.first, window.count, window.count);
      return true;
    }
    if (parent_full) return false;
    spread<Node>(parent, window.first, window.count, window.count + 1);
    return true;
  }

  // Fills up child `index` of `parent`, which has become too small, from its neighbours: with one
  // node less when the rest is then at most 7/8 full. Returns: whether the least entry of the
  // parent may have changed. Requires: the parent has two children or more.
  template <class Node>
  bool merge_or_share(InnerNode& parent, unsigned index) {
    const Window window = window_around<Node>(parent, index);
    assert(window.count >= 2);
    const bool merge = window.rows <= (window.count - 1) * (Node::kRows * 7 / 8);
    spread<Node>(parent, window.first, window.count, merge ? window.count - 1 : window.count);
    return window.first == 0;
  }

  LeafNode* first = nullptr;
  LeafNode* last = nullptr;
  std::size_t leaves = 0;
  std::size_t inners = 0;
  unsigned hint_skip = 0;

 private:
  // Up to three children side by side, the given one in the middle where possible.
  struct Window {
    unsigned first = 0;
    unsigned count = 0;
    unsigned rows = 0;  // of all of them
  };
  template <class Node>
  static Window window_around(const InnerNode& parent, unsigned index) {
    Window window;
    window.count = parent.count < 3 ? parent.count : 3;
    window.first = index == 0 ? 0 : index - 1;
    if (window.first + window.count > parent.count) window.first = parent.count - window.count;
    for (unsigned i = 0; i < window.count; ++i) {
      window.rows += static_cast<const Node*>(parent.rows.children[window.first + i])->count;
    }
    return window;
  }

  // Adds an empty child behind the window, or frees its last one.
  template <class Node>
  void resize_window(InnerNode& parent, unsigned first_child, unsigned old_count,
                     unsigned new_count) {
    if (new_count == old_count) return;
    const unsigned end = first_child + old_count;
    auto* last_child = static_cast<Node*>(parent.rows.children[end - 1]);
    if (new_count > old_count) {
      assert(parent.count < InnerNode::kRows);
      parent.rows.move(end + 1, end, parent.count - end);
      parent.rows.children[end] = make_after(last_child);
      ++parent.count;
    } else {
      free_node(last_child);
      parent.rows.move(end - 1, end, parent.count - end);
      --parent.count;
    }
  }
};

}  // namespace sorrel::base::tree
