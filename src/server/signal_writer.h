// SPDX-License-Identifier: BSD-3-Clause
//
// Lines for a signal handler: gathered in a buffer on the stack and written with one write(2), so
// that lines of several threads do not mix. Allocates nothing, takes no lock, calls nothing that
// signal-safety(7) does not list. What does not fit into a line is cut off. Any thread, one writer
// each.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sorrel::server {

class SignalWriter {
 public:
  explicit SignalWriter(int descriptor) noexcept : descriptor_(descriptor) {}

  SignalWriter& text(std::string_view text) noexcept {
    const std::size_t room = kMostBytes - size_;
    const std::size_t bytes = std::min(room, text.size());
    std::copy_n(text.data(), bytes, buffer_.data() + size_);
    size_ += bytes;
    return *this;
  }
  SignalWriter& decimal(std::int64_t value) noexcept {
    const bool negative = value < 0;
    const auto bits = static_cast<std::uint64_t>(value);
    return negative ? text("-").number(0 - bits, 10) : number(bits, 10);
  }
  SignalWriter& hexadecimal(std::uint64_t value) noexcept { return text("0x").number(value, 16); }

  void end_line() noexcept {
    buffer_[size_++] = '\n';
    std::size_t done = 0;
    while (done < size_) {
      const ssize_t put = ::write(descriptor_, buffer_.data() + done, size_ - done);
      if (put <= 0) {
        break;  // there is nobody left to tell
      }
      done += static_cast<std::size_t>(put);
    }
    size_ = 0;
  }

 private:
  static constexpr std::size_t kMostBytes = 500;

  SignalWriter& number(std::uint64_t value, unsigned base) noexcept {
    char digits[20];
    std::size_t count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    std::reverse(digits, digits + count);
    return text({digits, count});
  }

  int descriptor_;
  std::size_t size_ = 0;
  std::array<char, kMostBytes + 1> buffer_;
};

}  // namespace sorrel::server
