// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT TRACKING, CACHING, GETREDIR and TRACKINGINFO, and MONITOR.
#pragma once

#include <sorrel/exec/command_table.h>
#include <sorrel/pubsub/hub.h>

namespace sorrel::pubsub {

// Requires: the table has CLIENT already.
void add_observing_commands(exec::CommandTable& table, Hub& hub);

}  // namespace sorrel::pubsub
