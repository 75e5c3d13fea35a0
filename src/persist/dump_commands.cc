// SPDX-License-Identifier: BSD-3-Clause
//
// DUMP and RESTORE. A time to live counts from now, so RESTORE is repeated with the moment instead
// (ABSTTL). A moment that has passed leaves no key, and is repeated as the deletion of the one that
// was there. One thread.
#include <optional>
#include <string>
#include <vector>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/persist/dump_commands.h>
#include <sorrel/persist/rdb_value.h>

namespace sorrel::persist {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace errors = exec::errors;
namespace traits = exec::traits;

constexpr base::Error kBusyKey{"BUSYKEY", "Target key name already exists."};
constexpr base::Error kTtl{"ERR", "Invalid TTL value, must be >= 0"};
constexpr base::Error kIdleTime{"ERR", "Invalid IDLETIME value, must be >= 0"};
constexpr base::Error kFrequency{"ERR", "Invalid FREQ value, must be >= 0 and <= 255"};
constexpr base::Error kVersionOrChecksum{"ERR", "DUMP payload version or checksum are wrong"};
constexpr base::Error kBadFormat{"ERR", "Bad data format"};

const DumpSettings& settings_of(const Context& context) {
  static const DumpSettings kDefaults;
  return context.command.state == nullptr ? kDefaults : context.state<DumpSettings>();
}

Outcome dump(Context& context) {
  const keyspace::Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  return exec::reply_bulk(context, dump_payload(*record, settings_of(context).compress));
}

struct RestoreOptions {
  bool replace = false;
  bool absolute = false;
  std::optional<std::int64_t> idle_seconds;
  std::optional<std::int64_t> frequency;
};

RestoreOptions read_options(exec::ArgumentReader& read) {
  RestoreOptions options;
  while (read.more()) {
    if (read.word("REPLACE")) {
      options.replace = true;
    } else if (read.word("ABSTTL")) {
      options.absolute = true;
    } else if (!options.frequency && read.word_with("IDLETIME", 1)) {
      options.idle_seconds = read.integer();
      if (*options.idle_seconds < 0) {
        read.fail(kIdleTime);
      }
    } else if (!options.idle_seconds && read.word_with("FREQ", 1)) {
      options.frequency = read.integer();
      if (*options.frequency < 0 || *options.frequency > 255) {
        read.fail(kFrequency);
      }
    } else {
      read.fail(errors::kSyntax);
    }
  }
  return options;
}

// The moment, from a time to live or as it is; nothing for a key that lives for ever. What lies
// beyond the end of time is its end.
std::optional<std::int64_t> deadline_of(const Context& context, std::int64_t ttl,
                                        const RestoreOptions& options) {
  if (ttl == 0) {
    return std::nullopt;
  }
  std::int64_t deadline_ms = ttl;
  if (!options.absolute && __builtin_add_overflow(ttl, context.now_ms(), &deadline_ms)) {
    return INT64_MAX;
  }
  return deadline_ms;
}

// The access bits that the options ask for, where the eviction policy gives them a meaning; else
// those of a new key, even where there was one.
std::uint32_t access_of(const keyspace::AccessClock& clock, const RestoreOptions& options) {
  if (clock.lfu() && options.frequency) {
    return clock.of_frequency(static_cast<std::uint32_t>(*options.frequency));
  }
  if (!clock.lfu() && options.idle_seconds) {
    return clock.of_idle_seconds(*options.idle_seconds);
  }
  return clock.first();
}

void repeat_with_moment(Context& context, std::int64_t deadline_ms, const RestoreOptions& options) {
  char moment[base::kMaxIntegerText];
  std::vector<std::string_view> words(context.arguments.begin(), context.arguments.end());
  words[0] = "RESTORE";
  words[2] = {moment, base::format_integer(deadline_ms, moment)};
  if (!options.absolute) {
    words.emplace_back("ABSTTL");
  }
  context.effects.replace(words);
}

Outcome refuse(Context& context, const PayloadResult& result) {
  if (result.error == PayloadError::kVersionOrChecksum) {
    return context.fail(kVersionOrChecksum);
  }
  if (const auto& report = settings_of(context).report; report) {
    report(context.argument(1), result.reason);
  }
  return context.fail(kBadFormat);
}

Outcome restore(Context& context) {
  exec::ArgumentReader read(context, 4);
  const RestoreOptions options = read_options(read);
  if (!read.ok()) {
    return context.fail(read.error());
  }
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !options.replace) {
    return context.fail(kBusyKey);
  }
  const auto ttl = base::parse_integer(context.argument(2));
  if (!ttl || *ttl < 0) {
    return context.fail(ttl ? kTtl : errors::kNotInteger);
  }
  PayloadResult result = restore_payload(
      context.argument(3), {context.keyspace.settings(), settings_of(context).check_sum});
  if (result.error != PayloadError::kNone) {
    return refuse(context, result);
  }
  const auto deadline_ms = deadline_of(context, *ttl, options);
  if (deadline_ms && *deadline_ms <= context.now_ms() && context.keyspace.expiry_enabled()) {
    if (ref.exists()) {
      ref.erase();
      ref.commit(keyspace::events::kDel);
      context.effects.replace({"DEL", context.argument(1)});
    }
    return exec::reply_ok(context);
  }
  if (ref.exists()) {
    ref.erase();  // what takes its place is told of as a new key
  }
  install(ref, std::move(result.value), deadline_ms);
  ref.set_access(access_of(context.keyspace.access(), options));
  ref.commit(keyspace::events::kRestore);
  if (deadline_ms) {
    repeat_with_moment(context, *deadline_ms, options);
  }
  return exec::reply_ok(context);
}

constexpr exec::AclCategories kRestoreCategories =
    acl::kKeyspace | acl::kWrite | acl::kSlow | acl::kDangerous;

constexpr exec::CommandSpec kRows[] = {
    {"dump", 2, traits::kReadonly, {1, 1, 1}, acl::kKeyspace | acl::kRead | acl::kSlow, &dump},
    {"restore", -4, traits::kWrite | traits::kDenyOom, {1, 1, 1}, kRestoreCategories, &restore},
    {"restore-asking",
     -4,
     traits::kWrite | traits::kDenyOom | traits::kAsking,
     {1, 1, 1},
     kRestoreCategories,
     &restore},
};

}  // namespace

void add_dump_commands(exec::CommandTable& table) { table.add(kRows); }

void add_dump_commands(exec::CommandTable& table, DumpSettings& settings) {
  table.add(kRows, &settings);
}

}  // namespace sorrel::persist
