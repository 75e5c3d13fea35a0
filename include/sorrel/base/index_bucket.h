// SPDX-License-Identifier: BSD-3-Clause
//
// One cache line of the hash index: seven slots, a tag byte for each and a counter of displaced
// entries. The tags of a bucket are compared at once, so a miss costs this one line.
//
//   byte 0..6   tags: 0 = free, else 0x80 | 7 bits of the hash
//   byte 7      how many entries probed past this bucket when they were placed (255 = sticky)
//   byte 8..63  slots: 16 bits of the hash (the position within the segment) | 48 bits of pointer
//
// Pointers are even, so the lowest bit of a slot is free: it is the mark of a walk
// (segment_table.h).
//
// Source of the idea: tag filtering of F14 (Bronson, Shi: "Open-sourcing F14") and Swiss tables,
// cut to one line. Pure; one thread.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sorrel::base {

struct alignas(64) IndexBucket {
  static constexpr unsigned kSlots = 7;
  static constexpr std::uint8_t kSticky = 255;
  static constexpr unsigned kAllSlots = (1U << kSlots) - 1;

  std::uint8_t tags[kSlots];
  std::uint8_t overflow;
  std::uint64_t slots[kSlots];

  // Bit i is set when tags[i] == tag.
  unsigned match(std::uint8_t tag) const {
#if defined(__SSE2__)
    const __m128i line = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi8(line, _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<unsigned>(_mm_movemask_epi8(equal)) & kAllSlots;
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < kSlots; ++i) {
      bits |= static_cast<unsigned>(tags[i] == tag) << i;
    }
    return bits;
#endif
  }
  unsigned used() const { return ~match(0) & kAllSlots; }
};
static_assert(sizeof(IndexBucket) == 64);

// How a 64-bit hash is spent: the directory reads from the top, the position within a segment and
// the tag come from the lower half, so that no two of them share a bit.
struct IndexHash {
  static constexpr unsigned kPositionBits = 16;
  static constexpr std::uint64_t kPointerMask = (1ULL << 48) - 1;
  static constexpr std::uint64_t kMark = 1;
  static constexpr std::uint64_t kItemMask = kPointerMask & ~kMark;

  static std::uint32_t prefix(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  static std::uint32_t position(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 8) & 0xffffU;
  }
  static std::uint8_t tag(std::uint64_t hash) {
    return static_cast<std::uint8_t>(0x80U | (hash & 0x7fU));
  }
  static std::uint32_t position_of_slot(std::uint64_t slot) {
    return static_cast<std::uint32_t>(slot >> 48);
  }
  static std::uint64_t slot(std::uint64_t hash, const void* item) {
    return (static_cast<std::uint64_t>(position(hash)) << 48) |
           reinterpret_cast<std::uintptr_t>(item);
  }
};

}  // namespace sorrel::base
