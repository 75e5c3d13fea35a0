// SPDX-License-Identifier: BSD-3-Clause
//
// Each thread keeps where it last asked the system, and the rate between the last two times.
#include <chrono>

#include <sorrel/base/monotonic.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace sorrel::base {
namespace {

std::int64_t system_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

#if defined(__x86_64__)

// 18 to 67 ms at 2 to 4 GHz; a rate is taken over no less than a quarter of it.
constexpr std::uint64_t kMostTicks = std::uint64_t{1} << 27;
constexpr std::uint64_t kFewestTicks = kMostTicks / 4;

bool counts_at_one_rate() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(0x80000007U, &a, &b, &c, &d) != 0 && (d & (1U << 8)) != 0;
}

const bool kUsesCounter = counts_at_one_rate();

struct Anchor {
  std::uint64_t ticks = 0;
  std::int64_t ns = 0;
  std::uint64_t rate = 0;  // nanoseconds a tick, times 2^32; 0: not known yet
  std::uint64_t most = 0;  // ticks from here for which it is good
};
thread_local Anchor anchor;

// Whether a rate may be true: beside the one before it, or any between 250 MHz and 16 GHz.
bool believable(std::uint64_t rate, std::uint64_t before) {
  constexpr std::uint64_t kLeast = (std::uint64_t{1} << 32) / 16;
  constexpr std::uint64_t kMost = std::uint64_t{4} << 32;
  if (before != 0) return rate > before - before / 100 && rate < before + before / 100;
  return rate >= kLeast && rate <= kMost;
}

// Asks the system. It answers at a moment between two reads of the counter; where they lie apart
// the thread was interrupted, and the answer is no anchor. A counter that was set back or stopped
// (a machine that was moved) gives a rate that is not believed, and it begins anew.
std::int64_t set_anchor() {
  constexpr std::uint64_t kMostApart = 2000;
  const std::uint64_t ticks = __rdtsc();
  const std::int64_t ns = system_ns();
  if (__rdtsc() - ticks > kMostApart) return ns;
  const std::uint64_t passed = ticks - anchor.ticks;
  if (anchor.ticks != 0 && passed < kFewestTicks) return ns;
  const auto elapsed = static_cast<std::uint64_t>(ns - anchor.ns);
  std::uint64_t rate = 0;
  if (anchor.ticks != 0 && elapsed < std::uint64_t{1} << 31) rate = (elapsed << 32) / passed;
  const bool usable = believable(rate, anchor.rate);
  anchor = {ticks, ns, usable ? rate : 0, usable ? kMostTicks : 0};
  return ns;
}

#endif

}  // namespace

std::int64_t monotonic_ns() {
#if defined(__x86_64__)
  if (kUsesCounter) {
    const std::uint64_t ticks = __rdtsc();
    const std::uint64_t passed = ticks - anchor.ticks;
    if (passed < anchor.most) [[likely]] {
      return anchor.ns + static_cast<std::int64_t>((passed * anchor.rate) >> 32);
    }
    return set_anchor();
  }
#endif
  return system_ns();
}

}  // namespace sorrel::base
