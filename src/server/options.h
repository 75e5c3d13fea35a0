// SPDX-License-Identifier: BSD-3-Clause
//
// What an operator may set: plain variables with their defaults, by their names in redis.conf. The
// rows that bind them to those names stand in options.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/exec/slow_log.h>
#include <sorrel/net/event_loop.h>
#include <sorrel/persist/log_writer.h>
#include <sorrel/types/settings.h>

namespace sorrel::server {

enum class LogLevel : int { kDebug, kVerbose, kNotice, kWarning, kNothing };
// Which key goes when memory is full (maxmemory-policy).
enum class Eviction : int {
  kNone,
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kAllKeysLru,
  kAllKeysLfu,
  kAllKeysRandom,
};
// Who may use a command that is dangerous in the wrong hands (enable-debug-command).
enum class Allow : int { kNo, kYes, kLocal };

// What a signal to end does (shutdown-on-sigterm, shutdown-on-sigint); nothing set is the default.
struct ShutdownMode {
  bool save = false;
  bool nosave = false;
  bool now = false;
  bool force = false;
};

struct Options {
  // Network
  std::vector<std::string> bind = {"*", "-::*"};
  std::int64_t port = 6379;
  std::int64_t tcp_backlog = 511;
  std::string unix_socket;
  unsigned unix_socket_permissions = 0;
  std::string unix_socket_group;
  std::int64_t timeout_s = 0;
  std::int64_t tcp_keepalive_s = 300;
  std::int64_t max_clients = 10'000;
  bool protected_mode = true;
  std::string password;  // requirepass
  std::uint64_t max_bulk_bytes = 512ULL * 1024 * 1024;
  std::uint64_t query_buffer_limit = 1024ULL * 1024 * 1024;
  // client-output-buffer-limit
  net::EventLoop::OutputLimits output_limits{
      {{0, 0, 0}, {268435456, 67108864, 60}, {33554432, 8388608, 60}}};

  // General
  std::int64_t databases = 16;
  int log_level = static_cast<int>(LogLevel::kNotice);
  std::string log_file;
  bool daemonize = false;
  std::string pid_file;
  std::string directory;  // dir; empty: where the server was started
  bool set_title = true;
  std::string title_template = "{title} {listen-addr} {server-mode}";
  ShutdownMode shutdown_on_sigint;
  ShutdownMode shutdown_on_sigterm;
  int debug_command = static_cast<int>(Allow::kNo);
  std::string keyspace_events;  // notify-keyspace-events, one letter a class and channel

  std::int64_t tracking_max_keys = 1'000'000;  // tracking-table-max-keys; 0: no limit

  exec::SlowLog::Settings slow_log;
  std::int64_t busy_reply_ms = 5000;  // busy-reply-threshold
  bool latency_tracking = true;
  std::vector<double> latency_percentiles = {50, 99, 99.9};  // latency-tracking-info-percentiles

  // Memory
  types::Settings types;  // without the seed, which is the keyspace's
  std::uint64_t max_memory = 0;
  int max_memory_policy = static_cast<int>(Eviction::kNone);
  std::int64_t lfu_log_factor = 10;
  std::int64_t lfu_decay_minutes = 1;

  // Append-only log
  bool append_only = false;
  int append_sync = static_cast<int>(persist::SyncPolicy::kEverySecond);
  std::string append_directory = "appendonlydir";
  std::string append_file = "appendonly.aof";
  bool load_truncated = true;

  // How the program was started: {title} in the title's template.
  std::string program = "sorrel";
  // Where CONFIG REWRITE writes; empty without a configuration file.
  std::string config_file;
};

}  // namespace sorrel::server
