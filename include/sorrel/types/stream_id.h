// SPDX-License-Identifier: BSD-3-Clause
//
// StreamId: what names an entry of a stream, ordered as a number of 128 bits of which the upper
// half is a time in milliseconds (or whatever the client that chose it meant) and the lower a
// sequence within that. 0-0 names no entry and stands before all of them. A value; pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace sorrel::types {

struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t seq = 0;

  static constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

  // NOLINTNEXTLINE(modernize-use-nullptr): the comparison with zero that the compiler writes
  friend constexpr auto operator<=>(const StreamId&, const StreamId&) = default;

  constexpr bool zero() const { return ms == 0 && seq == 0; }
  // The neighbours in the order of all ids; nullopt at its ends.
  constexpr std::optional<StreamId> next() const {
    if (seq != kMost) return StreamId{ms, seq + 1};
    if (ms != kMost) return StreamId{ms + 1, 0};
    return std::nullopt;
  }
  constexpr std::optional<StreamId> previous() const {
    if (seq != 0) return StreamId{ms, seq - 1};
    if (ms != 0) return StreamId{ms - 1, kMost};
    return std::nullopt;
  }

  // As clients write it: "1526919030474-55". `scratch`: kMaxText bytes.
  static constexpr std::size_t kMaxText = 41;
  std::string_view text(char* scratch) const;
};

inline constexpr StreamId kLeastStreamId{0, 0};
inline constexpr StreamId kGreatestStreamId{StreamId::kMost, StreamId::kMost};

}  // namespace sorrel::types
