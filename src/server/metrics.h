// SPDX-License-Identifier: BSD-3-Clause
//
// The metrics in Prometheus' text format, version 0.0.4: the fields of INFO that are in the table
// (metrics_table.h), and families with labels. Names that begin with "redis_" are those of
// redis_exporter, with its meaning; what only Sorrel has begins with "sorrel_". One thread.
//
// Cost: some hundred lines, plus those of the commands that ran, the databases that hold keys and
// the errors that were answered; bounded like these. Clients are looked at once, as INFO does.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sorrel::server {

class Server;
struct MetricRow;

std::string metrics_text(Server& server);

// The sections of INFO that hold metrics; and a field of them, empty when there is none.
std::string info_of_metrics(Server& server);
std::string_view info_field(std::string_view info, std::string_view name);
// Calls visit(row, number) for each field that is a metric, in INFO's order. The number is its
// text: digits, "1" for ok or "0" for err.
void visit_metrics(std::string_view info,
                   const std::function<void(const MetricRow&, std::string_view)>& visit);

// A label's value: valid UTF-8, with backslashes, quotes and line feeds escaped.
std::string label_value(std::string_view text);

}  // namespace sorrel::server
