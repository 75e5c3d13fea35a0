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

#include "collections.h"

namespace sorrel::commands::sets {

using exec::Context;
using exec::Outcome;
using keyspace::Type;
using types::Set;
namespace errors = exec::errors;
namespace events = keyspace::events;

using FoundSet = Found<Set>;

inline FoundSet find_set(Context& context, std::size_t index) {
  return find_collection<Set>(context, index);
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
