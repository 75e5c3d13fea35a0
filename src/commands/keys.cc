// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the commands on keys, and the hot ones among their handlers: DEL, UNLINK, EXISTS,
// TOUCH, TYPE. UNLINK is DEL: a value whose destruction would take long is always freed in steps
// (Keyspace::release_some). One thread.
#include <sorrel/commands/families.h>

#include "keys_handlers.h"

namespace sorrel::commands::keys {

Outcome del(Context& context) {
  std::int64_t count = 0;
  for_each_key(context, 1, 1, [&](const Key& key, std::size_t) {
    count += context.database.erase(key, events::kDel) ? 1 : 0;
  });
  return exec::reply_integer(context, count);
}

Outcome exists(Context& context) {
  std::int64_t count = 0;
  for_each_key(context, 1, 1, [&](const Key& key, std::size_t) {
    count += find_untouched(context, key) != nullptr ? 1 : 0;
  });
  return exec::reply_integer(context, count);
}

Outcome touch(Context& context) {
  std::int64_t count = 0;
  for_each_key(context, 1, 1, [&](const Key& key, std::size_t) {
    count += context.database.find(key) != nullptr ? 1 : 0;
  });
  return exec::reply_integer(context, count);
}

Outcome type(Context& context) {
  const Record* record = find_untouched(context, context.key(1));
  context.reply.simple(record == nullptr ? "none" : keyspace::type_name(record->type()));
  return Outcome::kOk;
}

namespace {

using exec::CommandSpec;
using namespace exec::traits;

constexpr auto kKeyspace = exec::acl::kKeyspace;
constexpr auto kReads = kKeyspace | exec::acl::kRead;
constexpr auto kWrites = kKeyspace | exec::acl::kWrite;
constexpr auto kQuick = exec::acl::kFast;
constexpr auto kSlow = exec::acl::kSlow;
constexpr auto kDangerous = exec::acl::kDangerous;

constexpr exec::KeyPositions kOne{1, 1, 1};
constexpr exec::KeyPositions kTwo{1, 2, 1};
constexpr exec::KeyPositions kAll{1, -1, 1};
constexpr exec::KeyPositions kSecond{2, 2, 1};

constexpr CommandSpec kRows[] = {
    {"copy", -3, kWrite | kDenyOom, kTwo, kWrites | kSlow, &copy},
    {"del", -2, kWrite, kAll, kWrites | kSlow, &del},
    {"exists", -2, kReadonly | kFast, kAll, kReads | kQuick, &exists},
    {"expire", -3, kWrite | kFast, kOne, kWrites | kQuick, &expire},
    {"expireat", -3, kWrite | kFast, kOne, kWrites | kQuick, &expireat},
    {"expiretime", 2, kReadonly | kFast, kOne, kReads | kQuick, &expiretime},
    {"keys", 2, kReadonly, {}, kReads | kSlow | kDangerous, &keys},
    {"move", 3, kWrite | kFast, kOne, kWrites | kQuick, &move},
    {"object", -2, kContainer, {}, kSlow, nullptr},
    {"object|encoding", 3, kReadonly, kSecond, kReads | kSlow, &object_encoding},
    {"object|freq", 3, kReadonly, kSecond, kReads | kSlow, &object_freq},
    {"object|help", 2, kLoading | kStale, {}, kKeyspace | kSlow, &object_help},
    {"object|idletime", 3, kReadonly, kSecond, kReads | kSlow, &object_idletime},
    {"object|refcount", 3, kReadonly, kSecond, kReads | kSlow, &object_refcount},
    {"persist", 2, kWrite | kFast, kOne, kWrites | kQuick, &persist},
    {"pexpire", -3, kWrite | kFast, kOne, kWrites | kQuick, &pexpire},
    {"pexpireat", -3, kWrite | kFast, kOne, kWrites | kQuick, &pexpireat},
    {"pexpiretime", 2, kReadonly | kFast, kOne, kReads | kQuick, &pexpiretime},
    {"pttl", 2, kReadonly | kFast, kOne, kReads | kQuick, &pttl},
    {"randomkey", 1, kReadonly, {}, kReads | kSlow, &randomkey},
    {"rename", 3, kWrite, kTwo, kWrites | kSlow, &rename},
    {"renamenx", 3, kWrite | kFast, kTwo, kWrites | kQuick, &renamenx},
    {"scan", -2, kReadonly, {}, kReads | kSlow, &scan},
    {"touch", -2, kReadonly | kFast, kAll, kReads | kQuick, &touch},
    {"ttl", 2, kReadonly | kFast, kOne, kReads | kQuick, &ttl},
    {"type", 2, kReadonly | kFast, kOne, kReads | kQuick, &type},
    {"unlink", -2, kWrite | kFast, kAll, kWrites | kQuick, &del},

    {"dbsize", 1, kReadonly | kFast, {}, kReads | kQuick, &dbsize},
    {"flushall", -1, kWrite, {}, kWrites | kSlow | kDangerous, &flushall},
    {"flushdb", -1, kWrite, {}, kWrites | kSlow | kDangerous, &flushdb},
    {"swapdb", 3, kWrite | kFast, {}, kWrites | kQuick | kDangerous, &swapdb},
};

}  // namespace
}  // namespace sorrel::commands::keys

namespace sorrel::commands {

void add_key_commands(exec::CommandTable& table) { table.add(keys::kRows); }

}  // namespace sorrel::commands
