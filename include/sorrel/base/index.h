// SPDX-License-Identifier: BSD-3-Clause
//
// The hash index of the keyspace and of large collections: a set of items that know their own key,
// named by their handles in the item heap. The structure is SegmentTable's; here stands what needs
// the item: comparing, hashing on a split, and the scan cursor.
//
// Traits: `using Item`, `static std::uint64_t hash(const Item&, std::uint64_t seed)`.
//
// Cost: find touches one line of the index on a miss, two lines (bucket, item) on a hit; insert
// and erase the same, and at times the move of one segment (some hundred slots).
// Invariant: no two items are equal. Items come from item_heap(). One thread, the heap's.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sorrel/base/defragmented.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/base/random.h>
#include <sorrel/base/segment_table.h>

namespace sorrel::base {

template <class Traits>
class Index {
 public:
  using Item = typename Traits::Item;

  explicit Index(std::uint64_t seed) : seed_(seed) {}
  Index(Index&& other) noexcept
      : table_(std::move(other.table_)), size_(std::exchange(other.size_, 0)), seed_(other.seed_) {}
  // What was here goes to `other` and ends with it; its items remain the caller's to free.
  Index& operator=(Index&& other) noexcept {
    table_.swap(other.table_);
    std::swap(size_, other.size_);
    std::swap(seed_, other.seed_);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t memory_bytes() const { return table_.memory_bytes(); }
  // Items that fit into what is allocated.
  std::size_t slots() const { return table_.slots(); }
  std::uint64_t seed() const { return seed_; }

  // The item with this hash for which `equal(const Item&)` holds, or null.
  template <class Equal>
  Item* find(std::uint64_t hash, Equal&& equal) const {
    const Place place = locate(hash, equal);
    return place.found ? item_of(place.bucket->slot(place.slot)) : nullptr;
  }

  // Requires: no equal item is in the index; the item is of item_heap().
  void insert(std::uint64_t hash, Item* item) {
    const std::uint32_t prefix = IndexHash::prefix(hash);
    while (!table_.make_room(prefix)) {
      table_.split(prefix, &Index::hash_of_slot, this);
    }
    std::uint64_t slot = IndexHash::slot(hash, item);
    if (table_.walking()) [[unlikely]] {
      table_.settle_marks(prefix);
      slot |= IndexHash::kMark;
    }
    table_.place(prefix, IndexHash::tag(hash), slot);
    ++size_;
  }

  void reserve(std::size_t items) { table_.reserve(items); }  // at once, if it is empty
  // Takes the item out and returns it; null when it is not there.
  template <class Equal>
  Item* erase(std::uint64_t hash, Equal&& equal) {
    return take(hash, equal).item;
  }

  // Puts `replacement`, which has the same key, in the place of `item`, for a walk too.
  // Requires: item is here.
  void replace(std::uint64_t hash, const Item* item, Item* replacement) {
    const Place place = place_of(hash, item);
    const std::uint64_t mark = place.bucket->slot(place.slot) & IndexHash::kMark;
    place.bucket->set_slot(place.slot, IndexHash::slot(hash, replacement) | mark);
  }

  // A walk gives every item that is there when it begins exactly once, in pieces between which the
  // index may change, and none that was inserted since. What is erased or replaced meanwhile the
  // walk does not give: whoever does that asks whether it was still owed, and gives it himself.
  // Requires: no walk is under way. Cost: O(1).
  void begin_walk() { table_.begin_walk(); }
  void end_walk() { table_.end_walk(); }
  bool walking() const { return table_.walking(); }
  // One step, from cursor 0 on: calls emit(Item*) for the items of one bucket that are still owed;
  // emit must not change the index. Returns: the cursor of the next step; 0 when none is owed.
  template <class Emit>
  std::uint64_t walk(std::uint64_t cursor, Emit&& emit);
  // Whether the walk still owes the item. Requires, here and below: walking(), the item is here.
  bool owes(std::uint64_t hash, const Item* item);
  // The same, and from now on it does not.
  bool claim(std::uint64_t hash, const Item* item);
  // As erase(), and whether a walk owed the item that is gone.
  struct Taken {
    Item* item = nullptr;
    bool owed = false;
  };
  template <class Equal>
  Taken take(std::uint64_t hash, Equal&& equal);

  // Begins the load of the bucket, and (once that has arrived) of the likely item.
  void prefetch(std::uint64_t hash) const {
    if (table_.allocated()) {
      const auto view = table_.view(IndexHash::prefix(hash));
      base::prefetch(view.buckets + view.home(IndexHash::position(hash)));
    }
  }
  void prefetch_item(std::uint64_t hash) const {
    if (const Item* item = likely(hash); item != nullptr) {
      base::prefetch(item);  // and where most end, often in the same line
      base::prefetch(reinterpret_cast<const char*>(item) + 55);
    }
  }
  // The item that find() will most likely look at first, judged by the hash alone, or null. It is
  // in the index, but its key may be another.
  Item* likely(std::uint64_t hash) const {
    if (!table_.allocated()) {
      return nullptr;
    }
    const auto view = table_.view(IndexHash::prefix(hash));
    const IndexBucket& bucket = view.buckets[view.home(IndexHash::position(hash))];
    const unsigned bits = bucket.match(IndexHash::tag(hash));
    return bits == 0 ? nullptr
                     : item_of(bucket.slot(static_cast<unsigned>(std::countr_zero(bits))));
  }

  // One step of an iteration that returns every item that is there from its beginning to its end,
  // at least once, however the index grows and shrinks between steps (SCAN's guarantee).
  // Calls emit(Item*) for the items of one bucket; emit must not change the index.
  // Returns: the cursor of the next step, below 2^53; 0 at the end. Any cursor is accepted.
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const;

  // Calls visit(Item*) for every item; visit must not change the index.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::uint64_t cursor = 0;
    do {
      cursor = scan(cursor, visit);
    } while (cursor != 0);
  }

