// SPDX-License-Identifier: BSD-3-Clause
//
// What comes before a script or function runs and when it is to end: splitting the words of EVAL
// and FCALL, what flags mean for the state the server is in, and the answer to SCRIPT KILL and
// FUNCTION KILL.
#pragma once

#include <span>
#include <string_view>

#include <sorrel/base/result.h>
#include <sorrel/exec/context.h>

#include "run_control.h"

namespace sorrel::script {

inline constexpr base::Error kNoScript{"NOSCRIPT", "No matching script. Please use EVAL."};

struct ScriptWords {
  std::span<const std::string_view> keys;
  std::span<const std::string_view> arguments;
};

// NAME script numkeys [key ...] [argument ...]. Errors: `no_number` when numkeys is none, and when
// there are not so many words.
base::Result<ScriptWords> split_words(const exec::Context& context, const base::Error& no_number);

// What a command that runs a script with these flags is, for the gate.
exec::Traits traits_with(exec::Traits of_row, std::uint32_t flags);

// Sets what the flags allow. Returns: why the script cannot be run at all now, if there is a
// reason.
exec::Refusal apply_flags(Run& run, std::uint32_t flags);

exec::Outcome reply_killed(exec::Context& context, RunControl& control, RunKind kind);
// What runs is not what was asked about.
exec::Outcome reply_other_kind(exec::Context& context);

}  // namespace sorrel::script
