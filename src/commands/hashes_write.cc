// SPDX-License-Identifier: BSD-3-Clause
//
// Setting, adding and deleting fields. HSET takes a field's deadline away, adding keeps it. An
// update that stays in its size class allocates nothing.
//
// These repeat as they came, but for a floating-point sum: another machine may add in another
// precision, so the result is what is repeated. One thread.
#include <cmath>

#include "hashes.h"

namespace sorrel::commands::hashes {
namespace {

// Sets the pairs of field and value from argument 2 on.
// Returns: how many fields are new, or nullopt after the error was answered.
std::optional<std::int64_t> set_pairs_or_fail(Context& context) {
  if (context.argument_count() % 2 != 0) {
    context.fail_arity();
    return std::nullopt;
  }
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) {
    context.fail(errors::kWrongType);
    return std::nullopt;
  }
  const types::Settings& settings = context.keyspace.settings();
  Hash& hash = ref.collection<Hash>();
  hash.expect(context.argument_count() / 2 - 1, settings);
  std::int64_t added = 0;
  for (std::size_t i = 2; i < context.argument_count(); i += 2) {
    const bool fresh =
        hash.set(context.argument(i), context.argument(i + 1), FieldDeadline::kDropped, settings);
    added += fresh ? 1 : 0;
  }
  ref.commit(events::kHSet);
  return added;
}

}  // namespace

Outcome hset(Context& context) {
  const auto added = set_pairs_or_fail(context);
  return added ? exec::reply_integer(context, *added) : Outcome::kError;
}

Outcome hmset(Context& context) {
  return set_pairs_or_fail(context) ? exec::reply_ok(context) : Outcome::kError;
}

Outcome hsetnx(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  const bool added = ref.collection<Hash>().update(
      context.argument(2), context.keyspace.settings(), [&](const Hash::Text* current) {
        return current == nullptr ? std::optional(context.argument(3)) : std::nullopt;
      });
  if (!added) {
    ref.dismiss();
    return exec::reply_integer(context, 0);
  }
  ref.commit(events::kHSet);
  return exec::reply_integer(context, 1);
}

Outcome hdel(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  Hash& hash = ref.collection<Hash>();
  std::int64_t removed = 0;
  for (const std::string_view field : context.arguments.subspan(2)) {
    removed += hash.remove(field) ? 1 : 0;
  }
  if (removed == 0) {
    ref.dismiss();
  } else {
    ref.commit(events::kHDel);
  }
  return exec::reply_integer(context, removed);
}

Outcome hincrby(Context& context) {
  const auto increment = base::parse_integer(context.argument(3));
  if (!increment) return context.fail(errors::kNotInteger);
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  const base::Error* error = nullptr;
  std::int64_t sum = 0;
  char text[base::kMaxIntegerText];
  const auto add = [&](const Hash::Text* current) -> std::optional<std::string_view> {
    std::optional<std::int64_t> before = 0;
    if (current != nullptr) {
      before = current->is_integer ? current->integer : base::parse_integer(current->bytes);
    }
    if (!before) {
      error = &errors::kHashNotInteger;
    } else if (__builtin_add_overflow(*before, *increment, &sum)) {
      error = &errors::kOverflow;
    }
    if (error != nullptr) return std::nullopt;
    return std::string_view(text, base::format_integer(sum, text));
  };
  if (!ref.collection<Hash>().update(context.argument(2), context.keyspace.settings(), add)) {
    ref.dismiss();
    return context.fail(*error);
  }
  ref.commit(events::kHIncrBy);
  return exec::reply_integer(context, sum);
}

Outcome hincrbyfloat(Context& context) {
  const auto increment = base::parse_long_double(context.argument(3));
  if (!increment) return context.fail(errors::kNotFloat);
  if (!std::isfinite(*increment)) return context.fail(errors::kValueNanOrInfinity);
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  const base::Error* error = nullptr;
  char buffer[base::kMaxLongDoubleText];
  std::string_view text;
  const auto add = [&](const Hash::Text* current) -> std::optional<std::string_view> {
    std::optional<long double> before = 0;
    if (current != nullptr) {
      before = current->is_integer ? static_cast<long double>(current->integer)
                                   : base::parse_long_double(current->bytes);
    }
    if (!before) {
      error = &errors::kHashNotFloat;
    } else if (!std::isfinite(*before + *increment)) {
      error = &errors::kNanOrInfinity;
    }
    if (error != nullptr) return std::nullopt;
    text = {buffer, base::format_long_double(*before + *increment, buffer)};
    return text;
  };
  const std::string_view field = context.argument(2);
  Hash& hash = ref.collection<Hash>();
  if (!hash.update(field, context.keyspace.settings(), add)) {
    ref.dismiss();
    return context.fail(*error);
  }
  if (hash.deadline_ms(field) == Hash::kNever) {
    context.effects.replace({"HSET", context.argument(1), field, text});
  } else {
    context.effects.replace({"HSETEX", context.argument(1), "KEEPTTL", "FIELDS", "1", field, text});
  }
  ref.commit(events::kHIncrByFloat);
  return exec::reply_bulk(context, text);
}

}  // namespace sorrel::commands::hashes
