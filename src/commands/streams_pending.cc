// SPDX-License-Identifier: BSD-3-Clause
//
// XACK and XPENDING: entries that were delivered and not acknowledged. One thread.
#include <algorithm>
#include <optional>

#include "streams.h"

namespace sorrel::commands {

using types::StreamPendingCursor;

Outcome xack(Context& context) {
  auto ref = context.database.read_and_write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kStream)) return context.fail(errors::kWrongType);
  const std::string_view name = context.argument(2);
  if (!has_group(ref, name)) return exec::reply_integer(context, 0);
  const auto ids = context.arguments.subspan(3);
  for (const std::string_view id : ids) {
    if (!parse_stream_id(id)) return context.fail(errors::kStreamId);
  }
  StreamGroup& group = *ref.collection<Stream>().group(name);
  std::int64_t acknowledged = 0;
  for (const std::string_view id : ids) {
    acknowledged += group.acknowledge(*parse_stream_id(id)) ? 1 : 0;
  }
  settle_group(ref, acknowledged != 0, /*consumer_added=*/false);
  return exec::reply_integer(context, acknowledged);
}

namespace {

// XPENDING key group [[IDLE min-idle] start end count [consumer]]
struct PendingRequest {
  bool summary = false;
  std::int64_t min_idle_ms = 0;
  StreamId first;
  StreamId last;
  std::int64_t count = 0;
  std::optional<std::string_view> consumer;
};

base::Result<PendingRequest> parse_pending(const Context& context) {
  const std::size_t words = context.argument_count();
  PendingRequest request;
  request.summary = words == 3;
  if (request.summary) return request;
  if (words < 6 || words > 9) return errors::kSyntax;
  std::size_t start_at = 3;
  if (context.argument_is(3, "IDLE")) {
    const auto idle = base::parse_integer(context.argument(4));
    if (!idle) return errors::kNotInteger;
    if (words < 8) return errors::kSyntax;
    request.min_idle_ms = *idle;
    start_at = 5;
  }
  const auto count = base::parse_integer(context.argument(start_at + 2));
  if (!count) return errors::kNotInteger;
  request.count = *count;
  const auto first = parse_range_first(context.argument(start_at));
  if (!first) return first.error();
  const auto last = parse_range_last(context.argument(start_at + 1));
  if (!last) return last.error();
  request.first = *first;
  request.last = *last;
  if (start_at + 3 < words) request.consumer = context.argument(start_at + 3);
  return request;
}

void reply_summary(Context& context, const StreamGroup& group) {
  context.reply.array(4);
  context.reply.integer(static_cast<std::int64_t>(group.pending_count()));
  if (group.pending_count() == 0) {
    context.reply.null();
    context.reply.null();
    context.reply.null_array();
    return;
  }
  reply_id(context, group.pending_from(types::kLeastStreamId)->id);
  reply_id(context, group.last_pending().id);
  const auto mark = context.reply.defer();
  std::size_t consumers = 0;
  for (const auto& [name, consumer] : group.consumers()) {
    if (consumer.pending_count() == 0) continue;
    context.reply.array(2);
    context.reply.bulk(name);
    context.reply.bulk_integer(static_cast<std::int64_t>(consumer.pending_count()));
    ++consumers;
  }
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, consumers);
}

void reply_range(Context& context, const PendingRequest& request, StreamPendingCursor cursor) {
  const auto mark = context.reply.defer();
  std::size_t entries = 0;
  for (std::int64_t left = request.count; left > 0 && cursor.valid(); cursor.next()) {
    if (cursor->id > request.last) break;
    const std::int64_t idle_ms = context.now_ms() - cursor->delivered_ms;
    if (request.min_idle_ms != 0 && idle_ms < request.min_idle_ms) continue;
    context.reply.array(4);
    reply_id(context, cursor->id);
    context.reply.bulk(cursor->consumer->name());
    context.reply.integer(std::max<std::int64_t>(idle_ms, 0));
    context.reply.integer(static_cast<std::int64_t>(cursor->deliveries));
    ++entries;
    --left;
  }
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, entries);
}

}  // namespace

Outcome xpending(Context& context) {
  const auto request = parse_pending(context);
  if (!request) return context.fail(request.error());
  const FoundStream found = find_stream(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const StreamGroup* group =
      found.value == nullptr ? nullptr : found.value->group(context.argument(2));
  if (group == nullptr) return fail_no_group(context, context.argument(1), context.argument(2));
  if (request->summary) {
    reply_summary(context, *group);
    return Outcome::kOk;
  }
  if (!request->consumer) {
    reply_range(context, *request, group->pending_from(request->first));
    return Outcome::kOk;
  }
  const StreamConsumer* consumer = group->consumer(*request->consumer);
  if (consumer == nullptr) {
    context.reply.array(0);
  } else {
    reply_range(context, *request, consumer->pending_from(request->first));
  }
  return Outcome::kOk;
}

}  // namespace sorrel::commands
