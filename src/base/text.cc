// SPDX-License-Identifier: BSD-3-Clause
//
// Case, glob patterns and quoting. The glob matcher is iterative: of all the stars passed it only
// ever goes back to the last one, because whatever an earlier star could still absorb, the later
// one can absorb as well; so `a*a*a*b` costs a product of two lengths and never explodes. What
// malformed patterns match was taken from a running Redis: an unclosed class ends at the pattern's
// end, a reversed range is turned round, byte values compare as signed. ASCII only. Pure; any
// thread.
#include <algorithm>
#include <cstring>

#include <sorrel/base/text.h>

namespace sorrel::base {
namespace {

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool ends_word(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

struct Step {
  bool matched = false;
  std::size_t next = 0;  // the pattern's position after the element
};

// The class whose '[' stands at `at`, against one character.
Step match_class(std::string_view pattern, std::size_t at, char c, bool ignore_case) {
  const auto fold = [ignore_case](char x) {
    return static_cast<signed char>(ignore_case ? to_lower(x) : x);
  };
  const auto wanted = fold(c);
  ++at;
  const bool negated = at < pattern.size() && pattern[at] == '^';
  at += negated ? 1 : 0;
  bool found = false;
  while (at < pattern.size() && pattern[at] != ']') {
    const std::size_t left = pattern.size() - at;
    if (pattern[at] == '\\' && left >= 2) {
      // An escaped character is itself, even where the pattern ignores case.
      found = found || pattern[at + 1] == c;
      at += 2;
    } else if (left >= 3 && pattern[at + 1] == '-') {
      const auto [low, high] = std::minmax({fold(pattern[at]), fold(pattern[at + 2])});
      found = found || (low <= wanted && wanted <= high);
      at += 3;
    } else {
      found = found || fold(pattern[at]) == wanted;
      ++at;
    }
  }
  return {found != negated, std::min(at + 1, pattern.size())};
}

// One element other than a star.
Step match_one(std::string_view pattern, std::size_t at, char c, bool ignore_case) {
  if (pattern[at] == '?') {
    return {true, at + 1};
  }
  if (pattern[at] == '[') {
    return match_class(pattern, at, c, ignore_case);
  }
  if (pattern[at] == '\\' && at + 1 < pattern.size()) {
    ++at;
  }
  const char p = pattern[at];
  return {p == c || (ignore_case && to_lower(p) == to_lower(c)), at + 1};
}

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char letter = to_lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

constexpr char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Reads the rest of a "..." whose opening quote stands before `at`.
// Returns: the position after the closing quote, nullopt when there is none.
std::optional<std::size_t> read_double_quoted(std::string_view line, std::size_t at,
                                              std::string& word) {
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') {
      return at + 1;
    }
    if (c != '\\' || at + 1 == line.size()) {
      word += c;
      continue;
    }
    ++at;
    if (line[at] == 'x' && at + 2 < line.size() && hex_value(line[at + 1]) >= 0 &&
        hex_value(line[at + 2]) >= 0) {
      word += static_cast<char>(hex_value(line[at + 1]) * 16 + hex_value(line[at + 2]));
      at += 2;
    } else {
      word += unescape(line[at]);
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> read_single_quoted(std::string_view line, std::size_t at,
                                              std::string& word) {
  for (; at < line.size(); ++at) {
    if (line[at] == '\'') {
      return at + 1;
    }
    if (line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '\'') {
      ++at;
    }
    word += line[at];
  }
  return std::nullopt;
}

// Reads one word that begins at `at`. Returns: the position after it, nullopt when malformed.
std::optional<std::size_t> read_word(std::string_view line, std::size_t at, std::string& word) {
  while (at < line.size() && !ends_word(line[at])) {
    const char c = line[at];
    if (c != '"' && c != '\'') {
      word += c;
      ++at;
      continue;
    }
    const auto end =
        c == '"' ? read_double_quoted(line, at + 1, word) : read_single_quoted(line, at + 1, word);
    if (!end || (*end < line.size() && !is_space(line[*end]))) {
      return std::nullopt;
    }
    return end;
  }
  return at;
}

template <class Word>
std::uint64_t load(const char* bytes) {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// Eight characters at once. A byte is a capital letter when it is ASCII, and adding to its lower
// seven bits what takes 'A' to 0x80, but not what takes the byte behind 'Z' there, sets the eighth.
std::uint64_t lower(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101ULL;
  const std::uint64_t low = bytes & kEach * 0x7f;
  const std::uint64_t from_a = low + kEach * (0x80 - 'A');
  const std::uint64_t behind_z = low + kEach * (0x7f - 'Z');
  const std::uint64_t capital = (from_a ^ behind_z) & ~bytes & kEach * 0x80;
  return bytes | capital >> 2;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

ShortText short_text(std::string_view text) {
  const std::size_t size = text.size();
  const char* const data = text.data();
  ShortText words;
  if (size >= 8) {
    words = {load<std::uint64_t>(data), load<std::uint64_t>(data + size - 8)};
  } else if (size >= 4) {
    words = {load<std::uint32_t>(data), load<std::uint32_t>(data + size - 4)};
  } else if (size > 0) {
    words = {load<std::uint8_t>(data),
             load<std::uint8_t>(data + size / 2) << 8 | load<std::uint8_t>(data + size - 1)};
  }
  return {lower(words.first), lower(words.last)};
}

bool same_size_equals_ignoring_case(std::string_view text, std::string_view word) {
  if (text.size() <= ShortText::kMaxBytes) {
    return short_text(text) == short_text(word);
  }
  return std::equal(text.begin(), text.end(), word.begin(),
                    [](char a, char b) { return to_lower(a) == to_lower(b); });
}

bool glob_match(std::string_view pattern, std::string_view text, bool ignore_case) {
  if (text.empty()) {
    // Redis knows "*" beforehand and has no other pattern match an empty name, not even "**".
    return pattern.empty() || pattern == "*";
  }
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  // Redis gives up on patterns of more parts: nothing fits them.
  constexpr unsigned kMaxStars = 1000;
  unsigned stars = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_star = kNone;  // the pattern after the last star
  std::size_t star_text = 0;       // where what follows that star is being tried
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      star_text = t;
      const bool counts = p < pattern.size() && pattern[p] != '*';
      if (counts && ++stars > kMaxStars) {
        return false;
      }
      continue;
    }
    if (p < pattern.size()) {
      const Step step = match_one(pattern, p, text[t], ignore_case);
      if (step.matched) {
        p = step.next;
        ++t;
        continue;
      }
    }
    if (after_star == kNone) {
      return false;
    }
    if (after_star == pattern.size()) {
      return true;
    }
    p = after_star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

bool is_literal_pattern(std::string_view pattern) {
  return pattern.find_first_of("*?[\\") == std::string_view::npos;
}

std::optional<std::vector<std::string>> split_quoted(std::string_view line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && is_space(line[at])) {
      ++at;
    }
    if (at == line.size()) {
      return words;
    }
    const auto end = read_word(line, at, words.emplace_back());
    if (!end) {
      return std::nullopt;
    }
    at = *end;
  }
}

std::string quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kPlain = "\n\r\t\b\a\\\"";
  static constexpr std::string_view kNames = "nrtba\\\"";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const auto known = kPlain.find(c); known != std::string_view::npos) {
      result += '\\';
      result += kNames[known];
    } else if (byte < 0x20 || byte > 0x7e) {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    } else {
      result += c;
    }
  }
  result += '"';
  return result;
}

}  // namespace sorrel::base
