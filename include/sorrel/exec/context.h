// SPDX-License-Identifier: BSD-3-Clause
//
// All that a handler sees. It lives for one command; the arguments are views that nobody changes.
// A handler reads its arguments, calls verbs of the keyspace and writes one reply, or fails.
// Time stands still: keyspace().now_ms(). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sorrel/base/numbers.h>
#include <sorrel/base/random.h>
#include <sorrel/base/text.h>
#include <sorrel/exec/command_spec.h>
#include <sorrel/exec/command_table.h>
#include <sorrel/exec/effects.h>
#include <sorrel/exec/errors.h>
#include <sorrel/exec/session.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/resp/reply_writer.h>

namespace sorrel::exec {

class Executor;

class Context {
 public:
  // Words of the command, [0] its name as the client spelled it.
  std::span<const std::string_view> arguments;
  Session& session;
  keyspace::Database& database;  // the one the session has selected
  keyspace::Keyspace& keyspace;
  resp::ReplyWriter& reply;
  Effects& effects;
  base::Random& random;
  Executor& executor;
  const Command& command;
  std::uint64_t first_key_hash;  // of the argument at the row's first key position, if it has one

  std::size_t argument_count() const { return arguments.size(); }
  std::string_view argument(std::size_t index) const { return arguments[index]; }
  bool argument_is(std::size_t index, std::string_view word) const {
    return base::equals_ignoring_case(arguments[index], word);
  }
  std::int64_t now_ms() const { return keyspace.now_ms(); }

  // The argument as a key, hashed once.
  keyspace::Key key(std::size_t index) const {
    if (index == static_cast<std::size_t>(command.spec->keys.first)) [[likely]] {
      return {arguments[index], first_key_hash};
    }
    return keyspace.key(arguments[index]);
  }

  // The state that the command's family was registered with.
  template <class T>
  T& state() const {
    return *static_cast<T*>(command.state);
  }

  // Ends a handler that found nothing: the client waits for one of the keys, and the handler is run
  // again when that may have come. Where nobody may wait (a transaction, a script) it answers with
  // the null of `wait` at once. Nothing may have been written. A handler that is run again parks
  // anew in the same way; what it says then is not looked at.
  Outcome park(Wait wait);
  // Whether this handler runs again for a client that waits: it looks for what that waits for, and
  // answers with no error that it would not have given to a client that still waits.
  bool resumed() const { return session.parked != nullptr; }
  // Whether it does because its time is over (Wait::answers_itself).
  bool timed_out() const { return resumed() && session.parked->timed_out; }

  // Answers with an error: takes back what the handler wrote, so that no half reply can leave.
  Outcome fail(const base::Error& error);
  // The same for a text made of input. Its first word is the code.
  Outcome fail_with(std::string_view code, std::string_view text);
  // "wrong number of arguments for 'name' command".
  Outcome fail_arity();
  // "unknown subcommand or wrong number of arguments for 'x'. Try NAME HELP."
  Outcome fail_subcommand();
  // "syntax error".
  Outcome fail_syntax() { return fail(errors::kSyntax); }

  // Where the reply of this command begins.
  resp::ReplyWriter::Mark reply_begin;
};

// Answers of the simplest kind, to end a handler with.
inline Outcome reply_ok(Context& context) {
  context.reply.ok();
  return Outcome::kOk;
}
inline Outcome reply_integer(Context& context, std::int64_t value) {
  context.reply.integer(value);
  return Outcome::kOk;
}
inline Outcome reply_bulk(Context& context, std::string_view bytes) {
  context.reply.bulk(bytes);
  return Outcome::kOk;
}
inline Outcome reply_null(Context& context) {
  context.reply.null();
  return Outcome::kOk;
}
// An array of lines, as every HELP subcommand answers: "NAME <subcommand> ..." and the lines given,
// each pair of a form and what it does indented, and HELP itself last.
Outcome reply_help(Context& context, std::span<const std::string_view> lines);

}  // namespace sorrel::exec
