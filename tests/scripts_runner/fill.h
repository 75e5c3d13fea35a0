// SPDX-License-Identifier: BSD-3-Clause
// Writes the replies of a reference server below those commands of a script that have no
// expectation.
//
// It saves typing, not thinking: what it wrote is reviewed before it counts as an expectation, and
// a reply that varies (a time, an address) is replaced by a pattern.
#pragma once

#include <string>

#include "support/resp_script.h"

namespace sorrel::test {

// Rewrites the script's file. Returns: what went wrong, or nothing.
[[nodiscard]] std::string fill_script(ScriptTarget& target, const Script& script);

}  // namespace sorrel::test
