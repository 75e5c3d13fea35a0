// SPDX-License-Identifier: BSD-3-Clause
//
// XINFO: what there is to know of a stream, of its groups, and of a group's consumers, as maps
// whose names clients know. The numbers of radix tree nodes are those that a Redis would have of
// the same nodes; here they stand in another kind of tree. One thread.
#include <algorithm>
#include <string>

#include <sorrel/exec/argument_reader.h>

#include "streams.h"

namespace sorrel::commands {
namespace {

constexpr std::string_view kHelp[] = {
    "CONSUMERS <key> <group>",
    "    List the consumers of the group.",
    "GROUPS <key>",
    "    List the groups of the stream.",
    "STREAM <key> [FULL [COUNT <count>]]",
    "    Describe the stream; with FULL also its first entries, groups and consumers.",
};

constexpr std::uint64_t kAll = 0;

// Writes up to `most` elements of a cursor as an array.
template <class Cursor, class Write>
void reply_first(Context& context, Cursor cursor, std::uint64_t most, Write&& write) {
  const auto mark = context.reply.defer();
  std::uint64_t count = 0;
  for (; cursor.valid() && (most == kAll || count < most); cursor.next(), ++count) write(*cursor);
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, count);
}

void reply_entries_read(Context& context, const Stream& stream, const StreamGroup& group) {
  context.reply.bulk("entries-read");
  if (group.entries_read == StreamGroup::kUnknown) {
    context.reply.null();
  } else {
    context.reply.integer(group.entries_read);
  }
  context.reply.bulk("lag");
  if (const auto lag = stream.lag(group); lag) {
    context.reply.integer(*lag);
  } else {
    context.reply.null();
  }
}

void reply_consumer(Context& context, const StreamConsumer& consumer, std::uint64_t most) {
  context.reply.map(5);
  context.reply.bulk("name");
  context.reply.bulk(consumer.name());
  reply_field(context, "seen-time", consumer.seen_ms);
  reply_field(context, "active-time", consumer.active_ms);
  reply_field(context, "pel-count", consumer.pending_count());
  context.reply.bulk("pending");
  reply_first(context, consumer.pending_from(types::kLeastStreamId), most,
              [&](const types::StreamPending& pending) {
                context.reply.array(3);
                reply_id(context, pending.id);
                context.reply.integer(pending.delivered_ms);
                context.reply.integer(static_cast<std::int64_t>(pending.deliveries));
              });
}

void reply_group(Context& context, const Stream& stream, std::string_view name,
                 const StreamGroup& group, std::uint64_t most) {
  context.reply.map(7);
  context.reply.bulk("name");
  context.reply.bulk(name);
  reply_field(context, "last-delivered-id", group.last_id);
  reply_entries_read(context, stream, group);
  reply_field(context, "pel-count", group.pending_count());
  context.reply.bulk("pending");
  reply_first(context, group.pending_from(types::kLeastStreamId), most,
              [&](const types::StreamPending& pending) {
                context.reply.array(4);
                reply_id(context, pending.id);
                context.reply.bulk(pending.consumer->name());
                context.reply.integer(pending.delivered_ms);
                context.reply.integer(static_cast<std::int64_t>(pending.deliveries));
              });
  context.reply.bulk("consumers");
  context.reply.array(group.consumers().size());
  for (const auto& [consumer_name, consumer] : group.consumers()) {
    reply_consumer(context, consumer, most);
  }
}

// What the short and the full form begin with.
void reply_counters(Context& context, const Stream& stream) {
  reply_field(context, "length", stream.size());
  reply_field(context, "radix-tree-keys", stream.node_count());
  reply_field(context, "radix-tree-nodes", stream.radix_node_count());
  reply_field(context, "last-generated-id", stream.last_id());
  reply_field(context, "max-deleted-entry-id", stream.max_deleted_id());
  reply_field(context, "entries-added", stream.entries_added());
  reply_field(context, "recorded-first-entry-id", stream.first_id());
}

void reply_edge(Context& context, std::string_view name, const Stream::Cursor& cursor) {
  context.reply.bulk(name);
  if (cursor.valid()) {
    reply_stream_entry(context, *cursor);
  } else {
    context.reply.null();
  }
}

void reply_short(Context& context, const Stream& stream) {
  context.reply.map(10);
  reply_counters(context, stream);
  reply_field(context, "groups", std::uint64_t{stream.groups().size()});
  reply_edge(context, "first-entry",
             stream.forward(types::kLeastStreamId, types::kGreatestStreamId));
  reply_edge(context, "last-entry",
             stream.backward(types::kGreatestStreamId, types::kLeastStreamId));
}

void reply_full(Context& context, const Stream& stream, std::uint64_t most) {
  context.reply.map(9);
  reply_counters(context, stream);
  context.reply.bulk("entries");
  reply_first(context, stream.forward(types::kLeastStreamId, types::kGreatestStreamId), most,
              [&](const StreamEntry& entry) { reply_stream_entry(context, entry); });
  context.reply.bulk("groups");
  context.reply.array(stream.groups().size());
  for (const auto& [name, group] : stream.groups()) {
    reply_group(context, stream, name, group, most);
  }
}

// The stream at 2. Returns: null when the reply is the error.
const Stream* stream_to_describe(Context& context) {
  const FoundStream found = find_stream(context, 2);
  if (found.wrong_type) {
    context.fail(errors::kWrongType);
  } else if (found.value == nullptr) {
    context.fail(errors::kNoSuchKey);
  }
  return found.value;
}

}  // namespace

