// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the string family, and its hottest handlers: GET, the counters, STRLEN and GETRANGE.
// GET is one look-up, one test of the type and one bulk reply; a counter is one look-up and one
// addition in place. Neither allocates. One thread.
#include <algorithm>
#include <cmath>
#include <optional>

#include <sorrel/commands/families.h>

#include "strings_handlers.h"

namespace sorrel::commands::strings {
namespace {

// The integer under a key that counts: 0 when missing, nullopt when it is no integer.
// Requires: the key is missing or holds a string.
std::optional<std::int64_t> counter_value(const keyspace::WriteRef& ref) {
  if (!ref.exists()) {
    return 0;
  }
  const Record& record = ref.record();
  if (record.encoding() == keyspace::Encoding::kInteger) [[likely]] {
    return record.integer();
  }
  keyspace::IntegerText scratch;
  return base::parse_integer(record.string(scratch));
}

Outcome add(Context& context, std::int64_t increment) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kString)) [[unlikely]] {
    return context.fail(errors::kWrongType);
  }
  const auto before = counter_value(ref);
  if (!before) [[unlikely]] {
    return context.fail(errors::kNotInteger);
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*before, increment, &sum)) [[unlikely]] {
    return context.fail(errors::kOverflow);
  }
  ref.set_integer(sum);
  ref.commit(events::kIncrBy);
  return exec::reply_integer(context, sum);
}

// The number under a key, 0 when missing. Requires: the key is missing or holds a string.
std::optional<long double> float_value(const keyspace::WriteRef& ref) {
  if (!ref.exists()) {
    return 0.0L;
  }
  keyspace::IntegerText scratch;
  return base::parse_long_double(ref.record().string(scratch));
}

}  // namespace

Outcome get(Context& context) {
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  if (record->type() != Type::kString) [[unlikely]] {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  return exec::reply_bulk(context, record->string(scratch));
}

Outcome strlen(Context& context) {
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_integer(context, 0);
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(record->string_length()));
}

Outcome getrange(Context& context) {
  const auto start = base::parse_integer(context.argument(2));
  const auto end = base::parse_integer(context.argument(3));
  if (!start || !end) {
    return context.fail(errors::kNotInteger);
  }
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_bulk(context, {});
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  const std::string_view value = record->string(scratch);
  const auto size = static_cast<std::int64_t>(value.size());
  // Two ends counted from the back and in the wrong order are empty even where both lie before the
  // first byte.
  const bool inverted = *start < 0 && *end < 0 && *start > *end;
  const std::int64_t first = std::max<std::int64_t>(*start < 0 ? *start + size : *start, 0);
  const std::int64_t last =
      std::min(std::max<std::int64_t>(*end < 0 ? *end + size : *end, 0), size - 1);
  if (inverted || first > last) {
    return exec::reply_bulk(context, {});
  }
  return exec::reply_bulk(context, value.substr(static_cast<std::size_t>(first),
                                                static_cast<std::size_t>(last - first + 1)));
}

Outcome incr(Context& context) { return add(context, 1); }

Outcome decr(Context& context) { return add(context, -1); }

Outcome incrby(Context& context) {
  const auto increment = base::parse_integer(context.argument(2));
  if (!increment) {
    return context.fail(errors::kNotInteger);
  }
  return add(context, *increment);
}

Outcome decrby(Context& context) {
  const auto decrement = base::parse_integer(context.argument(2));
  if (!decrement) {
    return context.fail(errors::kNotInteger);
  }
  if (*decrement == INT64_MIN) {
    return context.fail(errors::kDecrementOverflow);
  }
  return add(context, -*decrement);
}

Outcome incrbyfloat(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kString)) {
    return context.fail(errors::kWrongType);
  }
  const auto before = float_value(ref);
  const auto increment = base::parse_long_double(context.argument(2));
  if (!before || !increment) {
    return context.fail(errors::kNotFloat);
  }
  const long double sum = *before + *increment;
  if (!std::isfinite(sum)) {
    return context.fail(errors::kNanOrInfinity);
  }
  char buffer[base::kMaxLongDoubleText];
  const std::string_view text(buffer, base::format_long_double(sum, buffer));
  ref.set_text(text, keyspace::DeadlinePolicy::keep());
  ref.commit(events::kIncrByFloat);
  // Another machine may add in another precision: the sum is what is repeated.
  context.effects.replace({"SET", context.argument(1), text, "KEEPTTL"});
  return exec::reply_bulk(context, text);
}

namespace {

using exec::CommandSpec;
using namespace exec::traits;

constexpr auto kString = exec::acl::kString;
constexpr auto kReads = kString | exec::acl::kRead;
constexpr auto kWrites = kString | exec::acl::kWrite;
constexpr auto kQuick = exec::acl::kFast;
constexpr auto kSlow = exec::acl::kSlow;

constexpr exec::KeyPositions kOne{1, 1, 1};
constexpr exec::KeyPositions kPairs{1, -1, 2};

constexpr CommandSpec kRows[] = {
    {"append", 3, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &append},
    {"decr", 2, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &decr},
    {"decrby", 3, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &decrby},
    {"delex", -2, kWrite | kFast, kOne, kWrites | kQuick, &delex},
    {"delifeq", 3, kWrite | kFast, kOne, kWrites | kQuick, &delifeq},
    {"get", 2, kReadonly | kFast, kOne, kReads | kQuick, &get},
    {"getdel", 2, kWrite | kFast, kOne, kWrites | kQuick, &getdel},
    {"getex", -2, kWrite | kFast, kOne, kWrites | kQuick, &getex},
    {"getrange", 4, kReadonly, kOne, kReads | kSlow, &getrange},
    {"getset", 3, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &getset},
    {"incr", 2, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &incr},
    {"incrby", 3, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &incrby},
    {"incrbyfloat", 3, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &incrbyfloat},
    {"lcs", -3, kReadonly, {1, 2, 1}, kReads | kSlow, &lcs},
    {"mget", -2, kReadonly | kFast, {1, -1, 1}, kReads | kQuick, &mget},
    {"mset", -3, kWrite | kDenyOom, kPairs, kWrites | kSlow, &mset},
    {"msetex", -4, kWrite | kDenyOom | kMovableKeys, {}, kWrites | kSlow, &msetex},
    {"msetnx", -3, kWrite | kDenyOom, kPairs, kWrites | kSlow, &msetnx},
    {"psetex", 4, kWrite | kDenyOom, kOne, kWrites | kSlow, &psetex},
    {"set", -3, kWrite | kDenyOom, kOne, kWrites | kSlow, &set},
    {"setex", 4, kWrite | kDenyOom, kOne, kWrites | kSlow, &setex},
    {"setnx", 3, kWrite | kDenyOom | kFast, kOne, kWrites | kQuick, &setnx},
    {"setrange", 4, kWrite | kDenyOom, kOne, kWrites | kSlow, &setrange},
    {"strlen", 2, kReadonly | kFast, kOne, kReads | kQuick, &strlen},
    {"substr", 4, kReadonly, kOne, kReads | kSlow, &getrange},
};

}  // namespace
}  // namespace sorrel::commands::strings

namespace sorrel::commands {

void add_string_commands(exec::CommandTable& table) { table.add(strings::kRows); }

}  // namespace sorrel::commands
