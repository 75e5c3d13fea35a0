// SPDX-License-Identifier: BSD-3-Clause
//
// Stream: entries in the order of their ids, each some pairs of field and value, appended at the
// end, read by ranges, deleted one by one or trimmed from the front; and the consumer groups that
// read it. Verbs only: no protocol, no key, no clock.
//
// One word that points to a body, none for an untouched stream. Entries lie in nodes of
// stream_node_max_entries or stream_node_max_bytes each, packed as Redis' files have them; the node
// that grows is kept at hand, the full ones stand in a counted B+tree by their first ids. So an
// append touches the end of one block, and trimming frees whole nodes.
//
// Invariants: an entry's id is above that of the entry before it, the last id above or equal to
// all; no node is without a live entry. A verb that changes the stream ends the life of cursors,
// entries and node views taken before; groups and consumers stay where they are. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sorrel/base/listpack.h>
#include <sorrel/base/numbers.h>
#include <sorrel/types/settings.h>
#include <sorrel/types/shared_bytes.h>
#include <sorrel/types/stream_group.h>
#include <sorrel/types/stream_id.h>

namespace sorrel::types {

namespace encoding {
struct StreamBody;
struct StreamNode;
struct NodeMaster;
}  // namespace encoding

enum class StreamEncoding : std::uint8_t { kStream };
std::string_view encoding_name(StreamEncoding encoding);

// What XADD and XTRIM take away from the front.
struct StreamTrim {
  enum class By : std::uint8_t { kLength, kId };
  By by = By::kLength;
  std::uint64_t length = 0;  // leave so many entries
  StreamId id;               // leave the entries from this id on
  bool approximate = false;  // whole nodes only
  std::uint64_t limit = 0;   // at most so many entries; 0: any number
};

// A node as the files have it: the id of its first entry, and a listpack.
struct StreamNodeView {
  StreamId first;
  std::string_view listpack;
};
// Whether untrusted bytes are a whole node: each entry within it, ids ascending, counts right.
// Cost: O(bytes).
bool stream_node_valid(const StreamNodeView& node);

// An entry where it lies. Lifetime: until the stream changes.
class StreamEntry {
 public:
  StreamId id() const { return id_; }
  std::uint32_t pairs() const { return pairs_; }
  // Calls visit(field, value) for each pair in order. Lifetime of the views: of the call.
  template <class Visit>
  void for_each(Visit&& visit) const;

 private:
  friend class Stream;

  StreamId id_;
  const base::Listpack* pack_ = nullptr;
  std::uint32_t pairs_ = 0;
  std::uint32_t names_ = 0;  // 0: each stands before its value
  std::uint32_t values_ = 0;
};

class Stream {
 public:
  class Cursor;
  using Groups = std::map<std::string, StreamGroup, std::less<>>;

