// SPDX-License-Identifier: BSD-3-Clause
//
// The log at the end of a turn, and who waits for it; switching it on and off at run time.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "client_connection.h"
#include "log.h"
#include "server_state.h"

namespace sorrel::server {

void Server::start_log(std::unique_ptr<persist::LogWriter> writer,
                       std::shared_ptr<persist::LogFiles> files) {
  log_files_ = std::move(files);
  log_ = std::move(writer);
  log_begin_ = executor_.effect_log().end();
  delays_told_ = 0;
  executor_.effect_log().set_enabled(true);
  executor_.effect_log().forget_database();
  keyspace_.changes().set_keep_vanished(true);
  apply_log_annotations();
  apply_append_sync();
  loop_.watch(log_->notify_descriptor(), [this] { on_log_news(); });
  saving_.note_log_opened();
}

void Server::stop_log() {
  append_to_log();
  log_->flush();
  executor_.effect_log().set_enabled(false);
  keyspace_.changes().set_keep_vanished(false);
  loop_.unwatch(log_->notify_descriptor());
  log_.reset();
  apply_append_sync();
  // Nobody will settle what has been kept waiting, nor report that a failing disk recovered.
  for (const Waiting& entry : std::exchange(waiting_, {})) {
    entry.connection->release_from(entry.ticket);
  }
  exec::ServerState state = executor_.state();
  state.disk_error.clear();
  executor_.set_state(std::move(state));
}

void Server::append_to_log() {
  exec::EffectLog& effects = executor_.effect_log();
  if (log_ != nullptr && !effects.bytes().empty()) {
    if (flush_sleep_us_ != 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(flush_sleep_us_));
    }
    const std::int64_t began_ns = clock_.monotonic_ns();
    log_->append(effects.hand_on(), log_users_.size());
    const std::int64_t took_ns = clock_.monotonic_ns() - began_ns;
    statistics_.log_ns += static_cast<std::uint64_t>(took_ns);
    note_latency(exec::latency_events::kAofWrite, took_ns);
  }
  const bool wait = log_ != nullptr && !log_users_.empty() && log_->must_wait();
  if (wait) {
    note_delays();
  }
  for (ClientConnection* const user : log_users_) {
    const std::uint64_t end = user->take_note();
    if (const auto ticket = wait ? log_->ticket_of(end - log_begin_) : 0; ticket != 0) {
      hold(*user, ticket);
    }
  }
  log_users_.clear();
}

// At most once a minute: a disk that lags does so for many turns.
void Server::note_delays() {
  constexpr std::int64_t kPeriodNs = 60'000'000'000;
  const std::int64_t now = clock_.monotonic_ns();
  if (log_->delays() != 0 && log_->delays() != delays_told_ &&
      (delays_told_ == 0 || now - delays_told_ns_ >= kPeriodNs)) {
    delays_told_ = log_->delays();
    delays_told_ns_ = now;
    log_notice(
        "Asynchronous AOF fsync is taking too long (disk is busy?). Replies to writes wait for the "
        "disk.");
  }
}

// The disk thread's syncs, for LATENCY.
void Server::note_syncs() {
  if (log_ != nullptr && executor_.latency().threshold_ms() != 0) {
    const bool always = options_.append_sync == static_cast<int>(persist::SyncPolicy::kAlways);
    note_latency(
        always ? exec::latency_events::kAofSyncAlways : exec::latency_events::kAofSync,
        std::chrono::duration_cast<std::chrono::nanoseconds>(log_->take_longest_sync()).count());
  }
}

// One who reads may wait for an earlier step of the disk than those who wrote before.
void Server::hold(ClientConnection& connection, persist::LogWriter::Ticket ticket) {
  connection.hold_for(ticket);
  const auto place =
      std::upper_bound(waiting_.begin(), waiting_.end(), ticket,
                       [](auto wanted, const Waiting& entry) { return wanted < entry.ticket; });
  waiting_.insert(place, {ticket, &connection});
}

void Server::on_log_news() {
  log_->acknowledge();
  const auto settled = log_->settled();
  while (!waiting_.empty() && waiting_.front().ticket <= settled) {
    waiting_.front().connection->release_from(waiting_.front().ticket);
    waiting_.pop_front();
  }
  serve_waiting_for_sync();
  exec::ServerState state = executor_.state();
  const std::string failure = log_->failure();
  if (failure == state.disk_error) {
    return;
  }
  if (failure.empty()) {
    log_warning("AOF write error looks solved. The server can write again.");
  } else {
    log_warning("Error writing to the AOF file: {}", failure);
  }
  state.disk_error = failure;
  executor_.set_state(std::move(state));
}

void Server::apply_log_annotations() {
  if (log_ != nullptr) {
    log_->set_timestamps(options_.log_timestamps);
    log_->set_seal_interval(options_.log_checksum_interval);
  }
}

void Server::apply_append_sync() {
  const auto policy = static_cast<persist::SyncPolicy>(options_.append_sync);
  executor_.unsynced_keys().set_enabled(log_ != nullptr && policy == persist::SyncPolicy::kAlways);
  if (log_ != nullptr) {
    log_->set_policy(policy);
  }
}

// The files are the background's while it works.
void Server::apply_log_history() {
  if (log_files_ == nullptr) {
    return;
  }
  saving_.background().post(
      [files = log_files_, keep = options_.keep_log_history] {
        files->set_keep_history(keep);
        if (!keep) {
          files->remove_history();
        }
      },
      nullptr);
  saving_.background().wait();
}

std::string Server::find_log_files() {
  if (log_files_ != nullptr) {
    return {};
  }
  auto found = persist::find_append_log(*disk_, log_options());
  if (found.error.empty()) {
    log_files_ = std::move(found.files);
  }
  return std::move(found.error);
}

std::string Server::apply_append_only() {
  const bool is_on = log_ != nullptr || saving_.begins_log();
  if (options_.append_only == is_on) {
    return {};
  }
  if (!options_.append_only) {
    saving_.end_log();
    if (log_ != nullptr) {
      stop_log();
      saving_.background().post([files = log_files_] { files->set_left(true); }, nullptr);
    }
    return {};
  }
  std::string error = find_log_files();
  if (error.empty()) {
    // The files are the background's while it works.
    saving_.background().post([files = log_files_, &error] { error = files->take_directory(); },
                              nullptr);
    saving_.background().wait();
  }
  if (!error.empty()) {
    log_warning("{}", error);
    return "Unable to turn on AOF. Check server logs.";
  }
  saving_.begin_log();
  return {};
}

}  // namespace sorrel::server
