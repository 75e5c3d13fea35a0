// SPDX-License-Identifier: BSD-3-Clause
//
// HOTKEYS and BIGKEYS: Sorrel's own commands over what is always watched (hot_keys.h, big_keys.h).
// One thread.
#include <cmath>
#include <cstdint>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/context.h>

#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

constexpr std::int64_t kDefaultCount = 10;
constexpr std::int64_t kMostCount = 64;
constexpr base::Error kWrongCount{"ERR", "count must be between 1 and 64"};

// [COUNT n], with which `reply` is called.
template <class Reply>
Outcome with_count(Context& context, Reply&& reply) {
  exec::ArgumentReader read(context, 1);
  std::int64_t count = kDefaultCount;
  while (read.more()) {
    if (read.word_with("count", 1)) {
      count = read.integer_in(1, kMostCount, kWrongCount);
    } else {
      read.fail(exec::errors::kSyntax);
    }
  }
  if (!read.ok()) {
    return context.fail(read.error());
  }
  reply(static_cast<std::size_t>(count));
  return Outcome::kOk;
}

void write_integer(Context& context, std::string_view name, std::uint64_t value) {
  context.reply.bulk(name);
  context.reply.integer(static_cast<std::int64_t>(value));
}

// Whole numbers where the figure is an estimate: digits behind the point would promise too much.
Outcome hotkeys(Context& context) {
  return with_count(context, [&](std::size_t count) {
    const auto entries = context.state<Server>().hot_keys().most_used(count);
    context.reply.array(entries.size());
    for (const HotKeys::Entry& entry : entries) {
      context.reply.map(5);
      context.reply.bulk("key");
      context.reply.bulk(entry.count->key);
      write_integer(context, "db", entry.database);
      write_integer(context, "uses-per-second",
                    static_cast<std::uint64_t>(std::lround(entry.uses_per_second)));
      write_integer(context, "writes-per-second",
                    static_cast<std::uint64_t>(std::lround(entry.writes_per_second)));
      write_integer(context, "percent", static_cast<std::uint64_t>(std::lround(entry.share * 100)));
    }
  });
}

Outcome bigkeys(Context& context) {
  return with_count(context, [&](std::size_t count) {
    const auto entries = context.state<Server>().big_keys().largest(count);
    context.reply.array(entries.size());
    for (const BigKeys::Entry& entry : entries) {
      context.reply.map(5);
      context.reply.bulk("key");
      context.reply.bulk(entry.key);
      write_integer(context, "db", entry.database);
      context.reply.bulk("type");
      context.reply.bulk(keyspace::type_name(entry.type));
      write_integer(context, "bytes", entry.bytes);
      write_integer(context, "elements", entry.elements);
    }
  });
}

constexpr exec::Traits kTraits = traits::kAdmin | traits::kLoading | traits::kStale;
constexpr exec::AclCategories kCategories = acl::kAdmin | acl::kDangerous | acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"bigkeys", -1, kTraits, {}, kCategories, &bigkeys},
    {"hotkeys", -1, kTraits, {}, kCategories, &hotkeys},
};

}  // namespace

void add_key_watch_commands(exec::CommandTable& table, Server& server) {
  table.add(kRows, &server);
}

}  // namespace sorrel::server
