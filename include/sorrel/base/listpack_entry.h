// SPDX-License-Identifier: BSD-3-Clause
//
// An entry that is about to be put into a listpack: its first bytes are chosen once, so that its
// size is known before there is room for it. Callers of listpack_insert() and its kin need none;
// it is for those who keep room of their own (listpack_splice).
//
// Lifetime: views the text that it was made of. Allocates nothing. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sorrel::base {

class ListpackEntry {
 public:
  // An integer when the text is a canonical one. Requires: less than 4 GiB of it.
  explicit ListpackEntry(std::string_view text);
  explicit ListpackEntry(std::int64_t value);

  // All that it takes, with the length behind it.
  std::size_t bytes() const { return bytes_; }
  // Requires: room for bytes(). Returns: the end of what was written.
  char* write(char* to) const;

 private:
  void encode_integer(std::int64_t value);
  void encode_string(std::string_view text);
  void finish();
  void put(unsigned byte) { head_[head_bytes_++] = static_cast<char>(byte); }
  void put_bytes(std::uint64_t value, unsigned bytes);

  std::string_view data_;  // of a string
  std::size_t bytes_ = 0;
  std::array<char, 9> head_;  // what stands before the data; of an integer it is all
  std::uint8_t head_bytes_ = 0;
  std::uint8_t tail_bytes_ = 0;
};

}  // namespace sorrel::base
