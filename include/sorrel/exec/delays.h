// SPDX-License-Identifier: BSD-3-Clause
//
// What the executor keeps of commands that took long: each of them (SLOWLOG), and when such came
// (LATENCY). One thread.
#pragma once

#include <cstdint>

#include <sorrel/exec/command_spec.h>
#include <sorrel/exec/latency_monitor.h>
#include <sorrel/exec/slow_log.h>

namespace sorrel::exec {

struct Delays {
  SlowLog slow_log;
  LatencyMonitor latency;

  void note_command(const CommandSpec& spec, std::int64_t time_s, std::int64_t latency_ms) {
    const bool fast = (spec.traits & traits::kFast) != 0;
    latency.note(fast ? latency_events::kFastCommand : latency_events::kCommand, time_s,
                 latency_ms);
  }
};

}  // namespace sorrel::exec
