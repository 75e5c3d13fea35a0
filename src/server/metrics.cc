// SPDX-License-Identifier: BSD-3-Clause
//
// A family's lines stand together, headed by its HELP and TYPE, as the format demands.
#include "metrics.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "admin.h"
#include "command_figures.h"
#include "info.h"
#include "json_text.h"
#include "metrics_table.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

constexpr std::size_t kMostKeys = 10;

class Writer {
 public:
  void family(std::string_view name, std::string_view kind, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}.\n# TYPE {} {}\n", name, help, name,
                   kind);
  }
  template <class Value>
  void sample(const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{} {}\n", name_, value);
  }
  // `labels`: name="value" pairs with commas between them; `suffix` of the name ("_bucket").
  template <class Value>
  void sample(std::string_view labels, const Value& value, std::string_view suffix = "") {
    fmt::format_to(std::back_inserter(text_), "{}{}{{{}}} {}\n", name_, suffix, labels, value);
  }
  // Without labels.
  template <class Value>
  void sample_plain(std::string_view suffix, const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, suffix, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, label_value(value));
}

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

// Calls visit(name, value) for each line of INFO.
template <class Visit>
void for_each_field(std::string_view info, Visit&& visit) {
  while (!info.empty()) {
    const std::size_t end = info.find("\r\n");
    const std::string_view line = info.substr(0, end);
    info.remove_prefix(end + 2);
    const std::size_t colon = std::min(line.find(':'), line.size() - 1);
    visit(line.substr(0, colon), line.substr(colon + 1));
  }
}

// The number that a field's text is, or an empty text.
std::string_view number_of(std::string_view text) {
  if (text == "ok") return "1";
  if (text == "err") return "0";
  if (text.ends_with('%')) text.remove_suffix(1);
  const bool number =
      !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos;
  return number ? text : std::string_view();
}

// Buckets of powers of two; bounds in microseconds times `unit`. `labels`: empty, or with a comma
// behind them.
template <class Histogram>
void write_histogram(Writer& out, const Histogram& histogram, std::string_view labels, double unit,
                     double sum) {
  std::uint64_t calls = 0;
  for (std::size_t i = 0; i + 1 < histogram.size(); ++i) {
    calls += histogram[i];
    out.sample(fmt::format("{}le=\"{}\"", labels, static_cast<double>(1ULL << i) * unit), calls,
               "_bucket");
  }
  calls += histogram.back();
  out.sample(fmt::format("{}le=\"+Inf\"", labels), calls, "_bucket");
  const std::string_view own = labels.substr(0, labels.size() - (labels.empty() ? 0 : 1));
  if (own.empty()) {
    out.sample_plain("_sum", sum);
    out.sample_plain("_count", calls);
  } else {
    out.sample(own, sum, "_sum");
    out.sample(own, calls, "_count");
  }
}

std::vector<const exec::Command*> commands_that_ran(Server& server) {
  std::vector<const exec::Command*> ran;
  for_each_command(server.commands(), [&](const exec::Command& command) {
    const exec::CommandStatistics& s = command.statistics;
    if (s.calls + s.failed + s.rejected != 0) ran.push_back(&command);
  });
  return ran;
}

void write_instance(Server& server, std::string_view info, Writer& out) {
  out.family("redis_up", "gauge", "Whether the server answers");
  out.sample(1);
  out.family("redis_instance_info", "gauge", "What the server is");
  std::string labels = label("sorrel_version", SORREL_VERSION);
  for (const std::string_view name :
       {"role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy",
        "tcp_port", "run_id", "process_id", "master_replid"}) {
    labels += "," + label(name, info_field(info, name));
  }
  out.sample(labels, 1);
  const Options& options = server.options();
  const auto gauge = [&](std::string_view name, auto value, std::string_view help) {
    out.family(name, "gauge", help);
    out.sample(value);
  };
  gauge("redis_start_time_seconds", server.started_ms() / 1000,
        "When the server was started, Unix time");
  gauge("redis_config_maxmemory", options.max_memory, "The option maxmemory");
  gauge("redis_config_maxclients", options.max_clients, "The option maxclients");
  gauge("redis_config_io_threads", 1, "The option io-threads: one thread does all");
  gauge("redis_latest_fork_seconds", 0, "Seconds of the last fork: there are none");
}

