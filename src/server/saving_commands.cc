// SPDX-License-Identifier: BSD-3-Clause
//
// BGSAVE, SAVE, BGREWRITEAOF and LASTSAVE: what an operator asks of Saving. One thread.
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/context.h>

#include "log.h"
#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
using Kind = Saving::Kind;
namespace acl = exec::acl;
namespace traits = exec::traits;

Outcome reply_status(Context& context, std::string_view text) {
  context.reply.simple(text);
  return Outcome::kOk;
}

Outcome cancel(Context& context, Saving& saving) {
  const bool scheduled = saving.under_way() != Kind::kSave;
  if (!saving.cancel(Kind::kSave)) {
    return context.fail_with("ERR", "Background saving is currently not in progress or scheduled");
  }
  if (scheduled) {
    log_notice("Scheduled background saving will be cancelled due to user request");
    return reply_status(context, "Scheduled background saving cancelled");
  }
  log_notice("Background saving will be aborted due to user request");
  return reply_status(context, "Background saving cancelled");
}

Outcome bgsave(Context& context) {
  Saving& saving = context.state<Server>().saving();
  bool schedule = false;
  exec::ArgumentReader read(context, 1);
  if (read.more()) {
    if (context.argument_count() == 2 && read.word("cancel")) {
      return cancel(context, saving);
    }
    schedule = context.argument_count() == 2 && read.word("schedule");
    if (!schedule) {
      return context.fail_syntax();
    }
  }
  if (saving.under_way() == Kind::kSave) {
    return context.fail_with("ERR", "Background save already in progress");
  }
  const bool within = !context.session.may_wait;  // a transaction's moment is its end
  if (saving.under_way() == Kind::kRewrite && !schedule && !within) {
    return context.fail_with(
        "ERR",
        "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in "
        "order to schedule a BGSAVE whenever possible.");
  }
  if (saving.under_way() == Kind::kRewrite || within) {
    saving.schedule(Kind::kSave);
    return reply_status(context, "Background saving scheduled");
  }
  saving.begin_save();
  return reply_status(context, "Background saving started");
}

Outcome save(Context& context) {
  Saving& saving = context.state<Server>().saving();
  if (saving.under_way() == Kind::kSave) {
    return context.fail_with("ERR", "Background save already in progress");
  }
  const std::string error = saving.save_now();
  return error.empty() ? exec::reply_ok(context) : context.fail_with("ERR", error);
}

Outcome bgrewriteaof(Context& context) {
  Saving& saving = context.state<Server>().saving();
  if (saving.under_way() == Kind::kRewrite) {
    return context.fail_with("ERR", "Background append only file rewriting already in progress");
  }
  if (saving.under_way() == Kind::kSave || !context.session.may_wait) {
    saving.schedule(Kind::kRewrite);
    return reply_status(context, "Background append only file rewriting scheduled");
  }
  saving.begin_rewrite();
  return reply_status(context, "Background append only file rewriting started");
}

Outcome lastsave(Context& context) {
  return exec::reply_integer(context, context.state<Server>().saving().last_save_s());
}

constexpr exec::AclCategories kAdminSlow = acl::kAdmin | acl::kDangerous | acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"bgrewriteaof",
     1,
     traits::kAdmin | traits::kNoAsyncLoading | traits::kNoscript,
     {},
     kAdminSlow,
     &bgrewriteaof},
    {"bgsave",
     -1,
     traits::kAdmin | traits::kNoAsyncLoading | traits::kNoscript,
     {},
     kAdminSlow,
     &bgsave},
    {"lastsave",
     1,
     traits::kFast | traits::kLoading | traits::kStale,
     {},
     acl::kAdmin | acl::kDangerous | acl::kFast,
     &lastsave},
    {"save",
     1,
     traits::kAdmin | traits::kNoAsyncLoading | traits::kNoMulti | traits::kNoscript,
     {},
     kAdminSlow,
     &save},
};

}  // namespace

void add_saving_commands(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
