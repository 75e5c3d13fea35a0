// SPDX-License-Identifier: BSD-3-Clause
//
// The kinds of bytes are a table made at compile time. An item (a byte, a class or a set) is read
// once and then held against as many bytes as it is repeated for.
#include "pattern_matcher.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace sorrel::script {
namespace {

// What a byte is, one bit for each class.
using Kinds = std::uint16_t;
enum Kind : Kinds {
  kLetter = 1 << 0,
  kControl = 1 << 1,
  kDigit = 1 << 2,
  kLower = 1 << 3,
  kPunctuation = 1 << 4,
  kSpace = 1 << 5,
  kUpper = 1 << 6,
  kHexDigit = 1 << 7,
  kZero = 1 << 8,
};

constexpr bool within(int byte, int low, int high) { return low <= byte && byte <= high; }

constexpr Kinds kinds_of(int byte) {
  const bool lower = within(byte, 'a', 'z');
  const bool upper = within(byte, 'A', 'Z');
  const bool digit = within(byte, '0', '9');
  const bool hex = digit || within(byte, 'a', 'f') || within(byte, 'A', 'F');
  const bool printed = within(byte, '!', '~');
  return static_cast<Kinds>((lower || upper ? kLetter : 0) |
                            (byte < ' ' || byte == 0x7f ? kControl : 0) | (digit ? kDigit : 0) |
                            (lower ? kLower : 0) | (upper ? kUpper : 0) |
                            (printed && !lower && !upper && !digit ? kPunctuation : 0) |
                            (byte == ' ' || within(byte, '\t', '\r') ? kSpace : 0) |
                            (hex ? kHexDigit : 0) | (byte == 0 ? kZero : 0));
}

constexpr std::array<Kinds, 256> kKinds = [] {
  std::array<Kinds, 256> kinds{};
  for (int byte = 0; byte < 256; ++byte) {
    kinds[static_cast<std::size_t>(byte)] = kinds_of(byte);
  }
  return kinds;
}();

// The kinds of bytes in the class of a small letter, 0 when the letter names none.
constexpr Kinds class_of(char letter) {
  switch (letter) {
    case 'a':
      return kLetter;
    case 'c':
      return kControl;
    case 'd':
      return kDigit;
    case 'l':
      return kLower;
    case 'p':
      return kPunctuation;
    case 's':
      return kSpace;
    case 'u':
      return kUpper;
    case 'w':
      return kLetter | kDigit;
    case 'x':
      return kHexDigit;
    case 'z':
      return kZero;
    default:
      return 0;
  }
}

unsigned char byte_at(const char* place) { return static_cast<unsigned char>(*place); }

bool is_digit(char byte) { return within(byte, '0', '9'); }

// What follows '%' where no class of bytes is meant.
bool is_special(char letter) { return letter == 'b' || letter == 'f' || is_digit(letter); }

bool is_in_class(unsigned char byte, Kinds kinds, bool complement) {
  return ((kKinds[byte] & kinds) != 0) != complement;
}

// A byte and what follows '%' somewhere in a set.
bool is_escaped(unsigned char byte, char letter) {
  const bool upper = within(letter, 'A', 'Z');
  const Kinds kinds = class_of(upper ? static_cast<char>(letter - 'A' + 'a') : letter);
  return kinds == 0 ? byte == static_cast<unsigned char>(letter) : is_in_class(byte, kinds, upper);
}

}  // namespace

struct PatternMatcher::Item {
  enum Type : std::uint8_t { kAny, kByte, kClass, kSet };

  Type type;
  bool complement;     // of the class
  unsigned char byte;  // kByte
  Kinds kinds;         // kClass
  const char* set;     // kSet: behind the '[', to the ']' that is the last byte before the end
  const char* end;     // of the item, where its suffix may stand
};

void PatternMatcher::fail(const char* text) {
  luaL_error(lua_, "%s", text);
  std::abort();  // it does not return
}

void PatternMatcher::look() {
  left_ = kStepsBetweenLooks;
  look_at_clock_(lua_);
}

