// SPDX-License-Identifier: BSD-3-Clause
//
// Looking at the clock, becoming busy, being killed.
#include "run_control.h"

#include <utility>

namespace sorrel::script {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
// How long the script runs on between two looks at what others want.
constexpr std::int64_t kServeEveryNs = kNsPerMs;

}  // namespace

void RunControl::begin(Run& run) {
  run_ = &run;
  killed_ = false;
}

void RunControl::end() {
  if (std::exchange(busy_, false)) {
    set_busy_text({});
  }
  run_ = nullptr;
}

void RunControl::begin_load(const base::Clock* clock) {
  killed_ = false;
  load_clock_ = clock;
  load_begin_ns_ = clock == nullptr ? 0 : clock->monotonic_ns();
}

void RunControl::end_load() {
  load_clock_ = nullptr;
  load_timed_out_ = false;
}

void RunControl::look_at_load() {
  if (load_clock_->monotonic_ns() - load_begin_ns_ > kLoadLimitMs * kNsPerMs) {
    load_timed_out_ = true;
  }
}

std::int64_t RunControl::running_ms() const {
  const std::int64_t now_ns = run_->context.executor.clock().monotonic_ns();
  return run_->first_look_ns == 0 ? 0 : (now_ns - run_->first_look_ns) / kNsPerMs;
}

void RunControl::look_at_clock() {
  if (load_clock_ != nullptr) {
    return look_at_load();
  }
  if (run_ == nullptr || killed_) {
    return;
  }
  const std::int64_t now_ns = run_->context.executor.clock().monotonic_ns();
  if (run_->first_look_ns == 0) {
    run_->first_look_ns = now_ns;
    return;
  }
  const std::int64_t elapsed_ms = (now_ns - run_->first_look_ns) / kNsPerMs;
  if (settings_.busy_reply_ms <= 0 || elapsed_ms < settings_.busy_reply_ms) {
    return;
  }
  if (!busy_) {
    become_busy(elapsed_ms);
  } else if (now_ns - served_ns_ < kServeEveryNs) {
    return;
  }
  served_ns_ = now_ns;
  if (shell_.serve_others) {
    shell_.serve_others();
  }
}

void RunControl::become_busy(std::int64_t elapsed_ms) {
  busy_ = true;
  const std::string way_out = run_->kind == RunKind::kScript ? "SCRIPT KILL" : "FUNCTION KILL";
  if (shell_.log) {
    shell_.log(LogLevel::kWarning,
               "Slow script detected: still in execution after " + std::to_string(elapsed_ms) +
                   " milliseconds. You can try killing the script using the " + way_out +
                   " command. Script name is: " + std::string(run_->name) + ".");
  }
  set_busy_text("Redis is busy running a script. You can only call " + way_out +
                " or SHUTDOWN NOSAVE.");
}

void RunControl::set_busy_text(std::string text) {
  exec::Executor& executor = run_->context.executor;
  exec::ServerState state = executor.state();
  state.busy = std::move(text);
  executor.set_state(std::move(state));
}

KillResult RunControl::kill(RunKind kind) {
  if (run_ == nullptr) {
    return KillResult::kNotBusy;
  }
  if (run_->wrote) {
    return KillResult::kUnkillable;
  }
  if (run_->kind != kind) {
    return KillResult::kOtherKind;
  }
  killed_ = true;
  if (shell_.log) {
    shell_.log(LogLevel::kNotice, "Lua script killed by user with SCRIPT KILL.");
  }
  return KillResult::kKilled;
}

void RunControl::kill_for_shutdown() {
  if (run_ != nullptr) {
    killed_ = true;
  }
}

}  // namespace sorrel::script
