// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT PAUSE, and the like of it that a server that is short of room for a moment does to those
// who write: commands that are to wait are not taken from their connection at all. Its session is
// marked, its input is left where it is, and when the pause ends it is offered again. While there
// is a pause the gate is closed for every command, so that each comes by here; without one this
// costs nothing. Nothing expires meanwhile and no key is given to those who wait for one, if their
// command is of those that are to wait; when the pause ends they come first.
#include <utility>

#include <sorrel/exec/executor.h>

namespace sorrel::exec {

void Executor::pause(Pause what, std::int64_t until_ms) {
  pausing_.what = what;
  pausing_.until_ms = until_ms;
  set_gate();
  keyspace_.set_removal_enabled(what == Pause::kNone);
  if (what == Pause::kNone && std::exchange(pausing_.withheld, false)) {
    for (std::uint32_t i = 0; i < keyspace_.database_count(); ++i) {
      blocked_.signal_all(i);
    }
    unsettled_ = true;
  }
  offer_postponed();
}

void Executor::hold_writes(bool on) {
  pausing_.writes_held = on;
  set_gate();
  if (!on) {
    offer_postponed();
  }
}

// Whoever is concerned by what still holds will be postponed again.
void Executor::offer_postponed() {
  for (Session* session : std::exchange(pausing_.postponed, {})) {
    session->postponed = false;
    session->transport->resume(false);
  }
}

bool Executor::pause_concerns(Traits traits) const {
  constexpr Traits kWriting = traits::kWrite | traits::kMayReplicate;
  return pausing_.what == Pause::kAll ||
         ((pausing_.what == Pause::kWrites || pausing_.writes_held) && (traits & kWriting) != 0);
}

// What is refused now is refused at once.
bool Executor::postpones(Session& session, const Command& command,
                         std::span<const std::string_view> arguments) {
  const Traits own = command.traits(arguments);
  Traits traits = own;
  if (session.transaction != nullptr && command.spec->name == "exec") {
    traits |= session.transaction->traits;
  }
  if (!pause_concerns(traits) || session.transport == nullptr || session.replay) {
    return false;
  }
  const bool unfit = session.transaction != nullptr && (traits & traits::kNoMulti) != 0;
  if (unfit || forbidden(session, command) || Access::check(session, command, arguments) ||
      refusal(session, command.spec->name, own)) {
    return false;
  }
  session.postponed = true;
  pausing_.postponed.push_back(&session);
  return true;
}

}  // namespace sorrel::exec
