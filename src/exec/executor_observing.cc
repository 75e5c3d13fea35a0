// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part in what others are told: messages to sessions, and the observer. A message
// to the client whose command runs follows its reply, so that a reply is never cut in two; all
// others are written at once and leave at the end of the turn.
#include <sorrel/exec/executor.h>

namespace sorrel::exec {

void Executor::observe(Observer* observer, Observed what) {
  observer_ = observer;
  observed_ = what;
  keyspace_.changes().set_wanted(what.new_keys, what.misses);
  listen();
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
                             std::span<const std::string_view> arguments, Outcome outcome) {
  const Traits traits = command.spec->traits;
  if (session.tracked && outcome == Outcome::kOk && (traits & traits::kReadonly) != 0) {
    observer_->on_read(session, command, arguments);
  }
  constexpr Traits kHidden = traits::kSkipMonitor | traits::kAdmin;
  if (observed_.commands && (traits & kHidden) == 0) {
    tell_command(session, arguments);
  }
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
  keyspace_.changes().drain(
      [this](const keyspace::Event* event, std::uint32_t number, std::string_view key) {
        if (event == nullptr) {
          tell_database_change(number);
          return;
        }
        using keyspace::EventClass;
        const EventClass kind = event->event_class;
        if (kind != EventClass::kNew && kind != EventClass::kKeyMiss) {
          blocked_.signal(number, key);
          if (kind == EventClass::kExpired) {
            watches_.touch_expired(number, key);
          } else if (event->watched) {
            watches_.touch(number, key);
          }
        }
        if (observer_ != nullptr) {
          observer_->on_change(*event, number, key, changed_by_);
        }
      });
}

void Executor::tell_database_change(std::uint32_t number) {
  blocked_.signal_all(number);
  keyspace::Database& database = keyspace_.database(number);
  watches_.touch_all(number,
                     [&](std::string_view name) { return database.contains(keyspace_.key(name)); });
  if (observer_ != nullptr) {
    observer_->on_database_change(number, changed_by_);
  }
}

void Executor::listen() {
  keyspace_.changes().set_listening(!blocked_.empty() || !watches_.empty() || observed_.changes);
}

}  // namespace sorrel::exec
