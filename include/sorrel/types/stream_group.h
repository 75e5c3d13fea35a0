// SPDX-License-Identifier: BSD-3-Clause
//
// StreamGroup: a consumer group of a stream: how far it has read, its consumers, and the entries
// that were delivered and not acknowledged yet. Verbs only: times are given, no clock is read.
//
//   group     pending of all:          (ms) -> StreamPending*  one counted B+tree, by id
//   consumer  pending of this one:     (ms) -> StreamPending*  the same entries that are its own
//
// A pending entry is one allocation that both trees point to, so giving it to another consumer
// moves a row from one consumer's tree to the other's. Its id need not be in the stream any more.
//
// Invariants: each pending entry is in the group's tree and in the tree of its consumer, but while
// a group is being restored. Names do not move: consumers are pointed to. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sorrel/base/counted_tree.h>
#include <sorrel/types/stream_id.h>

namespace sorrel::types {

class StreamConsumer;

// An entry that was delivered and not acknowledged.
struct StreamPending {
  StreamId id;
  StreamConsumer* consumer = nullptr;
  std::int64_t delivered_ms = 0;  // when last, Unix milliseconds
  std::uint64_t deliveries = 0;
};

struct StreamPendingTraits {
  using Key = std::uint64_t;  // the upper half of the id
  using Value = StreamPending*;
  static bool value_less(const StreamPending* a, const StreamPending* b) {
    return a->id.seq < b->id.seq;
  }
  static std::uint64_t hint(const StreamPending* pending, unsigned) { return pending->id.seq; }
};
using StreamPendingTree = base::CountedTree<StreamPendingTraits>;

// Walks pending entries by ascending id: for (; cursor.valid(); cursor.next()) use(*cursor);
// Lifetime: until one is added or removed, or (a consumer's) given to another consumer.
class StreamPendingCursor {
 public:
  StreamPendingCursor(const StreamPendingTree& tree, StreamId from);

  bool valid() const { return position_.valid(); }
  const StreamPending& operator*() const { return *position_.leaf->rows.value(position_.slot); }
  const StreamPending* operator->() const { return &**this; }
  void next() { position_.next(); }

 private:
  StreamPendingTree::Position position_;
};

class StreamConsumer {
 public:
  static constexpr std::int64_t kNever = -1;

  std::string_view name() const { return name_; }
  std::uint64_t pending_count() const { return pending_.size(); }
  StreamPendingCursor pending_from(StreamId id) const { return {pending_, id}; }

  std::int64_t seen_ms = 0;         // when it last asked for something
  std::int64_t active_ms = kNever;  // when it last got something

 private:
  friend class StreamGroup;
  std::string_view name_;  // the key under which the group holds it
  StreamPendingTree pending_;
};

class StreamGroup {
 public:
  using Consumers = std::map<std::string, StreamConsumer, std::less<>>;
  static constexpr std::int64_t kUnknown = -1;

  StreamGroup() = default;
  StreamGroup(StreamGroup&& other) noexcept = default;
  StreamGroup& operator=(StreamGroup&&) = delete;
  ~StreamGroup();
  StreamGroup clone() const;

  StreamId last_id;  // the greatest id that was delivered
  // How many entries of the stream, counted from its first one ever, were delivered up to last_id.
  std::int64_t entries_read = kUnknown;

  // By ascending name.
  const Consumers& consumers() const { return consumers_; }
  const StreamConsumer* consumer(std::string_view name) const;
  StreamConsumer* consumer(std::string_view name) {
    return const_cast<StreamConsumer*>(std::as_const(*this).consumer(name));
  }
  // Returns: the consumer, and whether it was not there before.
  std::pair<StreamConsumer*, bool> add_consumer(std::string_view name, std::int64_t now_ms);
  // With all that is pending for it. Returns: how many entries that were; nullopt: no such
  // consumer. Cost: O(log n) for each.
  std::optional<std::uint64_t> remove_consumer(std::string_view name);

  std::uint64_t pending_count() const { return pending_.size(); }
  StreamPendingCursor pending_from(StreamId id) const { return {pending_, id}; }
  // The one with the greatest id. Requires: there is one.
  const StreamPending& last_pending() const { return *pending_.back().entry().value; }
  const StreamPending* find(StreamId id) const;
  // Makes the entry pending for this consumer, whether it is pending already or not.
  // Returns: what is pending now. Cost: O(log n); at most one allocation beside the trees' own.
  const StreamPending& assign(StreamId id, StreamConsumer& consumer, std::int64_t delivered_ms,
                              std::uint64_t deliveries);
  // Returns: whether it was pending.
  bool acknowledge(StreamId id);

  // For a group that is read from a file, where ids come first and owners later.
  // Returns: false: refused, for it is there already, or (own) is not there or has an owner.
  bool restore(StreamId id, std::int64_t delivered_ms, std::uint64_t deliveries);
  bool own(StreamConsumer& consumer, StreamId id);
  // Whether each pending entry has its owner.
  bool restored() const;

  // Bytes on the heap. Cost: O(1).
  std::size_t memory_bytes() const { return pending_.memory_bytes() + bytes_; }
  std::uint64_t release_cost() const { return 1 + consumers_.size() + 2 * pending_.size(); }
  // Frees about `budget` parts of a group that is being thrown away. Returns: what is left of the
  // budget; when nothing is, there may be more to free.
  std::uint64_t release_some(std::uint64_t budget);

 private:
  StreamPending* place(StreamId id) const;
  void link(StreamConsumer& consumer, StreamPending* pending);
  void unlink(StreamPending* pending);
  void drop(StreamPending* pending);

  StreamPendingTree pending_;
  Consumers consumers_;
  std::size_t bytes_ = 0;  // of consumers, their trees, and pending entries
};

}  // namespace sorrel::types
