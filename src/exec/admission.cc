// SPDX-License-Identifier: BSD-3-Clause
//
// Why a command does not run: unknown names and wrong arity, and the reasons of the gate in the
// order in which Redis names them. Cold path: the hot one has only tested the masks.
#include <string>
#include <utility>

#include <sorrel/exec/executor.h>

namespace sorrel::exec {
namespace {

// Where the errors of scripts are counted whose codes came when there were enough.
constexpr std::string_view kFurtherCodes = "ERRORSTATS_OVERFLOW";

constexpr std::size_t kMostCodes = 192;
constexpr std::size_t kMostForeignCodes = 128;

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

Refusal because(const base::Error& error) { return {error, std::string(error.text)}; }

}  // namespace

// Answers why the command cannot be run at all.
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
  reject(session, command, "ERR", text, reply);
}

// A command that is not run spoils the transaction that it was to join. An EXEC that is not run
// ends it all the same.
void Executor::reject(Session& session, const Command* command, std::string_view code,
                      std::string text, resp::ReplyWriter& reply) {
  if (command != nullptr && command->spec->name == "exec") {
    text = std::string(kDiscardedBecause) + (code == "ERR" ? "" : std::string(code) + " ") + text;
    code = "EXECABORT";
    end_transaction(session);
  } else if (session.transaction != nullptr) {
    session.transaction->failed = true;
  }
  reply.error(code, text);
  count_error(code);
}

bool Executor::refuse(Session& session, Command& command,
                      std::span<const std::string_view> arguments, resp::ReplyWriter& reply) {
  Refusal refusal = forbidden(session, command);
  if (!refusal) {
    const auto place =
        session.transaction != nullptr ? AccessContext::kMulti : AccessContext::kTopLevel;
    refusal = access_.refuse(session, command, arguments, place, keyspace_.now_ms());
  }
  if (!refusal) {
    const Traits traits = command.traits(arguments);
    if (memory_limit_.tight() && !session.replay) {
      seek_room(traits | (command.spec->traits & traits::kVaries));
    }
    refusal = this->refusal(session, command.spec->name, traits);
  }
  if (!refusal) {
    if (session.transaction == nullptr || (command.spec->traits & traits::kUnqueued) != 0) {
      return false;  // the gate is closed for a reason that does not concern it
    }
    queue(session, command, arguments);
    reply.simple("QUEUED");
    return true;
  }
  if (refusal.error == errors::kNoAuth && base::equals_ignoring_case(arguments[0], "hello")) {
    refusal.text =
        "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> "
        "AUTH <user> <pass> option can be used to authenticate the client and select the RESP "
        "protocol version at the same time";
  }
  ++command.statistics.rejected;
  reject(session, &command, refusal.error.code, std::move(refusal.text), reply);
  return true;
}

// What comes before users' rights: the command is closed to everybody here, or to who has not
// logged in, or it is in the wrong place.
Refusal Executor::forbidden(const Session& session, const Command& command) const {
  const Traits traits = command.spec->traits;
  if (session.replay) {
    return {};  // what was done once is done again, whatever holds for clients now
  }
  if ((traits & traits::kProtected) != 0 && !session.protected_commands) {
    return because(errors::kDebugNotAllowed);
  }
  if (session.needs_login() && (traits & traits::kNoAuth) == 0) {
    return because(errors::kNoAuth);
  }
  if (session.transaction != nullptr && (traits & traits::kNoMulti) != 0) {
    return {{"ERR", ""}, "Command not allowed inside a transaction"};
  }
  return {};
}

Refusal Executor::refusal(const Session& session, std::string_view name, Traits traits) const {
  if (session.replay) {
    return {};
  }
  const bool paused = pausing_.what != Pause::kNone;  // then memory is not looked at
  if (state_.out_of_memory && !paused && (traits & traits::kDenyOom) != 0) {
    return because(errors::kOutOfMemory);
  }
  if (!state_.disk_error.empty() && (traits & traits::kWrite) != 0) {
    return {{"MISCONF", ""}, "Errors writing to the AOF file: " + state_.disk_error};
  }
  if (state_.cannot_save && (traits & traits::kWrite) != 0) {
    return because(errors::kCannotSave);
  }
  if ((session.gate.require & ~traits & traits::kInRespPubsub) != 0) {
    return {{"ERR", ""},
            "Can't execute '" + std::string(name) +
                "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                "this context"};
  }
  if (state_.loading && (traits & traits::kLoading) == 0) {
    return because(errors::kLoading);
  }
  if (!state_.busy.empty() && (traits & traits::kAllowBusy) == 0) {
    return {{"BUSY", ""}, state_.busy};
  }
  if ((session.gate.forbid & traits & traits::kTouchesKeyspace) != 0) {
    return because(errors::kMonitorsOnly);
  }
  return {};
}

void Executor::open_session(Session& session) { access_.begin(session); }

void Executor::reset_session(Session& session) {
  session.transaction.reset();
  unwatch(session);
  if (observer_ != nullptr) {
    observer_->on_reset(session);
  }
  reset(session);
  keyspace_.set_touch(true);
  open_session(session);
}

void Executor::set_state(ServerState state) {
  state_ = std::move(state);
  set_gate();
}

void Executor::set_gate() {
  gate_ = Gate{};
  if (state_.loading) {
    gate_.require |= traits::kLoading;
  }
  if (state_.out_of_memory || memory_limit_.tight()) {
    gate_.forbid |= traits::kDenyOom | traits::kVaries;
  }
  if (!state_.disk_error.empty() || state_.cannot_save) {
    gate_.forbid |= traits::kWrite | traits::kVaries;
  }
  if (!state_.busy.empty()) {
    gate_.require |= traits::kAllowBusy;
  }
  if (pausing_.what != Pause::kNone || pausing_.writes_held) {
    gate_.require |= traits::kNever;
  }
}

void Executor::count_error(std::string_view code) {
  ++statistics_.errors;
  const auto place = statistics_.errors_by_code.find(code);
  if (place != statistics_.errors_by_code.end()) {
    ++place->second;
  } else if (statistics_.errors_by_code.size() < kMostCodes) {
    statistics_.errors_by_code.emplace(code, 1);
  }
}

// These leave room for the codes of the server itself.
void Executor::count_foreign_error(std::string_view code) {
  const auto& known = statistics_.errors_by_code;
  count_error(known.size() < kMostForeignCodes || known.find(code) != known.end() ? code
                                                                                  : kFurtherCodes);
}

}  // namespace sorrel::exec
