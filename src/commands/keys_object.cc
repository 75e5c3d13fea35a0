// SPDX-License-Identifier: BSD-3-Clause
//
// OBJECT: how a value is kept. The names of encodings are those that Redis users know. Small
// integers are said to be shared, as clients and tests expect, though here they cost no object at
// all. The access clock serves IDLETIME, or with an LFU policy FREQ. One thread.
#include <limits>

#include "keys_handlers.h"

namespace sorrel::commands::keys {
namespace {

// Redis shares the integers below this one and shows the count of references as this.
constexpr std::int64_t kSharedIntegers = 10'000;
constexpr std::int64_t kSharedCount = std::numeric_limits<std::int32_t>::max();

bool is_shared(const Record& record) {
  return record.type() == Type::kString && record.encoding() == keyspace::Encoding::kInteger &&
         record.integer() >= 0 && record.integer() < kSharedIntegers;
}

// The record that is asked about. A look from outside: counted, but no miss is told.
const Record* examined(Context& context) {
  const Record* record = context.database.peek(context.key(2));
  auto& statistics = context.keyspace.statistics();
  ++(record != nullptr ? statistics.hits : statistics.misses);
  return record;
}

constexpr std::string_view kHelp[] = {
    "ENCODING <key>", "    Tell how the value at <key> is represented in memory.",
    "FREQ <key>",     "    Tell how often <key> was accessed lately, on a logarithmic scale.",
    "IDLETIME <key>", "    Tell how many seconds ago <key> was accessed last.",
    "REFCOUNT <key>", "    Tell how many references to the value at <key> there are.",
};

}  // namespace

Outcome object_encoding(Context& context) {
  const Record* record = examined(context);
  return record == nullptr ? exec::reply_null(context)
                           : exec::reply_bulk(context, record->encoding_name());
}

Outcome object_freq(Context& context) {
  const Record* record = examined(context);
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  const keyspace::AccessClock& clock = context.keyspace.access();
  return clock.lfu() ? exec::reply_integer(context, clock.frequency(record->access()))
                     : context.fail(errors::kNoLfu);
}

Outcome object_idletime(Context& context) {
  const Record* record = examined(context);
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  const keyspace::AccessClock& clock = context.keyspace.access();
  return clock.lfu() ? context.fail(errors::kLfu)
                     : exec::reply_integer(context, clock.idle_seconds(record->access()));
}

Outcome object_refcount(Context& context) {
  const Record* record = examined(context);
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  return exec::reply_integer(context, is_shared(*record) ? kSharedCount : 1);
}

Outcome object_help(Context& context) { return exec::reply_help(context, kHelp); }

}  // namespace sorrel::commands::keys
