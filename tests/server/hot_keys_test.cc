// SPDX-License-Identifier: BSD-3-Clause
//
// The sketch of hot keys and the sampling before it: what is found, how near the estimates are, how
// little is looked at; and the walk that finds big keys.
#include "hot_keys.h"

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/commands/families.h>

#include "big_keys.h"
#include "support/command_fixture.h"

namespace sorrel::server {
namespace {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::SizeIs;

TEST(HotKeySketch, FindsWhatHasMoreThanItsShare) {
  HotKeySketch sketch;
  base::Random random(7);
  for (int i = 0; i < 100'000; ++i) {
    const bool hot = random.below(10) == 0;
    const std::uint64_t key = hot ? 1 : 2 + random.below(1'000'000);
    sketch.add(key * 0x9e3779b97f4a7c15ULL, "key" + std::to_string(key), 1, hot);
  }
  const auto found = sketch.most_used();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0]->key, "key1");
  EXPECT_NEAR(found[0]->uses - found[0]->error, 10'000, 2'000);
  EXPECT_GE(found[0]->uses, 9'000);
  EXPECT_NEAR(found[0]->writes, found[0]->uses, 2'000);
  EXPECT_NEAR(sketch.uses(), 100'000, 1);
}

TEST(HotKeySketch, ForgetsInTime) {
  HotKeySketch sketch;
  sketch.add(1, "a", 64, false);
  sketch.fade(0.5);
  ASSERT_THAT(sketch.most_used(), SizeIs(1));
  EXPECT_DOUBLE_EQ(sketch.most_used()[0]->uses, 32);
  for (int i = 0; i < 10; ++i) {
    sketch.fade(0.5);
  }
  EXPECT_TRUE(sketch.most_used().empty());
}

TEST(HotKeySketch, LongKeysAreCut) {
  HotKeySketch sketch;
  sketch.add(1, std::string(1000, 'x'), 1, false);
  EXPECT_EQ(sketch.most_used()[0]->key.size(), HotKeySketch::kMostKeyBytes);
  EXPECT_TRUE(sketch.most_used()[0]->cut);
}

class Sampling : public ::testing::Test {
 protected:
  // One batch of requests as a connection would bring it. Returns: how many were looked at.
  void arrive(const std::vector<std::vector<std::string_view>>& batch) {
    std::vector<resp::Request> requests;
    requests.reserve(batch.size());
    for (const auto& words : batch) {
      requests.push_back({words, {}});
    }
    if (keys.due(requests.size())) {
      ++sampled;
      keys.sample(server.session, requests);
    }
  }

  test::CommandFixture server{&commands::add_all_commands};
  HotKeys keys{server.executor, 1};
  std::size_t sampled = 0;
};

TEST_F(Sampling, EstimatesUsesPerSecondAndLooksAtFew) {
  constexpr int kPerTick = 20'000;  // 200,000 a second
  base::Random random(3);
  std::vector<std::string> names(1000);
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = "key:" + std::to_string(i);
  }
  for (int tick = 0; tick < 300; ++tick) {
    for (int i = 0; i < kPerTick; ++i) {
      if (i % 4 == 0) {
        arrive({{"SET", "hot", "v"}});
      } else {
        arrive({{"GET", names[random.below(names.size())]}});
      }
    }
    keys.tick();
  }
  const auto found = keys.most_used(3);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].count->key, "hot");
  EXPECT_NEAR(found[0].uses_per_second, 50'000, 10'000);
  EXPECT_NEAR(found[0].writes_per_second, 50'000, 10'000);
  EXPECT_NEAR(found[0].share, 0.25, 0.06);
  EXPECT_LT(sampled, 300U * 110);
}

TEST_F(Sampling, NoRhythmHides) {
  for (int tick = 0; tick < 100; ++tick) {
    for (int i = 0; i < 1000; ++i) {
      std::vector<std::vector<std::string_view>> batch(16, {"GET", "a"});
      batch[0] = {"GET", "b"};
      arrive(batch);
    }
    keys.tick();
  }
  std::vector<std::string> names;
  for (const auto& entry : keys.most_used(10)) {
    names.push_back(entry.count->key);
  }
  EXPECT_THAT(names, Contains("a"));
  EXPECT_THAT(names, Contains("b"));
}

TEST_F(Sampling, EveryKeyOfACommandCounts) {
  for (int tick = 0; tick < 100; ++tick) {
    arrive({{"MSET", "a", "1", "b", "2"}, {"ZUNION", "2", "c", "d"}, {"PING"}, {"NOSUCH", "e"}});
    keys.tick();
  }
  std::vector<std::string> names;
  for (const auto& entry : keys.most_used(10)) {
    names.push_back(entry.count->key);
    EXPECT_THAT(entry.uses_per_second, DoubleNear(10, 4)) << entry.count->key;
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("a", "b", "c", "d"));
}

TEST_F(Sampling, StrangersAreNotCounted) {
  server.session.authenticated = false;
  arrive({{"GET", "a"}});
  EXPECT_TRUE(keys.most_used(10).empty());
}

TEST_F(Sampling, ResetForgets) {
  arrive({{"GET", "a"}});
  EXPECT_THAT(keys.most_used(10), SizeIs(1));
  keys.reset();
  EXPECT_TRUE(keys.most_used(10).empty());
}

class Walk : public Sampling {
 protected:
  void walk_round() {
    for (const std::uint64_t round = big.rounds(); big.rounds() == round;) {
      big.tick();
    }
  }

  BigKeys big{server.keyspace, server.clock};
};

TEST_F(Walk, FindsTheLargestOfAllDatabases) {
  for (int i = 0; i < 5000; ++i) {
    server.run({"SET", "small:" + std::to_string(i), "v"});
  }
  server.run({"SET", "string", std::string(50'000, 'x')});
  server.run({"SELECT", "3"});
  for (int i = 0; i < 3000; ++i) {
    server.run({"SADD", "set", "member:" + std::to_string(i)});
  }
  walk_round();
  const auto found = big.largest(10);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].key, "set");
  EXPECT_EQ(found[0].database, 3U);
  EXPECT_EQ(found[0].elements, 3000U);
  EXPECT_EQ(keyspace::type_name(found[0].type), "set");
  EXPECT_EQ(found[1].key, "string");
  EXPECT_EQ(found[1].elements, 50'000U);
  EXPECT_GE(found[1].bytes, 50'000U);
}

TEST_F(Walk, TellsSizesOfNowAndForgetsWhatIsGone) {
  server.run({"SET", "gone", std::string(5000, 'x')});
  server.run({"SET", "grows", std::string(5000, 'x')});
  server.run({"SET", "expires", std::string(5000, 'x'), "PX", "10"});
  walk_round();
  ASSERT_THAT(big.largest(10), SizeIs(3));
  server.run({"DEL", "gone"});
  server.run({"APPEND", "grows", std::string(5000, 'x')});
  server.advance(std::chrono::milliseconds(20));
  server.run({"PING"});
  const auto found = big.largest(10);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].elements, 10'000U);
}

TEST_F(Walk, KeepsABoundedNumberOfTheLargest) {
  for (std::size_t i = 0; i < 500; ++i) {
    server.run({"SET", "key:" + std::to_string(i), std::string(2000 + i * 16, 'x')});
  }
  server.run({"SET", "key:250", std::string(1'000'000, 'x')});
  walk_round();
  EXPECT_THAT(big.largest(1000), SizeIs(BigKeys::kMostKept));
  EXPECT_EQ(big.largest(1)[0].key, "key:250");
  EXPECT_THAT(big.largest(5), SizeIs(5));
}

}  // namespace
}  // namespace sorrel::server
