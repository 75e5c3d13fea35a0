// SPDX-License-Identifier: BSD-3-Clause
//
// LATENCY: shows what the monitor keeps (sorrel/exec/latency_monitor.h) and the histograms of the
// commands' times. GRAPH and DOCTOR are for people and stand in latency_report.cc. One thread.
#include <array>
#include <cstdint>
#include <vector>

#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>

#include "command_figures.h"
#include "latency_report.h"
#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::LatencyMonitor;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

// Four figures for each event: name, time and duration of the last sample, the longest ever.
Outcome latency_latest(Context& context) {
  const LatencyMonitor::Histories& histories = context.executor.latency().histories();
  context.reply.array(histories.size());
  for (const auto& [name, history] : histories) {
    context.reply.array(4);
    context.reply.bulk(name);
    context.reply.integer(history.latest().time_s);
    context.reply.integer(history.latest().latency_ms);
    context.reply.integer(history.longest_ms());
  }
  return Outcome::kOk;
}

Outcome latency_history(Context& context) {
  const LatencyMonitor::History* history = context.executor.latency().find(context.argument(2));
  const std::size_t size = history == nullptr ? 0 : history->size();
  context.reply.array(size);
  for (std::size_t i = 0; i < size; ++i) {
    context.reply.array(2);
    context.reply.integer((*history)[i].time_s);
    context.reply.integer((*history)[i].latency_ms);
  }
  return Outcome::kOk;
}

Outcome latency_reset(Context& context) {
  LatencyMonitor& monitor = context.executor.latency();
  std::size_t forgotten = context.argument_count() == 2 ? monitor.forget_all() : 0;
  for (const std::string_view event : context.arguments.subspan(2)) {
    forgotten += monitor.forget(event);
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(forgotten));
}

Outcome latency_graph(Context& context) {
  const LatencyMonitor::History* history = context.executor.latency().find(context.argument(2));
  if (history == nullptr) {
    return context.fail_with(
        "ERR", "No samples available for event '" + std::string(context.argument(2)) + "'");
  }
  context.reply.verbatim(
      "txt", latency_graph_text(context.argument(2), *history, context.now_ms() / 1000));
  return Outcome::kOk;
}

Outcome latency_doctor(Context& context) {
  context.reply.verbatim("txt",
                         latency_doctor_text(context.executor.latency(), context.now_ms() / 1000));
  return Outcome::kOk;
}

// n pairs: upper bound in microseconds, calls up to it; only where the number grows.
void write_histogram(Context& context, const exec::CommandStatistics& statistics) {
  context.reply.map(2);
  context.reply.bulk("calls");
  context.reply.integer(static_cast<std::int64_t>(counted(statistics.histogram)));
  context.reply.bulk("histogram_usec");
  const auto begin = context.reply.defer();
  std::size_t pairs = 0;
  std::int64_t calls = 0;
  for (std::size_t i = 0; i < statistics.histogram.size(); ++i) {
    if (statistics.histogram[i] != 0) {
      calls += statistics.histogram[i];
      context.reply.integer(std::int64_t{1} << i);
      context.reply.integer(calls);
      ++pairs;
    }
  }
  context.reply.settle(begin, resp::ReplyWriter::Aggregate::kMap, pairs);
}

std::vector<const exec::Command*> chosen_commands(Context& context) {
  const exec::CommandTable& table = context.state<Server>().commands();
  std::vector<const exec::Command*> chosen;
  if (context.argument_count() == 2) {
    for_each_command(table, [&](const exec::Command& command) { chosen.push_back(&command); });
    return chosen;
  }
  for (const std::string_view name : context.arguments.subspan(2)) {
    const exec::Command* command = table.find_full(name);
    if (command != nullptr) {
      chosen.push_back(command);
      chosen.insert(chosen.end(), command->subcommands.begin(), command->subcommands.end());
    }
  }
  return chosen;
}

Outcome latency_histogram(Context& context) {
  const auto begin = context.reply.defer();
  std::size_t commands = 0;
  for (const exec::Command* command : chosen_commands(context)) {
    if (counted(command->statistics.histogram) != 0) {
      context.reply.bulk(command->spec->name);
      write_histogram(context, command->statistics);
      ++commands;
    }
  }
  context.reply.settle(begin, resp::ReplyWriter::Aggregate::kMap, commands);
  return Outcome::kOk;
}

Outcome latency_help(Context& context) {
  static constexpr std::array kLines = std::to_array<std::string_view>({
      "DOCTOR",
      "    What the samples say, in words.",
      "GRAPH <event>",
      "    The samples of one event, drawn in text.",
      "HISTOGRAM [<command> ...]",
      "    How long the calls of commands took: for each power of two of microseconds, how many",
      "    took no longer. All commands that ran unless some are named.",
      "HISTORY <event>",
      "    The samples of one event: Unix time, milliseconds.",
      "LATEST",
      "    The last sample of each event: name, Unix time, milliseconds, the longest ever.",
      "RESET [<event> ...]",
      "    Forget the samples of these events, or of all.",
  });
  return exec::reply_help(context, kLines);
}

constexpr exec::Traits kAdminTraits =
    traits::kAdmin | traits::kLoading | traits::kNoscript | traits::kStale;
constexpr exec::AclCategories kAdminAcl = acl::kAdmin | acl::kDangerous | acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"latency", -2, traits::kContainer, {}, acl::kSlow, nullptr},
    {"latency|doctor", 2, kAdminTraits, {}, kAdminAcl, &latency_doctor},
    {"latency|graph", 3, kAdminTraits, {}, kAdminAcl, &latency_graph},
    {"latency|help", 2, traits::kLoading | traits::kStale, {}, acl::kSlow, &latency_help},
    {"latency|histogram", -2, kAdminTraits, {}, kAdminAcl, &latency_histogram},
    {"latency|history", 3, kAdminTraits, {}, kAdminAcl, &latency_history},
    {"latency|latest", 2, kAdminTraits, {}, kAdminAcl, &latency_latest},
    {"latency|reset", -2, kAdminTraits, {}, kAdminAcl, &latency_reset},
};

}  // namespace

void add_latency_commands(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
