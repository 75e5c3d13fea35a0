// SPDX-License-Identifier: BSD-3-Clause
//
// Set against std::set: seeded random verbs, with limits that make the set pass through all its
// forms on the way. Every verb's answer is compared; whole contents from time to time.
#include <array>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/hash.h>
#include <sorrel/base/numbers.h>
#include <sorrel/types/set.h>

#include "support/model_run.h"

namespace sorrel::types {
namespace {

std::string text_of(const Set::Member& member) {
  char scratch[base::kMaxIntegerText];
  return std::string(member.text(scratch));
}

struct Mix {
  std::uint64_t seed;
  std::uint64_t members;  // different ones
  unsigned texts;         // of 100 members
  Settings settings;
  unsigned operations;
};

class Runner {
 public:
  explicit Runner(const Mix& mix) : mix_(mix), random_(mix.seed) {
    mix_.settings.hash_seed = mix.seed;
  }

  // Returns: the forms that were met, and how often the set was emptied.
  std::array<unsigned, 4> run() {
    const auto operate = [this] {
      one();
      ++met_[set_.empty() ? 3 : static_cast<unsigned>(set_.encoding())];
    };
    test::run_model(mix_.seed, mix_.operations, operate, [this] { compare_all(); });
    return met_;
  }

 private:
  std::string draw_member() {
    const std::uint64_t number = random_.below(mix_.members);
    const std::uint64_t spread = number * 0x9e3779b97f4a7c15ULL;
    if (spread % 100 < mix_.texts) return "member" + std::to_string(number);
    switch (spread / 100 % 8) {
      case 0:
        return std::to_string(static_cast<std::int64_t>(spread));
      case 1:
        return std::to_string(static_cast<std::int32_t>(spread));
      default:
        return std::to_string(number);
    }
  }

  void one() {
    const std::uint64_t die = random_.below(1000);
    if (die < 500) {
      const std::string member = draw_member();
      EXPECT_EQ(set_.add(member, mix_.settings), model_.insert(member).second);
    } else if (die < 700) {
      const std::string member = draw_member();
      EXPECT_EQ(set_.remove(member), model_.erase(member) == 1);
    } else if (die < 900) {
      look_up();
    } else if (die < 960) {
      add_many();
    } else if (die < 985) {
      sample();
    } else if (die < 997) {
      pop();
    } else {
      replace();
    }
    EXPECT_EQ(set_.size(), model_.size());
    EXPECT_EQ(set_.empty(), model_.empty());
  }

  void look_up() {
    const std::string member = draw_member();
    const bool there = model_.count(member) == 1;
    const std::uint64_t hash = base::hash_bytes(member, mix_.seed);
    set_.prefetch(hash, Prefetch::kPlace);
    set_.prefetch(hash, Prefetch::kMember);
    EXPECT_EQ(set_.contains(member), there);
    EXPECT_EQ(set_.contains(member, hash), there);
    if (const auto integer = base::parse_integer(member)) {
      EXPECT_EQ(set_.contains(*integer), there);
    }
  }

  void add_many() {
    std::vector<std::string> names(1 + random_.below(40));
    std::uint64_t added = 0;
    for (std::string& name : names) {
      name = draw_member();
      added += model_.insert(name).second ? 1 : 0;
    }
    set_.expect(names[0], names.size(), mix_.settings);
    const std::vector<std::string_view> views(names.begin(), names.end());
    EXPECT_EQ(set_.add_all(views, mix_.settings), added);
  }

  void sample() {
    if (set_.empty()) return;
    EXPECT_EQ(model_.count(text_of(set_.random(random_))), 1U);
    const std::uint64_t count = random_.below(set_.size() + 1);
    std::set<std::string> seen;
    set_.sample(count, random_, [&](const Set::Member& member) {
      EXPECT_EQ(model_.count(text_of(member)), 1U);
      seen.insert(text_of(member));
    });
    EXPECT_EQ(seen.size(), count);
  }

  void pop() {
    const std::uint64_t most = random_.below(4) == 0 ? set_.size() : set_.size() / 8;
    std::uint64_t popped = 0;
    const std::uint64_t count = random_.below(most + 1);
    set_.pop(count, random_, [&](const Set::Member& member) {
      EXPECT_EQ(model_.erase(text_of(member)), 1U);
      ++popped;
    });
    EXPECT_EQ(popped, count);
  }

  void replace() {
    switch (random_.below(5)) {
      case 0:
        set_ = set_.clone(mix_.settings);
        break;
      case 1: {
        const std::vector<std::string_view> views(model_.begin(), model_.end());
        const bool integers = mix_.settings.set_max_intset_entries != 0;
        set_ = Set::build(views, integers ? SetEncoding::kIntset : SetEncoding::kListpack,
                          mix_.settings);
        break;
      }
      case 2:
        if (!set_.empty() && set_.encoding() != SetEncoding::kHashtable) {
          const std::string bytes(set_.compact_bytes());
          auto loaded = set_.encoding() == SetEncoding::kIntset
                            ? Set::from_intset(bytes, mix_.settings)
                            : Set::from_listpack(bytes, mix_.settings);
          ASSERT_TRUE(loaded.has_value());
          set_ = std::move(*loaded);
        }
        break;
      default:
        if (random_.below(4) != 0) return;
        while (!set_.release_some(10)) {
        }
        model_.clear();
    }
  }

  void compare_all() {
    std::set<std::string> seen;
    std::uint64_t visited = 0;
    set_.for_each([&](const Set::Member& member) {
      seen.insert(text_of(member));
      ++visited;
    });
    EXPECT_EQ(seen, model_);
    EXPECT_EQ(visited, model_.size());
    seen.clear();
    std::uint64_t cursor = 0;
    do {
      cursor = set_.scan(cursor, [&](const Set::Member& member) { seen.insert(text_of(member)); });
    } while (cursor != 0);
    EXPECT_EQ(seen, model_);
  }

  Mix mix_;
  base::Random random_;
  Set set_;
  std::set<std::string> model_;
  std::array<unsigned, 4> met_{};
};

Settings limits(std::uint64_t intset, std::uint64_t listpack, std::uint64_t value) {
  Settings settings;
  settings.set_max_intset_entries = intset;
  settings.set_max_listpack_entries = listpack;
  settings.set_max_listpack_value = value;
  return settings;
}

void expect_all_forms(const std::array<unsigned, 4>& met) {
  for (const unsigned times : met) EXPECT_GT(times, 0U);
}

TEST(SetModel, SmallAcrossAllForms) {
  expect_all_forms(Runner({1, 40, 10, limits(16, 16, 12), 40000}).run());
}
TEST(SetModel, Integers) {
  const auto met = Runner({2, 900, 0, limits(512, 128, 64), 20000}).run();
  EXPECT_GT(met[0], 0U);
  EXPECT_GT(met[2], 0U);
}
TEST(SetModel, LargeIntset) {
  const auto met = Runner({3, 5000, 0, limits(1 << 20, 128, 64), 10000}).run();
  EXPECT_GT(met[0], 0U);
  EXPECT_EQ(met[2], 0U);
}
TEST(SetModel, LongListpack) {
  const auto met = Runner({4, 900, 50, limits(0, 1 << 20, 64), 6000}).run();
  EXPECT_GT(met[1], 0U);
  EXPECT_EQ(met[2], 0U);
}
TEST(SetModel, Large) { Runner({5, 20000, 70, limits(512, 128, 64), 20000}).run(); }

}  // namespace
}  // namespace sorrel::types
