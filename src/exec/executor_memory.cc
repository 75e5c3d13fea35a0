// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part in the limit of memory: when it is looked at, and what follows from keys that
// were evicted. While no limit is set this costs a test for each batch.
#include <sorrel/exec/executor.h>

namespace sorrel::exec {

void Executor::set_memory_limit(const MemoryLimit::Settings& settings) {
  memory_limit_.set(settings);
  state_.out_of_memory = state_.out_of_memory && memory_limit_.tight();
  set_gate();
}

void Executor::look_at_memory() {
  if (memory_limit_.look()) [[unlikely]] {
    state_.out_of_memory = state_.out_of_memory && memory_limit_.tight();
    set_gate();
  }
}

// Between two commands alone: what runs within another one counts as a part of it. While clients
// are paused nothing is evicted, and nothing is refused.
void Executor::seek_room(Traits traits) {
  constexpr Traits kConcerned = traits::kDenyOom | traits::kVaries;
  if (!memory_limit_.tight() || (traits & kConcerned) == 0 || within_ != 0 || state_.loading ||
      pausing_.what != Pause::kNone) {
    return;
  }
  state_.out_of_memory = memory_limit_.make_room() == MemoryLimit::Room::kNone;
  if (effect_log_.enabled()) {
    log_vanished();
  }
}

bool Executor::evict_due(std::int64_t most_ns) {
  if (!memory_limit_.limited() || state_.loading || pausing_.what != Pause::kNone) {
    return false;
  }
  const MemoryLimit::Room room = memory_limit_.make_room(most_ns);
  settle_vanished();
  memory_limit_.look();
  state_.out_of_memory = room == MemoryLimit::Room::kNone;
  set_gate();
  return room == MemoryLimit::Room::kGoesOn;
}

}  // namespace sorrel::exec
