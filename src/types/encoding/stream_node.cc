// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and growing a stream's nodes; stream_node.h draws them. An entry is appended with one
// pass over its pieces for their sizes and one that writes them, so that the block grows once and
// nothing that stands there already is looked at but the names in the master entry.
#include "stream_node.h"

#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

#include <sorrel/base/listpack_entry.h>

namespace sorrel::types::encoding {

using base::Listpack;
using base::ListpackEntry;

namespace {

// Control values of an entry: flags, ms, seq, the number of fields, parts.
constexpr std::size_t kControls = 5;
constexpr std::size_t kWidestInteger = 10;
constexpr std::size_t kWidestFraming = 10;  // of a text

constexpr std::size_t kUnknownParts = 65535;

StreamNode* allocate(StreamNode* old, std::size_t pack_bytes) {
  void* memory = std::realloc(old, base::size_class(StreamNode::kHeader + pack_bytes));
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<StreamNode*>(memory);
}

StreamNode* resize(StreamNode* node, std::size_t pack_bytes) {
  if (base::size_class(StreamNode::kHeader + pack_bytes) == node->allocated()) return node;
  return allocate(node, pack_bytes);
}

std::size_t stored_parts(const Listpack& pack) {
  std::uint16_t count;
  std::memcpy(&count, pack.data() + sizeof(std::uint32_t), sizeof count);
  return count;
}

// Whether the value is spelled as long as what stands there.
bool same_length(const Listpack& pack, std::uint32_t offset, std::uint64_t value) {
  return ListpackEntry(static_cast<std::int64_t>(value)).bytes() == pack.next(offset) - offset;
}

// Puts the value in the place of an integer.
StreamNode* replace_integer(StreamNode* node, std::uint32_t offset, std::uint64_t value) {
  const ListpackEntry entry(static_cast<std::int64_t>(value));
  const std::uint32_t there = node->pack().next(offset) - offset;
  if (entry.bytes() == there) {
    entry.write(node->pack().data() + offset);
    return node;
  }
  const std::size_t after = node->pack().bytes() - there + entry.bytes();
  // What stays is kept by a reallocation only while the block is the larger of the two.
  if (entry.bytes() > there) node = resize(node, after);
  const std::size_t before = node->allocated();
  static_cast<void>(
      base::listpack_splice(&node->pack(), offset, {there, 1}, &entry, base::ListpackSide::kBack));
  return node->allocated() == before ? node : allocate(node, after);
}

bool shares_names(const StreamNode& node, const NodeMaster& master,
                  std::span<const std::string_view> fields) {
  if (master.fields != fields.size() / 2) return false;
  const Listpack& pack = node.pack();
  std::uint32_t at = master.names;
  for (std::size_t i = 0; i < fields.size(); i += 2, at = pack.next(at)) {
    if (!pack.get(at).equals(fields[i])) return false;
  }
  return true;
}

// Calls visit(ListpackEntry) for each piece of an entry.
template <class Visit>
void for_each_piece(StreamId first, StreamId id, std::span<const std::string_view> fields,
                    bool shared, Visit&& visit) {
  const auto number = [&](std::uint64_t value) {
    visit(ListpackEntry(static_cast<std::int64_t>(value)));
  };
  const std::size_t pairs = fields.size() / 2;
  number(shared ? std::uint64_t{kFlagShared} : 0);
  number(id.ms - first.ms);
  number(id.seq - first.seq);
  if (!shared) number(pairs);
  for (std::size_t i = shared ? 1 : 0; i < fields.size(); i += shared ? 2 : 1) {
    visit(ListpackEntry(fields[i]));
  }
  number(shared ? 3 + pairs : 4 + 2 * pairs);
}

// Appends an entry; the master entry is left as it is.
StreamNode* append_pieces(StreamNode* node, StreamId id, std::span<const std::string_view> fields,
                          bool shared) {
  std::size_t added = 0;
  std::size_t parts = 0;
  for_each_piece(node->first, id, fields, shared, [&](const ListpackEntry& piece) {
    added += piece.bytes();
    ++parts;
  });
  const std::size_t before = node->pack().bytes();
  node = resize(node, before + added);
  Listpack& pack = node->pack();
  char* at = pack.data() + before - 1;
  for_each_piece(node->first, id, fields, shared,
                 [&](const ListpackEntry& piece) { at = piece.write(at); });
  base::listpack_frame(pack.data(), before + added, stored_parts(pack) + parts);
  return node;
}

StreamId id_of(const StreamNode& node, std::uint32_t offset) {
  const Listpack& pack = node.pack();
  const std::uint32_t ms = pack.next(offset);
  return {node.first.ms + static_cast<std::uint64_t>(integer_at(pack, ms)),
          node.first.seq + static_cast<std::uint64_t>(integer_at(pack, pack.next(ms)))};
}

}  // namespace

StreamNode* StreamNode::copy(StreamId first, std::string_view listpack) {
  StreamNode* node = allocate(nullptr, listpack.size());
  node->first = first;
  node->owners = 1;
  std::memcpy(node->pack().data(), listpack.data(), listpack.size());
  return node;
}

StreamNode* StreamNode::own(StreamNode* node, NodeSharing& sharing) {
  if (node->owners == 1) return node;
  if (--node->owners == 1) sharing.leave_alone(node->allocated());
  return copy(node->first, node->pack().view());
}

void StreamNode::free(StreamNode* node, NodeSharing& sharing) {
  if (--node->owners == 0) {
    std::free(node);
  } else if (node->owners == 1) {
    sharing.leave_alone(node->allocated());
  }
}

NodeMaster read_master(const StreamNode& node) {
  const Listpack& pack = node.pack();
  const std::uint32_t live = pack.begin();
  const std::uint32_t deleted = pack.next(live);
  const std::uint32_t fields = pack.next(deleted);
  NodeMaster master;
  master.live = static_cast<std::uint64_t>(integer_at(pack, live));
  master.deleted = static_cast<std::uint64_t>(integer_at(pack, deleted));
  master.fields = static_cast<std::uint32_t>(integer_at(pack, fields));
  master.names = pack.next(fields);
  std::uint32_t at = master.names;
  for (std::uint32_t i = 0; i < master.fields; ++i) at = pack.next(at);
  master.entries = pack.next(at);
  return master;
}

NodeEntry read_entry(const StreamNode& node, const NodeMaster& master, std::uint32_t offset) {
  const Listpack& pack = node.pack();
  const std::uint32_t ms = pack.next(offset);
  const std::uint32_t seq = pack.next(ms);
  const std::int64_t flags = integer_at(pack, offset);
  NodeEntry entry;
  entry.begin = offset;
  entry.data = pack.next(seq);
  entry.deleted = (flags & kFlagDeleted) != 0;
  entry.shared = (flags & kFlagShared) != 0;
  entry.id = {node.first.ms + static_cast<std::uint64_t>(integer_at(pack, ms)),
              node.first.seq + static_cast<std::uint64_t>(integer_at(pack, seq))};
  if (entry.shared) {
    entry.fields = master.fields;
  } else {
    entry.fields = static_cast<std::uint32_t>(integer_at(pack, entry.data));
    entry.data = pack.next(entry.data);
  }
  return entry;
}

std::uint32_t end_of_entry(const StreamNode& node, const NodeEntry& entry) {
  const Listpack& pack = node.pack();
  std::uint32_t at = entry.data;
  for (std::uint32_t i = entry.shared ? entry.fields : 2 * entry.fields; i > 0; --i) {
    at = pack.next(at);
  }
  return pack.next(at);
}

std::uint32_t previous_entry(const StreamNode& node, std::uint32_t offset) {
  const Listpack& pack = node.pack();
  std::uint32_t at = pack.previous(offset);
  for (std::int64_t parts = integer_at(pack, at); parts > 0; --parts) at = pack.previous(at);
  return at;
}

std::uint32_t find_entry(const StreamNode& node, const NodeMaster& master, StreamId from) {
  std::uint32_t left = master.entries;      // everything before it is less
  std::uint32_t right = node.pack().end();  // and nothing from it on
  while (left != right) {
    const NodeEntry entry = read_entry(node, master, left);
    if (entry.id >= from) return left;
    left = end_of_entry(node, entry);
    if (left == right) break;
    const std::uint32_t before = previous_entry(node, right);
    if (id_of(node, before) < from) return right;
    right = before;
  }
  return right;
}

std::size_t entry_bound(std::span<const std::string_view> fields) {
  std::size_t bytes = StreamNode::kHeader + Listpack::kEmptyBytes + 2 * kControls * kWidestInteger;
  for (const std::string_view text : fields) {
    if (text.size() > Listpack::kMaxBytes) return Listpack::kMaxBytes + 1;
    bytes += text.size() + kWidestFraming;
  }
  return bytes;
}

StreamNode* make_node(StreamId id, std::span<const std::string_view> fields) {
  const ListpackEntry numbers[] = {ListpackEntry(std::int64_t{1}), ListpackEntry(std::int64_t{0}),
                                   ListpackEntry(static_cast<std::int64_t>(fields.size() / 2))};
  const ListpackEntry terminator(std::int64_t{0});
  std::size_t bytes = Listpack::kEmptyBytes + terminator.bytes();
  for (const ListpackEntry& number : numbers) bytes += number.bytes();
  for (std::size_t i = 0; i < fields.size(); i += 2) bytes += ListpackEntry(fields[i]).bytes();
  StreamNode* node = allocate(nullptr, bytes);
  node->first = id;
  node->owners = 1;
  char* at = node->pack().data() + Listpack::kHeader;
  for (const ListpackEntry& number : numbers) at = number.write(at);
  for (std::size_t i = 0; i < fields.size(); i += 2) at = ListpackEntry(fields[i]).write(at);
  terminator.write(at);
  base::listpack_frame(node->pack().data(), bytes, 4 + fields.size() / 2);
  return append_pieces(node, id, fields, /*shared=*/true);
}

bool appends_in_place(const StreamNode& node, const NodeMaster& master) {
  return same_length(node.pack(), Listpack::kHeader, master.live + 1);
}

bool deletes_in_place(const StreamNode& node, const NodeMaster& master) {
  const Listpack& pack = node.pack();
  return same_length(pack, Listpack::kHeader, master.live - 1) &&
         same_length(pack, pack.next(Listpack::kHeader), master.deleted + 1);
}

StreamNode* append_entry(StreamNode* node, const NodeMaster& master, StreamId id,
                         std::span<const std::string_view> fields) {
  node = append_pieces(node, id, fields, shares_names(*node, master, fields));
  return replace_integer(node, Listpack::kHeader, master.live + 1);
}

StreamNode* delete_entry(StreamNode* node, const NodeMaster& master, const NodeEntry& entry) {
  assert(!entry.deleted && master.live > 0);
  const std::int64_t flags = entry.shared ? kFlagDeleted | kFlagShared : kFlagDeleted;
  node = replace_integer(node, entry.begin, static_cast<std::uint64_t>(flags));
  node = replace_integer(node, Listpack::kHeader, master.live - 1);
  return replace_integer(node, node->pack().next(Listpack::kHeader), master.deleted + 1);
}

StreamNode* cut_node(StreamNode* node, const NodeMaster& master, std::uint32_t offset) {
  Listpack& pack = node->pack();
  std::size_t parts = 0;
  std::uint64_t entries = 0;
  for (std::uint32_t at = offset; at != pack.end(); ++entries) {
    const std::uint32_t end = end_of_entry(*node, read_entry(*node, master, at));
    for (; at != end; at = pack.next(at)) ++parts;
  }
  const std::size_t before = node->allocated();
  const std::size_t stored = stored_parts(pack);
  const std::size_t after = offset + 1;
  base::listpack_frame(pack.data(), after, stored == kUnknownParts ? stored : stored - parts);
  if (node->allocated() != before) node = allocate(node, after);
  return replace_integer(node, node->pack().next(Listpack::kHeader), master.deleted - entries);
}

StreamId last_live(const StreamNode& node) {
  const NodeMaster master = read_master(node);
  NodeEntry entry = read_entry(node, master, previous_entry(node, node.pack().end()));
  while (entry.deleted) entry = read_entry(node, master, previous_entry(node, entry.begin));
  return entry.id;
}

StreamId last_id(const StreamNode& node) {
  return id_of(node, previous_entry(node, node.pack().end()));
}

}  // namespace sorrel::types::encoding
