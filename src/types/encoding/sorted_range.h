// SPDX-License-Identifier: BSD-3-Clause
//
// Where an entry lies in relation to a range, once for both forms of the sorted set. Pure.
#pragma once

#include <limits>
#include <string_view>

#include <sorrel/types/sorted_set.h>

namespace sorrel::types::encoding {

// Whether nothing is before the range, or behind it, whatever the entries are.
inline bool from_first(const ScoreRange& range) {
  return range.min == -std::numeric_limits<double>::infinity() && !range.min_exclusive;
}
inline bool to_last(const ScoreRange& range) {
  return range.max == std::numeric_limits<double>::infinity() && !range.max_exclusive;
}
inline bool from_first(const LexRange& range) { return range.min.kind == LexBound::Kind::kMinimum; }
inline bool to_last(const LexRange& range) { return range.max.kind == LexBound::Kind::kMaximum; }

inline bool before(double score, const ScoreRange& range) {
  return range.min_exclusive ? score <= range.min : score < range.min;
}
inline bool behind(double score, const ScoreRange& range) {
  return range.max_exclusive ? score >= range.max : score > range.max;
}

inline bool before(std::string_view member, const LexRange& range) {
  switch (range.min.kind) {
    case LexBound::Kind::kMinimum:
      return false;
    case LexBound::Kind::kInclusive:
      return member < range.min.text;
    case LexBound::Kind::kExclusive:
      return member <= range.min.text;
    case LexBound::Kind::kMaximum:
      break;
  }
  return true;
}
inline bool behind(std::string_view member, const LexRange& range) {
  switch (range.max.kind) {
    case LexBound::Kind::kMaximum:
      return false;
    case LexBound::Kind::kInclusive:
      return member > range.max.text;
    case LexBound::Kind::kExclusive:
      return member >= range.max.text;
    case LexBound::Kind::kMinimum:
      break;
  }
  return true;
}

}  // namespace sorrel::types::encoding
