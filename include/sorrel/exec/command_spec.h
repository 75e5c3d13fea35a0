// SPDX-License-Identifier: BSD-3-Clause
//
// One row of the command table: constant, and all that the hot path needs to know of a command.
// What only COMMAND DOCS and COMMAND INFO tell stands in command_doc.h under the same name.
// A family file ends with its rows; the table collects them (command_table.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/exec/traits.h>
#include <sorrel/types/prefetch.h>

namespace sorrel::exec {

class Context;
struct Command;

enum class Outcome : std::uint8_t {
  kOk,
  kError,   // the reply is an error, written by Context::fail
  kParked,  // nothing was written: the client waits (blocking commands)
};

using Handler = Outcome (*)(Context&);

// What a command is with these words, where that depends on them (a script may say that it does not
// write). Its row has kVaries, so that the gate asks before it refuses or admits it.
using TraitsOf = Traits (*)(const Command&, std::span<const std::string_view> arguments);

// Keys at first, first + step, ... up to last; a negative last counts from the end of the
// arguments (-1 is the last one). first == 0: no keys, or movable ones.
struct KeyPositions {
  std::int16_t first = 0;
  std::int16_t last = 0;
  std::int16_t step = 0;
};

// The argument that names a member of the collection under the first key, so that a pipeline can
// fetch the member's place ahead, and its place in the order if that will be looked at, too; also
// the one that it will have with the score in another argument.
struct MemberHint {
  std::int16_t position = 0;  // 0: none
  bool ordered = false;
  std::int16_t score = 0;  // 0: none
  types::MemberAhead::Score change = types::MemberAhead::Score::kKept;
};

struct CommandSpec {
  std::string_view name;  // lower case; a subcommand as "config|get"
  std::int16_t arity;     // words with the name; negative: at least so many
  Traits traits;
  KeyPositions keys;
  AclCategories categories;
  Handler handler;  // null for a container
  MemberHint member = {};
  TraitsOf traits_of = nullptr;

  // Whether it takes so many words.
  bool takes(std::size_t words) const {
    const auto count = static_cast<std::int64_t>(words);
    return arity >= 0 ? count == arity : count >= -arity;
  }
};

}  // namespace sorrel::exec
