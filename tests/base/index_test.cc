// SPDX-License-Identifier: BSD-3-Clause
//
// The hash index against std::unordered_map, and its promises: SCAN returns everything that stays,
// whatever the index does meanwhile; random() reaches everything; hashes that collide cost time and
// not memory; an emptied index is small again. Items carry their hash, so that a test chooses it.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/hash.h>
#include <sorrel/base/index.h>
#include <sorrel/base/random.h>

#include "support/items.h"

namespace sorrel::base {
namespace {

struct Item {
  std::uint64_t key = 0;
  std::uint64_t hash = 0;
};

struct ItemTraits {
  using Item = base::Item;
  static std::uint64_t hash(const Item& item, std::uint64_t) { return item.hash; }
};

using TestIndex = Index<ItemTraits>;
using HashOf = std::uint64_t (*)(std::uint64_t);

std::uint64_t even_hash(std::uint64_t key) {
  return hash_bytes({reinterpret_cast<const char*>(&key), sizeof key}, 42);
}

// An index of items that it owns, found by key.
class Fixture {
 public:
  explicit Fixture(HashOf hash) : hash_(hash) {}
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    for (Item* item : items_) test::free_item(item);
  }

  Item* find(std::uint64_t key) const {
    return index.find(hash_(key), [key](const Item& item) { return item.key == key; });
  }
  void insert(std::uint64_t key) {
    Item* item = nullptr;
    if (free_.empty()) {
      item = items_.emplace_back(test::make_item<Item>());
    } else {
      item = free_.back();
      free_.pop_back();
    }
    *item = {key, hash_(key)};
    index.insert(item->hash, item);
  }
  bool erase(std::uint64_t key) {
    Item* item = index.erase(hash_(key), [key](const Item& other) { return other.key == key; });
    if (item == nullptr) {
      return false;
    }
    *item = {~std::uint64_t{0}, 0};
    free_.push_back(item);
    return true;
  }

  TestIndex index{1};

