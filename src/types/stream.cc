// SPDX-License-Identifier: BSD-3-Clause
//
// Stream: appending, deleting and trimming entries, and what is known of the stream as a whole. The
// nodes are encoding/stream_node.h, all of them together encoding/stream_body.h; reading is in
// stream_cursor.cc, groups in stream_groups.cc. One thread.
#include <algorithm>
#include <bit>
#include <cassert>
#include <memory>
#include <vector>

#include <sorrel/base/size_class.h>
#include <sorrel/types/stream.h>

#include "encoding/stream_body.h"

namespace sorrel::types {

using encoding::NodeEntry;
using encoding::NodeMaster;
using encoding::StreamBody;
using encoding::StreamNode;

namespace {

// Whether a node takes one more entry. As servers count it: the texts alone, without their framing.
bool has_room(const StreamNode& node, const NodeMaster& master,
              std::span<const std::string_view> fields, const Settings& settings) {
  constexpr std::uint64_t kMost = base::Listpack::kMaxBytes;
  std::uint64_t bytes = node.pack().bytes();
  if (bytes + encoding::entry_bound(fields) > kMost) return false;
  for (const std::string_view text : fields) bytes += text.size();
  const std::uint64_t most_bytes = settings.stream_node_max_bytes;
  if (most_bytes != 0 && bytes >= most_bytes) return false;
  const std::uint64_t most = settings.stream_node_max_entries;
  return most == 0 || master.live + master.deleted < most;
}

// How many leading bytes two ids share when they are written big end first.
unsigned shared_bytes(StreamId a, StreamId b) {
  if (a.ms != b.ms) return static_cast<unsigned>(std::countl_zero(a.ms ^ b.ms)) / 8;
  return 8 + static_cast<unsigned>(std::countl_zero(a.seq ^ b.seq)) / 8;
}

// Counts the nodes of a compressed radix tree of ids that come in ascending order. Each id ends in
// a node of its own; where ids part there is one; and one more holds what they share up to there.
class RadixCount {
 public:
  void add(StreamId id) {
    const int shared = ids_ == 0 ? kRoot : static_cast<int>(shared_bytes(last_, id));
    if (ids_ != 0) close_leaf(shared);
    last_ = id;
    before_ = shared;
    ++ids_;
  }
  std::uint64_t finish() {
    if (ids_ == 0) return 1;
    close_leaf(kRoot);
    return nodes_;
  }

 private:
  static constexpr int kRoot = -1;  // the depth of what hangs on nothing
  static constexpr int kLength = 16;

  void close_leaf(int shared) {
    count_edge(std::max(before_, shared), kLength);
    open(before_);
    while (!parting_.empty() && parting_.back() > shared) {
      const int depth = parting_.back();
      parting_.pop_back();
      count_edge(std::max(shared, parting_.empty() ? kRoot : parting_.back()), depth);
    }
  }
  void open(int depth) {
    if (depth != kRoot && (parting_.empty() || parting_.back() < depth)) parting_.push_back(depth);
  }
  // A node at `depth` that hangs on one at `parent`, a byte of which leads to it.
  void count_edge(int parent, int depth) { nodes_ += depth - parent - 1 > 0 ? 2 : 1; }

