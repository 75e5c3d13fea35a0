// SPDX-License-Identifier: BSD-3-Clause
//
// One cache line of the hash index: nine slots of six bytes, a tag byte for each and a counter of
// displaced entries. The tags of a bucket are compared at once, so a miss costs this one line.
//
//   byte 0..8    tags: 0 = free, else 0x80 | 7 bits of the hash
//   byte 9       how many entries probed past this bucket when they were placed (255 = sticky)
//   byte 10..63  slots: 11 bits of the hash | 36 bits of handle (item_heap.h) | 1 bit
//
// The lowest bit of a slot is the mark of a walk (segment_table.h). An entry's position within its
// segment has 16 bits: the 11 in the slot, and five of those that its tag has.
//
// Source of the idea: tag filtering of F14 (Bronson, Shi: "Open-sourcing F14") and Swiss tables,
// cut to one line. Pure; one thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <sorrel/base/item_heap.h>

namespace sorrel::base {

// How a 64-bit hash is spent: the directory reads from the top, the position within a segment and
// the tag come from the lowest 18 bits. Tag and position share five bits, the lowest of the
// position, which decide in which bucket an entry is only where a segment has more than 2,048.
struct IndexHash {
  static constexpr unsigned kPositionBits = 16;
  static constexpr unsigned kSlotPositionBits = 11;
  static constexpr unsigned kSharedBits = kPositionBits - kSlotPositionBits;
  static constexpr unsigned kTagBits = 7;
  static constexpr std::uint64_t kMark = 1;
  static constexpr std::uint64_t kItemMask = ((std::uint64_t{1} << ItemHeap::kHandleBits) - 1) << 1;
  static constexpr unsigned kPositionShift = ItemHeap::kHandleBits + 1;
  static_assert(kPositionShift + kSlotPositionBits == 48);

  static std::uint32_t prefix(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  static std::uint32_t position(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> (kTagBits - kSharedBits)) & 0xffffU;
  }
  static std::uint8_t tag(std::uint64_t hash) {
    return static_cast<std::uint8_t>(0x80U | (hash & 0x7fU));
  }
  // What a slot has of the hash.
  static std::uint32_t slot_bits(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> kTagBits) & ((1U << kSlotPositionBits) - 1);
  }
  static std::uint32_t bits_of_slot(std::uint64_t slot) {
    return static_cast<std::uint32_t>(slot >> kPositionShift);
  }
  static std::uint32_t position_of(std::uint8_t tag, std::uint64_t slot) {
    return (bits_of_slot(slot) << kSharedBits) | ((tag & 0x7fU) >> (kTagBits - kSharedBits));
  }
  static std::uint64_t slot(std::uint64_t hash, const void* item) {
    return (static_cast<std::uint64_t>(slot_bits(hash)) << kPositionShift) |
           (item_heap().handle(item) << 1);
  }
  // The same slot, naming another item.
  static std::uint64_t with_item(std::uint64_t slot, const void* item) {
    return (slot & ~kItemMask) | (item_heap().handle(item) << 1);
  }
  static void* item(std::uint64_t slot) { return item_heap().at((slot & kItemMask) >> 1); }
};

struct alignas(64) IndexBucket {
  static constexpr unsigned kSlots = 9;
  static constexpr std::uint8_t kSticky = 255;
  static constexpr unsigned kAllSlots = (1U << kSlots) - 1;

  std::uint8_t tags[kSlots];
  std::uint8_t overflow;
  std::uint8_t slot_bytes[kSlots * 6];

  std::uint64_t slot(unsigned i) const { return word(i) >> 16; }
  void set_slot(unsigned i, std::uint64_t slot) {
    const std::uint64_t changed = (slot << 16) | (word(i) & 0xffff);
    std::memcpy(reinterpret_cast<char*>(this) + word_offset(i), &changed, sizeof changed);
  }

  // Of the entry in slot i, within its segment.
  std::uint32_t position(unsigned i) const { return IndexHash::position_of(tags[i], slot(i)); }

  // Bit i is set when tags[i] == tag.
  unsigned match(std::uint8_t tag) const {
#if defined(__SSE2__)
    const __m128i line = _mm_load_si128(reinterpret_cast<const __m128i*>(this));
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

 private:
  static_assert(std::endian::native == std::endian::little);

  // The eight bytes that end with a slot, so that even the last one's are in this line.
  static std::size_t word_offset(unsigned i) { return 8 + std::size_t{6} * i; }
  std::uint64_t word(unsigned i) const {
    std::uint64_t word;
    std::memcpy(&word, reinterpret_cast<const char*>(this) + word_offset(i), sizeof word);
    return word;
  }
};
static_assert(sizeof(IndexBucket) == 64);

}  // namespace sorrel::base
