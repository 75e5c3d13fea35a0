// SPDX-License-Identifier: BSD-3-Clause
//
// The whole server behind one door, for main() and for tests that run it in-process: from a command
// line to an exit status.
#pragma once

#include <span>
#include <string>

namespace sorrel::server {

// Lets the server show a title of its own in the place of its command line, whose memory (and that
// of the environment, which moves) it takes for that. Requires: called by main, once, with copies
// made of what is needed of argv.
void adopt_command_line(int argc, char** argv);

// Serves until it is told to stop. `arguments` are those of the command line, without the program.
// Returns: the exit status: 0 after an orderly stop, 1 when it could not start or not save.
int run(std::span<const std::string> arguments, const std::string& program);

}  // namespace sorrel::server
