// SPDX-License-Identifier: BSD-3-Clause
//
// Streams as they are written: part by part, in the order that codec_stream.cc tells.
#include <optional>

#include "codec.h"

namespace sorrel::persist::rdb {
namespace {

using types::Stream;
using types::StreamConsumer;
using types::StreamGroup;
using types::StreamId;

constexpr std::size_t kIdBytes = 16;

void write_raw_id(StreamId id, Output& output) {
  char bytes[kIdBytes];
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(id.ms >> (56 - 8 * i));
    bytes[8 + i] = static_cast<char>(id.seq >> (56 - 8 * i));
  }
  output.raw({bytes, sizeof bytes});
}

void write_id(StreamId id, Output& output) {
  output.length(id.ms);
  output.length(id.seq);
}

// Whether the second form would lose when a consumer last got something.
bool needs_active_times(const Stream& stream) {
  for (const auto& [name, group] : stream.groups()) {
    for (const auto& [consumer_name, consumer] : group.consumers()) {
      if (consumer.active_ms != consumer.seen_ms) return true;
    }
  }
  return false;
}

// Writes pending entries from `from` on. Returns: the id of the next one; nothing at the end.
template <class Owner, class Write>
std::optional<StreamId> write_from(const Owner& owner, StreamId from, Budget& budget,
                                   Write&& write) {
  auto it = owner.pending_from(from);
  for (; it.valid() && !budget.spent(); it.next()) {
    write(*it);
    budget.take(1);
  }
  return it.valid() ? std::optional(it->id) : std::nullopt;
}

}  // namespace

ValueType Codec<Stream>::type_of(const Stream& stream, const Output::Options& options) {
  const bool third = options.version >= kVersionSetListpack || needs_active_times(stream);
  return third ? ValueType::kStream3 : ValueType::kStream2;
}

StreamCursor::StreamCursor(const Stream& stream, ValueType type, Output& output)
    : stream_(&stream), type_(type) {
  output.length(stream.node_count());
}

bool StreamCursor::step(Output& output, std::size_t budget) {
  for (Budget left(budget); part_ != Part::kDone && !left.spent();) {
    switch (part_) {
      case Part::kNodes:
        part_ = write_node(output, left);
        break;
      case Part::kGroup:
        part_ = write_group(output);
        left.take(1);
        break;
      case Part::kPending:
        part_ = write_pending(output, left);
        break;
      case Part::kConsumer:
        part_ = write_consumer(output);
        left.take(1);
        break;
      case Part::kOwned:
        part_ = write_owned(output, left);
        break;
      case Part::kDone:
        break;
    }
  }
  return part_ == Part::kDone;
}

StreamCursor::Part StreamCursor::write_node(Output& output, Budget& budget) {
  const auto node = stream_->node_from(from_);
  if (!node) {
    return write_counters(output);
  }
  output.byte(kIdBytes);  // a string of this length
  write_raw_id(node->first, output);
  output.string(node->listpack);
  budget.take_element(node->listpack.size());
  const auto next = node->first.next();
  if (!next) {
    return write_counters(output);
  }
  from_ = *next;
  return Part::kNodes;
}

StreamCursor::Part StreamCursor::write_counters(Output& output) {
  output.length(stream_->size());
  write_id(stream_->last_id(), output);
  write_id(stream_->first_id(), output);
  write_id(stream_->max_deleted_id(), output);
  output.length(stream_->entries_added());
  output.length(stream_->groups().size());
  group_ = stream_->groups().begin();
  return stream_->groups().empty() ? Part::kDone : Part::kGroup;
}

StreamCursor::Part StreamCursor::write_group(Output& output) {
  const auto& [name, group] = *group_;
  output.string(name);
  write_id(group.last_id, output);
  output.length(static_cast<std::uint64_t>(group.entries_read));
  output.length(group.pending_count());
  from_ = types::kLeastStreamId;
  return Part::kPending;
}

StreamCursor::Part StreamCursor::write_pending(Output& output, Budget& budget) {
  const StreamGroup& group = group_->second;
  const auto next = write_from(group, from_, budget, [&](const types::StreamPending& pending) {
    write_raw_id(pending.id, output);
    output.milliseconds(pending.delivered_ms);
    output.length(pending.deliveries);
  });
  if (next) {
    from_ = *next;
    return Part::kPending;
  }
  output.length(group.consumers().size());
  consumer_ = group.consumers().begin();
  return Part::kConsumer;
}

StreamCursor::Part StreamCursor::write_consumer(Output& output) {
  if (consumer_ == group_->second.consumers().end()) {
    ++group_;
    return group_ == stream_->groups().end() ? Part::kDone : Part::kGroup;
  }
  const auto& [name, consumer] = *consumer_;
  output.string(name);
  output.milliseconds(consumer.seen_ms);
  if (type_ == ValueType::kStream3) output.milliseconds(consumer.active_ms);
  output.length(consumer.pending_count());
  from_ = types::kLeastStreamId;
  return Part::kOwned;
}

StreamCursor::Part StreamCursor::write_owned(Output& output, Budget& budget) {
  const auto next =
      write_from(consumer_->second, from_, budget,
                 [&](const types::StreamPending& pending) { write_raw_id(pending.id, output); });
  if (next) {
    from_ = *next;
    return Part::kOwned;
  }
  ++consumer_;
  return Part::kConsumer;
}

}  // namespace sorrel::persist::rdb
