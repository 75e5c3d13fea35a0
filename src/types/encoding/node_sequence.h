// SPDX-License-Identifier: BSD-3-Clause
//
// The nodes of a long list in order, and how many elements lie in each. Two levels: a directory of
// groups, a group of up to kGroup nodes, both arrays with room at both ends (gap_array.h):
//
//   directory  [ group, elements | group, elements | ... ]
//   group      [ node | node | ... ]
//
// So an element is found by its index in one run over the directory and one over a group: for a
// hundred million elements some 5000 and 48 counts; a push touches the outermost group; a node that
// is put into the middle moves at most 24 others, and at times half the directory. The entry of a
// first group lies in the sequence itself, so that a short list has one array to go through.
//
// The sequence frees no node but in release_some() and its destructor. Invariant: no group is
// empty. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "encoding/gap_array.h"
#include "encoding/list_node.h"
#include "encoding/node_sharing.h"

namespace sorrel::types::encoding {

class NodeSequence {
 public:
  // Where a node is. Lifetime: until a node is inserted or erased.
  struct Place {
    std::uint32_t group = 0;
    std::uint32_t slot = 0;
  };
  struct Found {
    Place place;
    std::uint64_t within = 0;  // the index of the element in its node
  };

  NodeSequence() : directory_({&first_, 1}) {}
  NodeSequence(const NodeSequence&) = delete;
  NodeSequence& operator=(const NodeSequence&) = delete;
  ~NodeSequence();

  std::uint64_t elements() const { return elements_; }
  std::uint64_t nodes() const { return nodes_; }
  bool empty() const { return nodes_ == 0; }
  // Of the arrays, without the blocks of the nodes.
  std::size_t heap_bytes() const {
    return directory_.heap_bytes() + group_bytes_ + sharing_.heap_bytes();
  }
  // To be told of what own() and free() of a node return.
  NodeSharing& sharing() { return sharing_; }
  const NodeSharing& sharing() const { return sharing_; }

  // Requires of the following: what they name is there.
  Place first() const { return {0, 0}; }
  Place last() const {
    const std::uint32_t group = directory_.size() - 1;
    return {group, directory_[group].nodes.size() - 1};
  }
  Place end() const { return {directory_.size(), 0}; }
  bool is_end(Place place) const { return place.group == directory_.size(); }
  bool is_first(Place place) const { return place.group == 0 && place.slot == 0; }
  Place next(Place place) const {
    if (++place.slot == directory_[place.group].nodes.size()) return {place.group + 1, 0};
    return place;
  }
  Place previous(Place place) const {
    if (place.slot > 0) return {place.group, place.slot - 1};
    return {place.group - 1, directory_[place.group - 1].nodes.size() - 1};
  }
  const ListNode& at(Place place) const { return directory_[place.group].nodes[place.slot]; }
  ListNode& at(Place place) { return directory_[place.group].nodes[place.slot]; }

  // Requires: index < elements().
  Found find(std::uint64_t index) const;
  // The node of that number. Requires: number < nodes().
  Place node(std::uint64_t number) const;

  // Puts a node before `place`, which may be end(). Returns: where it is.
  Place insert(Place place, const ListNode& node);
  // Returns: the place of the node that followed, or end().
  Place erase(Place place);
  // Says that the node at `place`, whose count was `before`, was changed.
  void recount(Place place, std::uint64_t before) {
    const std::uint64_t delta = at(place).count - before;
    directory_[place.group].elements += delta;
    elements_ += delta;
  }

  // Frees up to `budget` nodes, the last ones first. Returns: true when none is left.
  bool release_some(std::uint64_t budget);

 private:
  static constexpr std::uint32_t kGroup = 48;

  struct Group {
    GapArray<ListNode> nodes;
    std::uint64_t elements = 0;
  };

  Place place_for(Place place);
  Place split_group(Place place);
  void merge_group(std::uint32_t group, Place& next);
  Group& insert_group(std::uint32_t index);

  NodeSharing sharing_;
  Group first_;
  GapArray<Group> directory_;
  std::uint64_t elements_ = 0;
  std::uint64_t nodes_ = 0;
  std::size_t group_bytes_ = 0;
};

}  // namespace sorrel::types::encoding
