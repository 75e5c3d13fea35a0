// SPDX-License-Identifier: BSD-3-Clause
//
// TIME, ROLE and SHUTDOWN, and the one place that adds all commands of this layer. They
// look at the process, not at keys, so they need the Server and get it as their rows' state.
// One thread.
#include "server_commands.h"

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/context.h>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

Outcome time(Context& context) {
  const std::int64_t now_us = context.executor.time_us();
  context.reply.array(2);
  context.reply.bulk_integer(now_us / 1'000'000);
  context.reply.bulk_integer(now_us % 1'000'000);
  return Outcome::kOk;
}

// A master without replicas.
Outcome role(Context& context) {
  context.reply.array(3);
  context.reply.bulk("master");
  context.reply.integer(0);
  context.reply.array(0);
  return Outcome::kOk;
}

Outcome shutdown(Context& context) {
  ShutdownMode options;
  bool abort = false;
  exec::ArgumentReader read(context, 1);
  while (read.more()) {
    if (read.word("nosave")) {
      options.nosave = true;
    } else if (read.word("save")) {
      options.save = true;
    } else if (read.word("now")) {
      options.now = true;
    } else if (read.word("force")) {
      options.force = true;
    } else if (read.word("abort")) {
      abort = true;
    } else {
      read.fail(exec::errors::kSyntax);
    }
  }
  const bool others = options.save || options.nosave || options.now || options.force;
  if (!read.ok() || (options.save && options.nosave) || (abort && others)) {
    return context.fail_syntax();
  }
  Server& server = context.state<Server>();
  if (abort) {
    return server.abort_shutdown() ? exec::reply_ok(context)
                                   : context.fail_with("ERR", "No shutdown in progress.");
  }
  if (server.scripting().busy() && !options.nosave) {
    return context.fail_with("BUSY", context.executor.state().busy);
  }
  log_warning("User requested shutdown...");
  if (const std::string error = server.shut_down(options); !error.empty()) {
    log_warning("{}", error);
    return context.fail_with("ERR", "Errors trying to SHUTDOWN. Check logs.");
  }
  // No reply: the client sees its connection end.
  context.session.close_after_reply = true;
  return Outcome::kOk;
}

constexpr exec::CommandSpec kRows[] = {
    {"role",
     1,
     traits::kFast | traits::kLoading | traits::kNoscript | traits::kStale,
     {},
     acl::kAdmin | acl::kDangerous | acl::kFast,
     &role},
    {"shutdown",
     -1,
     traits::kAdmin | traits::kAllowBusy | traits::kLoading | traits::kNoMulti | traits::kNoscript |
         traits::kStale,
     {},
     acl::kAdmin | acl::kDangerous | acl::kSlow,
     &shutdown},
    {"time", 1, traits::kFast | traits::kLoading | traits::kStale, {}, acl::kFast, &time},
};

}  // namespace

void add_server_commands(exec::CommandTable& table, Server& server) {
  table.add(kRows, &server);
  add_config_commands(table, server);
  add_info_command(table, server);
  add_debug_commands(table, server);
  add_key_watch_commands(table, server);
  add_latency_commands(table, server);
  add_memory_commands(table, server);
  add_migrate_command(table, server);
  add_saving_commands(table, server);
  add_slow_log_commands(table, server);
  add_wait_commands(table, server);
}

}  // namespace sorrel::server
