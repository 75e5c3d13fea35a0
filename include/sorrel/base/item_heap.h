// SPDX-License-Identifier: BSD-3-Clause
//
// The allocator of the many small items: records, members and fields of large collections, and the
// segments of the indexes that find them. It has three ends:
//
// - An item costs its size: classes are 8 bytes apart up to 512, and nothing stands beside an item.
// - Its address is 36 bits: all items lie in one reserved range of 512 GiB, in steps of 8 bytes, so
//   an index slot is six bytes (handle(), at()).
// - What was freed last is handed out first, while it is in the cache; and when little is left of a
//   slab, it is not filled up as long as fuller ones have room, so that it may become empty.
//
//   range   [ states of slabs | slabs of 64 KiB, upwards ->            <- spans, downwards ]
//   slab    items of one class (item_size.h): never used ones by a bump, freed ones by a list
//           through them
//   span    one item above 16 KiB, in whole slabs of addresses; pages that it does not touch cost
//           nothing
//
// A slab's state stands in a table by itself: to free an item finds it by arithmetic, and the
// slabs' first lines, which would all fall into the same few sets of a cache, are not touched.
// Beside that each class keeps some tens of freed items at hand, which the slabs are not told of.
//
// A slab that becomes empty is ready for any class; beyond a share of them their pages go back to
// the system, by whole huge pages (idle_slabs.h). The memory beyond the first megabytes asks for
// huge pages, for the reason that memory.cc gives.
//
// Like malloc, for which it stands in, there is one for the process. One thread, and the same one
// from the first item to the last: there is one keyspace thread, which makes and frees all items;
// asserted in debug builds. Sanitizer builds poison what is free.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sorrel/base/idle_slabs.h>
#include <sorrel/base/item_size.h>
#include <sorrel/base/prefetch.h>

#ifdef __SANITIZE_ADDRESS__
#define SORREL_GUARDS_ITEMS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SORREL_GUARDS_ITEMS
#endif
#endif

namespace sorrel::base {

class ItemHeap {
 public:
  static constexpr unsigned kHandleBits = 36;
  static constexpr std::size_t kSlabBytes = 64 * 1024UL;
  static constexpr std::size_t kMostBytes = std::size_t{8} << kHandleBits;

  constexpr ItemHeap() = default;
  ItemHeap(const ItemHeap&) = delete;
  ItemHeap& operator=(const ItemHeap&) = delete;

  // Reserves a range of addresses, of `bytes` or, where the system refuses that, of as much less as
  // it gives, and at least `least`. Without a call the first item does it, with all that handles
  // can name. Requires: nothing was reserved yet. Returns: whether it could.
  bool reserve(std::size_t bytes = kMostBytes, std::size_t least = kLeastBytes);
  // Gives the range back with all items that are in it.
  void close();

  // Memory of at least so many bytes, aligned to 8, or to 64 if `bytes` is a multiple of that.
  // Errors: std::bad_alloc.
  void* allocate(std::size_t bytes) {
    assert(owned_by_this_thread());
    assert(++allocations_ != 0);
    if constexpr (!kGuarded) {
      if (bytes - 1 < ItemClass::kCoarse) [[likely]] {
        const unsigned index = ItemClass::of(bytes);
        Class& kind = classes_[index];
        if (kind.at_hand != 0) return kind.hand[--kind.at_hand];
        return take(kind, index);
      }
    }
    return allocate_slowly(bytes);
  }
  // Requires: the item is of this heap.
  void free(void* item) {
    assert(owned_by_this_thread());
    if constexpr (!kGuarded) {
      // By the address, and not by what the item says of its size: that may still be on its way.
      Class& kind = classes_[slabs_[slab_of(item)].index];
      if (kind.at_hand < kind.most_at_hand) [[likely]] {
        kind.hand[kind.at_hand++] = item;
        assert(std::memset(item, 0xf5, kind.step * std::size_t{8}));
        return;
      }
    }
    free_slowly(item);
  }

  std::uint64_t handle(const void* item) const {
    return (reinterpret_cast<std::uintptr_t>(item) - reinterpret_cast<std::uintptr_t>(base_)) / 8;
  }
  void* at(std::uint64_t handle) const { return base_ + handle * 8; }

  struct Statistics {
    std::size_t items = 0;
    std::size_t live_bytes = 0;      // of items, as item_size() has them
    std::size_t held_bytes = 0;      // of slabs and spans with items
    std::size_t resident_bytes = 0;  // kept for reuse included
    std::size_t range_bytes = 0;
  };
  // Cost: a look at each class.
  Statistics statistics() const;
  // Calls of allocate() so far; counted in debug builds, for tests.
  std::uint64_t allocations() const { return allocations_; }
  // Gives what can be given back to the system. Where a chunk of 2 MiB is not empty as a whole, the
  // kernel may make it a huge page again, which statistics() does not know of.
  void purge();

