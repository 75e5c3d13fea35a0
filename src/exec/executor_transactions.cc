// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part in transactions: opening and closing a session's queue, running it, and the
// watches of keys. Between MULTI and EXEC the session's gate requires a trait that hardly any
// command has, so that the hot path pays nothing for the question whether to queue.
#include <memory>
#include <utility>

#include <sorrel/exec/executor.h>

namespace sorrel::exec {

void Executor::begin_transaction(Session& session) {
  session.transaction = std::make_unique<Transaction>();
  session.gate.require |= traits::kUnqueued;
}

std::unique_ptr<Transaction> Executor::end_transaction(Session& session) {
  session.gate.require &= ~traits::kUnqueued;
  unwatch(session);
  return std::move(session.transaction);
}

void Executor::queue(Session& session, Command& command,
                     std::span<const std::string_view> arguments) {
  session.transaction->queue.push_back({&command, OwnedWords(arguments)});
  session.transaction->traits |= command.spec->traits;
}

// Each command is settled by itself; the log gets what they did as one unit, which call() opens
// with the first effect.
void Executor::run_transaction(Context& context, const Transaction& transaction) {
  Session& session = context.session;
  const bool may_wait = std::exchange(session.may_wait, false);
  unit_ = Unit::kWanted;
  context.reply.array(transaction.queue.size());
  for (const Transaction::Queued& queued : transaction.queue) {
    const resp::Request request{queued.words.words(), {}};
    const auto first = static_cast<std::size_t>(queued.command->spec->keys.first);
    const std::uint64_t hash = first != 0 ? keyspace_.hash(request.arguments[first]) : 0;
    ++statistics_.commands;
    call(session, *queued.command, request, hash, context.reply);
  }
  if (std::exchange(unit_, Unit::kNone) == Unit::kOpen) {
    effect_log_.end_unit();
  }
  session.may_wait = may_wait;
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
    keyspace_.database(key.database).peek(keyspace_.key(key.name));
  }
  tell_changes();
  return session.watch->touched;
}

void Executor::tell_changes() {
  keyspace_.changes().drain([this](const keyspace::Event* event, std::uint32_t number,
                                   std::string_view key) {
    if (event == nullptr) {
      blocked_.signal_all(number);
      keyspace::Database& database = keyspace_.database(number);
      watches_.touch_all(
          number, [&](std::string_view name) { return database.contains(keyspace_.key(name)); });
    } else {
      blocked_.signal(number, key);
      if (event->event_class == keyspace::EventClass::kExpired) {
        watches_.touch_expired(number, key);
      } else if (event->watched) {
        watches_.touch(number, key);
      }
    }
  });
}

void Executor::listen() {
  keyspace_.changes().set_listening(!blocked_.empty() || !watches_.empty());
}

}  // namespace sorrel::exec
