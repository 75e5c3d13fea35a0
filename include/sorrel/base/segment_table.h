// SPDX-License-Identifier: BSD-3-Clause
//
// The memory of a hash index, without knowledge of what it indexes: a directory of segments of
// cache-line buckets. Extendible hashing (Fagin, Nievergelt, Pippenger, Strong: "Extendible
// hashing", 1979) over segments that also grow in small steps, so that the load stays high:
//
//   directory (2^depth entries, by the hash's top bits)
//     [00] -> segment, 40 buckets, local depth 2
//     [01] -> segment, 56 buckets, local depth 2
//     [10] \                                        a segment of lower local depth is shared
//     [11] -> segment, 64 buckets, local depth 1    by several directory entries
//
// Within a segment, bucket = position * buckets / 2^16, probing linearly to the next bucket; the
// order of buckets is the order of positions whatever the segment's size, which is what makes scan
// cursors survive growing and shrinking. A full segment moves to the next size (its slots know
// their positions, no item is touched); at 64 buckets it splits in two. So no operation ever moves
// more than one segment, and nothing doubles but the directory of 8-byte entries.
//
// Hashes that do not differ cannot be split apart. The directory therefore never grows beyond one
// entry for 16 items (some twenty times of what even hashes need); a segment that it cannot split
// any more grows past 64 buckets instead. Such items cost a longer probe, and memory as all others.
//
// A walk in pieces must tell the entries that it still has to visit from those that it has visited
// and those that came since. Each slot has a bit for that, its mark, which goes where the slot
// goes. Marks are not cleared when a walk begins: they belong to the walk whose number their
// segment has, and a segment that is met with an older number forgets them first, some hundred
// slots. So a walk begins and ends at no cost, wherever the one before it stopped.
//
// Invariants: an entry lies at its home bucket or behind buckets whose overflow counts it. One
// thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sorrel/base/index_bucket.h>
#include <sorrel/base/item_heap.h>

namespace sorrel::base {

class SegmentTable {
 public:
  static constexpr unsigned kMaxBuckets = 64;  // of a segment that can be split
  static constexpr unsigned kMaxDepth = 30;

  SegmentTable() = default;
  ~SegmentTable() { clear(); }
  SegmentTable(SegmentTable&& other) noexcept { swap(other); }
  SegmentTable& operator=(SegmentTable&& other) noexcept {
    swap(other);
    return *this;
  }

  // A view of the segment that serves `prefix`.
  struct View {
    IndexBucket* buckets = nullptr;
    std::uint32_t count = 0;  // of buckets; 0 only in an empty table
    std::uint32_t home(std::uint32_t position) const {
      return (position * count) >> IndexHash::kPositionBits;
    }
    std::uint32_t next(std::uint32_t bucket) const { return bucket + 1 == count ? 0 : bucket + 1; }
  };
  View view(std::uint32_t prefix) const {
    const std::uint64_t entry = directory_[directory_index(prefix)];
    return view_of(entry);
  }
  bool allocated() const { return !directory_.empty(); }

  // Makes segments for so many entries, of evenly spread hashes, of an empty table.
  // Cost: O(entries); about what they would need in the end.
  void reserve(std::size_t entries);

  // Makes room for one more entry under `prefix`. Returns: false when the segment must be split
  // first: the caller then calls split() with what tells an entry's hash, and asks again.
  bool make_room(std::uint32_t prefix);
  // Requires: make_room() said false. `hash_of(slot, context)` gives the whole hash of an entry.
  using HashOf = std::uint64_t (*)(std::uint64_t slot, const void* context);
  void split(std::uint32_t prefix, HashOf hash_of, const void* context);

  // Requires: make_room(prefix) said true since the last insertion.
  void place(std::uint32_t prefix, std::uint8_t tag, std::uint64_t slot);
  // Takes out the entry at buckets[bucket].slots[i]; may shrink or merge segments afterwards.
  void remove(std::uint32_t prefix, std::uint32_t bucket, unsigned i);

