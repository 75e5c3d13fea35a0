// SPDX-License-Identifier: BSD-3-Clause
//
// The files of one append-only log while the server runs: a new increment to go on in, and a new
// base in place of everything before it, which is what a rewrite is made of:
//
//   1. prepare_increment()  on a background thread: the file is there and the manifest names it
//   2. LogWriter::switch_to(its file), and in the same moment the snapshot begins
//   3. the snapshot is written to temporary_base_path() and synced
//   4. install_base()       on a background thread: the manifest names the new base and the
//                           increments from the new one on; the old files are history and removed
//
// A log that is switched on at run time begins with prepare_first_increment(): it takes what is
// written while the first base is made, and the manifest names it only together with that base.
//
// Invariants: what the manifest on disk names is there, complete and durable, at any moment and
// after a crash at any point; a file is removed only when the manifest that does without it is
// durable. A failure leaves the log as it was, or as it was to be, and the same can be asked again.
// Names and numbers are those of Redis 7 (docs/formats.md).
//
// Every function blocks on the disk. Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/persist/disk.h>
#include <sorrel/persist/manifest.h>

namespace sorrel::persist {

class LogFiles {
 public:
  enum class BaseKind : std::uint8_t { kRdb, kCommands };

  // `directory` holds the files (it need not be there yet), `file_name` begins their names, and
  // `manifest` is what its manifest holds (no entries: there is none).
  // Lifetime: the disk outlives it.
  LogFiles(Disk& disk, std::string directory, std::string file_name, Manifest manifest);

  struct Increment {
    std::string error;  // empty, or why there is none
    std::string path;
    std::int64_t sequence = 0;
    std::unique_ptr<File> file;  // open for writing, empty
  };

  // A new empty increment, which the manifest on disk names last. Requires: the log is written to
  // one that the manifest names already.
  Increment prepare_increment();
  // A new empty file that becomes an increment by install_base(). The log may be written to an
  // earlier one, whose base failed, until it is switched to this one.
  Increment prepare_first_increment();
  // Gives it up ("Removing the temp incr aof file"). Requires: nobody writes to it any more.
  void discard_first_increment();

  // Where a new base is to be written, with create_file(): an earlier attempt may have left one.
  std::string temporary_base_path() const;
  // Makes the directory if it is not there, and keeps other servers from it while this lives;
  // before anything else that changes a file. Returns: an empty text, or why it failed.
  std::string take_directory();

  struct Outcome {
    std::string error;                 // empty, or why it failed
    std::vector<std::string> notices;  // what was done, for the server's log
  };

  // Puts the file at `temporary`, written whole, in place of the base and of every increment before
  // number `first_increment` (0: of all of them, for the log is off). They become history, and
  // unless that is to be kept it is removed; what cannot be removed now is tried again next time.
  // On error the temporary file is gone, and the base and increments before it still stand.
  Outcome install_base(const std::string& temporary, BaseKind kind, std::int64_t first_increment);

  // aof-disable-auto-gc
  void set_keep_history(bool keep) { keep_history_ = keep; }
  Outcome remove_history();
  // Removes what a rewrite or a change of the manifest left that the end of the process cut short.
  Outcome remove_leftovers();

  // Writes the manifest as it is to be, durably. Returns: an empty text, or why it failed; the
  // manifest on disk may be the old one or the new one then, and manifest() is the one in force.
  std::string publish(Manifest next);

  // The log is switched off, or in use again: sets Manifest::left if there is a log.
  // Returns: as publish().
  std::string set_left(bool left);
  // What the manifest on disk says.
  void set_manifest(Manifest manifest) { manifest_ = std::move(manifest); }
  const Manifest& manifest() const { return manifest_; }
  const std::string& directory() const { return directory_; }
  std::string manifest_path() const { return path(manifest_name()); }
  std::string path(std::string_view name) const;
  // When any of these was written last, Unix milliseconds; 0 without any.
  std::int64_t modified_ms();
  // Bytes of the base and of all increments.
  std::uint64_t total_size();

 private:
  std::string manifest_name() const { return file_name_ + ".manifest"; }
  std::string staged_path() const { return path("temp_" + manifest_name()); }
  std::string make_directory();
  std::string increment_name(std::int64_t sequence) const;
  std::string base_name(std::int64_t sequence, BaseKind kind) const;
  std::string first_increment_path() const { return path("temp-" + file_name_ + ".incr"); }
  std::int64_t next_increment();
  std::string create(Increment& increment);
  std::string stage(const Manifest& next);
  std::string commit(Manifest next);
  void take_back(const std::string& base);
  std::string place_files(const std::string& temporary, const std::string& base,
                          std::int64_t first_increment);
  Manifest with_base(ManifestEntry base, std::int64_t first_increment) const;
  int set_aside(const ManifestEntry& entry, Outcome& outcome);

  Disk& disk_;
  std::string directory_;
  std::string file_name_;
  Manifest manifest_;
  std::unique_ptr<File> lock_;
  bool manifest_durable_ = true;
  bool keep_history_ = false;
  std::int64_t first_sequence_ = 0;   // of a prepared first increment that has no name yet
  std::int64_t base_sequence_ = 0;    // the highest ever tried
  std::vector<std::string> orphans_;  // bases that may be named by a manifest nobody confirmed
};

}  // namespace sorrel::persist
