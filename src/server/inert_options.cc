// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table: directives of Redis 8.0 that a configuration may hold and that this version
// does not act on, with their defaults. Those of the first list are harmless to pass over: they
// tune what this server does in another way, or not yet. Those of the second would be unsafe to
// pass over (somebody relies on what they switch on), so only their defaults are accepted. The
// third list is as the first, but shown only to who asks by the whole name: what servers of this
// kind hide themselves, and what Valkey alone has.
#include <string>
#include <string_view>

#include "option_rows.h"

namespace sorrel::server {
namespace {

struct Row {
  std::string_view name;
  std::string_view value;
  std::string_view alias;
};

constexpr Row kPassedOver[] = {
    {"active-defrag-max-scan-fields", "1000", ""},
    {"active-expire-effort", "1", ""},
    {"activerehashing", "yes", ""},
    {"always-show-logo", "no", ""},
    {"aof-rewrite-cpulist", "", "aof_rewrite_cpulist"},
    {"bgsave-cpulist", "", "bgsave_cpulist"},
    {"bind-source-addr", "", ""},
    {"bio-cpulist", "", "bio_cpulist"},
    {"cluster-allow-pubsubshard-when-down", "yes", ""},
    {"cluster-allow-reads-when-down", "no", ""},
    {"cluster-allow-replica-migration", "yes", ""},
    {"cluster-announce-bus-port", "0", ""},
    {"cluster-announce-hostname", "", ""},
    {"cluster-announce-human-nodename", "", ""},
    {"cluster-announce-ip", "", ""},
    {"cluster-announce-port", "0", ""},
    {"cluster-announce-tls-port", "0", ""},
    {"cluster-compatibility-sample-ratio", "0", ""},
    {"cluster-config-file", "nodes.conf", ""},
    {"cluster-link-sendbuf-limit", "0", ""},
    {"cluster-migration-barrier", "1", ""},
    {"cluster-node-timeout", "15000", ""},
    {"cluster-port", "0", ""},
    {"cluster-preferred-endpoint-type", "ip", ""},
    {"cluster-replica-no-failover", "no", "cluster-slave-no-failover"},
    {"cluster-replica-validity-factor", "10", "cluster-slave-validity-factor"},
    {"cluster-require-full-coverage", "yes", ""},
    {"crash-memcheck-enabled", "yes", ""},
    {"disable-thp", "yes", ""},
    {"dynamic-hz", "yes", ""},
    {"enable-module-command", "no", ""},
    {"hide-user-data-from-log", "no", ""},
    {"hz", "10", ""},
    {"ignore-warnings", "", ""},
    {"io-threads", "1", ""},
    {"jemalloc-bg-thread", "yes", ""},
    {"lazyfree-lazy-eviction", "no", ""},
    {"lazyfree-lazy-expire", "no", ""},
    {"lazyfree-lazy-server-del", "no", ""},
    {"lazyfree-lazy-user-del", "no", ""},
    {"lazyfree-lazy-user-flush", "no", ""},
    {"list-compress-depth", "0", ""},
    {"locale-collate", "", ""},
    {"max-new-connections-per-cycle", "10", ""},
    {"min-replicas-max-lag", "10", "min-slaves-max-lag"},
    {"no-appendfsync-on-rewrite", "no", ""},
    {"propagation-error-behavior", "ignore", ""},
    {"rdb-del-sync-files", "no", ""},
    {"repl-backlog-size", "1048576", ""},
    {"repl-backlog-ttl", "3600", ""},
    {"repl-disable-tcp-nodelay", "no", ""},
    {"repl-diskless-load", "disabled", ""},
    {"repl-diskless-sync", "yes", ""},
    {"repl-diskless-sync-delay", "5", ""},
    {"repl-diskless-sync-max-replicas", "0", ""},
    {"repl-ping-replica-period", "10", "repl-ping-slave-period"},
    {"repl-timeout", "60", ""},
    {"replica-announce-ip", "", "slave-announce-ip"},
    {"replica-announce-port", "0", "slave-announce-port"},
    {"replica-announced", "yes", ""},
    {"replica-full-sync-buffer-limit", "0", ""},
    {"replica-ignore-disk-write-errors", "no", ""},
    {"replica-ignore-maxmemory", "yes", "slave-ignore-maxmemory"},
    {"replica-lazy-flush", "no", "slave-lazy-flush"},
    {"replica-priority", "100", "slave-priority"},
    {"replica-read-only", "yes", "slave-read-only"},
    {"replica-serve-stale-data", "yes", "slave-serve-stale-data"},
    {"sanitize-dump-payload", "no", ""},
    {"server-cpulist", "", "server_cpulist"},
    {"shutdown-timeout", "10", ""},
    {"socket-mark-id", "0", ""},
};

constexpr Row kHidden[] = {
    {"availability-zone", "", ""},
    {"cluster-announce-client-ipv4", "", ""},
    {"cluster-announce-client-ipv6", "", ""},
    {"cluster-blacklist-ttl", "60", ""},
    {"cluster-ping-interval", "1000", ""},
    {"cluster-slot-stats-enabled", "no", ""},
    {"dual-channel-replication-enabled", "no", ""},
    {"enable-debug-assert", "no", ""},
    {"events-per-io-thread", "2", ""},
    {"extended-redis-compatibility", "no", ""},
    {"io-threads-do-reads", "no", ""},
    {"log-timestamp-format", "legacy", ""},
    {"prefetch-batch-max-size", "16", ""},
    {"rdb-version-check", "strict", ""},
};

constexpr Row kOnlyDefault[] = {
    {"cluster-enabled", "no", ""}, {"masterauth", "", ""},
    {"masteruser", "", ""},        {"min-replicas-to-write", "0", "min-slaves-to-write"},
    {"replicaof", "", "slaveof"},
};

}  // namespace

void add_inert_options(config::OptionTable& table) {
  for (const Row& row : kPassedOver) {
    table.add({.name = row.name,
               .codec = config::ignored(std::string(row.value)),
               .alias = row.alias,
               .many_words = true,
               .note = "it has no effect in this version"});
  }
  for (const Row& row : kHidden) {
    table.add({.name = row.name,
               .codec = config::ignored(std::string(row.value)),
               .alias = row.alias,
               .many_words = true,
               .hidden = true,
               .note = "it has no effect in this version"});
  }
  for (const Row& row : kOnlyDefault) {
    table.add({.name = row.name,
               .codec = config::fixed(std::string(row.value)),
               .alias = row.alias,
               .many_words = true});
  }
}

}  // namespace sorrel::server
