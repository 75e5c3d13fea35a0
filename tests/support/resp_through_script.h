// SPDX-License-Identifier: BSD-3-Clause
// A command as the words of a script that calls it, and what becomes of its reply on the way
// through Lua. The facts are those of Redis' documentation of conversions, proven on a reference
// server by running all scripts in this way there, too:
//
//   RESP2   null array -> null bulk string (both are false in Lua)
//   RESP3   null -> nil, which ends an array before it and leaves out an entry of a map or a set;
//           map -> map in any order, with the last one of several values under one key
//   both    integer -> the integer nearest to it that is a double
//
// All else survives: errors (the script uses pcall, and hands on what that returns), simple
// strings, doubles, booleans, big numbers, verbatim strings. What a command is refused for before
// it runs has a text of its own in scripts.
#pragma once

#include <string>
#include <vector>

#include "resp_expect.h"

namespace sorrel::test {

[[nodiscard]] std::vector<std::string> as_script(const std::vector<std::string>& words,
                                                 int protocol);
[[nodiscard]] Expected through_script(Expected expected, int protocol);

}  // namespace sorrel::test
