// SPDX-License-Identifier: BSD-3-Clause
//
// What Scripting is made of, for the commands of this layer.
#pragma once

#include <sorrel/script/scripting.h>

#include "function_store.h"
#include "run_control.h"
#include "script_cache.h"

namespace sorrel::script {

struct Scripting::Parts {
  Settings settings;
  Shell shell;
  RunControl control{settings, shell};
  ScriptCache scripts{control};
  FunctionStore functions{control};
};

// Parts of add_script_commands().
void add_function_calls(exec::CommandTable& table, Scripting& scripting);
void add_function_commands(exec::CommandTable& table, Scripting& scripting);

}  // namespace sorrel::script
