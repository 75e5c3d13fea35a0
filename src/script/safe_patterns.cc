// SPDX-License-Identifier: BSD-3-Clause
//
// find, match, gmatch and gsub over a matcher that ends when the script is to end. Results, errors
// and their order are those of Lua 5.1.5, in which a pattern ends at its first zero byte.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "interpreter.h"
#include "lua_buffer.h"
#include "pattern_matcher.h"
#include "sandbox.h"

namespace sorrel::script {
namespace {

// More of these in a pattern than anybody writes, and few enough for any stack: the matcher calls
// itself for each.
constexpr std::size_t kMostRepetitions = 2000;

void check_repetitions(lua_State* lua, std::string_view pattern) {
  if (pattern.size() <= kMostRepetitions) {
    return;
  }
  std::size_t count = 0;
  for (const char c : pattern) {
    count += c == '?' || c == '*' || c == '+' || c == '-' || c == '(' || c == ')' ? 1 : 0;
  }
  if (count > kMostRepetitions) {
    luaL_error(lua, "pattern too complex");
  }
}

std::string_view checked_text(lua_State* lua, int argument) {
  std::size_t size = 0;
  const char* const data = luaL_checklstring(lua, argument, &size);
  return {data, size};
}

void look_at_clock(lua_State* lua) { Interpreter::of(lua).look_at_clock(lua); }

// Behind the anchor, if it has one.
const char* without_anchor(const char* pattern) { return pattern + (*pattern == '^' ? 1 : 0); }

// ---- captures -----------------------------------------------------------------------------------

// The text of a capture, or of the whole match for the first one of a pattern that has none. Data
// is null for a position. Errors: raised, when there is no such capture.
std::string_view captured_text(lua_State* lua, const PatternMatcher& matcher, std::size_t number,
                               std::string_view whole) {
  if (number >= matcher.captured()) {
    if (number != 0) {
      luaL_error(lua, "invalid capture index");
    }
    return whole;
  }
  const PatternMatcher::Capture& capture = matcher.capture(number);
  if (capture.size == PatternMatcher::Capture::kPosition) {
    return {};
  }
  if (capture.size == PatternMatcher::Capture::kOpen) {
    luaL_error(lua, "unfinished capture");
  }
  return {capture.begin, static_cast<std::size_t>(capture.size)};
}

void push_capture(lua_State* lua, const PatternMatcher& matcher, std::size_t number,
                  std::string_view whole) {
  const std::string_view text = captured_text(lua, matcher, number, whole);
  if (text.data() == nullptr) {
    lua_pushinteger(lua, matcher.capture(number).begin - matcher.begin() + 1);
  } else {
    push_text(lua, text);
  }
}

// Pushes so many, the first ones. Returns: how many.
int push_captures(lua_State* lua, const PatternMatcher& matcher, std::size_t count,
                  std::string_view whole) {
  luaL_checkstack(lua, static_cast<int>(count), "too many captures");
  for (std::size_t number = 0; number < count; ++number) {
    push_capture(lua, matcher, number, whole);
  }
  return static_cast<int>(count);
}

// All captures, or the whole match where there are none.
int push_result(lua_State* lua, const PatternMatcher& matcher, const char* begin, const char* end) {
  return push_captures(lua, matcher, matcher.captured() == 0 ? 1 : matcher.captured(),
                       {begin, static_cast<std::size_t>(end - begin)});
}

// ---- find, match --------------------------------------------------------------------------------

bool has_specials(const char* pattern) {
  for (; *pattern != '\0'; ++pattern) {
    switch (*pattern) {
      case '^':
      case '$':
      case '*':
      case '+':
      case '?':
      case '.':
      case '(':
      case '[':
      case '%':
      case '-':
        return true;
      default:
        break;
    }
  }
  return false;
}

// Where the search begins: the third argument, which counts from 1 or, below 0, from the end.
std::size_t first_offset(lua_State* lua, std::size_t size) {
  const auto length = static_cast<lua_Integer>(size);
  lua_Integer first = luaL_optinteger(lua, 3, 1);
  if (first < 0) {
    first += length + 1;
  }
  if (first <= 1) {
    return 0;
  }
  return first - 1 > length ? size : static_cast<std::size_t>(first - 1);
}

int find_plain(lua_State* lua, std::string_view text, std::size_t first, std::string_view wanted) {
  constexpr std::size_t kQuicklySearched = 64UL * 1024;
  if (text.size() - first > kQuicklySearched) {
    look_at_clock(lua);
  }
  // Its time is linear whatever is looked for, which no method of a string view promises.
  const void* const found =
      ::memmem(text.data() + first, text.size() - first, wanted.data(), wanted.size());
  if (found == nullptr) {
    lua_pushnil(lua);
    return 1;
  }
  const std::ptrdiff_t offset = static_cast<const char*>(found) - text.data();
  lua_pushinteger(lua, offset + 1);
  lua_pushinteger(lua, offset + static_cast<std::ptrdiff_t>(wanted.size()));
  return 2;
}

struct Match {
  const char* begin;
  const char* end;  // null: there is none
};

Match first_match(PatternMatcher& matcher, const char* at, bool anchored) {
  for (;; ++at) {
    const char* const end = matcher.match(at);
    if (end != nullptr || anchored || at == matcher.end()) {
      return {at, end};
    }
  }
}

// `told`: find tells where the match is, match what it holds.
enum class Told : std::uint8_t { kPlace, kText };

int search(lua_State* lua, Told told) {
  const std::string_view text = checked_text(lua, 1);
  const std::string_view pattern = checked_text(lua, 2);
  const std::size_t first = first_offset(lua, text.size());
  if (told == Told::kPlace && (lua_toboolean(lua, 4) != 0 || !has_specials(pattern.data()))) {
    return find_plain(lua, text, first, pattern);
  }
  check_repetitions(lua, pattern);
  const char* const behind_anchor = without_anchor(pattern.data());
  PatternMatcher matcher(lua, text, behind_anchor, look_at_clock);
  const Match match = first_match(matcher, text.data() + first, behind_anchor != pattern.data());
  if (match.end == nullptr) {
    lua_pushnil(lua);
    return 1;
  }
  if (told == Told::kText) {
    return push_result(lua, matcher, match.begin, match.end);
  }
  lua_pushinteger(lua, match.begin - text.data() + 1);
  lua_pushinteger(lua, match.end - text.data());
  return 2 + push_captures(lua, matcher, matcher.captured(), {});
}

int find(lua_State* lua) { return search(lua, Told::kPlace); }
int match(lua_State* lua) { return search(lua, Told::kText); }

// ---- gmatch -------------------------------------------------------------------------------------

// Upvalues: the text, the pattern, where to go on. Here '^' is a byte like any other.
int next_match(lua_State* lua) {
  const std::string_view text = text_at(lua, lua_upvalueindex(1));
  PatternMatcher matcher(lua, text, lua_tostring(lua, lua_upvalueindex(2)), look_at_clock);
  const auto offset = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
  if (offset > text.size()) {
    return 0;  // an empty match at the end was the last one
  }
  const Match match = first_match(matcher, text.data() + offset, false);
  if (match.end == nullptr) {
    return 0;
  }
  // Behind an empty match the same one would be found again.
  const std::ptrdiff_t next = match.end - text.data() + (match.end == match.begin ? 1 : 0);
  lua_pushinteger(lua, next);
  lua_replace(lua, lua_upvalueindex(3));
  return push_result(lua, matcher, match.begin, match.end);
}

int gmatch(lua_State* lua) {
  checked_text(lua, 1);
  check_repetitions(lua, checked_text(lua, 2));
  lua_settop(lua, 2);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_match, 3);
  return 1;
}

// ---- gsub ---------------------------------------------------------------------------------------

constexpr int kReplacement = 3;  // the argument
// A call from the matcher costs about as much as so many of its steps.
constexpr std::size_t kStepsOfCall = 64;

void append_capture(lua_State* lua, LuaBuffer& buffer, const PatternMatcher& matcher,
                    std::size_t number, std::string_view whole) {
  const std::string_view text = captured_text(lua, matcher, number, whole);
  if (text.data() != nullptr) {
    buffer.append(text);
    return;
  }
  push_capture(lua, matcher, number, whole);
  buffer.append(text_at(lua, -1));
  lua_pop(lua, 1);
}

// %0 is the whole match, %1 to %9 are captures, '%' before anything else stands for that; one that
// ends the text, for a zero byte.
void append_template(lua_State* lua, LuaBuffer& buffer, PatternMatcher& matcher,
                     std::string_view whole) {
  std::string_view rest = text_at(lua, kReplacement);
  matcher.spend(rest.size());
  while (!rest.empty()) {
    const std::size_t plain = std::min(rest.find('%'), rest.size());
    buffer.append(rest.substr(0, plain));
    if (plain == rest.size()) {
      return;
    }
    const char letter = plain + 1 < rest.size() ? rest[plain + 1] : '\0';
    if (letter == '0') {
      buffer.append(whole);
    } else if ('1' <= letter && letter <= '9') {
      append_capture(lua, buffer, matcher, static_cast<std::size_t>(letter - '1'), whole);
    } else {
      buffer.append(letter);
    }
    rest.remove_prefix(std::min(plain + 2, rest.size()));
  }
}

// What the function returns for the captures or the table holds for the first one; nil and false
// leave the match as it is.
void append_value(lua_State* lua, LuaBuffer& buffer, PatternMatcher& matcher,
                  std::string_view whole) {
  matcher.spend(kStepsOfCall);
  if (lua_type(lua, kReplacement) == LUA_TTABLE) {
    push_capture(lua, matcher, 0, whole);
    lua_gettable(lua, kReplacement);
  } else {
    lua_pushvalue(lua, kReplacement);
    const int captures = push_result(lua, matcher, whole.data(), whole.data() + whole.size());
    lua_call(lua, captures, 1);
  }
  if (lua_toboolean(lua, -1) == 0) {
    buffer.append(whole);
  } else if (lua_isstring(lua, -1) != 0) {
    buffer.append(text_at(lua, -1));
  } else {
    luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
  }
  lua_pop(lua, 1);
}

int replace_matches(lua_State* lua, PatternMatcher& matcher, int most, bool anchored) {
  const bool by_template = lua_isstring(lua, kReplacement) != 0;
  LuaBuffer buffer(lua);
  const char* kept = matcher.begin();  // from here on nothing is in the buffer yet
  const char* at = kept;
  int count = 0;
  while (count < most) {
    const char* const end = matcher.match(at);
    if (end != nullptr) {
      ++count;
      buffer.append({kept, static_cast<std::size_t>(at - kept)});
      const std::string_view whole(at, static_cast<std::size_t>(end - at));
      if (by_template) {
        append_template(lua, buffer, matcher, whole);
      } else {
        append_value(lua, buffer, matcher, whole);
      }
      kept = end;
    }
    if (end != nullptr && end != at) {
      at = end;
    } else if (at != matcher.end()) {
      ++at;
    } else {
      break;
    }
    if (anchored) {
      break;
    }
  }
  buffer.append({kept, static_cast<std::size_t>(matcher.end() - kept)});
  push_text(lua, buffer.view());
  lua_pushinteger(lua, count);
  return 2;
}

int gsub(lua_State* lua) {
  const std::string_view text = checked_text(lua, 1);
  const std::string_view pattern = checked_text(lua, 2);
  const int type = lua_type(lua, kReplacement);
  const int most = luaL_optint(lua, 4, static_cast<int>(text.size()) + 1);
  luaL_argcheck(
      lua,
      type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE,
      kReplacement, "string/function/table expected");
  check_repetitions(lua, pattern);
  const char* const behind_anchor = without_anchor(pattern.data());
  PatternMatcher matcher(lua, text, behind_anchor, look_at_clock);
  return replace_matches(lua, matcher, most, behind_anchor != pattern.data());
}

}  // namespace

void replace_pattern_functions(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {
      {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}};
  for (const luaL_Reg& function : kFunctions) {
    lua_pushcfunction(lua, function.func);
    lua_setfield(lua, -2, function.name);
  }
  // The name that Lua 5.0 had for it.
  lua_getfield(lua, -1, "gmatch");
  lua_setfield(lua, -2, "gfind");
}

}  // namespace sorrel::script