// A ']' that comes first is one of the set. A set may be as long as a string, so its bytes count.
const char* PatternMatcher::end_of_set(const char* set) {
  const char* const first = set + (*set == '^' ? 1 : 0);
  const char* next = first;
  while (next == first || *next != ']') {
    if (*next == '\0') {
      fail("malformed pattern (missing ']')");
    }
    next += *next == '%' && next[1] != '\0' ? 2 : 1;
    spend(1);
  }
  return next + 1;
}

inline PatternMatcher::Item PatternMatcher::read_item(const char* pattern) {
  const char letter = *pattern;
  if (letter == '.') {
    return {Item::kAny, false, 0, 0, nullptr, pattern + 1};
  }
  if (letter == '[') {
    return {Item::kSet, false, 0, 0, pattern + 1, end_of_set(pattern + 1)};
  }
  if (letter != '%') {
    return {Item::kByte, false, byte_at(pattern), 0, nullptr, pattern + 1};
  }
  const char escaped = pattern[1];
  if (escaped == '\0') {
    fail("malformed pattern (ends with '%')");
  }
  const bool upper = within(escaped, 'A', 'Z');
  const Kinds kinds = class_of(upper ? static_cast<char>(escaped - 'A' + 'a') : escaped);
  return {kinds == 0 ? Item::kByte : Item::kClass,
          upper,
          byte_at(pattern + 1),
          kinds,
          nullptr,
          pattern + 2};
}

// `set_end` is the place of the ']'. A range counts from its left end on, so "a-" before the end of
// the set is none, and '%' is no escape where it ends one.
bool PatternMatcher::is_in_set(unsigned char byte, const char* set, const char* set_end) {
  spend(static_cast<std::size_t>(set_end - set));
  const bool complement = *set == '^';
  const char* next = set + (complement ? 1 : 0);
  while (next < set_end) {
    bool found = false;
    if (*next == '%') {
      found = is_escaped(byte, next[1]);
      next += 2;
    } else if (next[1] == '-' && next + 2 < set_end) {
      found = within(byte, byte_at(next), byte_at(next + 2));
      next += 3;
    } else {
      found = byte == byte_at(next);
      ++next;
    }
    if (found) {
      return !complement;
    }
  }
  return complement;
}

inline bool PatternMatcher::is_in(const Item& item, unsigned char byte) {
  switch (item.type) {
    case Item::kAny:
      return true;
    case Item::kByte:
      return byte == item.byte;
    case Item::kClass:
      return is_in_class(byte, item.kinds, item.complement);
    default:
      return is_in_set(byte, item.set, item.end - 1);
  }
}

// Here the pattern is followed as far as it leads straight on; where it may have to come back to
// try something else, it is followed by another call.
const char* PatternMatcher::match_rest(const char* at, const char* pattern) {
  while (*pattern != '\0') {
    spend(1);
    switch (*pattern) {
      case '(':
        return pattern[1] == ')' ? match_captured(at, pattern + 2, Capture::kPosition)
                                 : match_captured(at, pattern + 1, Capture::kOpen);
      case ')':
        return match_closed(at, pattern + 1);
      case '$':
        if (pattern[1] == '\0') {
          return at == end_ ? at : nullptr;
        }
        break;
      case '%':
        if (is_special(pattern[1])) {
          const Progress progress = pass_special({at, pattern});
          if (progress.text == nullptr) {
            return nullptr;
          }
          at = progress.text;
          pattern = progress.pattern;
          continue;
        }
        break;
      default:
        break;
    }
    const Item item = read_item(pattern);
    switch (*item.end) {
      case '*':
        return match_longest(item, at);
      case '-':
        return match_shortest(item, at);
      case '+':
        return at != end_ && is_in(item, byte_at(at)) ? match_longest(item, at + 1) : nullptr;
      case '?':
        if (at != end_ && is_in(item, byte_at(at))) {
          if (const char* const end = match_rest(at + 1, item.end + 1); end != nullptr) {
            return end;
          }
        }
        pattern = item.end + 1;
        break;
      default:
        if (at == end_ || !is_in(item, byte_at(at))) {
          return nullptr;
        }
        ++at;
        pattern = item.end;
    }
  }
  return at;
}

