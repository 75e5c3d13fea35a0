// SPDX-License-Identifier: BSD-3-Clause
//
// INFO: which sections are asked for, and those about commands and errors; the others stand in
// info_sections.cc. Sections come in the order of the table whatever the order of the words is.
// One thread.
#include "info.h"

#include <array>

#include <sorrel/base/text.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>

#include "command_figures.h"
#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;

// Which of the collective words name a section beside its own.
enum Groups : unsigned { kDefault = 1, kAll = 2, kEverything = 4 };

struct Section {
  std::string_view title;
  unsigned groups;
  void (*write)(Server& server, InfoText& info);
};

constexpr Section kSections[] = {
    {"Server", kDefault | kAll | kEverything, &info_server},
    {"Clients", kDefault | kAll | kEverything, &info_clients},
    {"Memory", kDefault | kAll | kEverything, &info_memory},
    {"Persistence", kDefault | kAll | kEverything, &info_persistence},
    {"Stats", kDefault | kAll | kEverything, &info_stats},
    {"Replication", kDefault | kAll | kEverything, &info_replication},
    {"CPU", kDefault | kAll | kEverything, &info_cpu},
    {"Modules", kDefault | kEverything, &info_modules},
    {"Commandstats", kAll | kEverything, &info_command_stats},
    {"Errorstats", kDefault | kAll | kEverything, &info_error_stats},
    {"Latencystats", kAll | kEverything, &info_latency_stats},
    {"Cluster", kDefault | kAll | kEverything, &info_cluster},
    {"Keyspace", kDefault | kAll | kEverything, &info_keyspace},
    {"TLS", kEverything, &info_tls},
    {"Debug", 0, &info_debug},
};
static_assert(std::size(kSections) < 32);

// A set of sections, one bit each by their place in the table.
using Selection = std::uint32_t;

Selection group(unsigned groups) {
  Selection selection = 0;
  for (std::size_t i = 0; i < std::size(kSections); ++i) {
    selection |= (kSections[i].groups & groups) != 0 ? 1U << i : 0U;
  }
  return selection;
}

Selection select(std::string_view word) {
  if (base::equals_ignoring_case(word, "default")) {
    return group(kDefault);
  }
  if (base::equals_ignoring_case(word, "all")) {
    return group(kAll);
  }
  if (base::equals_ignoring_case(word, "everything")) {
    return group(kEverything);
  }
  for (std::size_t i = 0; i < std::size(kSections); ++i) {
    if (base::equals_ignoring_case(word, kSections[i].title)) {
      return 1U << i;
    }
  }
  return 0;
}

Outcome info(Context& context) {
  Selection selection = context.argument_count() == 1 ? group(kDefault) : 0;
  for (const std::string_view word : context.arguments.subspan(1)) {
    selection |= select(word);
  }
  std::string text;
  InfoText writer(text);
  for (std::size_t i = 0; i < std::size(kSections); ++i) {
    if ((selection & (1U << i)) != 0) {
      text += text.empty() ? "# " : "\r\n# ";
      text.append(kSections[i].title).append("\r\n");
      kSections[i].write(context.state<Server>(), writer);
    }
  }
  context.reply.verbatim("txt", text);
  return Outcome::kOk;
}

constexpr exec::CommandSpec kRows[] = {
    {"info",
     -1,
     exec::traits::kLoading | exec::traits::kStale,
     {},
     exec::acl::kDangerous | exec::acl::kSlow,
     &info},
};

}  // namespace

void InfoText::human(std::string_view name, std::size_t bytes) {
  static constexpr std::string_view kUnits = "BKMGTP";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0) {
    field(name, fmt::format("{}B", bytes));
  } else {
    field(name, fmt::format("{:.2f}{}", value, kUnits[unit]));
  }
}

void info_event_loop(Server& server, InfoText& info) {
  const net::LoopStatistics loop = server.loop_statistics();
  const Server::Statistics& statistics = server.statistics();
  std::uint64_t commands_ns = 0;
  for_each_command(server.commands(), [&](const exec::Command& command) {
    commands_ns += command.statistics.nanoseconds;
  });
  const std::uint64_t turns = statistics.turns.per_second();
  info.field("eventloop_cycles", loop.turns);
  info.field("eventloop_duration_sum", loop.busy_ns / 1000);
  info.field("eventloop_duration_cmd_sum", commands_ns / 1000);
  info.field("instantaneous_eventloop_cycles_per_sec", turns);
  info.field("instantaneous_eventloop_duration_usec",
             turns == 0 ? 0 : statistics.busy_us.per_second() / turns);
}

void info_command_stats(Server& server, InfoText& info) {
  for_each_command(server.commands(), [&](const exec::Command& command) {
    const exec::CommandStatistics& s = command.statistics;
    if (s.calls == 0 && s.failed == 0 && s.rejected == 0) {
      return;
    }
    const std::uint64_t microseconds = s.nanoseconds / 1000;
    const double mean =
        s.calls == 0 ? 0
                     : static_cast<double>(s.nanoseconds) / 1000.0 / static_cast<double>(s.calls);
    info.field(fmt::format("cmdstat_{}", command.spec->name),
               fmt::format("calls={},usec={},usec_per_call={:.2f},rejected_calls={},"
                           "failed_calls={}",
                           s.calls, microseconds, mean, s.rejected, s.failed));
  });
}

void info_latency_stats(Server& server, InfoText& info) {
  for_each_command(server.commands(), [&](const exec::Command& command) {
    const exec::CommandStatistics& s = command.statistics;
    if (!server.options().latency_tracking || counted(s.histogram) == 0) {
      return;
    }
    std::string text;
    for (const double share : server.options().latency_percentiles) {
      text += fmt::format("{}p{}={}.000", text.empty() ? "" : ",", share,
                          percentile_us(s.histogram, share / 100));
    }
    info.field(fmt::format("latency_percentiles_usec_{}", command.spec->name), text);
  });
}

void info_error_stats(Server& server, InfoText& info) {
  for (const auto& [code, count] : server.executor().statistics().errors_by_code) {
    info.field("errorstat_" + code, fmt::format("count={}", count));
  }
}

void add_info_command(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
