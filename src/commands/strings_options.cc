// SPDX-License-Identifier: BSD-3-Clause
//
// The shared options of SET, GETEX and MSETEX. An option may be repeated; two that exclude each
// other may not stand together. Of a repeated time the last one counts.
#include "strings_options.h"

#include <string>

#include <sorrel/exec/argument_reader.h>

namespace sorrel::commands {
namespace {

struct TimeWord {
  std::string_view word;
  TimeOption option;
};

constexpr TimeWord kTimeWords[] = {
    {"EX", TimeOption::kEx},
    {"PX", TimeOption::kPx},
    {"EXAT", TimeOption::kExAt},
    {"PXAT", TimeOption::kPxAt},
};

bool choose_time(StringOptions& options, TimeOption option) {
  if (options.time != TimeOption::kNone && options.time != option) {
    return false;
  }
  options.time = option;
  return true;
}

bool choose_condition(StringOptions& options, Condition condition) {
  if (options.condition != Condition::kNone && options.condition != condition) {
    return false;
  }
  options.condition = condition;
  return true;
}

bool read_time(exec::ArgumentReader& read, StringOptions& options) {
  for (const TimeWord& time : kTimeWords) {
    if (read.word_with(time.word, 1)) {
      options.time_text = read.text();
      return choose_time(options, time.option);
    }
  }
  return false;
}

bool read_option(exec::ArgumentReader& read, StringOptions& options, const StringGrammar& grammar) {
  if (grammar.presence && read.word("NX")) {
    return choose_condition(options, Condition::kMissing);
  }
  if (grammar.presence && read.word("XX")) {
    return choose_condition(options, Condition::kPresent);
  }
  if (grammar.equality && read.word_with("IFEQ", 1)) {
    options.expected = read.text();
    return options.condition != Condition::kEqual && choose_condition(options, Condition::kEqual);
  }
  if (grammar.get && read.word("GET")) {
    options.get = true;
    return true;
  }
  if (grammar.keep && read.word("KEEPTTL")) {
    return choose_time(options, TimeOption::kKeep);
  }
  if (grammar.persist && read.word("PERSIST")) {
    return choose_time(options, TimeOption::kPersist);
  }
  return read_time(read, options);
}

}  // namespace

std::optional<StringOptions> parse_string_options(const Context& context, std::size_t first,
                                                  const StringGrammar& grammar) {
  StringOptions options;
  exec::ArgumentReader read(context, first);
  while (read.more()) {
    if (!read_option(read, options, grammar)) {
      return std::nullopt;
    }
  }
  return options;
}

Outcome fail_expire_time(Context& context) {
  return context.fail_with(
      "ERR", "invalid expire time in '" + std::string(context.command.spec->name) + "' command");
}

std::optional<std::int64_t> deadline_or_fail(Context& context, TimeOption option,
                                             std::string_view text) {
  const auto time = base::parse_integer(text);
  if (!time) {
    context.fail(errors::kNotInteger);
    return std::nullopt;
  }
  const bool seconds = option == TimeOption::kEx || option == TimeOption::kExAt;
  const bool relative = option == TimeOption::kEx || option == TimeOption::kPx;
  std::int64_t deadline_ms = 0;
  if (*time <= 0 || __builtin_mul_overflow(*time, std::int64_t{seconds ? 1000 : 1}, &deadline_ms) ||
      __builtin_add_overflow(deadline_ms, relative ? context.now_ms() : 0, &deadline_ms)) {
    fail_expire_time(context);
    return std::nullopt;
  }
  return deadline_ms;
}

std::optional<keyspace::DeadlinePolicy> policy_or_fail(Context& context,
                                                       const StringOptions& options) {
  if (options.time == TimeOption::kKeep) {
    return keyspace::DeadlinePolicy::keep();
  }
  if (!takes_time(options.time)) {
    return keyspace::DeadlinePolicy::clear();
  }
  const auto deadline_ms = deadline_or_fail(context, options.time, options.time_text);
  if (!deadline_ms) {
    return std::nullopt;
  }
  return keyspace::DeadlinePolicy::at(*deadline_ms);
}

void record_expire(Context& context, const Key& key) {
  context.keyspace.changes().record(events::kExpire, context.database.number(), key.name);
}

}  // namespace sorrel::commands
