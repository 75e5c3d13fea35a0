// SPDX-License-Identifier: BSD-3-Clause
//
// Commands on whole databases. A flush costs O(1), whether SYNC or ASYNC was asked for: the index
// goes to the graveyard and its memory is freed in bounded steps, so SYNC does not stall anybody
// either. None of these is a change of a key, so each forces its effect. One thread.
#include <optional>

#include "keys_handlers.h"

namespace sorrel::commands::keys {
namespace {

bool flush_syntax_ok(const Context& context) {
  return context.argument_count() == 1 ||
         (context.argument_count() == 2 &&
          (context.argument_is(1, "SYNC") || context.argument_is(1, "ASYNC")));
}

// The number of a database as far as it fits in 32 bits.
std::optional<std::int64_t> parse_number(std::string_view text) {
  const auto number = base::parse_integer(text);
  if (!number || *number < INT32_MIN || *number > INT32_MAX) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

Outcome dbsize(Context& context) {
  return exec::reply_integer(context, static_cast<std::int64_t>(context.database.size()));
}

Outcome flushdb(Context& context) {
  if (!flush_syntax_ok(context)) {
    return context.fail_syntax();
  }
  context.database.clear();
  context.effects.force();
  return exec::reply_ok(context);
}

Outcome flushall(Context& context) {
  if (!flush_syntax_ok(context)) {
    return context.fail_syntax();
  }
  context.keyspace.clear();
  context.effects.force();
  return exec::reply_ok(context);
}

Outcome swapdb(Context& context) {
  const auto first = parse_number(context.argument(1));
  if (!first) {
    return context.fail(errors::kFirstDatabase);
  }
  const auto second = parse_number(context.argument(2));
  if (!second) {
    return context.fail(errors::kSecondDatabase);
  }
  const auto count = static_cast<std::int64_t>(context.keyspace.database_count());
  if (*first < 0 || *first >= count || *second < 0 || *second >= count) {
    return context.fail(errors::kDatabaseOutOfRange);
  }
  context.keyspace.swap(static_cast<std::size_t>(*first), static_cast<std::size_t>(*second));
  context.effects.force();
  return exec::reply_ok(context);
}

}  // namespace sorrel::commands::keys
