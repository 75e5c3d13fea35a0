// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part in transactions: opening and closing a session's queue, running it, and the
// watches of keys. Between MULTI and EXEC the session's gate requires a trait that hardly any
// command has, so that the hot path pays nothing for the question whether to queue.
#include <memory>
#include <string>
#include <utility>

#include <sorrel/exec/executor.h>
#include <sorrel/exec/within.h>

namespace sorrel::exec {

namespace {

constexpr std::string_view kRightsChanged =
    "ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This "
    "command is no longer allowed for the following reason: ";

std::string_view what_is_denied(const Denial& denial) {
  switch (denial.reason) {
    case Denial::Reason::kKey:
      return "no permission to touch the specified keys";
    case Denial::Reason::kChannel:
      return "no permission to access one of the channels used as arguments to the command";
    default:
      return "no permission to execute the command or subcommand";
  }
}

}  // namespace

void Executor::begin_transaction(Session& session) {
  session.transaction = std::make_unique<Transaction>();
  refresh_gate(session);
}

std::unique_ptr<Transaction> Executor::end_transaction(Session& session) {
  auto transaction = std::move(session.transaction);
  refresh_gate(session);
  unwatch(session);
  return transaction;
}

void Executor::queue(Session& session, Command& command,
                     std::span<const std::string_view> arguments) {
  session.transaction->queue.push_back({&command, OwnedWords(arguments)});
  session.transaction->words_bytes += session.transaction->queue.back().words.bytes();
  session.transaction->traits |= command.traits(arguments);
}

Within::Within(Executor& executor, Session& session)
    : executor_(executor),
      session_(session),
      may_wait_(std::exchange(session.may_wait, false)),
      outermost_(executor.unit_ == EffectUnit::kNone) {
  if (executor.within_++ == 0) {
    executor.asked_us_ = 0;
  }
  if (outermost_) {
    executor.unit_ = EffectUnit::kWanted;
  }
}

Within::~Within() {
  session_.may_wait = may_wait_;
  --executor_.within_;
  if (outermost_ && std::exchange(executor_.unit_, EffectUnit::kNone) == EffectUnit::kOpen) {
    executor_.effect_log_.end_unit();
  }
}

std::int64_t Executor::time_us() {
  if (within_ == 0) {
    return clock_.wall_us();
  }
  if (asked_us_ == 0) {
    asked_us_ = clock_.wall_us();
  }
  return asked_us_;
}

Outcome Executor::run_within(Session& session, Command& command,
                             std::span<const std::string_view> arguments, base::OutputBuffer& out) {
  const resp::Request request{arguments, {}};
  const auto first = static_cast<std::size_t>(command.spec->keys.first);
  const std::uint64_t hash = first != 0 ? keyspace_.hash(arguments[first]) : 0;
  ++statistics_.commands;
  ++session.commands;
  resp::ReplyWriter reply(out, session.in_script ? session.script_protocol : session.protocol);
  const Outcome outcome = call(session, command, request, hash, reply);
  if (keyspace_.changes().pending()) {
    tell_changes_of(session);
  }
  return outcome;
}

// Each command is settled by itself; the log gets what they did as one unit, which call() opens
// with the first effect.
void Executor::run_transaction(Context& context, const Transaction& transaction) {
  Session& session = context.session;
  const Within within(*this, session);
  context.reply.array(transaction.queue.size());
  for (const Transaction::Queued& queued : transaction.queue) {
    const auto words = queued.words.words();
    const Denial denial =
        access_.judge(session, *queued.command, words, AccessContext::kMulti, keyspace_.now_ms());
    if (denial) [[unlikely]] {
      context.reply.error("NOPERM", std::string(kRightsChanged).append(what_is_denied(denial)));
      count_error("NOPERM");
    } else {
      run_within(session, *queued.command, words, context.reply.buffer());
    }
  }
  context.effects.suppress();
}

void Executor::watch(Session& session, WatchedKey key) {
  watches_.add(session, std::move(key));
  listen();
}

void Executor::unwatch(Session& session) { watches_.remove(session); }

// A key whose time is over counts as changed, whether or not anybody has seen it gone.
bool Executor::watch_touched(Session& session) {
  if (session.watch == nullptr) {
    return false;
  }
  for (const WatchedKey& key : session.watch->keys) {
    keyspace::Database& database = keyspace_.database(key.database);
    if (database.peek(keyspace_.key(key.name)) == nullptr && key.existed) {
      session.watch->touched = true;
    }
  }
  tell_changes();
  return session.watch->touched;
}

}  // namespace sorrel::exec
