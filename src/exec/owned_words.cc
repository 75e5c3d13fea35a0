// SPDX-License-Identifier: BSD-3-Clause
//
// All words lie one behind the other; the views point at them.
#include <sorrel/exec/owned_words.h>

namespace sorrel::exec {

OwnedWords::OwnedWords(std::span<const std::string_view> words) {
  std::size_t total = 0;
  for (const std::string_view word : words) total += word.size();
  text_.reserve(total);
  views_.reserve(words.size());
  for (const std::string_view word : words) {
    const char* begin = text_.data() + text_.size();
    text_.insert(text_.end(), word.begin(), word.end());
    views_.emplace_back(begin, word.size());
  }
}

void OwnedWords::replace(std::size_t position, std::string_view text) {
  std::vector<std::string_view> words = views_;
  words[position] = text;
  *this = OwnedWords(words);
}

}  // namespace sorrel::exec
