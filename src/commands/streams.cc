// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the stream family, as Redis 8.0 reports them, and what its files share. The handlers
// stand in the files that streams.h lists.
#include "streams.h"

#include <sorrel/commands/families.h>
#include <sorrel/exec/traits.h>

#include "keys_lookup.h"

namespace sorrel::commands {

void reply_stream_entry(Context& context, const StreamEntry& entry) {
  context.reply.array(2);
  reply_id(context, entry.id());
  context.reply.array(std::size_t{2} * entry.pairs());
  entry.for_each([&](std::string_view field, std::string_view value) {
    context.reply.bulk(field);
    context.reply.bulk(value);
  });
}

void reply_field(Context& context, std::string_view name, StreamId id) {
  context.reply.bulk(name);
  reply_id(context, id);
}
void reply_field(Context& context, std::string_view name, std::int64_t value) {
  context.reply.bulk(name);
  context.reply.integer(value);
}
void reply_field(Context& context, std::string_view name, std::uint64_t value) {
  reply_field(context, name, static_cast<std::int64_t>(value));
}

Outcome fail_no_group(Context& context, std::string_view key, std::string_view group) {
  return context.fail_with("NOGROUP", "No such key '" + errors::shown(key) +
                                          "' or consumer group '" + errors::shown(group) + "'");
}

std::pair<StreamConsumer*, bool> see_consumer(const Context& context, StreamGroup& group,
                                              std::string_view name) {
  const auto found = group.add_consumer(name, context.now_ms());
  found.first->seen_ms = context.now_ms();
  return found;
}

void settle_group(WriteRef& ref, bool changed, bool consumer_added) {
  if (consumer_added) {
    ref.commit(events::kXGroupCreateConsumer);
  } else if (changed) {
    ref.commit(events::kXGroupMoved);
  } else {
    ref.dismiss();
  }
}

void replace_by_consumer(Context& context, std::string_view key, std::string_view group,
                         std::string_view consumer) {
  context.effects.replace({"XGROUP", "CREATECONSUMER", key, group, consumer});
}

void replace_by_claim(Context& context, std::string_view key, std::string_view name,
                      const StreamGroup& group, const types::StreamPending& pending) {
  if (!context.effects.wanted()) return;
  context.effects.replace({"XCLAIM", key, name, pending.consumer->name(), "0", IdWord(pending.id),
                           "TIME", IntegerWord(pending.delivered_ms), "RETRYCOUNT",
                           IntegerWord(static_cast<std::int64_t>(pending.deliveries)), "FORCE",
                           "JUSTID", "LASTID", IdWord(group.last_id)});
}

void replace_by_set_id(Context& context, std::string_view key, std::string_view name,
                       const StreamGroup& group) {
  context.effects.replace({"XGROUP", "SETID", key, name, IdWord(group.last_id), "ENTRIESREAD",
                           IntegerWord(group.entries_read)});
}

namespace {

using namespace exec::traits;
using exec::KeyPositions;

constexpr exec::AclCategories kFastRead = exec::acl::kRead | exec::acl::kStream | exec::acl::kFast;
constexpr exec::AclCategories kSlowRead = exec::acl::kRead | exec::acl::kStream | exec::acl::kSlow;
constexpr exec::AclCategories kFastWrite =
    exec::acl::kWrite | exec::acl::kStream | exec::acl::kFast;
constexpr exec::AclCategories kSlowWrite =
    exec::acl::kWrite | exec::acl::kStream | exec::acl::kSlow;
constexpr exec::AclCategories kHelp = exec::acl::kStream | exec::acl::kSlow;

constexpr KeyPositions kFirst = {1, 1, 1};
constexpr KeyPositions kSecond = {2, 2, 1};
constexpr KeyPositions kNone = {0, 0, 0};
constexpr exec::Traits kStore = kWrite | kDenyOom;
constexpr exec::Traits kWaits = kBlocking | kMovableKeys;

constexpr exec::CommandSpec kRows[] = {
    {"xack", -4, kWrite | kFast, kFirst, kFastWrite, &xack},
    {"xadd", -5, kStore | kFast, kFirst, kFastWrite, &xadd},
    {"xautoclaim", -6, kWrite | kFast, kFirst, kFastWrite, &xautoclaim},
    {"xclaim", -6, kWrite | kFast, kFirst, kFastWrite, &xclaim},
    {"xdel", -3, kWrite | kFast, kFirst, kFastWrite, &xdel},
    {"xgroup", -2, 0, kNone, exec::acl::kSlow, nullptr},
    {"xgroup|create", -5, kStore, kSecond, kSlowWrite, &xgroup_create},
    {"xgroup|createconsumer", 5, kStore, kSecond, kSlowWrite, &xgroup_createconsumer},
    {"xgroup|delconsumer", 5, kWrite, kSecond, kSlowWrite, &xgroup_delconsumer},
    {"xgroup|destroy", 4, kWrite, kSecond, kSlowWrite, &xgroup_destroy},
    {"xgroup|help", 2, kLoading | kStale, kNone, kHelp, &xgroup_help},
    {"xgroup|setid", -5, kWrite, kSecond, kSlowWrite, &xgroup_setid},
    {"xinfo", -2, 0, kNone, exec::acl::kSlow, nullptr},
    {"xinfo|consumers", 4, kReadonly, kSecond, kSlowRead, &xinfo_consumers},
    {"xinfo|groups", 3, kReadonly, kSecond, kSlowRead, &xinfo_groups},
    {"xinfo|help", 2, kLoading | kStale, kNone, kHelp, &xinfo_help},
    {"xinfo|stream", -3, kReadonly, kSecond, kSlowRead, &xinfo_stream},
    {"xlen", 2, kReadonly | kFast, kFirst, kFastRead, &xlen},
    {"xpending", -3, kReadonly, kFirst, kSlowRead, &xpending},
    {"xrange", -4, kReadonly, kFirst, kSlowRead, &xrange},
    {"xread", -4, kReadonly | kWaits, kNone, kSlowRead | exec::acl::kBlocking, &xread},
    {"xreadgroup", -7, kWrite | kWaits, kNone, kSlowWrite | exec::acl::kBlocking, &xreadgroup},
    {"xrevrange", -4, kReadonly, kFirst, kSlowRead, &xrevrange},
    {"xsetid", -3, kStore | kFast, kFirst, kFastWrite, &xsetid},
    {"xtrim", -4, kWrite, kFirst, kSlowWrite, &xtrim},
};

}  // namespace

void add_stream_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
