// SPDX-License-Identifier: BSD-3-Clause
//
// XGROUP: groups and consumers are created and deleted, and groups put to another place. Options
// are read before the key is looked at, ids after it. One thread.
#include <optional>
#include <string>

#include <sorrel/exec/argument_reader.h>

#include "streams.h"

namespace sorrel::commands {
namespace {

constexpr std::string_view kHelp[] = {
    "CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <count>]",
    "    Add a group that has read as far as <id>, or as the stream goes now. MKSTREAM creates",
    "    a missing stream; ENTRIESREAD says how many entries that were.",
    "CREATECONSUMER <key> <group> <consumer>",
    "    Add a consumer to the group.",
    "DELCONSUMER <key> <group> <consumer>",
    "    Delete a consumer together with what is pending for it.",
    "DESTROY <key> <group>",
    "    Delete the group.",
    "SETID <key> <group> <id|$> [ENTRIESREAD <count>]",
    "    Say how far the group has read.",
};

struct GroupOptions {
  bool make_stream = false;
  std::int64_t entries_read = StreamGroup::kUnknown;
};

// Returns: nullopt when the reply is the error.
std::optional<GroupOptions> parse_options(Context& context, bool may_make_stream) {
  GroupOptions options;
  exec::ArgumentReader read(context, 5);
  while (read.more()) {
    if (may_make_stream && read.word("MKSTREAM")) {
      options.make_stream = true;
    } else if (read.word_with("ENTRIESREAD", 1)) {
      options.entries_read = read.integer();
      if (options.entries_read < StreamGroup::kUnknown) read.fail(errors::kEntriesRead);
    } else {
      context.fail_subcommand();
      return std::nullopt;
    }
  }
  if (read.ok()) return options;
  context.fail(read.error());
  return std::nullopt;
}

// Whether the key at 2 holds a stream. Otherwise the reply is the error.
bool check_stream(Context& context, const WriteRef& ref) {
  if (!ref.exists()) {
    context.fail(errors::kGroupKeyMissing);
  } else if (!ref.holds(Type::kStream)) {
    context.fail(errors::kWrongType);
  }
  return ref.holds(Type::kStream);
}

// The same, and whether that has the group at 3.
bool check_group(Context& context, const WriteRef& ref) {
  if (!check_stream(context, ref)) return false;
  if (has_group(ref, context.argument(3))) return true;
  context.fail_with("NOGROUP", "No such consumer group '" + errors::shown(context.argument(3)) +
                                   "' for key name '" + errors::shown(context.argument(2)) + "'");
  return false;
}

}  // namespace

Outcome xgroup_create(Context& context) {
  const auto options = parse_options(context, /*may_make_stream=*/true);
  if (!options) return Outcome::kError;
  auto ref = context.database.write(context.key(2));
  if ((ref.exists() || !options->make_stream) && !check_stream(context, ref)) {
    return Outcome::kError;
  }
  if (context.argument_count() > 8) return context.fail_subcommand();  // an option twice
  std::optional<StreamId> id = ref.exists() ? stream_of(ref).last_id() : StreamId{};
  if (context.argument(4) != "$") id = parse_stream_id(context.argument(4));
  if (!id) return context.fail(errors::kStreamId);
  if (has_group(ref, context.argument(3))) return context.fail(errors::kGroupExists);
  const bool makes_stream = !ref.exists();
  ref.collection<Stream>().add_group(context.argument(3), *id, options->entries_read);
  ref.commit(makes_stream ? events::kXGroupCreateWithStream : events::kXGroupCreate);
  return exec::reply_ok(context);
}

Outcome xgroup_setid(Context& context) {
  const auto options = parse_options(context, /*may_make_stream=*/false);
  if (!options) return Outcome::kError;
  auto ref = context.database.write(context.key(2));
  if (!check_group(context, ref)) return Outcome::kError;
  if (context.argument_count() > 7) return context.fail_subcommand();  // an option twice
  std::optional<StreamId> id = stream_of(ref).last_id();
  if (context.argument(4) != "$") id = parse_stream_place(context.argument(4));
  if (!id) return context.fail(errors::kStreamId);
  StreamGroup& group = *ref.collection<Stream>().group(context.argument(3));
  group.last_id = *id;
  group.entries_read = options->entries_read;
  ref.commit(events::kXGroupSetId);
  return exec::reply_ok(context);
}

Outcome xgroup_destroy(Context& context) {
  auto ref = context.database.write(context.key(2));
  if (!check_stream(context, ref)) return Outcome::kError;
  if (!has_group(ref, context.argument(3))) return exec::reply_integer(context, 0);
  ref.discard(ref.collection<Stream>().take_group(context.argument(3)));
  ref.commit(events::kXGroupDestroy);
  return exec::reply_integer(context, 1);
}

Outcome xgroup_createconsumer(Context& context) {
  auto ref = context.database.write(context.key(2));
  if (!check_group(context, ref)) return Outcome::kError;
  StreamGroup& group = *ref.collection<Stream>().group(context.argument(3));
  const bool added = group.add_consumer(context.argument(4), context.now_ms()).second;
  settle_group(ref, /*changed=*/false, added);
  return exec::reply_integer(context, added ? 1 : 0);
}

Outcome xgroup_delconsumer(Context& context) {
  auto ref = context.database.write(context.key(2));
  if (!check_group(context, ref)) return Outcome::kError;
  StreamGroup& group = *ref.collection<Stream>().group(context.argument(3));
  const auto pending = group.remove_consumer(context.argument(4));
  if (pending) {
    ref.commit(events::kXGroupDelConsumer);
  } else {
    ref.dismiss();
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(pending.value_or(0)));
}

Outcome xgroup_help(Context& context) { return exec::reply_help(context, kHelp); }

}  // namespace sorrel::commands
