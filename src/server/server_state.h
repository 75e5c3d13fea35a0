// SPDX-License-Identifier: BSD-3-Clause
//
// The composition root: every part of the server, built in the order in which they need each other,
// and the turn's end, which is the one place where they meet. Commands that need the server itself
// (CONFIG, INFO, SHUTDOWN, DEBUG ...) get it as their state. One thread, but for the log's own.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <sorrel/acl/acl.h>
#include <sorrel/base/clock.h>
#include <sorrel/base/random.h>
#include <sorrel/config/option_table.h>
#include <sorrel/exec/executor.h>
#include <sorrel/net/event_loop.h>
#include <sorrel/persist/append_log.h>
#include <sorrel/persist/dump_commands.h>
#include <sorrel/pubsub/hub.h>
#include <sorrel/resp/request_parser.h>
#include <sorrel/script/scripting.h>

#include "admin.h"
#include "big_keys.h"
#include "client_memory.h"
#include "defragmentation.h"
#include "hot_keys.h"
#include "options.h"
#include "saving.h"

namespace sorrel::server {

class ClientConnection;

// Rates over the last second or so, for INFO's instantaneous_* fields.
class RateMeter {
 public:
  void sample(std::uint64_t total, std::int64_t now_ns);
  std::uint64_t per_second() const;

 private:
  static constexpr std::size_t kSamples = 16;
  std::array<double, kSamples> rates_{};
  std::size_t next_ = 0;
  std::uint64_t last_total_ = 0;
  std::int64_t last_ns_ = 0;
};

// Whether a peer's address is on this machine: loopback, or a Unix socket.
bool is_local_address(std::string_view address);
// 40 hexadecimal digits.
std::string random_id(base::Random& random);

class Server {
 public:
  // Requires: the options are final; what CONFIG SET may change later is applied by apply_*().
  Server(Options& options, config::OptionTable& table, const base::Clock& clock,
         std::uint64_t seed);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Makes the users that the options name, or the file of users. Returns: an empty text, or why the
  // server cannot start.
  std::string load_users();
  // Begins to listen. Returns: an empty text, or why the server cannot start.
  std::string listen();
  // Loads what is on disk, while clients are told so. Returns: the same.
  std::string load();
  void run();

  // Saves if there are save points (mode.nosave: not; mode.save: in any case), writes out what is
  // pending, then lets run() return. Returns: an empty text, or why it will not stop (the disk
  // refuses; mode.force stops all the same).
  std::string shut_down(const ShutdownMode& mode);

  // Takes back a shutdown that a signal asked for and that has not begun. Returns: whether there
  // was one.
  bool abort_shutdown();

  // What options apply when they change at run time.
  void apply_output_limit();
  void apply_password();
  void apply_access();
  void apply_type_limits();
  void apply_size_limits() { executor_.limits().max_string_bytes = options_.max_bulk_bytes; }
  void apply_slow_log();
  void apply_keyspace_events();
  std::string apply_append_only();
  // Goes to options().directory.
  std::string enter_directory();
  void apply_append_sync();
  void apply_log_history();
  void apply_log_annotations();
  void apply_title();
  // Each returns an empty text, or what CONFIG SET answers when it cannot listen there, or cannot
  // use the certificates: what was stays as it was.
  std::string apply_port();
  std::string apply_tls_port();
  std::string apply_addresses();
  std::string apply_tls();
  void apply_handshakes_per_turn() {
    loop_.set_handshakes_per_turn(static_cast<int>(options_.tls_handshakes_per_turn));
  }
  void apply_latency_tracking() {
    executor_.limits().counts_latencies = options_.latency_tracking ? 1 : 0;
  }
  void apply_latency_threshold() {
    executor_.latency().set_threshold_ms(options_.latency_threshold_ms);
  }
  void apply_memory_limit();
  // Every tenth of a second, and when the option changes.
  void apply_watchdog();
  std::string apply_oom_score();
  void apply_tracking_limit() {
    hub_.tracking().set_max_keys(static_cast<std::size_t>(options_.tracking_max_keys));
  }
  void apply_script_time() { scripting_.settings().busy_reply_ms = options_.busy_reply_ms; }

