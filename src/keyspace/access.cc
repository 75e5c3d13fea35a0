// SPDX-License-Identifier: BSD-3-Clause
//
// The counter of the LFU policies: how time lowers it and how an access may raise it. Off the hot
// path of all other policies.
#include <algorithm>
#include <cstdint>

#include <sorrel/keyspace/access.h>

namespace sorrel::keyspace {

std::uint32_t AccessClock::frequency(std::uint32_t access) const {
  const std::uint32_t counter = access & 0xffU;
  if (settings_.lfu_decay_minutes <= 0) {
    return counter;
  }
  const std::int64_t elapsed = (minutes_ - (access >> 8)) & 0xffffU;
  const auto periods = static_cast<std::uint32_t>(elapsed / settings_.lfu_decay_minutes);
  return counter - std::min(counter, periods);
}

std::uint32_t AccessClock::count(std::uint32_t before) {
  constexpr std::uint32_t kMost = 255;
  std::uint32_t counter = frequency(before);
  if (counter < kMost) {
    const std::uint64_t above = counter - std::min(counter, kFirstCount);
    const auto factor =
        static_cast<std::uint64_t>(std::max<std::int64_t>(settings_.lfu_log_factor, 0));
    counter += random_.below(above * factor + 1) == 0 ? 1U : 0U;
  }
  return (minutes_ << 8) | counter;
}

}  // namespace sorrel::keyspace
