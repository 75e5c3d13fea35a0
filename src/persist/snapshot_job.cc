// SPDX-License-Identifier: BSD-3-Clause
//
// The loop's side makes steps; each piece is a job of the background, and so is the end. A failure
// on the thread is seen at the next step, and then the snapshot is given up.
#include <algorithm>
#include <utility>

#include <sorrel/persist/snapshot_job.h>

#include "snapshot_file.h"

namespace sorrel::persist {
namespace {

// What a step does at most: some ten microseconds each.
constexpr std::size_t kElementsPerStep = 128;
constexpr std::uint64_t kBytesPerStep = 256 * 1024;
// While this waits for the thread, no step is made.
constexpr std::uint64_t kMostQueued = 8 * 1024 * 1024;

}  // namespace

SnapshotJob::SnapshotJob(keyspace::Keyspace& keyspace, Disk& disk, Background& background,
                         Plan plan, const MakeEncoder& make_encoder)
    : background_(background),
      plan_(std::move(plan)),
      progress_(std::make_shared<Progress>()),
      file_(std::make_shared<SnapshotFile>(disk, plan_.path, plan_.sync_on_the_way)),
      snapshot_(std::make_unique<keyspace::Snapshot>(keyspace)),
      encoder_(make_encoder([this](SnapshotEncoder::Piece piece) { hand_on(std::move(piece)); })),
      keys_total_(snapshot_->keys()) {
  // At once, so that a folder that takes no file is known before the data is gone through.
  background_.post(
      [file = file_, progress = progress_] {
        file->write({});
        progress->failed = !file->error().empty();
      },
      nullptr);
  encoder_->begin(*snapshot_);
}

SnapshotJob::~SnapshotJob() = default;

void SnapshotJob::hand_on(SnapshotEncoder::Piece piece) {
  if (abandoned()) {
    return;
  }
  handed_on_ += piece.bytes;
  progress_->queued_bytes += piece.bytes;
  background_.post(
      [file = file_, progress = progress_, piece = std::move(piece)] {
        const std::string bytes = piece.finish();
        file->write(bytes);
        progress->written_bytes += bytes.size();
        progress->queued_bytes -= piece.bytes;
        progress->failed = !file->error().empty();
      },
      nullptr);
}

std::uint64_t SnapshotJob::extra_bytes() const {
  return progress_->queued_bytes + (snapshot_ == nullptr ? 0 : snapshot_->kept_bytes());
}

bool SnapshotJob::step(std::size_t records) {
  if (snapshot_ == nullptr) {
    return false;
  }
  if (progress_->failed && !abandoned()) {
    fail("the disk");  // finish() tells more
  }
  if (!abandoned()) {
    if (progress_->queued_bytes > kMostQueued) {
      return false;
    }
    most_extra_bytes_ = std::max(most_extra_bytes_, extra_bytes());
  }
  if (encode_some(records)) {
    return true;
  }
  if (!abandoned()) {
    end_of_data();
  }
  close_snapshot();
  return false;
}

// Returns: false when there is nothing left.
bool SnapshotJob::encode_some(std::size_t records) {
  if (large_) {
    if (encoder_->go_on(kElementsPerStep)) {
      snapshot_->release(std::exchange(large_, {}));
      ++keys_done_;
    }
    return true;
  }
  if (const keyspace::Snapshot::Kept kept = snapshot_->take()) {
    keyspace::Record& record = kept.record();
    if (record.walking() || keyspace::Snapshot::is_large(record)) {
      large_ = kept;
      encoder_->begin_key(kept.database(), record);
    } else {
      encoder_->key(kept.database(), record);
      snapshot_->release(kept);
      ++keys_done_;
    }
    return true;
  }
  const std::uint64_t handed_on = handed_on_;
  snapshot_->step(records, [&](std::uint32_t number, const keyspace::Record& record) {
    encoder_->key(number, record);
    ++keys_done_;
    return records > 1 && handed_on_ - handed_on < kBytesPerStep;
  });
  return !snapshot_->done();
}

void SnapshotJob::end_of_data() {
  encoder_->end();
  ended_ = true;
  const auto error = std::make_shared<std::string>();
  background_.post(
      [file = file_, install = plan_.install, error] {
        file->finish();
        *error = file->error();
        if (error->empty() && install) {
          *error = install();
        }
        if (!error->empty()) {
          file->remove();
        }
      },
      [this, error] { finish(*error); });
}

void SnapshotJob::abandon(std::string reason) {
  if (!abandoned() && !ended_) {
    fail(std::move(reason));
  }
}

void SnapshotJob::fail(std::string reason) {
  error_ = std::move(reason);
  if (large_) {
    snapshot_->release(std::exchange(large_, {}));
  }
  snapshot_->abandon();
  background_.post(
      [file = file_] { file->remove(); },
      [this, file = file_] { finish(file->error().empty() ? error_ : file->error()); });
}

void SnapshotJob::close_snapshot() {
  encoder_.reset();
  snapshot_.reset();
}

void SnapshotJob::finish(const std::string& error) {
  finished_ = true;
  if (plan_.finished) {
    plan_.finished(error);
  }
}

}  // namespace sorrel::persist
