// SPDX-License-Identifier: BSD-3-Clause
//
// What the item heap knows of each of its slabs, and of all slabs of a class. Parts of item_heap.h,
// which explains them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#ifdef __SANITIZE_ADDRESS__
#define SORREL_GUARDS_ITEMS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SORREL_GUARDS_ITEMS
#endif
#endif

namespace sorrel::base {

#ifdef SORREL_GUARDS_ITEMS
inline constexpr bool kGuardsItems = true;
#else
inline constexpr bool kGuardsItems = false;
#endif

// Offsets count steps of 8 bytes. Slab 0 is never used, so that 0 can mean none.
struct ItemSlab {
  std::uint16_t free = 0;    // offset of the item freed last + 1; it names the next in its place
  std::uint16_t carved = 0;  // offset of the first item that was never used
  std::uint16_t live = 0;    // items handed out, those at hand included
  std::uint8_t index = 0;    // of the class; kSpan for the first slab of a span
  std::uint8_t bin = 0;
  std::uint32_t previous = 0;
  std::uint32_t next = 0;
};
static_assert(sizeof(ItemSlab) == 16);

struct ItemClassSlabs {
  static constexpr unsigned kMostAtHand = 32;
  static constexpr std::size_t kMostAtHandBytes = 8192;
  static constexpr unsigned kBins = 4;
  static constexpr std::uint32_t kNotGathering = ~0U;

  static constexpr std::uint16_t most_for(std::size_t item_bytes) {
    return static_cast<std::uint16_t>(
        std::clamp<std::size_t>(kMostAtHandBytes / item_bytes, 2, kMostAtHand));
  }

  std::uint16_t at_hand = 0;
  std::uint16_t most_at_hand = 0;
  std::uint16_t step = 0;     // bytes of an item, in steps
  std::uint16_t limit = 0;    // offset behind a slab's last item
  std::uint16_t quarter = 0;  // of a slab's items
  std::uint16_t dense = 0;    // as many of a slab's items need no gathering
  std::uint32_t slabs = 0;    // that have items
  // While items are gathered: the slabs below have been filled. Else no slab is above.
  std::uint32_t gathered_below = kNotGathering;
  std::uint32_t current = 0;       // where items are taken from; in no bin
  std::uint32_t bins[kBins] = {};  // other slabs with room, by quarters of what is live
  std::uint64_t live = 0;
  void* hand[kMostAtHand] = {};
};

}  // namespace sorrel::base