  // A step as of scan(), for the item heap's defragmentation: calls move(Item*) for the items of
  // one bucket that lie where they should not, which gives the copy that stands in the item's place
  // from then on, and must not change the index. Requires: !walking().
  template <class Move>
  Defragmented defragment(std::uint64_t cursor, Move&& move);

  // A random item, each as likely as any other. Requires: !empty(). Cost: two to five tries.
  Item* random(Random& random) const;

  // Takes the index apart, whole segments until `budget` items have gone, calling on_item(Item*)
  // for each. Returns: true when nothing is left. Until then nothing else may be asked of the index
  // but to be destroyed or moved.
  template <class OnItem>
  bool release_some(std::uint64_t budget, OnItem&& on_item) {
    while (budget > 0 && table_.allocated()) {
      const std::size_t count =
          table_.release_last([&](std::uint64_t slot) { on_item(item_of(slot)); });
      budget -= budget < count ? budget : count;
    }
    if (!table_.allocated()) size_ = 0;
    return !table_.allocated();
  }
  // Forgets all items without touching them; they remain the caller's to free.
  void clear() {
    table_.clear();
    size_ = 0;
  }

 private:
  struct Place {
    IndexBucket* bucket = nullptr;
    std::uint32_t bucket_index = 0;
    unsigned slot = 0;
    bool found = false;
  };

  static Item* item_of(std::uint64_t slot) { return static_cast<Item*>(IndexHash::item(slot)); }
  // What a cursor names; see index_impl.h.
  struct Cursor {
    unsigned depth = 0;
    std::uint32_t prefix = 0;
    std::uint32_t position = 0;

    static Cursor decode(std::uint64_t word);
    static std::uint64_t encode(unsigned depth, std::uint32_t first, std::uint64_t position);
  };
  // Calls visit(IndexBucket&, unsigned) for the slots of one bucket. Requires: allocated.
  // Returns: the cursor of the next one, or 0.
  template <class Visit>
  std::uint64_t visit_bucket(Cursor cursor, Visit&& visit) const;
  Place place_of(std::uint64_t hash, const Item* item) const {
    return locate(hash, [item](const Item& other) { return &other == item; });
  }
  static std::uint64_t hash_of_slot(std::uint64_t slot, const void* self) {
    return Traits::hash(*item_of(slot), static_cast<const Index*>(self)->seed_);
  }

  template <class Equal>
  Place locate(std::uint64_t hash, Equal&& equal) const {
    if (!table_.allocated()) {
      return {};
    }
    const auto view = table_.view(IndexHash::prefix(hash));
    const std::uint32_t wanted = IndexHash::slot_bits(hash);
    const std::uint8_t tag = IndexHash::tag(hash);
    std::uint32_t index = view.home(IndexHash::position(hash));
    for (std::uint32_t probes = 0; probes < view.count; ++probes) {
      IndexBucket& bucket = view.buckets[index];
      for (unsigned bits = bucket.match(tag); bits != 0; bits &= bits - 1) {
        const auto slot = static_cast<unsigned>(std::countr_zero(bits));
        const std::uint64_t word = bucket.slot(slot);
        if (IndexHash::bits_of_slot(word) == wanted &&
            equal(static_cast<const Item&>(*item_of(word)))) {
          return {&bucket, index, slot, true};
        }
      }
      if (bucket.overflow == 0) {
        break;
      }
      index = view.next(index);
    }
    return {};
  }

  SegmentTable table_;
  std::size_t size_ = 0;
  std::uint64_t seed_;
};

}  // namespace sorrel::base

#include <sorrel/base/index_impl.h>
