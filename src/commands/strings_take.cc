// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that read a string and then delete it or give it another deadline, and the conditional
// deletions: DELIFEQ, and DELEX, which spells the same thing as Redis 8.4 does. What is repeated
// from the log is the outcome: DEL, PEXPIREAT or PERSIST. One thread.
#include <optional>

#include "strings_handlers.h"
#include "strings_options.h"

namespace sorrel::commands::strings {
namespace {

constexpr StringGrammar kGetexGrammar{
    .presence = false, .equality = false, .get = false, .keep = false, .persist = true};

// Requires: the key exists.
void erase(Context& context) {
  context.database.erase(context.key(1), events::kDel);
  context.effects.replace({"DEL", context.argument(1)});
}

Outcome delete_if_equal(Context& context, std::string_view expected) {
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_integer(context, 0);
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  if (record->string(scratch) != expected) {
    return exec::reply_integer(context, 0);
  }
  erase(context);
  return exec::reply_integer(context, 1);
}

// Requires: the key exists.
void change_deadline(Context& context, std::optional<std::int64_t> deadline_ms) {
  if (deadline_ms && *deadline_ms <= context.now_ms() && context.keyspace.expiry_enabled()) {
    erase(context);
    return;
  }
  auto ref = context.database.write(context.key(1));
  if (deadline_ms) {
    ref.set_deadline(*deadline_ms);
    ref.commit(events::kExpire);
    context.effects.replace({"PEXPIREAT", context.argument(1), IntegerWord(*deadline_ms)});
  } else if (ref.record().has_deadline()) {
    ref.clear_deadline();
    ref.commit(events::kPersist);
    context.effects.replace({"PERSIST", context.argument(1)});
  }
}

}  // namespace

Outcome getdel(Context& context) {
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  context.reply.bulk(record->string(scratch));
  erase(context);
  return Outcome::kOk;
}

Outcome getex(Context& context) {
  const auto options = parse_string_options(context, 2, kGetexGrammar);
  if (!options) {
    return context.fail_syntax();
  }
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  std::optional<std::int64_t> deadline_ms;
  if (takes_time(options->time)) {
    deadline_ms = deadline_or_fail(context, options->time, options->time_text);
    if (!deadline_ms) {
      return Outcome::kError;
    }
  }
  keyspace::IntegerText scratch;
  context.reply.bulk(record->string(scratch));
  if (options->time != TimeOption::kNone) {
    change_deadline(context, deadline_ms);
  }
  return Outcome::kOk;
}

Outcome delifeq(Context& context) { return delete_if_equal(context, context.argument(2)); }

Outcome delex(Context& context) {
  if (context.argument_count() == 2) {
    const bool erased = context.database.erase(context.key(1), events::kDel);
    context.effects.replace({"DEL", context.argument(1)});
    return exec::reply_integer(context, erased ? 1 : 0);
  }
  if (context.argument_count() != 4 || !context.argument_is(2, "IFEQ")) {
    return context.fail_syntax();
  }
  return delete_if_equal(context, context.argument(3));
}

}  // namespace sorrel::commands::strings
