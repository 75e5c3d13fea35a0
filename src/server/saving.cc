// SPDX-License-Identifier: BSD-3-Clause
//
// The slice at the end of a turn is short enough that nobody notices it, and the next turn follows
// at once, so that an idle server saves as fast as it can and a busy one as fast as its clients
// leave it time.
#include "saving.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <sorrel/base/memory.h>
#include <sorrel/exec/identity.h>
#include <sorrel/persist/snapshot_encoder.h>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

constexpr std::int64_t kSliceNs = 100'000;
constexpr std::size_t kFewKeys = 1000;
constexpr std::int64_t kRetrySeconds = 5;  // between attempts of the save points

}  // namespace

Saving::Saving(Server& server) : server_(server), last_save_s_(server.clock().wall_ms() / 1000) {
  server_.loop().watch(background_.notify_descriptor(), [this] { background_.run_finished(); });
}

Saving::~Saving() { server_.loop().unwatch(background_.notify_descriptor()); }

std::int64_t Saving::seconds_under_way() const {
  return under_way() == Kind::kNone ? -1
                                    : (server_.clock().monotonic_ns() - began_ns_) / 1'000'000'000;
}

std::uint64_t Saving::changes_since_save() const {
  return server_.executor().commands_that_changed() - changes_saved_;
}

persist::ImageFacts Saving::facts(bool base) const {
  persist::ImageFacts facts;
  facts.auxiliary = {{"redis-ver", std::string(exec::kRedisVersion)},
                     {"redis-bits", "64"},
                     {"ctime", std::to_string(server_.clock().wall_ms() / 1000)},
                     {"used-mem", std::to_string(base::allocator_statistics().allocated)},
                     {"aof-base", base ? "1" : "0"}};
  facts.timestamp_s = server_.options().log_timestamps ? server_.clock().wall_ms() / 1000 : 0;
  for (const std::string_view code : server_.scripting().library_sources()) {
    facts.libraries.emplace_back(code);
  }
  return facts;
}

void Saving::note_loaded() { changes_saved_ = server_.executor().commands_that_changed(); }

persist::SnapshotJob::MakeEncoder Saving::rdb_encoder(bool base) {
  return [this, base](persist::SnapshotEncoder::Sink sink) {
    const Options& options = server_.options();
    const keyspace::AccessClock& access = server_.keyspace().access();
    persist::RdbWriteOptions write;
    write.version = static_cast<unsigned>(options.rdb_version);
    write.compress = options.rdb_compress;
    write.check_sum = options.rdb_check_sum;
    if (options.keeps_accesses()) {
      write.access =
          access.lfu() ? persist::RdbAccess::kFrequency : persist::RdbAccess::kIdleSeconds;
    }
    return persist::make_rdb_encoder(write, access, facts(base), std::move(sink));
  };
}

std::string Saving::temporary_file() { return fmt::format("./temp-{}.rdb", ::getpid()); }

persist::SnapshotJob::Plan Saving::save_plan() {
  persist::SnapshotJob::Plan plan;
  plan.path = temporary_file();
  plan.sync_on_the_way = server_.options().rdb_sync_on_the_way;
  plan.install = [&disk = server_.disk(), from = plan.path,
                  to = server_.options().rdb_file]() -> std::string {
    int error = disk.rename(from, "./" + to);
    error = error == 0 ? disk.sync_directory(".") : error;
    return error == 0 ? std::string()
                      : fmt::format("Error moving temp DB file {} on the final destination {}: {}",
                                    from, to, std::generic_category().message(error));
  };
  plan.finished = [this](const std::string& error) { on_saved(error); };
  return plan;
}

void Saving::begin(Kind kind, persist::SnapshotJob::Plan plan,
                   const persist::SnapshotJob::MakeEncoder& make_encoder) {
  job_kind_ = kind;
  began_ns_ = server_.clock().monotonic_ns();
  changes_at_begin_ = server_.executor().commands_that_changed();
  job_ = std::make_unique<persist::SnapshotJob>(server_.keyspace(), server_.disk(), background_,
                                                std::move(plan), make_encoder);
  more_now_ = true;
}

void Saving::begin_save() {
  save_scheduled_ = false;
  last_try_s_ = server_.clock().wall_ms() / 1000;
  log_notice("Background saving started");
  begin(Kind::kSave, save_plan(), rdb_encoder(/*base=*/false));
}

void Saving::on_saved(const std::string& error) {
  save_record_.last_seconds = seconds_under_way();
  save_record_.last_extra_bytes = job_->most_extra_bytes();
  last_error_ = error;
  if (error.empty()) {
    ++save_record_.done;
    save_record_.failures_in_a_row = 0;
    changes_saved_ = changes_at_begin_;
    last_save_s_ = server_.clock().wall_ms() / 1000;
    log_notice("{}: {} keys, {} bytes at most beside the data",
               waited_for_ ? "DB saved on disk" : "Background saving terminated with success",
               job_->keys_done(), job_->most_extra_bytes());
  } else if (error != kCancelled) {
    ++save_record_.failures_in_a_row;
    log_warning("{}: {}", waited_for_ ? "Error saving the DB" : "Background saving error", error);
  }
  apply_refusal();
}

void Saving::apply_refusal() {
  exec::ServerState state = server_.executor().state();
  state.cannot_save = save_record_.failed() && server_.options().stop_writes_on_save_error &&
                      !server_.options().save_points.empty();
  server_.executor().set_state(std::move(state));
}

