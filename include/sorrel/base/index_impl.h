// SPDX-License-Identifier: BSD-3-Clause
//
// The steps of an index' scan, of its walk and of its defragmentation, a random choice, and what a
// walk is told of items that leave. Part of index.h, which includes it at its end.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

#include <sorrel/base/index.h>

namespace sorrel::base {

// A cursor names the next home bucket to visit as (depth of the segment, its prefix, position).
// If the segment has split since, its first part goes on at the position and the second begins at
// 0; if it was merged into a larger one, that one begins anew. Either way items may be visited
// twice and none is missed.  Bits: 0-4 depth + 1, 5-20 position, 21-50 prefix.
template <class Traits>
auto Index<Traits>::Cursor::decode(std::uint64_t word) -> Cursor {
  Cursor cursor;
  if ((word & 31) == 0) return cursor;
  cursor.depth = static_cast<unsigned>(word & 31) - 1;
  cursor.position = static_cast<std::uint32_t>(word >> 5) & 0xffffU;
  cursor.prefix =
      cursor.depth == 0 ? 0 : static_cast<std::uint32_t>((word >> 21) << (32 - cursor.depth));
  return cursor;
}

template <class Traits>
std::uint64_t Index<Traits>::Cursor::encode(unsigned depth, std::uint32_t first,
                                            std::uint64_t position) {
  const std::uint64_t prefix = depth == 0 ? 0 : first >> (32 - depth);
  return (prefix << 21) | (position << 5) | (depth + 1);
}

template <class Traits>
template <class Visit>
std::uint64_t Index<Traits>::visit_bucket(Cursor cursor, Visit&& visit) const {
  const auto extent = table_.extent(cursor.prefix);
  const auto view = table_.view(cursor.prefix);
  const std::uint32_t home = view.home(cursor.depth > extent.depth ? 0 : cursor.position);
  std::uint32_t index = home;
  for (std::uint32_t probes = 0; probes < view.count; ++probes) {
    IndexBucket& bucket = view.buckets[index];
    for (unsigned bits = bucket.used(); bits != 0; bits &= bits - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(bits));
      if (view.home(bucket.position(slot)) == home) {
        visit(bucket, slot);
      }
    }
    if (bucket.overflow == 0) {
      break;
    }
    index = view.next(index);
  }
  if (home + 1 < view.count) {
    const std::uint64_t next =
        (static_cast<std::uint64_t>(home + 1) * 65536 + view.count - 1) / view.count;
    return Cursor::encode(extent.depth, extent.first_prefix, next);
  }
  if (extent.end() > 0xffffffffULL) {
    return 0;
  }
  const auto next = static_cast<std::uint32_t>(extent.end());
  return Cursor::encode(table_.extent(next).depth, next, 0);
}

template <class Traits>
template <class Emit>
std::uint64_t Index<Traits>::scan(std::uint64_t cursor, Emit&& emit) const {
  if (!table_.allocated()) return 0;
  return visit_bucket(Cursor::decode(cursor), [&](const IndexBucket& bucket, unsigned slot) {
    emit(item_of(bucket.slot(slot)));
  });
}

template <class Traits>
template <class Emit>
std::uint64_t Index<Traits>::walk(std::uint64_t cursor, Emit&& emit) {
  assert(walking());
  if (!table_.allocated()) return 0;
  const Cursor place = Cursor::decode(cursor);
  table_.settle_marks(place.prefix);
  return visit_bucket(place, [&](IndexBucket& bucket, unsigned slot) {
    const std::uint64_t word = bucket.slot(slot);
    if ((word & IndexHash::kMark) != 0) return;
    bucket.set_slot(slot, word | IndexHash::kMark);
    emit(item_of(word));
  });
}

// All that will be moved is on its way from memory before the first is.
template <class Traits>
template <class Move>
Defragmented Index<Traits>::defragment(std::uint64_t cursor, Move&& move) {
  assert(!walking());
  Defragmented done;
  if (!table_.allocated()) return done;
  const Cursor place = Cursor::decode(cursor);
  visit_bucket(place, [&](const IndexBucket& bucket, unsigned slot) {
    const Item* item = item_of(bucket.slot(slot));
    if (item_heap().misplaced(item)) base::prefetch(item);
  });
  done.cursor = visit_bucket(place, [&](IndexBucket& bucket, unsigned slot) {
    const std::uint64_t word = bucket.slot(slot);
    Item* item = item_of(word);
    if (item_heap().misplaced(item)) {
      bucket.set_slot(slot, IndexHash::with_item(word, move(item)));
      ++done.moved;
    } else {
      ++done.stayed;
    }
  });
  return done;
}

template <class Traits>
auto Index<Traits>::random(Random& random) const -> Item* {
  for (;;) {
    const auto prefix = static_cast<std::uint32_t>(random.next());
    const auto view = table_.view(prefix);
    // As if all segments had the same number of buckets for the same share of the hashes.
    const std::uint64_t index = random.below(table_.most_buckets(prefix));
    if (index >= view.count) continue;
    const IndexBucket& bucket = view.buckets[index];
    const auto slot = static_cast<unsigned>(random.below(IndexBucket::kSlots));
    if (bucket.tags[slot] != 0) return item_of(bucket.slot(slot));
  }
}

template <class Traits>
bool Index<Traits>::owes(std::uint64_t hash, const Item* item) {
  table_.settle_marks(IndexHash::prefix(hash));
  const Place place = place_of(hash, item);
  return (place.bucket->slot(place.slot) & IndexHash::kMark) == 0;
}

template <class Traits>
bool Index<Traits>::claim(std::uint64_t hash, const Item* item) {
  table_.settle_marks(IndexHash::prefix(hash));
  const Place place = place_of(hash, item);
  const std::uint64_t word = place.bucket->slot(place.slot);
  place.bucket->set_slot(place.slot, word | IndexHash::kMark);
  return (word & IndexHash::kMark) == 0;
}

template <class Traits>
template <class Equal>
auto Index<Traits>::take(std::uint64_t hash, Equal&& equal) -> Taken {
  const Place place = locate(hash, equal);
  if (!place.found) return {};
  const std::uint32_t prefix = IndexHash::prefix(hash);
  if (table_.walking()) [[unlikely]] {
    table_.settle_marks(prefix);
  }
  const std::uint64_t slot = place.bucket->slot(place.slot);
  const Taken taken{item_of(slot), table_.walking() && (slot & IndexHash::kMark) == 0};
  table_.remove(prefix, place.bucket_index, place.slot);
  --size_;
  return taken;
}

}  // namespace sorrel::base
