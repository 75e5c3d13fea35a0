// SPDX-License-Identifier: BSD-3-Clause
//
// Eviction: which keys go under each policy, in which order, and what is told of it.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/keyspace/eviction.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/set.h>

namespace sorrel::keyspace {
namespace {

constexpr Event kChanged{EventClass::kGeneric, "changed"};
constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kSecond = 1000;

class EvictionTest : public testing::Test {
 protected:
  EvictionTest() : keyspace(3, 7), evictor(keyspace, 11) { keyspace.set_now_ms(kNow); }

  void use(Eviction policy, std::size_t samples = 5) {
    keyspace.access().settings().lfu = evicts_by_frequency(policy);
    evictor.set({policy, samples});
  }
  void set(std::size_t database, const std::string& name, std::int64_t deadline_ms = 0) {
    WriteRef ref = keyspace.database(database).write(keyspace.key(name));
    ref.set_text("value",
                 deadline_ms == 0 ? DeadlinePolicy::clear() : DeadlinePolicy::at(deadline_ms));
    ref.commit(kChanged);
  }
  bool has(std::size_t database, const std::string& name) {
    return keyspace.database(database).contains(keyspace.key(name));
  }
  void read(const std::string& name) { keyspace.database(0).find(keyspace.key(name)); }
  static std::string name_of(int number) { return "key:" + std::to_string(number); }

  Keyspace keyspace;
  Evictor evictor;
};

TEST_F(EvictionTest, NoPolicyEvictsNothing) {
  set(0, "a");
  use(Eviction::kNone);
  EXPECT_EQ(evictor.evict_one(), 0);
  EXPECT_TRUE(has(0, "a"));
}

TEST_F(EvictionTest, EveryPolicyTakesAllThatItMayAndNoMore) {
  for (const auto policy :
       {Eviction::kVolatileLru, Eviction::kVolatileLfu, Eviction::kVolatileRandom,
        Eviction::kVolatileTtl, Eviction::kAllKeysLru, Eviction::kAllKeysLfu,
        Eviction::kAllKeysRandom}) {
    keyspace.clear();
    use(policy);
    for (int i = 0; i < 100; ++i) {
      set(static_cast<std::size_t>(i % 3), name_of(i), i % 2 == 0 ? kNow + (i + 1) * kSecond : 0);
    }
    const std::uint64_t before = keyspace.statistics().evicted;
    std::size_t gone = 0;
    while (evictor.evict_one() != 0) {
      ++gone;
    }
    EXPECT_EQ(gone, evicts_any_key(policy) ? 100 : 50) << static_cast<int>(policy);
    EXPECT_EQ(keyspace.statistics().evicted - before, gone);
    EXPECT_EQ(keyspace.size(), 100 - gone);
    for (int i = 1; i < 100 && !evicts_any_key(policy); i += 2) {
      EXPECT_TRUE(has(static_cast<std::size_t>(i % 3), name_of(i)));
    }
  }
}

TEST_F(EvictionTest, TheNearestDeadlineGoesFirst) {
  use(Eviction::kVolatileTtl);
  set(0, "forever");
  set(0, "third", kNow + 30 * kSecond);
  set(1, "second", kNow + 20 * kSecond);
  set(2, "first", kNow + 10 * kSecond);
  set(0, "put off", kNow + 5 * kSecond);
  set(0, "put off", kNow + 40 * kSecond);
  const std::vector<std::pair<std::size_t, std::string>> order = {
      {2, "first"}, {1, "second"}, {0, "third"}, {0, "put off"}};
  for (const auto& [database, name] : order) {
    EXPECT_TRUE(has(database, name));
    EXPECT_GT(evictor.evict_one(), 0);
    EXPECT_FALSE(has(database, name)) << name;
  }
  EXPECT_EQ(evictor.evict_one(), 0);
}

// Of a thousand keys, each used in another second, half go: nearly all of them from the older half.
TEST_F(EvictionTest, TheLongestUnusedGo) {
  use(Eviction::kAllKeysLru, 10);
  for (int i = 0; i < 1000; ++i) {
    keyspace.set_now_ms(kNow + i * kSecond);
    set(0, name_of(i));
  }
  for (int i = 0; i < 500; ++i) {
    evictor.evict_one();
  }
  int old_left = 0;
  for (int i = 0; i < 500; ++i) {
    old_left += has(0, name_of(i)) ? 1 : 0;
  }
  EXPECT_LT(old_left, 75);
  for (int i = 900; i < 1000; ++i) {
    EXPECT_TRUE(has(0, name_of(i))) << i;
  }
}

TEST_F(EvictionTest, ACandidateThatWasUsedMeanwhileStays) {
  use(Eviction::kAllKeysLru, 64);
  set(0, "old");
  set(0, "older");
  keyspace.set_now_ms(kNow + 100 * kSecond);
  for (int i = 0; i < 20; ++i) {
    set(0, name_of(i));
  }
  evictor.evict_one();  // one of the two; the other is a candidate now
  const std::string left = has(0, "old") ? "old" : "older";
  keyspace.set_now_ms(kNow + 200 * kSecond);
  read(left);
  for (int i = 0; i < 20; ++i) {
    EXPECT_GT(evictor.evict_one(), 0);
  }
  EXPECT_TRUE(has(0, left));
  EXPECT_EQ(keyspace.size(), 1);
}

TEST_F(EvictionTest, TheLeastOftenUsedGo) {
  use(Eviction::kAllKeysLfu, 10);
  for (int i = 0; i < 200; ++i) {
    set(0, name_of(i));
  }
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 20; ++i) {
      read(name_of(i));
    }
  }
  for (int i = 0; i < 150; ++i) {
    evictor.evict_one();
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(has(0, name_of(i))) << i;
  }
}

TEST_F(EvictionTest, WhatGoesIsTold) {
  keyspace.changes().set_listening(true);
  keyspace.changes().set_keep_vanished(true);
  set(1, "a");
  keyspace.changes().drain([](const Event&, std::uint32_t, std::string_view) {});
  use(Eviction::kAllKeysRandom);
  evictor.evict_one();
  std::vector<std::string> told;
  keyspace.changes().drain([&](const Event& event, std::uint32_t database, std::string_view key) {
    told.push_back(std::string(event.name) + " " + std::to_string(database) + " " +
                   std::string(key));
  });
  EXPECT_EQ(told, std::vector<std::string>{"evicted 1 a"});
  ASSERT_EQ(keyspace.changes().vanished().size(), 1);
  EXPECT_EQ(keyspace.changes().vanished()[0].key, "a");
}

TEST_F(EvictionTest, ALargeValueWaitsToBeFreed) {
  {
    WriteRef ref = keyspace.database(0).write(keyspace.key("large"));
    for (int i = 0; i < 20'000; ++i) {
      ref.collection<types::Set>().add(name_of(i), keyspace.settings());
    }
    ref.commit(kChanged);
  }
  use(Eviction::kAllKeysLru);
  EXPECT_GT(evictor.evict_one(), 20'000 * 8);
  EXPECT_EQ(keyspace.pending_releases(), 1);
  while (!keyspace.release_some(1000)) {
  }
  EXPECT_EQ(keyspace.pending_releases(), 0);
}

}  // namespace
}  // namespace sorrel::keyspace
