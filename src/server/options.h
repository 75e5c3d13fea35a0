// SPDX-License-Identifier: BSD-3-Clause
//
// What an operator may set: plain variables with their defaults, by their names in redis.conf. The
// rows that bind them to those names stand in options.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <syslog.h>

#include <sorrel/acl/acl.h>
#include <sorrel/exec/slow_log.h>
#include <sorrel/keyspace/eviction.h>
#include <sorrel/net/event_loop.h>
#include <sorrel/net/tls_context.h>
#include <sorrel/persist/log_writer.h>
#include <sorrel/types/settings.h>

#include "log_format.h"
#include "oom_score.h"
#include "supervision.h"

namespace sorrel::server {

enum class LogLevel : int { kDebug, kVerbose, kNotice, kWarning, kNothing };
// Who may use a command that is dangerous in the wrong hands (enable-debug-command).
enum class Allow : int { kNo, kYes, kLocal };

// What a signal to end does (shutdown-on-sigterm, shutdown-on-sigint); nothing set is the default.
struct ShutdownMode {
  bool save = false;
  bool nosave = false;
  bool now = false;
  bool force = false;
};

// Save after so many seconds, if there were so many changes (save).
struct SavePoint {
  std::int64_t seconds = 0;
  std::int64_t changes = 0;
};

// rename-command: another name for a command, or with an empty one none.
struct RenamedCommand {
  std::string origin;  // "redis.conf, line 7"
  std::string from;
  std::string to;
};

// maxmemory-clients: bytes, or a part of maxmemory.
struct ClientMemoryLimit {
  std::uint64_t bytes = 0;
  unsigned percent = 0;  // not 0: this counts

  // 0: none.
  std::uint64_t limit(std::uint64_t max_memory) const {
    return percent == 0 ? bytes : max_memory / 100 * percent + max_memory % 100 * percent / 100;
  }
};

struct Options {
  // Network
  std::vector<std::string> bind = {"*", "-::*"};
  std::int64_t port = 6379;
  std::vector<std::string> admin_bind = {"127.0.0.1"};  // admin-bind
  std::int64_t admin_port = 0;                          // admin-port; 0: none
  std::int64_t tcp_backlog = 511;
  std::string unix_socket;
  unsigned unix_socket_permissions = 0;
  std::string unix_socket_group;
  std::int64_t timeout_s = 0;
  std::int64_t tcp_keepalive_s = 300;
  std::int64_t max_clients = 10'000;
  bool protected_mode = true;
  std::string password;  // requirepass
  std::string acl_file;
  bool acl_all_channels = false;  // acl-pubsub-default allchannels
  std::int64_t acl_log_entries = 128;
  std::vector<acl::Directive> users;  // the directives `user`
  std::vector<RenamedCommand> renamed_commands;
  std::uint64_t max_bulk_bytes = 512ULL * 1024 * 1024;
  std::uint64_t query_buffer_limit = 1024ULL * 1024 * 1024;
  // client-output-buffer-limit
  net::EventLoop::OutputLimits output_limits{
      {{0, 0, 0}, {268435456, 67108864, 60}, {33554432, 8388608, 60}}};

  // TLS
  std::int64_t tls_port = 0;
  net::TlsSettings tls;
  bool tls_cluster = false;  // what MIGRATE sends
  bool tls_replication = false;
  std::int64_t tls_handshakes_per_turn = 1;  // max-new-tls-connections-per-cycle

  // What INFO and the title call the port.
  std::int64_t any_port() const { return port != 0 ? port : tls_port; }

  // General
  std::int64_t databases = 16;
  int log_level = static_cast<int>(LogLevel::kNotice);
  std::string log_file;
  int log_format = static_cast<int>(LogFormat::kLegacy);
  bool syslog = false;  // syslog-enabled
  std::string syslog_ident = "redis";
  int syslog_facility = LOG_LOCAL0;
  bool daemonize = false;
  int supervised = static_cast<int>(Supervisor::kNone);
  int oom_score_mode = static_cast<int>(OomScoreMode::kOff);  // oom-score-adj
  OomScores oom_scores = {0, 200, 800};                       // oom-score-adj-values
  std::string pid_file;
  std::string directory;  // dir; empty: where the server was started
  bool set_title = true;
  std::string title_template = "{title} {listen-addr} {server-mode}";
  ShutdownMode shutdown_on_sigint;
  ShutdownMode shutdown_on_sigterm;
  bool crash_log = true;         // crash-log-enabled
  bool exit_on_panic = false;    // use-exit-on-panic
  std::int64_t watchdog_ms = 0;  // watchdog-period; 0: none
  int debug_command = static_cast<int>(Allow::kNo);
  int protected_configs = static_cast<int>(Allow::kNo);  // enable-protected-configs
  std::string keyspace_events;  // notify-keyspace-events, one letter a class and channel

