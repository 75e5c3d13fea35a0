// SPDX-License-Identifier: BSD-3-Clause
//
// The form of a list that is more than a small listpack: nodes that are listpacks, each within the
// limit of Settings, in a NodeSequence. Which elements share a node follows the rules that clients
// can observe through OBJECT ENCODING and DEBUG OBJECT of Redis 8: a push goes to the outermost
// node while that allows it, an insertion splits a full node, a removal merges nothing.
//
// A list that is called a listpack, but has outgrown the size up to which moving all of it costs
// nothing, is one, too: with one node, whose size the caller limits ("compact").
//
// Invariant: no node is empty. Any change ends the life of cursors and views. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/base/listpack.h>
#include <sorrel/types/list.h>

#include "encoding/list_node.h"
#include "encoding/node_sequence.h"

namespace sorrel::types::encoding {

class Quicklist {
 public:
  using Place = NodeSequence::Place;

  // An element; in a plain node the offset means nothing.
  struct Cursor {
    Place place;
    std::uint32_t offset = 0;
  };

  explicit Quicklist(bool compact) : compact_(compact) {}

  std::uint64_t size() const { return nodes_.elements(); }
  const NodeSequence& nodes() const { return nodes_; }
  std::size_t heap_bytes() const;
  // The part of it that a clone shares.
  std::size_t block_bytes() const { return block_bytes_; }

  bool compact() const { return compact_; }
  void set_compact(bool compact) { compact_ = compact; }
  // The only node, if it is one and holds a listpack, else null.
  const ListNode* only() const;
  // Takes the only node's listpack out, in a block of its own size. Requires: only() is not null.
  base::Listpack* take_only();

  // Takes over a node, as the last one.
  void append(const ListNode& node);
  // Appends the nodes of another, which own their blocks together from now on until one of them
  // changes. Cost: some 20 ns a node.
  void share_all(const Quicklist& other);

  void push(ListEnd end, std::string_view text, const NodeLimit& limit);
  // Requires: count <= size().
  void pop(ListEnd end, std::uint64_t count);

  // Requires, of indexes and cursors: the element exists.
  Cursor find(std::uint64_t index) const;
  std::optional<Cursor> find(const Needle& needle) const;
  base::ListpackValue get(Cursor cursor) const {
    return nodes_.at(cursor.place).get(cursor.offset);
  }
  void replace(std::uint64_t index, std::string_view text, const NodeLimit& limit);
  void insert_before(Cursor cursor, std::string_view text, const NodeLimit& limit);
  void insert_after(Cursor cursor, std::string_view text, const NodeLimit& limit);
  // Takes out the first `limit` elements that match, seen from that end. Returns: how many.
  std::uint64_t erase_matches(const Needle& needle, std::uint64_t limit, ListEnd from);

  bool release_some(std::uint64_t budget);

 private:
  // Calls change(node) on a node and settles its count and its bytes.
  template <class Change>
  decltype(auto) edit(Place place, Change&& change);

  bool allows(const ListNode& node, std::string_view text, const NodeLimit& limit) const;
  Place insert_node(Place place, const ListNode& node);
  Place drop_node(Place place);
  void erase(Cursor cursor);
  // The room that a new outermost node gets.
  std::size_t room_beside(ListEnd end) const;
  // A node of one element, with at least `bytes`.
  ListNode make_node(std::string_view text, ListNode::Side room, std::size_t bytes,
                     const NodeLimit& limit) const;
  // An element before `right`: in the node on that side of the place if it allows that, else in
  // one of its own. Returns: where `right` is now.
  Place insert_between(Place right, ListEnd prefer, std::string_view text, const NodeLimit& limit);
  // An element between the halves of a node that is full.
  void insert_within(Cursor cursor, std::string_view text, const NodeLimit& limit);
  // Joins a node and the one behind it, if the limit allows it. Returns: where the node is now.
  Place merge(Place left, const NodeLimit& limit);

  NodeSequence nodes_;
  std::size_t block_bytes_ = 0;
  bool compact_;
};

}  // namespace sorrel::types::encoding
