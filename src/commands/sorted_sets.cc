// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the sorted-set family, as Redis 8.0 reports them, and what its files share. The
// handlers stand in the files that sorted_sets.h lists.
#include "sorted_sets.h"

#include <sorrel/commands/families.h>
#include <sorrel/exec/traits.h>

namespace sorrel::commands {

Outcome store_entries(Context& context, std::size_t index,
                      std::span<const SortedSet::Entry> entries, const keyspace::Event& event) {
  const keyspace::Key key = context.key(index);
  if (entries.empty()) {
    context.database.erase(key, keyspace::events::kDel);
    return exec::reply_integer(context, 0);
  }
  const auto count = static_cast<std::int64_t>(entries.size());
  // Built before the key is written: the entries may view what the key holds now.
  SortedSet result = SortedSet::build(entries, context.keyspace.settings());
  auto ref = context.database.write(key);
  ref.set_collection(std::move(result));
  ref.commit(event);
  return exec::reply_integer(context, count);
}

namespace {

using namespace exec::traits;
using exec::KeyPositions;

constexpr exec::AclCategories kFastRead =
    exec::acl::kRead | exec::acl::kSortedSet | exec::acl::kFast;
constexpr exec::AclCategories kSlowRead =
    exec::acl::kRead | exec::acl::kSortedSet | exec::acl::kSlow;
constexpr exec::AclCategories kFastWrite =
    exec::acl::kWrite | exec::acl::kSortedSet | exec::acl::kFast;
constexpr exec::AclCategories kSlowWrite =
    exec::acl::kWrite | exec::acl::kSortedSet | exec::acl::kSlow;

constexpr KeyPositions kFirst = {1, 1, 1};
constexpr KeyPositions kFirstTwo = {1, 2, 1};
constexpr KeyPositions kAllButTimeout = {1, -2, 1};
constexpr KeyPositions kNone = {0, 0, 0};
constexpr exec::Traits kStore = kWrite | kDenyOom;

using NewScore = types::MemberAhead::Score;
constexpr exec::MemberHint kSetsScore = {3, true, 2, NewScore::kSet};
constexpr exec::MemberHint kAddsScore = {3, true, 2, NewScore::kAdded};

constexpr exec::CommandSpec kRows[] = {
    {"bzmpop", -5, kWrite | kBlocking | kMovableKeys, kNone, kSlowWrite | exec::acl::kBlocking,
     &bzmpop},
    {"bzpopmax", -3, kWrite | kFast | kBlocking, kAllButTimeout, kFastWrite | exec::acl::kBlocking,
     &bzpopmax},
    {"bzpopmin", -3, kWrite | kFast | kBlocking, kAllButTimeout, kFastWrite | exec::acl::kBlocking,
     &bzpopmin},
    {"zadd", -4, kStore | kFast, kFirst, kFastWrite, &zadd, kSetsScore},
    {"zcard", 2, kReadonly | kFast, kFirst, kFastRead, &zcard},
    {"zcount", 4, kReadonly | kFast, kFirst, kFastRead, &zcount},
    {"zdiff", -3, kReadonly | kMovableKeys, kNone, kSlowRead, &zdiff},
    {"zdiffstore", -4, kStore | kMovableKeys, kFirst, kSlowWrite, &zdiffstore},
    {"zincrby", 4, kStore | kFast, kFirst, kFastWrite, &zincrby, kAddsScore},
    {"zinter", -3, kReadonly | kMovableKeys, kNone, kSlowRead, &zinter},
    {"zintercard", -3, kReadonly | kMovableKeys, kNone, kSlowRead, &zintercard},
    {"zinterstore", -4, kStore | kMovableKeys, kFirst, kSlowWrite, &zinterstore},
    {"zlexcount", 4, kReadonly | kFast, kFirst, kFastRead, &zlexcount},
    {"zmpop", -4, kWrite | kMovableKeys, kNone, kSlowWrite, &zmpop},
    {"zmscore", -3, kReadonly | kFast, kFirst, kFastRead, &zmscore},
    {"zpopmax", -2, kWrite | kFast, kFirst, kFastWrite, &zpopmax},
    {"zpopmin", -2, kWrite | kFast, kFirst, kFastWrite, &zpopmin},
    {"zrandmember", -2, kReadonly, kFirst, kSlowRead, &zrandmember},
    {"zrange", -4, kReadonly, kFirst, kSlowRead, &zrange},
    {"zrangebylex", -4, kReadonly, kFirst, kSlowRead, &zrangebylex},
    {"zrangebyscore", -4, kReadonly, kFirst, kSlowRead, &zrangebyscore},
    {"zrangestore", -5, kStore, kFirstTwo, kSlowWrite, &zrangestore},
    {"zrank", -3, kReadonly | kFast, kFirst, kFastRead, &zrank, {2, true}},
    {"zrem", -3, kWrite | kFast, kFirst, kFastWrite, &zrem, {2, true}},
    {"zremrangebylex", 4, kWrite, kFirst, kSlowWrite, &zremrangebylex},
    {"zremrangebyrank", 4, kWrite, kFirst, kSlowWrite, &zremrangebyrank},
    {"zremrangebyscore", 4, kWrite, kFirst, kSlowWrite, &zremrangebyscore},
    {"zrevrange", -4, kReadonly, kFirst, kSlowRead, &zrevrange},
    {"zrevrangebylex", -4, kReadonly, kFirst, kSlowRead, &zrevrangebylex},
    {"zrevrangebyscore", -4, kReadonly, kFirst, kSlowRead, &zrevrangebyscore},
    {"zrevrank", -3, kReadonly | kFast, kFirst, kFastRead, &zrevrank, {2, true}},
    {"zscan", -3, kReadonly, kFirst, kSlowRead, &zscan},
    {"zscore", 3, kReadonly | kFast, kFirst, kFastRead, &zscore, {2, false}},
    {"zunion", -3, kReadonly | kMovableKeys, kNone, kSlowRead, &zunion},
    {"zunionstore", -4, kStore | kMovableKeys, kFirst, kSlowWrite, &zunionstore},
};

}  // namespace

void add_sorted_set_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
