// SPDX-License-Identifier: BSD-3-Clause
//
// WAIT and WAITAOF: a client waits until its own writes have reached replicas, or the disk. There
// are no replicas, so that of these only the time can come to an end. The disk is the log's: what
// a client wrote ends at a place in the log (Session::log_end), and the log's thread tells how far
// it is synced; each time it has, those who wait for that are run again (Server::on_log_news).
//
// Within a transaction or a script nobody can wait: the answer is what is true at that moment, and
// the writes of the transaction itself are not on disk yet. One thread.
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/executor.h>

#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace errors = exec::errors;
namespace traits = exec::traits;

// Milliseconds; 0 is for ever. Returns: the moment at which the time is over.
std::int64_t read_deadline(exec::ArgumentReader& read, const Context& context) {
  const std::int64_t timeout_ms = read.integer(errors::kBlockNotInteger);
  if (timeout_ms < 0) {
    read.fail(errors::kBlockNegative);
  }
  if (timeout_ms > INT64_MAX - context.now_ms()) {
    read.fail(errors::kBlockOutOfRange);
  }
  return timeout_ms == 0 || !read.ok() ? exec::Wait::kForever : context.now_ms() + timeout_ms;
}

exec::Wait for_no_key(std::int64_t deadline_ms) {
  exec::Wait wait;
  wait.key_count = 0;
  wait.deadline_ms = deadline_ms;
  wait.answers_itself = true;
  return wait;
}

Outcome wait(Context& context) {
  constexpr std::int64_t kReplicas = 0;
  exec::ArgumentReader read(context, 1);
  const std::int64_t replicas = read.integer();
  const std::int64_t deadline_ms = read_deadline(read, context);
  if (!read.ok()) {
    return context.fail(read.error());
  }
  if (replicas <= kReplicas || context.timed_out() || !context.session.may_wait) {
    return exec::reply_integer(context, kReplicas);
  }
  return context.park(for_no_key(deadline_ms));
}

Outcome waitaof(Context& context) {
  constexpr std::int64_t kReplicas = 0;
  static constexpr base::Error kNotLocal{
      "ERR", "WAITAOF cannot be used when numlocal is set but appendonly is disabled."};
  static constexpr base::Error kBadLocal{"ERR",
                                         "value is out of range, value must between 0 and 1"};
  static constexpr base::Error kBadReplicas{"ERR", "value is out of range, must be positive"};
  exec::ArgumentReader read(context, 1);
  const std::int64_t local = read.integer();
  if (local < 0 || local > 1) {
    read.fail(kBadLocal);
  }
  const std::int64_t replicas = read.integer_in(0, INT64_MAX, kBadReplicas);
  const std::int64_t deadline_ms = read_deadline(read, context);
  Server& server = context.state<Server>();
  if (local > 0 && server.log() == nullptr) {
    read.fail(kNotLocal);
  }
  if (!read.ok()) {
    return context.fail(read.error());
  }
  const std::int64_t synced = server.synced(context.session) ? 1 : 0;
  if ((synced >= local && replicas <= kReplicas) || context.timed_out() ||
      !context.session.may_wait) {
    context.reply.array(2);
    context.reply.integer(synced);
    return exec::reply_integer(context, kReplicas);
  }
  if (!context.resumed()) {
    server.note_waits_for_sync(context.session);
  }
  return context.park(for_no_key(deadline_ms));
}

constexpr exec::AclCategories kWaits = acl::kSlow | acl::kBlocking | acl::kConnection;

constexpr exec::CommandSpec kRows[] = {
    {"wait", 3, traits::kBlocking, {}, kWaits, &wait},
    {"waitaof", 4, traits::kBlocking, {}, kWaits, &waitaof},
};

}  // namespace

void add_wait_commands(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
