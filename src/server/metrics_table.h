// SPDX-License-Identifier: BSD-3-Clause
//
// A table: which fields of INFO are metrics, and under which names. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sorrel::server {

enum class MetricKind : std::uint8_t { kGauge, kCounter };

struct MetricRow {
  std::string_view field;  // of INFO
  std::string_view name;   // without the prefix "redis_"
  MetricKind kind;
  std::string_view help;
};

// By field, ascending.
std::span<const MetricRow> metric_rows();
// Null when the field is no metric.
const MetricRow* find_metric(std::string_view field);

}  // namespace sorrel::server
