// SPDX-License-Identifier: BSD-3-Clause
//
// What administrators ask of a running server, beside its turns: counters begun anew, a new
// replication id, expiry switched off for a test, the data loaded from the log again. One thread.
#include <span>
#include <string>

#include <sorrel/persist/append_log.h>
#include <sorrel/persist/libraries_payload.h>
#include <sorrel/persist/rdb_file.h>

#include "log.h"
#include "process_title.h"
#include "server_state.h"

namespace sorrel::server {

bool Server::may_debug(std::string_view address) const {
  const auto allow = static_cast<Allow>(options_.debug_command);
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

void Server::new_replication_id() { replication_id_ = random_id(id_random_); }

void Server::set_active_expire(bool on) {
  active_expire_ = on;
  wake_at_ms_ = INT64_MAX;
}

void Server::connect_scripting() {
  script::Shell& shell = scripting_.shell();
  shell.serve_others = [this] {
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
  facts.unix_socket = options_.unix_socket;
  facts.config_file = options_.config_file;
  if (options_.port == 0) {
    facts.listening_at = options_.unix_socket;
  } else {
    facts.listening_at = (options_.bind.empty() ? "*" : options_.bind[0]) + ":" + facts.port;
  }
  if (const auto title = expand_title(options_.title_template, facts)) {
    show_process_title(*title);
  }
}

void Server::reset_statistics() {
  commands_.reset_statistics();
  executor_.statistics() = {};
  keyspace_.statistics() = {};
  scripting_.reset_statistics();
  loop_.forget_longest_turn();
  loop_statistics_before_ = loop_.statistics();
  statistics_.rejected_connections = 0;
  statistics_.queries_too_long = 0;
  statistics_.log_ns = 0;
  statistics_.cron_ns = 0;
  statistics_.most_commands = 0;
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
  return since;
}

std::string Server::reload_log() {
  if (log_ == nullptr) {
    return "The append only file is off";
  }
  append_to_log();
  if (std::string failure = log_->flush(); !failure.empty()) {
    return failure;
  }
  for (std::size_t i = 0; i < keyspace_.database_count(); ++i) {
    keyspace_.database(i).clear();
  }
  scripting_.flush_libraries();
  // An executor of its own: this one is in the middle of a command.
  exec::Executor replayer(commands_, keyspace_, clock_, /*seed=*/0);
  auto opened = persist::open_append_log(*disk_, log_options(), replayer);
  for (const std::string& notice : opened.notices) {
    log_warning("{}", notice);
  }
  return opened.error;
}

std::string Server::reload_image(bool flush, bool merge) {
  std::string image;
  persist::RdbWriteOptions options;
  options.access =
      keyspace_.access().lfu() ? persist::RdbAccess::kFrequency : persist::RdbAccess::kIdleSeconds;
  persist::RdbWriter writer(options, keyspace_.access(),
                            [&](std::string_view piece) { image += piece; });
  for (const std::string_view source : scripting_.library_sources()) {
    writer.library(source);
  }
  writer.keyspace(keyspace_);
  writer.end();
  if (flush) {
    scripting_.flush_libraries();
    for (std::size_t i = 0; i < keyspace_.database_count(); ++i) {
      keyspace_.database(i).clear();
    }
  }
  persist::RdbLoadOptions load;
  load.replace = merge;
  load.library = [&](std::string_view code) { return scripting_.load_library(code, merge); };
  load.notice = [](std::string_view text) { log_notice("{}", text); };
  const auto source = [&, place = std::size_t{0}](std::span<char> to) mutable {
    const std::size_t count = image.copy(to.data(), to.size(), place);
    place += count;
    return count;
  };
  return persist::load_rdb(source, keyspace_, load).error;
}

}  // namespace sorrel::server