 private:
  static constexpr std::size_t kLeastBytes = std::size_t{64} << 20;
  static constexpr unsigned kMostAtHand = 32;
  static constexpr unsigned kBins = 4;
  static constexpr unsigned kSpan = ItemClass::kCount;
  static constexpr unsigned kSpanClasses = 128;
#ifdef SORREL_GUARDS_ITEMS
  static constexpr bool kGuarded = true;
#else
  static constexpr bool kGuarded = false;
#endif

  // Offsets count steps of 8 bytes. Slab 0 is never used, so that 0 can mean none.
  struct Slab {
    std::uint16_t free = 0;    // offset of the item freed last + 1; it names the next in its place
    std::uint16_t carved = 0;  // offset of the first item that was never used
    std::uint16_t live = 0;    // items handed out, those at hand included
    std::uint8_t index = 0;    // of the class; kSpan for the first slab of a span
    std::uint8_t bin = 0;
    std::uint32_t previous = 0;
    std::uint32_t next = 0;
  };
  static_assert(sizeof(Slab) == 16);

  struct Class {
    std::uint16_t at_hand = 0;
    std::uint16_t most_at_hand = 0;
    std::uint16_t step = 0;          // bytes of an item, in steps
    std::uint16_t limit = 0;         // offset behind a slab's last item
    std::uint16_t quarter = 0;       // of a slab's items
    std::uint32_t current = 0;       // where items are taken from; in no bin
    std::uint32_t bins[kBins] = {};  // other slabs with room, by quarters of what is live
    std::uint64_t live = 0;
    void* hand[kMostAtHand] = {};
  };

  bool owned_by_this_thread();
  static void expose(void* item);
  std::uint32_t slab_of(const void* item) const {
    return static_cast<std::uint32_t>(handle(item) / (kSlabBytes / 8));
  }
  std::byte* address(std::uint32_t slab) const { return base_ + std::size_t{slab} * kSlabBytes; }

  void* take(Class& kind, unsigned index) {
    if (kind.current == 0) [[unlikely]] {
      return take_from_another(kind, index);
    }
    Slab& slab = slabs_[kind.current];
    std::byte* const begin = address(kind.current);
    std::byte* item = nullptr;
    if (slab.free != 0) {
      item = begin + (slab.free - 1) * std::size_t{8};
      if constexpr (kGuarded) expose(item);
      slab.free = *reinterpret_cast<const std::uint16_t*>(item);
      // The next one will be wanted soon, and is likely far away.
      base::prefetch(begin + slab.free * std::size_t{8} - 8);
    } else if (slab.carved < kind.limit) {
      item = begin + slab.carved * std::size_t{8};
      slab.carved = static_cast<std::uint16_t>(slab.carved + kind.step);
    } else {
      return take_from_another(kind, index);
    }
    ++slab.live;
    ++kind.live;
    return item;
  }
  void* take_from_another(Class& kind, unsigned index);
  void* allocate_slowly(std::size_t bytes);
  void free_slowly(void* item);
  void free_at_hand(Class& kind, unsigned count);
  void give(Class& kind, void* item);
  void link(Class& kind, std::uint32_t slab, unsigned bin);
  void unlink(Class& kind, std::uint32_t slab);
  static unsigned bin_of(const Class& kind, unsigned live);
  std::uint32_t fresh_slab();
  void retire(std::uint32_t slab);
  void drop_chunk(std::uint32_t chunk);
  void drop_pages(std::uint32_t slab, std::size_t bytes);
  void commit_states(std::uint32_t first, std::uint32_t last);
  void commit_slabs();
  void* allocate_span(std::size_t bytes);
  void free_span(void* item);

  std::byte* base_ = nullptr;
  Slab* slabs_ = nullptr;
  Class classes_[ItemClass::kCount + 1];  // the last for spans, which are never at hand
  std::byte* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  std::size_t range_bytes_ = 0;
  std::uint32_t next_slab_ = 1;        // the first that was never used
  std::uint32_t committed_slabs_ = 0;  // may be read and written
  std::uint32_t last_span_ = 0;        // the lowest that was ever used, or the range's end
  std::size_t states_low_ = 0;         // bytes of states that may be written, from either end
  std::size_t states_high_ = 0;
  IdleSlabs* idle_ = nullptr;
  std::uint32_t used_count_ = 0;            // slabs with items
  std::uint32_t spans_[kSpanClasses] = {};  // free ones
  std::size_t span_count_ = 0;
  std::size_t span_bytes_ = 0;       // of live ones
  std::size_t idle_span_bytes_ = 0;  // of free ones whose pages are still there
  const void* owner_ = nullptr;      // thread
  std::uint64_t allocations_ = 0;
};

namespace detail {
inline constinit ItemHeap process_items;
}
inline ItemHeap& item_heap() { return detail::process_items; }

}  // namespace sorrel::base
