// SPDX-License-Identifier: BSD-3-Clause
//
// math.random as scripts of Redis know it: the 48-bit linear congruential generator of POSIX's
// drand48 family, so that a script that seeds it gets the same numbers as there. A script's seed
// holds for that script alone: the next one finds the generator where the last unseeded one left
// it. One thread.
#pragma once

#include <cstdint>

namespace sorrel::script {

class RandomNumbers {
 public:
  // Ends the effect of a seed.
  void begin_script() {
    if (seeded_) {
      state_ = unseeded_;
      seeded_ = false;
    }
  }

  void seed(std::int32_t value) {
    if (!seeded_) {
      unseeded_ = state_;
      seeded_ = true;
    }
    state_ = (static_cast<std::uint64_t>(static_cast<std::uint32_t>(value)) << 16) | 0x330E;
  }

  // Returns: a number in [0, 1).
  double fraction() {
    constexpr std::uint64_t kMask = (std::uint64_t{1} << 48) - 1;
    constexpr std::uint64_t kLargest = 0x7fffffff;
    state_ = (state_ * 0x5DEECE66D + 0xB) & kMask;
    return static_cast<double>((state_ >> 17) % kLargest) / static_cast<double>(kLargest);
  }

 private:
  std::uint64_t state_ = 0x1234ABCD330E;  // as POSIX has it before any seed
  std::uint64_t unseeded_ = 0;
  bool seeded_ = false;
};

}  // namespace sorrel::script
