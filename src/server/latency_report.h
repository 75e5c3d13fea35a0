// SPDX-License-Identifier: BSD-3-Clause
//
// What LATENCY GRAPH and LATENCY DOCTOR tell people: a history drawn in text, and what the causes
// are and what can be done about them. Texts alone, made of values. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sorrel/exec/latency_monitor.h>

namespace sorrel::server {

// A line with the range, then a column for each sample, oldest first, with its age below it.
// Requires: the history has a sample.
std::string latency_graph_text(std::string_view event, const exec::LatencyMonitor::History& history,
                               std::int64_t now_s);

std::string latency_doctor_text(const exec::LatencyMonitor& monitor, std::int64_t now_s);

}  // namespace sorrel::server
