// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT PAUSE: commands that are to wait are not taken from their connection at all. Its session
// is marked, its input is left where it is, and when the pause ends it is offered again. While
// there is a pause the gate is closed for every command, so that each comes by here; without one
// this costs nothing.
#include <utility>

#include <sorrel/exec/executor.h>

namespace sorrel::exec {

void Executor::pause(Pause what, std::int64_t until_ms) {
  pause_ = what;
  paused_until_ms_ = until_ms;
  set_gate();
  // Whoever is concerned by what is left of the pause will be postponed again.
  for (Session* session : std::exchange(postponed_, {})) {
    session->postponed = false;
    session->transport->resume(false);
  }
}

bool Executor::postpones(Session& session, const Command& command) {
  if (pause_ == Pause::kNone || session.transport == nullptr || session.replay) {
    return false;
  }
  constexpr Traits kWriting = traits::kWrite | traits::kMayReplicate;
  Traits traits = command.spec->traits;
  if (session.transaction != nullptr && command.spec->name == "exec") {
    traits |= session.transaction->traits;
  }
  if (pause_ == Pause::kWrites && (traits & kWriting) == 0) {
    return false;
  }
  session.postponed = true;
  postponed_.push_back(&session);
  return true;
}

}  // namespace sorrel::exec
