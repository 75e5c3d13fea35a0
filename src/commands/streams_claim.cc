// SPDX-License-Identifier: BSD-3-Clause
//
// XCLAIM and XAUTOCLAIM: entries that one consumer got are given to another, the first by their
// ids, the second by looking for idle ones. An entry that the stream has lost meanwhile stops being
// pending. Each is repeated as the XCLAIM that gives the same pending entry. One thread.
#include <limits>
#include <optional>
#include <vector>

#include <sorrel/exec/argument_reader.h>

#include "streams.h"

namespace sorrel::commands {
namespace {

using types::StreamPending;

struct ClaimRequest {
  std::int64_t min_idle_ms = 0;
  std::int64_t delivered_ms = 0;
  std::optional<std::uint64_t> deliveries;
  StreamId last_id;
  bool force = false;
  bool just_id = false;
};

// What both commands do with one entry.
class Claim {
 public:
  Claim(Context& context, StreamGroup& group, const ClaimRequest& request)
      : context_(context), group_(group), request_(request) {
    const auto [consumer, added] = see_consumer(context, group, context.argument(3));
    consumer_ = consumer;
    added_ = added;
  }

  bool idle_enough(const StreamPending& pending) const {
    return request_.min_idle_ms == 0 ||
           context_.now_ms() - pending.delivered_ms >= request_.min_idle_ms;
  }
  // The entry is gone from the stream, and now from what is pending.
  void forget(const StreamPending& pending) {
    repeat(pending);
    group_.acknowledge(pending.id);
    changed_ = true;
  }
  void reply(const StreamEntry& entry) const {
    if (request_.just_id) {
      reply_id(context_, entry.id());
    } else {
      reply_stream_entry(context_, entry);
    }
  }
  // Gives the entry to the consumer. `before`: how often it was delivered.
  void take(const StreamEntry& entry, std::uint64_t before) {
    const std::uint64_t counted = request_.just_id ? before : before + 1;
    const auto& pending = group_.assign(entry.id(), *consumer_, request_.delivered_ms,
                                        request_.deliveries.value_or(counted));
    consumer_->active_ms = context_.now_ms();
    repeat(pending);
    taken_ = true;
    changed_ = true;
  }
  // `moved`: the group's last id is another one.
  void finish(WriteRef& ref, bool moved) {
    if (added_ && !taken_) {
      replace_by_consumer(context_, context_.argument(1), context_.argument(2),
                          context_.argument(3));
    }
    if (moved && !changed_) {
      replace_by_set_id(context_, context_.argument(1), context_.argument(2), group_);
    }
    settle_group(ref, changed_ || moved, added_);
  }

 private:
  void repeat(const StreamPending& pending) {
    replace_by_claim(context_, context_.argument(1), context_.argument(2), group_, pending);
  }

  Context& context_;
  StreamGroup& group_;
  const ClaimRequest& request_;
  StreamConsumer* consumer_ = nullptr;
  bool added_ = false;
  bool taken_ = false;
  bool changed_ = false;
};

// A moment at which an entry is said to have been delivered: one that has passed.
std::int64_t passed(std::int64_t time_ms, std::int64_t now_ms) {
  return time_ms < 0 || time_ms > now_ms ? now_ms : time_ms;
}

void read_claim_option(exec::ArgumentReader& read, ClaimRequest& request, std::int64_t now_ms) {
  if (read.word("FORCE")) {
    request.force = true;
  } else if (read.word("JUSTID")) {
    request.just_id = true;
  } else if (read.word_with("IDLE", 1)) {
    const std::int64_t idle = read.integer(errors::kClaimIdle);
    request.delivered_ms = idle < 0 ? now_ms : passed(now_ms - idle, now_ms);
  } else if (read.word_with("TIME", 1)) {
    request.delivered_ms = passed(read.integer(errors::kClaimTime), now_ms);
  } else if (read.word_with("RETRYCOUNT", 1)) {
    const std::int64_t count = read.integer(errors::kClaimRetryCount);
    request.deliveries.reset();
    if (count >= 0) request.deliveries = static_cast<std::uint64_t>(count);
  } else if (read.word_with("LASTID", 1)) {
    const auto id = parse_stream_id(read.text());
    if (!id) {
      read.fail(errors::kStreamId);
    } else {
      request.last_id = *id;
    }
  } else {
    read.fail(errors::kSyntax);  // told by name in xclaim()
  }
}

}  // namespace

Outcome xclaim(Context& context) {
  auto ref = context.database.read_and_write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kStream)) return context.fail(errors::kWrongType);
  const std::string_view name = context.argument(2);
  if (!has_group(ref, name)) return fail_no_group(context, context.argument(1), name);
  ClaimRequest request;
  request.delivered_ms = context.now_ms();
  const auto min_idle = base::parse_integer(context.argument(4));
  if (!min_idle) return context.fail(errors::kClaimMinIdle);
  request.min_idle_ms = *min_idle < 0 ? 0 : *min_idle;
  std::size_t ids_end = 5;
  while (ids_end < context.argument_count() && parse_stream_id(context.argument(ids_end))) {
    ++ids_end;
  }
  exec::ArgumentReader read(context, ids_end);
  while (read.more()) {
    const std::size_t option = read.position();
    read_claim_option(read, request, context.now_ms());
    if (read.error() == errors::kSyntax) {
      return context.fail_with(
          "ERR", "Unrecognized XCLAIM option '" + errors::shown(context.argument(option)) + "'");
    }
  }
  if (!read.ok()) return context.fail(read.error());

  auto& stream = ref.collection<Stream>();
  StreamGroup& group = *stream.group(name);
  const bool moved = request.last_id > group.last_id;
  if (moved) group.last_id = request.last_id;
  Claim claim(context, group, request);
  const auto mark = context.reply.defer();
  std::size_t taken = 0;
  for (std::size_t i = 5; i < ids_end; ++i) {
    const StreamId id = *parse_stream_id(context.argument(i));
    const StreamPending* pending = group.find(id);
    const auto entry = stream.forward(id, id);
    if (!entry.valid()) {
      if (pending != nullptr) claim.forget(*pending);
    } else if (pending != nullptr ? claim.idle_enough(*pending) : request.force) {
      claim.take(*entry, pending != nullptr ? pending->deliveries : 1);
      claim.reply(*entry);
      ++taken;
    }
  }
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, taken);
  claim.finish(ref, moved);
  return Outcome::kOk;
}

