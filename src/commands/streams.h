// SPDX-License-Identifier: BSD-3-Clause
//
// What the files of the stream family share: finding a stream and a group, entries and ids in a
// reply, words of an effect, and the handlers that the rows in streams.cc name.
//
//   streams_id.cc       how ids are written
//   streams_add.cc      XADD;  streams_trim.cc  XTRIM, XDEL, XSETID and the options of trimming
//   streams_range.cc    XLEN, XRANGE, XREVRANGE
//   streams_read.cc     XREAD and XREADGROUP;  streams_deliver.cc  what a group's consumer gets
//   streams_pending.cc  XACK, XPENDING;  streams_claim.cc  XCLAIM, XAUTOCLAIM
//   streams_group.cc    XGROUP;  streams_info.cc  XINFO
//
// One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/context.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/stream.h>

#include "collections.h"
#include "keys_lookup.h"
#include "streams_id.h"

namespace sorrel::commands {

using exec::Context;
using exec::Outcome;
using keyspace::Type;
using keyspace::WriteRef;
using types::Stream;
using types::StreamConsumer;
using types::StreamEntry;
using types::StreamGroup;
namespace errors = exec::errors;
namespace events = keyspace::events;

using FoundStream = Found<Stream>;

inline FoundStream find_stream(Context& context, std::size_t index) {
  return find_collection<Stream>(context, index);
}

// Requires: the key exists and holds a stream.
inline const Stream& stream_of(const WriteRef& ref) { return ref.record().collection<Stream>(); }
inline bool has_group(const WriteRef& ref, std::string_view name) {
  return ref.exists() && stream_of(ref).group(name) != nullptr;
}

// An id, or a number, as text: a word of an effect.
class IdWord {
 public:
  explicit IdWord(StreamId id) : size_(id.text(text_).size()) {}
  // Implicit: it stands among the other words.
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::string_view() const { return {text_, size_}; }

 private:
  char text_[StreamId::kMaxText];
  std::size_t size_;
};

inline void reply_id(Context& context, StreamId id) { context.reply.bulk(IdWord(id)); }
// [id, [field, value ...]]
void reply_stream_entry(Context& context, const StreamEntry& entry);
// A field of a map: an id, or a number.
void reply_field(Context& context, std::string_view name, StreamId id);
void reply_field(Context& context, std::string_view name, std::int64_t value);
void reply_field(Context& context, std::string_view name, std::uint64_t value);

Outcome fail_no_group(Context& context, std::string_view key, std::string_view group);

// The words of an effect that is the command with some words changed. Few commands have so many
// words that this allocates.
class EffectWords {
 public:
  void add(std::string_view word) {
    if (count_ < kInline) {
      inline_[count_++] = word;
      return;
    }
    if (more_.empty()) more_.assign(inline_.begin(), inline_.end());
    more_.push_back(word);
  }
  std::span<const std::string_view> words() const {
    return more_.empty() ? std::span(inline_).first(count_)
                         : std::span<const std::string_view>(more_);
  }

 private:
  static constexpr std::size_t kInline = 32;

  std::size_t count_ = 0;
  std::array<std::string_view, kInline> inline_;
  std::vector<std::string_view> more_;
};

// What XADD and XTRIM are told of trimming, and where.
struct TrimRequest {
  types::StreamTrim trim;
  bool wanted = false;
  bool limited = false;  // LIMIT was given
};
// Reads one option of trimming at `next` and leaves that behind it. Returns: false: it is none; in
// case of an error that is kept in `error`.
class TrimReader {
 public:
  explicit TrimReader(const Context& context) : context_(context) {}
  bool read(std::size_t& next);
  // The options fit each other, and get their defaults. Requires: no error so far.
  void finish(bool required);
  const TrimRequest& request() const { return request_; }
  const base::Error* error() const { return failed_ ? &error_ : nullptr; }

 private:
  bool fail(const base::Error& error);
  bool read_threshold(std::size_t& next, types::StreamTrim::By by);

  const Context& context_;
  TrimRequest request_;
  bool failed_ = false;
  base::Error error_;
};
// The words that repeat a trim exactly, whichever nodes the stream has then. Lifetime of the words:
// of this object.
class ExactTrim {
 public:
  // `stream`: as the trim left it.
  ExactTrim(const types::StreamTrim& trim, const Stream& stream);
  void add_to(EffectWords& words) const;

 private:
  bool by_id_;
  IdWord id_;
  IntegerWord length_;
};

// XREADGROUP for one stream: what the reader asks, and what it gets.
struct Delivery {
  std::string_view key;
  std::string_view group;
  std::string_view consumer;
  std::uint64_t count = 0;  // 0: all
  bool acknowledged = false;
};
// Whether the group has entries that no consumer got yet.
bool has_new_entries(const Stream& stream, const StreamGroup& group);
// Entries as one array of the reply; commits. Requires: the group is there.
void deliver_new(Context& context, WriteRef& ref, const Delivery& delivery);
void deliver_history(Context& context, WriteRef& ref, const Delivery& delivery, StreamId from);
// Nothing to deliver, but the consumer has been seen.
void deliver_nothing(Context& context, WriteRef& ref, const Delivery& delivery);

// Gives the group a consumer of this name that was seen now. Returns: whether it was not there
// before.
std::pair<StreamConsumer*, bool> see_consumer(const Context& context, StreamGroup& group,
                                              std::string_view name);
// Ends a change of a group: tells what happened, or that nothing did that must be repeated.
void settle_group(WriteRef& ref, bool changed, bool consumer_added);
void replace_by_consumer(Context& context, std::string_view key, std::string_view group,
                         std::string_view consumer);
// The claim that makes this entry pending for its consumer again, or not pending any more when the
// stream has lost it.
void replace_by_claim(Context& context, std::string_view key, std::string_view name,
                      const StreamGroup& group, const types::StreamPending& pending);
void replace_by_set_id(Context& context, std::string_view key, std::string_view name,
                       const StreamGroup& group);

Outcome xadd(Context& context);
Outcome xtrim(Context& context);
Outcome xdel(Context& context);
Outcome xsetid(Context& context);
Outcome xlen(Context& context);
Outcome xrange(Context& context);
Outcome xrevrange(Context& context);
Outcome xread(Context& context);
Outcome xreadgroup(Context& context);
Outcome xack(Context& context);
Outcome xpending(Context& context);
Outcome xclaim(Context& context);
Outcome xautoclaim(Context& context);
Outcome xgroup_create(Context& context);
Outcome xgroup_setid(Context& context);
Outcome xgroup_destroy(Context& context);
Outcome xgroup_createconsumer(Context& context);
Outcome xgroup_delconsumer(Context& context);
Outcome xgroup_help(Context& context);
Outcome xinfo_stream(Context& context);
Outcome xinfo_groups(Context& context);
Outcome xinfo_consumers(Context& context);
Outcome xinfo_help(Context& context);

}  // namespace sorrel::commands
