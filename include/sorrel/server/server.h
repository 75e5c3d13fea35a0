// SPDX-License-Identifier: BSD-3-Clause
//
// The whole server behind one door, for main() and for tests that run it in-process: from a command
// line to an exit status.
#pragma once

#include <span>
#include <string>

namespace sorrel::server {

// Serves until it is told to stop. `arguments` are those of the command line, without the program.
// Returns: the exit status: 0 after an orderly stop, 1 when it could not start or not save.
int run(std::span<const std::string> arguments, const std::string& program);

}  // namespace sorrel::server
