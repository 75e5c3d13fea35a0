// SPDX-License-Identifier: BSD-3-Clause
//
// Growth and shrinking of the index's memory; see the header for the structure. Segments come from
// the item heap, which serves every number of buckets without waste; their steps keep the load of a
// full-grown table near 0.82. Steps half as large save half a byte an entry and move each twice as
// often: ZADD, HSET and MSET of new keys were 12 to 25 % dearer with them.
// Rule: a segment holds at most 9/10 of its slots; it steps down below 1/2; two buddies merge when
// together they would fill less than 5/8 of a segment of 40 buckets, and again while that holds, so
// that an emptied table is one bucket. The distance between the limits keeps one erased and
// re-inserted entry from moving a segment each time.
#include <algorithm>
#include <bit>
#include <cassert>
#include <new>
#include <utility>

#include <sorrel/base/prefetch.h>
#include <sorrel/base/segment_table.h>

namespace sorrel::base {
namespace {

constexpr std::uint8_t kSteps[] = {1,  2,  3,  4,  5,  6,  7,  8,  10, 12, 14,
                                   16, 18, 20, 24, 28, 32, 40, 48, 56, 64};
constexpr unsigned kLastStep = sizeof(kSteps) - 1;
constexpr unsigned kMergeStep = 17;
static_assert(kSteps[kMergeStep] == 40);
// Only for hashes that splitting does not part: four steps a doubling, up to what a directory entry
// can count.
constexpr unsigned kLastOversizeStep = kLastStep + 39;  // 57,344 buckets

constexpr std::uint32_t buckets_of(unsigned step) {
  if (step <= kLastStep) {
    return kSteps[step];
  }
  const unsigned beyond = step - kLastStep;
  const std::uint32_t power = std::uint32_t{SegmentTable::kMaxBuckets} << (beyond / 4);
  return power + power / 4 * (beyond % 4);
}
static_assert(buckets_of(kLastOversizeStep) < 65536);

constexpr std::size_t limit_of(unsigned step) {
  return std::size_t{buckets_of(step)} * IndexBucket::kSlots * 9 / 10;
}

unsigned step_for(std::size_t entries) {
  unsigned step = 0;
  while (step < kLastOversizeStep && limit_of(step) < entries) {
    ++step;
  }
  return step;
}

void place_in(IndexBucket* buckets, std::uint32_t count, std::uint8_t tag, std::uint64_t slot) {
  std::uint32_t index = (IndexHash::position_of(tag, slot) * count) >> IndexHash::kPositionBits;
  for (;;) {
    IndexBucket& bucket = buckets[index];
    if (const unsigned free = bucket.match(0); free != 0) {
      const auto i = static_cast<unsigned>(std::countr_zero(free));
      bucket.tags[i] = tag;
      bucket.set_slot(i, slot);
      return;
    }
    if (bucket.overflow != IndexBucket::kSticky) {
      ++bucket.overflow;
    }
    index = index + 1 == count ? 0 : index + 1;
  }
}

template <class Visit>
void for_each_slot(IndexBucket* buckets, std::uint32_t count, Visit&& visit) {
  for (std::uint32_t b = 0; b < count; ++b) {
    for (unsigned bits = buckets[b].used(); bits != 0; bits &= bits - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(bits));
      visit(buckets[b].tags[i], buckets[b].slot(i));
    }
  }
}

}  // namespace

IndexBucket* SegmentTable::allocate(unsigned step) {
  const std::size_t bytes = std::size_t{buckets_of(step)} * sizeof(IndexBucket);
  void* memory = item_heap().allocate(bytes);
  std::memset(memory, 0, bytes);
  segment_bytes_ += bytes;
  return static_cast<IndexBucket*>(memory);
}

void SegmentTable::release(IndexBucket* buckets, unsigned step) {
  segment_bytes_ -= std::size_t{buckets_of(step)} * sizeof(IndexBucket);
  item_heap().free(buckets);
}

