// SPDX-License-Identifier: BSD-3-Clause
//
// The sections of INFO about the process, its clients, memory, disk and data, with the field names
// that clients and exporters of Redis read. A figure that this server has is given; zero is written
// only where it is the truth because the feature does not exist; what could only be invented is
// left out. One thread.
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include <sorrel/base/hash.h>
#include <sorrel/exec/identity.h>

#include "info.h"
#include "memory_report.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

std::string system_name() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string compiler_version() {
#if defined(__GNUC__) && !defined(__clang__)
  return fmt::format("{}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "0.0.0";
#endif
}

std::string build_id() {
  return fmt::format("{:016x}", base::hash_bytes(SORREL_VERSION __VERSION__, 0));
}

void listeners(Server& server, InfoText& info) {
  const Options& options = server.options();
  int number = 0;
  const auto by_tcp = [&](std::string_view name, std::int64_t port) {
    std::string line = fmt::format("name={}", name);
    for (const std::string& address : options.bind) {
      line += ",bind=" + address;
    }
    info.field(fmt::format("listener{}", number++), fmt::format("{},port={}", line, port));
  };
  if (options.port != 0) {
    by_tcp("tcp", options.port);
  }
  if (!options.unix_socket.empty()) {
    info.field(fmt::format("listener{}", number++), "name=unix,bind=" + options.unix_socket);
  }
  if (options.tls_port != 0) {
    by_tcp("tls", options.tls_port);
  }
  if (options.admin_port != 0) {
    std::string line = "name=admin";
    for (const std::string& address : options.admin_bind) {
      line += ",bind=" + address;
    }
    info.field(fmt::format("listener{}", number),
               fmt::format("{},port={}", line, options.admin_port));
  }
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::string_view eviction_policy(Server& server, std::string& storage) {
  storage = server.option_table().find("maxmemory-policy")->codec.show();
  return storage;
}

std::string_view pause_name(exec::Pause pause) {
  switch (pause) {
    case exec::Pause::kWrites:
      return "write";
    case exec::Pause::kAll:
      return "all";
    default:
      return "none";
  }
}

// Nothing is copied on write here: the "cow" fields tell what a snapshot needs beside the data.
void snapshot_progress(const persist::SnapshotJob* job, InfoText& info) {
  info.field("current_cow_peak", job == nullptr ? 0 : job->most_extra_bytes());
  info.field("current_cow_size", job == nullptr ? 0 : job->extra_bytes());
  info.field("current_cow_size_age", 0);
  const bool any = job != nullptr && job->keys_total() != 0;
  info.decimal("current_fork_perc", !any ? 0
                                         : 100 * static_cast<double>(job->keys_done()) /
                                               static_cast<double>(job->keys_total()));
  info.field("current_save_keys_processed", job == nullptr ? 0 : job->keys_done());
  info.field("current_save_keys_total", job == nullptr ? 0 : job->keys_total());
}

void loading_progress(Server& server, const Server::LoadingProgress& loading, InfoText& info) {
  const auto loaded = static_cast<double>(loading.loaded_bytes);
  const auto total = static_cast<double>(std::max<std::uint64_t>(loading.total_bytes, 1));
  const double elapsed_s =
      static_cast<double>(server.clock().monotonic_ns() - loading.began_ns) / 1e9;
  info.field("loading_start_time", loading.began_s);
  info.field("loading_total_bytes", loading.total_bytes);
  info.field("loading_rdb_used_mem", 0);
  info.field("loading_loaded_bytes", loading.loaded_bytes);
  info.decimal("loading_loaded_perc", 100 * loaded / total);
  // Before anything was loaded nothing can be estimated; clients wait that long and ask again.
  const double eta_s = loading.loaded_bytes == 0 ? 1 : elapsed_s * (total - loaded) / loaded;
  info.field("loading_eta_seconds", static_cast<std::int64_t>(eta_s));
}

}  // namespace

MemoryReport memory_report(Server& server) {
  MemoryReport report;
  report.allocator = base::allocator_statistics();
  report.used = report.allocator.allocated;
  report.resident = base::process_resident_bytes();
  Server::Statistics& statistics = server.statistics();
  statistics.peak_memory = std::max(statistics.peak_memory, report.used);
  report.peak = statistics.peak_memory;
  report.startup = statistics.startup_memory;
  for (const auto& [id, session] : server.executor().sessions().sessions()) {
    if (session->transport != nullptr) {
      report.clients += session->transport->statistics().total_memory;
    }
  }
  report.log_buffer = server.log() != nullptr ? server.log()->pending_bytes() : 0;
  report.keys = server.keyspace().size();
  for (std::size_t i = 0; i < server.keyspace().database_count(); ++i) {
    report.indexes += server.keyspace().database(i).overhead_bytes();
  }
  return report;
}

void info_server(Server& server, InfoText& info) {
  const std::int64_t now_us = server.clock().wall_us();
  const std::int64_t uptime_s =
      std::max<std::int64_t>(now_us / 1000 - server.started_ms(), 0) / 1000;
  std::error_code unknown;
  info.field("redis_version", exec::kRedisVersion);
  info.field("server_name", "sorrel");
  info.field("sorrel_version", SORREL_VERSION);
  info.field("redis_git_sha1", "00000000");
  info.field("redis_git_dirty", 0);
  info.field("redis_build_id", build_id());
  info.field("redis_mode", exec::kServerMode);
  info.field("os", system_name());
  info.field("arch_bits", sizeof(void*) * 8);
  info.field("monotonic_clock", "POSIX clock_gettime");
  info.field("multiplexing_api", "epoll");
  info.field("atomicvar_api", "c11-builtin");
  info.field("gcc_version", compiler_version());
  info.field("process_id", ::getpid());
  info.field("process_supervised", server.supervision().name());
  info.field("run_id", server.run_id());
  info.field("tcp_port", server.options().any_port());
  info.field("server_time_usec", now_us);
  info.field("uptime_in_seconds", uptime_s);
  info.field("uptime_in_days", uptime_s / 86'400);
  info.field("hz", 10);
  info.field("configured_hz", 10);
  info.field("lru_clock", server.keyspace().access().seconds());
  info.field("executable", std::filesystem::read_symlink("/proc/self/exe", unknown).string());
  info.field("config_file", server.options().config_file);
  info.field("io_threads_active", 0);
  listeners(server, info);
}

void info_clients(Server& server, InfoText& info) {
  std::size_t input = 0;
  std::size_t output = 0;
  for (const auto& [id, session] : server.executor().sessions().sessions()) {
    if (session->transport != nullptr) {
      const exec::TransportStatistics statistics = session->transport->statistics();
      input = std::max(input, statistics.query_buffer_used + statistics.query_buffer_free);
      output = std::max(output, statistics.output_pending);
    }
  }
  info.field("connected_clients", server.executor().sessions().size());
  info.field("cluster_connections", 0);
  info.field("maxclients", server.options().max_clients);
  info.field("client_recent_max_input_buffer", input);
  info.field("client_recent_max_output_buffer", output);
  const exec::BlockedKeys& blocked = server.executor().blocked();
  info.field("blocked_clients", blocked.sessions() + server.executor().postponed());
  const exec::WatchTable& watches = server.executor().watches();
  info.field("tracking_clients", server.hub().tracking().statistics().clients);
  info.field("pubsub_clients", server.hub().channels().sessions());
  info.field("watching_clients", watches.sessions());
  info.field("clients_in_timeout_table", blocked.timeouts());
  info.field("total_watched_keys", watches.keys());
  info.field("total_blocking_keys", blocked.keys());
  info.field("total_blocking_keys_on_nokey", blocked.keys_waited_without());
  const exec::Pause pause = server.executor().paused();
  info.field("paused_reason", pause == exec::Pause::kNone ? "none" : "client_pause");
  info.field("paused_actions", pause_name(pause));
  info.field("paused_timeout_milliseconds",
             pause == exec::Pause::kNone
                 ? 0
                 : std::max<std::int64_t>(
                       server.executor().paused_until_ms() - server.clock().wall_ms(), 0));
}

namespace {

void defragmentation_done(const Defragmentation& defragmentation, InfoText& info) {
  constexpr std::int64_t kMillisecondNs = 1'000'000;
  const keyspace::Defragmenter::Statistics& statistics = defragmentation.statistics();
  info.field("active_defrag_hits", statistics.moved);
  info.field("active_defrag_misses", statistics.stayed);
  info.field("active_defrag_key_hits", statistics.keys_moved);
  info.field("active_defrag_key_misses", statistics.keys_stayed);
  info.field("total_active_defrag_time", defragmentation.total_ns() / kMillisecondNs);
  info.field("current_active_defrag_time", defragmentation.current_ns() / kMillisecondNs);
}

void memory_use(const MemoryReport& report, InfoText& info) {
  info.field("used_memory", report.used);
  info.human("used_memory_human", report.used);
  info.field("used_memory_rss", report.resident);
  info.human("used_memory_rss_human", report.resident);
  info.field("used_memory_peak", report.peak);
  info.human("used_memory_peak_human", report.peak);
  info.decimal("used_memory_peak_perc", percent(report.used, report.peak), "%");
  info.field("used_memory_overhead", report.overhead());
  info.field("used_memory_startup", report.startup);
  info.field("used_memory_dataset", report.dataset());
  info.decimal("used_memory_dataset_perc", report.dataset_percent(), "%");
  info.field("allocator_allocated", report.allocator.allocated);
  info.field("allocator_active", report.allocator.active);
  info.field("allocator_resident", report.allocator.resident);
  info.field("allocator_muzzy", 0);
}

void memory_ratios(const MemoryReport& report, InfoText& info) {
  const base::AllocatorStatistics& allocator = report.allocator;
  info.decimal("allocator_frag_ratio", ratio_of(allocator.active, allocator.allocated));
  info.field("allocator_frag_bytes", difference(allocator.active, allocator.allocated));
  info.decimal("allocator_rss_ratio", ratio_of(allocator.resident, allocator.active));
  info.field("allocator_rss_bytes", difference(allocator.resident, allocator.active));
  info.decimal("rss_overhead_ratio", ratio_of(report.resident, allocator.resident));
  info.field("rss_overhead_bytes", difference(report.resident, allocator.resident));
  info.decimal("mem_fragmentation_ratio", ratio_of(report.resident, report.used));
  info.field("mem_fragmentation_bytes", difference(report.resident, report.used));
}

void script_memory(const script::Statistics& scripts, InfoText& info) {
  info.field("used_memory_lua", scripts.script_vm_bytes);
  info.field("used_memory_vm_eval", scripts.script_vm_bytes);
  info.human("used_memory_lua_human", scripts.script_vm_bytes);
  info.field("used_memory_scripts_eval", scripts.script_bytes);
  info.field("number_of_cached_scripts", scripts.cached_scripts);
  info.field("number_of_functions", scripts.functions);
  info.field("number_of_libraries", scripts.libraries);
  info.field("used_memory_vm_functions", scripts.function_vm_bytes);
  const std::size_t vm_bytes = scripts.script_vm_bytes + scripts.function_vm_bytes;
  info.field("used_memory_vm_total", vm_bytes);
  info.human("used_memory_vm_total_human", vm_bytes);
  info.field("used_memory_functions", scripts.function_bytes);
  const std::size_t bytes = scripts.script_bytes + scripts.function_bytes;
  info.field("used_memory_scripts", bytes);
  info.human("used_memory_scripts_human", bytes);
}

}  // namespace

void info_memory(Server& server, InfoText& info) {
  const MemoryReport report = memory_report(server);
  const auto system = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
                      static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::string policy;
  memory_use(report, info);
  info.field("total_system_memory", system);
  info.human("total_system_memory_human", system);
  script_memory(server.scripting().statistics(), info);
  info.field("maxmemory", server.options().max_memory);
  info.human("maxmemory_human", server.options().max_memory);
  info.field("maxmemory_policy", eviction_policy(server, policy));
  memory_ratios(report, info);
  info.field("mem_not_counted_for_evict", server.executor().memory_limit().not_counted());
  info.zeros({"mem_replication_backlog", "mem_total_replication_buffers",
              "mem_replica_full_sync_buffer", "mem_clients_slaves"});
  info.field("mem_clients_normal", report.clients);
  info.field("mem_cluster_links", 0);
  info.field("mem_aof_buffer", report.log_buffer);
  info.field("mem_allocator", base::allocator_name());
  info.field("mem_overhead_db_hashtable_rehashing", 0);
  info.field("active_defrag_running", server.defragmentation().share());
  info.field("lazyfree_pending_objects", server.keyspace().pending_releases());
  info.field("lazyfreed_objects", server.keyspace().statistics().released);
}

void info_persistence(Server& server, InfoText& info) {
  using Kind = Saving::Kind;
  const Saving& saving = server.saving();
  const Saving::Record& save = saving.record(Kind::kSave);
  const Saving::Record& rewrite = saving.record(Kind::kRewrite);
  const bool saves = saving.under_way() == Kind::kSave;
  const bool rewrites = saving.under_way() == Kind::kRewrite;
  const persist::LogWriter* log = server.log();
  info.field("loading", server.loading() ? 1 : 0);
  info.field("async_loading", 0);
  snapshot_progress(saving.job(), info);
  info.field("rdb_changes_since_last_save", saving.changes_since_save());
  info.field("rdb_bgsave_in_progress", saves ? 1 : 0);
  info.field("rdb_last_save_time", saving.last_save_s());
  info.field("rdb_last_bgsave_status", save.failed() ? "err" : "ok");
  info.field("rdb_last_bgsave_time_sec", save.last_seconds);
  info.field("rdb_current_bgsave_time_sec", saves ? saving.seconds_under_way() : -1);
  info.field("rdb_saves", save.done);
  info.field("rdb_last_cow_size", save.last_extra_bytes);
  info.field("rdb_last_load_keys_expired", server.loaded_image().expired);
  info.field("rdb_last_load_keys_loaded", server.loaded_image().keys);
  info.field("aof_enabled", server.options().append_only ? 1 : 0);
  info.field("aof_rewrite_in_progress", rewrites ? 1 : 0);
  info.field("aof_rewrite_scheduled", saving.scheduled(Kind::kRewrite) ? 1 : 0);
  info.field("aof_last_rewrite_time_sec", rewrite.last_seconds);
  info.field("aof_current_rewrite_time_sec", rewrites ? saving.seconds_under_way() : -1);
  info.field("aof_last_bgrewrite_status", rewrite.failed() ? "err" : "ok");
  info.field("aof_rewrites", rewrite.done);
  info.field("aof_rewrites_consecutive_failures", rewrite.failures_in_a_row);
  info.field("aof_last_write_status", log == nullptr || log->failure().empty() ? "ok" : "err");
  info.field("aof_last_cow_size", rewrite.last_extra_bytes);
  info.zeros({"module_fork_in_progress", "module_fork_last_cow_size"});
  if (log != nullptr) {
    info.field("aof_current_size", saving.log_bytes());
    info.field("aof_base_size", saving.bytes_after_rewrite());
    info.field("aof_pending_rewrite", saving.begins_log() ? 1 : 0);
    info.field("aof_buffer_length", log->pending_bytes());
    info.field("aof_pending_bio_fsync", log->syncing() ? 1 : 0);
    info.field("aof_delayed_fsync", log->delays());
  }
  if (server.loading()) {
    loading_progress(server, *server.loading(), info);
  }
}

void info_denials(const exec::AccessLog::Counters& denied, InfoText& info) {
  info.field("acl_access_denied_auth", denied.logins);
  info.field("acl_access_denied_cmd", denied.commands);
  info.field("acl_access_denied_key", denied.keys);
  info.field("acl_access_denied_channel", denied.channels);
}

void info_stats(Server& server, InfoText& info) {
  const net::LoopStatistics loop = server.loop_statistics();
  const exec::ExecutorStatistics& executor = server.executor().statistics();
  const keyspace::KeyspaceStatistics& keyspace = server.keyspace().statistics();
  Server::Statistics& statistics = server.statistics();
  info.field("total_connections_received", loop.connections_accepted);
  info.field("total_commands_processed", executor.commands);
  info.field("instantaneous_ops_per_sec", statistics.commands.per_second());
  info.field("total_net_input_bytes", loop.bytes_read);
  info.field("total_net_output_bytes", loop.bytes_written);
  info.zeros({"total_net_repl_input_bytes", "total_net_repl_output_bytes"});
  info.decimal("instantaneous_input_kbps",
               static_cast<double>(statistics.input.per_second()) / 1024);
  info.decimal("instantaneous_output_kbps",
               static_cast<double>(statistics.output.per_second()) / 1024);
  info.decimal("instantaneous_input_repl_kbps", 0);
  info.decimal("instantaneous_output_repl_kbps", 0);
  info.field("rejected_connections", statistics.rejected_connections);
  info.zeros({"sync_full", "sync_partial_ok", "sync_partial_err"});
  info.field("expired_subkeys", keyspace.expired_subkeys);
  info.field("expired_keys", keyspace.expired);
  // Expiry is exact: no key that is past its time waits to be found by sampling.
  info.decimal("expired_stale_perc", 0);
  info.zeros({"expired_time_cap_reached_count"});
  info.field("expire_cycle_cpu_milliseconds", statistics.expire_ns / 1'000'000);
  info.field("evicted_keys", keyspace.evicted);
  info.field("evicted_clients", server.client_memory().evicted());
  info.field("evicted_scripts", server.scripting().statistics().evicted_scripts);
  const exec::MemoryLimit& limit = server.executor().memory_limit();
  info.field("total_eviction_exceeded_time", limit.time_over_ms(/*ended=*/true));
  info.field("current_eviction_exceeded_time", limit.time_over_ms(/*ended=*/false));
  info.field("keyspace_hits", keyspace.hits);
  info.field("keyspace_misses", keyspace.misses);
  const pubsub::Channels& channels = server.hub().channels();
  info.field("pubsub_channels", channels.count(pubsub::TopicKind::kChannel));
  info.field("pubsub_patterns", channels.count(pubsub::TopicKind::kPattern));
  info.field("pubsubshard_channels", channels.count(pubsub::TopicKind::kShardChannel));
  info.zeros(
      {"latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys"});
  defragmentation_done(server.defragmentation(), info);
  const pubsub::TrackingStatistics tracking = server.hub().tracking().statistics();
  info.field("tracking_total_keys", tracking.keys);
  info.field("tracking_total_items", tracking.items);
  info.field("tracking_total_prefixes", tracking.prefixes);
  info.zeros({"unexpected_error_replies"});
  info.field("total_error_replies", executor.errors);
  info.zeros({"dump_payload_sanitizations"});
  info.field("total_reads_processed", loop.reads);
  info.field("total_writes_processed", loop.writes);
  info.zeros({"io_threaded_reads_processed", "io_threaded_writes_processed"});
  info.field("client_query_buffer_limit_disconnections", statistics.queries_too_long);
  info.field("client_output_buffer_limit_disconnections", loop.connections_over_limit);
  info.zeros({"reply_buffer_shrinks", "reply_buffer_expands"});
  info_event_loop(server, info);
  info_denials(server.executor().access().log().counters(), info);
}

void info_debug(Server& server, InfoText& info) {
  const Server::Statistics& statistics = server.statistics();
  info.field("eventloop_duration_aof_sum", statistics.log_ns / 1000);
  info.field("eventloop_duration_cron_sum", statistics.cron_ns / 1000);
  info.field("eventloop_duration_max", server.loop_statistics().longest_ns / 1000);
  info.field("eventloop_cmd_per_cycle_max", statistics.most_commands);
}

void info_replication(Server& server, InfoText& info) {
  info.field("role", "master");
  info.field("connected_slaves", 0);
  info.field("master_failover_state", "no-failover");
  info.field("master_replid", server.replication_id());
  info.field("master_replid2", std::string(40, '0'));
  info.field("master_repl_offset", 0);
  info.field("second_repl_offset", -1);
  info.field("repl_backlog_active", 0);
  info.field("repl_backlog_size", server.option_table().find("repl-backlog-size")->codec.show());
  info.zeros({"repl_backlog_first_byte_offset", "repl_backlog_histlen"});
}

void info_cpu(Server&, InfoText& info) {
  const auto write = [&](std::string_view suffix, int who) {
    rusage usage{};
    ::getrusage(static_cast<__rusage_who_t>(who), &usage);
    info.field(fmt::format("used_cpu_sys{}", suffix),
               fmt::format("{:.6f}", seconds(usage.ru_stime)));
    info.field(fmt::format("used_cpu_user{}", suffix),
               fmt::format("{:.6f}", seconds(usage.ru_utime)));
  };
  write("", RUSAGE_SELF);
  write("_children", RUSAGE_CHILDREN);
  write("_main_thread", RUSAGE_THREAD);
}

void info_modules(Server&, InfoText&) {}

// The certificate's fields have the names of Valkey; the counts are Sorrel's own.
void info_tls(Server& server, InfoText& info) {
  const net::LoopStatistics loop = server.loop_statistics();
  if (const net::TlsContext* const tls = server.loop().tls(); tls != nullptr) {
    info.field("tls_server_cert_serial", tls->certificate_serial());
    info.field("tls_server_cert_expires_in_seconds", tls->certificate_expires_in_s());
  }
  info.field("tls_handshakes", loop.tls_handshakes);
  info.field("tls_failures", loop.tls_failures);
}

void info_cluster(Server&, InfoText& info) { info.field("cluster_enabled", 0); }

void info_keyspace(Server& server, InfoText& info) {
  const keyspace::Keyspace& keyspace = server.keyspace();
  for (std::size_t i = 0; i < keyspace.database_count(); ++i) {
    const keyspace::Database& database = keyspace.database(i);
    if (database.size() != 0) {
      info.field(fmt::format("db{}", i),
                 fmt::format("keys={},expires={},avg_ttl={},subexpiry={}", database.size(),
                             database.keys_with_deadline(), database.average_ttl_ms(),
                             database.hashes_with_field_deadlines()));
    }
  }
}

}  // namespace sorrel::server
