// SPDX-License-Identifier: BSD-3-Clause
//
// XREAD and XREADGROUP: what lies behind an id in each of some streams, or what comes next if
// nothing does. All streams are looked at before anything is answered, for the first that is not
// what it should be makes an error of the whole. A command that waits is run again as it is, but
// that `$` has become the id that was the last when it came. One thread.
#include <limits>
#include <optional>
#include <string>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/executor.h>

#include "streams.h"

namespace sorrel::commands {
namespace {

struct ReadRequest {
  bool by_group = false;
  Delivery delivery;
  std::optional<std::int64_t> deadline_ms;  // of BLOCK
  std::size_t first_key = 0;
  std::size_t streams = 0;

  std::size_t key_at(std::size_t stream) const { return first_key + stream; }
  std::size_t id_at(std::size_t stream) const { return first_key + streams + stream; }
};

// The Unix time in milliseconds at which so many are over; 0 means never. Of a command that runs
// again they are not looked at: they have begun.
std::int64_t read_block(exec::ArgumentReader& read, const Context& context) {
  const std::int64_t wait_ms = read.integer(errors::kBlockNotInteger);
  if (!read.ok() || wait_ms == 0 || context.resumed()) return exec::Wait::kForever;
  if (wait_ms < 0) read.fail(errors::kBlockNegative);
  if (wait_ms > exec::Wait::kForever - context.now_ms()) read.fail(errors::kBlockOutOfRange);
  return read.ok() ? context.now_ms() + wait_ms : exec::Wait::kForever;
}

void read_option(exec::ArgumentReader& read, const Context& context, ReadRequest& request,
                 bool& group_given) {
  if (read.word_with("BLOCK", 1)) {
    request.deadline_ms = read_block(read, context);
  } else if (read.word_with("COUNT", 1)) {
    const std::int64_t count = read.integer();
    request.delivery.count = count < 0 ? 0 : static_cast<std::uint64_t>(count);
  } else if (read.word_with("GROUP", 2)) {
    request.delivery.group = read.text();
    request.delivery.consumer = read.text();
    group_given = true;
    if (!request.by_group) read.fail(errors::kGroupOption);
  } else if (read.word("NOACK")) {
    request.delivery.acknowledged = true;
    if (!request.by_group) read.fail(errors::kNoackOption);
  } else {
    read.fail(errors::kSyntax);
  }
}

base::Result<ReadRequest> parse_read(const Context& context, bool by_group) {
  ReadRequest request;
  request.by_group = by_group;
  bool group_given = false;
  exec::ArgumentReader read(context, 1);
  while (read.more() && request.first_key == 0) {
    if (read.word_with("STREAMS", 1)) {
      request.first_key = read.position();
      if (read.remaining() % 2 != 0) {
        return by_group ? errors::kXReadGroupUnbalanced : errors::kXReadUnbalanced;
      }
      request.streams = read.remaining() / 2;
    } else {
      read_option(read, context, request, group_given);
    }
  }
  if (!read.ok()) return read.error();
  if (request.first_key == 0) return errors::kSyntax;
  if (by_group && !group_given) return errors::kGroupMissing;
  return request;
}

// What stands in place of an id.
enum class Special : std::uint8_t { kNone, kLast, kLastEntry, kNew };

Special special_of(std::string_view id) {
  if (id == "$") return Special::kLast;
  if (id == "+") return Special::kLastEntry;
  return id == ">" ? Special::kNew : Special::kNone;
}

Outcome fail_meaningless(Context& context, std::string_view id) {
  const std::string name(id);
  return context.fail_with(
      "ERR", "The " + name +
                 " ID is meaningless in the context of XREADGROUP: you want to read the history of "
                 "this consumer by specifying a proper ID, or use the > ID to get new messages. "
                 "The " +
                 name + " ID would just return an empty result set.");
}

Outcome fail_no_group_to_read(Context& context, std::string_view key, std::string_view group) {
  return context.fail_with("NOGROUP", "No such key '" + errors::shown(key) +
                                          "' or consumer group '" + errors::shown(group) +
                                          "' in XREADGROUP with GROUP option");
}

// Whether each stream can be read, and each id be understood. Otherwise the reply is the error.
bool check_streams(Context& context, const ReadRequest& request) {
  for (std::size_t i = 0; i < request.streams; ++i) {
    const std::string_view key = context.argument(request.key_at(i));
    const std::string_view id = context.argument(request.id_at(i));
    const keyspace::Key name = context.key(request.key_at(i));
    // This look counts, and for XREAD that of the reading once more: clients are told of two
    // misses.
    const keyspace::Record* record =
        context.resumed() ? context.database.peek(name) : context.database.find(name);
    if (record != nullptr && record->type() != Type::kStream) {
      context.fail(errors::kWrongType);
      return false;
    }
    if (request.by_group && (record == nullptr || record->collection<Stream>().group(
                                                      request.delivery.group) == nullptr)) {
      fail_no_group_to_read(context, key, request.delivery.group);
      return false;
    }
    const Special special = special_of(id);
    if (request.by_group && (special == Special::kLast || special == Special::kLastEntry)) {
      fail_meaningless(context, id);
      return false;
    }
    if (!request.by_group && special == Special::kNew) {
      context.fail(errors::kNewIdInXRead);
      return false;
    }
    if (special == Special::kNone && !parse_stream_id(id)) {
      context.fail(errors::kStreamId);
      return false;
    }
  }
  return true;
}

// Writes the replies of the streams, and the header of them all when the first comes.
class StreamReplies {
 public:
  explicit StreamReplies(Context& context) : context_(context) {}

