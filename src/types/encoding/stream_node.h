// SPDX-License-Identifier: BSD-3-Clause
//
// StreamNode: some dozens of consecutive entries of a stream in one allocation: the id of the first
// one, and a listpack that holds them. Redis' files and DUMP payloads hold exactly such listpacks.
//
//   first ms u64 | first seq u64 | owners u32 | listpack:
//     live | deleted | n | name x n | 0                   the master entry
//     flags | ms | seq | value x n | parts                an entry of the master's fields
//     flags | ms | seq | m | name, value x m | parts      an entry with fields of its own
//
// ms and seq are differences to the first id, seq modulo 2^64; `parts` counts the listpack entries
// of the entry before it and leads back to its begin. Flags: 1 deleted, 2 fields of the master. An
// entry that is deleted stays until its node goes, only its flag and the master's counts change.
//
// Streams that were cloned have full nodes in common until one of them changes one: `owners`
// counts. The allocation is always of size_class(kHeader + bytes()), which nothing records. Offsets
// are those of the listpack. What changes a node requires that it has one owner, and gives the
// block that replaces it. One thread.
//
// Source: "Redis stream" in the RDB descriptions of redis-rdb-tools and redisgate.jp (internal
// stream), confirmed by DUMP payloads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/base/listpack.h>
#include <sorrel/base/size_class.h>
#include <sorrel/types/stream_id.h>

#include "node_sharing.h"

namespace sorrel::types::encoding {

struct StreamNode {
  static constexpr std::size_t kHeader = sizeof(StreamId) + sizeof(std::uint32_t);

  StreamId first;
  std::uint32_t owners = 1;

  base::Listpack& pack() {
    return *reinterpret_cast<base::Listpack*>(reinterpret_cast<char*>(this) + kHeader);
  }
  const base::Listpack& pack() const {
    return *reinterpret_cast<const base::Listpack*>(reinterpret_cast<const char*>(this) + kHeader);
  }
  std::size_t allocated() const { return base::size_class(kHeader + pack().bytes()); }

  // A copy of bytes that stream_node_valid() passed. Cost: one allocation.
  static StreamNode* copy(StreamId first, std::string_view listpack);
  static StreamNode* share(StreamNode* node) {
    ++node->owners;
    return node;
  }
  // The node, or a copy of it when it has other owners, who keep it: for who wants to change it.
  // Tells of what has one owner left by that.
  static StreamNode* own(StreamNode* node, NodeSharing& sharing);
  // Gives up what this owns, alone or with others.
  static void free(StreamNode* node, NodeSharing& sharing);
};

// The master entry, read.
struct NodeMaster {
  std::uint64_t live;
  std::uint64_t deleted;
  std::uint32_t fields;
  std::uint32_t names;    // offset of the first name
  std::uint32_t entries;  // offset of the first entry
};

// An entry but for its fields, read.
struct NodeEntry {
  std::uint32_t begin;
  std::uint32_t data;    // offset of the first value, or of the first name when not `shared`
  std::uint32_t fields;  // pairs
  bool deleted;
  bool shared;  // the names are the master's
  StreamId id;
};

inline constexpr std::int64_t kFlagDeleted = 1;
inline constexpr std::int64_t kFlagShared = 2;

// The integer at this offset. Control values of an entry are below 128 nearly always.
inline std::int64_t integer_at(const base::Listpack& pack, std::uint32_t offset) {
  const char* const at = pack.data() + offset;
  return static_cast<signed char>(*at) >= 0 ? *at : pack.get(offset).integer;
}

// Live entries: the first number of the master entry.
inline std::uint64_t live_entries(const StreamNode& node) {
  return static_cast<std::uint64_t>(integer_at(node.pack(), base::Listpack::kHeader));
}
NodeMaster read_master(const StreamNode& node);
// Requires: an entry begins at `offset`.
NodeEntry read_entry(const StreamNode& node, const NodeMaster& master, std::uint32_t offset);
// Where the next entry begins, or the end of the listpack. Cost: O(fields).
std::uint32_t end_of_entry(const StreamNode& node, const NodeEntry& entry);
// The begin of the entry before `offset`, which may be the end. Requires: there is one.
// Cost: O(fields).
std::uint32_t previous_entry(const StreamNode& node, std::uint32_t offset);
// The first entry from the given id on, deleted or not; the end when there is none. Looks from both
// ends at once, for readers are mostly near one of them.
std::uint32_t find_entry(const StreamNode& node, const NodeMaster& master, StreamId from);

// What an entry of these names and values takes at most, or more than any node may grow to.
std::size_t entry_bound(std::span<const std::string_view> fields);

// A node with one entry. Requires here and below: names and values in turn, at least one pair, and
// entry_bound() below Listpack::kMaxBytes. Cost: one allocation.
StreamNode* make_node(StreamId id, std::span<const std::string_view> fields);
// Whether the next append or deletion leaves the offsets of the entries as they are: the counts in
// the master entry get longer or shorter now and then. A deletion that does leaves the block, too.
bool appends_in_place(const StreamNode& node, const NodeMaster& master);
bool deletes_in_place(const StreamNode& node, const NodeMaster& master);
// Requires: `id` is above all ids of the node. Cost: the entry's, and a reallocation when the size
// class changes.
[[nodiscard]] StreamNode* append_entry(StreamNode* node, const NodeMaster& master, StreamId id,
                                       std::span<const std::string_view> fields);
// Requires: the entry is live.
[[nodiscard]] StreamNode* delete_entry(StreamNode* node, const NodeMaster& master,
                                       const NodeEntry& entry);

// Takes out the entries from `offset` on. Requires: they are deleted ones, and not all.
[[nodiscard]] StreamNode* cut_node(StreamNode* node, const NodeMaster& master,
                                   std::uint32_t offset);

// The id of the last live entry. Requires: there is one.
StreamId last_live(const StreamNode& node);
// The id of the last entry, deleted or not.
StreamId last_id(const StreamNode& node);

}  // namespace sorrel::types::encoding