void Saving::run_to_end(bool with_pauses) {
  while (job_ != nullptr && !job_->done()) {
    if (with_pauses && must_pause()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } else if (!step()) {
      background_.wait();
      background_.run_finished();
    }
  }
  close_job();
  hold_writes();
}

void Saving::close_job() { job_.reset(); }

std::string Saving::save_now() {
  if (job_ != nullptr) {
    run_to_end();
  }
  waited_for_ = true;
  begin(Kind::kSave, save_plan(), rdb_encoder(/*base=*/false));
  run_to_end(/*with_pauses=*/true);
  waited_for_ = false;
  return last_error_;
}

void Saving::finish() {
  while (under_way() != Kind::kNone) {
    background_.wait();
    background_.run_finished();
    turn();
  }
}

void Saving::give_up() {
  if (job_ != nullptr) {
    job_->abandon(std::string(kCancelled));
    run_to_end();
  }
}

bool Saving::cancel(Kind kind) {
  if (under_way() == kind && job_ != nullptr) {
    job_->abandon(std::string(kCancelled));
    more_now_ = true;
    return true;
  }
  bool& scheduled = kind == Kind::kSave ? save_scheduled_ : rewrite_scheduled_;
  return std::exchange(scheduled, false);
}

// What was emptied would be kept beside what comes until it is written. What there is now is
// enough.
void Saving::begin_rewrite_anew() {
  log_notice("Beginning the rewrite anew: much of the data was flushed.");
  job_->abandon(std::string(kCancelled));
  more_now_ = true;
  rewrite_scheduled_ = true;
}

void Saving::on_flush_all() {
  if (server_.executor().state().loading) {
    return;  // the log that is loaded tells of it; what there is so far is not the data
  }
  if (under_way() == Kind::kSave) {
    log_notice("There is a background save in progress. Giving it up: everything was flushed.");
    job_->abandon(std::string(kCancelled));
    more_now_ = true;
  } else if (under_way() == Kind::kRewrite && job_ != nullptr) {
    begin_rewrite_anew();
  }
  if (server_.options().save_points.empty()) {
    return;
  }
  // As in Redis the file says so before the client is answered, where that is soon done.
  if (job_ == nullptr && server_.keyspace().size() < kFewKeys) {
    save_now();
  } else {
    save_scheduled_ = true;
  }
}

void Saving::turn() {
  if (server_.executor().state().loading) {
    return;  // what there is so far is not the data
  }
  if (increment_ != nullptr) {
    switch_log();
  }
  if (job_ == nullptr) {
    return;
  }
  if (job_kind_ == Kind::kRewrite && !job_->abandoned() &&
      job_->emptied_bytes() > server_.options().snapshot_buffer_limit / 4) {
    begin_rewrite_anew();
  }
  const std::int64_t began_ns = server_.clock().monotonic_ns();
  std::int64_t took_ns = 0;
  do {
    more_now_ = !must_pause() && step();
    took_ns = server_.clock().monotonic_ns() - began_ns;
  } while (more_now_ && took_ns < kSliceNs);
  server_.note_latency(exec::latency_events::kSnapshotCycle, took_ns);
  if (job_->done()) {
    close_job();
  }
  hold_writes();
}

// Key by key where each of them is waited for.
bool Saving::step() {
  const bool slowed = server_.options().key_save_delay_us > 0;
  return job_->step(slowed ? 1 : persist::SnapshotJob::kRecordsPerStep);
}

// rdb-key-save-delay: tests slow a snapshot down by it.
bool Saving::must_pause() const {
  const std::int64_t delay_us = server_.options().key_save_delay_us;
  const std::int64_t elapsed_us = (server_.clock().monotonic_ns() - began_ns_) / 1000;
  return delay_us > 0 && !job_->abandoned() &&
         job_->keys_done() > static_cast<std::uint64_t>(elapsed_us / delay_us);
}

// Some room is left between holding and letting go, so that not every turn changes its mind.
void Saving::hold_writes() {
  exec::Executor& executor = server_.executor();
  const std::uint64_t limit = server_.options().snapshot_buffer_limit;
  const std::uint64_t extra = job_ == nullptr || job_->abandoned() ? 0 : job_->extra_bytes();
  if (!executor.writes_held() && extra > limit - limit / 4) {
    executor.hold_writes(true);
  } else if (executor.writes_held() && extra <= limit / 2) {
    executor.hold_writes(false);
  }
}

bool Saving::save_is_due() const {
  const std::int64_t now_s = server_.clock().wall_ms() / 1000;
  if (save_record_.failed() && now_s - last_try_s_ <= kRetrySeconds) {
    return false;
  }
  const std::uint64_t changes = changes_since_save();
  const auto& points = server_.options().save_points;
  const auto due = std::find_if(points.begin(), points.end(), [&](const SavePoint& point) {
    return changes >= static_cast<std::uint64_t>(point.changes) &&
           now_s - last_save_s_ > point.seconds;
  });
  if (due == points.end()) {
    return false;
  }
  log_notice("{} changes in {} seconds. Saving...", due->changes, due->seconds);
  return true;
}

void Saving::tick() {
  if (under_way() != Kind::kNone || server_.executor().state().loading) {
    return;
  }
  const bool first_base_failed = begins_log_ && !must_wait_to_retry();
  if (!rewrite_scheduled_ && (save_scheduled_ || save_is_due())) {
    begin_save();
  } else if (rewrite_scheduled_ || first_base_failed || rewrite_is_due()) {
    begin_rewrite();
  }
}

}  // namespace sorrel::server
