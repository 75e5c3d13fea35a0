// SPDX-License-Identifier: BSD-3-Clause
//
// Members: time_ms, not_ready (a reason, or ""), about (texts), metrics (INFO's names: numbers),
// histogram and turns (calls below each power of two of microseconds), commands, databases, hot,
// big, slow, spikes (lists, the most interesting first).
#include "status_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "admin.h"
#include "command_figures.h"
#include "json_text.h"
#include "metrics.h"
#include "metrics_table.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

constexpr std::size_t kMostCommands = 50;
constexpr std::size_t kMostDatabases = 64;
constexpr std::size_t kMostKeys = 12;
constexpr std::size_t kMostSlow = 20;
constexpr std::size_t kMostShown = 120;  // bytes of a key or a slow command

std::string shortened(std::string_view text) {
  return text.size() <= kMostShown ? std::string(text)
                                   : std::string(text.substr(0, kMostShown)) + "...";
}

void write_about(Server& server, std::string_view info, JsonText& out) {
  out.name("about");
  out.begin_object();
  out.member("sorrel_version", SORREL_VERSION);
  for (const std::string_view name :
       {"redis_version", "os", "role", "tcp_port", "process_id", "maxmemory_policy",
        "used_memory_human", "maxmemory_human", "mem_allocator"}) {
    out.member(name, info_field(info, name));
  }
  out.member("append_sync", server.option_table().find("appendfsync")->codec.show());
  out.member("save", server.option_table().find("save")->codec.show());
  out.end_object();
}

void write_metrics(std::string_view info, JsonText& out) {
  out.name("metrics");
  out.begin_object();
  visit_metrics(info, [&](const MetricRow& row, std::string_view number) {
    out.name(row.field);
    out.number(number);
  });
  out.end_object();
}

template <class Histogram>
void write_histogram(std::string_view name, const Histogram& histogram, JsonText& out) {
  out.name(name);
  out.begin_array();
  for (const auto calls : histogram) {
    out.value(calls);
  }
  out.end_array();
}

void write_commands(Server& server, JsonText& out) {
  std::vector<const exec::Command*> ran;
  std::array<std::uint64_t, std::tuple_size_v<decltype(exec::CommandStatistics::histogram)>> all{};
  for_each_command(server.commands(), [&](const exec::Command& command) {
    const exec::CommandStatistics& s = command.statistics;
    if (s.calls + s.failed + s.rejected != 0) ran.push_back(&command);
    std::transform(all.begin(), all.end(), s.histogram.begin(), all.begin(), std::plus<>());
  });
  write_histogram("histogram", all, out);
  const std::size_t shown = std::min(ran.size(), kMostCommands);
  std::partial_sort(ran.begin(), ran.begin() + static_cast<std::ptrdiff_t>(shown), ran.end(),
                    [](const exec::Command* a, const exec::Command* b) {
                      return a->statistics.nanoseconds > b->statistics.nanoseconds;
                    });
  ran.resize(shown);
  out.name("commands");
  out.begin_array();
  for (const exec::Command* command : ran) {
    const exec::CommandStatistics& s = command->statistics;
    out.begin_object();
    out.member("name", command->spec->name);
    out.member("calls", s.calls);
    out.member("usec", s.nanoseconds / 1000);
    out.member("failed", s.failed + s.rejected);
    out.member("p50", counted(s.histogram) == 0 ? 0 : percentile_us(s.histogram, 0.5));
    out.member("p99", counted(s.histogram) == 0 ? 0 : percentile_us(s.histogram, 0.99));
    out.end_object();
  }
  out.end_array();
}

void write_databases(Server& server, JsonText& out) {
  out.name("databases");
  out.begin_array();
  std::size_t written = 0;
  for (std::size_t i = 0; i < server.keyspace().database_count() && written < kMostDatabases; ++i) {
    const keyspace::Database& database = server.keyspace().database(i);
    if (database.size() != 0) {
      out.begin_object();
      out.member("db", i);
      out.member("keys", database.size());
      out.member("expires", database.keys_with_deadline());
      out.end_object();
      ++written;
    }
  }
  out.end_array();
}

void write_keys(Server& server, JsonText& out) {
  out.name("hot");
  out.begin_array();
  for (const HotKeys::Entry& entry : server.hot_keys().most_used(kMostKeys)) {
    out.begin_object();
    out.member("db", entry.database);
    out.member("key", shortened(entry.count->key));
    out.member("uses", entry.uses_per_second);
    out.member("writes", entry.writes_per_second);
    out.member("share", entry.share);
    out.end_object();
  }
  out.end_array();
  out.name("big");
  out.begin_array();
  for (const BigKeys::Entry& entry : server.big_keys().largest(kMostKeys)) {
    out.begin_object();
    out.member("db", entry.database);
    out.member("key", shortened(entry.key));
    out.member("type", keyspace::type_name(entry.type));
    out.member("bytes", entry.bytes);
    out.member("elements", entry.elements);
    out.end_object();
  }
  out.end_array();
}

void write_delays(Server& server, JsonText& out) {
  out.name("slow");
  out.begin_array();
  const auto& entries = server.executor().slow_log().entries();
  for (std::size_t i = 0; i < std::min(entries.size(), kMostSlow); ++i) {
    std::string words;
    for (const std::string& word : entries[i].arguments) {
      if (words.size() > kMostShown) break;
      words += (words.empty() ? "" : " ") + word;
    }
    out.begin_object();
    out.member("id", entries[i].id);
    out.member("time_s", entries[i].time_s);
    out.member("usec", entries[i].duration_us);
    out.member("words", shortened(words));
    out.member("address", entries[i].address);
    out.member("client", shortened(entries[i].name));
    out.end_object();
  }
  out.end_array();
  out.name("spikes");
  out.begin_array();
  for (const auto& [event, history] : server.executor().latency().histories()) {
    out.begin_object();
    out.member("event", event);
    out.member("time_s", history.latest().time_s);
    out.member("last_ms", history.latest().latency_ms);
    out.member("longest_ms", history.longest_ms());
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string status_json(Server& server) {
  const std::string info = info_of_metrics(server);
  JsonText out;
  out.begin_object();
  out.member("time_ms", server.clock().wall_ms());
  out.member("not_ready", why_not_ready(server));
  out.member("saves", !server.options().save_points.empty());
  out.member("latency_threshold_ms", server.options().latency_threshold_ms);
  write_about(server, info, out);
  write_metrics(info, out);
  write_commands(server, out);
  write_histogram("turns", server.loop_statistics().histogram, out);
  write_databases(server, out);
  write_keys(server, out);
  write_delays(server, out);
  out.end_object();
  return out.take();
}

}  // namespace sorrel::server
