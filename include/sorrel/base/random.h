// SPDX-License-Identifier: BSD-3-Clause
//
// The source of randomness that the core is handed: deterministic from its seed, so that a failing
// run replays. xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number
// generators"), seeded by splitmix64. Not for secrets. One thread an instance.
#pragma once

#include <cstdint>

namespace sorrel::base {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9e3779b97f4a7c15ULL;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
      word = z ^ (z >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // Returns: uniform in [0, bound). Requires: bound > 0. Source: Lemire, "Fast random integer
  // generation in an interval", without the rejection: the bias is below 2^-32 for bounds < 2^32.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }

 private:
  static std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  std::uint64_t state_[4];
};

}  // namespace sorrel::base