const char* PatternMatcher::match_longest(const Item& item, const char* at) {
  const char* last = at;
  for (bool more = true; more && last != end_;) {
    const char* const begin = last;
    const char* const limit = begin + std::min(end_ - begin, std::ptrdiff_t{kStepsBetweenLooks});
    while (last != limit && is_in(item, byte_at(last))) {
      ++last;
    }
    more = last == limit;
    spend(static_cast<std::size_t>(last - begin));
  }
  for (;; --last) {
    const char* const end = match_rest(last, item.end + 1);
    if (end != nullptr || last == at) {
      return end;
    }
  }
}

const char* PatternMatcher::match_shortest(const Item& item, const char* at) {
  for (;; ++at) {
    if (const char* const end = match_rest(at, item.end + 1); end != nullptr) {
      return end;
    }
    if (at == end_ || !is_in(item, byte_at(at))) {
      return nullptr;
    }
    spend(1);
  }
}

// `size` says what the capture is as long as it is not closed.
const char* PatternMatcher::match_captured(const char* at, const char* pattern,
                                           std::ptrdiff_t size) {
  if (captured_ == kMaxCaptures) {
    fail("too many captures");
  }
  captures_[captured_++] = {at, size};
  const char* const end = match_rest(at, pattern);
  if (end == nullptr) {
    --captured_;
  }
  return end;
}

const char* PatternMatcher::match_closed(const char* at, const char* pattern) {
  std::size_t number = captured_;
  while (number != 0 && captures_[number - 1].size != Capture::kOpen) {
    --number;
  }
  if (number == 0) {
    fail("invalid pattern capture");
  }
  Capture& capture = captures_[number - 1];
  capture.size = at - capture.begin;
  const char* const end = match_rest(at, pattern);
  if (end == nullptr) {
    capture.size = Capture::kOpen;
  }
  return end;
}

PatternMatcher::Progress PatternMatcher::pass_special(Progress from) {
  switch (from.pattern[1]) {
    case 'b':
      return pass_balanced(from);
    case 'f':
      return pass_frontier(from);
    default:
      return pass_captured(from);
  }
}

// %bxy: from an x to the y that is its own.
PatternMatcher::Progress PatternMatcher::pass_balanced(Progress from) {
  const char opening = from.pattern[2];
  if (opening == '\0' || from.pattern[3] == '\0') {
    fail("unbalanced pattern");
  }
  const char closing = from.pattern[3];
  const char* at = from.text;
  if (at == end_ || *at != opening) {
    return {nullptr, nullptr};
  }
  std::size_t depth = 1;
  while (++at < end_) {
    spend(1);
    if (*at == closing) {
      if (--depth == 0) {
        return {at + 1, from.pattern + 4};
      }
    } else if (*at == opening) {
      ++depth;
    }
  }
  return {nullptr, nullptr};
}

// %f[set]: between a byte that is not in the set and one that is; both ends of the text are zero
// bytes here.
PatternMatcher::Progress PatternMatcher::pass_frontier(Progress from) {
  const char* const set = from.pattern + 2;
  if (*set != '[') {
    fail("missing '[' after '%f' in pattern");
  }
  const char* const set_end = end_of_set(set + 1);
  const unsigned char before = from.text == begin_ ? 0 : byte_at(from.text - 1);
  const unsigned char behind = from.text == end_ ? 0 : byte_at(from.text);
  if (is_in_set(before, set + 1, set_end - 1) || !is_in_set(behind, set + 1, set_end - 1)) {
    return {nullptr, nullptr};
  }
  return {from.text, set_end};
}

// %1 to %9: what was captured before. A position has no text to be met again.
PatternMatcher::Progress PatternMatcher::pass_captured(Progress from) {
  const auto number = static_cast<std::size_t>(from.pattern[1] - '0');
  if (number == 0 || number > captured_ || captures_[number - 1].size == Capture::kOpen) {
    fail("invalid capture index");
  }
  const Capture& capture = captures_[number - 1];
  if (capture.size == Capture::kPosition || capture.size > end_ - from.text) {
    return {nullptr, nullptr};
  }
  const auto size = static_cast<std::size_t>(capture.size);
  spend(size);
  if (std::memcmp(from.text, capture.begin, size) != 0) {
    return {nullptr, nullptr};
  }
  return {from.text + size, from.pattern + 2};
}

}  // namespace sorrel::script
