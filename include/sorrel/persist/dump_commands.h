// SPDX-License-Identifier: BSD-3-Clause
//
// DUMP, RESTORE and RESTORE-ASKING: a value as bytes, and back. They stand in this layer because
// the bytes are the RDB format's.
#pragma once

#include <functional>
#include <string_view>

#include <sorrel/exec/command_table.h>

namespace sorrel::persist {

// What the commands' owner may set and change while they run.
struct DumpSettings {
  bool compress = true;
  bool check_sum = true;  // off: RESTORE believes a payload whatever its checksum (tests of damage)
  // Told why a payload was refused, for a log; may be empty.
  std::function<void(std::string_view key, std::string_view reason)> report;
};

// Lifetime: the settings, if there are any, outlive the table.
void add_dump_commands(exec::CommandTable& table);
void add_dump_commands(exec::CommandTable& table, DumpSettings& settings);

}  // namespace sorrel::persist
