// SPDX-License-Identifier: BSD-3-Clause
//
// What the server begins with: the log if it is on, else the snapshot. Meanwhile the loop goes on
// between two keys, so that clients are told LOADING, INFO shows how far it is, and a signal ends
// the process. Data that a setting would leave aside is not left aside: a snapshot is where a new
// log begins, and a log is loaded when there is nothing else.
#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <sorrel/persist/append_log.h>
#include <sorrel/persist/file_kind.h>
#include <sorrel/persist/rdb_file.h>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

// The process is to end before everything is loaded.
struct Interrupted {};

double seconds_since(std::int64_t began_ns, std::int64_t now_ns) {
  return static_cast<double>(now_ns - began_ns) / 1e9;
}

}  // namespace

persist::AppendLogOptions Server::log_options() {
  persist::AppendLogOptions options;
  options.directory = ".";
  options.log_directory = options_.append_directory;
  options.file_name = options_.append_file;
  options.policy = static_cast<persist::SyncPolicy>(options_.append_sync);
  options.cut_torn_tail = options_.load_truncated;
  options.skip_damage = options_.load_broken;
  options.max_skipped_bytes = options_.load_broken_max_bytes;
  options.base_kind = options_.rdb_base ? persist::LogFiles::BaseKind::kRdb
                                        : persist::LogFiles::BaseKind::kCommands;
  options.keep_history = options_.keep_log_history;
  options.timestamps = options_.log_timestamps;
  options.seal_interval_bytes = options_.log_checksum_interval;
  options.library = [this](std::string_view code) {
    return scripting_.load_library(code, /*replace=*/false);
  };
  return options;
}

void Server::begin_loading(std::uint64_t total_bytes) {
  owed_loading_delay_ns_ = 0;
  loading_ = LoadingProgress{clock_.wall_ms() / 1000, clock_.monotonic_ns(), 0, total_bytes};
  exec::ServerState state = executor_.state();
  state.loading = true;
  executor_.set_state(std::move(state));
}

void Server::go_on_loading(std::uint64_t loaded, std::uint64_t total) {
  loading_->loaded_bytes = loaded;
  loading_->total_bytes = total;
  if (running_) {
    loop_.serve_others();  // within DEBUG RELOAD or LOADAOF
    return;
  }
  loop_.poll();
  if (stopping_) {
    throw Interrupted{};
  }
}

bool Server::paces_loading() const {
  constexpr std::int64_t kOwnInterval = 64 * 1024;  // that of load_rdb()
  return options_.key_load_delay_us != 0 || options_.load_events_interval < kOwnInterval;
}

// A delay is slept in pieces: none so short that the system's timer cannot measure it, and none so
// long that clients wait for it.
void Server::pace_loading(std::uint64_t steps, std::uint64_t loaded, std::uint64_t total) {
  constexpr std::int64_t kLeastNs = 100'000;
  constexpr std::int64_t kMostNs = 10'000'000;
  const std::int64_t us = options_.key_load_delay_us;
  owed_loading_delay_ns_ += static_cast<std::int64_t>(steps) * (us >= 0 ? us * 1000 : 1000 / -us);
  while (owed_loading_delay_ns_ >= kLeastNs && options_.key_load_delay_us != 0) {
    const std::int64_t piece_ns = std::min(owed_loading_delay_ns_, kMostNs);
    std::this_thread::sleep_for(std::chrono::nanoseconds(piece_ns));
    owed_loading_delay_ns_ -= piece_ns;
    go_on_loading(loaded, total);
  }
  const auto interval = static_cast<std::uint64_t>(options_.load_events_interval);
  if (loaded >= loading_->loaded_bytes + interval) {
    go_on_loading(loaded, total);
  }
}

void Server::show_progress(persist::AppendLogOptions& options) {
  options.progress = [this](std::uint64_t loaded, std::uint64_t total) {
    go_on_loading(loaded, total);
  };
  if (paces_loading()) {
    options.after_some = [this](std::uint64_t steps, std::uint64_t loaded, std::uint64_t total) {
      pace_loading(steps, loaded, total);
    };
  }
}

