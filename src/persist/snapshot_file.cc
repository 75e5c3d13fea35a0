// SPDX-License-Identifier: BSD-3-Clause
//
// Syncing on the way keeps each sync short, so that the log's own does not wait behind a long one.
#include "snapshot_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace sorrel::persist {
namespace {

constexpr std::uint64_t kSyncEvery = 4 * 1024 * 1024;

}  // namespace

void SnapshotFile::fail(std::string_view what, int error) {
  error_ = std::string(what) + " " + path_ + ": " + std::generic_category().message(error);
  file_.reset();
}

void SnapshotFile::open() {
  int error = 0;
  disk_.remove(path_);
  file_ = disk_.open_for_append(path_, error);
  if (file_ == nullptr) {
    fail("Failed opening the temp file", error);
  }
}

void SnapshotFile::write(std::string_view bytes) {
  if (file_ == nullptr && error_.empty()) {
    open();
  }
  while (!bytes.empty() && error_.empty()) {
    const std::int64_t done = file_->write(bytes);
    if (done <= 0) {
      fail("Write error saving to", done == 0 ? ENOSPC : static_cast<int>(-done));
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(done));
    unsynced_ += static_cast<std::uint64_t>(done);
  }
  if (error_.empty() && sync_on_the_way_ && unsynced_ >= kSyncEvery) {
    unsynced_ = 0;
    if (const int error = file_->sync(); error != 0) {
      fail("Can't sync", error);
    }
  }
}

void SnapshotFile::finish() {
  if (file_ == nullptr && error_.empty()) {
    open();
  }
  if (error_.empty()) {
    if (const int error = file_->sync(); error != 0) {
      fail("Can't sync", error);
    }
  }
  file_.reset();
}

void SnapshotFile::remove() {
  file_.reset();
  disk_.remove(path_);
}

}  // namespace sorrel::persist
