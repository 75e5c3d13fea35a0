// SPDX-License-Identifier: BSD-3-Clause
//
// What is read from the counters of the commands: INFO, LATENCY HISTOGRAM and the metrics show the
// same figures. A histogram's bucket i holds the calls below 2^i microseconds. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>

#include <sorrel/exec/command_table.h>

namespace sorrel::server {

// Calls visit(const Command&) for every command that can be run, subcommands included.
template <class Visit>
void for_each_command(const exec::CommandTable& table, Visit&& visit) {
  for (const exec::Command* command : table.commands()) {
    visit(*command);
    for (const exec::Command* subcommand : command->subcommands) {
      visit(*subcommand);
    }
  }
}

// How many calls a histogram holds.
template <class Histogram>
std::uint64_t counted(const Histogram& histogram) {
  return std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
}

// The upper bound, in microseconds, of the bucket in which this share (0 to 1) of the calls lies.
template <class Histogram>
std::uint64_t percentile_us(const Histogram& histogram, double share) {
  const std::uint64_t total = counted(histogram);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    seen += histogram[i];
    if (seen != 0 && static_cast<double>(seen) >= share * static_cast<double>(total)) {
      return 1ULL << i;
    }
  }
  return 1ULL << (histogram.size() - 1);
}

}  // namespace sorrel::server
