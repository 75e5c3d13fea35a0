// SPDX-License-Identifier: BSD-3-Clause
// Whether the scripts cover the command table: every command and subcommand that the server has
// must be used by the script file that bears its name.
#pragma once

#include <string>
#include <vector>

#include "support/resp_script.h"

namespace sorrel::test {

// Returns: what is missing, a line each; empty when the scripts are complete.
[[nodiscard]] std::vector<std::string> find_gaps(ScriptTarget& target,
                                                 const std::vector<Script>& scripts);

}  // namespace sorrel::test
