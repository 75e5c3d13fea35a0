// SPDX-License-Identifier: BSD-3-Clause
//
// What the files of the set family share: finding the set, writing a member, and the handlers that
// the rows in sets.cc name.
//
//   sets_read.cc     membership, all members, random ones, iteration
//   sets_write.cc    SADD, SREM, SMOVE, SPOP
//   sets_algebra.cc  union, intersection and difference of several sets
//
// One thread.
#pragma once

#include <cstddef>

#include <sorrel/exec/context.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/set.h>

namespace sorrel::commands::sets {

using exec::Context;
using exec::Outcome;
using keyspace::Type;
using types::Set;
namespace errors = exec::errors;
namespace events = keyspace::events;

struct FoundSet {
  const Set* set = nullptr;  // null when the key is missing or holds another type
  bool wrong_type = false;
};

// The set under the key that stands at `index`, for reading. Counts a hit or a miss.
// Lifetime: until the database changes.
inline FoundSet find_set(Context& context, std::size_t index) {
  const keyspace::Record* record = context.database.find(context.key(index));
  if (record == nullptr) return {};
  if (record->type() != Type::kSet) return {nullptr, true};
  return {&record->collection<Set>(), false};
}

inline void reply_member(Context& context, const Set::Member& member) {
  if (member.is_integer) {
    context.reply.bulk_integer(member.integer);
  } else {
    context.reply.bulk(member.bytes);
  }
}

Outcome scard(Context& context);
Outcome sismember(Context& context);
Outcome smismember(Context& context);
Outcome smembers(Context& context);
Outcome srandmember(Context& context);
Outcome sscan(Context& context);

Outcome sadd(Context& context);
Outcome srem(Context& context);
Outcome smove(Context& context);
Outcome spop(Context& context);

Outcome sunion(Context& context);
Outcome sinter(Context& context);
Outcome sdiff(Context& context);
Outcome sintercard(Context& context);
Outcome sunionstore(Context& context);
Outcome sinterstore(Context& context);
Outcome sdiffstore(Context& context);

}  // namespace sorrel::commands::sets
