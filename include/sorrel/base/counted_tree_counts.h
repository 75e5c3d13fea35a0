// SPDX-License-Identifier: BSD-3-Clause
//
// The column of CountedTree's inner nodes that says how many entries lie below each child. A parent
// of leaves, which is where searches by rank and changes wait, counts in bytes: they are one cache
// line, and a sum of them is a handful of instructions. Private to counted_tree_node.h. One thread.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sorrel::base::tree {

template <unsigned N>
struct Counts {
  static constexpr unsigned kBytes = (N + 15) / 16 * 16;
  static constexpr unsigned kBytesAt = 48;  // so they begin a cache line of an inner node

  std::uint64_t at(unsigned i) const { return narrow ? bytes()[i] : wide[i]; }
  void set(unsigned i, std::uint64_t count) {
    if (narrow) {
      bytes()[i] = static_cast<std::uint8_t>(count);
    } else {
      wide[i] = count;
    }
  }
  void add(unsigned i, std::uint64_t delta) { set(i, at(i) + delta); }
  std::uint64_t sum_of_first(unsigned n) const {
    if (narrow) return sum_of_bytes(n);
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < n; ++i) sum += wide[i];
    return sum;
  }
  template <unsigned M>
  void copy(unsigned to, const Counts<M>& from, unsigned from_at, unsigned n) {
    if (narrow) {
      std::memmove(bytes() + to, from.bytes() + from_at, n);
    } else {
      std::memmove(wide + to, from.wide + from_at, n * sizeof(std::uint64_t));
    }
  }
  std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(wide) + kBytesAt; }
  const std::uint8_t* bytes() const {
    return reinterpret_cast<const std::uint8_t*>(wide) + kBytesAt;
  }

  bool narrow = false;  // the children are leaves: each count is a byte
  std::uint64_t wide[N];

 private:
  static_assert(kBytesAt + kBytes <= N * sizeof(std::uint64_t));

  std::uint64_t sum_of_bytes(unsigned n) const {
#if defined(__SSE2__)
    if constexpr (kBytes <= 64) {
      __m128i index = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      const __m128i end = _mm_set1_epi8(static_cast<char>(n));
      __m128i sums = _mm_setzero_si128();
      for (unsigned i = 0; i < kBytes; i += 16) {
        const __m128i line = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes() + i));
        const __m128i wanted = _mm_and_si128(line, _mm_cmpgt_epi8(end, index));
        sums = _mm_add_epi64(sums, _mm_sad_epu8(wanted, _mm_setzero_si128()));
        index = _mm_add_epi8(index, _mm_set1_epi8(16));
      }
      return static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums)) +
             static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_srli_si128(sums, 8)));
    }
#endif
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < n; ++i) sum += bytes()[i];
    return sum;
  }
};

}  // namespace sorrel::base::tree
