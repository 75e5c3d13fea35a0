// SPDX-License-Identifier: BSD-3-Clause
//
// Loads the files that a manifest names, in order, and says in the operator's words what is wrong
// with them. It decides what may be repaired; the repairs themselves it only notes. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/persist/append_log.h>
#include <sorrel/persist/log_reader.h>

namespace sorrel::persist {

class LogLoader {
 public:
  LogLoader(Disk& disk, const AppendLogOptions& options, exec::Executor& executor);

  // Notices and errors go to `loaded`. Returns: whether all is loaded.
  bool load(LogFiles& files, LoadedLog& loaded);

  // What is to be done so that the next start finds no damage.
  struct Repair {
    std::string path;
    std::uint64_t keep_bytes = 0;  // the rest is a torn tail
    bool torn = false;
    bool backup = false;
    std::vector<LogGap> gaps;
  };
  const std::vector<Repair>& repairs() const { return repairs_; }

  // Of the last file: where the bytes begin that no checksum covers, and whether there are any.
  std::uint64_t uncovered_begin() const { return uncovered_begin_; }
  bool sealed() const { return sealed_; }

 private:
  bool find_files();
  bool load_file(const ManifestEntry& entry, bool last);
  bool judge(const ManifestEntry& entry, const ReplayResult& result, bool last);
  std::string said_of(const std::string& path, const ReplayResult& result) const;
  std::string nothing_changed() const;
  bool fail(std::string text);

  Disk& disk_;
  const AppendLogOptions& options_;
  exec::Executor& executor_;
  LogFiles* files_ = nullptr;
  LoadedLog* loaded_ = nullptr;
  std::uint64_t bytes_before_ = 0;
  std::uint64_t uncovered_begin_ = 0;
  bool sealed_ = false;
  std::vector<Repair> repairs_;
};

// The files that a manifest names in the order of loading.
struct LoadOrder {
  std::vector<const ManifestEntry*> files;
  // From this one on nothing was written behind: a torn tail may be cut. For a new file gets its
  // first byte when the one before it is whole.
  std::size_t last_written = 0;
};
// Lifetime: the manifest's.
LoadOrder load_order(Disk& disk, const std::string& directory, const Manifest& manifest);

// Reads and parses a manifest. `error` as an operator reads it; empty when it was read.
ParsedManifest read_manifest(Disk& disk, const std::string& path);

// Makes a repair, for good: a backup first when anything but a torn tail goes.
// Returns: an empty text, or why it failed; notices say what was done.
std::string make_repair(Disk& disk, const LogLoader::Repair& repair,
                        std::vector<std::string>& notices);

}  // namespace sorrel::persist