  StreamId last_;
  int before_ = kRoot;
  std::uint64_t ids_ = 0;
  std::uint64_t nodes_ = 0;
  std::vector<int> parting_;  // depths of the open places where ids part, ascending
};

}  // namespace

std::string_view encoding_name(StreamEncoding) { return "stream"; }

StreamBody& Stream::make_body() {
  if (word_ == 0) word_ = reinterpret_cast<std::uintptr_t>(new StreamBody);
  return *body();
}

void Stream::clear() {
  delete body();
  word_ = 0;
}

Stream Stream::clone(const Settings&) const {
  Stream copy;
  if (word_ == 0) return copy;
  const StreamBody& from = *body();
  StreamBody& to = copy.make_body();
  to.last_id = from.last_id;
  to.first_id = from.first_id;
  to.max_deleted_id = from.max_deleted_id;
  to.entries_added = from.entries_added;
  to.length = from.length;
  to.share_nodes(from);
  for (const auto& [name, group] : from.groups) to.groups.emplace(name, group.clone());
  return copy;
}

std::uint64_t Stream::size() const { return word_ == 0 ? 0 : body()->length; }
StreamId Stream::first_id() const { return word_ == 0 ? StreamId{} : body()->first_id; }
StreamId Stream::last_id() const { return word_ == 0 ? StreamId{} : body()->last_id; }
StreamId Stream::max_deleted_id() const { return word_ == 0 ? StreamId{} : body()->max_deleted_id; }
std::uint64_t Stream::entries_added() const { return word_ == 0 ? 0 : body()->entries_added; }

std::optional<StreamId> Stream::last_entry_id() const {
  if (size() == 0) return std::nullopt;
  return encoding::last_live(*body()->tail);
}

bool Stream::set_ids(StreamId last_id, StreamId max_deleted_id, std::uint64_t entries_added) {
  StreamBody& stream = make_body();
  if (entries_added < stream.length) return false;
  if (stream.tail != nullptr && last_id < encoding::last_id(*stream.tail)) {
    if (last_id < encoding::last_live(*stream.tail)) return false;
    stream.cut_above(last_id);
  }
  stream.last_id = last_id;
  stream.max_deleted_id = max_deleted_id;
  stream.entries_added = entries_added;
  return true;
}

bool Stream::takes(std::span<const std::string_view> fields) {
  return encoding::entry_bound(fields) <= base::Listpack::kMaxBytes;
}

void Stream::add(StreamId id, std::span<const std::string_view> fields, const Settings& settings) {
  assert(fields.size() >= 2 && fields.size() % 2 == 0 && id > last_id());
  StreamBody& stream = make_body();
  StreamNode* const tail = stream.tail;
  const NodeMaster master = tail == nullptr ? NodeMaster{} : encoding::read_master(*tail);
  if (tail != nullptr && has_room(*tail, master, fields, settings)) {
    if (stream.nodes.empty() && !encoding::appends_in_place(*tail, master)) stream.head_offset = 0;
    stream.node_bytes -= tail->allocated();
    stream.tail = encoding::append_entry(tail, master, id, fields);
    stream.node_bytes += stream.tail->allocated();
  } else {
    stream.push_node(encoding::make_node(id, fields));
  }
  if (stream.length == 0) stream.first_id = id;
  ++stream.length;
  ++stream.entries_added;
  stream.last_id = id;
}

bool Stream::erase(StreamId id) {
  if (word_ == 0) return false;
  StreamBody& stream = *body();
  StreamNode* const node = stream.node_for(id);
  if (node == nullptr) return false;
  const NodeMaster master = encoding::read_master(*node);
  const bool first = id == stream.first_id && stream.head_offset != 0;
  const std::uint32_t place = first ? stream.head_offset : encoding::find_entry(*node, master, id);
  if (place == node->pack().end()) return false;
  const NodeEntry entry = encoding::read_entry(*node, master, place);
  if (entry.id != id || entry.deleted) return false;
  stream.delete_in(node, master, entry);
  stream.max_deleted_id = std::max(stream.max_deleted_id, id);
  if (id == stream.first_id) stream.refresh_first();
  return true;
}

std::uint64_t Stream::trim(const StreamTrim& trim) {
  if (word_ == 0) return 0;
  StreamBody& stream = *body();
  const std::uint64_t before = stream.length;
  const bool by_id = trim.by == StreamTrim::By::kId;
  const auto enough = [&](StreamId first) {
    return by_id ? first >= trim.id : stream.length <= trim.length;
  };
  while (stream.length != 0 && !enough(stream.first_id)) {
    StreamNode* const node = stream.head();
    const std::uint64_t live = encoding::live_entries(*node);
    const bool whole =
        by_id ? encoding::last_id(*node) < trim.id : stream.length - live >= trim.length;
    if (!whole && trim.approximate) break;
    if (trim.limit != 0 && before - stream.length + live > trim.limit) break;
    if (whole) {
      stream.length -= live;
      stream.drop_node(node);
    } else {
      const NodeMaster master = encoding::read_master(*node);
      const std::uint32_t place = stream.head_offset != 0
                                      ? stream.head_offset
                                      : encoding::find_entry(*node, master, stream.first_id);
      const NodeEntry entry = encoding::read_entry(*node, master, place);
      if (stream.delete_in(node, master, entry)) stream.head_offset = end_of_entry(*node, entry);
    }
    stream.refresh_first();
  }
  return before - stream.length;
}

std::uint64_t Stream::node_count() const {
  if (word_ == 0) return 0;
  return body()->nodes.size() + (body()->tail != nullptr ? 1 : 0);
}

std::uint64_t Stream::radix_node_count() const {
  constexpr std::uint64_t kMost = 256;
  RadixCount count;
  if (word_ == 0) return count.finish();
  const StreamBody& stream = *body();
  std::uint64_t seen = 0;
  for (auto it = stream.nodes.front(); it.valid() && seen < kMost; it.next(), ++seen) {
    count.add(it.entry().value->first);
  }
  if (stream.tail != nullptr) {
    count.add(stream.tail->first);
    ++seen;
  }
  const std::uint64_t counted = count.finish();
  const std::uint64_t all = node_count();
  return seen >= all ? counted : counted * all / seen;
}

std::optional<StreamNodeView> Stream::node_from(StreamId from) const {
  if (word_ == 0) return std::nullopt;
  const StreamBody& stream = *body();
  StreamNode sought{from};
  const auto position = stream.nodes.lower_bound({from.ms, &sought});
  const StreamNode* node = position.valid() ? position.entry().value : stream.tail;
  if (node == nullptr || node->first < from) return std::nullopt;
  return StreamNodeView{node->first, node->pack().view()};
}

bool Stream::append_node(const StreamNodeView& node) {
  if (!stream_node_valid(node)) return false;
  StreamBody& stream = make_body();
  if (stream.tail != nullptr && node.first <= encoding::last_id(*stream.tail)) return false;
  StreamNode* copy = StreamNode::copy(node.first, node.listpack);
  const std::uint64_t live = encoding::live_entries(*copy);
  if (live == 0) {
    StreamNode::free(copy, stream.sharing);
    return true;
  }
  stream.push_node(copy);
  if (stream.length == 0) stream.refresh_first();
  stream.length += live;
  stream.entries_added += live;
  stream.last_id = encoding::last_id(*copy);
  return true;
}

std::size_t Stream::memory_bytes() const {
  if (word_ == 0) return 0;
  constexpr std::size_t kGroupNode = 4 * sizeof(void*) + sizeof(Groups::value_type);
  const StreamBody& stream = *body();
  std::size_t bytes = base::size_class(sizeof(StreamBody)) + stream.node_bytes +
                      stream.nodes.memory_bytes() + stream.sharing.heap_bytes();
  for (const auto& [name, group] : stream.groups) {
    bytes += base::size_class(kGroupNode) + group.memory_bytes();
  }
  return bytes;
}

SharedBytes Stream::shared_bytes() const {
  if (word_ == 0) return {};
  const StreamBody& stream = *body();
  const std::size_t tail = stream.tail == nullptr ? 0 : stream.tail->allocated();
  return {stream.node_bytes - tail, stream.sharing.lone_bytes()};
}

std::uint64_t Stream::release_cost() const {
  if (word_ == 0) return 0;
  std::uint64_t cost = node_count();
  for (const auto& [name, group] : body()->groups) cost += group.release_cost();
  return cost;
}

bool Stream::release_some(std::uint64_t budget) {
  if (word_ == 0) return true;
  StreamBody& stream = *body();
  while (!stream.groups.empty()) {
    budget = stream.groups.begin()->second.release_some(budget);
    if (budget == 0) return false;
    stream.groups.erase(stream.groups.begin());
    --budget;
  }
  if (!stream.release_nodes(budget)) return false;
  clear();
  return true;
}

}  // namespace sorrel::types