  // Whether expired keys go on their own when their time comes (DEBUG SET-ACTIVE-EXPIRE); they are
  // gone for every reader in any case.
  void set_active_expire(bool on);
  // Whether the work of every tenth of a second rests, and the shutdown that a signal asks for
  // waits (DEBUG PAUSE-CRON).
  void set_cron_paused(bool paused) { cron_paused_ = paused; }
  // Waits so long before bytes are handed to the log (DEBUG AOF-FLUSH-SLEEP).
  void set_flush_sleep_us(std::int64_t us) { flush_sleep_us_ = us; }
  // Begins the counters of INFO anew (CONFIG RESETSTAT).
  void reset_statistics();
  // Empties the keyspace and loads it from the log (DEBUG LOADAOF). Returns: an empty text, or why
  // not. Requires: nothing of the keyspace is held.
  std::string reload_log();
  // Loads the snapshot (DEBUG RELOAD), after writing it if `save`; into an emptied keyspace if
  // `flush`, over what is there if `merge`. Returns and requires: the same.
  std::string reload_image(bool save, bool flush, bool merge);

  // The users as lines of the configuration; none while they have a file.
  std::vector<std::string> user_directives() const;

  Options& options() { return options_; }
  config::OptionTable& option_table() { return option_table_; }
  exec::Executor& executor() { return executor_; }
  // Whether a client of this address may do what such an option (enable-debug-command) allows.
  static bool may(int allowed, std::string_view address);
  keyspace::Keyspace& keyspace() { return keyspace_; }
  exec::CommandTable& commands() { return commands_; }
  pubsub::Hub& hub() { return hub_; }
  net::EventLoop& loop() { return loop_; }
  // Where what is being read now is cut into requests: beside what a handler has that takes long.
  resp::BatchRoom& batch_room() { return batch_rooms_[loop_.serves_others() ? 1 : 0]; }
  persist::DumpSettings& dump_settings() { return dump_settings_; }
  script::Scripting& scripting() { return scripting_; }
  persist::Disk& disk() { return *disk_; }
  Saving& saving() { return saving_; }
  Defragmentation& defragmentation() { return defragmentation_; }
  ClientMemory& client_memory() { return client_memory_; }
  const Supervision& supervision() const { return supervision_; }
  HotKeys& hot_keys() { return hot_keys_; }
  BigKeys& big_keys() { return big_keys_; }
  persist::LogWriter* log() { return log_.get(); }
  const std::shared_ptr<persist::LogFiles>& log_files() const { return log_files_; }
  // Looks for them if that was not done yet. Returns: an empty text, or why there are none.
  std::string find_log_files();
  // From now on what commands do goes there.
  void start_log(std::unique_ptr<persist::LogWriter> writer,
                 std::shared_ptr<persist::LogFiles> files);

  struct LoadingProgress {
    std::int64_t began_s = 0;
    std::int64_t began_ns = 0;
    std::uint64_t loaded_bytes = 0;
    std::uint64_t total_bytes = 0;
  };
  // Nothing when nothing is being loaded.
  const std::optional<LoadingProgress>& loading() const { return loading_; }
  struct LoadedImage {
    std::uint64_t keys = 0;
    std::uint64_t expired = 0;
  };
  const LoadedImage& loaded_image() const { return loaded_image_; }
  // Whether all that this client wrote is on disk for certain.
  bool synced(const exec::Session& session) const;
  // Its WAITAOF is to be run again when more is on disk.
  void note_waits_for_sync(const exec::Session& session);
  const base::Clock& clock() const { return clock_; }

  struct Statistics {
    std::uint64_t rejected_connections = 0;
    std::uint64_t queries_too_long = 0;  // connections ended by client-query-buffer-limit
    std::uint64_t log_ns = 0;            // time in handing effects to the log
    std::uint64_t cron_ns = 0;           // and in the work of every tenth of a second
    std::uint64_t expire_ns = 0;         // and in removing keys whose time is over
    std::uint64_t most_commands = 0;     // of one turn
    std::size_t peak_memory = 0;
    std::size_t startup_memory = 0;
    RateMeter commands;
    RateMeter input;
    RateMeter output;
    RateMeter turns;
    RateMeter busy_us;
  };
  Statistics& statistics() { return statistics_; }
  const std::string& run_id() const { return run_id_; }
  // Names the history of the data, for replicas.
  const std::string& replication_id() const { return replication_id_; }
  void new_replication_id();
  // Since the last reset_statistics().
  net::LoopStatistics loop_statistics() const;
  std::int64_t started_ms() const { return started_ms_; }

  // What this layer did between commands kept the loop so long.
  void note_latency(std::string_view event, std::int64_t took_ns) {
    executor_.latency().note(event, clock_.wall_ms() / 1000, took_ns / 1'000'000);
  }
  // For ClientConnection: its replies of this turn tell of changes, its own or others', up to there
  // in the log.
  void note_log_user(ClientConnection& connection, std::uint64_t log_end);
  // Whether what ends there in the log is promised to be synced before anybody hears of it, and is
  // not yet. While the disk fails, nobody waits for what others have written.
  bool may_be_lost(std::uint64_t log_end) const;
  void forget(ClientConnection& connection);
  // Tells a client from elsewhere in protected mode that it is refused. Returns: whether it is.
  bool refuse_foreign(net::Connection& connection);
  // For connections to other servers; null when they are plain (tls-cluster).
  const net::TlsContext* cluster_tls() const {
    return options_.tls_cluster ? outgoing_tls_.get() : nullptr;
  }

