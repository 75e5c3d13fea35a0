// SPDX-License-Identifier: BSD-3-Clause
//
// Looking whether an RDB file is whole, and what is in it, without a server: `sorrel check-rdb`.
// The file is read by the code that loads it, and nothing of it stays in memory. Each line that is
// printed begins with the byte that it is about:
//
//   [byte 0] dump.rdb: version 11, 1234 bytes
//   [byte 9] redis-ver = 7.0.15
//   [byte 110] database 0: 21 keys, 3 of them with a deadline, are announced
//   [byte 1226] the end; the checksum is right
//   keys: 21; with a deadline: 3; past it: 1
//   strings: 10; lists: 2; sets: 4; sorted sets: 3; hashes: 1; streams: 1
//
// Repair writes a new file with every key that can be read before the damage, and keeps the old one
// beside it. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <sorrel/persist/disk.h>

namespace sorrel::persist {

struct CheckRdbOptions {
  // Whether a damaged file is replaced by what can be read of it; FILE.bak is what it was.
  bool fix = false;
  std::int64_t now_ms = 0;  // Unix time, to tell which keys are past theirs
  std::function<void(std::string_view line)> print;
};

struct CheckRdbResult {
  bool whole = false;
  bool fixed = false;
  std::uint64_t keys = 0;
  std::string error;  // what is wrong with the file, or why it cannot be read or written
};

// Cost: O(file); a repair reads it twice. Memory: as load_rdb().
CheckRdbResult check_rdb(Disk& disk, const std::string& path, const CheckRdbOptions& options);

}  // namespace sorrel::persist