Outcome xinfo_stream(Context& context) {
  constexpr std::uint64_t kFewEntries = 10;
  const Stream* stream = stream_to_describe(context);
  if (stream == nullptr) return Outcome::kError;
  const std::size_t words = context.argument_count();
  if (words == 3) {
    reply_short(context, *stream);
    return Outcome::kOk;
  }
  const bool counted = words == 6 && context.argument_is(4, "COUNT");
  if (!context.argument_is(3, "FULL") || (words != 4 && !counted)) {
    return context.fail_subcommand();
  }
  std::uint64_t most = kFewEntries;
  if (counted) {
    const auto count = base::parse_integer(context.argument(5));
    if (!count) return context.fail(errors::kNotInteger);
    if (*count >= 0) most = static_cast<std::uint64_t>(*count);
  }
  reply_full(context, *stream, most);
  return Outcome::kOk;
}

Outcome xinfo_groups(Context& context) {
  const Stream* stream = stream_to_describe(context);
  if (stream == nullptr) return Outcome::kError;
  context.reply.array(stream->groups().size());
  for (const auto& [name, group] : stream->groups()) {
    context.reply.map(6);
    context.reply.bulk("name");
    context.reply.bulk(name);
    reply_field(context, "consumers", std::uint64_t{group.consumers().size()});
    reply_field(context, "pending", group.pending_count());
    reply_field(context, "last-delivered-id", group.last_id);
    reply_entries_read(context, *stream, group);
  }
  return Outcome::kOk;
}

Outcome xinfo_consumers(Context& context) {
  const Stream* stream = stream_to_describe(context);
  if (stream == nullptr) return Outcome::kError;
  const StreamGroup* group = stream->group(context.argument(3));
  if (group == nullptr) {
    return context.fail_with("NOGROUP",
                             "No such consumer group '" + errors::shown(context.argument(3)) +
                                 "' for key name '" + errors::shown(context.argument(2)) + "'");
  }
  context.reply.array(group->consumers().size());
  for (const auto& [name, consumer] : group->consumers()) {
    const std::int64_t active_ms = consumer.active_ms;
    context.reply.map(4);
    context.reply.bulk("name");
    context.reply.bulk(name);
    reply_field(context, "pending", consumer.pending_count());
    reply_field(context, "idle", std::max<std::int64_t>(context.now_ms() - consumer.seen_ms, 0));
    reply_field(context, "inactive",
                active_ms == StreamConsumer::kNever
                    ? StreamConsumer::kNever
                    : std::max<std::int64_t>(context.now_ms() - active_ms, 0));
  }
  return Outcome::kOk;
}

Outcome xinfo_help(Context& context) { return exec::reply_help(context, kHelp); }

}  // namespace sorrel::commands
