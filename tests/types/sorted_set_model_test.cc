// SPDX-License-Identifier: BSD-3-Clause
//
// SortedSet against std::map and std::set: seeded random verbs, with limits that make the set
// change its encoding on the way. Every verb's answer is compared; whole contents from time to
// time.
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <sorrel/types/sorted_set.h>

#include "support/model_run.h"

namespace sorrel::types {
namespace {

using Ordered = std::set<std::pair<double, std::string>>;

struct Model {
  std::map<std::string, double> scores;
  Ordered order;

  void put(const std::string& member, double score) {
    erase(member);
    scores[member] = score;
    order.emplace(score, member);
  }
  bool erase(const std::string& member) {
    const auto it = scores.find(member);
    if (it == scores.end()) return false;
    order.erase({it->second, member});
    scores.erase(it);
    return true;
  }
  Ordered::const_iterator at(std::uint64_t rank) const {
    return std::next(order.begin(), static_cast<std::ptrdiff_t>(rank));
  }
  std::uint64_t rank(Ordered::const_iterator it) const {
    return static_cast<std::uint64_t>(std::distance(order.begin(), it));
  }
};

struct Mix {
  std::uint64_t seed;
  std::uint64_t members;
  std::uint64_t scores;
  std::size_t entry_limit;
  unsigned operations;
};

class Runner {
 public:
  explicit Runner(const Mix& mix) : mix_(mix), random_(mix.seed) {
    settings_.zset_max_listpack_entries = mix.entry_limit;
    settings_.hash_seed = mix.seed;
  }

  void run() {
    test::run_model(
        mix_.seed, mix_.operations, [this] { one(); }, [this] { compare_all(); }, 4999);
    EXPECT_GT(most_, mix_.entry_limit) << "the mix never left the compact form";
  }

 private:
  std::string draw_member() {
    std::string text = std::to_string(random_.below(mix_.members));
    if (text.size() % 3 == 0) text.append(40, 'x');
    return text;
  }
  double draw_score() {
    const auto score =
        static_cast<double>(random_.below(mix_.scores)) - static_cast<double>(mix_.scores / 2);
    switch (random_.below(16)) {
      case 0:
        return std::numeric_limits<double>::infinity();
      case 1:
        return -std::numeric_limits<double>::infinity();
      case 2:
        return score / 3;
      case 3:
        return score * 1e15;
      default:
        return score;
    }
  }

  void one() {
    const std::uint64_t die = random_.below(1000);
    if (die < 500) {
      add();
    } else if (die < 700) {
      const std::string member = draw_member();
      EXPECT_EQ(set_.remove(member), model_.erase(member));
    } else if (die < 800) {
      look_up();
    } else if (die < 950) {
      ranges();
    } else if (die < 998) {
      remove_range(6);
    } else {
      remove_range(mix_.members);
      if (random_.below(4) == 0) set_ = set_.clone(settings_);
      if (random_.below(16) == 0) restart();
    }
    most_ = std::max<std::uint64_t>(most_, set_.size());
    EXPECT_EQ(set_.size(), model_.scores.size());
  }

  void add() {
    const std::string member = draw_member();
    const double score = draw_score();
    AddOptions options;
    options.incr = random_.below(3) == 0;
    switch (random_.below(8)) {
      case 0:
        options.nx = true;
        break;
      case 1:
        options.xx = true;
        break;
      case 2:
        options.gt = true;
        break;
      case 3:
        options.lt = true;
        break;
      default:
        break;
    }
    const auto it = model_.scores.find(member);
    const bool known = it != model_.scores.end();
    const double wanted = known && options.incr ? it->second + score : score;
    AddOutcome expected = known ? AddOutcome::kUpdated : AddOutcome::kAdded;
    if ((known && options.nx) || (!known && options.xx)) {
      expected = AddOutcome::kRefused;
    } else if (std::isnan(wanted)) {
      expected = AddOutcome::kNotANumber;
    } else if (known &&
               ((options.gt && wanted <= it->second) || (options.lt && wanted >= it->second))) {
      expected = AddOutcome::kRefused;
    } else if (known && wanted == it->second) {
      expected = AddOutcome::kUnchanged;
    }
    const AddResult result = set_.add(member, score, options, settings_);
    EXPECT_EQ(result.outcome, expected);
    if (result.changed()) {
      EXPECT_EQ(result.score, wanted);
      model_.put(member, wanted);
    }
  }

