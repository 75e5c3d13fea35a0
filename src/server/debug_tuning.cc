// SPDX-License-Identifier: BSD-3-Clause
//
// DEBUG subcommands by which tests prepare a server and hold parts of it still. What would tune a
// structure that this server does not have is checked and taken, so that a test which only needs
// its data in place goes on. One thread.
#include <algorithm>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include <sorrel/base/numbers.h>
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/context.h>
#include <sorrel/keyspace/write_ref.h>

#include "debug_handlers.h"
#include "server_state.h"

namespace sorrel::server {

using exec::Context;
using exec::Outcome;
namespace errors = exec::errors;

Outcome debug_dict_resizing(Context& context) { return exec::reply_ok(context); }

Outcome debug_reply_buffer(Context& context) {
  const bool time = context.argument_is(2, "PEAK-RESET-TIME");
  if (!time && !context.argument_is(2, "RESIZING")) {
    return context.fail_subcommand();
  }
  const bool word = context.argument_is(3, "NEVER") || context.argument_is(3, "RESET");
  if (time && !word && !base::parse_integer(context.argument(3))) {
    return context.fail(errors::kNotInteger);
  }
  return exec::reply_ok(context);
}

Outcome debug_quicklist_packed_threshold(Context& context) {
  constexpr std::uint64_t kMost = 4ULL * 1024 * 1024 * 1024;
  const auto bytes = base::parse_memory_size(context.argument(2));
  if (!bytes || *bytes > kMost) {
    return context.fail_with("ERR",
                             "argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  return exec::reply_ok(context);
}

Outcome debug_aof_flush_sleep(Context& context) {
  const long us = std::strtol(std::string(context.argument(2)).c_str(), nullptr, 10);
  context.state<Server>().set_flush_sleep_us(std::max(us, 0L));
  return exec::reply_ok(context);
}

Outcome debug_pause_cron(Context& context) {
  const long paused = std::strtol(std::string(context.argument(2)).c_str(), nullptr, 10);
  context.state<Server>().set_cron_paused(paused != 0);
  return exec::reply_ok(context);
}

Outcome debug_htstats(Context& context) {
  const auto number = base::parse_integer(context.argument(2));
  if (!number) {
    return context.fail(errors::kNotInteger);
  }
  if (*number < 0 || static_cast<std::uint64_t>(*number) >= context.keyspace.database_count()) {
    return context.fail_with("ERR", "Out of range database");
  }
  const auto& database = context.keyspace.database(static_cast<std::size_t>(*number));
  const auto table = [](std::size_t slots, std::size_t elements) {
    return fmt::format(" table size: {}\n number of elements: {}\n", slots, elements);
  };
  context.reply.verbatim(
      "txt", fmt::format("[Dictionary HT]\n{}[Expires HT]\n{}",
                         table(database.index_slots(), database.size()),
                         table(database.keys_with_deadline(), database.keys_with_deadline())));
  return Outcome::kOk;
}

Outcome debug_populate(Context& context) {
  exec::ArgumentReader read(context, 2);
  const std::int64_t count = read.integer_in(0, INT64_MAX, errors::kMustBePositive);
  const std::string prefix(read.more() ? read.text() : "key");
  const bool sized = read.more();
  const std::int64_t bytes = sized ? read.integer_in(0, INT64_MAX, errors::kMustBePositive) : 0;
  if (!read.ok()) {
    return context.fail(read.error());
  }
  if (static_cast<std::uint64_t>(bytes) > context.state<Server>().options().max_bulk_bytes) {
    return context.fail(errors::kStringTooLong);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string name = fmt::format("{}:{}", prefix, i);
    auto ref = context.database.write(context.keyspace.key(name));
    if (ref.exists()) {
      continue;
    }
    std::string value = fmt::format("value:{}", i);
    if (sized) {
      value.resize(static_cast<std::size_t>(bytes), '\0');
    }
    ref.set_string(value, keyspace::DeadlinePolicy::clear());
    ref.commit(keyspace::events::kPopulate);
  }
  context.effects.suppress();
  return exec::reply_ok(context);
}

}  // namespace sorrel::server
