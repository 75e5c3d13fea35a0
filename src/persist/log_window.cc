// SPDX-License-Identifier: BSD-3-Clause
//
// What is left moves to the front only when there is no room behind it, so each byte moves about
// once however small the steps are.
#include "log_window.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sorrel::persist {

LogWindow::LogWindow(std::unique_ptr<File> file, std::size_t read_bytes)
    : file_(std::move(file)), buffer_(std::max<std::size_t>(read_bytes, 1)) {}

void LogWindow::consume(std::size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
}

bool LogWindow::fill() {
  if (at_end_) {
    return false;
  }
  if (end_ == buffer_.size()) {
    const std::size_t left = end_ - begin_;
    if (begin_ <= buffer_.size() / 2) {
      std::vector<char> larger(buffer_.size() * 2);
      std::memcpy(larger.data(), buffer_.data() + begin_, left);
      buffer_.swap(larger);
    } else if (left > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, left);
    }
    begin_ = 0;
    end_ = left;
  }
  const std::int64_t got = file_->read(std::span<char>(buffer_).subspan(end_));
  if (got <= 0) {
    error_ = static_cast<int>(-got);
    at_end_ = true;
    return false;
  }
  end_ += static_cast<std::size_t>(got);
  return true;
}

void LogWindow::fill_to(std::size_t bytes) {
  while (rest().size() < bytes && fill()) {
  }
}

void LogWindow::restart(std::uint64_t offset) {
  file_->read_from(offset);
  offset_ = offset;
  begin_ = end_ = 0;
  at_end_ = false;
}

}  // namespace sorrel::persist
