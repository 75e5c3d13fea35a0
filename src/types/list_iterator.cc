// SPDX-License-Identifier: BSD-3-Clause
//
// Walking a list: within a listpack entry by entry, then on to the node beside it. An iterator
// holds where it is in its own members, so that a step asks nobody but the listpack. One thread.
#include <cassert>
#include <cstdint>

#include <sorrel/types/list.h>

#include "encoding/quicklist.h"

namespace sorrel::types {

using base::Listpack;
using encoding::ListNode;
using encoding::NodeSequence;
using encoding::Quicklist;

namespace {

const NodeSequence* nodes_of(std::uintptr_t word) {
  if ((word & 1) == 0) return nullptr;
  return &reinterpret_cast<const Quicklist*>(word & ~std::uintptr_t{1})->nodes();
}

const NodeSequence& sequence(const void* nodes) { return *static_cast<const NodeSequence*>(nodes); }

}  // namespace

List::Iterator::Iterator(std::uintptr_t word, std::uint64_t index, std::uint64_t count,
                         bool backward)
    : remaining_(count), nodes_(nodes_of(word)), backward_(backward) {
  if (count == 0) return;
  std::uint64_t within = index;
  if (nodes_ == nullptr) {
    pack_ = reinterpret_cast<const Listpack*>(word);
  } else {
    const auto found = sequence(nodes_).find(index);
    group_ = found.place.group;
    slot_ = found.place.slot;
    within = found.within;
    enter_node();
  }
  if (pack_ != nullptr) {
    offset_ = pack_->seek(static_cast<std::int64_t>(within));
    value_ = pack_->get(offset_);
  }
}

// At the element of the node at group_ and slot_ that comes first on the way.
void List::Iterator::enter_node() {
  const ListNode& node = sequence(nodes_).at({group_, slot_});
  if (node.is_plain()) {
    pack_ = nullptr;
    value_ = node.get(0);
    return;
  }
  pack_ = &node.pack();
  offset_ = backward_ ? pack_->previous(pack_->end()) : pack_->begin();
}

void List::Iterator::next() {
  assert(valid());
  if (--remaining_ == 0) return;
  if (pack_ != nullptr) {
    if (backward_ && offset_ != pack_->begin()) {
      offset_ = pack_->previous(offset_);
      value_ = pack_->get(offset_);
      return;
    }
    if (!backward_) {
      offset_ = pack_->next(offset_);
      if (offset_ != pack_->end()) {
        value_ = pack_->get(offset_);
        return;
      }
    }
  }
  const NodeSequence& nodes = sequence(nodes_);
  const NodeSequence::Place place{group_, slot_};
  const auto beside = backward_ ? nodes.previous(place) : nodes.next(place);
  group_ = beside.group;
  slot_ = beside.slot;
  enter_node();
  if (pack_ != nullptr) value_ = pack_->get(offset_);
}

List::Iterator List::forward(std::uint64_t index, std::uint64_t count) const {
  assert(count == 0 || index + count <= size());
  return Iterator(word_, index, count, false);
}

List::Iterator List::backward(std::uint64_t index, std::uint64_t count) const {
  assert(count == 0 || (index < size() && count <= index + 1));
  return Iterator(word_, index, count, true);
}

List::Iterator List::forward() const { return forward(0, size()); }

List::Chunks List::chunks(std::uint64_t first) const {
  Chunks chunks;
  if (word_ == 0) return chunks;
  const NodeSequence* nodes = nodes_of(word_);
  const std::uint64_t count = nodes == nullptr ? 1 : nodes->nodes();
  if (first >= count) return chunks;
  chunks.remaining_ = count - first;
  if (nodes == nullptr) {
    chunks.pack_ = reinterpret_cast<const Listpack*>(word_);
    return chunks;
  }
  const auto place = nodes->node(first);
  chunks.nodes_ = nodes;
  chunks.group_ = place.group;
  chunks.slot_ = place.slot;
  return chunks;
}

List::Chunk List::Chunks::operator*() const {
  if (nodes_ == nullptr) return {pack_->view(), false};
  const ListNode& node = sequence(nodes_).at({group_, slot_});
  return node.is_plain() ? Chunk{node.element(), true} : Chunk{node.pack().view(), false};
}

void List::Chunks::next() {
  assert(valid());
  if (--remaining_ == 0) return;
  const auto place = sequence(nodes_).next({group_, slot_});
  group_ = place.group;
  slot_ = place.slot;
}

}  // namespace sorrel::types