 private:
  HashOf hash_;
  std::vector<Item*> items_;
  std::vector<Item*> free_;
};

void expect_same(const Fixture& fixture, const std::unordered_set<std::uint64_t>& model) {
  ASSERT_EQ(fixture.index.size(), model.size());
  std::unordered_set<std::uint64_t> seen;
  fixture.index.for_each([&](Item* item) {
    EXPECT_TRUE(seen.insert(item->key).second) << "a resting index returns nothing twice";
  });
  ASSERT_EQ(seen, model);
}

// Random insertions, look-ups and erasures; `growth` of 16 operations insert.
void churn(Fixture& fixture, std::unordered_set<std::uint64_t>& model, Random& random,
           std::size_t operations, std::uint64_t keys, std::uint64_t growth) {
  for (std::size_t i = 0; i < operations; ++i) {
    const std::uint64_t key = random.below(keys);
    const bool there = model.contains(key);
    Item* found = fixture.find(key);
    ASSERT_EQ(found != nullptr, there) << key;
    if (there) {
      ASSERT_EQ(found->key, key);
    }
    if (random.below(16) < growth) {
      if (!there) {
        fixture.insert(key);
        model.insert(key);
      }
    } else {
      ASSERT_EQ(fixture.erase(key), there);
      model.erase(key);
    }
  }
}

TEST(Index, EmptyFindsNothingAndScansToTheEnd) {
  Fixture fixture(even_hash);
  EXPECT_TRUE(fixture.index.empty());
  EXPECT_EQ(fixture.find(1), nullptr);
  EXPECT_FALSE(fixture.erase(1));
  EXPECT_EQ(fixture.index.scan(0, [](Item*) { FAIL(); }), 0U);
  EXPECT_EQ(fixture.index.memory_bytes(), 0U);
  fixture.index.prefetch(5);
  fixture.index.prefetch_item(5);
}

// Chi-square with as many degrees of freedom as there are items, near enough a normal distribution:
// six deviations above its mean are never met by a fair draw.
TEST(Index, DrawsEveryItemAsOften) {
  Random random(11);
  for (const std::uint64_t items : {3U, 100U, 450U, 1000U, 2500U}) {
    Fixture fixture(even_hash);
    for (std::uint64_t key = 0; key < items; ++key) fixture.insert(key);
    constexpr std::uint64_t kEach = 60;
    std::vector<std::uint64_t> drawn(items);
    for (std::uint64_t i = 0; i < items * kEach; ++i) ++drawn[fixture.index.random(random)->key];
    double chi_square = 0;
    for (const std::uint64_t count : drawn) {
      const double off = static_cast<double>(count) - static_cast<double>(kEach);
      chi_square += off * off / static_cast<double>(kEach);
    }
    const auto mean = static_cast<double>(items - 1);
    EXPECT_LT(chi_square, mean + 6 * std::sqrt(2 * mean) + 10) << items;
  }
}

TEST(Index, AgreesWithAModelWhileItGrowsAndShrinks) {
  Fixture fixture(even_hash);
  std::unordered_set<std::uint64_t> model;
  Random random(7);
  for (int round = 0; round < 3; ++round) {
    churn(fixture, model, random, 400'000, 200'000, 13);
    expect_same(fixture, model);
    churn(fixture, model, random, 500'000, 200'000, 2);
    expect_same(fixture, model);
  }
}

TEST(Index, AnEmptiedIndexIsSmallAgain) {
  Fixture fixture(even_hash);
  for (std::uint64_t key = 0; key < 300'000; ++key) {
    fixture.insert(key);
  }
  for (std::uint64_t key = 0; key < 300'000; ++key) {
    ASSERT_TRUE(fixture.erase((key * 7919) % 300'000));
  }
  EXPECT_EQ(fixture.index.size(), 0U);
  EXPECT_LT(fixture.index.memory_bytes(), 1024U);
}

TEST(Index, ReplaceKeepsThePlace) {
  Fixture fixture(even_hash);
  for (std::uint64_t key = 0; key < 1000; ++key) {
    fixture.insert(key);
  }
  Item* other = test::make_item<Item>(500U, even_hash(500));
  const Item* old = fixture.find(500);
  fixture.index.replace(other->hash, old, other);
  EXPECT_EQ(fixture.find(500), other);
  EXPECT_EQ(fixture.index.size(), 1000U);
  test::free_item(other);
}

TEST(Index, MovingLeavesAnEmptyIndex) {
  Fixture fixture(even_hash);
  fixture.insert(1);
  TestIndex taken(std::move(fixture.index));
  EXPECT_EQ(taken.size(), 1U);
  EXPECT_EQ(fixture.index.size(), 0U);  // NOLINT(bugprone-use-after-move): it says so
  EXPECT_EQ(fixture.find(1), nullptr);
  fixture.insert(2);
  EXPECT_NE(fixture.find(2), nullptr);
}

// Items [0, kept) stay from the first step to the last; others come and go between the steps.
void scan_while(HashOf hash, std::uint64_t kept, std::uint64_t others, std::uint64_t seed,
                const std::vector<std::uint64_t>& growth_by_phase) {
  Fixture fixture(hash);
  std::unordered_set<std::uint64_t> model;
  for (std::uint64_t key = 0; key < kept; ++key) {
    fixture.insert(key);
  }
  Random random(seed);
  std::unordered_set<std::uint64_t> seen;
  std::uint64_t cursor = 0;
  std::size_t steps = 0;
  do {
    cursor = fixture.index.scan(cursor, [&](Item* item) { seen.insert(item->key); });
    ASSERT_LT(cursor, 1ULL << 53);
    const std::uint64_t growth = growth_by_phase[(steps / 64) % growth_by_phase.size()];
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t key = kept + random.below(others);
      if (random.below(16) < growth) {
        if (model.insert(key).second) fixture.insert(key);
      } else if (model.erase(key) != 0) {
        ASSERT_TRUE(fixture.erase(key));
      }
    }
    ASSERT_LT(++steps, 1'000'000U) << "the scan does not come to an end";
  } while (cursor != 0);
  for (std::uint64_t key = 0; key < kept; ++key) {
    ASSERT_TRUE(seen.contains(key)) << "missed " << key << " with seed " << seed;
  }
}

TEST(IndexScan, ReturnsAllThatStaysWhileTheIndexGrows) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    scan_while(even_hash, 3000, 400'000, seed, {16});
  }
}

TEST(IndexScan, ReturnsAllThatStaysWhileTheIndexGrowsAndShrinks) {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    scan_while(even_hash, 500 * seed, 20'000, seed, {15, 1, 12, 2, 16, 0});
  }
}

// Starts with many others and takes them away during the scan: merges and directory halvings.
TEST(IndexScan, ReturnsAllThatStaysWhileTheIndexEmpties) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Fixture fixture(even_hash);
    constexpr std::uint64_t kKept = 200;
    constexpr std::uint64_t kAll = 60'000;
    for (std::uint64_t key = 0; key < kAll; ++key) {
      fixture.insert(key);
    }
    const std::size_t full_bytes = fixture.index.memory_bytes();
    std::vector<std::uint64_t> doomed;
    for (std::uint64_t key = kKept; key < kAll; ++key) {
      doomed.push_back(key);
    }
    Random random(seed);
    for (std::size_t i = doomed.size(); i > 1; --i) {
      std::swap(doomed[i - 1], doomed[random.below(i)]);
    }
    std::unordered_set<std::uint64_t> seen;
    std::uint64_t cursor = 0;
    do {
      cursor = fixture.index.scan(cursor, [&](Item* item) { seen.insert(item->key); });
      for (std::uint64_t i = random.below(40) * seed; i > 0 && !doomed.empty(); --i) {
        ASSERT_TRUE(fixture.erase(doomed.back()));
        doomed.pop_back();
      }
    } while (cursor != 0);
    for (std::uint64_t key = 0; key < kKept; ++key) {
      ASSERT_TRUE(seen.contains(key)) << "missed " << key << " with seed " << seed;
    }
    while (!doomed.empty()) {
      ASSERT_TRUE(fixture.erase(doomed.back()));
      doomed.pop_back();
    }
    EXPECT_LT(fixture.index.memory_bytes(), full_bytes / 20);
  }
}

