// SPDX-License-Identifier: BSD-3-Clause
//
// SET and its older relatives. Whatever the options, what is repeated from the log is a plain SET
// with an absolute deadline: the conditions were decided here. SET without options is the hot
// path and does nothing but the one change. A deadline in the past is stored like any other; the
// key is then gone for everybody who looks. One thread.
#include <array>
#include <optional>

#include "strings_handlers.h"
#include "strings_options.h"

namespace sorrel::commands::strings {
namespace {

using keyspace::DeadlinePolicy;
using keyspace::WriteRef;

constexpr StringGrammar kSetGrammar{
    .presence = true, .equality = true, .get = true, .keep = true, .persist = false};

// Changes the value of the key that `ref` names, and tells what is to be repeated.
void store(Context& context, WriteRef& ref, std::string_view value, DeadlinePolicy policy) {
  ref.set_string(value, policy);
  ref.commit(events::kSet);
  const std::string_view key = context.argument(1);
  if (policy.keeps()) {
    context.effects.replace({"SET", key, value, "KEEPTTL"});
  } else if (policy.clears()) {
    context.effects.replace({"SET", key, value});
  } else {
    record_expire(context, context.key(1));
    context.effects.replace({"SET", key, value, "PXAT", IntegerWord(policy.deadline_ms())});
  }
}

bool holds(const WriteRef& ref, const StringOptions& options) {
  switch (options.condition) {
    case Condition::kNone:
      return true;
    case Condition::kMissing:
      return !ref.exists();
    case Condition::kPresent:
      return ref.exists();
    case Condition::kEqual:
      break;
  }
  keyspace::IntegerText scratch;
  return ref.exists() && ref.record().string(scratch) == options.expected;
}

void reply_old(Context& context, const WriteRef& ref) {
  if (!ref.exists()) {
    context.reply.null();
    return;
  }
  keyspace::IntegerText scratch;
  context.reply.bulk(ref.record().string(scratch));
}

Outcome set_with_options(Context& context) {
  const auto options = parse_string_options(context, 3, kSetGrammar);
  if (!options) {
    return context.fail_syntax();
  }
  const auto policy = policy_or_fail(context, *options);
  if (!policy) {
    return Outcome::kError;
  }
  auto ref = options->get ? context.database.read_and_write(context.key(1))
                          : context.database.write(context.key(1));
  const bool reads_old = options->get || options->condition == Condition::kEqual;
  if (reads_old && ref.exists() && !ref.holds(Type::kString)) {
    return context.fail(errors::kWrongType);
  }
  if (options->get) {
    reply_old(context, ref);
  }
  const bool sets = holds(ref, *options);
  if (sets) {
    store(context, ref, context.argument(2), *policy);
  }
  if (options->get) {
    return Outcome::kOk;
  }
  return sets ? exec::reply_ok(context) : exec::reply_null(context);
}

Outcome set_with_time(Context& context, TimeOption option) {
  const auto deadline_ms = deadline_or_fail(context, option, context.argument(2));
  if (!deadline_ms) {
    return Outcome::kError;
  }
  auto ref = context.database.write(context.key(1));
  store(context, ref, context.argument(3), DeadlinePolicy::at(*deadline_ms));
  return exec::reply_ok(context);
}

}  // namespace

Outcome set(Context& context) {
  if (context.argument_count() > 3) {
    return set_with_options(context);
  }
  auto ref = context.database.write(context.key(1));
  ref.set_string(context.argument(2), DeadlinePolicy::clear());
  ref.commit(events::kSet);
  return exec::reply_ok(context);
}

Outcome setnx(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists()) {
    return exec::reply_integer(context, 0);
  }
  store(context, ref, context.argument(2), DeadlinePolicy::clear());
  return exec::reply_integer(context, 1);
}

Outcome setex(Context& context) { return set_with_time(context, TimeOption::kEx); }

Outcome psetex(Context& context) { return set_with_time(context, TimeOption::kPx); }

Outcome getset(Context& context) {
  auto ref = context.database.read_and_write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kString)) {
    return context.fail(errors::kWrongType);
  }
  reply_old(context, ref);
  store(context, ref, context.argument(2), DeadlinePolicy::clear());
  return Outcome::kOk;
}

}  // namespace sorrel::commands::strings