std::size_t SegmentTable::first_index(std::uint32_t prefix) const {
  std::size_t index = directory_index(prefix);
  const std::uint64_t entry = directory_[index];
  // The entries of one segment are neighbours and their number is a power of two, so the first is
  // found by clearing low bits while the entry stays the same.
  for (std::size_t bit = 1; bit < directory_.size(); bit <<= 1) {
    const std::size_t candidate = index & ~((bit << 1) - 1);
    if (directory_[candidate] != entry || directory_[candidate + bit] != entry) {
      break;
    }
    index = candidate;
  }
  return index;
}

SegmentTable::Extent SegmentTable::extent(std::uint32_t prefix) const {
  const std::size_t first = first_index(prefix);
  const auto begin = depth_ == 0 ? 0U : static_cast<std::uint32_t>(first << (32 - depth_));
  return {begin, meta_[first].depth};
}

void SegmentTable::publish(std::size_t first, IndexBucket* buckets, const Meta& meta) {
  const std::uint64_t entry = (static_cast<std::uint64_t>(buckets_of(meta.step)) << 48) |
                              reinterpret_cast<std::uintptr_t>(buckets);
  const std::size_t copies = std::size_t{1} << (depth_ - meta.depth);
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), copies, entry);
  meta_[first] = meta;
}

// A split that needs no larger directory is always welcome; a larger directory must be worth it.
bool SegmentTable::may_split(const Meta& meta) const {
  constexpr std::size_t kAlwaysAllowed = 64;
  return meta.depth < depth_ ||
         (depth_ < kMaxDepth && directory_.size() * 2 <= std::max(kAlwaysAllowed, entries_ / 16));
}

void SegmentTable::reserve(std::size_t entries) {
  // Few segments are to grow beyond the largest that is not split: by that much more than the mean.
  constexpr std::size_t kMostExpected = limit_of(kLastStep) - 20;
  if (allocated() || entries == 0) {
    return;
  }
  unsigned depth = 0;
  while (depth < kMaxDepth && entries >> depth > kMostExpected) {
    ++depth;
  }
  const std::size_t count = std::size_t{1} << depth;
  const unsigned step = step_for(entries >> depth);
  directory_.resize(count);
  meta_.resize(count);
  depth_ = depth;
  deepest_ = count;
  Meta meta;
  meta.depth = static_cast<std::uint8_t>(depth);
  meta.step = static_cast<std::uint8_t>(step);
  for (std::size_t i = 0; i < count; ++i) {
    publish(i, allocate(step), meta);
  }
}

bool SegmentTable::make_room(std::uint32_t prefix) {
  if (directory_.empty()) {
    directory_.resize(1);
    meta_.resize(1);
    depth_ = 0;
    deepest_ = 1;
    publish(0, allocate(0), Meta{});
  }
  const std::size_t first = first_index(prefix);
  const Meta& meta = meta_[first];
  if (meta.entries < limit_of(meta.step)) {
    return true;
  }
  if (meta.step >= kLastStep && may_split(meta)) {
    return false;
  }
  if (meta.step == kLastOversizeStep) {
    throw std::bad_alloc();  // some 460,000 items of one hash
  }
  resize_segment(first, meta.step + 1U);
  return true;
}

void SegmentTable::resize_segment(std::size_t first, unsigned step) {
  Meta meta = meta_[first];
  IndexBucket* old = view_of(directory_[first]).buckets;
  IndexBucket* fresh = allocate(step);
  for_each_slot(old, buckets_of(meta.step), [&](std::uint8_t tag, std::uint64_t slot) {
    place_in(fresh, buckets_of(step), tag, slot);
  });
  release(old, meta.step);
  meta.step = static_cast<std::uint8_t>(step);
  publish(first, fresh, meta);
}

void SegmentTable::double_directory() {
  const std::size_t size = directory_.size();
  std::vector<std::uint64_t> directory(size * 2);
  std::vector<Meta> meta(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    directory[2 * i] = directory[2 * i + 1] = directory_[i];
    meta[2 * i] = meta_[i];
  }
  directory_ = std::move(directory);
  meta_ = std::move(meta);
  ++depth_;
  deepest_ = 0;
}

