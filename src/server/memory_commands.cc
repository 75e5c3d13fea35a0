// SPDX-License-Identifier: BSD-3-Clause
//
// MEMORY: what one key takes, what the process takes, and advice. The allocator itself does the
// accounting (sorrel/base/memory.h), so these figures include everything. One thread.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <sorrel/base/memory.h>
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/context.h>

#include "memory_report.h"
#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

// What a key costs beside its record: its slot in the index with the room that buckets keep free,
// and its entry among the deadlines.
constexpr std::size_t kIndexBytesPerKey = 12;
constexpr std::size_t kDeadlineBytesPerKey = 19;

Outcome memory_usage(Context& context) {
  exec::ArgumentReader read(context, 3);
  while (read.more()) {
    if (!read.word_with("samples", 1) || read.integer() < 0) {
      read.fail(exec::errors::kSyntax);
    }
  }
  if (!read.ok()) {
    return context.fail(read.error());
  }
  // Sizes are kept, not sampled, so the number of samples does not matter.
  const keyspace::Record* record = context.database.peek(context.key(2));
  if (record == nullptr) {
    return exec::reply_null(context);
  }
  const std::size_t bytes = record->memory_bytes() + kIndexBytesPerKey +
                            (record->has_deadline() ? kDeadlineBytesPerKey : 0);
  return exec::reply_integer(context, static_cast<std::int64_t>(bytes));
}

// One line of MEMORY STATS: a whole number, or a ratio.
void write_bytes(Context& context, std::string_view name, std::int64_t value) {
  context.reply.bulk(name);
  context.reply.integer(value);
}
void write_bytes(Context& context, std::string_view name, std::size_t value) {
  write_bytes(context, name, static_cast<std::int64_t>(value));
}
void write_ratio(Context& context, std::string_view name, double value) {
  context.reply.bulk(name);
  context.reply.real(value);
}

std::size_t write_databases(Context& context) {
  std::size_t written = 0;
  for (std::size_t i = 0; i < context.keyspace.database_count(); ++i) {
    const keyspace::Database& database = context.keyspace.database(i);
    if (database.size() == 0 && database.overhead_bytes() == 0) {
      continue;
    }
    const std::size_t deadlines = database.keys_with_deadline() * kDeadlineBytesPerKey;
    context.reply.bulk("db." + std::to_string(i));
    context.reply.map(2);
    write_bytes(context, "overhead.hashtable.main",
                database.overhead_bytes() - std::min(deadlines, database.overhead_bytes()));
    write_bytes(context, "overhead.hashtable.expires", deadlines);
    ++written;
  }
  return written;
}

Outcome memory_stats(Context& context) {
  const MemoryReport report = memory_report(context.state<Server>());
  const auto begin = context.reply.defer();
  std::size_t fields = 0;
  const auto bytes = [&](std::string_view name, auto value) {
    write_bytes(context, name, value);
    ++fields;
  };
  const auto ratio = [&](std::string_view name, double value) {
    write_ratio(context, name, value);
    ++fields;
  };
  bytes("peak.allocated", report.peak);
  bytes("total.allocated", report.used);
  bytes("startup.allocated", report.startup);
  for (const char* name : {"replication.backlog", "replica.fullsync.buffer", "clients.slaves"}) {
    bytes(name, std::size_t{0});
  }
  bytes("clients.normal", report.clients);
  bytes("cluster.links", std::size_t{0});
  bytes("aof.buffer", report.log_buffer);
  const script::Statistics scripts = context.state<Server>().scripting().statistics();
  bytes("lua.caches", scripts.script_bytes);
  bytes("functions.caches", scripts.function_bytes);
  bytes("script.VMs", scripts.script_vm_bytes + scripts.function_vm_bytes);
  fields += write_databases(context);
  bytes("overhead.db.hashtable.lut", std::size_t{0});
  bytes("overhead.db.hashtable.rehashing", std::size_t{0});
  bytes("overhead.total", report.overhead());
  bytes("db.dict.rehashing.count", std::size_t{0});
  bytes("keys.count", report.keys);
  bytes("keys.bytes-per-key", report.keys == 0 ? 0 : report.above_startup() / report.keys);
  bytes("dataset.bytes", report.dataset());
  ratio("dataset.percentage", report.dataset_percent());
  ratio("peak.percentage", percent(report.used, report.peak));
  bytes("allocator.allocated", report.allocator.allocated);
  bytes("allocator.active", report.allocator.active);
  bytes("allocator.resident", report.allocator.resident);
  bytes("allocator.muzzy", std::size_t{0});
  ratio("allocator-fragmentation.ratio",
        ratio_of(report.allocator.active, report.allocator.allocated));
  bytes("allocator-fragmentation.bytes",
        difference(report.allocator.active, report.allocator.allocated));
  ratio("allocator-rss.ratio", ratio_of(report.allocator.resident, report.allocator.active));
  bytes("allocator-rss.bytes", difference(report.allocator.resident, report.allocator.active));
  ratio("rss-overhead.ratio", ratio_of(report.resident, report.allocator.resident));
  bytes("rss-overhead.bytes", difference(report.resident, report.allocator.resident));
  ratio("fragmentation", ratio_of(report.resident, report.used));
  bytes("fragmentation.bytes", difference(report.resident, report.used));
  context.reply.settle(begin, resp::ReplyWriter::Aggregate::kMap, fields);
  return Outcome::kOk;
}

