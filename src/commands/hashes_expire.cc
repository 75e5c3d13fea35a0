// SPDX-License-Identifier: BSD-3-Clause
//
// Deadlines of fields: setting them under a condition, asking for them, taking them away. As for
// keys, the hash holds Unix milliseconds and the log repeats HPEXPIREAT; a moment that has passed
// deletes at once and is repeated as HDEL. Fields for which nothing changed are left out of what is
// repeated. One thread.
#include <algorithm>

#include "hashes.h"

namespace sorrel::commands::hashes {
namespace {

constexpr std::int64_t kSecond = 1000;

constexpr std::int64_t kNoField = -2;
constexpr std::int64_t kNoDeadline = -1;
constexpr std::int64_t kRefused = 0;
constexpr std::int64_t kSet = 1;
constexpr std::int64_t kDeleted = 2;

enum class Condition : std::uint8_t { kNone, kNx, kXx, kGt, kLt };

Condition condition_at(const Context& context, std::size_t at) {
  if (context.argument_is(at, "NX")) return Condition::kNx;
  if (context.argument_is(at, "XX")) return Condition::kXx;
  if (context.argument_is(at, "GT")) return Condition::kGt;
  if (context.argument_is(at, "LT")) return Condition::kLt;
  return Condition::kNone;
}

// A field without a deadline lives for ever: nothing is later than that.
bool allowed(Condition condition, std::int64_t before, std::int64_t deadline_ms) {
  switch (condition) {
    case Condition::kNone:
      break;
    case Condition::kNx:
      return before == Hash::kNever;
    case Condition::kXx:
      return before != Hash::kNever;
    case Condition::kGt:
      return deadline_ms > before;
    case Condition::kLt:
      return deadline_ms < before;
  }
  return true;
}

Outcome reply_no_fields(Context& context, std::size_t count) {
  context.reply.array(count);
  for (; count != 0; --count) context.reply.integer(kNoField);
  return Outcome::kOk;
}

// Applies to each field and answers for it. Requires: the key holds a hash.
void expire_fields(Context& context, keyspace::WriteRef& ref, Fields fields, Condition condition,
                   std::int64_t deadline_ms) {
  const bool past = is_past(context, deadline_ms);
  Hash& hash = ref.collection<Hash>();
  hash.expect_deadlines();
  std::vector<std::string_view> changed;
  context.reply.array(fields.size());
  for (const std::string_view field : fields) {
    const auto before = hash.deadline_ms(field);
    if (!before) {
      context.reply.integer(kNoField);
    } else if (!allowed(condition, *before, deadline_ms)) {
      context.reply.integer(kRefused);
    } else {
      if (past) {
        hash.remove(field);
      } else {
        hash.set_deadline(field, deadline_ms);
      }
      changed.push_back(field);
      context.reply.integer(past ? kDeleted : kSet);
    }
  }
  if (changed.empty()) {
    ref.dismiss();
  } else if (past) {
    repeat_deletion(context, changed);
    ref.commit(events::kHDel);
  } else {
    repeat_deadline(context, deadline_ms, changed);
    ref.commit(events::kHExpire);
  }
}

// key time [NX | XX | GT | LT] FIELDS numfields field ...
Outcome expire_with(Context& context, std::int64_t unit_ms, std::int64_t base_ms) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  const auto deadline_ms = field_deadline_or_fail(context, context.argument(2), unit_ms, base_ms);
  if (!deadline_ms) return Outcome::kError;
  const Condition condition = condition_at(context, 3);
  const auto fields =
      read_fields(context, condition == Condition::kNone ? 3 : 4, errors::kNumFieldsNotPositive);
  if (!fields) return context.fail(fields.error());
  if (!ref.exists()) return reply_no_fields(context, fields->size());
  expire_fields(context, ref, *fields, condition, *deadline_ms);
  return Outcome::kOk;
}

// key FIELDS numfields field ...: answers value(deadline in ms) for each field that has one.
template <class Value>
Outcome reply_deadlines(Context& context, Value&& value) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const auto fields = read_fields(context, 2);
  if (!fields) return context.fail(fields.error());
  if (found.value == nullptr) return reply_no_fields(context, fields->size());
  context.reply.array(fields->size());
  for (const std::string_view field : *fields) {
    const auto deadline_ms = found.value->deadline_ms(field);
    if (!deadline_ms) {
      context.reply.integer(kNoField);
    } else if (*deadline_ms == Hash::kNever) {
      context.reply.integer(kNoDeadline);
    } else {
      context.reply.integer(value(*deadline_ms));
    }
  }
  return Outcome::kOk;
}

// A part of a second counts as a whole one.
std::int64_t whole_seconds(std::int64_t ms) { return (ms + kSecond - 1) / kSecond; }

}  // namespace

Outcome hexpire(Context& context) { return expire_with(context, kSecond, context.now_ms()); }

Outcome hpexpire(Context& context) { return expire_with(context, 1, context.now_ms()); }

Outcome hexpireat(Context& context) { return expire_with(context, kSecond, 0); }

Outcome hpexpireat(Context& context) { return expire_with(context, 1, 0); }

Outcome httl(Context& context) {
  const std::int64_t now_ms = context.now_ms();
  return reply_deadlines(context, [now_ms](std::int64_t deadline_ms) {
    return whole_seconds(std::max<std::int64_t>(deadline_ms - now_ms, 0));
  });
}

Outcome hpttl(Context& context) {
  const std::int64_t now_ms = context.now_ms();
  return reply_deadlines(context, [now_ms](std::int64_t deadline_ms) {
    return std::max<std::int64_t>(deadline_ms - now_ms, 0);
  });
}

Outcome hexpiretime(Context& context) { return reply_deadlines(context, whole_seconds); }

Outcome hpexpiretime(Context& context) {
  return reply_deadlines(context, [](std::int64_t deadline_ms) { return deadline_ms; });
}

Outcome hpersist(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  const auto fields = read_fields(context, 2);
  if (!fields) return context.fail(fields.error());
  if (!ref.exists()) return reply_no_fields(context, fields->size());
  Hash& hash = ref.collection<Hash>();
  std::vector<std::string_view> changed;
  context.reply.array(fields->size());
  for (const std::string_view field : *fields) {
    const auto before = hash.deadline_ms(field);
    if (!before || *before == Hash::kNever) {
      context.reply.integer(before ? kNoDeadline : kNoField);
      continue;
    }
    hash.set_deadline(field, Hash::kNever);
    changed.push_back(field);
    context.reply.integer(kSet);
  }
  if (changed.empty()) {
    ref.dismiss();
  } else {
    repeat_persist(context, changed);
    ref.commit(events::kHPersist);
  }
  return Outcome::kOk;
}

}  // namespace sorrel::commands::hashes
