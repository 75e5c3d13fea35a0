// SPDX-License-Identifier: BSD-3-Clause
//
// The drawing has four lines of two steps each, so that eight heights can be told apart; ages stand
// below their columns, from top to bottom.
#include "latency_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace sorrel::server {
namespace {

using exec::LatencyMonitor;
namespace events = exec::latency_events;

constexpr std::size_t kMostColumns = 80;
constexpr std::int64_t kLines = 4;
constexpr std::int64_t kSteps = kLines * 2;

struct Column {
  std::int64_t latency_ms;
  std::string age;  // "5s", "12m"
};

std::string age_text(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 86'400) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86'400);
}

std::string without_end_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// Line 0 is the lowest one.
char mark(std::int64_t height, std::int64_t line) {
  const std::int64_t above = height - line * 2;
  return above <= 0 ? ' ' : above == 1 ? '.' : ':';
}

std::string draw(const std::vector<Column>& columns, std::int64_t low, std::int64_t high) {
  const std::int64_t range = std::max<std::int64_t>(high - low, 1);
  std::string text;
  for (std::int64_t line = kLines - 1; line >= 0; --line) {
    std::string row;
    for (const Column& column : columns) {
      row += mark(1 + (column.latency_ms - low) * (kSteps - 1) / range, line);
    }
    text += without_end_blanks(row);
  }
  text += "\n";
  std::size_t deepest = 0;
  for (const Column& column : columns) {
    deepest = std::max(deepest, column.age.size());
  }
  for (std::size_t i = 0; i < deepest; ++i) {
    std::string row;
    for (const Column& column : columns) {
      row += i < column.age.size() ? column.age[i] : ' ';
    }
    text += without_end_blanks(row);
  }
  return text;
}

struct Figures {
  std::int64_t low = 0;
  std::int64_t high = 0;
  double mean = 0;
  double deviation = 0;  // mean distance from the mean
  double period_s = 0;   // mean time between two samples
};

Figures figures_of(const LatencyMonitor::History& history) {
  Figures figures;
  figures.low = figures.high = history[0].latency_ms;
  for (std::size_t i = 0; i < history.size(); ++i) {
    figures.low = std::min(figures.low, history[i].latency_ms);
    figures.high = std::max(figures.high, history[i].latency_ms);
    figures.mean += static_cast<double>(history[i].latency_ms);
  }
  const auto size = static_cast<double>(history.size());
  figures.mean /= size;
  for (std::size_t i = 0; i < history.size(); ++i) {
    figures.deviation += std::abs(static_cast<double>(history[i].latency_ms) - figures.mean) / size;
  }
  if (history.size() > 1) {
    figures.period_s =
        static_cast<double>(history.latest().time_s - history[0].time_s) / (size - 1);
  }
  return figures;
}

struct Advice {
  std::string_view event;
  std::string_view text;
};

constexpr Advice kAdvice[] = {
    {events::kCommand,
     "Commands that look at many members or keys hold up everybody else. SLOWLOG GET shows which "
     "they were. SCAN in place of KEYS and a range in place of a whole collection help."},
    {events::kFastCommand,
     "Commands that do little took long: the process did not get its processor. Look for other "
     "work on the machine, a limit of the container (cpu.stat: nr_throttled), swapping, or a "
     "virtual machine whose host is full."},
    {events::kAofWrite,
     "The kernel was slow to take bytes for the append only log: the disk is busy or nearly full."},
    {events::kAofSync,
     "The disk was slow to sync the append only log, once a second. Replies wait only when it lags "
     "by more than half a second; other writers to the same disk are the likely cause."},
    {events::kAofSyncAlways,
     "The disk was slow to sync the append only log, and under 'appendfsync always' every reply to "
     "a write waits for that. A faster disk, or 'appendfsync everysec', would help."},
    {events::kExpireCycle,
     "Many keys expired at one moment, or their effects were many. Times to live that differ by a "
     "little spread the work."},
    {events::kDefragCycle,
     "A slice of active defragmentation took long. active-defrag-cycle-max bounds its share."},
    {events::kSnapshotCycle,
     "A slice of a snapshot took long: very large values, or a process without its processor."},
    {events::kRelease, "Freeing values took long: very large elements, or a busy allocator."},
    {events::kCron,
     "The work of every tenth of a second took long; with many thousands of clients and 'timeout' "
     "set it looks at each of them."},
};

std::string_view advice_for(std::string_view event) {
  for (const Advice& advice : kAdvice) {
    if (advice.event == event) return advice.text;
  }
  return {};
}

}  // namespace

std::string latency_graph_text(std::string_view event, const LatencyMonitor::History& history,
                               std::int64_t now_s) {
  const Figures figures = figures_of(history);
  std::vector<Column> columns;
  const std::size_t first = history.size() - std::min(history.size(), kMostColumns);
  for (std::size_t i = first; i < history.size(); ++i) {
    columns.push_back({history[i].latency_ms, age_text(now_s - history[i].time_s)});
  }
  return fmt::format("{} - high {} ms, low {} ms (all time high {} ms)\n", event, figures.high,
                     figures.low, history.longest_ms()) +
         std::string(kMostColumns, '-') + "\n" + draw(columns, figures.low, figures.high);
}

std::string latency_doctor_text(const LatencyMonitor& monitor, std::int64_t now_s) {
  if (monitor.histories().empty()) {
    return monitor.threshold_ms() == 0
               ? "The latency monitor is off, and nothing was noted before. Switch it on with "
                 "CONFIG SET latency-monitor-threshold <milliseconds>: the longest delay that your "
                 "clients can bear is a good value.\n"
               : fmt::format("Nothing took {} ms or longer: no latency problem was found.\n",
                             monitor.threshold_ms());
  }
  std::string text = "Latency spikes were noted:\n";
  std::size_t number = 0;
  for (const auto& [name, history] : monitor.histories()) {
    const Figures figures = figures_of(history);
    text += fmt::format(
        "\n{}. {}: {} {}, mean {:.0f} ms (mean deviation {:.0f} ms), {}longest {} ms, the last one "
        "{} ago.",
        ++number, name, history.size(), history.size() == 1 ? "spike" : "spikes", figures.mean,
        figures.deviation,
        history.size() == 1 ? "" : fmt::format("one every {:.1f} s, ", figures.period_s),
        history.longest_ms(), age_text(now_s - history.latest().time_s));
    if (const std::string_view advice = advice_for(name); !advice.empty()) {
      text += fmt::format("\n   {}", advice);
    }
    text += "\n";
  }
  return text;
}

}  // namespace sorrel::server
