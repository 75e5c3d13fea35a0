// SPDX-License-Identifier: BSD-3-Clause
//
// Matching of Lua patterns against a text, in place of Lua's own matcher, which nothing can
// interrupt: a pattern of twenty bytes can take it longer than the universe is old. This one counts
// its steps and lets somebody look at the clock every so many of them.
//
// It goes back and forth as the manual describes: each repetition is tried at its longest (or
// shortest) first, then at the next length, with what follows it matched anew. It calls itself once
// for each repetition and bracket of the pattern, never for a byte of the text, so the depth is
// bounded by the pattern. A pattern is read while it is matched, so what is wrong with it is an
// error only when it is reached, as ever.
//
// Source: Lua 5.1 Reference Manual, 5.4.1 (lua.org/manual/5.1); where that leaves a pattern
// undefined, what Lua 5.1.5 does with it. Letters are those of the "C" locale.
//
// Errors, and whatever the look at the clock raises, leave by longjmp: see lua_api.h.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "lua_api.h"

namespace sorrel::script {

class PatternMatcher {
 public:
  static constexpr std::size_t kStepsBetweenLooks = 1 << 16;
  static constexpr std::size_t kMaxCaptures = 32;

  struct Capture {
    static constexpr std::ptrdiff_t kOpen = -1;      // its end is not found yet
    static constexpr std::ptrdiff_t kPosition = -2;  // `()`: only where it begins counts

    const char* begin;
    std::ptrdiff_t size;  // or one of the above
  };

  // Requires: a zero byte follows `text`; the pattern ends with one.
  PatternMatcher(lua_State* lua, std::string_view text, const char* pattern,
                 void (*look_at_clock)(lua_State*))
      : lua_(lua),
        look_at_clock_(look_at_clock),
        pattern_(pattern),
        begin_(text.data()),
        end_(text.data() + text.size()) {}
  PatternMatcher(const PatternMatcher&) = delete;
  PatternMatcher& operator=(const PatternMatcher&) = delete;

  // Returns: the end of the match that begins at `at`, null when there is none. Requires: `at` lies
  // in the text or at its end. Errors: raised, for what is wrong with the pattern.
  const char* match(const char* at) {
    captured_ = 0;
    return match_rest(at, pattern_);
  }

  // Of the last match.
  std::size_t captured() const { return captured_; }
  const Capture& capture(std::size_t number) const { return captures_[number]; }

  const char* begin() const { return begin_; }
  const char* end() const { return end_; }

  // Counts steps, of the caller's work as well, and looks at the clock when there were enough.
  void spend(std::size_t steps) {
    if (steps < left_) {
      left_ -= steps;
    } else {
      look();
    }
  }

 private:
  struct Item;
  // How far a match has come; the text is null when it failed.
  struct Progress {
    const char* text;
    const char* pattern;
  };

  const char* match_rest(const char* at, const char* pattern);
  const char* match_longest(const Item& item, const char* at);
  const char* match_shortest(const Item& item, const char* at);
  const char* match_captured(const char* at, const char* pattern, std::ptrdiff_t size);
  const char* match_closed(const char* at, const char* pattern);
  Progress pass_special(Progress from);
  Progress pass_balanced(Progress from);
  Progress pass_frontier(Progress from);
  Progress pass_captured(Progress from);

  Item read_item(const char* pattern);
  const char* end_of_set(const char* set);
  bool is_in(const Item& item, unsigned char byte);
  bool is_in_set(unsigned char byte, const char* set, const char* set_end);

  void look();
  [[noreturn]] void fail(const char* text);

  lua_State* lua_;
  void (*look_at_clock_)(lua_State*);
  std::size_t left_ = kStepsBetweenLooks;
  const char* pattern_;
  const char* begin_;
  const char* end_;
  std::size_t captured_ = 0;
  std::array<Capture, kMaxCaptures> captures_;
};

static_assert(std::is_trivially_destructible_v<PatternMatcher>);

}  // namespace sorrel::script
