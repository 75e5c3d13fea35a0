// SPDX-License-Identifier: BSD-3-Clause
//
// What a stream's word points to: its counters, its nodes, its groups. The newest node is kept out
// of the tree, for it moves as it grows; everything at or above its first id is in it.
//
//   nodes   (ms) -> StreamNode* ...   full ones, by first id      tail   the one that grows
//
// Full nodes may belong to other streams, too, which were cloned from this one or it from them: who
// changes one takes a copy of his own. The one that grows never does, so that an append need not
// ask.
//
// Exact trimming and deletion at the front go on where they stopped: `head_offset` is where the
// first live entry lies in the first node. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sorrel/base/counted_tree.h>
#include <sorrel/types/stream.h>

#include "stream_node.h"

namespace sorrel::types::encoding {

struct StreamNodeTraits {
  using Key = std::uint64_t;  // the upper half of the first id
  using Value = StreamNode*;
  static bool value_less(const StreamNode* a, const StreamNode* b) {
    return a->first.seq < b->first.seq;
  }
  static std::uint64_t hint(const StreamNode* node, unsigned) { return node->first.seq; }
};
using StreamNodeTree = base::CountedTree<StreamNodeTraits>;

struct StreamBody {
  StreamId last_id;
  StreamId first_id;
  StreamId max_deleted_id;
  std::uint64_t entries_added = 0;
  std::uint64_t length = 0;
  StreamNodeTree nodes;
  StreamNode* tail = nullptr;     // null: no node at all
  std::size_t node_bytes = 0;     // of all nodes
  std::uint32_t head_offset = 0;  // 0: not known
  NodeSharing sharing;
  Stream::Groups groups;

  StreamBody() = default;
  StreamBody(const StreamBody&) = delete;
  StreamBody& operator=(const StreamBody&) = delete;
  ~StreamBody();

  StreamNode* head() const { return nodes.empty() ? tail : nodes.front().entry().value; }
  // The full node that the id would be in, if the tail is not where it would be; not valid when it
  // is below all of them.
  StreamNodeTree::Position place_below_tail(StreamId id) const;
  // The node that the id would be in; null when it is below all of them.
  StreamNode* node_for(StreamId id) const;

  // Makes this, which is empty, a clone without groups. Cost: O(nodes), and a copy of the tail.
  void share_nodes(const StreamBody& other);
  // Makes `node`, whose ids are above all others, the one that grows.
  void push_node(StreamNode* node);
  // Frees about `budget` full nodes. Returns: whether none is left.
  bool release_nodes(std::uint64_t budget);
  // Frees a node. Requires: it is one of these.
  void drop_node(StreamNode* node);
  // Marks the entry deleted, and drops the node with its last live one.
  // Requires: the entry is live. Returns: whether the node is still there, where it was.
  bool delete_in(StreamNode* node, const NodeMaster& master, const NodeEntry& entry);
  // Takes out what is left of entries above `id`. Requires: none of these is live, one below is.
  void cut_above(StreamId id);
  // Looks for the first live entry again.
  void refresh_first();
};

}  // namespace sorrel::types::encoding
