// SPDX-License-Identifier: BSD-3-Clause
//
// RENAME, COPY and MOVE: a value under another name or in another database, with its deadline and
// encoding. Each looks first and only then calls the one verb of Database that does it. One thread.
#include <optional>

#include <sorrel/exec/argument_reader.h>

#include "keys_handlers.h"

namespace sorrel::commands::keys {
namespace {

Outcome rename_with(Context& context, bool replace) {
  const Key from = context.key(1);
  const Key to = context.key(2);
  if (context.database.peek(from) == nullptr) {
    return context.fail(errors::kNoSuchKey);
  }
  const bool same = from.name == to.name;
  if (!replace && (same || context.database.peek(to) != nullptr)) {
    return exec::reply_integer(context, 0);
  }
  if (!same) {
    context.database.move(from, context.database, to, events::kRenameFrom, events::kRenameTo);
  }
  return replace ? exec::reply_ok(context) : exec::reply_integer(context, 1);
}

// The number of a database. Fails the reader if it is none.
std::uint32_t read_database(Context& context, exec::ArgumentReader& read) {
  const std::int64_t number = read.integer();
  if (number < INT32_MIN || number > INT32_MAX) {
    read.fail(errors::kNotIntRange);
  } else if (number < 0 ||
             static_cast<std::uint64_t>(number) >= context.keyspace.database_count()) {
    read.fail(errors::kDatabaseOutOfRange);
  }
  return read.ok() ? static_cast<std::uint32_t>(number) : 0;
}

}  // namespace

Outcome rename(Context& context) { return rename_with(context, /*replace=*/true); }

Outcome renamenx(Context& context) { return rename_with(context, /*replace=*/false); }

Outcome copy(Context& context) {
  exec::ArgumentReader read(context, 3);
  std::uint32_t number = context.database.number();
  bool replace = false;
  while (read.more()) {
    if (read.word("REPLACE")) {
      replace = true;
    } else if (read.word_with("DB", 1)) {
      number = read_database(context, read);
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) {
    return context.fail(read.error());
  }
  const Key from = context.key(1);
  const Key to = context.key(2);
  keyspace::Database& target = context.keyspace.database(number);
  if (&target == &context.database && from.name == to.name) {
    return context.fail(errors::kSameObject);
  }
  if (context.database.find(from) == nullptr || (!replace && target.peek(to) != nullptr)) {
    return exec::reply_integer(context, 0);
  }
  context.database.copy(from, target, to);
  return exec::reply_integer(context, 1);
}

Outcome move(Context& context) {
  exec::ArgumentReader read(context, 2);
  const std::uint32_t number = read_database(context, read);
  if (!read.ok()) {
    return context.fail(read.error());
  }
  keyspace::Database& target = context.keyspace.database(number);
  if (&target == &context.database) {
    return context.fail(errors::kSameObject);
  }
  const Key key = context.key(1);
  if (context.database.peek(key) == nullptr || target.peek(key) != nullptr) {
    return exec::reply_integer(context, 0);
  }
  context.database.move(key, target, key, events::kMoveFrom, events::kMoveTo);
  return exec::reply_integer(context, 1);
}

}  // namespace sorrel::commands::keys
