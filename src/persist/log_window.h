// SPDX-License-Identifier: BSD-3-Clause
//
// A file of the log read from its front in large pieces, through a window: what was read and not
// used yet stands in one piece of memory, and grows at its end by reading on. The memory is that of
// the largest rest, so whoever reads decides how far it looks ahead. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <sorrel/persist/disk.h>

namespace sorrel::persist {

class LogWindow {
 public:
  // `read_bytes` is the size the memory begins with. Requires: the file was not read before.
  LogWindow(std::unique_ptr<File> file, std::size_t read_bytes);

  // Read and not used. Lifetime: until the next fill() or restart().
  std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // Where rest() begins, in the file.
  std::uint64_t offset() const { return offset_; }
  // Bytes of the file known so far.
  std::uint64_t known() const { return offset_ + (end_ - begin_); }
  void consume(std::size_t bytes);
  // Reads on. Returns: whether something came; if not, it is the end, or error() is set.
  bool fill();
  // Until rest() has so many bytes, if the file has.
  void fill_to(std::size_t bytes);
  bool at_end() const { return at_end_; }
  int error() const { return error_; }
  // Begins again at this offset.
  void restart(std::uint64_t offset);

 private:
  std::unique_ptr<File> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
  int error_ = 0;
};

}  // namespace sorrel::persist
