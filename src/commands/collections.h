// SPDX-License-Identifier: BSD-3-Clause
//
// What the commands on lists, sets, sorted sets, hashes and streams share: finding the collection
// under a key, and answering with an element that may be kept as an integer. One thread.
#pragma once

#include <cstddef>
#include <optional>

#include <sorrel/base/listpack.h>
#include <sorrel/exec/context.h>

namespace sorrel::commands {

template <class Collection>
struct Found {
  const Collection* value = nullptr;  // null when the key is missing or holds another type
  bool wrong_type = false;
};

// The collection under the key that stands at `index`, for reading. Counts a hit or a miss.
// Lifetime: until the database changes.
template <class Collection>
Found<Collection> find_collection(exec::Context& context, std::size_t index) {
  const keyspace::Record* record = context.database.find(context.key(index));
  if (record == nullptr) return {};
  if (record->type() != keyspace::kTypeOf<Collection>) return {nullptr, true};
  return {&record->collection<Collection>(), false};
}

// A bulk string, whichever way the value is kept.
inline void reply_value(exec::Context& context, const base::ListpackValue& value) {
  if (value.is_integer) {
    context.reply.bulk_integer(value.integer);
  } else {
    context.reply.bulk(value.bytes);
  }
}

inline void reply_value(exec::Context& context, const std::optional<base::ListpackValue>& value) {
  if (value) {
    reply_value(context, *value);
  } else {
    context.reply.null();
  }
}

}  // namespace sorrel::commands
