// SPDX-License-Identifier: BSD-3-Clause
//
// Diagnoses and repairs an append-only log, this server's or Redis': what `sorrel check-aof` does.
// Its lines and exit codes are those of redis-check-aof, for scripts that read them, and it says
// more where checksums know more. Nothing is applied and no server is needed.
//
// A repair cuts the last file where it stops to make sense, or takes a stretch out of any file
// whose checksum is wrong, when the checksums say exactly where it ends. A copy of the file as it
// was is made first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sorrel/persist/disk.h>

namespace sorrel::persist {

struct CheckLogOptions {
  bool fix = false;
  std::optional<std::int64_t> truncate_to_timestamp;  // Unix seconds
  // Gets each line of the report, without its end.
  std::function<void(std::string_view line)> say;
  // Asks for leave to change a file. Without it leave is given.
  std::function<bool()> confirm = nullptr;
};

// `path`: a manifest, or one file of a log. Returns: the exit code, 0 when all is valid or
// repaired. Cost: O(bytes); memory: the data of an image in it, once.
int check_log(Disk& disk, const std::string& path, const CheckLogOptions& options);

}  // namespace sorrel::persist
