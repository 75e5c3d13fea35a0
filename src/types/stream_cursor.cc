// SPDX-License-Identifier: BSD-3-Clause
//
// Reading a stream by ranges, in both directions. A cursor begins by one walk down the tree of
// nodes and one look into a node; then it goes from entry to entry, and along the leaves of the
// tree from node to node. Deleted entries are passed over. One thread.
#include <sorrel/types/stream.h>

#include "encoding/stream_body.h"

namespace sorrel::types {

using encoding::NodeEntry;
using encoding::NodeMaster;
using encoding::StreamNode;
using Position = encoding::StreamNodeTree::Position;
using Leaf = encoding::StreamNodeTree::Leaf;

std::string_view StreamId::text(char* scratch) const {
  std::size_t size = base::format_unsigned(ms, scratch);
  scratch[size++] = '-';
  size += base::format_unsigned(seq, scratch + size);
  return {scratch, size};
}

bool Stream::contains(StreamId id) const {
  const Cursor cursor = forward(id, id);
  return cursor.valid();
}

Stream::Cursor Stream::forward(StreamId first, StreamId last) const {
  Cursor cursor;
  if (size() == 0 || last < first) return cursor;
  cursor.body_ = body();
  cursor.limit_ = last;
  cursor.begin_forward(first);
  return cursor;
}

Stream::Cursor Stream::backward(StreamId last, StreamId first) const {
  Cursor cursor;
  if (size() == 0 || last < first) return cursor;
  cursor.body_ = body();
  cursor.limit_ = first;
  cursor.backward_ = true;
  cursor.begin_backward(last);
  return cursor;
}

void Stream::Cursor::next() { backward_ ? settle_backward() : settle_forward(); }

bool Stream::Cursor::enter(const StreamNode* node) {
  node_ = node;
  if (node == nullptr) return false;
  const NodeMaster master = encoding::read_master(*node);
  names_ = master.names;
  fields_ = master.fields;
  entries_ = master.entries;
  offset_ = backward_ ? node->pack().end() : master.entries;
  return true;
}

void Stream::Cursor::begin_forward(StreamId first) {
  const bool in_tail = first >= body_->tail->first;
  Position place = in_tail ? Position{} : body_->place_below_tail(first);
  if (!in_tail && !place.valid()) place = body_->nodes.front();
  if (place.valid()) {
    leaf_ = place.leaf;
    slot_ = place.slot;
    enter(place.entry().value);
  } else {
    enter(body_->tail);
  }
  const bool at_head =
      first <= body_->first_id && body_->head_offset != 0 && node_ == body_->head();
  offset_ = at_head ? body_->head_offset : encoding::find_entry(*node_, master(), first);
  settle_forward();
}

void Stream::Cursor::begin_backward(StreamId last) {
  if (last >= body_->tail->first) {
    enter(body_->tail);
  } else {
    const Position below = body_->place_below_tail(last);
    if (!below.valid()) return;
    leaf_ = below.leaf;
    slot_ = below.slot;
    enter(below.entry().value);
  }
  if (const auto behind = last.next(); behind) {
    offset_ = encoding::find_entry(*node_, master(), *behind);
  }
  settle_backward();
}

NodeMaster Stream::Cursor::master() const {
  NodeMaster master{};
  master.fields = fields_;
  master.names = names_;
  master.entries = entries_;
  return master;
}

bool Stream::Cursor::next_node() {
  if (leaf_ == nullptr) return false;
  Position position{static_cast<const Leaf*>(leaf_), slot_};
  position.next();
  leaf_ = position.leaf;
  slot_ = position.slot;
  return enter(position.valid() ? position.entry().value : body_->tail);
}

bool Stream::Cursor::previous_node() {
  Position position = body_->nodes.back();
  if (leaf_ != nullptr) {
    position = {static_cast<const Leaf*>(leaf_), slot_};
    position.previous();
  }
  leaf_ = position.leaf;
  slot_ = position.slot;
  return position.valid() && enter(position.entry().value);
}

// Reads the entry that begins there, and where to go on: behind it, or at its begin.
void Stream::Cursor::take(const StreamNode& node, std::uint32_t begin) {
  const NodeEntry entry = encoding::read_entry(node, master(), begin);
  offset_ = backward_ ? begin : encoding::end_of_entry(node, entry);
  valid_ = !entry.deleted;
  entry_.id_ = entry.id;
  entry_.pack_ = &node.pack();
  entry_.pairs_ = entry.fields;
  entry_.names_ = entry.shared ? names_ : 0;
  entry_.values_ = entry.data;
}

void Stream::Cursor::settle_forward() {
  do {
    while (offset_ == node_->pack().end()) {
      if (!next_node()) {
        valid_ = false;
        return;
      }
    }
    take(*node_, offset_);
  } while (!valid_);
  valid_ = entry_.id_ <= limit_;
}

void Stream::Cursor::settle_backward() {
  do {
    while (offset_ == entries_) {
      if (!previous_node()) {
        valid_ = false;
        return;
      }
    }
    take(*node_, encoding::previous_entry(*node_, offset_));
  } while (!valid_);
  valid_ = entry_.id_ >= limit_;
}

}  // namespace sorrel::types
