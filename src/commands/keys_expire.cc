// SPDX-License-Identifier: BSD-3-Clause
//
// Deadlines of keys: setting one under a condition, asking for it, taking it away. Whatever unit
// and whatever base a command takes, the keyspace holds Unix milliseconds and the log repeats
// PEXPIREAT; a moment that has passed deletes at once and is repeated as DEL. One thread.
#include <algorithm>
#include <optional>
#include <string>

#include <sorrel/exec/argument_reader.h>

#include "keys_handlers.h"
#include "strings_options.h"

namespace sorrel::commands::keys {
namespace {

struct ExpireOptions {
  bool nx = false;
  bool xx = false;
  bool gt = false;
  bool lt = false;
};

// Returns: nullopt after the error was answered.
std::optional<ExpireOptions> options_or_fail(Context& context) {
  ExpireOptions options;
  exec::ArgumentReader read(context, 3);
  while (read.more()) {
    if (read.word("NX")) {
      options.nx = true;
    } else if (read.word("XX")) {
      options.xx = true;
    } else if (read.word("GT")) {
      options.gt = true;
    } else if (read.word("LT")) {
      options.lt = true;
    } else {
      context.fail_with("ERR", "Unsupported option " + errors::shown(read.text()));
      return std::nullopt;
    }
  }
  if (options.nx && (options.xx || options.gt || options.lt)) {
    context.fail(errors::kNxWithOthers);
    return std::nullopt;
  }
  if (options.gt && options.lt) {
    context.fail(errors::kGtWithLt);
    return std::nullopt;
  }
  return options;
}

// A key without a deadline lives for ever: nothing is later than that.
bool allowed(const ExpireOptions& options, const Record& record, std::int64_t deadline_ms) {
  if (!record.has_deadline()) {
    return !options.xx && !options.gt;
  }
  const std::int64_t before = record.deadline_ms();
  return !options.nx && !(options.gt && deadline_ms <= before) &&
         !(options.lt && deadline_ms >= before);
}

Outcome expire_with(Context& context, std::int64_t unit_ms, std::int64_t base_ms) {
  const auto options = options_or_fail(context);
  if (!options) {
    return Outcome::kError;
  }
  const auto time = base::parse_integer(context.argument(2));
  if (!time) {
    return context.fail(errors::kNotInteger);
  }
  std::int64_t deadline_ms = 0;
  if (__builtin_mul_overflow(*time, unit_ms, &deadline_ms) ||
      __builtin_add_overflow(deadline_ms, base_ms, &deadline_ms)) {
    return fail_expire_time(context);
  }
  auto ref = context.database.write(context.key(1));
  if (!ref.exists() || !allowed(*options, ref.record(), deadline_ms)) {
    return exec::reply_integer(context, 0);
  }
  if (deadline_ms <= context.now_ms() && context.keyspace.expiry_enabled()) {
    ref.erase();
    ref.commit(events::kDel);
    context.effects.replace({"DEL", context.argument(1)});
    return exec::reply_integer(context, 1);
  }
  ref.set_deadline(deadline_ms);
  ref.commit(events::kExpire);
  context.effects.replace({"PEXPIREAT", context.argument(1), IntegerWord(deadline_ms)});
  return exec::reply_integer(context, 1);
}

// Calls value(deadline in ms) for a key that has one; -2 for a missing key, -1 without a deadline.
template <class Value>
Outcome reply_deadline(Context& context, Value&& value) {
  const Record* record = find_untouched(context, context.key(1));
  if (record == nullptr) {
    return exec::reply_integer(context, -2);
  }
  return exec::reply_integer(context, record->has_deadline() ? value(record->deadline_ms()) : -1);
}

constexpr std::int64_t kSecond = 1000;

// Half a second and more counts as a whole one.
std::int64_t rounded_seconds(std::int64_t ms) {
  return ms / kSecond + (ms % kSecond >= kSecond / 2 ? 1 : 0);
}

}  // namespace

Outcome expire(Context& context) { return expire_with(context, kSecond, context.now_ms()); }

Outcome pexpire(Context& context) { return expire_with(context, 1, context.now_ms()); }

Outcome expireat(Context& context) { return expire_with(context, kSecond, 0); }

Outcome pexpireat(Context& context) { return expire_with(context, 1, 0); }

Outcome ttl(Context& context) {
  const std::int64_t now_ms = context.now_ms();
  return reply_deadline(context, [now_ms](std::int64_t deadline_ms) {
    return rounded_seconds(std::max<std::int64_t>(deadline_ms - now_ms, 0));
  });
}

Outcome pttl(Context& context) {
  const std::int64_t now_ms = context.now_ms();
  return reply_deadline(context, [now_ms](std::int64_t deadline_ms) {
    return std::max<std::int64_t>(deadline_ms - now_ms, 0);
  });
}

Outcome expiretime(Context& context) { return reply_deadline(context, rounded_seconds); }

Outcome pexpiretime(Context& context) {
  return reply_deadline(context, [](std::int64_t deadline_ms) { return deadline_ms; });
}

Outcome persist(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (!ref.exists() || !ref.record().has_deadline()) {
    return exec::reply_integer(context, 0);
  }
  ref.clear_deadline();
  ref.commit(events::kPersist);
  return exec::reply_integer(context, 1);
}

}  // namespace sorrel::commands::keys
