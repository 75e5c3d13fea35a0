// SPDX-License-Identifier: BSD-3-Clause
//
// Subcommands of DEBUG that stand in files of their own; the table of all is in debug_commands.cc.
// Words are counted before a handler is called: what a subcommand needs is there.
#pragma once

#include <sorrel/exec/context.h>

namespace sorrel::server {

// What the suites of other servers turn, and what they look at (debug_tuning.cc).
exec::Outcome debug_aof_flush_sleep(exec::Context& context);
exec::Outcome debug_dict_resizing(exec::Context& context);
exec::Outcome debug_reply_buffer(exec::Context& context);
exec::Outcome debug_htstats(exec::Context& context);
exec::Outcome debug_pause_cron(exec::Context& context);
exec::Outcome debug_populate(exec::Context& context);
exec::Outcome debug_quicklist_packed_threshold(exec::Context& context);

// Ends of the process, for trying what is reported of them (debug_failures.cc).
exec::Outcome debug_assert(exec::Context& context);
exec::Outcome debug_panic(exec::Context& context);
exec::Outcome debug_segfault(exec::Context& context);

}  // namespace sorrel::server
