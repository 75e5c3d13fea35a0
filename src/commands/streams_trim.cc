// SPDX-License-Identifier: BSD-3-Clause
//
// XTRIM, XDEL and XSETID, and the options of trimming that XADD has, too. Trimming whole nodes
// stops where the nodes of this server end, so it is repeated as the exact trim that it came to,
// without its limit. One thread.
#include <algorithm>

#include <sorrel/exec/argument_reader.h>

#include "streams.h"

namespace sorrel::commands {

using types::StreamTrim;

namespace {

// How many entries an approximate trim takes away at most, if nothing is said: so many nodes.
constexpr std::uint64_t kNodesAtOnce = 100;
constexpr std::uint64_t kEntriesAtOnce = 10'000;
constexpr std::uint64_t kMostAtOnce = 1'000'000;

std::uint64_t default_limit(const types::Settings& settings) {
  const std::uint64_t node = settings.stream_node_max_entries;
  return node == 0 ? kEntriesAtOnce
                   : std::min(std::min(node, kMostAtOnce) * kNodesAtOnce, kMostAtOnce);
}

}  // namespace

bool TrimReader::fail(const base::Error& error) {
  failed_ = true;
  error_ = error;
  return false;
}

bool TrimReader::read(std::size_t& next) {
  const bool followed = next + 1 < context_.argument_count();
  if (!followed) return false;
  if (context_.argument_is(next, "MAXLEN")) return read_threshold(next, StreamTrim::By::kLength);
  if (context_.argument_is(next, "MINID")) return read_threshold(next, StreamTrim::By::kId);
  if (!context_.argument_is(next, "LIMIT")) return false;
  const auto limit = base::parse_integer(context_.argument(next + 1));
  if (!limit) return fail(errors::kNotInteger);
  if (*limit < 0) return fail(errors::kTrimLimitNegative);
  request_.trim.limit = static_cast<std::uint64_t>(*limit);
  request_.limited = true;
  next += 2;
  return true;
}

bool TrimReader::read_threshold(std::size_t& next, StreamTrim::By by) {
  if (request_.wanted) return fail(errors::kMaxlenAndMinid);
  request_.wanted = true;
  request_.trim.by = by;
  ++next;
  if (next + 1 < context_.argument_count()) {
    if (context_.argument(next) == "~") {
      request_.trim.approximate = true;
      ++next;
    } else if (context_.argument(next) == "=") {
      ++next;
    }
  }
  const std::string_view text = context_.argument(next++);
  if (by == StreamTrim::By::kId) {
    const auto id = parse_stream_id(text);
    if (!id) return fail(errors::kStreamId);
    request_.trim.id = *id;
    return true;
  }
  const auto length = base::parse_integer(text);
  if (!length) return fail(errors::kNotInteger);
  if (*length < 0) return fail(errors::kMaxlenNegative);
  request_.trim.length = static_cast<std::uint64_t>(*length);
  return true;
}

void TrimReader::finish(bool required) {
  const bool limited = request_.limited;
  if (limited && !request_.wanted) {
    fail(errors::kTrimLimitAlone);
  } else if (required && !request_.wanted) {
    fail(errors::kTrimStrategyMissing);
  } else if (limited && !request_.trim.approximate) {
    fail(errors::kTrimLimitExact);
  } else if (!limited && request_.trim.approximate) {
    request_.trim.limit = default_limit(context_.keyspace.settings());
  }
}

ExactTrim::ExactTrim(const StreamTrim& trim, const Stream& stream)
    : by_id_(trim.by == StreamTrim::By::kId),
      id_(!trim.approximate ? trim.id
          : stream.empty()  ? types::kGreatestStreamId
                            : stream.first_id()),
      length_(static_cast<std::int64_t>(trim.approximate ? stream.size() : trim.length)) {}

void ExactTrim::add_to(EffectWords& words) const {
  words.add(by_id_ ? "MINID" : "MAXLEN");
  words.add("=");
  words.add(by_id_ ? std::string_view(id_) : std::string_view(length_));
}

namespace {

void repeat_trim(Context& context, const StreamTrim& trim, const Stream& stream) {
  const ExactTrim exact(trim, stream);
  EffectWords words;
  words.add("XTRIM");
  words.add(context.argument(1));
  exact.add_to(words);
  context.effects.replace(words.words());
}

}  // namespace

Outcome xtrim(Context& context) {
  TrimReader reader(context);
  std::size_t next = 2;
  while (next < context.argument_count()) {
    if (reader.read(next)) continue;
    return context.fail(reader.error() != nullptr ? *reader.error() : errors::kSyntax);
  }
  reader.finish(/*required=*/true);
  if (reader.error() != nullptr) return context.fail(*reader.error());
  const TrimRequest& request = reader.request();
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(Type::kStream)) return context.fail(errors::kWrongType);
  auto& stream = ref.collection<Stream>();
  const std::uint64_t trimmed = stream.trim(request.trim);
  if (trimmed == 0) {
    ref.dismiss();
  } else {
    if (request.trim.approximate) repeat_trim(context, request.trim, stream);
    ref.commit(events::kXTrim);
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(trimmed));
}