  void begin(std::string_view key) {
    if (count_++ == 0) mark_ = context_.reply.defer();
    if (!context_.reply.resp3()) context_.reply.array(2);
    context_.reply.bulk(key);
  }
  // Returns: whether there was any.
  bool finish() {
    using Aggregate = resp::ReplyWriter::Aggregate;
    if (count_ == 0) return false;
    context_.reply.settle(mark_, context_.reply.resp3() ? Aggregate::kMap : Aggregate::kArray,
                          count_);
    return true;
  }

 private:
  Context& context_;
  std::size_t count_ = 0;
  resp::ReplyWriter::Mark mark_;
};

// The first id that XREAD asks for, if the stream has entries from there on.
std::optional<StreamId> first_wanted(const Stream& stream, std::string_view id) {
  const auto last = stream.last_entry_id();
  if (!last) return std::nullopt;
  const Special special = special_of(id);
  if (special == Special::kLastEntry) return last;
  const StreamId behind = special == Special::kLast ? stream.last_id() : *parse_stream_id(id);
  const auto first = behind.next();
  return first && *first <= *last ? first : std::nullopt;
}

void read_stream(Context& context, const ReadRequest& request, std::size_t i,
                 StreamReplies& replies) {
  const FoundStream found = find_stream(context, request.key_at(i));
  if (found.value == nullptr) return;
  const auto first = first_wanted(*found.value, context.argument(request.id_at(i)));
  if (!first) return;
  replies.begin(context.argument(request.key_at(i)));
  const auto mark = context.reply.defer();
  std::uint64_t entries = 0;
  auto cursor = found.value->forward(*first, types::kGreatestStreamId);
  const std::uint64_t most = request.delivery.count;
  for (; cursor.valid() && (most == 0 || entries < most); cursor.next(), ++entries) {
    reply_stream_entry(context, *cursor);
  }
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, entries);
}

void read_group(Context& context, const ReadRequest& request, std::size_t i,
                StreamReplies& replies) {
  auto ref = context.database.write(context.key(request.key_at(i)));
  Delivery delivery = request.delivery;
  delivery.key = context.argument(request.key_at(i));
  const std::string_view text = context.argument(request.id_at(i));
  // The greatest id has nothing behind it, and asks for new entries as > does.
  const StreamId id =
      special_of(text) == Special::kNew ? types::kGreatestStreamId : *parse_stream_id(text);
  if (id != types::kGreatestStreamId) {
    replies.begin(delivery.key);
    deliver_history(context, ref, delivery, id);
    return;
  }
  const Stream& stream = stream_of(ref);
  if (!has_new_entries(stream, *stream.group(delivery.group))) {
    deliver_nothing(context, ref, delivery);
    return;
  }
  replies.begin(delivery.key);
  deliver_new(context, ref, delivery);
}

Outcome park(Context& context, const ReadRequest& request) {
  exec::Wait wait;
  wait.first_key = request.first_key;
  wait.key_count = request.streams;
  wait.type = Type::kStream;
  wait.without_key = request.by_group;
  wait.deadline_ms = *request.deadline_ms;
  for (std::size_t i = 0; i < request.streams && !context.resumed(); ++i) {
    if (special_of(context.argument(request.id_at(i))) != Special::kLast) continue;
    const keyspace::Record* record = context.database.peek(context.key(request.key_at(i)));
    const StreamId last = record == nullptr ? StreamId{} : record->collection<Stream>().last_id();
    wait.replaced.push_back({request.id_at(i), std::string(IdWord(last))});
  }
  return context.park(std::move(wait));
}

Outcome read(Context& context, bool by_group) {
  const auto request = parse_read(context, by_group);
  if (!request) return context.fail(request.error());
  if (!check_streams(context, *request)) return Outcome::kError;
  StreamReplies replies(context);
  for (std::size_t i = 0; i < request->streams; ++i) {
    if (by_group) {
      read_group(context, *request, i, replies);
    } else {
      read_stream(context, *request, i, replies);
    }
  }
  if (replies.finish()) return Outcome::kOk;
  if (request->deadline_ms) return park(context, *request);
  context.reply.null_array();
  return Outcome::kOk;
}

}  // namespace

Outcome xread(Context& context) { return read(context, false); }
Outcome xreadgroup(Context& context) { return read(context, true); }

}  // namespace sorrel::commands
