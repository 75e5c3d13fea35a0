// SPDX-License-Identifier: BSD-3-Clause
//
// What the log's writer decides, without its thread: when to write and to sync, which tickets are
// settled, who must wait, and what a failure means. Time is handed in, so a simulation drives it
// step by step and replays from a seed; LogWriter puts a thread and a lock around it.
//
// A step is begun (what was handed over is taken), performed (the disk works) and finished (the
// result is told). Only perform() touches the file and needs no lock; everything else is done under
// the lock of the owner. At most one step is under way.
//
// A ticket is settled when its bytes are written (everysec, no) or written and synced (always). A
// failed write is continued where it stopped. After a failed sync everything since the last good
// one is written again (see LogTail), and no ticket is settled before a sync has succeeded. Memory:
// under everysec and always a sync comes at kMaxUnsyncedBytes at the latest; under no nothing is
// kept, so there a sync that fails (at a flush, or after a change of policy) stays a failure.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <sorrel/persist/disk.h>
#include <sorrel/persist/log_tail.h>

namespace sorrel::persist {

enum class SyncPolicy : std::uint8_t { kAlways, kEverySecond, kNo };

class LogQueue {
 public:
  using Ticket = std::uint64_t;
  using Time = std::chrono::steady_clock::time_point;

  // More than this unwritten, or unwritten for longer, and writers wait for the disk.
  static constexpr std::uint64_t kMaxLagBytes = 64 * 1024 * 1024;
  static constexpr auto kMaxLag = std::chrono::milliseconds(500);
  static constexpr std::uint64_t kMaxUnsyncedBytes = 32 * 1024 * 1024;
  static constexpr auto kSyncPeriod = std::chrono::seconds(1);
  static constexpr auto kGather = std::chrono::milliseconds(2);
  static constexpr auto kRetry = std::chrono::milliseconds(100);

  LogQueue(std::unique_ptr<File> file, std::uint64_t size, SyncPolicy policy, Time now);

  // Hands over the bytes (they are swapped out, so that the string keeps some capacity).
  Ticket append(std::string& bytes, Time now);
  Ticket settled() const { return settled_; }
  // Of the bytes handed over so far, how many are written and synced for certain.
  std::uint64_t synced() const { return synced_; }
  // While somebody waits for synced() to grow, its growing is news.
  void watch_synced(bool on) { synced_watched_ = on; }
  // Whether the reply to what was handed over last must wait until it is settled; if so, its
  // settling will be news.
  bool must_wait(Time now);

  const std::string& failure() const { return failure_; }
  void set_policy(SyncPolicy policy) { policy_ = policy; }
  std::uint64_t size() const { return size_; }
  std::uint64_t pending_bytes() const { return pending_.size() + taken_bytes_; }
  Time last_sync() const { return last_sync_; }
  // Everything handed over is written and synced.
  bool clean() const { return pending_.empty() && taken_bytes_ == 0 && !dirty_; }

  // When the next step is to be made; Time::max() when there is nothing to do. `urgent`: somebody
  // waits for everything to be written and synced.
  Time due(bool urgent) const;

  struct Step {
    Ticket ticket = 0;
    std::uint64_t end = 0;  // bytes handed over until it began
    bool sync = false;
    bool forget = false;  // what is written without a sync is not kept
  };
  struct Done {
    Step step;
    int error = 0;
    bool synced = false;
    bool sync_failed = false;
  };
  Step begin(Time now, bool urgent);
  Done perform(const Step& step);
  // Returns: whether there is news: a ticket somebody waits for is settled, or failure() changed.
  bool finish(const Done& done, Time now);

  // A whole step. Returns: as finish().
  bool step(Time now, bool urgent) { return finish(perform(begin(now, urgent)), now); }

 private:
  LogTail tail_;       // perform()'s, and finish()'s
  std::string batch_;  // from begin() to perform()
  std::string pending_;
  Ticket handed_ = 0;
  Ticket settled_ = 0;
  Ticket waited_for_ = 0;  // the last ticket that somebody waits for
  std::uint64_t handed_bytes_ = 0;
  std::uint64_t synced_ = 0;
  bool synced_watched_ = false;
  SyncPolicy policy_;
  std::string failure_;
  bool sync_failed_ = false;  // no success counts before a sync has succeeded
  bool dirty_ = false;        // something is written and not synced
  std::uint64_t size_;
  std::uint64_t taken_bytes_ = 0;  // taken by a step and not yet written
  std::uint64_t unsynced_bytes_ = 0;
  Time oldest_pending_{};
  Time oldest_taken_{};
  Time last_sync_;
  Time last_attempt_;
};

}  // namespace sorrel::persist
