// SPDX-License-Identifier: BSD-3-Clause
//
// SUBSCRIBE, PUBLISH, PUBSUB and their like, MONITOR, and the subcommands of CLIENT that have to do
// with tracking.
#pragma once

#include <sorrel/exec/command_table.h>
#include <sorrel/pubsub/hub.h>

namespace sorrel::pubsub {

// Requires: the table has CLIENT already. Lifetime: the hub lives as long as the table is used.
void add_pubsub_commands(exec::CommandTable& table, Hub& hub);

}  // namespace sorrel::pubsub