  Stream() = default;
  Stream(Stream&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Stream& operator=(Stream&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~Stream() {
    if (word_ != 0) clear();
  }
  // A stream of the same entries, for the same thread: nodes are copied when one of the two changes
  // them, groups at once. Cost: O(nodes), some 10 ns each, and that of the groups; memory_bytes()
  // counts what they share in both.
  Stream clone(const Settings& settings) const;

  // A stream without entries is still there.
  static constexpr bool kKeptWhenEmpty = true;
  bool empty() const { return size() == 0; }

  std::uint64_t size() const;
  StreamId first_id() const;  // of the first entry; 0-0 without any
  StreamId last_id() const;   // the greatest that ever was, or that XSETID said
  StreamId max_deleted_id() const;
  std::uint64_t entries_added() const;
  // The id of the last entry that is there.
  std::optional<StreamId> last_entry_id() const;

  // Returns: false, nothing done, when the stream would lose its order: an entry above `last_id`,
  // or more entries than were ever added. What is left of deleted entries above it goes.
  bool set_ids(StreamId last_id, StreamId max_deleted_id, std::uint64_t entries_added);

  // Whether an entry of these names and values, in turn, is not too large for any node.
  static bool takes(std::span<const std::string_view> fields);
  // Appends an entry. Requires: takes(fields), id > last_id(), at least one pair.
  // Cost: O(fields), independent of the node's size; a reallocation now and then.
  void add(StreamId id, std::span<const std::string_view> fields, const Settings& settings);
  // Returns: whether the entry was there. Cost: O(log n) and a look at half a node at most.
  bool erase(StreamId id);
  // Returns: how many entries went.
  std::uint64_t trim(const StreamTrim& trim);

  bool contains(StreamId id) const;
  // The entries from `first` to `last`, both included, in either direction.
  Cursor forward(StreamId first, StreamId last) const;
  Cursor backward(StreamId last, StreamId first) const;

  // By ascending name.
  const Groups& groups() const;
  StreamGroup* group(std::string_view name);
  const StreamGroup* group(std::string_view name) const;
  // Returns: null when there is one of that name.
  StreamGroup* add_group(std::string_view name, StreamId last_id, std::int64_t entries_read);
  // Takes a group out, to be thrown away. Returns: a stream without entries that has it alone, and
  // not even that when there is no such group.
  Stream take_group(std::string_view name);
  // The group is given the entry `id`, which is above its last_id: counts it as read.
  void advance(StreamGroup& group, StreamId id) const;
  // How many entries the stream had up to this id, counted from its first one ever; kUnknown when
  // that cannot be told.
  std::int64_t entries_up_to(StreamId id) const;
  // How many entries the group has not read yet; nullopt when that cannot be told. A group whose
  // counter was set by hand may be ahead of the stream.
  std::optional<std::int64_t> lag(const StreamGroup& group) const;

  std::uint64_t node_count() const;
  // How many nodes a radix tree of the first ids has, in which other servers keep them: that is
  // what XINFO STREAM tells. Cost: O(nodes) up to a limit, beyond which it is estimated.
  std::uint64_t radix_node_count() const;
  // The first node whose first id is not below `from`.
  std::optional<StreamNodeView> node_from(StreamId from) const;
  // Appends a copy of a node, checked deeply. One without a live entry is left out. Until
  // set_ids() is called the last id is that of the last entry, and as many count as added.
  // Returns: false, nothing done, when it is not valid or not above what is there.
  bool append_node(const StreamNodeView& node);

  StreamEncoding encoding() const { return StreamEncoding::kStream; }
  // Bytes on the heap, as the allocator hands them out. Cost: O(groups).
  std::size_t memory_bytes() const;
  // Of that, what a clone has in common with this, and what of it either has alone: shared_bytes.h.
  SharedBytes shared_bytes() const;
  // A measure of the work to destroy it, to decide whether to do that in steps.
  std::uint64_t release_cost() const;
  // Frees about `budget` parts, for values that are being thrown away. Returns: true when nothing
  // is left. In between only release_some() and the destructor may be called. Requires: budget > 0.
  bool release_some(std::uint64_t budget);
  void clear();

 private:
  encoding::StreamBody* body() const { return reinterpret_cast<encoding::StreamBody*>(word_); }
  encoding::StreamBody& make_body();

  std::uintptr_t word_ = 0;
};

// for (auto it = stream.forward(a, b); it.valid(); it.next()) use(*it);
// Lifetime: until the stream changes. Cost: O(log n) to begin, O(fields) a step.
class Stream::Cursor {
 public:
  bool valid() const { return valid_; }
  const StreamEntry& operator*() const { return entry_; }
  const StreamEntry* operator->() const { return &entry_; }
  // Requires: valid().
  void next();

 private:
  friend class Stream;

  Cursor() = default;
  void begin_forward(StreamId first);
  void begin_backward(StreamId last);
  // Looks from `offset_` on for a live entry, over the ends of nodes.
  void settle_forward();
  void settle_backward();
  bool enter(const encoding::StreamNode* node);
  bool next_node();
  bool previous_node();
  void take(const encoding::StreamNode& node, std::uint32_t begin);
  encoding::NodeMaster master() const;

  const encoding::StreamBody* body_ = nullptr;
  const encoding::StreamNode* node_ = nullptr;
  const void* leaf_ = nullptr;  // of the node's row in the tree; null in the node that grows
  std::uint32_t slot_ = 0;
  std::uint32_t names_ = 0;    // of the node's master entry
  std::uint32_t fields_ = 0;   // there
  std::uint32_t entries_ = 0;  // where the node's first entry begins
  std::uint32_t offset_ = 0;   // where to go on
  bool backward_ = false;
  bool valid_ = false;
  StreamId limit_;
  StreamEntry entry_;
};

static_assert(sizeof(Stream) == sizeof(void*));

template <class Visit>
void StreamEntry::for_each(Visit&& visit) const {
  char name_text[base::kMaxIntegerText];
  char value_text[base::kMaxIntegerText];
  std::uint32_t name = names_;
  std::uint32_t value = values_;
  for (std::uint32_t i = 0; i < pairs_; ++i) {
    const std::uint32_t here = names_ == 0 ? value : name;
    if (names_ == 0) value = pack_->next(value);
    visit(pack_->get(here).text(name_text), pack_->get(value).text(value_text));
    name = pack_->next(here);
    value = pack_->next(value);
  }
}

}  // namespace sorrel::types
