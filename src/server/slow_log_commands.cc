// SPDX-License-Identifier: BSD-3-Clause
//
// SLOWLOG: shows and empties the list that the executor keeps (sorrel/exec/slow_log.h). One thread.
#include <algorithm>
#include <array>

#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>

#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

constexpr std::int64_t kDefaultCount = 10;

void write_entry(Context& context, const exec::SlowLog::Entry& entry) {
  context.reply.array(6);
  context.reply.integer(entry.id);
  context.reply.integer(entry.time_s);
  context.reply.integer(entry.duration_us);
  context.reply.array(entry.arguments.size());
  for (const std::string& argument : entry.arguments) {
    context.reply.bulk(argument);
  }
  context.reply.bulk(entry.address);
  context.reply.bulk(entry.name);
}

Outcome slowlog_get(Context& context) {
  if (context.argument_count() > 3) {
    return context.fail_subcommand();
  }
  std::int64_t count = kDefaultCount;
  if (context.argument_count() == 3) {
    const auto asked = base::parse_integer(context.argument(2));
    if (!asked || *asked < -1) {
      return context.fail_with("ERR", "count should be greater than or equal to -1");
    }
    count = *asked;
  }
  const auto& entries = context.executor.slow_log().entries();
  const std::size_t shown =
      count < 0 ? entries.size() : std::min(entries.size(), static_cast<std::size_t>(count));
  context.reply.array(shown);
  for (std::size_t i = 0; i < shown; ++i) {
    write_entry(context, entries[i]);
  }
  return Outcome::kOk;
}

Outcome slowlog_len(Context& context) {
  return exec::reply_integer(
      context, static_cast<std::int64_t>(context.executor.slow_log().entries().size()));
}

Outcome slowlog_reset(Context& context) {
  context.executor.slow_log().clear();
  return exec::reply_ok(context);
}

Outcome slowlog_help(Context& context) {
  static constexpr std::array kLines = std::to_array<std::string_view>({
      "GET [<count>]",
      "    The newest entries, 10 unless told otherwise, -1 for all. Each one is: its number,",
      "    when it ran, microseconds, its words, the client's address and name.",
      "LEN",
      "    How many entries there are.",
      "RESET",
      "    Forget all entries.",
  });
  return exec::reply_help(context, kLines);
}

constexpr exec::Traits kAdminTraits = traits::kAdmin | traits::kLoading | traits::kStale;
constexpr exec::AclCategories kAdminAcl = acl::kAdmin | acl::kDangerous | acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"slowlog", -2, traits::kContainer, {}, acl::kSlow, nullptr},
    {"slowlog|get", -2, kAdminTraits, {}, kAdminAcl, &slowlog_get},
    {"slowlog|help", 2, traits::kLoading | traits::kStale, {}, acl::kSlow, &slowlog_help},
    {"slowlog|len", 2, kAdminTraits, {}, kAdminAcl, &slowlog_len},
    {"slowlog|reset", 2, kAdminTraits, {}, kAdminAcl, &slowlog_reset},
};

}  // namespace

void add_slow_log_commands(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
