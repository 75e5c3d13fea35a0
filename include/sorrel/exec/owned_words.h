// SPDX-License-Identifier: BSD-3-Clause
//
// A command's words in memory of their own, for a command that is run later than the bytes live
// that it came in: one that waits for a key, or one queued in a transaction. One thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::exec {

class OwnedWords {
 public:
  // Cost: three allocations, whatever the number of words.
  explicit OwnedWords(std::span<const std::string_view> words);
  OwnedWords(OwnedWords&&) = default;
  OwnedWords& operator=(OwnedWords&&) = default;

  // Lifetime: of this object, and until replace().
  std::span<const std::string_view> words() const { return views_; }
  void replace(std::size_t position, std::string_view text);
  std::size_t bytes() const {
    return text_.capacity() + views_.capacity() * sizeof(std::string_view);
  }

 private:
  std::vector<char> text_;  // not a string: a short one would move with the object
  std::vector<std::string_view> views_;
};

}  // namespace sorrel::exec