 private:
  struct Waiting {
    persist::LogWriter::Ticket ticket;
    ClientConnection* connection;
  };

  void announce_ready();
  void add_commands();
  void connect_users();
  void prepare_loop();
  void shut_down_by_signal(int signal);
  std::string listen_at(std::int64_t port, net::Security security);
  std::string listen_again(std::int64_t port, net::Security security, std::string_view complaint);
  // Returns: an empty text, or what is wrong with the certificates; then nothing has changed.
  std::string read_certificates();
  void connect_scripting();
  persist::AppendLogOptions log_options();
  void begin_loading(std::uint64_t total_bytes);
  void go_on_loading(std::uint64_t loaded, std::uint64_t total);
  void end_loading();
  // After so many keys or commands: key-load-delay, loading-process-events-interval-bytes.
  void pace_loading(std::uint64_t steps, std::uint64_t loaded, std::uint64_t total);
  bool paces_loading() const;
  void show_progress(persist::AppendLogOptions& options);
  persist::RdbLoadResult load_image_file(bool merge, const std::string& path);
  void look_at_both();
  std::string load_snapshot();
  std::string load_log();
  std::string load_forgotten_log();
  void stop_log();
  std::unique_ptr<net::ConnectionHandler> accept(net::Connection& connection);
  void end_of_turn();
  void append_to_log();
  void note_delays();
  void note_syncs();
  void hold(ClientConnection& connection, persist::LogWriter::Ticket ticket);
  void count_commands();
  void on_log_news();
  void serve_waiting_for_sync();
  template <class Work>
  std::int64_t timed(std::string_view event, Work&& work);
  template <class Work>
  void in_time(std::size_t most, Work&& work);
  void schedule_wake();
  void wake();
  void cron();
  void close_idle_clients();
  void check_memory();
  void give_back();
  void make_room(std::int64_t end_ns);

  Options& options_;
  config::OptionTable& option_table_;
  const base::Clock& clock_;
  keyspace::Keyspace keyspace_;
  exec::CommandTable commands_;
  exec::Executor executor_;
  acl::Acl acl_;
  pubsub::Hub hub_;
  ClientMemory client_memory_;  // outlives the connections, which the loop has
  net::EventLoop loop_;
  std::shared_ptr<const net::TlsContext> outgoing_tls_;
  std::array<resp::BatchRoom, 2> batch_rooms_;
  std::unique_ptr<persist::Disk> disk_;
  std::shared_ptr<persist::LogFiles> log_files_;
  std::unique_ptr<persist::LogWriter> log_;
  std::optional<LoadingProgress> loading_;
  LoadedImage loaded_image_;
  std::deque<ClientConnection*> log_users_;  // of this turn, see note_log_user()
  std::deque<Waiting> waiting_;              // by ticket
  std::uint64_t log_begin_ = 0;              // where this log begins (EffectLog::end)
  std::uint64_t delays_told_ = 0;            // of LogWriter::delays()
  std::int64_t delays_told_ns_ = 0;
  std::set<std::uint64_t> waiting_for_sync_;  // numbers of clients; some wait no more
  std::int64_t wake_at_ms_ = INT64_MAX;
  persist::DumpSettings dump_settings_;
  script::Scripting scripting_;
  Saving saving_;
  Defragmentation defragmentation_;
  HotKeys hot_keys_;
  BigKeys big_keys_;
  Admin admin_;
  std::uint64_t times_cleared_ = 0;  // Keyspace::times_cleared(), as far as it is known
  bool active_expire_ = true;
  bool cron_paused_ = false;
  std::optional<int> waiting_signal_;  // asks for a shutdown; only while the cron is paused
  std::int64_t owed_loading_delay_ns_ = 0;
  std::int64_t flush_sleep_us_ = 0;
  bool hub_has_work_ = false;
  bool evicts_ = false;  // more than one turn made room for is over the limit
  base::Random id_random_;
  std::string run_id_;
  std::string replication_id_;
  Supervision supervision_;
  OomScore oom_score_;
  net::LoopStatistics loop_statistics_before_;  // at the last reset_statistics()
  std::int64_t started_ms_ = 0;
  Statistics statistics_;
  std::uint64_t commands_before_turn_ = 0;
  bool running_ = false;  // the loop runs: data is loaded within a command, if at all
  bool stopping_ = false;
};

}  // namespace sorrel::server
