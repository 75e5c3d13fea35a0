// SPDX-License-Identifier: BSD-3-Clause
//
// Writes and syncs the append-only log from a thread of its own, so that no sync ever stops the
// loop. The loop hands over the bytes of each turn and gets a ticket; a ticket is settled when its
// bytes are written (everysec, no) or written and synced (always). One sync settles every ticket
// handed over before it began. Under everysec and no the loop itself gives the bytes to the kernel
// while the thread sleeps and the disk is quick, for one system call a turn and no change of
// threads: they outlive the process before any reply leaves.
//
// A disk that fails is tried again until it recovers; meanwhile failure() says why. Nothing that
// was handed over is ever dropped while the process lives. What is decided when stands in LogQueue.
//
// Threads: the public members belong to the loop's thread; the disk thread tells it of settled
// tickets and of changed failures through notify_descriptor(), an eventfd.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <sorrel/persist/disk.h>
#include <sorrel/persist/log_queue.h>

namespace sorrel::persist {

class LogWriter {
 public:
  using Ticket = LogQueue::Ticket;

  // Appends to `file`, whose size is `size` bytes now. Starts the disk thread.
  // `seal`: how its checksums go on.
  LogWriter(std::unique_ptr<File> file, std::uint64_t size, SyncPolicy policy,
            const SealState& seal = {});
  // Writes and syncs what is pending, then ends the thread. Gives up on a disk that fails.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Hands over the bytes (they are swapped out, so that the string keeps some capacity), and writes
  // them if that may be done at once. `clients`: how many are likely to wait for it.
  Ticket append(std::string& bytes, std::size_t clients = 1);
  // What is handed over from now on goes to `next`, which is empty, once everything handed over
  // before is written to the old file and synced. Never waits; the disk thread does it, and closes
  // the old file.
  void switch_to(std::unique_ptr<File> next);
  // Whether an old file is still to be completed.
  bool switching() const;
  // All tickets up to this one are settled.
  Ticket settled() const;
  // See LogQueue::ticket_of.
  Ticket ticket_of(std::uint64_t end) const;
  // Of the bytes handed over so far, how many are written and synced. While watched,
  // notify_descriptor() tells when that has grown.
  std::uint64_t synced() const;
  void watch_synced(bool on);
  // Whether replies to what was handed over last must wait until its ticket is settled: always
  // under kAlways; under the other policies if it is not written, but for a sync that is under way
  // and has not lagged so far behind that more than about a second could be lost. After true,
  // notify_descriptor() tells of it.
  bool must_wait();

  // Empty, or why the disk refuses ("No space left on device").
  std::string failure() const;

  void set_policy(SyncPolicy policy);
  // Timestamps before the commands, at most one a second (aof-timestamp-enabled).
  void set_timestamps(bool on) { timestamps_ = on; }
  // Checksums after at least so many bytes, in the files that are switched to from now on; 0: none.
  void set_seal_interval(std::uint64_t bytes);
  // Bytes of the file that is written now, what it held at the beginning included.
  std::uint64_t size() const;
  // The same, and those of the files completed before it, since the last forget_completed(), which
  // says that a new base stands for all before the file that was switched to last.
  std::uint64_t total_size() const;
  void forget_completed();
  // See LogQueue.
  bool syncing() const;
  std::uint64_t delays() const;
  std::chrono::steady_clock::duration take_longest_sync();
  // Handed over and not yet written.
  std::uint64_t pending_bytes() const;
  // Memory for these, and for what is written and not synced.
  std::uint64_t held_bytes() const;
  // When the last sync ended, or the writer was made.
  std::chrono::steady_clock::time_point last_sync() const;

  // Blocks until everything handed over is written and synced, or an attempt made meanwhile has
  // failed. Returns: failure().
  std::string flush();

  // Readable when tickets were settled or the failure changed. acknowledge() reads it.
  int notify_descriptor() const { return notify_; }
  void acknowledge();

 private:
  void work();
  bool finish(const LogQueue::Done& done);
  bool wait_until_due(std::unique_lock<std::mutex>& lock);
  void notify();

  int notify_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable wake_;     // for the disk thread
  std::condition_variable stepped_;  // for flush()
  LogQueue queue_;
  LogQueue::Time sleeps_until_ = LogQueue::Time::min();  // min: the disk thread is awake
  bool timestamps_ = false;                              // the loop's
  bool stopping_ = false;
  bool flushing_ = false;
  std::uint64_t failed_steps_ = 0;

  std::thread thread_;
};

}  // namespace sorrel::persist
