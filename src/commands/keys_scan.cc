// SPDX-License-Identifier: BSD-3-Clause
//
// Walking a database: KEYS at one go, SCAN in steps, RANDOMKEY by a draw. The cursor of SCAN is the
// index' own, so what it promises holds while the index grows and shrinks between the steps.
// Nothing here changes the database, but that SCAN and RANDOMKEY drop expired keys that they meet.
// One thread.
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <sorrel/exec/argument_reader.h>

#include "keys_handlers.h"

namespace sorrel::commands::keys {
namespace {

// Steps of the index that a call may take for each key that it was asked to look at: bounds the
// time of a call on a database that has shrunk.
constexpr std::uint64_t kStepsPerKey = 10;

struct ScanOptions {
  std::uint64_t count = 10;
  std::optional<std::string_view> pattern;
  std::optional<std::string_view> type;
};

// A cursor as C's strtoull takes it, to the letter of what Redis accepts: blanks and a sign before
// the digits, nothing behind them; a negative number as such is refused, after a blank it wraps.
std::optional<std::uint64_t> parse_cursor(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (const auto plain = base::parse_integer(text)) {
    return *plain < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*plain));
  }
  const std::size_t start = text.find_first_not_of(" \t\n\v\f\r");
  if (start == std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(start);
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') {
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return negative ? 0 - value : value;
}

ScanOptions read_options(exec::ArgumentReader& read) {
  ScanOptions options;
  while (read.more()) {
    if (read.word_with("COUNT", 1)) {
      const std::int64_t count = read.integer();
      if (count < 1) {
        read.fail(errors::kSyntax);
      }
      options.count = static_cast<std::uint64_t>(count);
    } else if (read.word_with("MATCH", 1)) {
      options.pattern = read.text();
    } else if (read.word_with("TYPE", 1)) {
      options.type = read.text();
    } else if (read.word("NOVALUES")) {
      read.fail(errors::kNovaluesNotHscan);
    } else {
      read.fail(errors::kSyntax);
    }
  }
  return options;
}

bool fits(const ScanOptions& options, const Record& record) {
  if (options.type &&
      !base::equals_ignoring_case(*options.type, keyspace::type_name(record.type()))) {
    return false;
  }
  return !options.pattern || base::glob_match(*options.pattern, record.key());
}

void reply_scan(Context& context, std::uint64_t cursor,
                const std::vector<std::string_view>& found) {
  char text[base::kMaxIntegerText];
  context.reply.array(2);
  context.reply.bulk({text, base::format_unsigned(cursor, text)});
  context.reply.array(found.size());
  for (const std::string_view key : found) {
    context.reply.bulk(key);
  }
}

Outcome reply_one_key(Context& context, const Key& key) {
  if (context.database.peek(key) == nullptr) {
    context.reply.array(0);
    return Outcome::kOk;
  }
  context.reply.array(1);
  return exec::reply_bulk(context, key.name);
}

}  // namespace

Outcome keys(Context& context) {
  const std::string_view pattern = context.argument(1);
  if (base::is_literal_pattern(pattern)) {
    return reply_one_key(context, context.keyspace.key(pattern));
  }
  const bool all = pattern == "*";
  const auto place = context.reply.defer();
  std::size_t count = 0;
  std::uint64_t cursor = 0;
  do {
    cursor = context.database.scan(cursor, [&](const Record& record) {
      if (all || base::glob_match(pattern, record.key())) {
        context.reply.bulk(record.key());
        ++count;
      }
    });
  } while (cursor != 0);
  context.reply.settle(place, resp::ReplyWriter::Aggregate::kArray, count);
  return Outcome::kOk;
}

Outcome scan(Context& context) {
  const auto start = parse_cursor(context.argument(1));
  if (!start) {
    return context.fail(errors::kInvalidCursor);
  }
  exec::ArgumentReader read(context, 2);
  const ScanOptions options = read_options(read);
  if (!read.ok()) {
    return context.fail(read.error());
  }
  std::vector<std::string_view> found;
  std::vector<std::string> expired;
  std::uint64_t seen = 0;
  const std::uint64_t most_steps =
      options.count > std::numeric_limits<std::uint64_t>::max() / kStepsPerKey
          ? std::numeric_limits<std::uint64_t>::max()
          : options.count * kStepsPerKey;
  std::uint64_t cursor = *start;
  std::uint64_t steps = 0;
  do {
    cursor = context.database.scan(
        cursor,
        [&](const Record& record) {
          ++seen;
          if (fits(options, record)) {
            found.push_back(record.key());
          }
        },
        [&](const Record& record) {
          if (fits(options, record)) {
            expired.emplace_back(record.key());
          }
        });
    ++steps;
  } while (cursor != 0 && seen < options.count && steps < most_steps);
  reply_scan(context, cursor, found);
  for (const std::string& key : expired) {
    context.database.peek(context.keyspace.key(key));  // which lets it go
  }
  return Outcome::kOk;
}

Outcome randomkey(Context& context) {
  const Record* record = context.database.random(context.random);
  return record == nullptr ? exec::reply_null(context) : exec::reply_bulk(context, record->key());
}

}  // namespace sorrel::commands::keys
