// SPDX-License-Identifier: BSD-3-Clause
//
// Defragmentation of the item heap: where most items of a class have gone the rest ends in few
// slabs, whatever comes and goes meanwhile; where slabs are well used nothing is to be moved.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/item_heap.h>
#include <sorrel/base/random.h>

namespace sorrel::base {
namespace {

constexpr std::size_t kRange = std::size_t{1} << 30;
constexpr std::size_t kItems = 200'000;
// What a sanitizer's build keeps from being used again at once may hold so many slabs.
constexpr std::size_t kResting = kGuardsItems ? ItemClassSlabs::kMostAtHand : 0;

struct Held {
  unsigned char* at;
  std::size_t bytes;
  unsigned char mark;
};

class ItemHeapDefragmentTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(heap.reserve(kRange)); }
  void TearDown() override { heap.close(); }

  void add(std::size_t bytes) {
    auto* const at = static_cast<unsigned char*>(heap.allocate(bytes));
    const auto mark = static_cast<unsigned char>(random.next());
    std::memset(at, mark, bytes);
    all.push_back({at, bytes, mark});
  }
  void remove_any() {
    std::swap(all[random.below(all.size())], all.back());
    heap.free(all.back().at);
    all.pop_back();
  }
  void shuffle() {
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
  }
  void move(Held& held) {
    auto* const copy = static_cast<unsigned char*>(heap.copy(held.at, held.bytes));
    heap.free(held.at);
    held.at = copy;
  }
  std::size_t misplaced() const {
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [this](const Held& held) { return heap.misplaced(held.at); }));
  }
  void expect_all_intact() const {
    for (const Held& held : all) {
      for (std::size_t i = 0; i < held.bytes; ++i) ASSERT_EQ(held.at[i], held.mark);
    }
  }
  std::size_t slabs_for(std::size_t bytes) const {
    return all.size() / (ItemHeap::kSlabBytes / item_size(bytes)) + 1;
  }

  ItemHeap heap;
  Random random{7};
  std::vector<Held> all;
};

TEST_F(ItemHeapDefragmentTest, WhatIsLeftEndsInFewSlabs) {
  for (std::size_t i = 0; i < kItems; ++i) add(56);
  while (all.size() > kItems / 5) remove_any();
  shuffle();
  EXPECT_EQ(misplaced(), 0U) << "nothing is, before it begins";
  const std::size_t before = heap.statistics().held_bytes;
  EXPECT_GT(heap.waste().gatherable, before / 2);

  heap.begin_defragmentation();
  std::size_t moved = 0;
  for (Held& held : all) {
    if (!heap.misplaced(held.at)) continue;
    move(held);
    ++moved;
  }
  heap.end_defragmentation();
  heap.trim(1'000);

  EXPECT_GT(moved, all.size() / 2);
  expect_all_intact();
  EXPECT_EQ(misplaced(), 0U);
  EXPECT_LE(heap.waste().gatherable, kResting * ItemHeap::kSlabBytes);
  if constexpr (!kGuardsItems) {
    EXPECT_LE(heap.statistics().held_bytes, (slabs_for(56) * 11 / 10 + 2) * ItemHeap::kSlabBytes);
    EXPECT_LE(heap.statistics().resident_bytes, before / 2) << "much went back to the system";
  }
}

TEST_F(ItemHeapDefragmentTest, OthersMayComeAndGoMeanwhile) {
  for (std::size_t i = 0; i < kItems; ++i) add(24 + 8 * random.below(3));
  while (all.size() > kItems / 6) remove_any();
  shuffle();
  heap.begin_defragmentation();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (heap.misplaced(all[i].at)) move(all[i]);
    if (random.below(4) == 0) add(24 + 8 * random.below(8));
    if (random.below(4) == 0) remove_any();
  }
  heap.end_defragmentation();
  expect_all_intact();
  while (!all.empty()) remove_any();
  EXPECT_EQ(heap.statistics().live_bytes, 0U);
  EXPECT_EQ(heap.statistics().items, 0U);
}

TEST_F(ItemHeapDefragmentTest, WhatIsWellUsedStays) {
  for (std::size_t i = 0; i < kItems; ++i) add(40);
  for (std::size_t i = 0; i < kItems / 20; ++i) remove_any();
  EXPECT_EQ(heap.waste().gatherable, 0U);
  heap.begin_defragmentation();
  EXPECT_EQ(misplaced(), 0U);
  heap.end_defragmentation();
}

TEST_F(ItemHeapDefragmentTest, APassThatEndsEarlyHarmsNothing) {
  for (std::size_t i = 0; i < kItems; ++i) add(32);
  while (all.size() > kItems / 3) remove_any();
  for (int pass = 0; pass < 5; ++pass) {
    shuffle();
    heap.begin_defragmentation();
    for (std::size_t i = 0; i < all.size() / 7; ++i) {
      if (heap.misplaced(all[i].at)) move(all[i]);
    }
    heap.end_defragmentation();
    EXPECT_EQ(misplaced(), 0U);
    for (std::size_t i = 0; i < 100; ++i) {
      add(32);
      remove_any();
    }
  }
  expect_all_intact();
}

}  // namespace
}  // namespace sorrel::base