  void look_up() {
    const std::string member = draw_member();
    const auto it = model_.scores.find(member);
    const auto ranked = set_.ranked(member);
    EXPECT_EQ(ranked.has_value(), it != model_.scores.end());
    EXPECT_EQ(set_.score(member).has_value(), ranked.has_value());
    if (!ranked) return;
    EXPECT_EQ(ranked->score, it->second);
    EXPECT_EQ(ranked->rank, model_.rank(model_.order.find({it->second, member})));
    EXPECT_EQ(set_.at(ranked->rank).member, member);
  }

  void ranges() {
    const ScoreRange range{draw_score(), draw_score(), random_.below(2) == 0,
                           random_.below(2) == 0};
    const RankInterval interval = set_.ranks_in(range);
    std::uint64_t count = 0;
    std::uint64_t lower = 0;
    for (const auto& [score, member] : model_.order) {
      const bool low = range.min_exclusive ? score <= range.min : score < range.min;
      const bool high = range.max_exclusive ? score >= range.max : score > range.max;
      if (low) ++lower;
      if (!low && !high) ++count;
    }
    EXPECT_EQ(interval.size(), count);
    if (count == 0) return;
    EXPECT_EQ(interval.first, lower);
    auto expected = model_.at(interval.first);
    for (auto it =
             set_.forward({interval.first, interval.first + std::min<std::uint64_t>(count, 5)});
         it.valid(); it.next(), ++expected) {
      EXPECT_EQ(it->score, expected->first);
      EXPECT_EQ(it->member, expected->second);
    }
  }

  void remove_range(std::uint64_t longest) {
    const std::uint64_t first = random_.below(set_.size() + 1);
    const std::uint64_t last = std::min<std::uint64_t>(set_.size(), first + random_.below(longest));
    EXPECT_EQ(set_.remove_range({first, last}), last - first);
    for (std::uint64_t i = first; i < last; ++i) {
      model_.erase(std::string(model_.at(first)->second));
    }
  }

  void restart() {
    while (!set_.release_some(10)) {
    }
    model_ = {};
  }

  void compare_all() {
    auto forward = set_.forward();
    for (const auto& [score, member] : model_.order) {
      ASSERT_TRUE(forward.valid());
      ASSERT_EQ(forward->score, score);
      ASSERT_EQ(forward->member, member);
      forward.next();
    }
    ASSERT_FALSE(forward.valid());
    auto backward = set_.backward({0, set_.size()});
    for (auto it = model_.order.rbegin(); it != model_.order.rend(); ++it, backward.next()) {
      ASSERT_TRUE(backward.valid());
      ASSERT_EQ(backward->member, it->second);
    }
    ASSERT_FALSE(backward.valid());
    std::set<std::string> seen;
    std::uint64_t cursor = 0;
    do {
      cursor =
          set_.scan(cursor, [&](const SortedSet::Entry& entry) { seen.emplace(entry.member); });
    } while (cursor != 0);
    ASSERT_EQ(seen.size(), model_.scores.size());
  }

  Mix mix_;
  base::Random random_;
  Settings settings_;
  SortedSet set_;
  Model model_;
  std::uint64_t most_ = 0;
};

TEST(SortedSetModel, SmallAcrossTheLimit) { Runner({1, 60, 20, 16, 150000}).run(); }
TEST(SortedSetModel, AllScoresEqual) { Runner({2, 150, 1, 64, 60000}).run(); }
TEST(SortedSetModel, ManyTies) { Runner({3, 1500, 5, 128, 60000}).run(); }
TEST(SortedSetModel, Spread) { Runner({4, 3000, 1000000, 128, 60000}).run(); }
TEST(SortedSetModel, LongBlock) { Runner({5, 700, 100, 250, 40000}).run(); }

}  // namespace
}  // namespace sorrel::types
