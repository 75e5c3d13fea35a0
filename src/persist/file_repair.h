// SPDX-License-Identifier: BSD-3-Clause
//
// Takes stretches of bytes out of a file so that at any moment, also after a crash, either the old
// file or the new one has its name, and the old one is kept under another. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/persist/disk.h>

namespace sorrel::persist {

struct FileRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct RepairedFile {
  std::string error;   // empty: it is done
  std::string backup;  // the path of the file as it was
};

// Copies a file, durably. Returns: 0 or errno.
int copy_file(Disk& disk, const std::string& from, const std::string& to);
// A name that is not in use: `path`.bak, `path`.bak.1 ...
std::string backup_path(Disk& disk, const std::string& path);
// `ranges` ascend and do not overlap; an end behind the file's means its end.
RepairedFile remove_ranges(Disk& disk, const std::string& path,
                           const std::vector<FileRange>& ranges);

}  // namespace sorrel::persist