void write_fields(std::string_view info, Writer& out) {
  visit_metrics(info, [&](const MetricRow& row, std::string_view number) {
    const std::string name = fmt::format("redis_{}", row.name);
    out.family(name, row.kind == MetricKind::kGauge ? "gauge" : "counter", row.help);
    out.sample(number);
  });
}

template <class Figure>
void write_for_commands(const std::vector<const exec::Command*>& commands, Writer& out,
                        std::string_view name, std::string_view help, Figure&& figure) {
  out.family(name, "counter", help);
  for (const exec::Command* command : commands) {
    out.sample(label("cmd", command->spec->name), figure(command->statistics));
  }
}

void write_percentiles(Server& server, const std::vector<const exec::Command*>& commands,
                       Writer& out) {
  out.family("redis_latency_percentiles_usec", "summary", "Percentiles of each command's calls");
  for (const exec::Command* command : commands) {
    const exec::CommandStatistics& s = command->statistics;
    const std::uint64_t calls = counted(s.histogram);
    if (calls == 0) continue;
    const std::string own = label("cmd", command->spec->name);
    for (const double share : server.options().latency_percentiles) {
      out.sample(fmt::format("{},quantile=\"{}\"", own, share),
                 percentile_us(s.histogram, share / 100));
    }
    out.sample(own, s.nanoseconds / 1000, "_sum");
    out.sample(own, calls, "_count");
  }
}

void write_commands(Server& server, Writer& out) {
  using Statistics = exec::CommandStatistics;
  const auto commands = commands_that_ran(server);
  write_for_commands(commands, out, "redis_commands_total", "Calls of each command",
                     [](const Statistics& s) { return s.calls; });
  write_for_commands(commands, out, "redis_commands_duration_seconds_total",
                     "Seconds in each command",
                     [](const Statistics& s) { return seconds(s.nanoseconds); });
  write_for_commands(commands, out, "redis_commands_failed_calls_total",
                     "Calls of each command that ended in an error",
                     [](const Statistics& s) { return s.failed; });
  write_for_commands(commands, out, "redis_commands_rejected_calls_total",
                     "Calls of each command that were refused before they ran",
                     [](const Statistics& s) { return s.rejected; });
  out.family("redis_commands_latencies_usec", "histogram", "Microseconds of each command's calls");
  std::array<std::uint64_t, std::tuple_size_v<decltype(Statistics::histogram)>> all{};
  std::uint64_t all_ns = 0;
  for (const exec::Command* command : commands) {
    const Statistics& s = command->statistics;
    if (counted(s.histogram) == 0) continue;
    write_histogram(out, s.histogram, label("cmd", command->spec->name) + ",", 1,
                    static_cast<double>(s.nanoseconds) / 1000);
    std::transform(all.begin(), all.end(), s.histogram.begin(), all.begin(), std::plus<>());
    all_ns += s.nanoseconds;
  }
  write_percentiles(server, commands, out);
  out.family("sorrel_command_duration_seconds", "histogram",
             "Seconds of the calls of all commands");
  write_histogram(out, all, "", 1e-6, seconds(all_ns));
}

void write_loop(Server& server, Writer& out) {
  const net::LoopStatistics loop = server.loop_statistics();
  out.family("sorrel_turn_duration_seconds", "histogram",
             "Seconds of the turns of the event loop: read, run, write");
  write_histogram(out, loop.histogram, "", 1e-6, seconds(loop.busy_ns));
  out.family("sorrel_longest_turn_seconds", "gauge", "The longest of these");
  out.sample(seconds(loop.longest_ns));
  out.family("sorrel_ready", "gauge", "Whether the server takes requests, writes included");
  out.sample(why_not_ready(server).empty() ? 1 : 0);
}

