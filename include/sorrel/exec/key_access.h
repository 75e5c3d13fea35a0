// SPDX-License-Identifier: BSD-3-Clause
//
// What a command does to each of its keys: reads it, changes it, or neither, by the flags of its
// key specifications. COMMAND GETKEYSANDFLAGS shows it, and users are held to it. Where a
// specification says that its flags vary with the other words (SET reads its key only with GET), a
// rule tells which hold; where it cannot place the keys (the options of SORT and MIGRATE), another
// does. Cold path: a command's specifications are parsed when they are first asked for. One thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/exec/command_doc.h>
#include <sorrel/exec/command_table.h>

namespace sorrel::exec {

struct KeyUse {
  std::size_t position = 0;                 // in the command's words
  std::span<const std::string_view> flags;  // as COMMAND INFO names them

  // Whether the value, or what is made of it, is told ("access").
  bool reads() const;
  // Whether it is changed, made or deleted.
  bool writes() const;
};

// Lifetime: of the command.
[[nodiscard]] std::span<const KeySpec> key_specs_of(const Command& command);

// Whether it names keys, and not only what clusters treat like one (a shard channel).
[[nodiscard]] bool names_keys(const KeySpec& spec);

// Returns: the keys in the order of the specifications; none when the words contradict one.
// Lifetime: the flags live as long as the command.
[[nodiscard]] std::vector<KeyUse> find_key_uses(const Command& command,
                                                std::span<const std::string_view> arguments);

}  // namespace sorrel::exec
