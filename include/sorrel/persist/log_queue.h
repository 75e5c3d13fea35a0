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
// Under everysec and no, what is acknowledged has been given to the kernel, so it outlives the
// process: whoever hands over writes at once (may_write_now(), then begin_write() in place of
// begin()), or his clients wait for the step that does. He does not while another step is under
// way, nor for a second after a write that was slow, for it may stop him again; and a sync is never
// his. Only from the time that a sync is due until what came meanwhile is written nobody waits: it
// would stop every writer once a second.
//
// Under always a sync serves all who wait when it begins, and those whom the last one released are
// back with their next commands some tenths of a millisecond later. So after a sync that took long
// the next one waits for as many as were served, for as long as that sync took and a millisecond at
// most: else two halves of the clients take turns, and each waits two syncs. Where they do not come
// back in time it waits for half as long, and so on, and tries the whole again now and then.
//
// A ticket is settled when its bytes are written (everysec, no) or written and synced (always). A
// failed write is continued where it stopped. After a failed sync everything since the last good
// one is written again (see LogTail), and no ticket is settled before a sync has succeeded. Memory:
// under everysec and always a sync comes at kMaxUnsyncedBytes at the latest; under no nothing is
// kept, so there a sync that fails (at a flush, or after a change of policy) stays a failure.
//
// The log goes on in another file after switch_to(). What was handed over before goes to the old
// file, which is written and synced whole, whatever the policy, before the new one gets its first
// byte: so a file with content has complete files before it.
//
// Annotations: checksums (log_seal.h) are made by perform(), on the bytes of a step; timestamps
// (#TS:<unix seconds>) are put before the first bytes of a second when append() is told the time.
// Neither counts as handed over.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sorrel/persist/disk.h>
#include <sorrel/persist/log_seal.h>
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
  // More than this is left to a step of the owner's thread.
  static constexpr std::uint64_t kMaxWriteNowBytes = 256 * 1024;
  static constexpr auto kSlowWrite = std::chrono::milliseconds(10);
  static constexpr auto kAfterSlowWrite = std::chrono::seconds(1);
  static constexpr auto kMaxGather = std::chrono::milliseconds(1);
  static constexpr unsigned kTryAgain = 64;                          // steps
  static constexpr auto kMinGather = std::chrono::microseconds(50);  // less is not worth a wait
  static constexpr auto kRetry = std::chrono::milliseconds(100);

  LogQueue(std::unique_ptr<File> file, std::uint64_t size, SyncPolicy policy, Time now,
           const SealState& seal = {});

  // Hands over the bytes (they are swapped out, so that the string keeps some capacity).
  // `unix_seconds`: 0, or the time for a timestamp. `clients`: how many are likely to wait for it.
  Ticket append(std::string& bytes, Time now, std::int64_t unix_seconds = 0,
                std::size_t clients = 1);
  // For the files that are switched to from now on; 0: no checksums.
  void set_seal_interval(std::uint64_t bytes) { seal_interval_ = bytes; }
  // What is handed over from now on goes to `next`, which is empty.
  void switch_to(std::unique_ptr<File> next);
  // Whether a file is still to be completed before the one that was switched to last.
  bool switching() const { return !later_.empty(); }
  Ticket settled() const { return settled_; }
  // Of the bytes handed over so far, how many are written and synced for certain.
  std::uint64_t synced() const { return synced_; }
  // The first ticket known so far with which so many bytes handed over are settled; 0: they are
  // synced.
  Ticket ticket_of(std::uint64_t end) const;
  // While somebody waits for synced() to grow, its growing is news.
  void watch_synced(bool on) { synced_watched_ = on; }
  // Whether the reply to what was handed over last must wait until it is settled; if so, its
  // settling will be news.
  bool must_wait(Time now);

  const std::string& failure() const { return failure_; }
  void set_policy(SyncPolicy policy) { policy_ = policy; }
  // Bytes of the file that is written now.
  std::uint64_t size() const { return size_; }
  // The same, and those of the files completed before it (since the last forget_completed()).
  std::uint64_t total_size() const { return completed_bytes_ + size_; }
  // The files before the one that was switched to last count no more: a base stands for them.
  void forget_completed();
  std::uint64_t pending_bytes() const {
    return pending_.bytes.size() + taken_bytes_ + later_pending_bytes_;
  }
  // Memory for these and for what is written and not synced, as of the last step.
  std::uint64_t held_bytes() const {
    return pending_.bytes.capacity() + later_pending_bytes_ + tail_capacity_;
  }
  Time last_sync() const { return last_sync_; }
  // Everything handed over is written and synced.
  bool clean() const {
    return pending_.bytes.empty() && taken_bytes_ == 0 && !dirty_ && later_.empty();
  }

  // When the next step is to be made; Time::max() when there is nothing to do. `urgent`: somebody
  // waits for everything to be written and synced.
  Time due(bool urgent) const;

  // A sync that is under way; and how often a turn's writers had to wait because the disk lags.
  bool syncing() const { return under_way_.sync; }
  std::uint64_t delays() const { return delays_; }
  // How long the longest step with a sync took that ended since the last call.
  Time::duration take_longest_sync() { return std::exchange(longest_sync_, {}); }

  struct Step {
    Ticket ticket = 0;
    std::uint64_t end = 0;  // bytes handed over until it began
    bool sync = false;
    bool forget = false;   // what is written without a sync is not kept
    bool last = false;     // of its file: the next one begins when it has succeeded
    bool at_once = false;  // begun by begin_write()
  };
  struct Done {
    Step step;
    int error = 0;
    bool synced = false;
    bool sync_failed = false;
    bool switched = false;
    std::uint64_t completed_bytes = 0;  // of the file that it was switched from
  };
  Step begin(Time now, bool urgent);
  Done perform(const Step& step);
  // Returns: whether there is news: a ticket somebody waits for is settled, or failure() changed.
  bool finish(const Done& done, Time now);

  // Whether what was handed over may be written now by whoever handed it over.
  bool may_write_now(Time now) const;
  // As begin(), of a step that only writes. Requires: may_write_now().
  Step begin_write(Time now);

  // A whole step. Returns: as finish().
  bool step(Time now, bool urgent) { return finish(perform(begin(now, urgent)), now); }

 private:
  // Whole requests, and where in them a checksum may stand.
  struct Pending {
    std::string bytes;
    std::vector<std::size_t> cuts;
    void swap(Pending& other) noexcept {
      bytes.swap(other.bytes);
      cuts.swap(other.cuts);
    }
  };
  // What goes to a file that the log has not come to yet.
  struct Later {
    std::uint64_t seal_interval = 0;
    std::unique_ptr<File> file;  // until the last step of the file before it begins
    Ticket ticket = 0;           // handed over before it
    std::uint64_t begin = 0;     // bytes handed over before it
    Pending pending;
    Time oldest{};
    bool forget_completed = false;
  };

  Step take(Time now);
  bool much_unsynced() const;
  bool sync_comes() const;
  void begin_next_file();
  void add_batch(bool end_in_checksum);
  void plan_gathering(const Step& step, Time now);
  void judge_gathering();
  Time oldest() const;

  LogTail tail_;                // perform()'s, and finish()'s
  LogSealer sealer_;            // perform()'s
  Pending batch_;               // from begin() to perform()
  std::unique_ptr<File> next_;  // from begin() of the last step of a file; perform()'s
  std::uint64_t next_seal_interval_ = 0;
  Pending pending_;  // of the current file
  std::deque<Later> later_;
  Ticket handed_ = 0;
  Ticket settled_ = 0;
  Ticket waited_for_ = 0;    // the last ticket that somebody waits for
  Step under_way_;           // its ticket is 0 between steps
  bool busy_ = false;        // a step is under way
  bool catches_up_ = false;  // with what came during a sync
  Time step_began_{};
  std::size_t clients_ = 0;          // who wait for what no step has taken
  std::size_t clients_served_ = 0;   // by the step under way
  std::size_t clients_awaited_ = 0;  // before gather_until_
  unsigned gather_eighths_ = 8;      // of the last sync's time
  unsigned gatherings_ = 0;
  Time gather_until_ = Time::min();
  std::uint64_t delays_ = 0;
  Time::duration longest_sync_{};
  std::uint64_t handed_bytes_ = 0;
  std::uint64_t synced_ = 0;
  bool synced_watched_ = false;
  std::int64_t last_timestamp_ = 0;
  std::uint64_t seal_interval_;
  SyncPolicy policy_;
  std::string failure_;
  bool sync_failed_ = false;  // no success counts before a sync has succeeded
  bool dirty_ = false;        // something is written and not synced
  std::uint64_t size_;
  std::uint64_t completed_bytes_ = 0;
  std::uint64_t later_pending_bytes_ = 0;
  std::uint64_t tail_capacity_ = 0;
  std::uint64_t taken_bytes_ = 0;  // taken by a step and not yet written
  std::uint64_t unsynced_bytes_ = 0;
  Time oldest_pending_{};
  Time oldest_taken_{};
  Time last_sync_;
  Time last_attempt_;
  Time write_now_from_ = Time::min();
};

}  // namespace sorrel::persist
