// SPDX-License-Identifier: BSD-3-Clause
//
// Which node takes an element, and what becomes of nodes that are full. An element is admitted by
// its own size and an allowance for what stands around it, not by the bytes that it will take:
// that is the estimate which decides, in Redis, when a node is full. One thread.
#include "encoding/quicklist.h"

#include <algorithm>
#include <cassert>

#include <sorrel/base/size_class.h>

namespace sorrel::types::encoding {

using base::Listpack;
using base::ListpackEntry;
using Side = ListNode::Side;

namespace {

constexpr std::uint64_t kAllowance = 8;
// From so many nodes on, a new one gets at once the room that its neighbour needed.
constexpr std::uint64_t kManyNodes = 8;
constexpr std::size_t kFirstRoom = 1024;

}  // namespace

template <class Change>
decltype(auto) Quicklist::edit(Place place, Change&& change) {
  ListNode& node = nodes_.at(place);
  const std::uint64_t count = node.count;
  nodes_.sharing().leave_alone(node.own());
  block_bytes_ -= node.heap_bytes();
  struct Settle {
    Quicklist& list;
    Place place;
    std::uint64_t count;
    ~Settle() {
      list.block_bytes_ += list.nodes_.at(place).heap_bytes();
      list.nodes_.recount(place, count);
    }
  } settle{*this, place, count};
  return change(node);
}

std::size_t Quicklist::heap_bytes() const {
  return base::size_class(sizeof(Quicklist)) + nodes_.heap_bytes() + block_bytes_;
}

const ListNode* Quicklist::only() const {
  if (nodes_.nodes() != 1) return nullptr;
  const ListNode& node = nodes_.at(nodes_.first());
  return node.is_plain() ? nullptr : &node;
}

Listpack* Quicklist::take_only() {
  Listpack* taken = Listpack::copy(nodes_.at(nodes_.first()).pack());
  drop_node(nodes_.first());
  return taken;
}

bool Quicklist::allows(const ListNode& node, std::string_view text, const NodeLimit& limit) const {
  if (node.is_plain()) return false;
  return compact_ || (!limit.is_large(text) &&
                      limit.allows(node.bytes() + text.size() + kAllowance, node.count + 1U));
}

Quicklist::Place Quicklist::insert_node(Place place, const ListNode& node) {
  block_bytes_ += node.heap_bytes();
  return nodes_.insert(place, node);
}

Quicklist::Place Quicklist::drop_node(Place place) {
  ListNode& node = nodes_.at(place);
  block_bytes_ -= node.heap_bytes();
  nodes_.sharing().leave_alone(node.free());
  return nodes_.erase(place);
}

void Quicklist::append(const ListNode& node) { insert_node(nodes_.end(), node); }

void Quicklist::share_all(const Quicklist& other) {
  constexpr unsigned kAhead = 16;
  const NodeSequence& nodes = other.nodes_;
  nodes_.sharing().join(nodes.sharing());
  Place ahead = nodes.first();
  for (unsigned i = 0; i < kAhead && !nodes.is_end(ahead); ++i) ahead = nodes.next(ahead);
  for (Place at = nodes.first(); !nodes.is_end(at); at = nodes.next(at)) {
    if (!nodes.is_end(ahead)) {
      nodes.at(ahead).prefetch_owners();
      ahead = nodes.next(ahead);
    }
    append(nodes.at(at).share());
  }
}

std::size_t Quicklist::room_beside(ListEnd end) const {
  if (nodes_.empty()) return 0;
  const ListNode& beside = nodes_.at(end == ListEnd::kFront ? nodes_.first() : nodes_.last());
  if (beside.is_plain()) return 0;
  const std::size_t neighbour = beside.bytes();
  return nodes_.nodes() < kManyNodes ? std::min(neighbour / 8, kFirstRoom) : neighbour;
}

std::optional<Quicklist::Cursor> Quicklist::find(const Needle& needle) const {
  for (Place place = nodes_.first(); !nodes_.is_end(place); place = nodes_.next(place)) {
    const ListNode& node = nodes_.at(place);
    if (node.is_plain()) {
      if (node.element() == needle.text) return Cursor{place, 0};
      continue;
    }
    const Listpack& pack = node.pack();
    const std::uint32_t at = pack.find(pack.begin(), needle.text);
    if (at != pack.end()) return Cursor{place, at};
  }
  return std::nullopt;
}

ListNode Quicklist::make_node(std::string_view text, Side room, std::size_t bytes,
                              const NodeLimit& limit) const {
  if (!compact_ && limit.is_large(text)) return ListNode::plain(text);
  const ListpackEntry entry(text);
  const std::size_t needed = std::max(bytes, Listpack::kEmptyBytes + entry.bytes());
  ListNode node = ListNode::make(needed, room);
  room == Side::kFront ? node.push_front(entry) : node.push_back(entry);
  return node;
}

void Quicklist::push(ListEnd end, std::string_view text, const NodeLimit& limit) {
  const bool front = end == ListEnd::kFront;
  if (!nodes_.empty()) {
    const Place place = front ? nodes_.first() : nodes_.last();
    if (allows(nodes_.at(place), text, limit)) {
      const ListpackEntry entry(text);
      edit(place, [&](ListNode& node) { front ? node.push_front(entry) : node.push_back(entry); });
      return;
    }
    if (!nodes_.at(place).shared) edit(place, [](ListNode& node) { node.fit(); });
  }
  const Side room = front ? Side::kFront : Side::kBack;
  insert_node(front ? nodes_.first() : nodes_.end(),
              make_node(text, room, room_beside(end), limit));
}

void Quicklist::pop(ListEnd end, std::uint64_t count) {
  assert(count <= size());
  while (count > 0) {
    const Place place = end == ListEnd::kFront ? nodes_.first() : nodes_.last();
    const std::uint32_t held = nodes_.at(place).count;
    if (count >= held) {
      count -= held;
      drop_node(place);
      continue;
    }
    const auto gone = static_cast<std::uint32_t>(count);
    edit(place, [&](ListNode& node) {
      const Listpack& pack = node.pack();
      if (end == ListEnd::kFront) {
        node.erase(pack.begin(), pack.seek(gone), gone);
      } else {
        node.erase(pack.seek(-std::int64_t{gone}), pack.end(), gone);
      }
    });
    return;
  }
}

Quicklist::Cursor Quicklist::find(std::uint64_t index) const {
  const auto found = nodes_.find(index);
  const ListNode& node = nodes_.at(found.place);
  if (node.is_plain()) return {found.place, 0};
  return {found.place, node.pack().seek(static_cast<std::int64_t>(found.within))};
}

Quicklist::Place Quicklist::insert_between(Place right, ListEnd prefer, std::string_view text,
                                           const NodeLimit& limit) {
  if (prefer == ListEnd::kBack && !nodes_.is_first(right)) {
    const Place left = nodes_.previous(right);
    if (allows(nodes_.at(left), text, limit)) {
      edit(left, [&](ListNode& node) { node.push_back(ListpackEntry(text)); });
      return right;
    }
  }
  if (prefer == ListEnd::kFront && !nodes_.is_end(right) && allows(nodes_.at(right), text, limit)) {
    edit(right, [&](ListNode& node) { node.push_front(ListpackEntry(text)); });
    return right;
  }
  return nodes_.next(insert_node(right, make_node(text, Side::kBack, 0, limit)));
}

void Quicklist::insert_within(Cursor cursor, std::string_view text, const NodeLimit& limit) {
  const Listpack& pack = nodes_.at(cursor.place).pack();
  std::uint32_t entries = 0;
  for (auto at = cursor.offset; at != pack.end(); at = pack.next(at)) ++entries;
  const ListNode tail =
      edit(cursor.place, [&](ListNode& node) { return node.split(cursor.offset, entries); });
  const ListEnd shorter = tail.bytes() < cursor.offset ? ListEnd::kFront : ListEnd::kBack;
  Place right = insert_node(nodes_.next(cursor.place), tail);
  right = merge(insert_between(right, shorter, text, limit), limit);
  const Place left = nodes_.previous(right);
  if (!nodes_.is_first(left)) merge(nodes_.previous(left), limit);
}

Quicklist::Place Quicklist::merge(Place left, const NodeLimit& limit) {
  const Place right = nodes_.next(left);
  if (nodes_.is_end(right)) return left;
  const ListNode& node = nodes_.at(left);
  const ListNode& other = nodes_.at(right);
  if (node.is_plain() || other.is_plain() ||
      !limit.allows(node.bytes() + other.bytes() - Listpack::kEmptyBytes,
                    std::uint64_t{node.count} + other.count)) {
    return left;
  }
  edit(left, [&](ListNode& held) { held.append_all(other); });
  return nodes_.previous(drop_node(right));
}

void Quicklist::insert_before(Cursor cursor, std::string_view text, const NodeLimit& limit) {
  const ListNode& node = nodes_.at(cursor.place);
  if (allows(node, text, limit)) {
    edit(cursor.place, [&](ListNode& held) { held.insert(cursor.offset, ListpackEntry(text)); });
  } else if (node.is_plain() || cursor.offset == node.pack().begin()) {
    insert_between(cursor.place, ListEnd::kBack, text, limit);
  } else {
    insert_within(cursor, text, limit);
  }
}

void Quicklist::insert_after(Cursor cursor, std::string_view text, const NodeLimit& limit) {
  const ListNode& node = nodes_.at(cursor.place);
  const std::uint32_t offset = node.is_plain() ? 0 : node.pack().next(cursor.offset);
  if (allows(node, text, limit)) {
    edit(cursor.place, [&](ListNode& held) { held.insert(offset, ListpackEntry(text)); });
  } else if (node.is_plain() || offset == node.pack().end()) {
    insert_between(nodes_.next(cursor.place), ListEnd::kFront, text, limit);
  } else {
    insert_within({cursor.place, offset}, text, limit);
  }
}

void Quicklist::erase(Cursor cursor) {
  if (nodes_.at(cursor.place).count == 1) {
    drop_node(cursor.place);
    return;
  }
  edit(cursor.place,
       [&](ListNode& node) { node.erase(cursor.offset, node.pack().next(cursor.offset), 1); });
}

void Quicklist::replace(std::uint64_t index, std::string_view text, const NodeLimit& limit) {
  const Cursor cursor = find(index);
  const ListNode& node = nodes_.at(cursor.place);
  // Other than for a push, what counts is that no node becomes much longer than the limit.
  if (!node.is_plain() &&
      (compact_ || (!limit.is_large(text) && node.bytes() + text.size() <= 2 * limit.bytes))) {
    edit(cursor.place, [&](ListNode& held) { held.replace(cursor.offset, ListpackEntry(text)); });
    return;
  }
  insert_after(cursor, text, limit);
  erase(find(index));
}

std::uint64_t Quicklist::erase_matches(const Needle& needle, std::uint64_t limit, ListEnd from) {
  std::uint64_t erased = 0;
  const bool forward = from == ListEnd::kFront;
  Place place = forward ? nodes_.first() : nodes_.last();
  while (erased < limit && !nodes_.empty()) {
    const std::uint32_t matches = nodes_.at(place).count_matches(needle);
    const std::uint64_t wanted = std::min<std::uint64_t>(matches, limit - erased);
    const bool all = wanted == nodes_.at(place).count;
    const bool last = forward ? nodes_.is_end(nodes_.next(place)) : nodes_.is_first(place);
    if (wanted > 0 && !all) {
      const std::uint64_t skip = forward ? 0 : matches - wanted;
      edit(place, [&](ListNode& node) { node.erase_matches(needle, skip, wanted); });
    }
    Place next = place;
    if (all) {
      next = drop_node(place);
    } else if (forward && !last) {
      next = nodes_.next(place);
    }
    erased += wanted;
    if (last) break;
    place = forward ? next : nodes_.previous(next);
  }
  return erased;
}

bool Quicklist::release_some(std::uint64_t budget) { return nodes_.release_some(budget); }

}  // namespace sorrel::types::encoding
