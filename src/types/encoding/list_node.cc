// SPDX-License-Identifier: BSD-3-Clause
//
// Keeping room in a node. When the side that needs room has none, the listpack moves within its
// block if enough of that is free, and the side gets half of it; else the block takes the next size
// class and the side gets all that is new. So a push costs O(1) bytes moved on average, from either
// end and from both in turn. A block that is three quarters empty is exchanged for a smaller one.
#include "encoding/list_node.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include <sorrel/base/prefetch.h>

namespace sorrel::types::encoding {

using base::block_size;
using base::Listpack;
using base::ListpackCut;
using base::ListpackEntry;

namespace {

// Below this nothing is given back: it would soon be asked for again.
constexpr std::uint32_t kSmallBlock = 1024;
// From here on a block moves its listpack rather than to grow, however little is free: it is about
// as large as nodes become.
constexpr std::uint32_t kFullBlock = 4096;

char* allocate(std::size_t bytes) { return static_cast<char*>(base::allocate_block(bytes)); }

}  // namespace

NodeLimit::NodeLimit(const Settings& settings) {
  constexpr std::uint64_t kSafeBytes = 8192;
  const std::int64_t limit = settings.list_max_listpack_size;
  if (limit >= 0) {
    by_entries = true;
    bytes = kSafeBytes;
    entries = static_cast<std::uint64_t>(std::clamp<std::int64_t>(limit, 1, 32767));
  } else {
    bytes = std::uint64_t{4096} << (std::min<std::int64_t>(-limit, 5) - 1);
    entries = std::numeric_limits<std::uint64_t>::max();
  }
}

ListNode ListNode::make(std::size_t bytes, Side side) {
  ListNode node;
  node.capacity = static_cast<std::uint32_t>(block_size(bytes + kCountBytes));
  node.block = allocate(node.capacity);
  node.begin = side == Side::kFront ? node.usable() - Listpack::kEmptyBytes : 0;
  base::listpack_frame(node.block + node.begin, Listpack::kEmptyBytes, 0);
  return node;
}

ListNode ListNode::adopt(Listpack* listpack) {
  ListNode node;
  node.block = listpack->data();
  node.capacity = static_cast<std::uint32_t>(block_size(listpack->bytes()));
  node.count = listpack->count();
  node.countable = false;
  return node;
}

ListNode ListNode::packed(std::string_view listpack) {
  ListNode node;
  node.capacity = static_cast<std::uint32_t>(block_size(listpack.size() + kCountBytes));
  node.block = allocate(node.capacity);
  std::memcpy(node.block, listpack.data(), listpack.size());
  node.count = node.pack().count();
  return node;
}

ListNode ListNode::plain(std::string_view element) {
  ListNode node;
  const std::uint64_t length = element.size();
  node.block = allocate(block_size(sizeof length + element.size() + kCountBytes));
  std::memcpy(node.block, &length, sizeof length);
  std::memcpy(node.block + sizeof length, element.data(), element.size());
  node.count = 1;
  return node;
}

ListNode ListNode::share() const {
  if (!countable) return packed(pack().view());
  set_owners(shared ? owners() + 1 : 2);
  shared = true;
  return *this;
}

void ListNode::prefetch_owners() const {
  if (!is_plain()) base::prefetch(owners_at());
}

std::size_t ListNode::own() {
  if (!shared) return 0;
  shared = false;
  const std::uint32_t others = owners() - 1;
  if (others == 0) return 0;
  set_owners(others);
  const char* const from = block;
  const std::size_t held = is_plain() ? sizeof(std::uint64_t) + element().size() : bytes();
  block = allocate(heap_bytes());
  std::memcpy(block + begin, from + begin, held);
  return others == 1 ? heap_bytes() : 0;
}

std::uint32_t ListNode::owners() const {
  std::uint32_t owners;
  std::memcpy(&owners, owners_at(), sizeof owners);
  return owners;
}

void ListNode::set_owners(std::uint32_t owners) const {
  std::memcpy(owners_at(), &owners, sizeof owners);
}

Listpack* ListNode::release() {
  const auto wanted = static_cast<std::uint32_t>(block_size(bytes()));
  if (wanted != capacity || begin != 0) move_to(wanted, 0);
  return &pack();
}

std::size_t ListNode::free() {
  if (shared && owners() > 1) {
    const std::uint32_t others = owners() - 1;
    set_owners(others);
    return others == 1 ? heap_bytes() : 0;
  }
  base::free_block(block, heap_bytes());
  return 0;
}

std::string_view ListNode::element() const {
  std::uint64_t length;
  std::memcpy(&length, block, sizeof length);
  return {block + sizeof length, length};
}

std::size_t ListNode::heap_bytes() const {
  if (!is_plain()) return capacity;
  return block_size(sizeof(std::uint64_t) + element().size() + kCountBytes);
}

void ListNode::move_to(std::uint32_t new_capacity, std::uint32_t new_begin) {
  const std::uint32_t held = bytes();
  if (new_capacity == capacity) {
    std::memmove(block + new_begin, block + begin, held);
  } else if (begin == 0 && new_begin == 0) {
    block = static_cast<char*>(base::resize_block(block, capacity, new_capacity));
  } else {
    char* memory = allocate(new_capacity);
    std::memcpy(memory + new_begin, block + begin, held);
    base::free_block(block, capacity);
    block = memory;
  }
  // Who moves a node into another block asks for one with room for the number of owners.
  if (new_capacity != capacity) countable = true;
  capacity = new_capacity;
  begin = new_begin;
}

void ListNode::make_room(Side side, std::size_t need) {
  if (has_room(side, need)) return;
  const std::uint32_t held = bytes();
  const std::uint32_t spare = usable() - held;
  if (spare >= need && (spare >= capacity / 8 || capacity >= kFullBlock)) {
    const auto share = static_cast<std::uint32_t>(need + (spare - need) / 2);
    move_to(capacity, side == Side::kFront ? share : spare - share);
    return;
  }
  const auto grown = static_cast<std::uint32_t>(
      block_size(std::max<std::size_t>(held + need + kCountBytes, capacity + capacity / 8)));
  move_to(grown, side == Side::kFront ? grown - kCountBytes - held : 0);
}

void ListNode::splice(std::uint32_t offset, ListpackCut cut, const ListpackEntry* entry,
                      Side side) {
  const std::size_t added = entry == nullptr ? 0 : entry->bytes();
  if (added > cut.bytes) make_room(side, added - cut.bytes);
  const Listpack* moved = base::listpack_splice(&pack(), offset, cut, entry, side);
  begin = static_cast<std::uint32_t>(moved->data() - block);
  count = count - cut.entries + (entry == nullptr ? 0 : 1);
}

ListNode::Side ListNode::nearer(std::uint32_t offset, std::uint32_t end) const {
  return offset - Listpack::kHeader < bytes() - end ? Side::kFront : Side::kBack;
}

void ListNode::push_front(const ListpackEntry& entry) {
  splice(pack().begin(), {}, &entry, Side::kFront);
}

void ListNode::push_back(const ListpackEntry& entry) {
  splice(pack().end(), {}, &entry, Side::kBack);
}

void ListNode::insert(std::uint32_t offset, const ListpackEntry& entry) {
  splice(offset, {}, &entry, nearer(offset, offset));
}

void ListNode::replace(std::uint32_t offset, const ListpackEntry& entry) {
  const std::uint32_t end = pack().next(offset);
  splice(offset, {end - offset, 1}, &entry, nearer(offset, end));
  shrink();
}

void ListNode::erase(std::uint32_t offset, std::uint32_t end, std::uint32_t entries) {
  splice(offset, {end - offset, entries}, nullptr, nearer(offset, end));
  shrink();
}

void ListNode::shrink() {
  if (capacity > kSmallBlock && bytes() < capacity / 4) {
    move_to(static_cast<std::uint32_t>(block_size(2 * bytes() + kCountBytes)), 0);
  }
}

std::uint32_t ListNode::count_matches(const Needle& needle) const {
  if (is_plain()) return needle.text == element() ? 1 : 0;
  const Listpack& held = pack();
  std::uint32_t matches = 0;
  for (auto at = held.begin(); at != held.end(); at = held.next(at)) {
    if (needle.matches(held.get(at))) ++matches;
  }
  return matches;
}

std::uint32_t ListNode::erase_matches(const Needle& needle, std::uint64_t skip,
                                      std::uint64_t limit) {
  Listpack& held = pack();
  const std::uint32_t end = held.end();
  std::uint32_t erased = 0;
  std::uint32_t kept_end = held.begin();
  std::uint32_t run = held.begin();  // what is kept since the last match
  for (auto at = held.begin(); at != end && erased < limit;) {
    const std::uint32_t next = held.next(at);
    if (needle.matches(held.get(at))) {
      if (skip > 0) {
        --skip;
      } else {
        std::memmove(held.data() + kept_end, held.data() + run, at - run);
        kept_end += at - run;
        run = next;
        ++erased;
      }
    }
    at = next;
  }
  std::memmove(held.data() + kept_end, held.data() + run, end - run);
  count -= erased;
  base::listpack_frame(held.data(), kept_end + end - run + 1, count);
  fit();
  return erased;
}

ListNode ListNode::split(std::uint32_t offset, std::uint32_t entries) {
  const std::uint32_t end = pack().end();
  const std::uint32_t moved = end - offset;
  ListNode tail = make(Listpack::kEmptyBytes + moved, Side::kBack);
  std::memcpy(tail.block + Listpack::kHeader, pack().data() + offset, moved);
  base::listpack_frame(tail.block, Listpack::kEmptyBytes + moved, entries);
  tail.count = entries;
  count -= entries;
  base::listpack_frame(pack().data(), offset + 1, count);
  fit();
  return tail;
}

void ListNode::append_all(const ListNode& other) {
  const std::uint32_t added = other.bytes() - Listpack::kEmptyBytes;
  make_room(Side::kBack, added);
  const std::uint32_t end = pack().end();
  std::memcpy(pack().data() + end, other.pack().data() + Listpack::kHeader, added);
  count += other.count;
  base::listpack_frame(pack().data(), end + added + 1, count);
}

void ListNode::fit() {
  if (is_plain()) return;
  const auto wanted = static_cast<std::uint32_t>(block_size(bytes() + kCountBytes));
  if (wanted <= capacity - capacity / 4) move_to(wanted, 0);
}

}  // namespace sorrel::types::encoding
