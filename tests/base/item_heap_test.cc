// SPDX-License-Identifier: BSD-3-Clause
//
// The item heap: items do not overlap and keep what is written to them, at every size; handles name
// them; what is freed is used again, and what is empty goes back to the system; a range that cannot
// be had is a smaller one. Each test has a heap of its own.
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/item_heap.h>
#include <sorrel/base/memory.h>
#include <sorrel/base/random.h>

namespace sorrel::base {
namespace {

constexpr std::size_t kRange = std::size_t{4} << 30;

class ItemHeapTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(heap.reserve(kRange)); }
  void TearDown() override { heap.close(); }

  ItemHeap heap;
};

struct Held {
  unsigned char* at;
  std::size_t bytes;
  unsigned char mark;
};

// The size of an item: mostly small, some of every kind.
std::size_t draw_bytes(Random& random) {
  const std::uint64_t kind = random.below(100);
  if (kind < 80) return 1 + random.below(200);
  if (kind < 95) return 1 + random.below(5000);
  if (kind < 99) return 1 + random.below(20'000);
  return 1 + random.below(300'000);
}

TEST(ItemClasses, AreTheSizesThatItemsTake) {
  for (std::size_t bytes = 1; bytes <= ItemClass::kCoarse; ++bytes) {
    const unsigned index = ItemClass::of(bytes);
    ASSERT_LT(index, ItemClass::kCount);
    ASSERT_EQ(ItemClass::bytes(index), item_size(bytes)) << bytes;
    ASSERT_GE(item_size(bytes), bytes);
    ASSERT_EQ(item_size(item_size(bytes)), item_size(bytes));
  }
}

TEST_F(ItemHeapTest, KeepsWhatIsWrittenAtEverySize) {
  Random random(1);
  std::vector<Held> all;
  for (int i = 0; i < 200'000; ++i) {
    if (all.size() > 3000 || (!all.empty() && random.below(3) == 0)) {
      std::swap(all[random.below(all.size())], all.back());
      const Held held = all.back();
      all.pop_back();
      ASSERT_EQ(held.at[0], held.mark);
      ASSERT_EQ(held.at[held.bytes - 1], held.mark);
      ASSERT_EQ(held.at[held.bytes / 2], held.mark);
      heap.free(held.at);
    } else {
      const std::size_t bytes = draw_bytes(random);
      auto* at = static_cast<unsigned char*>(heap.allocate(bytes));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(at) % (bytes % 64 == 0 ? 64 : 8), 0U);
      ASSERT_EQ(heap.at(heap.handle(at)), at);
      ASSERT_LT(heap.handle(at), kRange / 8);
      all.push_back({at, bytes, static_cast<unsigned char>(i)});
      std::memset(at, i, bytes);
    }
  }
  EXPECT_EQ(heap.statistics().items, all.size());
  for (const Held& held : all) heap.free(held.at);
  EXPECT_EQ(heap.statistics().items, 0U);
  EXPECT_EQ(heap.statistics().live_bytes, 0U);
  heap.purge();
  EXPECT_EQ(heap.statistics().resident_bytes, 0U);
}

#ifndef SORREL_GUARDS_ITEMS
TEST_F(ItemHeapTest, CountsWhatItemsTake) {
  void* small = heap.allocate(50);
  void* middle = heap.allocate(600);
  void* large = heap.allocate(100'000);
  EXPECT_EQ(heap.statistics().live_bytes, 56U + 640U + 102'400U);
  EXPECT_EQ(heap.statistics().items, 3U);
  heap.free(small);
  heap.free(middle);
  heap.free(large);
  EXPECT_EQ(heap.statistics().live_bytes, 0U);
}

TEST_F(ItemHeapTest, HandsOutFirstWhatWasFreedLast) {
  std::vector<void*> items;
  for (int i = 0; i < 10'000; ++i) items.push_back(heap.allocate(48));
  for (const std::size_t i : {7U, 5000U, 9000U}) {
    heap.free(items[i]);
    EXPECT_EQ(heap.allocate(48), items[i]);
  }
  for (void* item : items) heap.free(item);
}
#endif

TEST_F(ItemHeapTest, GivesEmptySlabsToOtherClasses) {
  std::vector<void*> items;
  const auto fill = [&](std::size_t bytes) {
    for (std::size_t i = 0; i < (std::size_t{20} << 20) / bytes; ++i) {
      items.push_back(heap.allocate(bytes));
    }
  };
  const auto drop = [&] {
    for (void* item : items) heap.free(item);
    items.clear();
    heap.trim(1'000);
  };
  fill(40);
  const std::size_t once = heap.statistics().held_bytes;
  drop();
  for (const std::size_t bytes : {56U, 104U, 1000U, 4000U}) {
    fill(bytes);
    // Guards take room, too.
    EXPECT_LT(heap.statistics().resident_bytes, once * 5 / 4 + 64 * ItemHeap::kSlabBytes) << bytes;
    drop();
  }
  EXPECT_LT(heap.statistics().held_bytes, std::size_t{1} << 20);
  heap.purge();
  EXPECT_LT(heap.statistics().resident_bytes, std::size_t{4} << 20);
}

// So large that chunks are made ready ahead by another thread, which may be at it when all ends.
TEST_F(ItemHeapTest, GrowsWhileWhatComesNextIsMadeReady) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::uint64_t*> items(3'000'000);
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i] = static_cast<std::uint64_t*>(heap.allocate(64));
      *items[i] = i;
    }
    for (std::size_t i = 0; i < items.size(); ++i) ASSERT_EQ(*items[i], i);
    heap.close();
    ASSERT_TRUE(heap.reserve(kRange));
  }
}

#ifndef SORREL_GUARDS_ITEMS
TEST_F(ItemHeapTest, PagesOfWhatIsGoneGoBack) {
  std::vector<void*> items(1'000'000);  // there before and after
  const std::size_t before = process_resident_bytes();
  for (void*& item : items) {
    item = heap.allocate(64);
    std::memset(item, 1, 64);
  }
  EXPECT_GT(process_resident_bytes(), before + 60'000'000);
  for (void* item : items) heap.free(item);
  const std::size_t idle = heap.statistics().resident_bytes;
  EXPECT_GT(idle, 60'000'000U);
  heap.trim(2);
  EXPECT_EQ(heap.statistics().resident_bytes, idle - 2 * (std::size_t{2} << 20));
  EXPECT_TRUE(heap.has_spare_chunk());
  heap.trim(1'000);
  EXPECT_FALSE(heap.has_spare_chunk());
  EXPECT_LT(process_resident_bytes(), before + 12'000'000);
}

TEST_F(ItemHeapTest, ASpanThatIsUsedAgainKeepsNoMorePagesThanItNeeds) {
  std::vector<void*> items(1'000);
  const std::size_t before = process_resident_bytes();
  for (void*& item : items) {
    item = heap.allocate(65'000);
    std::memset(item, 1, 65'000);
  }
  for (void*& item : items) {
    void* smaller = heap.allocate(17'000);
    std::memset(smaller, 1, 17'000);
    heap.free(std::exchange(item, smaller));
  }
  EXPECT_LT(process_resident_bytes(), before + 30'000'000);
  for (void* item : items) heap.free(item);
}
#endif

// What is left of many slabs is filled up before new ones are begun, and the emptier ones become
// empty: items that come and go at random do not spread for ever.
TEST_F(ItemHeapTest, ChurnDoesNotSpread) {
  Random random(3);
  std::vector<void*> items;
  for (std::size_t i = 0; i < 400'000; ++i) items.push_back(heap.allocate(56));
  const auto shrink_to = [&](std::size_t count) {
    while (items.size() > count) {
      std::swap(items[random.below(items.size())], items.back());
      heap.free(items.back());
      items.pop_back();
    }
  };
  const std::size_t full = heap.statistics().held_bytes;
  for (int round = 0; round < 20; ++round) {
    shrink_to(200'000);
    while (items.size() < 400'000) items.push_back(heap.allocate(56));
    ASSERT_LE(heap.statistics().held_bytes, full + full / 50);
  }
  // At a fifth of what there was, slabs become empty as items come and go.
  shrink_to(80'000);
  for (int round = 0; round < 4000; ++round) {
    for (int i = 0; i < 200; ++i) items.push_back(heap.allocate(56));
    shrink_to(80'000);
  }
  EXPECT_LT(heap.statistics().held_bytes, full / 2);
  for (void* item : items) heap.free(item);
}

TEST_F(ItemHeapTest, SpansAreUsedAgain) {
  std::vector<Held> spans;
  for (const std::size_t bytes : {20'000U, 65'536U, 65'537U, 1'000'000U, 1'200'000U, 40'000'000U}) {
    auto* at = static_cast<unsigned char*>(heap.allocate(bytes));
    at[0] = 1;
    at[bytes - 1] = 2;
    spans.push_back({at, bytes, 0});
  }
  for (std::size_t i = 1; i < spans.size(); ++i) {
    EXPECT_LE(spans[i].at + spans[i].bytes, spans[i - 1].at);
  }
  for (const Held& span : spans) heap.free(span.at);
  for (const Held& span : spans) {
    auto* at = static_cast<unsigned char*>(heap.allocate(span.bytes));
    EXPECT_TRUE(
        std::any_of(spans.begin(), spans.end(), [&](const Held& old) { return old.at == at; }));
    at[0] = at[span.bytes - 1] = 3;
    heap.free(at);
  }
}

TEST(ItemHeapLimits, AFullRangeThrowsAndGoesOn) {
  ItemHeap heap;
  ASSERT_TRUE(heap.reserve(std::size_t{64} << 20));
  std::vector<void*> items;
  EXPECT_THROW(for (;;) items.push_back(heap.allocate(1000)), std::bad_alloc);
  EXPECT_GT(items.size(), 50'000U);
  EXPECT_THROW(heap.allocate(1'000'000), std::bad_alloc);
  EXPECT_THROW(heap.allocate(std::size_t{1} << 40), std::bad_alloc);
  for (void* item : items) heap.free(item);
  void* item = heap.allocate(1000);
  heap.free(item);
  heap.close();
}

#ifndef SORREL_GUARDS_ITEMS
TEST(ItemHeapLimits, TakesWhatTheProcessMayHave) {
  if (item_heap().statistics().range_bytes != 0) {
    GTEST_SKIP() << "the process has all the addresses already: to be run alone, as ctest does";
  }
  struct rlimit before {};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  for (const std::size_t limit : {std::size_t{8} << 30, std::size_t{3} << 30}) {
    const rlimit less{limit, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_AS, &less), 0);
    ItemHeap heap;
    const bool reserved = heap.reserve();
    setrlimit(RLIMIT_AS, &before);
    EXPECT_TRUE(reserved);
    EXPECT_GE(heap.statistics().range_bytes, limit / 4);
    EXPECT_LE(heap.statistics().range_bytes, limit / 2);
    void* item = heap.allocate(100);
    heap.free(item);
    heap.close();
  }
  const rlimit none{std::size_t{1} << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_AS, &none), 0);
  ItemHeap heap;
  const bool reserved = heap.reserve();
  setrlimit(RLIMIT_AS, &before);
  EXPECT_FALSE(reserved);
}
#else
TEST(ItemHeapDeathTest, FindsOutWhoUsesWhatIsGone) {
  ItemHeap heap;
  ASSERT_TRUE(heap.reserve(kRange));
  auto* item = static_cast<volatile char*>(heap.allocate(20));
  item[19] = 1;
  EXPECT_DEATH(item[24] = 1, "use-after-poison");  // behind its size class
  heap.free(const_cast<char*>(item));
  EXPECT_DEATH(item[0] = 1, "use-after-poison");
  heap.free(heap.allocate(20));
  EXPECT_DEATH(item[0] = 1, "use-after-poison");
  heap.close();
}
#endif

}  // namespace
}  // namespace sorrel::base