// Below this nothing that could be said would be worth reading.
constexpr std::size_t kSmallBytes = 5 * 1024 * 1024;

std::string diagnose(const MemoryReport& report) {
  if (report.used < kSmallBytes) {
    return "The server holds very little data: there is nothing to diagnose yet.";
  }
  std::vector<std::string> findings;
  if (ratio_of(report.peak, report.used) > 1.5) {
    findings.emplace_back(
        "Peak memory: in the past the server used more than 1.5 times the memory that it uses now. "
        "The allocator may keep part of it; MEMORY PURGE gives free pages back.");
  }
  if (ratio_of(report.allocator.active, report.allocator.allocated) > 1.4 &&
      report.allocator.active - report.allocator.allocated > kSmallBytes) {
    findings.emplace_back(
        "Fragmentation: live values share their pages with much free space, as after the deletion "
        "of many keys. It is used again when data of that size is written.");
  }
  if (ratio_of(report.resident, report.allocator.resident) > 1.1 &&
      report.resident - report.allocator.resident > kSmallBytes) {
    findings.emplace_back(
        "Overhead: the process holds more memory than its allocator knows of (stacks, libraries).");
  }
  if (ratio_of(report.clients, report.used) > 0.25) {
    findings.emplace_back(
        "Clients: their buffers take more than a quarter of all memory. CLIENT LIST shows whose "
        "replies pile up (omem), client-output-buffer-limit bounds them.");
  }
  if (findings.empty()) {
    return "No memory problem was found.";
  }
  std::string text = "Findings:";
  for (const std::string& finding : findings) {
    text += "\n\n * " + finding;
  }
  return text + "\n";
}

Outcome memory_doctor(Context& context) {
  context.reply.verbatim("txt", diagnose(memory_report(context.state<Server>())));
  return Outcome::kOk;
}

Outcome memory_malloc_stats(Context& context) {
  const base::AllocatorStatistics statistics = base::allocator_statistics();
  context.reply.verbatim("txt", "Allocator: " + std::string(base::allocator_name()) +
                                    "\nAllocated: " + std::to_string(statistics.allocated) +
                                    "\nActive: " + std::to_string(statistics.active) +
                                    "\nResident: " + std::to_string(statistics.resident) + "\n");
  return Outcome::kOk;
}

Outcome memory_purge(Context& context) {
  base::purge_allocator();
  return exec::reply_ok(context);
}

Outcome memory_help(Context& context) {
  static constexpr std::array kLines = std::to_array<std::string_view>({
      "DOCTOR",
      "    What is wrong with the use of memory, if anything.",
      "MALLOC-STATS",
      "    The allocator's own figures.",
      "PURGE",
      "    Give the allocator's free pages back to the system.",
      "STATS",
      "    Where memory goes.",
      "USAGE <key> [SAMPLES <count>]",
      "    Bytes that a key and its value take. Sizes are exact: SAMPLES changes nothing.",
  });
  return exec::reply_help(context, kLines);
}

constexpr exec::CommandSpec kRows[] = {
    {"memory", -2, traits::kContainer, {}, acl::kSlow, nullptr},
    {"memory|doctor", 2, 0, {}, acl::kSlow, &memory_doctor},
    {"memory|help", 2, traits::kLoading | traits::kStale, {}, acl::kSlow, &memory_help},
    {"memory|malloc-stats", 2, 0, {}, acl::kSlow, &memory_malloc_stats},
    {"memory|purge", 2, 0, {}, acl::kSlow, &memory_purge},
    {"memory|stats", 2, 0, {}, acl::kSlow, &memory_stats},
    {"memory|usage", -3, traits::kReadonly, {2, 2, 1}, acl::kRead | acl::kSlow, &memory_usage},
};

}  // namespace

void add_memory_commands(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
