// SPDX-License-Identifier: BSD-3-Clause
//
// The append-only log as a whole: a directory with a manifest and the files it names. Opening it
// loads what is there through the executor, repairs what may be repaired, and gives the writer of
// the last increment. It never starts empty over data it does not understand: everything it cannot
// read is an error that says which file, where, and what can be done.
//
//   there is                              | what happens
//   --------------------------------------|------------------------------------------------------
//   a manifest                            | its files are loaded, base first
//   a torn tail, nothing written after it | cut there, if cut_torn_tail
//   blocks not written before later ones  | cut there, with a backup, if cut_torn_tail
//   damage                                | refused; or left out, with a backup, if allowed
//   no manifest, a file of before Redis 7 | it becomes the base, as Redis 7 does it
//   no manifest, files of a log           | refused
//   nothing                               | a new log; its base is what load_other() brings
//
// Layout on disk: that of Redis 7 (docs/formats.md). One thread, before the loop runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/executor.h>
#include <sorrel/persist/disk.h>
#include <sorrel/persist/log_files.h>
#include <sorrel/persist/log_writer.h>
#include <sorrel/persist/rdb_file.h>

namespace sorrel::persist {

struct AppendLogOptions {
  std::string directory = ".";                  // dir
  std::string log_directory = "appendonlydir";  // appenddirname, within it
  std::string file_name = "appendonly.aof";     // appendfilename
  SyncPolicy policy = SyncPolicy::kEverySecond;
  bool cut_torn_tail = true;            // aof-load-truncated
  bool skip_damage = false;             // aof-load-broken
  std::uint64_t max_skipped_bytes = 0;  // aof-load-broken-max-size, for each file; 0: any
  bool keep_history = false;            // aof-disable-auto-gc
  bool timestamps = false;              // aof-timestamp-enabled
  // Checksums after at least so many bytes (log_seal.h); 0: none.
  std::uint64_t seal_interval_bytes = 4096;
  LogFiles::BaseKind base_kind = LogFiles::BaseKind::kRdb;  // of a new log: aof-use-rdb-preamble

  // When there is no log yet: loads what else there is (dump.rdb) into the keyspace.
  // Returns: an empty text, or why the start is refused.
  std::function<std::string()> load_other = nullptr;
  // Writes the keyspace to a new file at `path` and syncs it, as the base of a new log.
  // Returns: an empty text, or why it failed. Without it an RDB image is written.
  std::function<std::string(const std::string& path)> write_base = nullptr;
  // Of the image in a base: gets each library's code. Returns: why it is refused, or nothing.
  std::function<std::string(std::string_view code)> library = nullptr;
  // Told of the bytes loaded so far and of those there are, every 2 MiB or millisecond.
  std::function<void(std::uint64_t loaded, std::uint64_t total)> progress = nullptr;
  // Told after some keys or commands, how many they were besides: see ReplayOptions.
  std::function<void(std::uint64_t steps, std::uint64_t loaded, std::uint64_t total)> after_some =
      nullptr;
};

struct LoadedLog {
  std::string error;                 // empty: all is loaded
  std::vector<std::string> notices;  // what was done, for the server's log
  std::uint64_t commands = 0;        // replayed
  std::uint64_t bytes = 0;           // of all files
  bool has_image = false;            // the base is, or begins with, an RDB image
  RdbLoadResult image;               // which said this
};

struct OpenedLog : LoadedLog {
  std::unique_ptr<LogFiles> files;
  SealState seal;                     // the writer's, to begin with
  std::unique_ptr<LogWriter> writer;  // null: it could not be opened, see error
};

OpenedLog open_append_log(Disk& disk, const AppendLogOptions& options, exec::Executor& executor);

// Loads the log that the manifest on disk names, or the single file of a version before Redis 7.
// Changes no file: a torn tail is left out, if cut_torn_tail, and stays. Errors: there is neither,
// and as above.
LoadedLog load_append_log(Disk& disk, const AppendLogOptions& options, exec::Executor& executor);

// The files of a log that is off: it may be switched on later, or rewritten all the same.
struct FoundLog {
  std::string error;
  std::unique_ptr<LogFiles> files;
};
// Errors: the manifest cannot be read, or there are files that it does not name.
FoundLog find_append_log(Disk& disk, const AppendLogOptions& options);
// Whether there is a log as a version before Redis 7 writes it, with something in it.
bool has_old_log(Disk& disk, const AppendLogOptions& options);

}  // namespace sorrel::persist
