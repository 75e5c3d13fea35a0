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
// Where many items of a class have gone the rest can be gathered in the lowest of its slabs, by
// whoever knows where items are named and can move them (begin_defragmentation()).
//
// A slab that becomes empty is ready for any class; beyond a share of them their pages go back to
// the system, by whole huge pages (idle_slabs.h) and when the owner has time for it (trim()). The
// memory beyond the first megabytes asks for huge pages, for the reason that memory.cc gives.
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
#include <sorrel/base/item_slab.h>
#include <sorrel/base/prefetch.h>

namespace sorrel::base {

class PageWarmer;

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

  // A copy of the first `bytes` of an item, which must be all that it was allocated with.
  void* copy(const void* item, std::size_t bytes) {
    return std::memcpy(allocate(bytes), item, bytes);
  }

  // Bytes of slabs that no item has, and those of them that gathering can free: of classes that use
  // so little of their slabs that it is worth it. Cost: a look at each class.
  struct Waste {
    std::size_t all = 0;
    std::size_t gatherable = 0;
  };
  Waste waste() const;
  // From now on items of those classes are allocated as low as there is room, and misplaced() tells
  // of an item whether its slab would become empty if it moved: by a copy made now, and free().
  void begin_defragmentation();
  // Returns: the bytes that could not be gathered of those classes.
  std::size_t end_defragmentation();
  bool misplaced(const void* item) const {
    const std::uint32_t number = slab_of(item);
    const Slab& slab = slabs_[number];
    const Class& kind = classes_[slab.index];
    return number >= kind.gathered_below && number != kind.current && slab.live < kind.dense;
  }

  struct Statistics {
    std::size_t items = 0;
    std::size_t live_bytes = 0;      // of items, as item_size() has them
    std::size_t held_bytes = 0;      // of slabs and spans with items
    std::size_t resident_bytes = 0;  // kept for reuse included
    std::size_t range_bytes = 0;
  };
  // Cost: a look at each class.
  Statistics statistics() const;
  // Bytes of items, with those that are kept at hand. Cost: two loads.
  std::size_t taken_bytes() const { return taken_bytes_ + span_bytes_; }
  // Calls of allocate() so far; counted in debug builds, for tests.
  std::uint64_t allocations() const { return allocations_; }
  // Whether there are more empty slabs than are kept for what comes; trim() gives the pages of so
  // many chunks of them back to the system. Cost: some ten microseconds a chunk.
  bool has_spare_chunk() const;
  void trim(unsigned chunks);
  // Gives what can be given back to the system. Where a chunk of 2 MiB is not empty as a whole, the
  // kernel may make it a huge page again, which statistics() does not know of.
  void purge();

 private:
  using Slab = ItemSlab;
  using Class = ItemClassSlabs;

  static constexpr std::size_t kLeastBytes = std::size_t{64} << 20;
  static constexpr unsigned kBins = Class::kBins;
  static constexpr unsigned kSpan = ItemClass::kCount;
  static constexpr unsigned kSpanClasses = 128;
  static constexpr std::uint32_t kNotGathering = Class::kNotGathering;
  static constexpr bool kGuarded = kGuardsItems;

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
    taken_bytes_ += kind.step * std::size_t{8};
    return item;
  }
  void* take_from_another(Class& kind, unsigned index);
  std::uint32_t slab_with_room(Class& kind, unsigned index);
  std::size_t gatherable(unsigned index) const;
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
  void allow_slabs(std::uint32_t end);
  void make_ready_ahead();
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
  std::uint32_t committed_slabs_ = 0;  // may be used
  std::uint32_t allowed_slabs_ = 0;    // may be read and written: some more
  PageWarmer* warmer_ = nullptr;
  std::uint32_t last_span_ = 0;  // the lowest that was ever used, or the range's end
  std::size_t states_low_ = 0;   // bytes of states that may be written, from either end
  std::size_t states_high_ = 0;
  IdleSlabs* idle_ = nullptr;
  std::size_t taken_bytes_ = 0;             // out of slabs
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
