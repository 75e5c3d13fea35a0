// SPDX-License-Identifier: BSD-3-Clause
//
// The script that runs now, for how long it may do so alone, and its end by force. At most one runs
// at a time: a script cannot run another.
//
// Every few thousand instructions the interpreter lets this look at the clock. Past the threshold
// the server is busy: others are served between the script's instructions, but most of what they
// ask is refused, and one of them may kill the script unless it has written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sorrel/base/clock.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>
#include <sorrel/script/scripting.h>

namespace sorrel::script {

// What runs: each kind is told apart by who may end it.
enum class RunKind : std::uint8_t { kScript, kFunction };

// One script or function while it runs.
struct Run {
  exec::Context& context;
  std::string_view name;  // the script's digest, the function's name
  RunKind kind = RunKind::kScript;
  bool read_only = false;
  bool allow_oom = false;
  bool wrote = false;              // it has called a command that writes
  std::int64_t first_look_ns = 0;  // when the clock was first looked at
};

enum class KillResult : std::uint8_t { kKilled, kNotBusy, kUnkillable, kOtherKind };

class RunControl {
 public:
  RunControl(Settings& settings, Shell& shell) : settings_(settings), shell_(shell) {}

  void begin(Run& run);
  void end();
  const Shell& shell() const { return shell_; }
  const Settings& settings() const { return settings_; }
  Run* running() const { return run_; }
  bool busy() const { return busy_; }

  // To be called now and then while Lua runs. May serve other clients, which may kill the script.
  void look_at_clock();
  // For how long the script has been seen to run.
  std::int64_t running_ms() const;

  // A library is being loaded, which nobody is served beside: so it has a limit.
  static constexpr std::int64_t kLoadLimitMs = 500;
  static constexpr std::string_view kLoadTimeoutText = "ERR FUNCTION LOAD timeout";
  void begin_load(const base::Clock* clock);  // null: without the limit
  void end_load();
  bool load_timed_out() const { return load_timed_out_; }
  bool killed() const { return killed_; }
  // What its client is told then.
  static constexpr std::string_view kKilledText = "Script killed by user with SCRIPT KILL...";

  // SCRIPT KILL and FUNCTION KILL.
  KillResult kill(RunKind kind);
  // The server ends: the script goes, whatever it has done.
  void kill_for_shutdown();

 private:
  void look_at_load();
  void become_busy(std::int64_t elapsed_ms);
  void set_busy_text(std::string text);

  Settings& settings_;
  Shell& shell_;
  Run* run_ = nullptr;
  bool busy_ = false;
  bool killed_ = false;
  std::int64_t served_ns_ = 0;
  const base::Clock* load_clock_ = nullptr;
  std::int64_t load_begin_ns_ = 0;
  bool load_timed_out_ = false;
};

}  // namespace sorrel::script
