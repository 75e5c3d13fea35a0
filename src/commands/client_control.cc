// SPDX-License-Identifier: BSD-3-Clause
//
// What an operator does to the connections of others: CLIENT KILL, UNBLOCK, PAUSE and UNPAUSE.
//
// Invariant: a killed session is marked at once, so that within the same turn it is neither listed
// nor killed again; its connection goes when its Transport ends the turn. One thread.
#include <algorithm>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/executor.h>

#include "client.h"
#include "client_filter.h"

namespace sorrel::commands {
namespace {

using exec::Context;
using exec::Outcome;

// Marks and closes all that meet the filter. Returns: how many.
std::int64_t kill(Context& context, const ClientFilter& filter) {
  std::int64_t killed = 0;
  for (const auto& [id, session] : context.executor.sessions().sessions()) {
    if (!filter.meets(*session, context)) {
      continue;
    }
    ++killed;
    session->close_after_reply = true;
    if (session != &context.session && session->transport != nullptr) {
      session->transport->close();
    }
  }
  return killed;
}

}  // namespace

Outcome client_kill(Context& context) {
  static constexpr base::Error kNoSuchClient{"ERR", "No such client"};
  static constexpr base::Error kBadId{"ERR", "client-id should be greater than 0"};
  ClientFilter filter({1, kBadId, exec::errors::kSyntax});
  if (context.argument_count() == 3) {
    filter.add_address(context.argument(2));
    return kill(context, filter) == 0 ? context.fail(kNoSuchClient) : exec::reply_ok(context);
  }
  filter.set_spare_asking(true);
  if (const Outcome outcome = filter.read(context, 2); outcome != Outcome::kOk) {
    return outcome;
  }
  return exec::reply_integer(context, kill(context, filter));
}

Outcome client_unblock(Context& context) {
  auto how = exec::Executor::Unblock::kTimeout;
  if (context.argument_count() == 4) {
    if (context.argument_is(3, "error")) {
      how = exec::Executor::Unblock::kError;
    } else if (!context.argument_is(3, "timeout")) {
      return context.fail_with("ERR", "CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
  } else if (context.argument_count() > 4) {
    return context.fail_subcommand();
  }
  const auto id = base::parse_integer(context.argument(2));
  if (!id) {
    return context.fail(exec::errors::kNotInteger);
  }
  exec::Session* session =
      *id > 0 ? context.executor.sessions().find(static_cast<std::uint64_t>(*id)) : nullptr;
  if (session == nullptr || session->parked == nullptr || session->close_after_reply) {
    return exec::reply_integer(context, 0);
  }
  context.executor.unblock(*session, how);
  return exec::reply_integer(context, 1);
}

// A pause that is there already is only ever made longer and wider.
Outcome client_pause(Context& context) {
  static constexpr base::Error kNoTimeout{"ERR", "timeout is not an integer or out of range"};
  static constexpr base::Error kNegative{"ERR", "timeout is negative"};
  static constexpr base::Error kTooLong{"ERR", "timeout is out of range"};
  static constexpr base::Error kBadMode{"ERR", "CLIENT PAUSE mode must be WRITE or ALL"};
  if (context.argument_count() > 4) {
    return context.fail_subcommand();
  }
  exec::Pause what = exec::Pause::kAll;
  if (context.argument_count() == 4) {
    if (context.argument_is(3, "write")) {
      what = exec::Pause::kWrites;
    } else if (!context.argument_is(3, "all")) {
      return context.fail(kBadMode);
    }
  }
  exec::ArgumentReader read(context, 2);
  const std::int64_t timeout_ms = read.integer(kNoTimeout);
  if (timeout_ms < 0) {
    read.fail(kNegative);
  }
  if (timeout_ms > INT64_MAX - context.now_ms()) {
    read.fail(kTooLong);
  }
  if (!read.ok()) {
    return context.fail(read.error());
  }
  exec::Executor& executor = context.executor;
  std::int64_t until_ms = context.now_ms() + timeout_ms;
  if (executor.paused_until_ms() > context.now_ms()) {
    what = std::max(what, executor.paused());
    until_ms = std::max(until_ms, executor.paused_until_ms());
  }
  executor.pause(what, until_ms);
  return exec::reply_ok(context);
}

Outcome client_unpause(Context& context) {
  context.executor.pause(exec::Pause::kNone, 0);
  return exec::reply_ok(context);
}

}  // namespace sorrel::commands
