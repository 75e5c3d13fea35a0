// SPDX-License-Identifier: BSD-3-Clause
//
// One node of a long list: a block that holds a listpack with room before and behind it, so that a
// push at either end, and a pop, moves nothing:
//
//   [ room | header | entry ... | 0xff | room ]
//
// or, for an element that is larger than a node may be, that element alone ("plain"):
//
//   [ length u64 | bytes ]
//
// Lists that were cloned have blocks in common until they change them. The last kCountBytes of a
// block are room for the number of its owners; it stands there only while each handle says
// `shared`, so that a list which was never cloned does not look. A small list's listpack that has
// become a node lacks that room.
//
// A node is a handle without an owner's duties: copied freely, freed by free(). Changes may move
// the block, never another node. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/base/block.h>
#include <sorrel/base/listpack.h>
#include <sorrel/base/listpack_entry.h>
#include <sorrel/base/numbers.h>
#include <sorrel/types/settings.h>

namespace sorrel::types::encoding {

// What `list-max-listpack-size` says of one node.
struct NodeLimit {
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  bool by_entries = false;

  explicit NodeLimit(const Settings& settings);

  bool allows(std::uint64_t bytes_wanted, std::uint64_t entries_wanted) const {
    return bytes_wanted <= bytes && entries_wanted <= entries;
  }
  // Half of what the option names, below which a list is one listpack again.
  bool allows_twice(std::uint64_t bytes_held, std::uint64_t entries_held) const {
    return by_entries ? entries_held <= entries / 2 : bytes_held <= bytes / 2;
  }
  // An element that gets a node of its own.
  bool is_large(std::string_view text) const { return text.size() > bytes; }
};

// A text to compare many entries with.
struct Needle {
  std::string_view text;
  std::optional<std::int64_t> integer;

  explicit Needle(std::string_view wanted) : text(wanted), integer(base::parse_integer(wanted)) {}
  bool matches(const base::ListpackValue& value) const {
    return value.is_integer ? integer == value.integer : value.bytes == text;
  }
};

struct ListNode {
  using Side = base::ListpackSide;

  static constexpr std::uint32_t kCountBytes = sizeof(std::uint32_t);

  char* block = nullptr;
  std::uint32_t capacity = 0;  // of the block, kCountBytes included; 0: plain
  std::uint32_t begin = 0;     // of the listpack
  std::uint32_t count = 0;
  // Set by share() in the node that is shared, too, whose contents stay as they are.
  mutable bool shared = false;
  bool countable = true;  // has the room for a number of owners

  // An empty one with room for a listpack of `bytes`, all of it on that side.
  static ListNode make(std::size_t bytes, Side side);
  // Takes over a listpack's block.
  static ListNode adopt(base::Listpack* listpack);
  static ListNode packed(std::string_view listpack);
  static ListNode plain(std::string_view element);
  // A second owner of the block, or of a copy when there is no room to count owners.
  ListNode share() const;
  // Asks for the place that share() needs.
  void prefetch_owners() const;
  // Makes this the only owner of its block, by a copy if need be, in which everything lies where it
  // lay. Requires, of all that change a node: it is the only owner.
  // Returns: the bytes of the block that has one owner left by that, else 0.
  std::size_t own();
  // Gives the listpack up again, in a block of its size. Requires: not plain, the only owner.
  base::Listpack* release();
  // Gives up what this owns, alone or with others. Returns: as own().
  std::size_t free();

  bool is_plain() const { return capacity == 0; }
  // Requires, here and below: not plain.
  base::Listpack& pack() const { return *reinterpret_cast<base::Listpack*>(block + begin); }
  std::uint32_t bytes() const { return pack().bytes(); }
  // Requires: plain.
  std::string_view element() const;
  // What entries and header take; of a plain node its element.
  std::size_t content_bytes() const { return is_plain() ? element().size() : bytes(); }
  // Of the block, as the allocator hands it out.
  std::size_t heap_bytes() const;

  base::ListpackValue get(std::uint32_t offset) const {
    return is_plain() ? base::ListpackValue{element(), 0, false} : pack().get(offset);
  }

  void push_front(const base::ListpackEntry& entry);
  void push_back(const base::ListpackEntry& entry);
  void insert(std::uint32_t offset, const base::ListpackEntry& entry);
  void replace(std::uint32_t offset, const base::ListpackEntry& entry);
  // Takes out the `entries` that lie at [offset, end).
  void erase(std::uint32_t offset, std::uint32_t end, std::uint32_t entries);
  // Takes out up to `limit` matches behind the first `skip` ones. Cost: one pass.
  // Returns: how many.
  std::uint32_t erase_matches(const Needle& needle, std::uint64_t skip, std::uint64_t limit);
  std::uint32_t count_matches(const Needle& needle) const;
  // The entries from `offset` on, `entries` of them, become a node of their own.
  ListNode split(std::uint32_t offset, std::uint32_t entries);
  // Puts the entries of another node behind these.
  void append_all(const ListNode& other);
  // Gives room back that is more than a quarter of the block.
  void fit();

 private:
  // What the listpack may take; a countable node's is at least what it takes.
  std::uint32_t usable() const { return capacity - (countable ? kCountBytes : 0); }
  std::uint32_t room_behind() const { return usable() - begin - bytes(); }
  bool has_room(Side side, std::size_t need) const {
    return (side == Side::kFront ? begin : room_behind()) >= need;
  }
  char* owners_at() const { return block + heap_bytes() - kCountBytes; }
  std::uint32_t owners() const;
  void set_owners(std::uint32_t owners) const;
  void make_room(Side side, std::size_t need);
  void shrink();
  void move_to(std::uint32_t new_capacity, std::uint32_t new_begin);
  void splice(std::uint32_t offset, base::ListpackCut cut, const base::ListpackEntry* entry,
              Side side);
  Side nearer(std::uint32_t offset, std::uint32_t end) const;
};

}  // namespace sorrel::types::encoding
