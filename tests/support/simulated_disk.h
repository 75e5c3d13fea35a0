// SPDX-License-Identifier: BSD-3-Clause
//
// A disk in memory that behaves like a bad one: writes that stop short, that fail, syncs that fail
// and drop what they could not write (as kernels do), and a crash at any point, which keeps what
// was synced, some of what was not, and half of a block. What it does follows from its seed.
//
// A file has two contents: what a reader sees, and what is durable. A sync copies the one to the
// other. A sync that fails forgets the difference: the next one succeeds and those bytes are still
// not durable. The same holds for a directory's entries and sync_directory(); of the creations,
// renames and removals that are not durable a crash keeps none, all, or any of them. After crash()
// every open file and every call fails with EIO until restart(). One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/random.h>
#include <sorrel/persist/disk.h>

namespace sorrel::test {

// Chances in 1000 for each call.
struct DiskFaults {
  unsigned short_write = 0;
  unsigned write_error = 0;  // EIO or ENOSPC, without effect
  unsigned sync_error = 0;
  unsigned crash = 0;            // before, in the middle of, or after a call
  unsigned directory_error = 0;  // of a creation, a renaming, a removal, a directory's sync
  // Of what is not durable, blocks of 64 bytes reach the disk in any order, or not; else a part
  // from the front does.
  unsigned reorder = 0;
};

class SimulatedDisk final : public persist::Disk {
 public:
  explicit SimulatedDisk(std::uint64_t seed) : random_(seed) {}

  DiskFaults& faults() { return faults_; }
  // Every write fails with this until it is 0 again.
  void set_write_error(int error) { write_error_ = error; }
  void set_sync_error(int error) { sync_error_ = error; }
  // Bytes that can still be written; a write is cut at them and then fails with ENOSPC.
  void set_space(std::uint64_t bytes) { space_ = bytes; }

  // The machine stops: what is durable stays, and of the rest a random part.
  void crash();
  bool crashed() const { return crashed_; }
  // The machine is back. Files that were open stay broken.
  void restart();

  // What a reader sees, and what would be left if everything not durable were lost.
  std::string content(const std::string& path) const;
  std::string durable(const std::string& path) const;
  void put(const std::string& path, std::string_view content);
  std::uint64_t syncs() const { return syncs_; }
  std::uint64_t write_calls() const { return writes_; }

  std::unique_ptr<persist::File> open_for_append(const std::string& path, int& error) override;
  std::unique_ptr<persist::File> open_for_read(const std::string& path, int& error) override;
  bool exists(const std::string& path) override;
  int list(const std::string& path, std::vector<std::string>& names) override;
  std::int64_t size(const std::string& path) override;
  int make_directory(const std::string& path) override;
  int rename(const std::string& from, const std::string& to) override;
  int remove(const std::string& path) override;
  int sync_directory(const std::string& path) override;

 private:
  friend class SimulatedFile;

  // A range of bytes that was written and is not durable.
  struct Dirty {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  struct Inode {
    std::string content;
    std::string durable;
    std::vector<Dirty> dirty;
    bool shortened = false;  // a truncation that is not durable
  };
  using Entries = std::map<std::string, std::shared_ptr<Inode>>;

  // A change of a directory that is not durable. The file that was at `gone` is at `path` now;
  // without a `path` it is removed, without `gone` it is new.
  struct Change {
    std::string gone;
    std::string path;
    std::shared_ptr<Inode> inode;
  };

  bool chance(unsigned in_thousand) { return random_.below(1000) < in_thousand; }
  bool may_crash();
  std::int64_t write(Inode& inode, std::uint64_t position, std::string_view bytes);
  int sync(Inode& inode);
  void store(Inode& inode, std::uint64_t position, std::string_view bytes);
  void lose(Inode& inode);
  void keep_some_blocks(Inode& inode);
  void change(const Change& change);
  void keep_some_changes();

  base::Random random_;
  DiskFaults faults_;
  int write_error_ = 0;
  int sync_error_ = 0;
  std::uint64_t space_ = UINT64_MAX;
  bool crashed_ = false;
  std::uint64_t life_ = 0;  // counts restarts: a file of an earlier life is broken
  std::uint64_t syncs_ = 0;
  std::uint64_t writes_ = 0;
  Entries entries_;
  Entries durable_entries_;
  std::vector<Change> changes_;
  std::set<std::string> directories_;
  std::set<std::string> durable_directories_;
};

}  // namespace sorrel::test
