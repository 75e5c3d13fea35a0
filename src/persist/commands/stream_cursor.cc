// SPDX-License-Identifier: BSD-3-Clause
//
// Streams as commands: an XADD for each entry, then what the stream has counted, then its groups,
// their consumers, and for each of those an XCLAIM for each entry that is pending.
#include <algorithm>
#include <cstdint>

#include "cursors.h"

namespace sorrel::persist::commands {
namespace {

using types::StreamId;

// Others read counts as signed numbers.
std::int64_t count_of(std::uint64_t count) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX));
}

// One that keeps nothing leaves an empty stream, which nothing else makes.
void write_empty(std::string_view key, StreamId last_id, Requests& requests) {
  constexpr StreamId kLeastEntry{0, 1};
  const StreamId id = last_id.zero() ? kLeastEntry : last_id;
  char scratch[StreamId::kMaxText];
  requests.request({"XADD", key, "MAXLEN", "0", id.text(scratch), "x", "y"});
}

}  // namespace

StreamCursor::StreamCursor(std::string_view key, const types::Stream& stream, Requests& requests)
    : key_(key), stream_(&stream) {
  if (stream.empty()) {
    write_empty(key, stream.last_id(), requests);
  }
}

bool StreamCursor::step(Requests& requests, std::size_t budget) {
  for (Budget left(budget); part_ != Part::kDone && !left.spent(); left.take(1)) {
    switch (part_) {
      case Part::kEntries:
        part_ = write_entries(requests, left);
        break;
      case Part::kGroup:
        part_ = write_group(requests);
        break;
      case Part::kConsumer:
        part_ = write_consumer(requests);
        break;
      case Part::kOwned:
        part_ = write_owned(requests, left);
        break;
      case Part::kDone:
        break;
    }
  }
  return part_ == Part::kDone;
}

StreamCursor::Part StreamCursor::write_entries(Requests& requests, Budget& budget) {
  char scratch[StreamId::kMaxText];
  auto it = stream_->forward(from_, types::kGreatestStreamId);
  for (; it.valid() && !budget.spent(); it.next()) {
    requests.begin(3 + 2 * std::size_t{it->pairs()});
    requests.word("XADD");
    requests.word(key_);
    requests.word(it->id().text(scratch));
    std::size_t bytes = 0;
    it->for_each([&](std::string_view field, std::string_view value) {
      requests.word(field);
      requests.word(value);
      bytes += field.size() + value.size();
    });
    budget.take_element(bytes);
  }
  if (it.valid()) {
    from_ = it->id();
    return Part::kEntries;
  }
  return write_counters(requests);
}

StreamCursor::Part StreamCursor::write_counters(Requests& requests) {
  char scratch[StreamId::kMaxText];
  requests.begin(7);
  requests.word("XSETID");
  requests.word(key_);
  requests.word(stream_->last_id().text(scratch));
  requests.word("ENTRIESADDED");
  requests.word(count_of(stream_->entries_added()));
  requests.word("MAXDELETEDID");
  // XSETID takes none above the last id; a file may have one.
  requests.word(std::min(stream_->max_deleted_id(), stream_->last_id()).text(scratch));
  group_ = stream_->groups().begin();
  return stream_->groups().empty() ? Part::kDone : Part::kGroup;
}

StreamCursor::Part StreamCursor::write_group(Requests& requests) {
  char scratch[StreamId::kMaxText];
  const auto& [name, group] = *group_;
  requests.begin(7);
  requests.word("XGROUP");
  requests.word("CREATE");
  requests.word(key_);
  requests.word(name);
  requests.word(group.last_id.text(scratch));
  requests.word("ENTRIESREAD");
  requests.word(group.entries_read);
  consumer_ = group.consumers().begin();
  return Part::kConsumer;
}

StreamCursor::Part StreamCursor::write_consumer(Requests& requests) {
  if (consumer_ == group_->second.consumers().end()) {
    ++group_;
    return group_ == stream_->groups().end() ? Part::kDone : Part::kGroup;
  }
  requests.request({"XGROUP", "CREATECONSUMER", key_, group_->first, consumer_->first});
  from_ = types::kLeastStreamId;
  return Part::kOwned;
}

StreamCursor::Part StreamCursor::write_owned(Requests& requests, Budget& budget) {
  char scratch[StreamId::kMaxText];
  auto it = consumer_->second.pending_from(from_);
  for (; it.valid() && !budget.spent(); it.next()) {
    requests.begin(12);
    requests.word("XCLAIM");
    requests.word(key_);
    requests.word(group_->first);
    requests.word(consumer_->first);
    requests.word("0");
    requests.word(it->id.text(scratch));
    requests.word("TIME");
    requests.word(it->delivered_ms);
    requests.word("RETRYCOUNT");
    requests.word(count_of(it->deliveries));
    requests.word("JUSTID");
    requests.word("FORCE");
    budget.take(1);
  }
  if (it.valid()) {
    from_ = it->id;
    return Part::kOwned;
  }
  ++consumer_;
  return Part::kConsumer;
}

}  // namespace sorrel::persist::commands
