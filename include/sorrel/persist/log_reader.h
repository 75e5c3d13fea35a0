// SPDX-License-Identifier: BSD-3-Clause
//
// Replays one file of the append-only log through the executor: the same road that the commands
// took when they were logged. A file that begins as an RDB image is loaded as one, and what stands
// behind the image is replayed. Lines that begin with # between requests are annotations and passed
// over. Commands between MULTI and EXEC are applied together or not at all.
//
// A file that ends in the middle of a request (or of a transaction) has a torn tail: the result
// says where the last complete one ended. So has one that ends in NUL bytes, which is what a
// machine that lost its power leaves of a block that was allocated and not written. Anything else
// that is not a request is damage, as is what contradicts a checksum (log_seal.h), which is found
// out before any of the bytes that it covers is applied; nothing behind it is read, unless damage
// is to be skipped; a request that seems cut short although whole requests stand behind its
// beginning, up to the end of the file, has a damaged length.
//
// The file is never changed here. One thread, before the loop runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/executor.h>
#include <sorrel/persist/disk.h>
#include <sorrel/persist/rdb_file.h>

namespace sorrel::persist {

// Bytes that were left out because of damage.
struct LogGap {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string reason;
};

struct ReplayOptions {
  // The size that the buffer begins with; tests make it small.
  std::size_t read_bytes = 1024 * 1024;
  // Damage is left out up to the next place from which requests can be read, at most this many
  // bytes in all; what is more stops the replay as ever.
  std::uint64_t max_skipped_bytes = 0;
  // Told how far it is, about every 2 MiB or millisecond, whichever comes first. It may run the
  // loop, but not touch the keyspace.
  std::function<void(std::uint64_t bytes)> progress = nullptr;
  // After some keys or commands, how many, and how far it is: see RdbLoadOptions::after_key.
  std::function<void(std::uint64_t steps, std::uint64_t bytes)> after_some = nullptr;
  // Stops before the first timestamp (#TS:) that is later, Unix seconds.
  std::int64_t last_second = INT64_MAX;
  // For an image: see RdbLoadOptions.
  std::function<std::string(std::string_view code)> library = nullptr;
};

struct ReplayResult {
  enum class Status : std::uint8_t { kComplete, kTorn, kDamaged, kUnreadable, kBadImage };
  Status status = Status::kComplete;
  std::uint64_t size = 0;        // bytes of the file, as far as it was read
  std::uint64_t good_bytes = 0;  // up to the end of the last complete request
  std::uint64_t commands = 0;
  std::uint64_t errors = 0;      // commands that answered with an error
  std::string reason;            // of damage, of a bad image, or of a failed read
  bool unknown_command = false;  // the damage is a command that there is not
  std::string first_error;       // the first such answer
  // A database that there is not, and whose commands were applied to another; or -1.
  std::int64_t missing_database = -1;
  std::vector<LogGap> gaps;  // left out
  bool stopped = false;      // before a timestamp, which stands at good_bytes
  // The cut tail is not merely torn: blocks in it were never written, and others behind them were.
  bool has_hole = false;
  std::uint64_t uncovered_begin = 0;  // what stands behind it is covered by no checksum
  bool sealed = false;                // there are checksums
  bool has_image = false;             // it begins with an RDB image
  RdbLoadResult image;                // which said this
  std::vector<std::string> notices;
};

// Cost: O(size of the file); memory: one read buffer, or the largest request; the next 4 MiB behind
// damage that is skipped.
ReplayResult replay_log(Disk& disk, const std::string& path, exec::Executor& executor,
                        const ReplayOptions& options = {});

// The same without applying anything; an image is loaded into a keyspace of its own. `image_done`
// is called when that has succeeded.
ReplayResult check_log_file(Disk& disk, const std::string& path, const ReplayOptions& options = {},
                            const std::function<void()>& image_done = nullptr);

}  // namespace sorrel::persist
