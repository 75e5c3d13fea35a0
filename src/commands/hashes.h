// SPDX-License-Identifier: BSD-3-Clause
//
// What the files of the hash family share: finding the hash, writing its texts as replies, reading
// "FIELDS n field ...", spelling effects that name several fields, and the handlers that the rows
// in hashes.cc name.
//
//   hashes_read.cc     values, lengths, everything there is
//   hashes_draw.cc     random fields, iteration
//   hashes_write.cc    setting, adding and deleting
//   hashes_expire.cc   deadlines of fields: set, asked for, taken away
//   hashes_values.cc   values together with deadlines: HGETEX, HSETEX, HGETDEL
//
// Fields that are due are gone before a handler sees the hash: Database drops them. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/types/hash.h>

#include "collections.h"
#include "keys_lookup.h"

namespace sorrel::commands {

using types::FieldDeadline;
using types::Hash;

namespace hashes {

using FoundHash = Found<Hash>;

inline FoundHash find_hash(Context& context) { return find_collection<Hash>(context, 1); }

using Fields = std::span<const std::string_view>;

// What "FIELDS numfields field ..." at argument `at` names, to the end of the command.
// `not_positive` is the error about a number that is none or below one.
base::Result<Fields> read_fields(const Context& context, std::size_t at,
                                 const base::Error& not_positive = errors::kFieldsNotPositive);

// The moment that a time of `unit_ms` since `base_ms` is. Errors: no integer, negative, or beyond
// 2^46 milliseconds, which is more than a compact hash's form in Redis holds. Returns: nullopt
// after the error was answered.
std::optional<std::int64_t> field_deadline_or_fail(Context& context, std::string_view text,
                                                   std::int64_t unit_ms, std::int64_t base_ms);

// Whether fields with this deadline go at once instead of being given it.
inline bool is_past(const Context& context, std::int64_t deadline_ms) {
  return deadline_ms <= context.now_ms() && context.keyspace.expiry_enabled();
}

// The words of an effect that names fields: "HDEL key f ...", "HPEXPIREAT key ms FIELDS n f ...".
void repeat_deletion(Context& context, Fields fields);
void repeat_deadline(Context& context, std::int64_t deadline_ms, Fields fields);
void repeat_persist(Context& context, Fields fields);

Outcome hget(Context& context);
Outcome hmget(Context& context);
Outcome hgetall(Context& context);
Outcome hkeys(Context& context);
Outcome hvals(Context& context);
Outcome hlen(Context& context);
Outcome hstrlen(Context& context);
Outcome hexists(Context& context);

Outcome hrandfield(Context& context);
Outcome hscan(Context& context);

Outcome hset(Context& context);
Outcome hsetnx(Context& context);
Outcome hmset(Context& context);
Outcome hdel(Context& context);
Outcome hincrby(Context& context);
Outcome hincrbyfloat(Context& context);

Outcome hexpire(Context& context);
Outcome hpexpire(Context& context);
Outcome hexpireat(Context& context);
Outcome hpexpireat(Context& context);
Outcome httl(Context& context);
Outcome hpttl(Context& context);
Outcome hexpiretime(Context& context);
Outcome hpexpiretime(Context& context);
Outcome hpersist(Context& context);

Outcome hgetex(Context& context);
Outcome hsetex(Context& context);
Outcome hgetdel(Context& context);

}  // namespace hashes
}  // namespace sorrel::commands
