// SPDX-License-Identifier: BSD-3-Clause
//
// The append-only log as a whole: a directory with a manifest and the files it names. Opening it
// loads what is there through the executor, cuts a torn tail at the exact record, and gives the
// writer of the last increment. It never starts empty over data it does not understand: everything
// it cannot read is an error that says which file, where, and what can be done.
//
// Layout on disk: that of Redis 7 (docs/formats.md). One thread, before the loop runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sorrel/exec/executor.h>
#include <sorrel/persist/disk.h>
#include <sorrel/persist/log_writer.h>
#include <sorrel/persist/manifest.h>

namespace sorrel::persist {

struct AppendLogOptions {
  std::string directory = ".";                  // dir
  std::string log_directory = "appendonlydir";  // appenddirname, within it
  std::string file_name = "appendonly.aof";     // appendfilename
  SyncPolicy policy = SyncPolicy::kEverySecond;
  bool cut_torn_tail = true;  // aof-load-truncated
};

struct OpenedLog {
  std::unique_ptr<LogWriter> writer;  // null: it could not be opened, see error
  std::string error;
  std::vector<std::string> notices;  // what was done, for the server's log
  std::uint64_t commands = 0;        // replayed
};

OpenedLog open_append_log(Disk& disk, const AppendLogOptions& options, exec::Executor& executor);

}  // namespace sorrel::persist
