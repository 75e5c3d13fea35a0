// SPDX-License-Identifier: BSD-3-Clause
//
// What the string and the key commands share: finding a key without refreshing its access clock,
// visiting all keys of a command with their index lines and records asked for ahead, and spelling
// an absolute deadline for an effect.
//
// Invariant: a record handed out here is used before the next change of its database. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sorrel/exec/context.h>

namespace sorrel::commands {

using exec::Context;
using exec::Outcome;
using keyspace::Key;
using keyspace::Record;
using keyspace::Type;
namespace errors = exec::errors;
namespace events = keyspace::events;

// As Database::find(), but the key does not count as accessed (TTL, EXISTS, TYPE).
inline const Record* find_untouched(Context& context, const Key& key) {
  const Record* record = context.database.peek(key);
  if (record == nullptr) {
    context.database.note_miss(key);
  } else {
    ++context.keyspace.statistics().hits;
  }
  return record;
}

// Calls visit(key, index of its argument) for the arguments at first, first + step ... to the last.
// Keys are hashed and prefetched in groups, so that their cache misses overlap; visit may change
// the database. Requires: first < argument_count(). Cost: no allocation.
template <class Visit>
void for_each_key(Context& context, std::size_t first, std::size_t step, Visit&& visit) {
  constexpr std::size_t kGroup = 16;
  const std::size_t end = context.argument_count();
  if (first + step >= end) {
    visit(context.key(first), first);
    return;
  }
  std::array<Key, kGroup> keys;
  while (first < end) {
    std::size_t count = 0;
    for (std::size_t at = first; count < kGroup && at < end; at += step, ++count) {
      keys[count] = context.key(at);
      context.database.prefetch(keys[count].hash);
    }
    for (std::size_t i = 0; i < count; ++i) {
      context.database.prefetch_record(keys[i].hash);
    }
    for (std::size_t i = 0; i < count; ++i, first += step) {
      visit(keys[i], first);
    }
  }
}

// An integer as text, for the words of an effect.
class IntegerWord {
 public:
  explicit IntegerWord(std::int64_t value) : size_(base::format_integer(value, text_)) {}
  // Implicit: it stands among the other words.
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::string_view() const { return {text_, size_}; }

 private:
  char text_[base::kMaxIntegerText];
  std::size_t size_;
};

}  // namespace sorrel::commands
