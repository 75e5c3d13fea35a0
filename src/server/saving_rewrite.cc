// SPDX-License-Identifier: BSD-3-Clause
//
// Rewriting the log, and beginning one. The next increment is made on the background's thread;
// then, at the end of a turn, the log goes on in it and in the same moment the snapshot begins, so
// that base and increment meet exactly.
#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <sorrel/persist/log_files.h>
#include <sorrel/persist/snapshot_encoder.h>

#include "log.h"
#include "saving.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using persist::LogFiles;

constexpr std::uint64_t kUnlimitedFailures = 3;
constexpr std::int64_t kMostDelayMinutes = 60;

}  // namespace

persist::SnapshotJob::MakeEncoder Saving::base_encoder() {
  if (rdb_base_) {
    return rdb_encoder(/*base=*/true);
  }
  return [this](persist::SnapshotEncoder::Sink sink) {
    return persist::make_commands_encoder(facts(/*base=*/true), std::move(sink));
  };
}

void Saving::begin_rewrite() {
  rewrite_scheduled_ = false;
  preparing_rewrite_ = true;
  base_role_ = begins_log_                ? BaseRole::kFirst
               : server_.log() != nullptr ? BaseRole::kNext
                                          : BaseRole::kAlone;
  rdb_base_ = server_.options().rdb_base;
  began_ns_ = server_.clock().monotonic_ns();
  last_rewrite_try_s_ = server_.clock().wall_ms() / 1000;
  log_notice("Background append only file rewriting started");
  const auto increment = std::make_shared<LogFiles::Increment>();
  const auto then = [this, increment] {
    if (increment->error.empty()) {
      increment_ = increment;
    } else {
      preparing_rewrite_ = false;
      on_rewritten(increment->error, {});
    }
  };
  if (increment->error = server_.find_log_files(); !increment->error.empty()) {
    background_.post([] {}, then);
    return;
  }
  background_.post(
      [files = server_.log_files(), increment, role = base_role_] {
        if (role == BaseRole::kAlone) {
          increment->error = files->take_directory();
        } else {
          *increment = role == BaseRole::kFirst ? files->prepare_first_increment()
                                                : files->prepare_increment();
        }
      },
      then);
}

void Saving::switch_log() {
  const std::shared_ptr<LogFiles::Increment> increment = std::exchange(increment_, nullptr);
  preparing_rewrite_ = false;
  if (increment->file != nullptr) {
    // A log whose first base failed is written already, to an increment that is given up.
    if (server_.log() == nullptr) {
      server_.start_log(std::make_unique<persist::LogWriter>(
                            std::move(increment->file), 0,
                            static_cast<persist::SyncPolicy>(server_.options().append_sync)),
                        server_.log_files());
    } else {
      server_.log()->switch_to(std::move(increment->file));
      server_.executor().effect_log().forget_database();
    }
  }
  const auto files = server_.log_files();
  const auto outcome = std::make_shared<LogFiles::Outcome>();
  const auto kind = rdb_base_ ? LogFiles::BaseKind::kRdb : LogFiles::BaseKind::kCommands;
  persist::SnapshotJob::Plan plan;
  plan.path = files->temporary_base_path();
  plan.sync_on_the_way = server_.options().rewrite_sync_on_the_way;
  plan.install = [files, outcome, kind, path = plan.path, number = increment->sequence] {
    *outcome = files->install_base(path, kind, number);
    return outcome->error;
  };
  plan.finished = [this, outcome](const std::string& error) {
    on_rewritten(error, outcome->notices);
  };
  begin(Kind::kRewrite, std::move(plan), base_encoder());
}

void Saving::on_rewritten(const std::string& error, const std::vector<std::string>& notices) {
  ++rewrite_record_.done;
  rewrite_record_.last_seconds = (server_.clock().monotonic_ns() - began_ns_) / 1'000'000'000;
  rewrite_record_.last_extra_bytes = job_ == nullptr ? 0 : job_->most_extra_bytes();
  for (const std::string& notice : notices) {
    log_notice("{}", notice);
  }
  if (!error.empty()) {
    rewrite_record_.failures_in_a_row += error == kCancelled ? 0 : 1;
    log_warning("Background AOF rewrite failed: {}", error);
    return;
  }
  rewrite_record_.failures_in_a_row = 0;
  begins_log_ = begins_log_ && base_role_ != BaseRole::kFirst;
  if (server_.log() != nullptr) {
    server_.log()->forget_completed();
  }
  base_bytes_ = job_->bytes_written();
  bytes_after_rewrite_ = log_bytes();
  log_notice("Background AOF rewrite finished successfully");
}

void Saving::begin_log() {
  begins_log_ = true;
  if (under_way() == Kind::kNone) {
    begin_rewrite();
  } else {
    rewrite_scheduled_ = true;
  }
}

void Saving::end_log() {
  rewrite_scheduled_ = false;
  if (under_way() == Kind::kRewrite) {  // its job, or what comes before it
    log_notice("Killing AOF child: the rewrite is given up, for the log is switched off");
  }
  while (preparing_rewrite_ && increment_ == nullptr) {
    background_.wait();
    background_.run_finished();
  }
  increment_.reset();
  preparing_rewrite_ = false;
  if (under_way() == Kind::kRewrite) {
    cancel(Kind::kRewrite);
    base_role_ = BaseRole::kAlone;  // if its end is on the way already
  }
  if (std::exchange(begins_log_, false)) {
    background_.post([files = server_.log_files()] { files->discard_first_increment(); }, nullptr);
  }
}

void Saving::note_log_opened() {
  base_bytes_ = server_.log_files()->total_size() - server_.log()->size();
  bytes_after_rewrite_ = log_bytes();
}

std::uint64_t Saving::log_bytes() const {
  const persist::LogWriter* log = server_.log();
  return base_bytes_ + (log == nullptr ? 0 : log->total_size());
}

bool Saving::rewrite_is_due() const {
  const Options& options = server_.options();
  const std::uint64_t bytes = log_bytes();
  if (server_.log() == nullptr || options.rewrite_percentage == 0 ||
      bytes <= options.rewrite_min_bytes) {
    return false;
  }
  const std::uint64_t base = std::max<std::uint64_t>(bytes_after_rewrite_, 1);
  const std::uint64_t growth = bytes > base ? (bytes - base) * 100 / base : 0;
  if (growth < static_cast<std::uint64_t>(options.rewrite_percentage) || must_wait_to_retry()) {
    return false;
  }
  log_notice("Starting automatic rewriting of AOF on {}% growth", growth);
  return true;
}

// A disk that fails again and again is asked less and less often.
bool Saving::must_wait_to_retry() const {
  if (rewrite_record_.failures_in_a_row < kUnlimitedFailures) {
    return false;
  }
  const std::uint64_t beyond = rewrite_record_.failures_in_a_row - kUnlimitedFailures;
  const std::int64_t minutes =
      std::min(std::int64_t{1} << std::min<std::uint64_t>(beyond, 10), kMostDelayMinutes);
  return server_.clock().wall_ms() / 1000 - last_rewrite_try_s_ < minutes * 60;
}

std::string Saving::write_base_now(const std::string& path) {
  persist::SnapshotJob::Plan plan;
  plan.path = path;
  std::string failure;
  rdb_base_ = server_.options().rdb_base;
  plan.finished = [&failure](const std::string& error) { failure = error; };
  begin(Kind::kRewrite, std::move(plan), base_encoder());
  run_to_end();
  return failure;
}

}  // namespace sorrel::server
