// SPDX-License-Identifier: BSD-3-Clause
//
// Why a command does not run: unknown names and wrong arity, and the reasons of the gate in the
// order in which Redis names them. Cold path: the hot one has only tested the masks.
#include <string>
#include <utility>

#include <sorrel/exec/executor.h>

namespace sorrel::exec {
namespace {

constexpr std::size_t kMaxShownArguments = 128;

std::string quoted(std::string_view text) {
  return "'" + errors::shown(text, errors::kMaxShownName) + "'";
}

std::string unknown_command_text(std::span<const std::string_view> arguments) {
  std::string shown;
  for (std::size_t i = 1; i < arguments.size() && shown.size() < kMaxShownArguments; ++i) {
    const std::size_t room = kMaxShownArguments - shown.size();
    shown += "'" + errors::shown(arguments[i], room) + "' ";
  }
  return "unknown command " + quoted(arguments[0]) + ", with args beginning with: " + shown;
}

// The words of HTTP that no command has: what follows may come from a page that a browser of this
// network was made to open, with commands in its body.
bool speaks_http(std::string_view word) {
  return base::equals_ignoring_case(word, "post") || base::equals_ignoring_case(word, "host:");
}

}  // namespace

bool Executor::arity_ok(const CommandSpec& spec, std::size_t words) const {
  const auto count = static_cast<std::int64_t>(words);
  return spec.arity >= 0 ? count == spec.arity : count >= -spec.arity;
}

void Executor::reject_unknown(Session& session, std::span<const std::string_view> arguments,
                              resp::ReplyWriter& reply) {
  std::string text;
  if (speaks_http(arguments[0])) {
    session.speaks_http = session.close_after_reply = true;
    return;
  }
  Command* command = table_.find(arguments[0]);
  const bool named = command != nullptr && command->container() && arguments.size() > 1;
  Command* const subcommand = named ? table_.find_subcommand(*command, arguments[1]) : nullptr;
  if (command == nullptr) {
    text = unknown_command_text(arguments);
  } else if (named && subcommand == nullptr) {
    std::string container(command->spec->name);
    for (char& c : container) {
      c = base::to_upper(c);
    }
    text = "unknown subcommand " + quoted(arguments[1]) + ". Try " + container + " HELP.";
  } else {
    Command& refused = subcommand != nullptr ? *subcommand : *command;
    ++refused.statistics.rejected;
    text = "wrong number of arguments for '" + std::string(refused.spec->name) + "' command";
  }
  // An EXEC that cannot be run ends its transaction all the same.
  std::string_view code = "ERR";
  if (command != nullptr && command->spec->name == "exec") {
    text = std::string(kDiscardedBecause) + text;
    code = "EXECABORT";
    end_transaction(session);
  } else if (session.transaction != nullptr) {
    session.transaction->failed = true;
  }
  reply.error(code, text);
  count_error(code);
}

void Executor::refuse(Session& session, Command& command,
                      std::span<const std::string_view> arguments, resp::ReplyWriter& reply) {
  Refusal refusal = this->refusal(session, command.spec->traits);
  if (!refusal) {
    if ((command.spec->traits & traits::kNoMulti) != 0) {
      refusal = {{"ERR", ""}, "Command not allowed inside a transaction"};
    } else {
      queue(session, command, arguments);
      reply.simple("QUEUED");
      return;
    }
  }
  if (refusal.error == errors::kNoAuth && base::equals_ignoring_case(arguments[0], "hello")) {
    refusal.text =
        "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> "
        "AUTH <user> <pass> option can be used to authenticate the client and select the RESP "
        "protocol version at the same time";
  }
  ++command.statistics.rejected;
  if (session.transaction != nullptr) {
    session.transaction->failed = true;
  }
  reply.error(refusal.error.code, refusal.text);
  count_error(refusal.error.code);
}

Refusal Executor::refusal(const Session& session, Traits traits) const {
  const auto because = [](const base::Error& error) {
    return Refusal{error, std::string(error.text)};
  };
  if (!session.authenticated && (traits & traits::kNoAuth) == 0) {
    return because(errors::kNoAuth);
  }
  if (state_.out_of_memory && (traits & traits::kDenyOom) != 0) {
    return because(errors::kOutOfMemory);
  }
  if (!state_.disk_error.empty() && (traits & traits::kWrite) != 0) {
    return {{"MISCONF", ""}, "Errors writing to the AOF file: " + state_.disk_error};
  }
  if (state_.loading && (traits & traits::kLoading) == 0) {
    return because(errors::kLoading);
  }
  if ((traits & traits::kProtected) != 0 && !session.protected_commands) {
    return because(errors::kDebugNotAllowed);
  }
  return {};
}

void Executor::open_session(Session& session) {
  session.authenticated = password_.empty();
  session.gate = session.authenticated ? Gate{} : Gate{0, traits::kNoAuth};
}

bool Executor::authenticate(Session& session, std::string_view user, std::string_view password) {
  // Without a password the default user is right with any, as in Redis ("nopass").
  bool right = user == "default";
  if (right && !password_.empty()) {
    unsigned difference = password.size() == password_.size() ? 0U : 1U;
    for (std::size_t i = 0; i < password.size(); ++i) {
      const char expected = password_[i % password_.size()];
      difference |= static_cast<unsigned char>(password[i] ^ expected);
    }
    right = difference == 0;
  }
  if (right) {
    session.authenticated = true;
    session.user = "default";
    session.gate = Gate{};
  }
  return right;
}

void Executor::set_state(ServerState state) {
  state_ = std::move(state);
  gate_ = Gate{};
  if (state_.loading) {
    gate_.require |= traits::kLoading;
  }
  if (state_.out_of_memory) {
    gate_.forbid |= traits::kDenyOom;
  }
  if (!state_.disk_error.empty()) {
    gate_.forbid |= traits::kWrite;
  }
}

void Executor::count_error(std::string_view code) {
  ++statistics_.errors;
  const auto place = statistics_.errors_by_code.find(code);
  if (place != statistics_.errors_by_code.end()) {
    ++place->second;
  } else if (statistics_.errors_by_code.size() < 128) {
    statistics_.errors_by_code.emplace(code, 1);
  }
}

}  // namespace sorrel::exec
