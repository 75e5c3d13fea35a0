// SPDX-License-Identifier: BSD-3-Clause
//
// Several strings at once. The keys are prefetched in groups (keys_lookup.h); a pair whose key
// stands twice is set twice, the last one stays. MSETEX is repeated from the log as plain SETs, for
// other servers that read the log do not know it. One thread.
#include <optional>
#include <string_view>

#include "strings_handlers.h"
#include "strings_options.h"

namespace sorrel::commands::strings {
namespace {

using keyspace::DeadlinePolicy;

constexpr StringGrammar kMsetexGrammar{
    .presence = true, .equality = false, .get = false, .keep = true, .persist = false};

void set_one(Context& context, const Key& key, std::string_view value, DeadlinePolicy policy) {
  auto ref = context.database.write(key);
  ref.set_string(value, policy);
  ref.commit(events::kSet);
}

void set_pairs(Context& context) {
  for_each_key(context, 1, 2, [&](const Key& key, std::size_t at) {
    set_one(context, key, context.argument(at + 1), DeadlinePolicy::clear());
  });
}

// MSETEX's pairs stand at 2 .. end.
bool condition_holds(Context& context, std::size_t end, Condition condition) {
  if (condition == Condition::kNone) {
    return true;
  }
  for (std::size_t at = 2; at < end; at += 2) {
    const bool exists = context.database.peek(context.key(at)) != nullptr;
    if (exists != (condition == Condition::kPresent)) {
      return false;
    }
  }
  return true;
}

void store_pair(Context& context, std::size_t at, DeadlinePolicy policy) {
  const Key key = context.key(at);
  const std::string_view value = context.argument(at + 1);
  set_one(context, key, value, policy);
  if (policy.keeps()) {
    context.effects.replace({"SET", key.name, value, "KEEPTTL"});
  } else if (policy.clears()) {
    context.effects.replace({"SET", key.name, value});
  } else {
    record_expire(context, key);
    context.effects.replace({"SET", key.name, value, "PXAT", IntegerWord(policy.deadline_ms())});
  }
}

}  // namespace

Outcome mget(Context& context) {
  context.reply.array(context.argument_count() - 1);
  for_each_key(context, 1, 1, [&](const Key& key, std::size_t) {
    const Record* record = context.database.find(key);
    if (record == nullptr || record->type() != Type::kString) {
      context.reply.null();
      return;
    }
    keyspace::IntegerText scratch;
    context.reply.bulk(record->string(scratch));
  });
  return Outcome::kOk;
}

Outcome mset(Context& context) {
  if (context.argument_count() % 2 == 0) {
    return context.fail_arity();
  }
  set_pairs(context);
  return exec::reply_ok(context);
}

Outcome msetnx(Context& context) {
  if (context.argument_count() % 2 == 0) {
    return context.fail_arity();
  }
  bool any = false;
  for_each_key(context, 1, 2, [&](const Key& key, std::size_t) {
    any = any || context.database.peek(key) != nullptr;
  });
  if (any) {
    return exec::reply_integer(context, 0);
  }
  set_pairs(context);
  return exec::reply_integer(context, 1);
}

Outcome msetex(Context& context) {
  const auto count = base::parse_integer(context.argument(1));
  if (!count || *count < 1 || *count > INT32_MAX) {
    return context.fail(errors::kInvalidNumkeys);
  }
  const std::size_t end = 2 + 2 * static_cast<std::size_t>(*count);
  if (end > context.argument_count()) {
    return context.fail_syntax();
  }
  const auto options = parse_string_options(context, end, kMsetexGrammar);
  if (!options) {
    return context.fail_syntax();
  }
  const auto policy = policy_or_fail(context, *options);
  if (!policy) {
    return Outcome::kError;
  }
  if (!condition_holds(context, end, options->condition)) {
    return exec::reply_integer(context, 0);
  }
  for (std::size_t at = 2; at < end; at += 2) {
    store_pair(context, at, *policy);
  }
  return exec::reply_integer(context, 1);
}

}  // namespace sorrel::commands::strings