namespace {

struct AutoclaimRequest {
  ClaimRequest claim;
  StreamId from;
  std::uint64_t count = 100;
};

base::Result<AutoclaimRequest> parse_autoclaim(const Context& context) {
  constexpr std::int64_t kMostAtOnce = std::numeric_limits<std::int64_t>::max() / 16;
  AutoclaimRequest request;
  request.claim.delivered_ms = context.now_ms();
  const auto min_idle = base::parse_integer(context.argument(4));
  if (!min_idle) return errors::kAutoclaimMinIdle;
  request.claim.min_idle_ms = *min_idle < 0 ? 0 : *min_idle;
  const auto from = parse_range_first(context.argument(5));
  if (!from) return from.error();
  request.from = *from;
  exec::ArgumentReader read(context, 6);
  while (read.more()) {
    if (read.word_with("COUNT", 1)) {
      request.count =
          static_cast<std::uint64_t>(read.integer_in(1, kMostAtOnce, errors::kAutoclaimCount));
    } else if (read.word("JUSTID")) {
      request.claim.just_id = true;
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) return read.error();
  return request;
}

}  // namespace

Outcome xautoclaim(Context& context) {
  constexpr std::uint64_t kLooksPerEntry = 10;
  auto ref = context.database.read_and_write(context.key(1));
  const auto request = parse_autoclaim(context);
  if (!request) return context.fail(request.error());
  if (ref.exists() && !ref.holds(Type::kStream)) return context.fail(errors::kWrongType);
  const std::string_view name = context.argument(2);
  if (!has_group(ref, name)) return fail_no_group(context, context.argument(1), name);

  auto& stream = ref.collection<Stream>();
  StreamGroup& group = *stream.group(name);
  Claim claim(context, group, request->claim);
  std::vector<StreamId> gone;
  std::vector<StreamEntry> taken;
  auto pending = group.pending_from(request->from);
  for (std::uint64_t looks = request->count * kLooksPerEntry;
       looks > 0 && taken.size() + gone.size() < request->count && pending.valid(); --looks) {
    const StreamId id = pending->id;
    const auto entry = stream.forward(id, id);
    if (!entry.valid()) {
      claim.forget(*pending);
      gone.push_back(id);
      pending = group.pending_from(id);
      continue;
    }
    if (claim.idle_enough(*pending)) {
      claim.take(*entry, pending->deliveries);
      taken.push_back(*entry);
    }
    pending.next();
  }
  context.reply.array(3);
  reply_id(context, pending.valid() ? pending->id : StreamId{});
  context.reply.array(taken.size());
  for (const StreamEntry& entry : taken) claim.reply(entry);
  context.reply.array(gone.size());
  for (const StreamId id : gone) reply_id(context, id);
  claim.finish(ref, /*moved=*/false);
  return Outcome::kOk;
}

}  // namespace sorrel::commands
