// SPDX-License-Identifier: BSD-3-Clause
//
// The disk as persistence sees it, behind an interface, so that tests put a simulated one with
// injected faults in its place. Every failure is a value: an errno. Calls may block; they are made
// from the disk thread, or at start before the loop runs. Any thread, but one file by one at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::persist {

// An open file. Its destructor closes it.
class File {
 public:
  virtual ~File() = default;
  // Writes at the writing position and moves it. Returns: bytes written, possibly fewer than asked,
  // or -errno.
  virtual std::int64_t write(std::string_view bytes) = 0;
  // Moves the writing position, to write again what a failed sync may have lost.
  virtual void seek(std::uint64_t offset) = 0;
  // Reads from the front on. Returns: bytes read, 0 at the end, or -errno.
  virtual std::int64_t read(std::span<char> bytes) = 0;
  // The next read begins here.
  virtual void read_from(std::uint64_t offset) = 0;
  // Makes what was written durable. Returns: 0 or errno.
  virtual int sync() = 0;
  // The writing position is at the new end. Returns: 0 or errno.
  virtual int truncate(std::uint64_t size) = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;
  // Creates the file if it is not there; the writing position is its end.
  // Errors: null, and the errno in `error`.
  virtual std::unique_ptr<File> open_for_append(const std::string& path, int& error) = 0;
  virtual std::unique_ptr<File> open_for_read(const std::string& path, int& error) = 0;
  // True also when that cannot be told: what follows then fails with the reason.
  virtual bool exists(const std::string& path) = 0;
  // The names in a directory, in ascending order; none when it is not there. Returns: 0 or errno.
  virtual int list(const std::string& path, std::vector<std::string>& names) = 0;
  // -1 when there is no such file.
  virtual std::int64_t size(const std::string& path) = 0;
  // When it was written last, Unix milliseconds; 0 when there is no such file, or nobody knows.
  virtual std::int64_t modified_ms(const std::string& path);
  // These return 0 or errno. An existing directory is no error.
  virtual int make_directory(const std::string& path) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int remove(const std::string& path) = 0;
  // While the result lives, the directory is this process' alone, among those that ask.
  // Errors: null, and EWOULDBLOCK in `error` when another one has it. Null without an error: the
  // file system knows no locks.
  virtual std::unique_ptr<File> lock_directory(const std::string& path, int& error);
  // Makes creations and renames in the directory durable.
  virtual int sync_directory(const std::string& path) = 0;
};

// The real one.
std::unique_ptr<Disk> make_disk();

// Reads a whole (small) file. Returns: 0 or errno.
int read_file(Disk& disk, const std::string& path, std::string& content);
// The first bytes of a file, as many as describe_file() looks at; none when it cannot be read.
std::string read_head(Disk& disk, const std::string& path);
// An empty file open for writing, in place of what is there. Errors: null, and the errno in
// `error`.
std::unique_ptr<File> create_file(Disk& disk, const std::string& path, int& error);
// Creates a file with this content and makes it durable, but for its name. Returns: 0 or errno.
int write_file(Disk& disk, const std::string& path, std::string_view content);
// Replaces a file so that after a crash either the old or the new content is there: a temporary
// file, synced, renamed over it, and the directory synced. Returns: 0 or errno.
int replace_file(Disk& disk, const std::string& directory, const std::string& name,
                 std::string_view content);

}  // namespace sorrel::persist
