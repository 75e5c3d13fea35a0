// SPDX-License-Identifier: BSD-3-Clause
//
// When snapshots are taken and what becomes of them: BGSAVE, SAVE, the `save` points, and rewriting
// the log. One is under way at a time; what is asked for meanwhile waits. A slice of it is done at
// the end of each turn, and while the changes of a moment need more memory than
// snapshot-buffer-limit allows, commands that write wait for the disk. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/persist/background.h>
#include <sorrel/persist/log_files.h>
#include <sorrel/persist/snapshot_job.h>

namespace sorrel::server {

class Server;

class Saving {
 public:
  // The failure of what was given up on purpose.
  static constexpr std::string_view kCancelled = "cancelled";

  enum class Kind : std::uint8_t { kNone, kSave, kRewrite };

  // What became of a kind of snapshot, for INFO. Times in seconds, -1 for none.
  struct Record {
    std::uint64_t done = 0;  // of saves the successful ones, of rewrites all
    std::uint64_t failures_in_a_row = 0;
    std::int64_t last_seconds = -1;
    std::uint64_t last_extra_bytes = 0;
    bool failed() const { return failures_in_a_row != 0; }
  };

  explicit Saving(Server& server);
  ~Saving();
  Saving(const Saving&) = delete;
  Saving& operator=(const Saving&) = delete;

  // Begins to save in the background; the other begins at the end of a turn.
  // Requires: nothing is under way.
  void begin_save();
  void begin_rewrite();
  // What is saved goes there until it is whole.
  static std::string temporary_file();
  // As soon as nothing is under way.
  void schedule(Kind kind) { (kind == Kind::kSave ? save_scheduled_ : rewrite_scheduled_) = true; }
  bool begins_log() const { return begins_log_; }
  bool scheduled(Kind kind) const {
    return kind == Kind::kSave ? save_scheduled_ : rewrite_scheduled_;
  }
  // Gives up what is under way of that kind, and what was scheduled. Returns: whether there was
  // any.
  bool cancel(Kind kind);
  // Saves before it returns. Returns: an empty text, or why not.
  std::string save_now();
  // The data as the base of a log, before the loop runs. Returns: an empty text, or why not.
  std::string write_base_now(const std::string& path);
  // The log is switched on, or off: begins with a base as soon as may be; gives that up.
  void begin_log();
  void end_log();
  // Lets what is under way come to its end before it returns. Requires: the end of a turn.
  void finish();
  // Gives up the snapshot that is under way, and has done so when it returns.
  void give_up();

  // A rewrite is under way as soon as its increment is being made.
  Kind under_way() const {
    return job_ != nullptr ? job_kind_ : preparing_rewrite_ ? Kind::kRewrite : Kind::kNone;
  }
  const persist::SnapshotJob* job() const { return job_.get(); }
  std::int64_t seconds_under_way() const;

  // A slice; at the end of each turn.
  void turn();
  // Whether the next turn is to come at once.
  bool wants_turn() const { return job_ != nullptr && more_now_; }
  // Begins what is scheduled or due; every tenth of a second.
  void tick();
  // Whether failures refuse writes may have changed.
  void apply_refusal();
  // Everything was flushed: a file with what was is no longer wanted (as Redis does).
  void on_flush_all();
  // The data is what is on disk, now; the log is as it was opened.
  void note_loaded();
  void note_log_opened();
  // Of all files of the log, and what they were when it was last rewritten.
  std::uint64_t log_bytes() const;
  std::uint64_t bytes_after_rewrite() const { return bytes_after_rewrite_; }

  std::uint64_t changes_since_save() const;
  std::int64_t last_save_s() const { return last_save_s_; }
  const Record& record(Kind kind) const {
    return kind == Kind::kSave ? save_record_ : rewrite_record_;
  }
  persist::Background& background() { return background_; }

 private:
  // What the base of a rewrite is made for.
  enum class BaseRole : std::uint8_t {
    kFirst,  // to begin a log that was switched on, with an increment of its own
    kNext,   // to stand for all before the next increment of the log
    kAlone,  // the log is off: to stand for all there is
  };

  persist::ImageFacts facts(bool base) const;
  persist::SnapshotJob::MakeEncoder rdb_encoder(bool base);
  persist::SnapshotJob::MakeEncoder base_encoder();
  persist::SnapshotJob::Plan save_plan();
  void begin(Kind kind, persist::SnapshotJob::Plan plan,
             const persist::SnapshotJob::MakeEncoder& make_encoder);
  // As fast as it goes, or with the pauses of rdb-key-save-delay.
  bool step();
  void run_to_end(bool with_pauses = false);
  void on_saved(const std::string& error);
  void switch_log();
  void on_rewritten(const std::string& error, const std::vector<std::string>& notices);
  void begin_rewrite_anew();
  bool save_is_due() const;
  bool rewrite_is_due() const;
  bool must_wait_to_retry() const;
  void close_job();
  bool must_pause() const;
  void hold_writes();

  Server& server_;
  persist::BackgroundThread background_;
  std::unique_ptr<persist::SnapshotJob> job_;
  Kind job_kind_ = Kind::kNone;
  bool preparing_rewrite_ = false;         // its job comes when the increment is there
  BaseRole base_role_ = BaseRole::kAlone;  // of the rewrite under way
  bool more_now_ = false;
  bool waited_for_ = false;  // by SAVE, or a shutdown
  bool save_scheduled_ = false;
  bool rewrite_scheduled_ = false;
  bool rdb_base_ = true;     // of what is under way
  bool begins_log_ = false;  // a log was switched on and has no base yet
  std::shared_ptr<persist::LogFiles::Increment> increment_;  // ready to be switched to
  std::uint64_t base_bytes_ = 0;
  std::uint64_t bytes_after_rewrite_ = 0;
  std::int64_t last_rewrite_try_s_ = 0;
  std::int64_t began_ns_ = 0;
  std::int64_t last_try_s_ = 0;
  std::int64_t last_save_s_ = 0;
  std::uint64_t changes_saved_ = 0;     // Executor::commands_that_changed() in the last file
  std::uint64_t changes_at_begin_ = 0;  // of what is under way
  std::string last_error_;
  Record save_record_;
  Record rewrite_record_;
};

}  // namespace sorrel::server
