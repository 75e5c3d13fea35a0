// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of a command as it came, one after the other. Cost: none for a row with fixed positions,
// one allocation for movable keys.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <sorrel/exec/command_table.h>

namespace sorrel::exec {

// Calls visit(key) for each key of the command, in order. Returns: whether there was one.
template <class Visit>
bool visit_keys(const CommandSpec& spec, std::span<const std::string_view> arguments,
                Visit&& visit) {
  if ((spec.traits & traits::kMovableKeys) != 0) {
    const auto positions = key_positions(spec, arguments);
    for (const std::size_t position : positions) {
      visit(arguments[position]);
    }
    return !positions.empty();
  }
  const KeyPositions& keys = spec.keys;
  const auto count = static_cast<std::ptrdiff_t>(arguments.size());
  const std::ptrdiff_t last = keys.last < 0 ? count + keys.last : keys.last;
  bool found = false;
  for (std::ptrdiff_t i = keys.first; i > 0 && i <= last && i < count; i += keys.step) {
    visit(arguments[static_cast<std::size_t>(i)]);
    found = true;
  }
  return found;
}

}  // namespace sorrel::exec
