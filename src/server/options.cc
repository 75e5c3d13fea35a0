// SPDX-License-Identifier: BSD-3-Clause
//
// The options that this version acts on.
#include "options.h"

#include <limits>

#include <sorrel/base/text.h>

#include "crash_report.h"
#include "log.h"
#include "option_codecs.h"
#include "option_rows.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using config::Choice;
using config::Mutability;

constexpr std::int64_t kMaxInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMaxLong = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMaxMemory = std::numeric_limits<std::int64_t>::max();

constexpr Choice kLogLevels[] = {{"debug", static_cast<int>(LogLevel::kDebug)},
                                 {"verbose", static_cast<int>(LogLevel::kVerbose)},
                                 {"notice", static_cast<int>(LogLevel::kNotice)},
                                 {"warning", static_cast<int>(LogLevel::kWarning)},
                                 {"nothing", static_cast<int>(LogLevel::kNothing)}};
constexpr Choice kSyncPolicies[] = {
    {"everysec", static_cast<int>(persist::SyncPolicy::kEverySecond)},
    {"always", static_cast<int>(persist::SyncPolicy::kAlways)},
    {"no", static_cast<int>(persist::SyncPolicy::kNo)}};
constexpr Choice kAllow[] = {{"no", static_cast<int>(Allow::kNo)},
                             {"yes", static_cast<int>(Allow::kYes)},
                             {"local", static_cast<int>(Allow::kLocal)}};
constexpr Choice kLogFormats[] = {{"legacy", static_cast<int>(LogFormat::kLegacy)},
                                  {"logfmt", static_cast<int>(LogFormat::kLogfmt)},
                                  {"json", static_cast<int>(LogFormat::kJson)}};