void Server::end_loading() {
  loading_.reset();
  exec::ServerState state = executor_.state();
  state.loading = false;
  executor_.set_state(std::move(state));
}

persist::RdbLoadResult Server::load_image_file(bool merge, const std::string& path) {
  int error = 0;
  const auto file = disk_->open_for_read(path, error);
  if (file == nullptr) {
    persist::RdbLoadResult result;
    result.error = fmt::format("Can't open {}: {}", path, std::generic_category().message(error));
    return result;
  }
  persist::RdbLoadOptions load;
  load.check_sum = options_.rdb_check_sum;
  load.replace = merge;
  load.library = [&](std::string_view code) { return scripting_.load_library(code, merge); };
  load.notice = [](std::string_view text) { log_notice("{}", text); };
  if (loading_) {
    const auto total = static_cast<std::uint64_t>(std::max<std::int64_t>(disk_->size(path), 0));
    load.bytes = total;
    load.progress = [this, total](std::uint64_t bytes) { go_on_loading(bytes, total); };
    if (paces_loading()) {
      load.after_key = [this, total](std::uint64_t bytes) { pace_loading(1, bytes, total); };
    }
  }
  int failed = 0;
  const auto source = [&](std::span<char> to) -> std::size_t {
    const std::int64_t got = file->read(to);
    failed = got < 0 ? static_cast<int>(-got) : failed;
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  };
  auto result = persist::load_rdb(source, keyspace_, load);
  if (failed != 0) {
    result.error = fmt::format("Can't read {}: {}", path, std::generic_category().message(failed));
  }
  return result;
}

std::string Server::load_snapshot() {
  const std::string path = "./" + options_.rdb_file;
  if (!disk_->exists(path)) {
    return {};
  }
  const std::int64_t began_ns = clock_.monotonic_ns();
  const persist::RdbLoadResult result = load_image_file(/*merge=*/false, path);
  if (!result.error.empty()) {
    const std::string head = persist::read_head(*disk_, path);
    const bool is_image = head.starts_with("REDIS") || head.starts_with("VALKEY");
    const std::string what = is_image ? "" : persist::describe_file(head);
    log_warning("{}: {}. Terminating server after rdb file reading failure.", options_.rdb_file,
                result.error);
    return fmt::format(
        "Fatal error loading the DB, check server logs. Exiting. {}: {}{}. Nothing was changed. "
        "`sorrel check-rdb {}` tells more; with --fix it keeps what can be read.",
        options_.rdb_file, result.error, what.empty() ? "" : "; it is " + what, options_.rdb_file);
  }
  loaded_image_ = {result.keys, result.expired};
  log_notice("DB loaded from disk: {:.3f} seconds", seconds_since(began_ns, clock_.monotonic_ns()));
  log_notice(
      "Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}, {} bytes",
      result.keys, result.expired, result.empty, result.bytes);
  return {};
}

std::string Server::load_log() {
  const std::int64_t began_ns = clock_.monotonic_ns();
  persist::AppendLogOptions options = log_options();
  options.load_other = [this] { return load_snapshot(); };
  options.write_base = [this](const std::string& path) { return saving_.write_base_now(path); };
  show_progress(options);
  auto opened = persist::open_append_log(*disk_, options, executor_);
  for (const std::string& notice : opened.notices) {
    log_warning("{}", notice);
  }
  if (opened.writer == nullptr) {
    return opened.error;
  }
  log_notice("DB loaded from append only file: {:.3f} seconds, {} bytes, {} keys, {} commands",
             seconds_since(began_ns, clock_.monotonic_ns()), opened.bytes, keyspace_.size(),
             opened.commands);
  start_log(std::move(opened.writer), std::move(opened.files));
  return {};
}