  // The segment that begins at or contains `prefix`: where it begins, how deep it is.
  struct Extent {
    std::uint32_t first_prefix = 0;
    unsigned depth = 0;
    // First prefix behind the segment; 2^32 at the end of the table.
    std::uint64_t end() const { return first_prefix + (1ULL << (32 - depth)); }
  };
  Extent extent(std::uint32_t prefix) const;
  // How many buckets the segment that serves `prefix` would have if all segments were as large as
  // they can be; more when it is larger still, for hashes that cannot be parted.
  std::uint64_t most_buckets(std::uint32_t prefix) const {
    const std::uint64_t count = view(prefix).count;
    if (depth_ == 0) return count;
    return std::max(count, std::uint64_t{kMaxBuckets} << (depth_ - extent(prefix).depth));
  }

  // A walk: from begin to end the marks of slots mean something. Requires: not walking.
  // Cost: O(1); the 65,536th walk of a table looks once at its directory.
  void begin_walk();
  void end_walk() { walking_ = false; }
  bool walking() const { return walking_; }
  // Makes the marks in the segment that serves `prefix` those of this walk. To be called before
  // they are read or written. Requires: allocated(), walking().
  void settle_marks(std::uint32_t prefix);

  std::size_t memory_bytes() const {
    return segment_bytes_ + directory_.capacity() * (8 + sizeof(Meta));
  }
  // Entries that fit into what is allocated.
  std::size_t slots() const { return segment_bytes_ / sizeof(IndexBucket) * IndexBucket::kSlots; }
  void clear();
  // Takes the table apart from its upper end: frees the last segment after calling visit(slot) for
  // each of its entries. Returns: how many entries it had, and zero when nothing is left. From then
  // on nothing else may be asked of the table but this, clear() and swap().
  template <class Visit>
  std::size_t release_last(Visit&& visit);
  void swap(SegmentTable& other) noexcept;

 private:
  static constexpr std::uint64_t kPointerMask = (1ULL << 48) - 1;

  struct Meta {
    std::uint32_t entries = 0;
    std::uint8_t depth = 0;
    std::uint8_t step = 0;   // index into the table of segment sizes
    std::uint16_t walk = 0;  // whose marks the slots have; 0: nobody's
  };

  static View view_of(std::uint64_t entry) {
    return {reinterpret_cast<IndexBucket*>(entry & kPointerMask),
            static_cast<std::uint32_t>(entry >> 48)};
  }
  std::size_t directory_index(std::uint32_t prefix) const {
    return depth_ == 0 ? 0 : prefix >> (32 - depth_);
  }
  std::size_t first_index(std::uint32_t prefix) const;
  Meta& meta(std::uint32_t prefix) { return meta_[first_index(prefix)]; }
  bool may_split(const Meta& meta) const;
  void publish(std::size_t first, IndexBucket* buckets, const Meta& meta);
  void resize_segment(std::size_t first, unsigned step);
  bool merge_with_buddy(std::uint32_t prefix);
  void double_directory();
  void halve_directory_while_possible();
  // Of the segment whose first directory entry this is.
  void forget_old_marks(std::size_t first);
  // Takes the last segment out of the directory. Requires: allocated().
  View pop_segment();
  IndexBucket* allocate(unsigned step);
  void release(IndexBucket* buckets, unsigned step);

  std::vector<std::uint64_t> directory_;  // buckets' address | count of buckets << 48
  std::vector<Meta> meta_;                // valid at the first directory entry of each segment
  unsigned depth_ = 0;
  std::uint16_t walk_ = 0;  // number of the last walk
  bool walking_ = false;
  std::size_t deepest_ = 0;  // segments whose local depth equals depth_
  std::size_t entries_ = 0;  // of all segments
  std::size_t segment_bytes_ = 0;
};

template <class Visit>
std::size_t SegmentTable::release_last(Visit&& visit) {
  std::size_t entries = 0;
  while (entries == 0 && allocated()) {
    const View last = pop_segment();
    for (std::uint32_t b = 0; b < last.count; ++b) {
      for (unsigned bits = last.buckets[b].used(); bits != 0; bits &= bits - 1) {
        visit(last.buckets[b].slot(static_cast<unsigned>(std::countr_zero(bits))));
        ++entries;
      }
    }
    item_heap().free(last.buckets);
  }
  return entries;
}

}  // namespace sorrel::base
