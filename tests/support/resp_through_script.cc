// SPDX-License-Identifier: BSD-3-Clause
// Converting expectations. Patterns that may or may not stand for a null (one-of) are converted
// choice by choice; within an array of RESP3 such a choice is taken for no null.
#include "resp_through_script.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sorrel::test {
namespace {

using Kind = Expected::Kind;

bool is_null(const Expected& expected) {
  return expected.kind == Kind::nil || expected.kind == Kind::nil_array;
}

// As a cast on this processor: what is beyond the end is the smallest integer.
std::int64_t through_double(std::int64_t value) {
  constexpr double kLimit = 9223372036854775808.0;
  const auto nearest = static_cast<double>(value);
  return nearest >= kLimit ? std::numeric_limits<std::int64_t>::min()
                           : static_cast<std::int64_t>(nearest);
}

// Exact values only: the ends of a range stay.
void convert_integer(Expected& expected) {
  if (expected.low == expected.high) {
    expected.low = expected.high = through_double(expected.low);
  }
}

Expected error(std::string text) {
  Expected expected;
  expected.kind = Kind::error;
  expected.text = std::move(text);
  return expected;
}

Expected convert_error(Expected expected) {
  if (expected.text.starts_with("ERR wrong number of arguments for")) {
    Expected either;
    either.kind = Kind::one_of;
    // A command that finds it out by itself, behind the check of its words, says the same in both.
    either.elements = {error("ERR Wrong number of args calling Redis command from script"),
                       std::move(expected)};
    return either;
  }
  if (expected.text.starts_with("ERR unknown subcommand '") ||
      expected.text.starts_with("ERR unknown command")) {
    return error("ERR Unknown Redis command called from script");
  }
  return expected;
}

// RESP3: an array ends before its first null.
void end_at_null(Expected& expected) {
  const auto null = std::find_if(expected.elements.begin(), expected.elements.end(), is_null);
  if (null != expected.elements.end()) {
    expected.elements.erase(null, expected.elements.end());
    expected.open_ended = false;
  }
}

bool same_key(const Expected& a, const Expected& b) {
  return a.kind == Kind::bulk && b.kind == Kind::bulk && a.text == b.text &&
         a.comparison == Expected::Comparison::exact && b.comparison == a.comparison;
}

// RESP3: the last one of several values under the same key stays.
void leave_out_doubles(Expected& map) {
  for (std::size_t i = 2; i + 1 < map.elements.size(); i += 2) {
    for (std::size_t before = 0; before < i; before += 2) {
      if (same_key(map.elements[before], map.elements[i])) {
        const auto entry = map.elements.begin() + static_cast<std::ptrdiff_t>(before);
        map.elements.erase(entry, entry + 2);
        i -= 2;
        break;
      }
    }
  }
}

// RESP3: entries with a null are left out, and order is lost.
void leave_out_nulls(Expected& expected, std::size_t width) {
  std::vector<Expected> kept;
  for (std::size_t i = 0; i + width <= expected.elements.size(); i += width) {
    const auto entry = expected.elements.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = entry + static_cast<std::ptrdiff_t>(width);
    if (std::none_of(entry, end, is_null)) {
      kept.insert(kept.end(), entry, end);
    }
  }
  expected.elements = std::move(kept);
  expected.unordered = true;
}

}  // namespace

std::vector<std::string> as_script(const std::vector<std::string>& words, int protocol) {
  std::vector<std::string> script = {
      "EVAL", "redis.setresp(" + std::to_string(protocol) + ") return redis.pcall(unpack(ARGV))",
      "0"};
  script.insert(script.end(), words.begin(), words.end());
  return script;
}

Expected through_script(Expected expected, int protocol) {
  if (expected.kind == Kind::error) return convert_error(std::move(expected));
  if (expected.kind == Kind::integer) convert_integer(expected);
  if (protocol == 2) {
    if (expected.kind == Kind::nil_array) expected.kind = Kind::nil;
  } else if (expected.kind == Kind::array) {
    end_at_null(expected);
  } else if (expected.kind == Kind::map) {
    leave_out_nulls(expected, 2);
    leave_out_doubles(expected);
  } else if (expected.kind == Kind::set) {
    leave_out_nulls(expected, 1);
  }
  for (Expected& element : expected.elements) {
    element = through_script(std::move(element), protocol);
  }
  return expected;
}

}  // namespace sorrel::test
