// SPDX-License-Identifier: BSD-3-Clause
//
// What administrators ask of a running server, beside its turns: counters begun anew, a new
// replication id, expiry switched off for a test, the data loaded from the log again. One thread.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

#include <sorrel/persist/libraries_payload.h>

#include "crash_report.h"
#include "log.h"
#include "process_title.h"
#include "server_state.h"

namespace sorrel::server {

bool Server::may(int allowed, std::string_view address) {
  const auto allow = static_cast<Allow>(allowed);
  return allow == Allow::kYes || (allow == Allow::kLocal && is_local_address(address));
}

bool is_local_address(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with('/') ||
         address.find(':') == std::string_view::npos || address.ends_with(":0");
}

std::string random_id(base::Random& random) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += kDigits[random.below(16)];
  }
  return text;
}

std::string Server::enter_directory() {
  std::error_code error;
  std::filesystem::current_path(options_.directory, error);
  if (error) {
    return error.message();
  }
  options_.directory = std::filesystem::current_path(error).string();
  return {};
}

// A period that the work of every tenth of a second could miss is raised.
void Server::apply_watchdog() {
  constexpr std::int64_t kLeastMs = 200;
  if (options_.watchdog_ms != 0) {
    options_.watchdog_ms = std::max(options_.watchdog_ms, kLeastMs);
  }
  arm_watchdog(std::chrono::milliseconds(options_.watchdog_ms));
}

std::string Server::apply_oom_score() {
  const std::string failure =
      oom_score_.apply(static_cast<OomScoreMode>(options_.oom_score_mode), options_.oom_scores);
  if (!failure.empty()) {
    log_warning("{}", failure);
    return "Failed to set oom_score_adj, check server logs.";
  }
  return {};
}

void Server::new_replication_id() { replication_id_ = random_id(id_random_); }

void Server::set_active_expire(bool on) {
  active_expire_ = on;
  wake_at_ms_ = INT64_MAX;
}

void Server::connect_scripting() {
  script::Shell& shell = scripting_.shell();
  shell.serve_others = [this] {
    if (loading_) {
      go_on_loading(loading_->loaded_bytes, loading_->total_bytes);
      return;
    }
    loop_.serve_others();
    if (loop_.signal_waits()) {
      scripting_.end_for_shutdown();
    }
  };
  shell.log = [](script::LogLevel level, std::string_view text) {
    switch (level) {
      case script::LogLevel::kWarning:
        return log_warning("{}", text);
      case script::LogLevel::kNotice:
        return log_notice("{}", text);
      case script::LogLevel::kVerbose:
        return log_verbose("{}", text);
      default:
        return log_debug("{}", text);
    }
  };
  shell.seal_libraries = [this](std::span<const std::string_view> sources) {
    return persist::seal_libraries(sources, dump_settings_.compress);
  };
  shell.open_libraries = [this](std::string_view payload) {
    auto opened = persist::open_libraries(payload, dump_settings_.check_sum);
    return script::OpenedLibraries{std::string(opened.error), std::move(opened.codes)};
  };
  apply_script_time();
}

void Server::apply_title() {
  if (!options_.set_title) {
    return;
  }
  ProcessFacts facts;
  facts.title = options_.program;
  facts.port = std::to_string(options_.port);
  facts.tls_port = std::to_string(options_.tls_port);
  facts.unix_socket = options_.unix_socket;
  facts.config_file = options_.config_file;
  if (options_.any_port() == 0) {
    facts.listening_at = options_.unix_socket;
  } else {
    facts.listening_at = (options_.bind.empty() ? "*" : options_.bind[0]) + ":" +
                         std::to_string(options_.any_port());
  }
  if (const auto title = expand_title(options_.title_template, facts)) {
    show_process_title(*title);
  }
}

void Server::reset_statistics() {
  commands_.reset_statistics();
  executor_.statistics() = {};
  keyspace_.statistics() = {};
  executor_.memory_limit().forget_time_over();
  scripting_.reset_statistics();
  defragmentation_.reset_statistics();
  client_memory_.reset_statistics();
  hot_keys_.reset();
  loop_.forget_longest_turn();
  loop_statistics_before_ = loop_.statistics();
  statistics_.rejected_connections = 0;
  statistics_.queries_too_long = 0;
  statistics_.log_ns = 0;
  statistics_.cron_ns = 0;
  statistics_.expire_ns = 0;
  statistics_.most_commands = 0;
  for (RateMeter* meter : {&statistics_.commands, &statistics_.input, &statistics_.output,
                           &statistics_.turns, &statistics_.busy_us}) {
    *meter = {};
  }
}

net::LoopStatistics Server::loop_statistics() const {
  const net::LoopStatistics& before = loop_statistics_before_;
  net::LoopStatistics since = loop_.statistics();
  since.turns -= before.turns;
  since.busy_ns -= before.busy_ns;
  since.connections_accepted -= before.connections_accepted;
  since.connections_over_limit -= before.connections_over_limit;
  since.bytes_read -= before.bytes_read;
  since.bytes_written -= before.bytes_written;
  since.tls_handshakes -= before.tls_handshakes;
  since.tls_failures -= before.tls_failures;
  since.reads -= before.reads;
  since.writes -= before.writes;
  for (std::size_t i = 0; i < since.histogram.size(); ++i) {
    since.histogram[i] -= before.histogram[i];
  }
  return since;
}

}  // namespace sorrel::server
