// SPDX-License-Identifier: BSD-3-Clause
#include <sorrel/commands/families.h>

namespace sorrel::commands {

void add_bitmap_commands(exec::CommandTable&) {}

}  // namespace sorrel::commands