constexpr Choice kSyslogFacilities[] = {
    {"user", LOG_USER},     {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},
    {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},
    {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
constexpr Choice kSupervisors[] = {{"upstart", static_cast<int>(Supervisor::kUpstart)},
                                   {"systemd", static_cast<int>(Supervisor::kSystemd)},
                                   {"auto", static_cast<int>(Supervisor::kAuto)},
                                   {"no", static_cast<int>(Supervisor::kNone)}};
// Yes is another word for relative.
constexpr Choice kOomScoreModes[] = {{"no", static_cast<int>(OomScoreMode::kOff)},
                                     {"yes", static_cast<int>(OomScoreMode::kRelative)},
                                     {"relative", static_cast<int>(OomScoreMode::kRelative)},
                                     {"absolute", static_cast<int>(OomScoreMode::kAbsolute)}};
constexpr Choice kClientCertificates[] = {
    {"no", static_cast<int>(net::ClientCertificates::kNone)},
    {"yes", static_cast<int>(net::ClientCertificates::kRequired)},
    {"optional", static_cast<int>(net::ClientCertificates::kOptional)}};
using keyspace::Eviction;
constexpr Choice kEviction[] = {{"volatile-lru", static_cast<int>(Eviction::kVolatileLru)},
                                {"volatile-lfu", static_cast<int>(Eviction::kVolatileLfu)},
                                {"volatile-random", static_cast<int>(Eviction::kVolatileRandom)},
                                {"volatile-ttl", static_cast<int>(Eviction::kVolatileTtl)},
                                {"allkeys-lru", static_cast<int>(Eviction::kAllKeysLru)},
                                {"allkeys-lfu", static_cast<int>(Eviction::kAllKeysLfu)},
                                {"allkeys-random", static_cast<int>(Eviction::kAllKeysRandom)},
                                {"noeviction", static_cast<int>(Eviction::kNone)}};
constexpr std::string_view kMemoryOptions[] = {"maxmemory",         "maxmemory-policy",
                                               "maxmemory-samples", "maxmemory-eviction-tenacity",
                                               "lfu-log-factor",    "lfu-decay-time"};

// acl-pubsub-default: which channels a new user may use.
config::Codec all_or_none(bool& all) {
  return {[&all](const std::vector<std::string>& words) -> std::string {
            const bool yes = base::equals_ignoring_case(words[0], "allchannels");
            if (!yes && !base::equals_ignoring_case(words[0], "resetchannels")) {
              return "argument(s) must be one of the following: allchannels, resetchannels";
            }
            all = yes;
            return {};
          },
          [&all] { return std::string(all ? "allchannels" : "resetchannels"); }};
}

void add_access_options(config::OptionTable& table, Options& o) {
  table.add({.name = "requirepass", .codec = config::text(o.password)});
  table.add(
      {.name = "aclfile", .codec = config::text(o.acl_file), .mutability = Mutability::kAtStart});
  table.add({.name = "acl-pubsub-default", .codec = all_or_none(o.acl_all_channels)});
  table.add({.name = "acllog-max-len", .codec = config::integer(o.acl_log_entries, 0, kMaxLong)});
}

void add_network_options(config::OptionTable& table, Options& o) {
  table.add({.name = "bind", .codec = addresses(o.bind), .many_words = true});
  table.add({.name = "port", .codec = config::integer(o.port, 0, 65535)});
  table.add({.name = "admin-bind",
             .codec = addresses(o.admin_bind),
             .mutability = Mutability::kAtStart,
             .many_words = true});
  table.add({.name = "admin-port",
             .codec = config::integer(o.admin_port, 0, 65535),
             .mutability = Mutability::kAtStart});
  table.add({.name = "tcp-backlog",
             .codec = config::integer(o.tcp_backlog, 0, kMaxInt),
             .mutability = Mutability::kAtStart});
  table.add({.name = "unixsocket",
             .codec = config::text(o.unix_socket),
             .mutability = Mutability::kAtStart});
  table.add({.name = "unixsocketperm",
             .codec = config::octal(o.unix_socket_permissions),
             .mutability = Mutability::kAtStart});
  table.add({.name = "unixsocketgroup",
             .codec = config::text(o.unix_socket_group),
             .mutability = Mutability::kAtStart,
             .hidden = true});
  table.add({.name = "timeout", .codec = config::integer(o.timeout_s, 0, kMaxInt)});
  table.add({.name = "tcp-keepalive", .codec = config::integer(o.tcp_keepalive_s, 0, kMaxInt)});
  table.add({.name = "maxclients", .codec = config::integer(o.max_clients, 1, 4294967295)});
  table.add({.name = "protected-mode", .codec = config::yes_no(o.protected_mode)});
  table.add({.name = "proto-max-bulk-len",
             .codec = config::memory(o.max_bulk_bytes, 1024 * 1024, kMaxMemory)});
  table.add({.name = "client-query-buffer-limit",
             .codec = config::memory(o.query_buffer_limit, 1024 * 1024, kMaxMemory)});
  table.add({.name = "client-output-buffer-limit",
             .codec = output_limits(o.output_limits),
             .many_words = true});
}

void add_supervision_options(config::OptionTable& table, Options& o) {
  const auto at_start = [&](std::string_view name, config::Codec codec) {
    table.add({.name = name, .codec = std::move(codec), .mutability = Mutability::kAtStart});
  };
  at_start("supervised", config::choice(o.supervised, kSupervisors));
  table.add({.name = "oom-score-adj", .codec = config::choice(o.oom_score_mode, kOomScoreModes)});
  table.add(
      {.name = "oom-score-adj-values", .codec = oom_scores(o.oom_scores), .many_words = true});
  table.add({.name = "log-format", .codec = config::choice(o.log_format, kLogFormats)});
  at_start("syslog-enabled", config::yes_no(o.syslog));
  at_start("syslog-ident", config::text(o.syslog_ident));
  at_start("syslog-facility", config::choice(o.syslog_facility, kSyslogFacilities));
}

void add_tls_options(config::OptionTable& table, Options& o) {
  const auto file = [&](std::string_view name, std::string& target) {
    table.add({.name = name, .codec = config::text(target), .names_file = true});
  };
  const auto text = [&](std::string_view name, std::string& target) {
    table.add({.name = name, .codec = config::text(target)});
  };
  const auto yes_no = [&](std::string_view name, bool& target) {
    table.add({.name = name, .codec = config::yes_no(target)});
  };
  net::TlsSettings& tls = o.tls;
  table.add({.name = "tls-port", .codec = config::integer(o.tls_port, 0, 65535)});
  file("tls-cert-file", tls.cert_file);
  file("tls-key-file", tls.key_file);
  text("tls-key-file-pass", tls.key_file_pass);
  file("tls-client-cert-file", tls.client_cert_file);
  file("tls-client-key-file", tls.client_key_file);
  text("tls-client-key-file-pass", tls.client_key_file_pass);
  file("tls-ca-cert-file", tls.ca_cert_file);
  file("tls-ca-cert-dir", tls.ca_cert_dir);
  file("tls-dh-params-file", tls.dh_params_file);
  table.add(
      {.name = "tls-auth-clients", .codec = config::choice(tls.auth_clients, kClientCertificates)});
  text("tls-protocols", tls.protocols);
  text("tls-ciphers", tls.ciphers);
  text("tls-ciphersuites", tls.ciphersuites);
  yes_no("tls-prefer-server-ciphers", tls.prefer_server_ciphers);
  yes_no("tls-session-caching", tls.session_caching);
  table.add({.name = "tls-session-cache-size",
             .codec = config::integer(tls.session_cache_size, 0, kMaxInt)});
  table.add({.name = "tls-session-cache-timeout",
             .codec = config::integer(tls.session_cache_timeout_s, 0, kMaxInt)});
  yes_no("tls-cluster", o.tls_cluster);
  table.add({.name = "tls-replication",
             .codec = config::yes_no(o.tls_replication),
             .note = "this version has no replication"});
  table.add({.name = "max-new-tls-connections-per-cycle",
             .codec = config::integer(o.tls_handshakes_per_turn, 1, 1000)});
}

// All of these are read into one context, which is made anew when one of them changes.
constexpr std::string_view kTlsOptions[] = {"tls-cert-file",
                                            "tls-key-file",
                                            "tls-key-file-pass",
                                            "tls-client-cert-file",
                                            "tls-client-key-file",
                                            "tls-client-key-file-pass",
                                            "tls-ca-cert-file",
                                            "tls-ca-cert-dir",
                                            "tls-dh-params-file",
                                            "tls-auth-clients",
                                            "tls-protocols",
                                            "tls-ciphers",
                                            "tls-ciphersuites",
                                            "tls-session-caching",
                                            "tls-session-cache-size",
                                            "tls-prefer-server-ciphers",
                                            "tls-session-cache-timeout",
                                            "tls-cluster",
                                            "tls-replication"};

void add_general_options(config::OptionTable& table, Options& o) {
  table.add({.name = "databases",
             .codec = config::integer(o.databases, 1, kMaxInt),
             .mutability = Mutability::kAtStart});
  table.add({.name = "loglevel", .codec = config::choice(o.log_level, kLogLevels)});
  table.add(
      {.name = "logfile", .codec = config::text(o.log_file), .mutability = Mutability::kAtStart});
  table.add({.name = "daemonize",
             .codec = config::yes_no(o.daemonize),
             .mutability = Mutability::kAtStart});
  table.add(
      {.name = "pidfile", .codec = config::text(o.pid_file), .mutability = Mutability::kAtStart});
  table.add(
      {.name = "dir", .codec = config::text(o.directory), .mutability = Mutability::kProtected});
  table.add({.name = "enable-protected-configs",
             .codec = config::choice(o.protected_configs, kAllow),
             .mutability = Mutability::kAtStart});
  table.add({.name = "enable-debug-command",
             .codec = config::choice(o.debug_command, kAllow),
             .mutability = Mutability::kAtStart});
  table.add({.name = "proc-title-template", .codec = title_template(o.title_template)});
  table.add({.name = "set-proc-title",
             .codec = config::yes_no(o.set_title),
             .mutability = Mutability::kAtStart});
  table.add({.name = "shutdown-on-sigint",
             .codec = shutdown_mode(o.shutdown_on_sigint),
             .many_words = true});
  table.add({.name = "shutdown-on-sigterm",
             .codec = shutdown_mode(o.shutdown_on_sigterm),
             .many_words = true});
  table.add({.name = "crash-log-enabled", .codec = config::yes_no(o.crash_log)});
  table.add(
      {.name = "use-exit-on-panic", .codec = config::yes_no(o.exit_on_panic), .hidden = true});
  table.add({.name = "watchdog-period",
             .codec = config::integer(o.watchdog_ms, 0, kMaxInt),
             .hidden = true});
  table.add({.name = "notify-keyspace-events", .codec = event_classes(o.keyspace_events)});
  table.add({.name = "latency-tracking", .codec = config::yes_no(o.latency_tracking)});
  table.add({.name = "latency-tracking-info-percentiles",
             .codec = percentiles(o.latency_percentiles),
             .many_words = true});
}

void add_memory_options(config::OptionTable& table, Options& o) {
  table.add({.name = "maxmemory", .codec = memory_or_share(o.max_memory, kMaxMemory)});
  table.add({.name = "maxmemory-clients", .codec = memory_or_percent(o.client_memory)});
  table.add({.name = "maxmemory-policy", .codec = config::choice(o.max_memory_policy, kEviction)});
  table.add({.name = "maxmemory-samples", .codec = config::integer(o.eviction_samples, 1, 64)});
  table.add({.name = "maxmemory-eviction-tenacity",
             .codec = config::integer(o.eviction_tenacity, 0, 100)});
  table.add({.name = "activedefrag", .codec = config::yes_no(o.active_defrag)});
  table.add({.name = "active-defrag-ignore-bytes",
             .codec = config::memory(o.defrag_ignore_bytes, 1, kMaxMemory)});
  table.add({.name = "active-defrag-threshold-lower",
             .codec = config::integer(o.defrag_threshold_lower, 0, 1000)});
  table.add({.name = "active-defrag-threshold-upper",
             .codec = config::integer(o.defrag_threshold_upper, 0, 1000)});
  table.add(
      {.name = "active-defrag-cycle-min", .codec = config::integer(o.defrag_cycle_min, 1, 99)});
  table.add(
      {.name = "active-defrag-cycle-max", .codec = config::integer(o.defrag_cycle_max, 1, 99)});
  table.add({.name = "lfu-log-factor", .codec = config::integer(o.lfu_log_factor, 0, kMaxInt)});
  table.add({.name = "lfu-decay-time", .codec = config::integer(o.lfu_decay_minutes, 0, kMaxInt)});
}

void add_log_options(config::OptionTable& table, Options& o) {
  table.add(
      {.name = "appendonly", .codec = config::yes_no(o.append_only), .not_while_loading = true});
  table.add({.name = "appendfsync", .codec = config::choice(o.append_sync, kSyncPolicies)});
  table.add(
      {.name = "appenddirname",
       .codec = file_name(o.append_directory, "appenddirname can't be a path, just a dirname"),
       .mutability = Mutability::kAtStart});
  table.add({.name = "appendfilename",
             .codec = file_name(o.append_file, "appendfilename can't be a path, just a filename"),
             .mutability = Mutability::kAtStart});
  table.add({.name = "aof-load-truncated", .codec = config::yes_no(o.load_truncated)});
  table.add({.name = "aof-load-broken", .codec = config::yes_no(o.load_broken)});
  table.add({.name = "aof-load-broken-max-size",
             .codec = config::memory(o.load_broken_max_bytes, 0, kMaxMemory)});
  table.add(
      {.name = "aof-disable-auto-gc", .codec = config::yes_no(o.keep_log_history), .hidden = true});
  table.add({.name = "aof-timestamp-enabled", .codec = config::yes_no(o.log_timestamps)});
  table.add({.name = "aof-checksum-interval",
             .codec = config::memory(o.log_checksum_interval, 0, kMaxMemory)});
  table.add({.name = "aof-use-rdb-preamble", .codec = config::yes_no(o.rdb_base)});
  table.add({.name = "auto-aof-rewrite-percentage",
             .codec = config::integer(o.rewrite_percentage, 0, kMaxInt)});
  table.add({.name = "auto-aof-rewrite-min-size",
             .codec = config::memory(o.rewrite_min_bytes, 0, kMaxMemory)});
  table.add({.name = "aof-rewrite-incremental-fsync",
             .codec = config::yes_no(o.rewrite_sync_on_the_way)});
}

void add_snapshot_options(config::OptionTable& table, Options& o) {
  table.add(
      {.name = "save", .codec = save_points(o.save_points), .many_words = true, .repeats = true});
  table.add({.name = "dbfilename",
             .codec = file_name(o.rdb_file, "dbfilename can't be a path, just a filename"),
             .mutability = Mutability::kProtected});
  table.add({.name = "rdbcompression", .codec = config::yes_no(o.rdb_compress)});
  table.add({.name = "rdbchecksum",
             .codec = config::yes_no(o.rdb_check_sum),
             .mutability = Mutability::kAtStart});
  table.add({.name = "rdb-save-version", .codec = config::integer(o.rdb_version, 10, 12)});
  table.add({.name = "rdb-save-incremental-fsync", .codec = config::yes_no(o.rdb_sync_on_the_way)});
  table.add({.name = "stop-writes-on-bgsave-error",
             .codec = config::yes_no(o.stop_writes_on_save_error)});
  table.add({.name = "rdb-key-save-delay",
             .codec = config::integer(o.key_save_delay_us, -kMaxInt, kMaxInt),
             .hidden = true});
  table.add({.name = "key-load-delay",
             .codec = config::integer(o.key_load_delay_us, -kMaxInt - 1, kMaxInt),
             .hidden = true});
  table.add({.name = "loading-process-events-interval-bytes",
             .codec = config::integer(o.load_events_interval, 1024, kMaxInt),
             .hidden = true});
  table.add({.name = "snapshot-buffer-limit",
             .codec = config::memory(o.snapshot_buffer_limit, 1024 * 1024, kMaxMemory)});
}

void add_type_options(config::OptionTable& table, types::Settings& types) {
  const auto entries = [&](std::string_view name, std::uint64_t& target, std::string_view alias) {
    table.add({.name = name, .codec = config::count(target, kMaxLong), .alias = alias});
  };
  const auto bytes = [&](std::string_view name, std::uint64_t& target, std::string_view alias) {
    table.add({.name = name, .codec = config::memory(target, 0, kMaxMemory), .alias = alias});
  };
  entries("hash-max-listpack-entries", types.hash_max_listpack_entries, "hash-max-ziplist-entries");
  bytes("hash-max-listpack-value", types.hash_max_listpack_value, "hash-max-ziplist-value");
  bytes("hll-sparse-max-bytes", types.hll_sparse_max_bytes, "");
  table.add({.name = "list-max-listpack-size",
             .codec = config::integer(types.list_max_listpack_size, INT32_MIN, kMaxInt),
             .alias = "list-max-ziplist-size"});
  entries("set-max-intset-entries", types.set_max_intset_entries, "");
  entries("set-max-listpack-entries", types.set_max_listpack_entries, "");
  entries("set-max-listpack-value", types.set_max_listpack_value, "");
  bytes("stream-node-max-bytes", types.stream_node_max_bytes, "");
  entries("stream-node-max-entries", types.stream_node_max_entries, "");
  entries("zset-max-listpack-entries", types.zset_max_listpack_entries, "zset-max-ziplist-entries");
  bytes("zset-max-listpack-value", types.zset_max_listpack_value, "zset-max-ziplist-value");
}

constexpr std::string_view kTypeOptions[] = {
    "hash-max-listpack-entries", "hash-max-listpack-value", "hll-sparse-max-bytes",
    "list-max-listpack-size",    "set-max-intset-entries",  "set-max-listpack-entries",
    "set-max-listpack-value",    "stream-node-max-bytes",   "stream-node-max-entries",
    "zset-max-listpack-entries", "zset-max-listpack-value"};

}  // namespace

void add_options(config::OptionTable& table, Options& options) {
  add_network_options(table, options);
  add_access_options(table, options);
  add_tls_options(table, options);
  add_supervision_options(table, options);
  add_general_options(table, options);
  add_memory_options(table, options);
  add_log_options(table, options);
  add_snapshot_options(table, options);
  add_type_options(table, options.types);
  table.add({.name = "slowlog-log-slower-than",
             .codec = config::integer(options.slow_log.threshold_us, -1, kMaxLong)});
  table.add({.name = "latency-monitor-threshold",
             .codec = config::integer(options.latency_threshold_ms, 0, kMaxLong)});
  table.add({.name = "slowlog-max-len",
             .codec = config::integer(options.slow_log.max_entries, 0, kMaxLong)});
  table.add({.name = "busy-reply-threshold",
             .codec = config::integer(options.busy_reply_ms, 0, kMaxLong),
             .alias = "lua-time-limit"});
  table.add({.name = "tracking-table-max-keys",
             .codec = config::integer(options.tracking_max_keys, 0, kMaxLong)});
  add_inert_options(table);
}

namespace {

void on_change(config::OptionTable& table, std::string_view name,
               std::function<std::string()> apply) {
  table.find(name)->apply = std::move(apply);
}

// For what cannot fail.
template <class Work>
std::function<std::string()> then(Work work) {
  return [work] {
    work();
    return std::string();
  };
}

void connect_network_options(config::OptionTable& table, Server& server) {
  on_change(table, "client-output-buffer-limit", then([&server] { server.apply_output_limit(); }));
  on_change(table, "tcp-keepalive", then([&server] {
              server.loop().set_keepalive(static_cast<int>(server.options().tcp_keepalive_s));
            }));
  on_change(table, "port", [&server] { return server.apply_port(); });
  on_change(table, "bind", [&server] { return server.apply_addresses(); });
  on_change(table, "tls-port", [&server] { return server.apply_tls_port(); });
  for (const std::string_view name : kTlsOptions) {
    on_change(table, name, [&server] { return server.apply_tls(); });
  }
  on_change(table, "max-new-tls-connections-per-cycle",
            then([&server] { server.apply_handshakes_per_turn(); }));
}

}  // namespace

void connect_options(config::OptionTable& table, Server& server) {
  connect_network_options(table, server);
  on_change(table, "requirepass", then([&server] { server.apply_password(); }));
  for (const std::string_view name : {"acl-pubsub-default", "acllog-max-len"}) {
    on_change(table, name, then([&server] { server.apply_access(); }));
  }
  table.add_lines("user", [&server] { return server.user_directives(); });
  on_change(table, "loglevel", then([&server] { set_log_level(server.options().log_level); }));
  on_change(table, "log-format", then([&server] { set_log_format(server.options().log_format); }));
  for (const std::string_view name : {"oom-score-adj", "oom-score-adj-values"}) {
    on_change(table, name, [&server] { return server.apply_oom_score(); });
  }
  on_change(table, "aof-disable-auto-gc", then([&server] { server.apply_log_history(); }));
  on_change(table, "appendfsync", then([&server] { server.apply_append_sync(); }));
  for (const std::string_view name : {"aof-timestamp-enabled", "aof-checksum-interval"}) {
    on_change(table, name, then([&server] { server.apply_log_annotations(); }));
  }
  on_change(table, "maxmemory-clients", then([&server] { server.client_memory().apply(); }));
  on_change(table, "crash-log-enabled",
            then([&server] { set_crash_report(server.options().crash_log); }));
  on_change(table, "use-exit-on-panic",
            then([&server] { set_exit_on_panic(server.options().exit_on_panic); }));
  on_change(table, "watchdog-period", then([&server] { server.apply_watchdog(); }));
  on_change(table, "proc-title-template", then([&server] { server.apply_title(); }));
  on_change(table, "dir", [&server] { return server.enter_directory(); });
  on_change(table, "stop-writes-on-bgsave-error",
            then([&server] { server.saving().apply_refusal(); }));
  on_change(table, "save", then([&server] { server.saving().apply_refusal(); }));
  on_change(table, "latency-monitor-threshold",
            then([&server] { server.apply_latency_threshold(); }));
  on_change(table, "latency-tracking", then([&server] { server.apply_latency_tracking(); }));
  on_change(table, "appendonly", [&server] { return server.apply_append_only(); });
  for (const std::string_view name : kTypeOptions) {
    on_change(table, name, then([&server] { server.apply_type_limits(); }));
  }
  for (const std::string_view name : kMemoryOptions) {
    on_change(table, name, then([&server] { server.apply_memory_limit(); }));
  }
  on_change(table, "notify-keyspace-events", then([&server] { server.apply_keyspace_events(); }));
  on_change(table, "busy-reply-threshold", then([&server] { server.apply_script_time(); }));
  on_change(table, "tracking-table-max-keys", then([&server] { server.apply_tracking_limit(); }));
  on_change(table, "proto-max-bulk-len", then([&server] { server.apply_size_limits(); }));
  for (const std::string_view name : {"slowlog-log-slower-than", "slowlog-max-len"}) {
    on_change(table, name, then([&server] { server.apply_slow_log(); }));
  }
}

}  // namespace sorrel::server
