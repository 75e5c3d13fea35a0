// SPDX-License-Identifier: BSD-3-Clause
//
// Writing again in place needs no truncation: a process that dies in between leaves the old bytes
// or the new ones, which are the same.
#include <algorithm>
#include <cerrno>
#include <utility>

#include <sorrel/persist/log_tail.h>

namespace sorrel::persist {
namespace {

// Memory beyond this is given back when nothing is left to write.
constexpr std::size_t kKeptCapacity = 1024 * 1024;

}  // namespace

LogTail::LogTail(std::unique_ptr<File> file, std::uint64_t size)
    : file_(std::move(file)), start_(size), durable_(size), size_(size) {}

void LogTail::add(std::string& bytes) {
  if (bytes_.empty()) {
    bytes_.swap(bytes);
  } else {
    bytes_.append(bytes);
    bytes.clear();
  }
}

int LogTail::write() {
  if (lost_error_ != 0) {
    return lost_error_;  // behind a hole nothing could be read again
  }
  while (written_ < bytes_.size()) {
    const std::int64_t done = file_->write(std::string_view(bytes_).substr(written_));
    if (done <= 0) {
      return done == 0 ? ENOSPC : static_cast<int>(-done);
    }
    written_ += static_cast<std::uint64_t>(done);
    size_ = std::max(size_, start_ + written_);
  }
  return 0;
}

int LogTail::sync() {
  if (lost_error_ != 0) {
    return lost_error_;
  }
  if (const int error = file_->sync(); error != 0) {
    lost_error_ = forgotten_ ? error : 0;
    written_ = 0;
    file_->seek(start_);
    return error;
  }
  forget();
  forgotten_ = false;
  durable_ = start_;
  return 0;
}

void LogTail::forget() {
  forgotten_ = forgotten_ || written_ > 0;
  start_ += written_;
  bytes_.erase(0, written_);
  written_ = 0;
  if (bytes_.empty() && bytes_.capacity() > kKeptCapacity) {
    std::string().swap(bytes_);
  }
}

}  // namespace sorrel::persist
