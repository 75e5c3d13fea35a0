// SPDX-License-Identifier: BSD-3-Clause
//
// What the files of the sorted-set family share: finding the set, writing entries as a reply,
// storing a result under a key, and the handlers that the rows in sorted_sets.cc name.
//
//   sorted_sets_read.cc     one member, random members, iteration
//   sorted_sets_write.cc    ZADD, ZINCRBY, ZREM
//   sorted_sets_pop.cc      the pops, with those that wait
//   sorted_sets_range.cc    everything that asks for a range, through one parser and one emitter
//   sorted_sets_algebra.cc  union, intersection and difference of several sets
//
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sorrel/exec/context.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/sorted_set.h>

#include "collections.h"

namespace sorrel::commands {

using exec::Context;
using exec::Outcome;
using types::SortedSet;

// Which end of a set a command begins at.
enum class End : std::uint8_t { kLowest, kHighest };

using FoundSet = Found<SortedSet>;

inline FoundSet find_set(Context& context, std::size_t index) {
  return find_collection<SortedSet>(context, index);
}

// A list of entries: members alone, or with scores in pairs (RESP3) or flat (RESP2).
inline void reply_entries_header(Context& context, std::uint64_t entries, bool with_scores) {
  context.reply.array(with_scores && !context.reply.resp3() ? entries * 2 : entries);
}
inline void reply_entry(Context& context, const SortedSet::Entry& entry, bool with_scores) {
  if (with_scores && context.reply.resp3()) context.reply.array(2);
  context.reply.bulk(entry.member);
  if (with_scores) context.reply.real(entry.score);
}

// Makes the key at `index` a sorted set of these entries whatever it was before, or deletes it when
// there are none, and answers with their number. Entries may view sets that the key holds.
Outcome store_entries(Context& context, std::size_t index,
                      std::span<const SortedSet::Entry> entries, const keyspace::Event& event);

Outcome zcard(Context& context);
Outcome zscore(Context& context);
Outcome zmscore(Context& context);
Outcome zrank(Context& context);
Outcome zrevrank(Context& context);
Outcome zrandmember(Context& context);
Outcome zscan(Context& context);

Outcome zadd(Context& context);
Outcome zincrby(Context& context);
Outcome zrem(Context& context);
Outcome zpopmin(Context& context);
Outcome zpopmax(Context& context);
Outcome zmpop(Context& context);
Outcome bzpopmin(Context& context);
Outcome bzpopmax(Context& context);
Outcome bzmpop(Context& context);

Outcome zrange(Context& context);
Outcome zrangebyscore(Context& context);
Outcome zrangebylex(Context& context);
Outcome zrevrange(Context& context);
Outcome zrevrangebyscore(Context& context);
Outcome zrevrangebylex(Context& context);
Outcome zrangestore(Context& context);
Outcome zcount(Context& context);
Outcome zlexcount(Context& context);
Outcome zremrangebyrank(Context& context);
Outcome zremrangebyscore(Context& context);
Outcome zremrangebylex(Context& context);

Outcome zunion(Context& context);
Outcome zinter(Context& context);
Outcome zdiff(Context& context);
Outcome zintercard(Context& context);
Outcome zunionstore(Context& context);
Outcome zinterstore(Context& context);
Outcome zdiffstore(Context& context);

}  // namespace sorrel::commands