void SegmentTable::split(std::uint32_t prefix, HashOf hash_of, const void* context) {
  if (meta(prefix).depth == depth_) {
    double_directory();
  }
  const std::size_t first = first_index(prefix);
  const Meta old_meta = meta_[first];
  IndexBucket* old = view_of(directory_[first]).buckets;
  const unsigned bit = 63U - old_meta.depth;
  const std::uint32_t old_count = buckets_of(old_meta.step);
  for_each_slot(old, old_count,
                [&](std::uint8_t, std::uint64_t slot) { base::prefetch(IndexHash::item(slot)); });
  std::vector<std::uint16_t> upper(old_count);  // one bit a slot: goes to the upper half
  std::uint32_t counts[2] = {0, 0};
  for (std::uint32_t b = 0; b < old_count; ++b) {
    for (unsigned bits = old[b].used(); bits != 0; bits &= bits - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(bits));
      const auto side = static_cast<unsigned>(hash_of(old[b].slot(i), context) >> bit) & 1U;
      upper[b] = static_cast<std::uint16_t>(upper[b] | (side << i));
      ++counts[side];
    }
  }
  Meta halves[2];
  IndexBucket* buckets[2];
  for (unsigned side = 0; side < 2; ++side) {
    const unsigned step = step_for(counts[side] + counts[side] / 8 + 1);
    halves[side] = {counts[side], static_cast<std::uint8_t>(old_meta.depth + 1),
                    static_cast<std::uint8_t>(step), old_meta.walk};
    buckets[side] = allocate(step);
  }
  for (std::uint32_t b = 0; b < old_count; ++b) {
    for (unsigned bits = old[b].used(); bits != 0; bits &= bits - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(bits));
      const unsigned side = (upper[b] >> i) & 1U;
      place_in(buckets[side], buckets_of(halves[side].step), old[b].tags[i], old[b].slot(i));
    }
  }
  release(old, old_meta.step);
  publish(first, buckets[0], halves[0]);
  publish(first + (std::size_t{1} << (depth_ - halves[0].depth)), buckets[1], halves[1]);
  if (halves[0].depth == depth_) {
    deepest_ += 2;
  }
}

void SegmentTable::place(std::uint32_t prefix, std::uint8_t tag, std::uint64_t slot) {
  const View segment = view(prefix);
  place_in(segment.buckets, segment.count, tag, slot);
  ++meta(prefix).entries;
  ++entries_;
}

void SegmentTable::remove(std::uint32_t prefix, std::uint32_t bucket, unsigned i) {
  const View segment = view(prefix);
  for (std::uint32_t b = segment.home(segment.buckets[bucket].position(i)); b != bucket;
       b = segment.next(b)) {
    if (segment.buckets[b].overflow != IndexBucket::kSticky) {
      --segment.buckets[b].overflow;
    }
  }
  segment.buckets[bucket].tags[i] = 0;
  const std::size_t first = first_index(prefix);
  Meta& meta = meta_[first];
  --meta.entries;
  --entries_;
  const bool sparse = meta.step > 0 && meta.entries < limit_of(meta.step) / 2;
  const bool empty = meta.entries == 0;
  if (sparse) {
    resize_segment(first, step_for(meta.entries + meta.entries / 4U + 1));
  }
  if (sparse || empty) {
    while (merge_with_buddy(prefix)) {
    }
  }
}

