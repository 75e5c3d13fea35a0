// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part in what others are told: messages to sessions, and the observer. A message
// to the client whose command runs follows its reply, so that a reply is never cut in two; all
// others are written at once and leave at the end of the turn.
#include <utility>

#include <sorrel/exec/executor.h>

namespace sorrel::exec {

void Executor::observe(Observer* observer, Observed what) {
  observer_ = observer;
  observed_ = what;
  keyspace_.changes().set_wanted(what.new_keys, what.misses);
  listen();
}

bool Executor::may_still_listen(const Session& session, const User& user) const {
  return observer_ == nullptr || observer_->listens_within(session, user);
}

void Executor::send(Session& session, std::string_view bytes) {
  if (session.close_after_reply) {
    return;
  }
  if (&session == running_) {
    deferred_.append(bytes);
  } else if (session.transport != nullptr) {
    session.transport->output().append(bytes);
    session.transport->send_soon();
  }
}

void Executor::tell_observer(Session& session, const Command& command,
                             std::span<const std::string_view> arguments) {
  const Traits traits = command.spec->traits;
  // Scripts are the read-only commands that are hidden: what they run is told by itself.
  if (session.tracked && (traits & traits::kReadonly) != 0 &&
      (traits & traits::kSkipMonitor) == 0) {
    // What the command itself found to be over went before it was read.
    if (keyspace_.changes().pending()) {
      tell_changes_of(session);
    }
    observer_->on_read(session, command, arguments);
  }
  constexpr Traits kHidden = traits::kSkipMonitor | traits::kAdmin;
  // One that runs again after it waited has been told when it came; what the log repeats, long ago.
  if (observed_.commands && (traits & kHidden) == 0 && session.parked == nullptr &&
      !session.replay) {
    tell_command(session, arguments);
  }
}

// Of a command that is not done with yet. Those who wait are served later.
void Executor::tell_changes_of(Session& session) {
  Session* const outer = std::exchange(changed_by_, &session);
  tell_changes();
  changed_by_ = outer;
  unsettled_ = true;
}

void Executor::tell_command(const Session& session, std::span<const std::string_view> arguments) {
  if (!observed_.commands) {
    return;
  }
  if (secrets_ == 0) {
    observer_->on_command(session, arguments);
    return;
  }
  std::vector<std::string_view> shown(arguments.begin(), arguments.end());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if ((secrets_ >> (i < 63 ? i : 63) & 1) != 0) {
      shown[i] = "(redacted)";
    }
  }
  observer_->on_command(session, shown);
}

void Executor::tell_changes() {
  bool emptied = false;  // what a command empties is told of once
  keyspace_.changes().drain(
      [&](const keyspace::Event& event, std::uint32_t number, std::string_view key) {
        using keyspace::EventClass;
        const EventClass kind = event.event_class;
        if (kind == EventClass::kDatabase) {
          tell_database_change(number);
          if (&event == &keyspace::events::kEmptied && !std::exchange(emptied, true) &&
              observer_ != nullptr) {
            observer_->on_flush();
          }
          return;
        }
        if (kind != EventClass::kNew && kind != EventClass::kKeyMiss) {
          blocked_.signal(number, key);
          if (kind == EventClass::kExpired) {
            watches_.touch_expired(number, key);
          } else if (event.watched) {
            watches_.touch(number, key);
          }
        }
        if (observer_ != nullptr) {
          observer_->on_change(event, number, key, changed_by_);
        }
      });
}

void Executor::tell_database_change(std::uint32_t number) {
  blocked_.signal_all(number);
  keyspace::Database& database = keyspace_.database(number);
  watches_.touch_all(number,
                     [&](std::string_view name) { return database.contains(keyspace_.key(name)); });
}

void Executor::listen() {
  keyspace_.changes().set_listening(!blocked_.empty() || !watches_.empty() || observed_.changes);
}

}  // namespace sorrel::exec
