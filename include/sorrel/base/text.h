// SPDX-License-Identifier: BSD-3-Clause
//
// Small helpers on byte strings: ASCII case, the glob patterns of KEYS and SCAN, quoting as
// redis-cli reads and writes it. ASCII only and independent of the locale. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::base {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
std::string lower(std::string_view text);

// Texts of one size.
bool same_size_equals_ignoring_case(std::string_view text, std::string_view word);

// Whether `text` equals `word` but for ASCII case. Mostly they differ in size, or the first letter.
inline bool equals_ignoring_case(std::string_view text, std::string_view word) {
  constexpr unsigned kAllButCase = ~0x20U;
  return text.size() == word.size() &&
         (text.empty() ||
          (((static_cast<unsigned>(text[0]) ^ static_cast<unsigned>(word[0])) & kAllButCase) == 0 &&
           same_size_equals_ignoring_case(text, word)));
}

// A text of at most kMaxBytes in lower case, as two words: those of equal texts of one size are
// equal, and no others. They overlap where the text is shorter than both.
struct ShortText {
  static constexpr std::size_t kMaxBytes = 16;

  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const ShortText&) const = default;
};
// Requires: text.size() <= kMaxBytes. Cost: two loads and some ten instructions for each.
ShortText short_text(std::string_view text);

// Glob: `*`, `?`, `[abc]`, `[a-z]`, `[^a]`, `\x`. A pattern that ends in the middle of a class or
// after a backslash matches as Redis has it match.
// Cost: O(pattern * text) at worst, never exponential; no allocation.
bool glob_match(std::string_view pattern, std::string_view text, bool ignore_case = false);

// Whether `pattern` holds none of the special characters, so that it matches itself only.
bool is_literal_pattern(std::string_view pattern);

// Splits a line as the inline protocol and configuration files do: blanks separate, "..." takes
// \n \r \t \b \a \\ \" and \xHH, '...' takes \' only.
// Returns: nullopt on unbalanced quotes, or a closing quote that no blank follows.
std::optional<std::vector<std::string>> split_quoted(std::string_view line);

// `text` in double quotes, all but printable ASCII escaped, so that split_quoted() reads it back.
std::string quote(std::string_view text);

}  // namespace sorrel::base
