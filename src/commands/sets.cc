// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the set family, as Redis 8.0 reports them. The handlers stand in the files that
// sets.h lists.
#include "sets.h"

#include <sorrel/commands/families.h>
#include <sorrel/exec/traits.h>

namespace sorrel::commands {
namespace {

using namespace exec::traits;
using namespace sets;
using exec::KeyPositions;

constexpr exec::AclCategories kFastRead = exec::acl::kRead | exec::acl::kSet | exec::acl::kFast;
constexpr exec::AclCategories kSlowRead = exec::acl::kRead | exec::acl::kSet | exec::acl::kSlow;
constexpr exec::AclCategories kFastWrite = exec::acl::kWrite | exec::acl::kSet | exec::acl::kFast;
constexpr exec::AclCategories kSlowWrite = exec::acl::kWrite | exec::acl::kSet | exec::acl::kSlow;

constexpr KeyPositions kFirst = {1, 1, 1};
constexpr KeyPositions kFirstTwo = {1, 2, 1};
constexpr KeyPositions kAll = {1, -1, 1};
constexpr KeyPositions kNone = {0, 0, 0};
constexpr exec::Traits kStore = kWrite | kDenyOom;

constexpr exec::CommandSpec kRows[] = {
    {"sadd", -3, kStore | kFast, kFirst, kFastWrite, &sadd, {2, false}},
    {"scard", 2, kReadonly | kFast, kFirst, kFastRead, &scard},
    {"sdiff", -2, kReadonly, kAll, kSlowRead, &sdiff},
    {"sdiffstore", -3, kStore, kAll, kSlowWrite, &sdiffstore},
    {"sinter", -2, kReadonly, kAll, kSlowRead, &sinter},
    {"sintercard", -3, kReadonly | kMovableKeys, kNone, kSlowRead, &sintercard},
    {"sinterstore", -3, kStore, kAll, kSlowWrite, &sinterstore},
    {"sismember", 3, kReadonly | kFast, kFirst, kFastRead, &sismember, {2, false}},
    {"smembers", 2, kReadonly, kFirst, kSlowRead, &smembers},
    {"smismember", -3, kReadonly | kFast, kFirst, kFastRead, &smismember, {2, false}},
    {"smove", 4, kWrite | kFast, kFirstTwo, kFastWrite, &smove, {3, false}},
    {"spop", -2, kWrite | kFast, kFirst, kFastWrite, &spop},
    {"srandmember", -2, kReadonly, kFirst, kSlowRead, &srandmember},
    {"srem", -3, kWrite | kFast, kFirst, kFastWrite, &srem, {2, false}},
    {"sscan", -3, kReadonly, kFirst, kSlowRead, &sscan},
    {"sunion", -2, kReadonly, kAll, kSlowRead, &sunion},
    {"sunionstore", -3, kStore, kAll, kSlowWrite, &sunionstore},
};

}  // namespace

void add_set_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
