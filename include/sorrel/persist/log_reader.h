// SPDX-License-Identifier: BSD-3-Clause
//
// Replays one file of the append-only log through the executor: the same road that the commands
// took when they were logged. Lines that begin with # between requests are annotations and passed
// over. Commands between MULTI and EXEC are applied together or not at all.
//
// A file that ends in the middle of a request (or of a transaction) has a torn tail: the result
// says where the last complete one ended. So has one that ends in NUL bytes, which is what a
// machine that lost its power leaves of a block that was allocated and not written. Anything else
// that is not a request is damage, and nothing behind it is read; a request that seems cut short
// although whole requests stand behind its beginning, up to the end of the file, has a damaged
// length.
//
// The file is never changed here. One thread, before the loop runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <sorrel/exec/executor.h>
#include <sorrel/persist/disk.h>

namespace sorrel::persist {

struct ReplayResult {
  enum class Status : std::uint8_t { kComplete, kTorn, kDamaged, kUnreadable };
  Status status = Status::kComplete;
  std::uint64_t size = 0;        // bytes of the file
  std::uint64_t good_bytes = 0;  // up to the end of the last complete request
  std::uint64_t commands = 0;
  std::uint64_t errors = 0;  // commands that answered with an error
  std::string reason;        // of damage, or of a failed read
  std::string first_error;   // the first such answer
};

// Cost: O(size of the file); memory: one read buffer, or the largest request. `read_bytes` is the
// size that the buffer begins with; tests make it small.
ReplayResult replay_log(Disk& disk, const std::string& path, exec::Executor& executor,
                        std::size_t read_bytes = 1024 * 1024);

}  // namespace sorrel::persist
