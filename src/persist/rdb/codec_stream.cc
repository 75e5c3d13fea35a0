// SPDX-License-Identifier: BSD-3-Clause
//
// Streams as they are read: the nodes as they lie in memory, the counters, then the groups: first
// what is pending in each, by id, then its consumers, each with the ids of those entries that are
// its own. An id is 16 bytes, the upper half first, big end first.
//
// The second form (Redis 7.0) brought the first id, the greatest deleted one and the counts of
// entries; the third (7.2) the time at which a consumer last got something. What an older form
// lacks is worked out as those servers do. stream_cursor.cc writes them.
#include <algorithm>

#include "codec.h"

namespace sorrel::persist::rdb {
namespace {

using types::Stream;
using types::StreamConsumer;
using types::StreamGroup;
using types::StreamId;

constexpr std::size_t kIdBytes = 16;
constexpr std::string_view kBadNode = "Stream listpack integrity check failed.";
constexpr std::string_view kBadCounters = "counters of a stream that do not fit its entries";
constexpr std::string_view kBadGroup = "a consumer group that is there twice";
constexpr std::string_view kBadConsumer = "Duplicate stream consumer detected";
constexpr std::string_view kBadPending = "a pending entry that is there twice, or is nobody's";

StreamId read_raw_id(Input& input) {
  const std::uint64_t ms = input.big(8);
  return {ms, input.big(8)};
}

StreamId read_id(Input& input) {
  const std::uint64_t ms = input.length();
  return {ms, input.length()};
}

void read_nodes(Stream& stream, Input& input) {
  const std::uint64_t nodes = input.length();
  std::string id;
  std::string scratch;
  for (std::uint64_t i = 0; i < nodes && input.ok(); ++i) {
    const std::string_view first = input.string(id);
    Input bytes(first);
    const StreamId first_id = read_raw_id(bytes);
    if (input.ok() && first.size() != kIdBytes) input.fail(Failure::kMalformed, kBadNode);
    const std::string_view listpack = input.string(scratch);
    if (input.ok() && !stream.append_node({first_id, listpack})) {
      input.fail(Failure::kMalformed, kBadNode);
    }
  }
}

void read_counters(Stream& stream, ValueType type, Input& input) {
  const std::uint64_t length = input.length();
  const StreamId last_id = read_id(input);
  StreamId max_deleted_id;
  std::uint64_t entries_added = length;
  if (type != ValueType::kStream1) {
    read_id(input);  // of the first entry: the nodes say it, too
    max_deleted_id = read_id(input);
    entries_added = input.length();
  }
  if (!input.ok()) return;
  if (length != stream.size() ||
      !stream.set_ids(last_id, max_deleted_id, std::max(entries_added, length))) {
    input.fail(Failure::kMalformed, kBadCounters);
  }
}

// A moment before the first one of Unix time, which no server writes, is taken for that.
std::int64_t read_moment(Input& input) { return std::max<std::int64_t>(input.milliseconds(), 0); }

void read_pending(StreamGroup& group, Input& input) {
  const std::uint64_t count = input.length();
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    const StreamId id = read_raw_id(input);
    const std::int64_t delivered_ms = read_moment(input);
    const std::uint64_t deliveries = input.length();
    if (input.ok() && !group.restore(id, delivered_ms, deliveries)) {
      input.fail(Failure::kMalformed, kBadPending);
    }
  }
}

void read_consumers(StreamGroup& group, ValueType type, Input& input) {
  const std::uint64_t count = input.length();
  std::string scratch;
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    const std::string name(input.string(scratch));
    const std::int64_t seen_ms = read_moment(input);
    const std::int64_t active_ms = type == ValueType::kStream3
                                       ? std::max(input.milliseconds(), StreamConsumer::kNever)
                                       : seen_ms;
    const std::uint64_t pending = input.length();
    if (!input.ok()) return;
    const auto [consumer, added] = group.add_consumer(name, seen_ms);
    if (!added) input.fail(Failure::kMalformed, kBadConsumer);
    consumer->active_ms = active_ms;
    for (std::uint64_t j = 0; j < pending && input.ok(); ++j) {
      const StreamId id = read_raw_id(input);
      if (input.ok() && !group.own(*consumer, id)) input.fail(Failure::kMalformed, kBadPending);
    }
  }
}

void read_group(Stream& stream, ValueType type, Input& input) {
  std::string scratch;
  const std::string name(input.string(scratch));
  const StreamId last_id = read_id(input);
  const std::int64_t entries_read = type == ValueType::kStream1
                                        ? stream.entries_up_to(last_id)
                                        : static_cast<std::int64_t>(input.length());
  if (!input.ok()) return;
  StreamGroup* group =
      stream.add_group(name, last_id, std::max(entries_read, StreamGroup::kUnknown));
  if (group == nullptr) {
    input.fail(Failure::kMalformed, kBadGroup);
    return;
  }
  read_pending(*group, input);
  read_consumers(*group, type, input);
  if (input.ok() && !group->restored()) input.fail(Failure::kMalformed, kBadPending);
}

}  // namespace

Stream Codec<Stream>::read(ValueType type, Input& input, const ReadContext&) {
  Stream stream;
  read_nodes(stream, input);
  read_counters(stream, type, input);
  const std::uint64_t groups = input.length();
  for (std::uint64_t i = 0; i < groups && input.ok(); ++i) read_group(stream, type, input);
  return stream;
}

}  // namespace sorrel::persist::rdb
