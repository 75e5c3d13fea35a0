// SPDX-License-Identifier: BSD-3-Clause
//
// The commands of channels. What (UN)SUBSCRIBE and their like answer are messages rather than
// replies, one for each name: under RESP3 they are pushes, and CLIENT REPLY OFF and SKIP do not
// silence them. PUBLISH within a transaction or a script is delivered when it runs. One thread.
#include <optional>
#include <string>

#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>
#include <sorrel/pubsub/pubsub_commands.h>

#include "observing_commands.h"

namespace sorrel::pubsub {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

Channels& channels_of(const Context& context) { return context.state<Hub>().channels(); }

std::string_view verb(TopicKind kind, bool begins) {
  switch (kind) {
    case TopicKind::kChannel:
      return begins ? "subscribe" : "unsubscribe";
    case TopicKind::kPattern:
      return begins ? "psubscribe" : "punsubscribe";
    default:
      return begins ? "ssubscribe" : "sunsubscribe";
  }
}

// Channels and patterns are counted together, shard channels apart.
std::size_t subscriptions(const exec::Session& session, TopicKind kind) {
  const exec::Subscriptions& all = session.subscriptions;
  return kind == TopicKind::kShardChannel ? all.shard_channels : all.channels + all.patterns;
}

void confirm(Context& context, TopicKind kind, bool begins, std::optional<std::string_view> name) {
  const auto write = [&](resp::ReplyWriter& reply) {
    reply.push(3);
    reply.bulk(verb(kind, begins));
    if (name) {
      reply.bulk(*name);
    } else {
      reply.null();
    }
    reply.integer(static_cast<std::int64_t>(subscriptions(context.session, kind)));
  };
  if (context.session.reply_mode == exec::ReplyMode::kOn) {
    write(context.reply);
    return;
  }
  base::OutputBuffer scratch;
  resp::ReplyWriter message(scratch, context.session.protocol);
  write(message);
  std::vector<char> bytes;
  context.executor.send(context.session, scratch.contiguous(bytes));
}

template <TopicKind kind>
Outcome subscribe(Context& context) {
  for (const std::string_view name : context.arguments.subspan(1)) {
    channels_of(context).subscribe(context.session, kind, name);
    confirm(context, kind, true, name);
  }
  context.state<Hub>().refresh();
  return Outcome::kOk;
}

template <TopicKind kind>
Outcome unsubscribe(Context& context) {
  Channels& channels = channels_of(context);
  const auto end = [&](std::string_view name) {
    channels.unsubscribe(context.session, kind, name);
    confirm(context, kind, false, name);
  };
  if (context.argument_count() > 1) {
    for (const std::string_view name : context.arguments.subspan(1)) {
      end(name);
    }
  } else {
    const std::vector<std::string> names = channels.names_of(context.session, kind);
    for (const std::string& name : names) {
      end(name);
    }
    if (names.empty()) {
      confirm(context, kind, false, std::nullopt);
    }
  }
  context.state<Hub>().refresh();
  return Outcome::kOk;
}

Outcome reply_count(Context& context, std::size_t count) {
  return exec::reply_integer(context, static_cast<std::int64_t>(count));
}

Outcome publish(Context& context) {
  return reply_count(context,
                     channels_of(context).publish(context.argument(1), context.argument(2)));
}

Outcome spublish(Context& context) {
  return reply_count(
      context, channels_of(context).publish_to_shard(context.argument(1), context.argument(2)));
}

template <TopicKind kind>
Outcome list_names(Context& context) {
  if (context.argument_count() > 3) {
    return context.fail_subcommand();
  }
  const std::string_view pattern = context.argument_count() == 3 ? context.argument(2) : "*";
  const auto names = channels_of(context).names(kind, pattern);
  context.reply.array(names.size());
  for (const std::string_view name : names) {
    context.reply.bulk(name);
  }
  return Outcome::kOk;
}

template <TopicKind kind>
Outcome count_listeners(Context& context) {
  const auto names = context.arguments.subspan(2);
  context.reply.array(names.size() * 2);
  for (const std::string_view name : names) {
    context.reply.bulk(name);
    context.reply.integer(static_cast<std::int64_t>(channels_of(context).listeners(kind, name)));
  }
  return Outcome::kOk;
}

Outcome count_patterns(Context& context) {
  return reply_count(context, channels_of(context).count(TopicKind::kPattern));
}

Outcome help(Context& context) {
  static constexpr std::string_view kLines[] = {
      "CHANNELS [<pattern>]",
      "    The channels that somebody listens to: all, or those that fit the pattern.",
      "NUMPAT",
      "    How many patterns somebody listens to.",
      "NUMSUB [<channel> ...]",
      "    How many clients listen to each of these channels; patterns do not count.",
      "SHARDCHANNELS [<pattern>]",
      "    The same as CHANNELS for shard channels.",
      "SHARDNUMSUB [<shardchannel> ...]",
      "    The same as NUMSUB for shard channels.",
  };
  return exec::reply_help(context, kLines);
}

constexpr exec::Traits kListen =
    traits::kLoading | traits::kNoscript | traits::kPubsub | traits::kStale | traits::kInRespPubsub;
constexpr exec::Traits kPublish =
    traits::kFast | traits::kLoading | traits::kPubsub | traits::kStale | traits::kMayReplicate;
constexpr exec::Traits kAsk = traits::kLoading | traits::kPubsub | traits::kStale;
constexpr exec::AclCategories kSlow = acl::kPubsub | acl::kSlow;
constexpr exec::AclCategories kFast = acl::kPubsub | acl::kFast;

constexpr exec::CommandSpec kRows[] = {
    {"psubscribe", -2, kListen, {}, kSlow, &subscribe<TopicKind::kPattern>},
    {"publish", 3, kPublish, {}, kFast, &publish},
    {"pubsub", -2, traits::kContainer, {}, acl::kSlow, nullptr},
    {"pubsub|channels", -2, kAsk, {}, kSlow, &list_names<TopicKind::kChannel>},
    {"pubsub|help", 2, traits::kLoading | traits::kStale, {}, acl::kSlow, &help},
    {"pubsub|numpat", 2, kAsk, {}, kSlow, &count_patterns},
    {"pubsub|numsub", -2, kAsk, {}, kSlow, &count_listeners<TopicKind::kChannel>},
    {"pubsub|shardchannels", -2, kAsk, {}, kSlow, &list_names<TopicKind::kShardChannel>},
    {"pubsub|shardnumsub", -2, kAsk, {}, kSlow, &count_listeners<TopicKind::kShardChannel>},
    {"punsubscribe", -1, kListen, {}, kSlow, &unsubscribe<TopicKind::kPattern>},
    {"spublish", 3, kPublish, {1, 1, 1}, kFast, &spublish},
    {"ssubscribe", -2, kListen, {1, -1, 1}, kSlow, &subscribe<TopicKind::kShardChannel>},
    {"subscribe", -2, kListen, {}, kSlow, &subscribe<TopicKind::kChannel>},
    {"sunsubscribe", -1, kListen, {1, -1, 1}, kSlow, &unsubscribe<TopicKind::kShardChannel>},
    {"unsubscribe", -1, kListen, {}, kSlow, &unsubscribe<TopicKind::kChannel>},
};

}  // namespace

void add_pubsub_commands(exec::CommandTable& table, Hub& hub) {
  table.add(kRows, &hub);
  add_observing_commands(table, hub);
}

}  // namespace sorrel::pubsub
