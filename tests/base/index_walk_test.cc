// SPDX-License-Identifier: BSD-3-Clause
//
// Walks over the hash index: each gives what was there when it began and is neither erased nor
// claimed since, once, and nothing that came later, while segments grow, split, shrink and merge;
// and marks that earlier walks left behind, in whatever segments, mean nothing to it.
#include <cstdint>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/hash.h>
#include <sorrel/base/index.h>
#include <sorrel/base/random.h>

#include "support/items.h"

namespace sorrel::base {
namespace {

struct WalkItem {
  std::uint64_t key = 0;
};

std::uint64_t hash_of(std::uint64_t key) {
  return hash_bytes({reinterpret_cast<const char*>(&key), sizeof key}, 42);
}

struct WalkTraits {
  using Item = WalkItem;
  static std::uint64_t hash(const WalkItem& item, std::uint64_t) { return hash_of(item.key); }
};

struct Key {
  std::uint64_t key;
  bool operator()(const WalkItem& item) const { return item.key == key; }
};

// An index of the items that it owns, a walk over it, and what the walk still owes.
class Walked {
 public:
  Walked() = default;
  Walked(const Walked&) = delete;
  Walked& operator=(const Walked&) = delete;
  ~Walked() {
    for (WalkItem* item : items_) test::free_item(item);
  }

  void insert(std::uint64_t key) {
    if (keys.insert(key).second) index.insert(hash_of(key), make(key));
  }
  void erase(std::uint64_t key) {
    const auto taken = index.take(hash_of(key), Key{key});
    ASSERT_EQ(taken.item != nullptr, keys.erase(key) != 0);
    ASSERT_EQ(taken.owed, owed.erase(key) != 0) << key;
  }
  void claim(std::uint64_t key) {
    const WalkItem* item = index.find(hash_of(key), Key{key});
    if (item == nullptr) return;
    ASSERT_EQ(index.owes(hash_of(key), item), owed.contains(key)) << key;
    ASSERT_EQ(index.claim(hash_of(key), item), owed.erase(key) != 0) << key;
    ASSERT_FALSE(index.owes(hash_of(key), item));
  }
  // The copy is what the walk knows the other as.
  void replace(std::uint64_t key) {
    const WalkItem* item = index.find(hash_of(key), Key{key});
    if (item != nullptr) index.replace(hash_of(key), item, make(key));
  }
  void begin() {
    index.begin_walk();
    owed = keys;
    cursor_ = 0;
  }
  // Returns: whether the walk is done.
  bool step() {
    cursor_ = index.walk(cursor_, [this](const WalkItem* item) {
      EXPECT_EQ(owed.erase(item->key), 1U) << item->key;
    });
    return cursor_ == 0;
  }
  void end() {
    index.end_walk();
    owed.clear();
  }

  Index<WalkTraits> index{1};
  std::unordered_set<std::uint64_t> keys;
  std::unordered_set<std::uint64_t> owed;

 private:
  WalkItem* make(std::uint64_t key) { return items_.emplace_back(test::make_item<WalkItem>(key)); }

  std::vector<WalkItem*> items_;
  std::uint64_t cursor_ = 0;
};

void walk_to_the_end(Walked& walked) {
  while (!walked.step()) {
  }
  EXPECT_TRUE(walked.owed.empty()) << walked.owed.size() << " were not given";
  walked.end();
}

TEST(IndexWalk, OverNothingEndsAtOnce) {
  Walked walked;
  walked.begin();
  EXPECT_TRUE(walked.step());
  walked.insert(7);
  walked.erase(7);
  walked.end();
  EXPECT_FALSE(walked.index.walking());
}

TEST(IndexWalk, GivesWhatWasThereWhileTheIndexGrowsAndShrinks) {
  constexpr std::uint64_t kKeys[] = {30, 20000, 100, 60000, 3000, 10};
  Walked walked;
  Random random(9);
  unsigned finished = 0;
  unsigned ended_early = 0;
  for (unsigned phase = 0; phase < 24; ++phase) {
    const std::uint64_t keys = kKeys[random.below(6)];
    for (unsigned i = 0; i < 30000; ++i) {
      const std::uint64_t die = random.below(100);
      const std::uint64_t key = random.below(60000);
      if (die < 50) {
        key < keys ? walked.insert(key) : walked.erase(key);
      } else if (die < 60) {
        walked.erase(key);
      } else if (die < 66 && walked.index.walking()) {
        walked.claim(key);
      } else if (die < 70) {
        walked.replace(key);
      } else if (die < 90 && !walked.index.walking()) {
        if (random.below(100) == 0) walked.begin();
      } else if (die < 90 && random.below(2000) == 0) {
        walked.end();
        ++ended_early;
      } else if (die < 90 && walked.step()) {
        ASSERT_TRUE(walked.owed.empty()) << walked.owed.size() << " were not given";
        walked.end();
        ++finished;
      }
      if (::testing::Test::HasFailure()) FAIL() << "phase " << phase << " operation " << i;
    }
  }
  EXPECT_GT(finished, 20U);
  EXPECT_GT(ended_early, 20U);
}

// Walks that end early leave marks in some segments and none in others.
TEST(IndexWalk, MarksOfEarlierWalksMeanNothing) {
  Walked walked;
  for (std::uint64_t key = 0; key < 20000; ++key) walked.insert(key);
  Random random(3);
  for (unsigned walk = 0; walk < 40; ++walk) {
    walked.begin();
    for (std::uint64_t steps = random.below(3000); steps > 0 && !walked.step(); --steps) {
    }
    for (unsigned i = 0; i < 200; ++i) walked.claim(random.below(20000));
    for (unsigned i = 0; i < 200; ++i) walked.insert(random.below(40000));
    if (walk % 3 == 2) {
      walk_to_the_end(walked);
    } else {
      walked.end();
    }
  }
}

// The number of a walk has 16 bits. What the first walk marked must not be taken for marks of the
// one that has its number again.
TEST(IndexWalk, NumbersOfWalksMayComeAround) {
  Walked walked;
  for (std::uint64_t key = 0; key < 3000; ++key) walked.insert(key);
  walked.begin();
  walk_to_the_end(walked);
  for (unsigned i = 0; i < 65534; ++i) {
    walked.index.begin_walk();
    walked.index.end_walk();
  }
  for (unsigned i = 0; i < 3; ++i) {
    walked.begin();
    walk_to_the_end(walked);
  }
}

TEST(IndexWalk, MovesWithTheIndex) {
  Walked walked;
  for (std::uint64_t key = 0; key < 1000; ++key) walked.insert(key);
  walked.begin();
  for (unsigned i = 0; i < 20; ++i) walked.step();
  Index<WalkTraits> elsewhere = std::move(walked.index);
  EXPECT_FALSE(walked.index.walking());
  EXPECT_TRUE(elsewhere.walking());
  walked.index = std::move(elsewhere);
  walk_to_the_end(walked);
}

}  // namespace
}  // namespace sorrel::base
