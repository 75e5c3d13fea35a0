// SPDX-License-Identifier: BSD-3-Clause
//
// Keeping groups between empty and full. A push at an end that finds its group full begins a new
// group, so that lists which only grow have full ones; an insertion in the middle splits a full
// group in halves. A group that becomes small joins its neighbour. One thread.
#include "encoding/node_sequence.h"

#include <cassert>
#include <limits>

namespace sorrel::types::encoding {

NodeSequence::~NodeSequence() {
  release_some(std::numeric_limits<std::uint64_t>::max());
  directory_.free();
}

NodeSequence::Found NodeSequence::find(std::uint64_t index) const {
  assert(index < elements_);
  std::uint32_t group = 0;
  std::uint64_t left = index;
  if (index < elements_ / 2) {
    while (left >= directory_[group].elements) left -= directory_[group++].elements;
  } else {
    group = directory_.size() - 1;
    std::uint64_t before = elements_ - directory_[group].elements;
    while (index < before) before -= directory_[--group].elements;
    left = index - before;
  }
  const GapArray<ListNode>& nodes = directory_[group].nodes;
  std::uint32_t slot = 0;
  while (left >= nodes[slot].count) left -= nodes[slot++].count;
  return {{group, slot}, left};
}

NodeSequence::Place NodeSequence::node(std::uint64_t number) const {
  assert(number < nodes_);
  std::uint32_t group = 0;
  while (number >= directory_[group].nodes.size()) number -= directory_[group++].nodes.size();
  return {group, static_cast<std::uint32_t>(number)};
}

NodeSequence::Group& NodeSequence::insert_group(std::uint32_t index) {
  directory_.insert(index, Group());
  return directory_[index];
}

NodeSequence::Place NodeSequence::split_group(Place place) {
  insert_group(place.group + 1);
  Group& full = directory_[place.group];
  Group& tail = directory_[place.group + 1];
  const std::uint32_t kept = full.nodes.size() / 2;
  const std::size_t before = full.nodes.heap_bytes();
  tail.nodes.take_tail(full.nodes, kept);
  group_bytes_ += full.nodes.heap_bytes() + tail.nodes.heap_bytes() - before;
  for (std::uint32_t i = 0; i < tail.nodes.size(); ++i) tail.elements += tail.nodes[i].count;
  full.elements -= tail.elements;
  if (place.slot <= kept) return place;
  return {place.group + 1, place.slot - kept};
}

// The same position in a group with room, for an insertion.
NodeSequence::Place NodeSequence::place_for(Place place) {
  if (directory_.empty()) {
    insert_group(0);
    return {0, 0};
  }
  // Before the first node of a group is behind the last one of the group before.
  if (place.slot == 0 && place.group > 0) {
    place = {place.group - 1, directory_[place.group - 1].nodes.size()};
  }
  if (directory_[place.group].nodes.size() < kGroup) return place;
  if (place.group == 0 && place.slot == 0) {
    insert_group(0);
    return {0, 0};
  }
  if (place.slot < kGroup) return split_group(place);
  if (is_end({place.group + 1, 0})) {
    insert_group(place.group + 1);
    return {place.group + 1, 0};
  }
  if (directory_[place.group + 1].nodes.size() < kGroup) return {place.group + 1, 0};
  return split_group(place);
}

NodeSequence::Place NodeSequence::insert(Place place, const ListNode& node) {
  place = place_for(place);
  Group& group = directory_[place.group];
  group_bytes_ -= group.nodes.heap_bytes();
  group.nodes.insert(place.slot, node);
  group_bytes_ += group.nodes.heap_bytes();
  group.elements += node.count;
  elements_ += node.count;
  ++nodes_;
  return place;
}

// Appends the group behind `group` to it when both are small; `next` follows its node.
void NodeSequence::merge_group(std::uint32_t group, Place& next) {
  if (group + 1 >= directory_.size()) return;
  Group& left = directory_[group];
  Group& right = directory_[group + 1];
  const std::uint32_t kept = left.nodes.size();
  if (kept + right.nodes.size() > kGroup / 2) return;
  group_bytes_ -= left.nodes.heap_bytes() + right.nodes.heap_bytes();
  left.nodes.take_tail(right.nodes, 0);
  group_bytes_ += left.nodes.heap_bytes();
  left.elements += right.elements;
  right.nodes.free();
  directory_.erase(group + 1);
  if (next.group == group + 1) {
    next = {group, next.slot + kept};
  } else if (next.group > group + 1) {
    --next.group;
  }
}

NodeSequence::Place NodeSequence::erase(Place place) {
  Group& group = directory_[place.group];
  const std::uint64_t count = group.nodes[place.slot].count;
  group.elements -= count;
  elements_ -= count;
  --nodes_;
  group.nodes.erase(place.slot);
  if (group.nodes.empty()) {
    group_bytes_ -= group.nodes.heap_bytes();
    group.nodes.free();
    directory_.erase(place.group);
    return {place.group, 0};
  }
  Place next = place;
  if (place.slot == group.nodes.size()) next = {place.group + 1, 0};
  merge_group(place.group, next);
  if (place.group > 0) merge_group(place.group - 1, next);
  return next;
}

bool NodeSequence::release_some(std::uint64_t budget) {
  for (; budget > 0 && !empty(); --budget) {
    const Place place = last();
    sharing_.leave_alone(at(place).free());
    erase(place);
  }
  return empty();
}

}  // namespace sorrel::types::encoding