void write_databases(Server& server, Writer& out) {
  const keyspace::Keyspace& keyspace = server.keyspace();
  const auto each = [&](std::string_view name, std::string_view help, auto&& figure) {
    out.family(name, "gauge", help);
    for (std::size_t i = 0; i < keyspace.database_count(); ++i) {
      const keyspace::Database& database = keyspace.database(i);
      if (i == 0 || database.size() != 0) {
        out.sample(label("db", fmt::format("db{}", i)), figure(database));
      }
    }
  };
  each("redis_db_keys", "Keys of each database that has some",
       [](const keyspace::Database& database) { return database.size(); });
  each("redis_db_keys_expiring", "Keys of each database that have a time to live",
       [](const keyspace::Database& database) { return database.keys_with_deadline(); });
  each("redis_db_avg_ttl_seconds", "Mean time to live of these",
       [](const keyspace::Database& database) {
         return static_cast<double>(database.average_ttl_ms()) / 1000;
       });
}

void write_delays(Server& server, Writer& out) {
  const exec::SlowLog& slow_log = server.executor().slow_log();
  out.family("redis_slowlog_length", "gauge", "Entries of the slow log");
  out.sample(slow_log.entries().size());
  out.family("redis_slowlog_last_id", "gauge", "Number of its newest entry");
  out.sample(slow_log.entries().empty() ? 0 : slow_log.entries().front().id);
  out.family("redis_last_slow_execution_duration_seconds", "gauge", "Seconds that this one took");
  out.sample(slow_log.entries().empty()
                 ? 0.0
                 : static_cast<double>(slow_log.entries().front().duration_us) / 1e6);
  const auto& histories = server.executor().latency().histories();
  out.family("redis_latency_spike_last", "gauge", "When each cause last held up the server");
  for (const auto& [event, history] : histories) {
    out.sample(label("event_name", event), history.latest().time_s);
  }
  out.family("redis_latency_spike_duration_seconds", "gauge", "For how long it did");
  for (const auto& [event, history] : histories) {
    out.sample(label("event_name", event), static_cast<double>(history.latest().latency_ms) / 1000);
  }
  out.family("redis_errors_total", "counter", "Errors that were answered, by their first word");
  for (const auto& [code, count] : server.executor().statistics().errors_by_code) {
    out.sample(label("err", code), count);
  }
}

void write_keys(Server& server, Writer& out) {
  const auto hot = server.hot_keys().most_used(kMostKeys);
  out.family("sorrel_hot_key_uses_per_second", "gauge", "The most used keys, by estimate");
  for (const HotKeys::Entry& entry : hot) {
    out.sample(
        label("db", fmt::format("db{}", entry.database)) + "," + label("key", entry.count->key),
        entry.uses_per_second);
  }
  const auto big = server.big_keys().largest(kMostKeys);
  out.family("sorrel_big_key_bytes", "gauge", "The keys that take most memory");
  for (const BigKeys::Entry& entry : big) {
    out.sample(label("db", fmt::format("db{}", entry.database)) + "," +
                   label("type", keyspace::type_name(entry.type)) + "," + label("key", entry.key),
               entry.bytes);
  }
}

}  // namespace

std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : valid_utf8(text)) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string info_of_metrics(Server& server) {
  std::string text;
  InfoText info(text);
  for (const auto write : {&info_server, &info_clients, &info_memory, &info_persistence,
                           &info_stats, &info_replication, &info_cpu, &info_cluster}) {
    write(server, info);
  }
  return text;
}

std::string_view info_field(std::string_view info, std::string_view name) {
  std::string_view found;
  for_each_field(info, [&](std::string_view field, std::string_view value) {
    if (field == name) found = value;
  });
  return found;
}

void visit_metrics(std::string_view info,
                   const std::function<void(const MetricRow&, std::string_view)>& visit) {
  for_each_field(info, [&](std::string_view field, std::string_view value) {
    const MetricRow* const row = find_metric(field);
    const std::string_view number = row == nullptr ? std::string_view() : number_of(value);
    if (!number.empty()) {
      visit(*row, number);
    }
  });
}

std::string metrics_text(Server& server) {
  const std::string info = info_of_metrics(server);
  Writer out;
  write_instance(server, info, out);
  write_fields(info, out);
  write_databases(server, out);
  write_commands(server, out);
  write_delays(server, out);
  write_loop(server, out);
  write_keys(server, out);
  return out.take();
}

}  // namespace sorrel::server
