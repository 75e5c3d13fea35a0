// SPDX-License-Identifier: BSD-3-Clause
//
// INFO's sections: functions that append "name:value" lines to a text. The table of sections stands
// in info.cc; a new field is one line in its section, a new section one row. One thread.
#pragma once

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace sorrel::server {

class Server;

class InfoText {
 public:
  explicit InfoText(std::string& text) : text_(text) {}

  template <class Value>
  void field(std::string_view name, const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{}:{}\r\n", name, value);
  }
  // A number with two decimals, and what follows it (a percent sign).
  void decimal(std::string_view name, double value, std::string_view unit = "") {
    fmt::format_to(std::back_inserter(text_), "{}:{:.2f}{}\r\n", name, value, unit);
  }
  // Bytes as "1.50M".
  void human(std::string_view name, std::size_t bytes);
  // Zero is the truth for features that this version does not have.
  void zeros(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      field(name, 0);
    }
  }
  std::string& text() { return text_; }

 private:
  std::string& text_;
};

void info_server(Server& server, InfoText& info);
void info_clients(Server& server, InfoText& info);
void info_memory(Server& server, InfoText& info);
void info_persistence(Server& server, InfoText& info);
void info_stats(Server& server, InfoText& info);
void info_event_loop(Server& server, InfoText& info);  // a part of info_stats
void info_replication(Server& server, InfoText& info);
void info_cpu(Server& server, InfoText& info);
void info_modules(Server& server, InfoText& info);
void info_command_stats(Server& server, InfoText& info);
void info_error_stats(Server& server, InfoText& info);
void info_latency_stats(Server& server, InfoText& info);
void info_cluster(Server& server, InfoText& info);
void info_keyspace(Server& server, InfoText& info);
void info_tls(Server& server, InfoText& info);
void info_debug(Server& server, InfoText& info);

}  // namespace sorrel::server
