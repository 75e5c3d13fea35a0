// SPDX-License-Identifier: BSD-3-Clause
//
// The end of the log's file, as far as it is not known to be durable. Its bytes stay in memory
// until a sync has succeeded, because a sync that fails may have lost them: the kernel marks pages
// that it could not write as clean, and the next sync succeeds without them. So after a failed sync
// everything since the last good one is written again, in place, before the next is tried.
//
//   file:   [ durable ............ | written, not synced | ]
//   bytes_:                        [ written_ .......... | not yet written ]
//                                start_
//
// Invariants: the file up to start_ + written_ holds what was added, in order, each byte once; the
// file is never made shorter. Memory: what was added since the last good sync. forget() gives that
// memory up, and with it the repair: a sync that fails after it never succeeds again.
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <sorrel/persist/disk.h>

namespace sorrel::persist {

class LogTail {
 public:
  // Requires: the writing position of `file` is `size`, and these bytes are durable.
  LogTail(std::unique_ptr<File> file, std::uint64_t size);

  // Takes the bytes over; they are left empty.
  void add(std::string& bytes);
  // Writes what is not written. Returns: 0, or errno; call again to go on where it stopped.
  int write();
  // Makes durable what is written. Returns: 0, or errno; then all of it counts as not written.
  int sync();
  // What is written is not kept any longer; nobody was promised that it is durable.
  void forget();

  std::uint64_t unwritten() const { return bytes_.size() - written_; }
  // Memory for these and for those that are written and not synced.
  std::size_t capacity() const { return bytes_.capacity(); }
  std::uint64_t unsynced() const { return written_; }
  // Whether a sync has something to do.
  bool dirty() const { return written_ > 0 || forgotten_; }
  // A sync failed over bytes that were forgotten: they may be lost, and nothing can repair it. No
  // more is written then: a hole in the middle of the log would cut off everything behind it.
  bool beyond_repair() const { return lost_error_ != 0; }
  // Bytes of the file.
  std::uint64_t size() const { return size_; }
  // The same when all is written.
  std::uint64_t end() const { return start_ + bytes_.size(); }
  // How many of its bytes are durable for certain.
  std::uint64_t durable() const { return durable_; }

 private:
  std::unique_ptr<File> file_;
  std::string bytes_;
  std::uint64_t start_;
  std::uint64_t durable_;
  std::uint64_t written_ = 0;
  std::uint64_t size_;
  bool forgotten_ = false;
  int lost_error_ = 0;
};

}  // namespace sorrel::persist