  std::int64_t tracking_max_keys = 1'000'000;  // tracking-table-max-keys; 0: no limit

  exec::SlowLog::Settings slow_log;
  std::int64_t busy_reply_ms = 5000;      // busy-reply-threshold
  std::int64_t latency_threshold_ms = 0;  // latency-monitor-threshold; 0: none is kept
  bool latency_tracking = true;
  std::vector<double> latency_percentiles = {50, 99, 99.9};  // latency-tracking-info-percentiles

  // Memory
  types::Settings types;  // without the seed, which is the keyspace's
  std::uint64_t max_memory = 0;
  ClientMemoryLimit client_memory;  // maxmemory-clients
  int max_memory_policy = static_cast<int>(keyspace::Eviction::kNone);
  std::int64_t eviction_samples = 5;              // maxmemory-samples
  std::int64_t eviction_tenacity = 10;            // maxmemory-eviction-tenacity
  bool active_defrag = true;                      // activedefrag
  std::uint64_t defrag_ignore_bytes = 8'388'608;  // active-defrag-ignore-bytes
  std::int64_t defrag_threshold_lower = 10;       // active-defrag-threshold-lower
  std::int64_t defrag_threshold_upper = 100;
  std::int64_t defrag_cycle_min = 1;  // active-defrag-cycle-min, per cent
  std::int64_t defrag_cycle_max = 25;
  std::int64_t lfu_log_factor = 10;
  std::int64_t lfu_decay_minutes = 1;

  // Append-only log
  bool append_only = false;
  int append_sync = static_cast<int>(persist::SyncPolicy::kEverySecond);
  std::string append_directory = "appendonlydir";
  std::string append_file = "appendonly.aof";
  bool load_truncated = true;
  bool load_broken = false;                    // aof-load-broken
  std::uint64_t load_broken_max_bytes = 0;     // aof-load-broken-max-size; 0: no limit
  bool keep_log_history = false;               // aof-disable-auto-gc
  bool log_timestamps = false;                 // aof-timestamp-enabled
  std::uint64_t log_checksum_interval = 4096;  // aof-checksum-interval; 0: none
  bool rdb_base = true;                        // aof-use-rdb-preamble
  std::int64_t rewrite_percentage = 100;       // auto-aof-rewrite-percentage
  std::uint64_t rewrite_min_bytes = 64ULL * 1024 * 1024;
  bool rewrite_sync_on_the_way = true;  // aof-rewrite-incremental-fsync

  // Snapshots
  std::vector<SavePoint> save_points = {{3600, 1}, {300, 100}, {60, 10000}};
  std::string rdb_file = "dump.rdb";  // dbfilename
  std::int64_t rdb_version = 11;      // rdb-save-version
  bool rdb_compress = true;
  bool rdb_check_sum = true;
  bool rdb_sync_on_the_way = true;        // rdb-save-incremental-fsync
  bool stop_writes_on_save_error = true;  // stop-writes-on-bgsave-error
  std::int64_t key_save_delay_us = 0;     // rdb-key-save-delay
  std::int64_t key_load_delay_us = 0;     // key-load-delay; -n: a microsecond every n keys
  // loading-process-events-interval-bytes; clients are looked at this often, or oftener
  std::int64_t load_events_interval = 512 * 1024;
  // What a snapshot may need beside the data before writers wait for the disk.
  std::uint64_t snapshot_buffer_limit = 64ULL * 1024 * 1024;

  // Whether accesses matter, so that they are kept on disk.
  bool keeps_accesses() const {
    return keyspace::evicts_by_use(static_cast<keyspace::Eviction>(max_memory_policy));
  }

  // How the program was started: {title} in the title's template.
  std::string program = "sorrel";
  // Where CONFIG REWRITE writes; empty without a configuration file.
  std::string config_file;
};

}  // namespace sorrel::server