// Returns: whether the segment of `prefix` and its buddy became one.
bool SegmentTable::merge_with_buddy(std::uint32_t prefix) {
  const std::size_t first = first_index(prefix);
  const Meta meta = meta_[first];
  if (meta.depth == 0) {
    return false;
  }
  const std::size_t span = std::size_t{1} << (depth_ - meta.depth);
  const std::size_t low = first & ~span;
  const Meta other = meta_[first ^ span];
  const std::uint32_t total = meta.entries + other.entries;
  // meta_ is only valid at first entries; a deeper buddy is recognised by its own first entry.
  if (other.depth != meta.depth || std::size_t{total} * 8 > limit_of(kMergeStep) * 5) {
    return false;
  }
  const unsigned step = step_for(total + total / 4 + 1);
  IndexBucket* merged = allocate(step);
  if (walking_) {
    forget_old_marks(low);
    forget_old_marks(low + span);
  }
  for (const std::size_t half : {low, low + span}) {
    IndexBucket* old = view_of(directory_[half]).buckets;
    for_each_slot(old, buckets_of(meta_[half].step), [&](std::uint8_t tag, std::uint64_t slot) {
      place_in(merged, buckets_of(step), tag, slot);
    });
    release(old, meta_[half].step);
  }
  if (meta.depth == depth_) {
    deepest_ -= 2;
  }
  publish(low, merged,
          Meta{total, static_cast<std::uint8_t>(meta.depth - 1), static_cast<std::uint8_t>(step),
               walking_ ? walk_ : std::uint16_t{0}});
  halve_directory_while_possible();
  return true;
}

void SegmentTable::halve_directory_while_possible() {
  while (depth_ > 0 && deepest_ == 0) {
    const std::size_t size = directory_.size() / 2;
    std::size_t deepest = 0;
    for (std::size_t i = 0; i < size; ++i) {
      directory_[i] = directory_[2 * i];
      meta_[i] = meta_[2 * i];
    }
    directory_.resize(size);
    meta_.resize(size);
    --depth_;
    for (std::size_t i = 0; i < size;) {
      deepest += static_cast<std::size_t>(meta_[i].depth == depth_);
      i += std::size_t{1} << (depth_ - meta_[i].depth);
    }
    deepest_ = deepest;
    if (directory_.capacity() > 4 * size) {
      directory_.shrink_to_fit();
      meta_.shrink_to_fit();
    }
  }
}

void SegmentTable::begin_walk() {
  assert(!walking_);
  if (++walk_ == 0) {
    for (Meta& meta : meta_) meta.walk = 0;
    walk_ = 1;
  }
  walking_ = true;
}

void SegmentTable::settle_marks(std::uint32_t prefix) { forget_old_marks(first_index(prefix)); }

void SegmentTable::forget_old_marks(std::size_t first) {
  Meta& meta = meta_[first];
  if (meta.walk == walk_) return;
  meta.walk = walk_;
  IndexBucket* buckets = view_of(directory_[first]).buckets;
  const std::uint32_t count = buckets_of(meta.step);
  for (std::uint32_t b = 0; b < count; ++b) {
    for (unsigned i = 0; i < IndexBucket::kSlots; ++i) {
      buckets[b].set_slot(i, buckets[b].slot(i) & ~IndexHash::kMark);
    }
  }
}

SegmentTable::View SegmentTable::pop_segment() {
  const std::size_t last = directory_.size() - 1;
  const std::uint64_t entry = directory_[last];
  const View segment = view_of(entry);
  segment_bytes_ -= std::size_t{segment.count} * sizeof(IndexBucket);
  while (!directory_.empty() && directory_.back() == entry) {
    directory_.pop_back();
  }
  if (directory_.empty()) {
    clear();
  }
  return segment;
}

void SegmentTable::clear() {
  for (std::size_t i = 0; i < directory_.size();) {
    const Meta meta = meta_[i];
    release(view_of(directory_[i]).buckets, meta.step);
    i += std::size_t{1} << (depth_ - meta.depth);
  }
  std::vector<std::uint64_t>().swap(directory_);
  std::vector<Meta>().swap(meta_);
  depth_ = 0;
  walking_ = false;
  deepest_ = 0;
  entries_ = 0;
  segment_bytes_ = 0;
}

void SegmentTable::swap(SegmentTable& other) noexcept {
  std::swap(directory_, other.directory_);
  std::swap(meta_, other.meta_);
  std::swap(depth_, other.depth_);
  std::swap(walk_, other.walk_);
  std::swap(walking_, other.walking_);
  std::swap(deepest_, other.deepest_);
  std::swap(entries_, other.entries_);
  std::swap(segment_bytes_, other.segment_bytes_);
}

}  // namespace sorrel::base
