// SPDX-License-Identifier: BSD-3-Clause
//
// One snapshot on its way to a file: the keyspace's cursor on one side, the background's thread on
// the other. The loop makes small steps, which put values into words of the file's format; the
// thread compresses, sums, writes and syncs them, and puts the file in its place.
//
//   keyspace::Snapshot -> SnapshotEncoder -> pieces -> Background: SnapshotFile -> install
//
// Memory: what the snapshot keeps and what waits for the thread, extra_bytes(). Steps are not made
// while much waits for the thread; what changes make the snapshot keep is for the owner to bound.
// Lifetime: the job lives until done(); giving up takes further steps. One thread, but for what it
// posts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <sorrel/keyspace/snapshot.h>
#include <sorrel/persist/background.h>
#include <sorrel/persist/disk.h>
#include <sorrel/persist/snapshot_encoder.h>

namespace sorrel::persist {

class SnapshotFile;

class SnapshotJob {
 public:
  struct Plan {
    std::string path;             // written there; removed when it fails
    bool sync_on_the_way = true;  // every few megabytes, so that no sync is long
    // Runs on the thread when the file is written and synced. Returns: why it failed, or nothing.
    std::function<std::string()> install = nullptr;
    // Runs on the loop at the end: an empty text, or why there is no snapshot.
    std::function<void(const std::string& error)> finished = nullptr;
  };
  using MakeEncoder = std::function<std::unique_ptr<SnapshotEncoder>(SnapshotEncoder::Sink)>;

  // The snapshot is of this moment.
  SnapshotJob(keyspace::Keyspace& keyspace, Disk& disk, Background& background, Plan plan,
              const MakeEncoder& make_encoder);
  ~SnapshotJob();
  SnapshotJob(const SnapshotJob&) = delete;
  SnapshotJob& operator=(const SnapshotJob&) = delete;

  static constexpr std::size_t kRecordsPerStep = 32;
  // Goes on a little: some microseconds of work, with about so many keys. Returns: whether there is
  // more to do now; false while it waits for the thread, and at the end.
  bool step(std::size_t records = kRecordsPerStep);
  // Ends without a file; `finished` gets the reason.
  void abandon(std::string reason);

  // Whether nothing of it is left: `finished` has run, and the keyspace is as without it.
  bool done() const { return finished_ && snapshot_ == nullptr; }
  bool abandoned() const { return !error_.empty(); }
  std::uint64_t keys_done() const { return keys_done_; }
  std::uint64_t keys_total() const { return keys_total_; }
  // Beside the keyspace: what is kept of it, and what is not written yet.
  std::uint64_t extra_bytes() const;
  // The part of it that databases hold which were emptied since it began. A rewrite that is given
  // up and begun anew writes what there is now, and needs none of that.
  std::uint64_t emptied_bytes() const {
    return snapshot_ == nullptr || abandoned() ? 0 : snapshot_->emptied_bytes();
  }
  std::uint64_t bytes_written() const { return progress_->written_bytes; }
  std::uint64_t most_extra_bytes() const { return most_extra_bytes_; }

 private:
  // Shared with the thread.
  struct Progress {
    std::atomic<std::uint64_t> queued_bytes{0};
    std::atomic<std::uint64_t> written_bytes{0};
    std::atomic<bool> failed{false};
  };

  bool encode_some(std::size_t records);
  void hand_on(SnapshotEncoder::Piece piece);
  void end_of_data();
  void close_snapshot();
  void fail(std::string reason);
  void finish(const std::string& error);

  Background& background_;
  Plan plan_;
  std::shared_ptr<Progress> progress_;
  std::shared_ptr<SnapshotFile> file_;
  std::unique_ptr<keyspace::Snapshot> snapshot_;
  std::unique_ptr<SnapshotEncoder> encoder_;
  keyspace::Snapshot::Kept large_;  // what is being written in parts
  std::uint64_t handed_on_ = 0;     // bytes
  std::uint64_t keys_done_ = 0;
  std::uint64_t keys_total_ = 0;
  std::uint64_t most_extra_bytes_ = 0;
  std::string error_;
  bool ended_ = false;     // all was handed on
  bool finished_ = false;  // the thread is through with it
};

}  // namespace sorrel::persist
