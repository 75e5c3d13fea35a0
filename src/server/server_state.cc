// SPDX-License-Identifier: BSD-3-Clause
//
// Building, starting and stopping the server, and what it does at the end of each turn.
#include "server_state.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <sorrel/acl/acl_commands.h>
#include <sorrel/base/item_heap.h>
#include <sorrel/base/memory.h>
#include <sorrel/base/text.h>
#include <sorrel/commands/families.h>
#include <sorrel/exec/identity.h>
#include <sorrel/pubsub/pubsub_commands.h>

#include "client_connection.h"
#include "insistence.h"
#include "log.h"
#include "server_commands.h"

namespace sorrel::server {

namespace latency_events = exec::latency_events;

namespace {

constexpr auto kCronPeriod = std::chrono::milliseconds(100);
// Bounds of what one turn does for each of these: so many, or as many as this time is enough for.
constexpr std::size_t kExpirePerWake = 512;
constexpr std::size_t kReleasePerTurn = 2048;
constexpr std::int64_t kPerTurnNs = 100'000;
constexpr std::size_t kBetweenLooksAtTheClock = 16;

constexpr std::string_view kProtectedModeReply =
    "-DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. To let others in, set a password (requirepass), or switch protected-mode off if "
    "the network is trusted.\r\n";

}  // namespace

void RateMeter::sample(std::uint64_t total, std::int64_t now_ns) {
  if (last_ns_ != 0 && now_ns > last_ns_) {
    // The counter may have begun anew in between.
    const std::uint64_t gained = total >= last_total_ ? total - last_total_ : total;
    rates_[next_] = static_cast<double>(gained) * 1e9 / static_cast<double>(now_ns - last_ns_);
    next_ = (next_ + 1) % kSamples;
  }
  last_total_ = total;
  last_ns_ = now_ns;
}

std::uint64_t RateMeter::per_second() const {
  double sum = 0;
  for (const double rate : rates_) {
    sum += rate;
  }
  return static_cast<std::uint64_t>(sum / kSamples);
}

Server::Server(Options& options, config::OptionTable& table, const base::Clock& clock,
               std::uint64_t seed)
    : options_(options),
      option_table_(table),
      clock_(clock),
      keyspace_(static_cast<std::size_t>(options.databases), seed),
      executor_(commands_, keyspace_, clock, seed ^ 0x5bd1e995),
      acl_(executor_),
      hub_(executor_, seed),
      client_memory_(*this),
      disk_(persist::make_disk()),
      saving_(*this),
      defragmentation_(*this),
      hot_keys_(executor_, seed + 2),
      big_keys_(keyspace_, clock),
      admin_(*this),
      id_random_(seed + 1),
      supervision_(static_cast<Supervisor>(options.supervised)),
      started_ms_(clock.wall_ms()) {
  run_id_ = random_id(id_random_);
  replication_id_ = random_id(id_random_);
  dump_settings_.report = [](std::string_view key, std::string_view reason) {
    log_warning("RESTORE of key {} refused: {}", base::quote(key), reason);
  };
  add_commands();
  connect_scripting();
  connect_users();
  apply_output_limit();
  apply_type_limits();
  apply_memory_limit();
  apply_size_limits();
  apply_latency_tracking();
  apply_latency_threshold();
  apply_slow_log();
  apply_keyspace_events();
  apply_tracking_limit();
  apply_handshakes_per_turn();
  client_memory_.apply();
  loop_.set_keepalive(static_cast<int>(options.tcp_keepalive_s));
  loop_.on_accept([this](net::Connection& connection) { return accept(connection); });
  loop_.on_turn_end([this] { end_of_turn(); });
  statistics_.startup_memory = base::allocator_statistics().allocated;
}

Server::~Server() = default;

void Server::add_commands() {
  persist::add_dump_commands(commands_, dump_settings_);
  commands::add_all_commands(commands_);
  pubsub::add_pubsub_commands(commands_, hub_);
  acl::add_acl_commands(commands_, acl_);
  script::add_script_commands(commands_, scripting_);
  add_server_commands(commands_, *this);
  for (const RenamedCommand& renamed : options_.renamed_commands) {
    if (const std::string error = commands_.rename(renamed.from, renamed.to); !error.empty()) {
      throw std::invalid_argument(renamed.origin + ": cannot rename a command: " + error);
    }
  }
  commands_.seal();
}

void Server::prepare_loop() {
  loop_.every(kCronPeriod, [this] { cron(); });
  loop_.on_signals({SIGTERM, SIGINT}, [this](int signal) {
    log_warning("Received {} scheduling shutdown...", signal == SIGINT ? "SIGINT" : "SIGTERM");
    if (cron_paused_) {
      waiting_signal_ = signal;
    } else {
      shut_down_by_signal(signal);
    }
  });
}

void Server::shut_down_by_signal(int signal) {
  const ShutdownMode& mode =
      signal == SIGINT ? options_.shutdown_on_sigint : options_.shutdown_on_sigterm;
  const Insistence second_signal(Saving::temporary_file());
  if (const std::string error = shut_down(mode); !error.empty()) {
    log_warning("{}", error);
  }
}

bool Server::abort_shutdown() {
  if (!waiting_signal_) {
    return false;
  }
  waiting_signal_.reset();
  log_notice("Shutdown manually aborted.");
  return true;
}

void Server::run() {
  if (!stopping_) {
    running_ = true;
    loop_.run();
  }
  loop_.close_listeners();
  log_.reset();
  log_warning("Sorrel is now ready to exit, bye bye...");
}

std::string Server::shut_down(const ShutdownMode& mode) {
  if (loading_ && running_) {
    return "The data is being loaded";
  }
  if (loading_) {
    stopping_ = true;  // what is on disk is all there is
    return {};
  }
  // Within a script that runs too long: nothing of it is kept, nor what comes behind it.
  if (scripting_.busy()) {
    scripting_.kill_for_shutdown();
    executor_.effect_log().drop_unit();
    executor_.effect_log().set_enabled(false);
  }
  if (saving_.begins_log() && saving_.under_way() == Saving::Kind::kRewrite) {
    if (!mode.force) {
      log_warning("Writing initial AOF, can't exit");
      return "The first base of the append only log is being written";
    }
    log_warning("Writing initial AOF. Exit anyway.");
  }
  append_to_log();
  if (log_ != nullptr) {
    log_notice("Calling fsync() on the AOF file.");
    if (const std::string failure = log_->flush(); !failure.empty() && !mode.force) {
      return "Writing the append only file failed, can't exit: " + failure;
    }
  }
  saving_.give_up();
  if (!mode.nosave && (mode.save || !options_.save_points.empty())) {
    log_notice("Saving the final RDB snapshot before exiting.");
    if (std::string failure = saving_.save_now(); !failure.empty()) {
      log_warning("Error trying to save the DB, can't exit.");
      if (!mode.force) {
        return failure;
      }
    }
  }
  stopping_ = true;
  supervision_.stopping();
  // Whoever sees a connection end must not get a new one.
  loop_.close_listeners();
  admin_.close();
  loop_.stop();
  return {};
}

std::unique_ptr<net::ConnectionHandler> Server::accept(net::Connection& connection) {
  if (executor_.sessions().size() >= static_cast<std::size_t>(options_.max_clients)) {
    ++statistics_.rejected_connections;
    connection.output().append("-ERR max number of clients reached\r\n");
    return nullptr;
  }
  // By TLS it can be told only when the handshake is done.
  if (!connection.uses_tls() && refuse_foreign(connection)) {
    return nullptr;
  }
  return std::make_unique<ClientConnection>(*this, connection);
}

bool Server::refuse_foreign(net::Connection& connection) {
  if (!options_.protected_mode || !executor_.access().default_user().any_password ||
      is_local_address(connection.address())) {
    return false;
  }
  ++statistics_.rejected_connections;
  connection.output().append(kProtectedModeReply);
  return true;
}

void Server::forget(ClientConnection& connection) {
  std::erase(log_users_, &connection);
  std::erase_if(waiting_, [&](const Waiting& entry) { return entry.connection == &connection; });
  waiting_for_sync_.erase(connection.session().id);
}

// The order in which a turn ends: what is told once a turn is written, then the log, then the
// replies that may leave, so that nothing tells of what the log has not been given.
void Server::end_of_turn() {
  hub_has_work_ = hub_.end_turn();
  append_to_log();
  if (log_ == nullptr && !waiting_for_sync_.empty()) {
    serve_waiting_for_sync();
  }
  count_commands();
  if (times_cleared_ != keyspace_.times_cleared()) {
    times_cleared_ = keyspace_.times_cleared();
    saving_.on_flush_all();
  }
  loop_.flush();
  if (client_memory_.end_turn()) {
    loop_.flush();
  }
  saving_.turn();
  give_back();
  defragmentation_.turn();
  schedule_wake();
}

// What was thrown away becomes free, what is over the limit goes, and what is free goes back to the
// system: as much of it, in this order, as one time is enough for.
void Server::give_back() {
  const std::int64_t end_ns = clock_.monotonic_ns() + kPerTurnNs;
  if (keyspace_.pending_releases() != 0) {
    timed(latency_events::kRelease, [this] {
      in_time(kReleasePerTurn, [this](std::size_t some) { return !keyspace_.release_some(some); });
    });
  }
  timed(latency_events::kEviction, [this, end_ns] { make_room(end_ns); });
  while (base::item_heap().has_spare_chunk() && clock_.monotonic_ns() < end_ns) {
    base::item_heap().trim(1);
  }
}

// Returns: how long it took, in nanoseconds, which is noted when it was long.
template <class Work>
std::int64_t Server::timed(std::string_view event, Work&& work) {
  const std::int64_t began_ns = clock_.monotonic_ns();
  work();
  const std::int64_t took_ns = clock_.monotonic_ns() - began_ns;
  note_latency(event, took_ns);
  return took_ns;
}

void Server::count_commands() {
  const std::uint64_t commands = executor_.statistics().commands;
  // Fewer than before: the counters began anew in this turn.
  const std::uint64_t of_turn = commands - std::min(commands, commands_before_turn_);
  statistics_.most_commands = std::max(statistics_.most_commands, of_turn);
  commands_before_turn_ = commands;
}

void Server::note_log_user(ClientConnection& connection, std::uint64_t log_end) {
  if (connection.note(log_end)) {
    log_users_.push_back(&connection);
  }
}

// Calls work(some), which says whether there is more, up to `most` in all while there is time.
template <class Work>
void Server::in_time(std::size_t most, Work&& work) {
  const std::int64_t end = clock_.monotonic_ns() + kPerTurnNs;
  bool more = true;
  for (std::size_t done = 0; more && done < most && clock_.monotonic_ns() < end;
       done += kBetweenLooksAtTheClock) {
    more = work(kBetweenLooksAtTheClock);
  }
}

void Server::schedule_wake() {
  const std::int64_t now = clock_.wall_ms();
  std::int64_t due = active_expire_ && !loading_ ? keyspace_.next_deadline_ms() : INT64_MAX;
  due = std::min(due, executor_.next_timeout_ms());
  if (keyspace_.pending_releases() != 0 || evicts_ || hub_has_work_ || saving_.wants_turn() ||
      base::item_heap().has_spare_chunk()) {
    due = now;
  }
  if (const std::int64_t due_ns = defragmentation_.due_ns(); due_ns != INT64_MAX) {
    due = std::min(due,
                   now + std::max<std::int64_t>(1, (due_ns - clock_.monotonic_ns()) / 1'000'000));
  }
  if (due >= wake_at_ms_) {
    return;
  }
  wake_at_ms_ = due;
  // A deadline far away is looked at again when the clock may have been set meanwhile.
  const std::int64_t wait_ms = std::clamp<std::int64_t>(due - now, 0, 60'000);
  loop_.wake_in(std::chrono::milliseconds(wait_ms), [this] { wake(); });
}

void Server::wake() {
  wake_at_ms_ = INT64_MAX;
  if (active_expire_) {
    statistics_.expire_ns += static_cast<std::uint64_t>(timed(latency_events::kExpireCycle, [this] {
      in_time(kExpirePerWake, [this](std::size_t some) { return executor_.expire_due(some); });
    }));
  }
  executor_.time_out_due();
}

void Server::cron() {
  if (options_.watchdog_ms != 0) {
    apply_watchdog();
  }
  if (cron_paused_) {
    return;
  }
  if (const auto signal = std::exchange(waiting_signal_, std::nullopt)) {
    shut_down_by_signal(*signal);
    return;
  }
  const std::int64_t now = clock_.monotonic_ns();
  statistics_.commands.sample(executor_.statistics().commands, now);
  statistics_.input.sample(loop_.statistics().bytes_read, now);
  statistics_.output.sample(loop_.statistics().bytes_written, now);
  statistics_.turns.sample(loop_.statistics().turns, now);
  statistics_.busy_us.sample(loop_.statistics().busy_ns / 1000, now);
  check_memory();
  client_memory_.tick();
  note_syncs();
  saving_.tick();
  defragmentation_.tick();
  base::tidy_allocator();
  hot_keys_.tick();
  if (!loading_) {
    big_keys_.tick();
  }
  admin_.tick();
  if (options_.timeout_s > 0) {
    close_idle_clients();
  }
  const std::int64_t took_ns = clock_.monotonic_ns() - now;
  statistics_.cron_ns += static_cast<std::uint64_t>(took_ns);
  note_latency(latency_events::kCron, took_ns);
}

void Server::close_idle_clients() {
  const std::int64_t now = clock_.wall_ms();
  for (const auto& [id, session] : executor_.sessions().sessions()) {
    // Those who only wait, or are only told, are not idle.
    if (session->monitor || session->parked != nullptr || session->subscriptions.any()) {
      continue;
    }
    if (now - session->last_interaction_ms > options_.timeout_s * 1000) {
      log_verbose("Closing idle client");
      session->transport->close();
    }
  }
}

void Server::apply_output_limit() {
  loop_.set_output_limits(options_.output_limits);
  const std::uint64_t memory = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                               static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t hard = options_.output_limits[0].hard;
  executor_.limits().max_reply_bytes = hard == 0 ? memory : std::min(hard, memory);
}

void Server::apply_type_limits() {
  types::Settings& settings = keyspace_.settings();
  const std::uint64_t seed = settings.hash_seed;
  settings = options_.types;
  settings.hash_seed = seed;
}

void Server::apply_slow_log() { executor_.slow_log().settings() = options_.slow_log; }

void Server::apply_keyspace_events() {
  hub_.keyspace_events().select(options_.keyspace_events);
  hub_.refresh();
}

}  // namespace sorrel::server
