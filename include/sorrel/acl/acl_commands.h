// SPDX-License-Identifier: BSD-3-Clause
//
// ACL and its subcommands.
#pragma once

#include <sorrel/acl/acl.h>
#include <sorrel/exec/command_table.h>

namespace sorrel::acl {

// Lifetime: `acl` lives as long as the table is used.
void add_acl_commands(exec::CommandTable& table, Acl& acl);

}  // namespace sorrel::acl