TEST(IndexScan, AcceptsAnyCursor) {
  Fixture fixture(even_hash);
  Random random(3);
  for (std::uint64_t key = 0; key < 50'000; ++key) {
    fixture.insert(key);
    std::uint64_t cursor = random.next() >> random.below(64);
    for (int step = 0; step < 3; ++step) {
      cursor = fixture.index.scan(cursor, [](Item* item) { ASSERT_NE(item, nullptr); });
      ASSERT_LT(cursor, 1ULL << 53);
    }
  }
  for (const std::uint64_t cursor : {~0ULL, 1ULL << 63, (1ULL << 53) - 1, 31ULL}) {
    EXPECT_LT(fixture.index.scan(cursor, [](Item*) {}), 1ULL << 53);
  }
}

TEST(Index, RandomReachesEveryItemAboutEquallyOften) {
  for (const std::uint64_t count : {1U, 7U, 100U, 3000U}) {
    Fixture fixture(even_hash);
    for (std::uint64_t key = 0; key < count; ++key) {
      fixture.insert(key);
    }
    Random random(11);
    std::vector<std::uint64_t> hits(count);
    constexpr std::uint64_t kPerItem = 200;
    for (std::uint64_t i = 0; i < count * kPerItem; ++i) {
      ++hits[fixture.index.random(random)->key];
    }
    const auto [least, most] = std::minmax_element(hits.begin(), hits.end());
    EXPECT_GT(*least, kPerItem / 4) << count;
    EXPECT_LT(*most, kPerItem * 3) << count;
  }
}

// --- Hashes that collide -------------------------------------------------------------------------

std::uint64_t equal_hash(std::uint64_t) { return 0x123456789abcdef0ULL; }
// The same directory entry and the same tag; only the position within a segment differs.
std::uint64_t same_prefix_hash(std::uint64_t key) { return (key & 0x7ff) << 7; }
// The same position and tag for all; only the directory entry differs.
std::uint64_t same_position_hash(std::uint64_t key) { return even_hash(key) << 32 | 0x17700; }
// Sixteen different hashes.
std::uint64_t few_hashes(std::uint64_t key) { return even_hash(key % 16); }

class IndexCollisions : public testing::TestWithParam<HashOf> {};

TEST_P(IndexCollisions, AgreesWithAModel) {
  Fixture fixture(GetParam());
  std::unordered_set<std::uint64_t> model;
  Random random(5);
  for (int round = 0; round < 3; ++round) {
    churn(fixture, model, random, 6000, 2500, 13);
    expect_same(fixture, model);
    churn(fixture, model, random, 6000, 2500, 3);
    expect_same(fixture, model);
  }
  // 2,500 items at most: a directory that doubles in vain would be millions of entries by now.
  EXPECT_LT(fixture.index.memory_bytes(), 128U * 1024);
  while (!model.empty()) {
    ASSERT_TRUE(fixture.erase(*model.begin()));
    model.erase(model.begin());
  }
  EXPECT_LT(fixture.index.memory_bytes(), 2048U);
}

TEST_P(IndexCollisions, ScanReturnsAllThatStays) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    scan_while(GetParam(), 600, 1500, seed, {14, 2});
  }
}

INSTANTIATE_TEST_SUITE_P(Hashes, IndexCollisions,
                         testing::Values(&equal_hash, &same_prefix_hash, &same_position_hash,
                                         &few_hashes));

