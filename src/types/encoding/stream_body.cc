// SPDX-License-Identifier: BSD-3-Clause
//
// The nodes of a stream as a whole: finding one, adding one behind, dropping one, deleting in one.
#include "stream_body.h"

#include <limits>

#include <sorrel/base/prefetch.h>

namespace sorrel::types::encoding {

StreamBody::~StreamBody() {
  if (tail != nullptr) StreamNode::free(tail, sharing);
  release_nodes(std::numeric_limits<std::uint64_t>::max());
}

bool StreamBody::release_nodes(std::uint64_t budget) {
  return nodes.release_some(budget, [this](const StreamNodeTree::Entry& entry) {
    StreamNode::free(entry.value, sharing);
  });
}

StreamNodeTree::Position StreamBody::place_below_tail(StreamId id) const {
  StreamNode sought{id};
  auto position = nodes.lower_bound({id.ms, &sought});
  if (!position.valid()) return nodes.back();
  if (position.entry().value->first != id) position.previous();
  return position;
}

StreamNode* StreamBody::node_for(StreamId id) const {
  if (tail == nullptr || id >= tail->first) return tail;
  const auto position = place_below_tail(id);
  return position.valid() ? position.entry().value : nullptr;
}

void StreamBody::share_nodes(const StreamBody& other) {
  constexpr unsigned kAhead = 8;
  sharing.join(other.sharing);
  nodes.copy(other.nodes);
  auto ahead = nodes.front();
  for (unsigned i = 0; i < kAhead && ahead.valid(); ++i) ahead.next();
  for (auto it = nodes.front(); it.valid(); it.next()) {
    if (ahead.valid()) {
      base::prefetch(ahead.entry().value);
      ahead.next();
    }
    StreamNode::share(it.entry().value);
  }
  if (other.tail != nullptr) tail = StreamNode::copy(other.tail->first, other.tail->pack().view());
  node_bytes = other.node_bytes;
}

void StreamBody::push_node(StreamNode* node) {
  if (tail != nullptr) nodes.insert({tail->first.ms, tail});
  tail = node;
  node_bytes += node->allocated();
}

void StreamBody::drop_node(StreamNode* node) {
  if (node == head()) head_offset = 0;
  if (node != tail) {
    nodes.erase({node->first.ms, node});
  } else if (nodes.empty()) {
    tail = nullptr;
  } else {
    const auto last = nodes.back().entry();
    nodes.erase(last);
    tail = StreamNode::own(last.value, sharing);
  }
  node_bytes -= node->allocated();
  StreamNode::free(node, sharing);
}

bool StreamBody::delete_in(StreamNode* node, const NodeMaster& master, const NodeEntry& entry) {
  --length;
  if (master.live == 1) {
    drop_node(node);
    return false;
  }
  if (node->owners == 1 && deletes_in_place(*node, master)) {
    static_cast<void>(delete_entry(node, master, entry));
    return true;
  }
  if (node == head()) head_offset = 0;
  const bool full = node != tail;
  if (full) nodes.erase({node->first.ms, node});
  node_bytes -= node->allocated();
  node = delete_entry(StreamNode::own(node, sharing), master, entry);
  node_bytes += node->allocated();
  if (full) {
    nodes.insert({node->first.ms, node});
  } else {
    tail = node;
  }
  return false;
}

void StreamBody::cut_above(StreamId id) {
  // The master entry counts the deleted ones: a shorter count moves what lies behind it.
  if (tail == head()) head_offset = 0;
  const NodeMaster master = read_master(*tail);
  node_bytes -= tail->allocated();
  tail = cut_node(tail, master, find_entry(*tail, master, *id.next()));
  node_bytes += tail->allocated();
}

void StreamBody::refresh_first() {
  const StreamNode* node = head();
  if (node == nullptr) {
    first_id = {};
    return;
  }
  const NodeMaster master = read_master(*node);
  NodeEntry entry = read_entry(*node, master, head_offset != 0 ? head_offset : master.entries);
  while (entry.deleted) entry = read_entry(*node, master, end_of_entry(*node, entry));
  head_offset = entry.begin;
  first_id = entry.id;
}

}  // namespace sorrel::types::encoding
