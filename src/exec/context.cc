// SPDX-License-Identifier: BSD-3-Clause
//
// How a handler fails: whatever it wrote is taken back first, and the error is counted by its code.
#include <string>
#include <utility>

#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>

namespace sorrel::exec {

Outcome Context::fail(const base::Error& error) { return fail_with(error.code, error.text); }

Outcome Context::fail_with(std::string_view code, std::string_view text) {
  reply.rewind(reply_begin);
  // Line breaks of the input at the end are dropped, others become blanks.
  reply.error(code, text.substr(0, text.find_last_not_of("\r\n") + 1));
  executor.count_error(code);
  return Outcome::kError;
}

Outcome Context::park(Wait wait) {
  if (session.may_wait) {
    executor.wait_for(std::move(wait));
    return Outcome::kParked;
  }
  wait.null_reply == NullReply::kNullArray ? reply.null_array() : reply.null();
  return Outcome::kOk;
}

Outcome Context::fail_arity() {
  return fail_with(
      "ERR", "wrong number of arguments for '" + std::string(command.spec->name) + "' command");
}

namespace {

// The name of a command, of a subcommand that of its container, in capitals.
std::string title_of(const Command& command) {
  std::string title((command.parent != nullptr ? command.parent : &command)->spec->name);
  for (char& c : title) {
    c = base::to_upper(c);
  }
  return title;
}

}  // namespace

Outcome Context::fail_subcommand() {
  return fail_with("ERR", "unknown subcommand or wrong number of arguments for '" +
                              errors::shown(argument(1), errors::kMaxShownName) + "'. Try " +
                              title_of(command) + " HELP.");
}

Outcome reply_help(Context& context, std::span<const std::string_view> lines) {
  const std::string title = title_of(context.command);
  context.reply.array(lines.size() + 3);
  context.reply.simple(title + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const std::string_view line : lines) {
    context.reply.simple(line);
  }
  context.reply.simple("HELP");
  context.reply.simple("    Print this help.");
  return Outcome::kOk;
}

}  // namespace sorrel::exec
