// SPDX-License-Identifier: BSD-3-Clause
//
// What Scripting is made of, for the commands of this layer.
#pragma once

#include <sorrel/script/scripting.h>

#include "run_control.h"
#include "script_cache.h"

namespace sorrel::script {

struct Scripting::Parts {
  Settings settings;
  Shell shell;
  RunControl control{settings, shell};
  ScriptCache scripts{control};
};

}  // namespace sorrel::script
