// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the list family, as Redis 8.0 reports them, and what its files share. The handlers
// stand in the files that lists.h lists.
#include "lists.h"

#include <algorithm>

#include <sorrel/commands/families.h>
#include <sorrel/exec/traits.h>

namespace sorrel::commands {

ListRange::ListRange(std::int64_t start, std::int64_t stop, std::uint64_t size) {
  const std::int64_t begin = std::max<std::int64_t>(from_front(start, size), 0);
  const std::int64_t last = std::min(from_front(stop, size), static_cast<std::int64_t>(size) - 1);
  if (begin > last) return;
  first = static_cast<std::uint64_t>(begin);
  count = static_cast<std::uint64_t>(last - begin + 1);
}

namespace {

using namespace exec::traits;
using exec::KeyPositions;

constexpr exec::AclCategories kFastRead = exec::acl::kRead | exec::acl::kList | exec::acl::kFast;
constexpr exec::AclCategories kSlowRead = exec::acl::kRead | exec::acl::kList | exec::acl::kSlow;
constexpr exec::AclCategories kFastWrite = exec::acl::kWrite | exec::acl::kList | exec::acl::kFast;
constexpr exec::AclCategories kSlowWrite = exec::acl::kWrite | exec::acl::kList | exec::acl::kSlow;

constexpr exec::AclCategories kBlockingWrite = kSlowWrite | exec::acl::kBlocking;

constexpr KeyPositions kFirst = {1, 1, 1};
constexpr KeyPositions kFirstTwo = {1, 2, 1};
constexpr KeyPositions kAllButTimeout = {1, -2, 1};
constexpr KeyPositions kNone = {0, 0, 0};
constexpr exec::Traits kStore = kWrite | kDenyOom;

constexpr exec::CommandSpec kRows[] = {
    {"blmove", 6, kStore | kBlocking, kFirstTwo, kBlockingWrite, &blmove},
    {"blmpop", -5, kWrite | kBlocking | kMovableKeys, kNone, kBlockingWrite, &blmpop},
    {"blpop", -3, kWrite | kBlocking, kAllButTimeout, kBlockingWrite, &blpop},
    {"brpop", -3, kWrite | kBlocking, kAllButTimeout, kBlockingWrite, &brpop},
    {"brpoplpush", 4, kStore | kBlocking, kFirstTwo, kBlockingWrite, &brpoplpush},
    {"lindex", 3, kReadonly, kFirst, kSlowRead, &lindex},
    {"linsert", 5, kStore, kFirst, kSlowWrite, &linsert},
    {"llen", 2, kReadonly | kFast, kFirst, kFastRead, &llen},
    {"lmove", 5, kStore, kFirstTwo, kSlowWrite, &lmove},
    {"lmpop", -4, kWrite | kMovableKeys, kNone, kSlowWrite, &lmpop},
    {"lpop", -2, kWrite | kFast, kFirst, kFastWrite, &lpop},
    {"lpos", -3, kReadonly, kFirst, kSlowRead, &lpos},
    {"lpush", -3, kStore | kFast, kFirst, kFastWrite, &lpush},
    {"lpushx", -3, kStore | kFast, kFirst, kFastWrite, &lpushx},
    {"lrange", 4, kReadonly, kFirst, kSlowRead, &lrange},
    {"lrem", 4, kWrite, kFirst, kSlowWrite, &lrem},
    {"lset", 4, kStore, kFirst, kSlowWrite, &lset},
    {"ltrim", 4, kWrite, kFirst, kSlowWrite, &ltrim},
    {"rpop", -2, kWrite | kFast, kFirst, kFastWrite, &rpop},
    {"rpoplpush", 3, kStore, kFirstTwo, kSlowWrite, &rpoplpush},
    {"rpush", -3, kStore | kFast, kFirst, kFastWrite, &rpush},
    {"rpushx", -3, kStore | kFast, kFirst, kFastWrite, &rpushx},
};

}  // namespace

void add_list_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