Outcome xdel(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(Type::kStream)) return context.fail(errors::kWrongType);
  const auto ids = context.arguments.subspan(2);
  for (const std::string_view id : ids) {
    if (!parse_stream_id(id)) return context.fail(errors::kStreamId);
  }
  auto& stream = ref.collection<Stream>();
  std::int64_t deleted = 0;
  for (const std::string_view id : ids) deleted += stream.erase(*parse_stream_id(id)) ? 1 : 0;
  if (deleted == 0) {
    ref.dismiss();
  } else {
    ref.commit(events::kXDel);
  }
  return exec::reply_integer(context, deleted);
}

namespace {

struct SetIdRequest {
  StreamId last_id;
  std::optional<std::uint64_t> entries_added;
  std::optional<StreamId> max_deleted_id;
};

base::Result<SetIdRequest> parse_set_id(const Context& context) {
  SetIdRequest request;
  const auto id = parse_stream_id(context.argument(2));
  if (!id) return errors::kStreamId;
  request.last_id = *id;
  exec::ArgumentReader read(context, 3);
  while (read.more()) {
    if (read.word_with("ENTRIESADDED", 1)) {
      const std::int64_t added = read.integer();
      if (read.ok() && added < 0) return errors::kEntriesAdded;
      request.entries_added = static_cast<std::uint64_t>(added);
    } else if (read.word_with("MAXDELETEDID", 1)) {
      const auto deleted = parse_stream_id(read.text());
      if (!deleted) return errors::kStreamId;
      if (request.last_id < *deleted) return errors::kSetIdBelowGiven;
      if (!deleted->zero()) request.max_deleted_id = *deleted;  // 0-0 says nothing
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) return read.error();
  return request;
}

}  // namespace

Outcome xsetid(Context& context) {
  const auto request = parse_set_id(context);
  if (!request) return context.fail(request.error());
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return context.fail(errors::kNoSuchKey);
  if (!ref.holds(Type::kStream)) return context.fail(errors::kWrongType);
  const Stream& before = stream_of(ref);
  if (request->last_id < before.max_deleted_id()) return context.fail(errors::kSetIdBelowDeleted);
  const auto last_entry = before.last_entry_id();
  if (last_entry && request->last_id < *last_entry) return context.fail(errors::kSetIdBelowLast);
  if (request->entries_added && *request->entries_added < before.size()) {
    return context.fail(errors::kSetIdTooFew);
  }
  auto& stream = ref.collection<Stream>();
  stream.set_ids(request->last_id, request->max_deleted_id.value_or(stream.max_deleted_id()),
                 request->entries_added.value_or(stream.entries_added()));
  ref.commit(events::kXSetId);
  return exec::reply_ok(context);
}

}  // namespace sorrel::commands
