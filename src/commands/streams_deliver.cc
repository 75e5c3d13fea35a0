// SPDX-License-Identifier: BSD-3-Clause
//
// What a consumer of a group gets: new entries, which become pending for it unless it needs no
// acknowledgement, or its own pending ones again. Each delivery is repeated as the claim that gives
// the same pending entry, and how far the group has come as XGROUP SETID. One thread.
#include <limits>

#include "streams.h"

namespace sorrel::commands {
namespace {

std::uint64_t at_most(const Delivery& delivery) {
  return delivery.count == 0 ? std::numeric_limits<std::uint64_t>::max() : delivery.count;
}

}  // namespace

bool has_new_entries(const Stream& stream, const StreamGroup& group) {
  const auto last = stream.last_entry_id();
  return last && *last > group.last_id;
}

void deliver_new(Context& context, WriteRef& ref, const Delivery& delivery) {
  auto& stream = ref.collection<Stream>();
  StreamGroup& group = *stream.group(delivery.group);
  const auto [consumer, added] = see_consumer(context, group, delivery.consumer);
  if (added && delivery.acknowledged) {
    replace_by_consumer(context, delivery.key, delivery.group, delivery.consumer);
  }
  const auto mark = context.reply.defer();
  std::size_t count = 0;
  auto cursor = stream.forward(*group.last_id.next(), types::kGreatestStreamId);
  for (; cursor.valid() && count < at_most(delivery); cursor.next(), ++count) {
    reply_stream_entry(context, *cursor);
    const StreamId id = cursor->id();
    stream.advance(group, id);
    if (delivery.acknowledged) continue;
    const auto& pending = group.assign(id, *consumer, context.now_ms(), 1);
    replace_by_claim(context, delivery.key, delivery.group, group, pending);
  }
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, count);
  if (!delivery.acknowledged) consumer->active_ms = context.now_ms();
  replace_by_set_id(context, delivery.key, delivery.group, group);
  settle_group(ref, /*changed=*/true, added);
}

void deliver_history(Context& context, WriteRef& ref, const Delivery& delivery, StreamId from) {
  auto& stream = ref.collection<Stream>();
  StreamGroup& group = *stream.group(delivery.group);
  const auto [consumer, added] = see_consumer(context, group, delivery.consumer);
  if (added) replace_by_consumer(context, delivery.key, delivery.group, delivery.consumer);
  const auto mark = context.reply.defer();
  std::size_t count = 0;
  bool changed = false;
  auto pending = consumer->pending_from(*from.next());
  for (; pending.valid() && count < at_most(delivery); pending.next(), ++count) {
    const StreamId id = pending->id;
    const auto entry = stream.forward(id, id);
    if (!entry.valid()) {
      context.reply.array(2);
      reply_id(context, id);
      context.reply.null_array();
      continue;
    }
    reply_stream_entry(context, *entry);
    group.assign(id, *consumer, context.now_ms(), pending->deliveries + 1);
    replace_by_claim(context, delivery.key, delivery.group, group, *pending);
    changed = true;
  }
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, count);
  settle_group(ref, changed, added);
}

void deliver_nothing(Context& context, WriteRef& ref, const Delivery& delivery) {
  StreamGroup& group = *ref.collection<Stream>().group(delivery.group);
  const bool added = see_consumer(context, group, delivery.consumer).second;
  if (added) replace_by_consumer(context, delivery.key, delivery.group, delivery.consumer);
  settle_group(ref, /*changed=*/false, added);
}

}  // namespace sorrel::commands