// The log is off, and there is no snapshot.
std::string Server::load_forgotten_log() {
  const persist::AppendLogOptions options = log_options();
  const auto found = persist::find_append_log(*disk_, options);
  if (!found.error.empty()) {
    return fmt::format(
        "appendonly is off and there is no {}, but {} holds a log that cannot be read. {}. To "
        "begin without its data, move the directory away.",
        options_.rdb_file, options_.append_directory, found.error);
  }
  if (found.files->manifest().entries.empty() && !persist::has_old_log(*disk_, options)) {
    return {};
  }
  log_warning(
      "appendonly is off and there is no {}, but there is an append only log: its data is loaded. "
      "What changes from now on is not written to it; set appendonly yes to go on with it.",
      options_.rdb_file);
  persist::AppendLogOptions loading = options;
  show_progress(loading);
  const persist::LoadedLog loaded = persist::load_append_log(*disk_, loading, executor_);
  for (const std::string& notice : loaded.notices) {
    log_warning("{}", notice);
  }
  return loaded.error;
}

// The configuration says which of the two is loaded. If it was changed while the other one was in
// use, that is the later one. A snapshot that was saved while the log was on is later, too, and
// holds nothing more: so a log says when it is left.
void Server::look_at_both() {
  constexpr std::int64_t kNoticeableMs = 1000;
  const auto found = persist::find_append_log(*disk_, log_options());
  if (!found.error.empty() || found.files->manifest().entries.empty()) {
    return;
  }
  const std::int64_t image_ms = disk_->modified_ms("./" + options_.rdb_file);
  const std::int64_t log_ms = found.files->modified_ms();
  if (options_.append_only && found.files->manifest().left && image_ms > log_ms) {
    log_warning(
        "The log is loaded, for appendonly is on. But it was off when {} was written, {} seconds "
        "after the append only log. If that is what you want, end this server, move {} away and "
        "start again: {} is then where a new log begins.",
        options_.rdb_file, (image_ms - log_ms) / 1000, options_.append_directory,
        options_.rdb_file);
  } else if (!options_.append_only && image_ms != 0 && log_ms > image_ms + kNoticeableMs) {
    log_warning(
        "The append only log in {} was written {} seconds after {}, which is loaded, for "
        "appendonly is off. With appendonly yes the log is loaded.",
        options_.append_directory, (log_ms - image_ms) / 1000, options_.rdb_file);
  }
  // Not where another server writes it; and a disk that can only be read changes nothing.
  if (!options_.append_only && found.files->take_directory().empty()) {
    found.files->set_left(true);
  }
}

std::string Server::load() {
  prepare_loop();
  keyspace_.set_now_ms(clock_.wall_ms());
  begin_loading(0);
  look_at_both();
  std::string error;
  try {
    if (options_.append_only) {
      error = load_log();
    } else if (disk_->exists("./" + options_.rdb_file)) {
      error = load_snapshot();
    } else {
      error = load_forgotten_log();
    }
  } catch (const Interrupted&) {
    return {};
  }
  end_loading();
  saving_.note_loaded();
  if (error.empty()) {
    announce_ready();
  }
  return error;
}

std::string Server::reload_log() {
  if (loading_) {
    return "The data is being loaded";
  }
  if (log_ != nullptr) {
    append_to_log();
    if (std::string failure = log_->flush(); !failure.empty()) {
      return failure;
    }
  }
  saving_.give_up();
  keyspace_.clear();
  scripting_.flush_libraries();
  begin_loading(0);
  persist::AppendLogOptions options = log_options();
  show_progress(options);
  // An executor of its own: this one is in the middle of a command.
  exec::Executor replayer(commands_, keyspace_, clock_, /*seed=*/0);
  const auto loaded = persist::load_append_log(*disk_, options, replayer);
  end_loading();
  for (const std::string& notice : loaded.notices) {
    log_warning("{}", notice);
  }
  return loaded.error;
}

std::string Server::reload_image(bool save, bool flush, bool merge) {
  if (loading_) {
    return "The data is being loaded";
  }
  if (save) {
    if (std::string error = saving_.save_now(); !error.empty()) {
      return error;
    }
  }
  saving_.give_up();
  if (flush) {
    scripting_.flush_libraries();
    keyspace_.clear();
  }
  times_cleared_ = keyspace_.times_cleared();
  begin_loading(0);
  std::string error = load_image_file(merge, "./" + options_.rdb_file).error;
  end_loading();
  return error;
}

}  // namespace sorrel::server
