// SPDX-License-Identifier: BSD-3-Clause
//
// The file that a snapshot is written to, on the background's thread. The first failure is kept;
// after it nothing more is written. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sorrel/persist/disk.h>

namespace sorrel::persist {

class SnapshotFile {
 public:
  SnapshotFile(Disk& disk, std::string path, bool sync_on_the_way)
      : disk_(disk), path_(std::move(path)), sync_on_the_way_(sync_on_the_way) {}

  // The first call, which may have no bytes, creates the file anew.
  void write(std::string_view bytes);
  // Makes it durable and closes it.
  void finish();
  void remove();
  // Empty, or what failed.
  const std::string& error() const { return error_; }

 private:
  void open();
  void fail(std::string_view what, int error);

  Disk& disk_;
  std::string path_;
  bool sync_on_the_way_;
  std::unique_ptr<File> file_;
  std::uint64_t unsynced_ = 0;
  std::string error_;
};

}  // namespace sorrel::persist