TEST(Index, EqualHashesAmongManyItemsCostOnlyThemselves) {
  Fixture fixture([](std::uint64_t key) { return key < 3000 ? equal_hash(key) : even_hash(key); });
  for (std::uint64_t key = 0; key < 200'000; ++key) {
    fixture.insert(key);
  }
  for (std::uint64_t key = 0; key < 200'000; key += 37) {
    ASSERT_NE(fixture.find(key), nullptr);
  }
  EXPECT_LT(fixture.index.memory_bytes(), 200'000U * 15);
}

// A bucket whose count of displaced entries has run over stays probed for ever; it must still be
// right after all of them have gone.
TEST(Index, AnOverrunOverflowCountStaysRight) {
  Fixture fixture(equal_hash);
  for (std::uint64_t key = 0; key < 2000; ++key) {
    fixture.insert(key);
  }
  for (std::uint64_t key = 0; key < 1990; ++key) {
    ASSERT_TRUE(fixture.erase(key));
  }
  for (std::uint64_t key = 1990; key < 2000; ++key) {
    ASSERT_NE(fixture.find(key), nullptr);
  }
  EXPECT_EQ(fixture.find(3), nullptr);
}

// Bytes of the index for an item, its slot included: what the design promises.
TEST(Index, CostsLittleMemoryAtEverySize) {
  Fixture fixture(even_hash);
  double worst = 0;
  for (std::uint64_t key = 0; key < 1'000'000; ++key) {
    fixture.insert(key);
    const std::uint64_t size = key + 1;
    if (size >= 1000 && size % 1000 == 0) {
      const double per_item =
          static_cast<double>(fixture.index.memory_bytes()) / static_cast<double>(size);
      worst = std::max(worst, per_item);
      if (size == 1000 || size == 10'000 || size == 100'000 || size == 1'000'000) {
        testing::Test::RecordProperty("bytes_per_item_" + std::to_string(size),
                                      std::to_string(per_item));
        std::printf("%8lu items: %.2f bytes an item\n", static_cast<unsigned long>(size), per_item);
      }
    }
  }
  std::printf("   worst of 1,000 sizes: %.2f bytes an item\n", worst);
  EXPECT_LT(worst, 11.0);
}

TEST(Index, ReserveMakesRoomAtOnce) {
  for (const std::uint64_t count : {1U, 7U, 300U, 384U, 10'000U, 200'000U}) {
    Fixture fixture(&even_hash);
    fixture.index.reserve(count);
    const std::size_t bytes = fixture.index.memory_bytes();
    for (std::uint64_t key = 0; key < count; ++key) fixture.insert(key);
    // Segments differ by chance: some step up, hardly one is split.
    EXPECT_LE(fixture.index.memory_bytes(), bytes + bytes / 8 + 64) << count;
    for (std::uint64_t key = 0; key < count; ++key) ASSERT_NE(fixture.find(key), nullptr);
    std::uint64_t met = 0;
    fixture.index.for_each([&](Item*) { ++met; });
    EXPECT_EQ(met, count);
    Fixture grown(&even_hash);
    for (std::uint64_t key = 0; key < count; ++key) grown.insert(key);
    EXPECT_LE(fixture.index.memory_bytes(), grown.index.memory_bytes() * 5 / 4) << count;
    // What was announced and never came costs nothing in the end.
    for (std::uint64_t key = 0; key < count; ++key) fixture.erase(key);
    EXPECT_LT(fixture.index.memory_bytes(), 1000U);
  }
}

TEST(Index, IsTakenApartInSteps) {
  Fixture fixture(even_hash);
  constexpr std::uint64_t kItems = 20'000;
  for (std::uint64_t key = 0; key < kItems; ++key) fixture.insert(key);
  std::vector<bool> seen(kItems);
  std::uint64_t count = 0;
  std::size_t steps = 0;
  bool done = false;
  while (!done) {
    const std::uint64_t before = count;
    done = fixture.index.release_some(100, [&](const Item* item) {
      EXPECT_FALSE(seen[item->key]);
      seen[item->key] = true;
      ++count;
    });
    EXPECT_LE(count - before, 100U + SegmentTable::kMaxBuckets * IndexBucket::kSlots);
    ++steps;
  }
  EXPECT_EQ(count, kItems);
  EXPECT_GT(steps, 20U);
  EXPECT_EQ(fixture.index.size(), 0U);
  EXPECT_EQ(fixture.index.memory_bytes(), 0U);
  fixture.insert(1);
  EXPECT_NE(fixture.find(1), nullptr);
}

TEST(Index, CanEndHalfTakenApart) {
  auto fixture = std::make_unique<Fixture>(even_hash);
  for (std::uint64_t key = 0; key < 5000; ++key) fixture->insert(key);
  EXPECT_FALSE(fixture->index.release_some(1000, [](const Item*) {}));
  fixture.reset();
}

}  // namespace
}  // namespace sorrel::base
