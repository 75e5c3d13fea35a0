// SPDX-License-Identifier: BSD-3-Clause
//
// MULTI, EXEC, DISCARD, WATCH, UNWATCH. MULTI closes the session's gate for all commands but these
// and the few that end a session; what comes then is queued on the executor's cold path
// (Executor::refuse). EXEC opens the gate and runs the queue; its effects are one unit of the log.
// One thread.
#include <string>

#include <sorrel/commands/families.h>
#include <sorrel/exec/executor.h>

namespace sorrel::commands {
namespace {

using exec::Context;
using exec::Outcome;

constexpr base::Error kNested{"ERR", "MULTI calls can not be nested"};
constexpr base::Error kExecWithoutMulti{"ERR", "EXEC without MULTI"};
constexpr base::Error kDiscardWithoutMulti{"ERR", "DISCARD without MULTI"};
constexpr base::Error kWatchInMulti{"ERR", "WATCH inside MULTI is not allowed"};
constexpr base::Error kAborted{"EXECABORT", "Transaction discarded because of previous errors."};

Outcome multi(Context& context) {
  if (context.session.transaction != nullptr) {
    return context.fail(kNested);
  }
  context.executor.begin_transaction(context.session);
  return exec::reply_ok(context);
}

Outcome exec_queue(Context& context) {
  exec::Executor& executor = context.executor;
  if (context.session.transaction == nullptr) {
    return context.fail(kExecWithoutMulti);
  }
  const bool touched = executor.watch_touched(context.session);
  const auto transaction = executor.end_transaction(context.session);
  if (transaction->failed) {
    return context.fail(kAborted);
  }
  if (touched) {
    context.reply.null_array();
    return Outcome::kOk;
  }
  executor.seek_room(transaction->traits);
  if (const exec::Refusal refusal =
          executor.refusal(context.session, "exec", transaction->traits)) {
    return context.fail_with("EXECABORT", std::string(exec::kDiscardedBecause) +
                                              std::string(refusal.error.code) + " " + refusal.text);
  }
  executor.run_transaction(context, *transaction);
  return Outcome::kOk;
}

Outcome discard(Context& context) {
  if (context.session.transaction == nullptr) {
    return context.fail(kDiscardWithoutMulti);
  }
  context.executor.end_transaction(context.session);
  return exec::reply_ok(context);
}

Outcome watch(Context& context) {
  if (context.session.transaction != nullptr) {
    return context.fail(kWatchInMulti);
  }
  for (std::size_t i = 1; i < context.argument_count(); ++i) {
    const bool exists = context.database.peek(context.key(i)) != nullptr;
    context.executor.watch(context.session,
                           {context.session.database, std::string(context.argument(i)), exists});
  }
  return exec::reply_ok(context);
}

Outcome unwatch(Context& context) {
  context.executor.unwatch(context.session);
  return exec::reply_ok(context);
}

using namespace exec::traits;

constexpr exec::AclCategories kQuick = exec::acl::kTransaction | exec::acl::kFast;
constexpr exec::AclCategories kSlow = exec::acl::kTransaction | exec::acl::kSlow;
constexpr exec::Traits kAlways = kNoscript | kLoading | kStale | kFast | kAllowBusy;

constexpr exec::CommandSpec kRows[] = {
    {"discard", 1, kAlways | kUnqueued, {}, kQuick, &discard},
    {"exec", 1, kNoscript | kLoading | kStale | kSkipSlowlog | kUnqueued, {}, kSlow, &exec_queue},
    {"multi", 1, kAlways | kUnqueued, {}, kQuick, &multi},
    {"unwatch", 1, kAlways, {}, kQuick, &unwatch},
    {"watch", -2, kAlways | kUnqueued, {1, -1, 1}, kQuick, &watch},
};

}  // namespace

void add_transaction_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
