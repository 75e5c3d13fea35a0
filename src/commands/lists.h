// SPDX-License-Identifier: BSD-3-Clause
//
// What the files of the list family share: finding the list, elements as replies, taking elements
// from an end, and the handlers that the rows in lists.cc name.
//
//   lists_read.cc    LLEN, LINDEX, LRANGE, LPOS
//   lists_edit.cc    LSET, LREM, LTRIM, LINSERT
//   lists_ends.cc    pushes, pops and moves, with those that wait
//
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/exec/context.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/list.h>

#include "collections.h"

namespace sorrel::commands {

using exec::Context;
using exec::Outcome;
using types::List;
using types::ListEnd;

using FoundList = Found<List>;

inline FoundList find_list(Context& context, std::size_t index) {
  return find_collection<List>(context, index);
}

// An index that counts from the end when negative, as one from the front; may be outside.
inline std::int64_t from_front(std::int64_t index, std::uint64_t size) {
  return index < 0 ? index + static_cast<std::int64_t>(size) : index;
}

// The elements from start to stop, both inclusive and as clients write them.
struct ListRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  ListRange(std::int64_t start, std::int64_t stop, std::uint64_t size);
};

Outcome llen(Context& context);
Outcome lindex(Context& context);
Outcome lrange(Context& context);
Outcome lpos(Context& context);

Outcome lset(Context& context);
Outcome lrem(Context& context);
Outcome ltrim(Context& context);
Outcome linsert(Context& context);

Outcome lpush(Context& context);
Outcome rpush(Context& context);
Outcome lpushx(Context& context);
Outcome rpushx(Context& context);
Outcome lpop(Context& context);
Outcome rpop(Context& context);
Outcome lmpop(Context& context);
Outcome lmove(Context& context);
Outcome rpoplpush(Context& context);
Outcome blpop(Context& context);
Outcome brpop(Context& context);
Outcome blmpop(Context& context);
Outcome blmove(Context& context);
Outcome brpoplpush(Context& context);

}  // namespace sorrel::commands
