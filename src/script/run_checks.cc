// SPDX-License-Identifier: BSD-3-Clause
//
// Before a run, and its end by force.
#include "run_checks.h"

#include <sorrel/base/numbers.h>

#include "shebang.h"

namespace sorrel::script {
namespace {

constexpr base::Error kTooManyKeys{"ERR", "Number of keys can't be greater than number of args"};
constexpr base::Error kNegativeKeys{"ERR", "Number of keys can't be negative"};

constexpr base::Error kNotBusy{"NOTBUSY", "No scripts in execution right now."};
constexpr base::Error kUnkillable{
    "UNKILLABLE",
    "Sorry the script already executed write commands against the dataset. You can either wait the "
    "script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."};

}  // namespace

base::Result<ScriptWords> split_words(const exec::Context& context, const base::Error& no_number) {
  const auto rest = context.arguments.subspan(3);
  const auto count = base::parse_integer(context.argument(2));
  if (!count) {
    return no_number;
  }
  if (*count > static_cast<std::int64_t>(rest.size())) {
    return kTooManyKeys;
  }
  if (*count < 0) {
    return kNegativeKeys;
  }
  const auto keys = static_cast<std::size_t>(*count);
  return ScriptWords{rest.first(keys), rest.subspan(keys)};
}

exec::Traits traits_with(exec::Traits of_row, std::uint32_t flags) {
  namespace traits = exec::traits;
  exec::Traits all =
      of_row & ~(traits::kStale | traits::kDenyOom | traits::kWrite | traits::kMayReplicate);
  if ((flags & flags::kNoWrites) == 0) {
    all |= traits::kWrite;
    all |= (flags & flags::kAllowOom) == 0 ? traits::kDenyOom : 0;
  }
  return (flags & flags::kAllowStale) == 0 ? all : all | traits::kStale;
}

exec::Refusal apply_flags(Run& run, std::uint32_t flags) {
  const bool writes = (flags & flags::kNoWrites) == 0;
  if (run.read_only && writes) {
    return {{"ERR", ""}, "Can not execute a script with write flag using *_ro command."};
  }
  run.read_only = !writes;
  run.allow_oom = (flags & flags::kAllowOom) != 0;
  const exec::ServerState& state = run.context.executor.state();
  if (writes && !state.disk_error.empty()) {
    return {{"MISCONF", ""},
            "Redis is configured to persist data to AOF, but it's currently unable to persist to "
            "disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts. AOF "
            "error: " +
                state.disk_error};
  }
  if (writes && state.cannot_save) {
    return {{"MISCONF", ""},
            "Redis is configured to save RDB snapshots, but it's currently unable to persist to "
            "disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts."};
  }
  if (writes && state.out_of_memory && !run.allow_oom) {
    return {{"OOM", ""},
            "allow-oom flag is not set on the script, can not run it when used memory > "
            "'maxmemory'"};
  }
  return {};
}

exec::Outcome reply_other_kind(exec::Context& context) {
  return context.fail_with("BUSY", context.executor.state().busy);
}

exec::Outcome reply_killed(exec::Context& context, RunControl& control, RunKind kind) {
  switch (control.kill(kind)) {
    case KillResult::kNotBusy:
      return context.fail(kNotBusy);
    case KillResult::kUnkillable:
      return context.fail(kUnkillable);
    case KillResult::kOtherKind:
      return reply_other_kind(context);
    default:
      return exec::reply_ok(context);
  }
}

}  // namespace sorrel::script
