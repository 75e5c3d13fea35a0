// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that wait. A handler that finds nothing parks its session; when a change makes one of
// its keys ready, the same handler runs again, between the command that changed it and whatever
// comes next, so that a client that blocked first is served first, and before any later command
// could take the value away. What that handler changes may make further keys ready, for which the
// same is done until none is left.
//
// A session that does not get anything stays where it stands in the queues.
#include <algorithm>
#include <memory>
#include <utility>

#include <sorrel/exec/executor.h>

namespace sorrel::exec {

void Executor::close_session(Session& session) {
  if (session.parked != nullptr) {
    blocked_.remove(session);
    session.parked.reset();
  }
  watches_.remove(session);
  if (session.postponed) {
    std::erase(pausing_.postponed, &session);
  }
  if (observer_ != nullptr) {
    observer_->on_reset(session);
  }
  sessions_.remove(session);
}

// A session that runs again parks anew: it is here already.
void Executor::park(Session& session, Command& command, const resp::Request& request) {
  Wait wait = *std::exchange(wait_, std::nullopt);
  if (session.parked != nullptr) {
    return;
  }
  OwnedWords words(request.arguments);
  for (const Wait::Word& word : wait.replaced) {
    words.replace(word.position, word.text);
  }
  session.parked = std::make_unique<ParkedCommand>(
      ParkedCommand{&command, std::move(words), session.database, std::move(wait)});
  blocked_.add(session);
  --session.commands;  // counted when it is answered
  listen();
}

// Tells those who care what has changed, then serves those who waited for it.
void Executor::settle_changes() {
  tell_changes();
  if (serving_) {
    return;
  }
  serving_ = true;
  while (const auto key = blocked_.take_ready()) {
    serve(*key);
  }
  serving_ = false;
  unsettled_ = false;
  listen();
}

// Ends with the value, so that of many who wait for one element only the first are looked at.
void Executor::serve(const BlockedKeys::Key& key) {
  keyspace::Database& database = keyspace_.database(key.database);
  const keyspace::Key name = keyspace_.key(key.name);
  const bool waited_without = blocked_.waited_without(key);
  blocked_.visit_waiting(key, [&](Session& session) {
    const keyspace::Record* record = database.peek(name);
    if (record == nullptr && !waited_without) {
      return false;
    }
    const Wait& wait = session.parked->wait;
    const bool concerned = wait.without_key || (record != nullptr && record->type() == wait.type);
    if (concerned && pause_concerns(session.parked->command->spec->traits)) {
      pausing_.withheld = true;
    } else if (concerned && !session.close_after_reply) {
      resume(session);
    }
    return true;
  });
}

// What its user may not do any more is not done. Returns: whether that is so; it is answered then.
bool Executor::resume_denied(Session& session, resp::ReplyWriter& reply) {
  const ParkedCommand& parked = *session.parked;
  if (parked.timed_out) {
    return false;
  }
  Command& command = *parked.command;
  const Refusal refusal = access_.refuse(session, command, parked.words.words(),
                                         AccessContext::kTopLevel, keyspace_.now_ms());
  if (!refusal) {
    return false;
  }
  ++command.statistics.rejected;
  const auto begin = reply.mark();
  reply.error(refusal.error.code, refusal.text);
  count_error(refusal.error.code);
  if (session.reply_mode != ReplyMode::kOn) {
    silence(session, begin, reply);
  }
  release(session, false);
  return true;
}

// Runs the parked command again.
void Executor::resume(Session& session) {
  const ParkedCommand& parked = *session.parked;
  Command& command = *parked.command;
  const resp::Request request{parked.words.words(), {}};
  const auto first = static_cast<std::size_t>(command.spec->keys.first);
  const std::uint64_t hash = first != 0 ? keyspace_.hash(request.arguments[first]) : 0;
  resp::ReplyWriter reply(session.transport->output(), session.protocol);
  if (!session.gate.admits(command.spec->traits) && resume_denied(session, reply)) [[unlikely]] {
    return;
  }
  const auto begin = reply.mark();
  const bool touch = keyspace_.touch();  // of the client whose turn it is
  keyspace_.set_touch(!session.no_touch);
  last_clock_ns_ = clock_.monotonic_ns();
  Session* const outer = std::exchange(running_, &session);
  const std::string deferred = std::exchange(deferred_, {});  // to the outer one
  Session* const changed_by = std::exchange(changed_by_, &session);
  const Outcome outcome = call(session, command, request, hash, reply);
  running_ = outer;
  keyspace_.set_touch(touch);
  if (outcome != Outcome::kParked && session.reply_mode != ReplyMode::kOn) {
    silence(session, begin, reply);
  }
  reply.raw(std::exchange(deferred_, deferred));
  tell_changes();
  changed_by_ = changed_by;
  if (outcome == Outcome::kParked) {
    park(session, command, request);
  } else {
    // What it got may be of this turn, and the log has not been given that yet.
    release(session, !effect_log_.bytes().empty());
  }
}

// The session goes on.
void Executor::release(Session& session, bool logged) {
  blocked_.remove(session);
  if (session.tracked) {
    observer_->on_answered(session, session.parked->command);
  }
  session.parked.reset();
  ++session.commands;
  session.last_interaction_ms = keyspace_.now_ms();
  session.transport->resume(logged);
}

// A handler with an answer of its own is run once more for it.
void Executor::unblock(Session& session, Unblock how) {
  if (how == Unblock::kTimeout && session.parked->wait.answers_itself) {
    session.parked->timed_out = true;
    resume(session);
    return;
  }
  resp::ReplyWriter reply(session.transport->output(), session.protocol);
  const auto begin = reply.mark();
  Command& command = *session.parked->command;
  ++command.statistics.calls;
  if (how == Unblock::kError) {
    ++command.statistics.failed;
    reply.error(errors::kUnblocked);
    count_error(errors::kUnblocked.code);
  } else if (session.parked->wait.null_reply == NullReply::kNullArray) {
    reply.null_array();
  } else {
    reply.null();
  }
  if (session.reply_mode != ReplyMode::kOn) {
    silence(session, begin, reply);
  }
  release(session, false);
}

void Executor::time_out_due() {
  const std::int64_t now_ms = clock_.wall_ms();
  while (Session* session = blocked_.due(now_ms)) {
    unblock(*session, Unblock::kTimeout);
  }
  if (pausing_.what != Pause::kNone && pausing_.until_ms <= now_ms) {
    pause(Pause::kNone, 0);
  }
  if (unsettled_) {
    settle_changes();
  }
  listen();
}

std::int64_t Executor::next_timeout_ms() const {
  const std::int64_t blocked = blocked_.next_deadline_ms();
  return pausing_.what == Pause::kNone ? blocked : std::min(blocked, pausing_.until_ms);
}

}  // namespace sorrel::exec
