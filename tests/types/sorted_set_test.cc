// SPDX-License-Identifier: BSD-3-Clause
//
// SortedSet verb by verb, each in both encodings: what ZADD's options mean, ranges, iteration, the
// change of encoding, and the memory promised for small sets.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/types/sorted_set.h>

namespace sorrel::types {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Listing = std::vector<std::pair<std::string, double>>;

Listing listing(SortedSet::Iterator it) {
  Listing entries;
  for (; it.valid(); it.next()) entries.emplace_back(it->member, it->score);
  return entries;
}

std::string members(SortedSet::Iterator it) {
  std::string text;
  for (; it.valid(); it.next()) text += it->member;
  return text;
}

class SortedSetVerbs : public ::testing::TestWithParam<SortedSetEncoding> {
 protected:
  SortedSetVerbs() {
    if (GetParam() == SortedSetEncoding::kSkiplist) settings.zset_max_listpack_entries = 0;
  }
  AddResult add(std::string_view member, double score, AddOptions options = {}) {
    return set.add(member, score, options, settings);
  }
  Settings settings;
  SortedSet set;
};

INSTANTIATE_TEST_SUITE_P(Encodings, SortedSetVerbs,
                         ::testing::Values(SortedSetEncoding::kListpack,
                                           SortedSetEncoding::kSkiplist),
                         [](const auto& info) { return std::string(encoding_name(info.param)); });

TEST_P(SortedSetVerbs, AddsUpdatesAndOrders) {
  EXPECT_EQ(add("b", 2).outcome, AddOutcome::kAdded);
  EXPECT_EQ(add("a", 2).outcome, AddOutcome::kAdded);
  EXPECT_EQ(add("c", -1.5).outcome, AddOutcome::kAdded);
  EXPECT_EQ(add("c", -1.5).outcome, AddOutcome::kUnchanged);
  EXPECT_EQ(members(set.forward()), "cab");
  EXPECT_EQ(add("c", kInfinity).outcome, AddOutcome::kUpdated);
  EXPECT_EQ(members(set.forward()), "abc");
  EXPECT_EQ(members(set.backward({0, 3})), "cba");
  EXPECT_EQ(set.score("c"), kInfinity);
  EXPECT_EQ(set.score("d"), std::nullopt);
  EXPECT_EQ(set.rank("b"), 1U);
  EXPECT_EQ(set.rank("d"), std::nullopt);
  EXPECT_EQ(set.ranked("b")->score, 2);
  EXPECT_EQ(set.at(2).member, "c");
  EXPECT_EQ(set.encoding(), GetParam());
}

TEST_P(SortedSetVerbs, OptionsDecideAsRedis) {
  EXPECT_EQ(add("a", 5, {.xx = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(set.size(), 0U);
  EXPECT_EQ(add("a", 5, {.nx = true}).outcome, AddOutcome::kAdded);
  EXPECT_EQ(add("a", 6, {.nx = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(add("a", 5, {.gt = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(add("a", 6, {.gt = true}).outcome, AddOutcome::kUpdated);
  EXPECT_EQ(add("a", 7, {.lt = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(add("a", 4, {.xx = true, .lt = true}).outcome, AddOutcome::kUpdated);
  EXPECT_EQ(add("b", 4, {.gt = true}).outcome, AddOutcome::kAdded);
  EXPECT_EQ(set.score("a"), 4);
}

TEST_P(SortedSetVerbs, IncrementsAsRedis) {
  const AddOptions incr{.incr = true};
  EXPECT_EQ(add("a", 1.5, incr).score, 1.5);
  const AddResult second = add("a", 2, incr);
  EXPECT_EQ(second.outcome, AddOutcome::kUpdated);
  EXPECT_EQ(second.score, 3.5);
  EXPECT_EQ(add("a", 0, incr).outcome, AddOutcome::kUnchanged);
  EXPECT_EQ(add("a", -1, {.gt = true, .incr = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(add("a", 1, {.nx = true, .incr = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(add("z", 1, {.xx = true, .incr = true}).outcome, AddOutcome::kRefused);
  EXPECT_EQ(set.score("a"), 3.5);
  EXPECT_EQ(set.size(), 1U);
}

TEST_P(SortedSetVerbs, NotANumberChangesNothing) {
  EXPECT_EQ(add("a", std::nan("")).outcome, AddOutcome::kNotANumber);
  EXPECT_TRUE(set.empty());
  add("a", kInfinity);
  EXPECT_EQ(add("a", -kInfinity, {.incr = true}).outcome, AddOutcome::kNotANumber);
  EXPECT_EQ(set.score("a"), kInfinity);
}

TEST_P(SortedSetVerbs, NegativeZeroIsZeroInTheCompactFormOnly) {
  add("a", -0.0);
  EXPECT_EQ(std::signbit(*set.score("a")), GetParam() == SortedSetEncoding::kSkiplist);
  EXPECT_EQ(add("a", 0.0).outcome, AddOutcome::kUnchanged);
  EXPECT_EQ(add("b", 0.0).outcome, AddOutcome::kAdded);
  EXPECT_EQ(set.rank("a"), 0U);
  EXPECT_EQ(set.ranks_in(ScoreRange{0, 0}), (RankInterval{0, 2}));
  EXPECT_TRUE(set.remove("a"));
}

TEST_P(SortedSetVerbs, ScoresOfEveryKindComeBack) {
  std::vector<double> scores = {kInfinity,
                                -kInfinity,
                                0.1,
                                -0.1,
                                1e300,
                                -1e300,
                                std::numeric_limits<double>::denorm_min(),
                                std::numeric_limits<double>::max()};
  for (const double base : {0.0, 239.0, 240.0, 255.0, 256.0, 65536.0, 9007199254740992.0, 1e16}) {
    for (const double delta : {-2.0, -1.0, 0.0, 1.0, 2.0}) {
      scores.push_back(base + delta);
      scores.push_back(-base - delta);
    }
  }
  std::sort(scores.begin(), scores.end());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  for (std::size_t i = 0; i < scores.size(); ++i) add(std::to_string(i), scores[i]);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(set.score(std::to_string(i)), scores[i]);
    EXPECT_EQ(set.rank(std::to_string(i)), i);
  }
  EXPECT_EQ(set.encoding(), GetParam());
}

TEST_P(SortedSetVerbs, MembersOfAnyBytesAndLength) {
  settings.zset_max_listpack_value = 1 << 20;
  const std::vector<std::string> texts = {std::string(),
                                          std::string("\0", 1),
                                          std::string("\0\0", 2),
                                          "a",
                                          std::string("a\0b", 3),
                                          std::string(127, 'b'),
                                          std::string(128, 'b'),
                                          std::string(70000, 'c'),
                                          "\x7f",
                                          "\xff\xfe"};
  for (auto it = texts.rbegin(); it != texts.rend(); ++it) add(*it, 1);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(set.at(i).member, texts[i]);
  EXPECT_EQ(set.encoding(), GetParam());
  for (const auto& text : texts) EXPECT_TRUE(set.remove(text));
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.memory_bytes(), 0U);
}

TEST_P(SortedSetVerbs, ScoreRangesBecomeRanks) {
  for (int i = 0; i < 10; ++i) add(std::string(1, static_cast<char>('a' + i)), i / 2);
  EXPECT_EQ(set.ranks_in(ScoreRange{1, 2}), (RankInterval{2, 6}));
  EXPECT_EQ(set.ranks_in(ScoreRange{1, 2, true, false}), (RankInterval{4, 6}));
  EXPECT_EQ(set.ranks_in(ScoreRange{1, 2, false, true}), (RankInterval{2, 4}));
  EXPECT_TRUE(set.ranks_in(ScoreRange{1, 2, true, true}).empty());
  EXPECT_TRUE(set.ranks_in(ScoreRange{2, 1}).empty());
  EXPECT_TRUE(set.ranks_in(ScoreRange{5, 9}).empty());
  EXPECT_EQ(set.ranks_in(ScoreRange{-kInfinity, kInfinity}), (RankInterval{0, 10}));
  add("z", kInfinity);
  EXPECT_EQ(set.ranks_in(ScoreRange{-kInfinity, kInfinity, false, true}), (RankInterval{0, 10}));
  EXPECT_LE(set.ranks_in(ScoreRange{5, kInfinity, false, true}).last, set.size());
}

TEST_P(SortedSetVerbs, LexRangesBecomeRanks) {
  using Kind = LexBound::Kind;
  for (const char* text : {"a", "b", "c", "d"}) add(text, 0);
  const LexBound lowest{Kind::kMinimum, {}};
  const LexBound highest{Kind::kMaximum, {}};
  EXPECT_EQ(set.ranks_in(LexRange{lowest, highest}), (RankInterval{0, 4}));
  EXPECT_TRUE(set.ranks_in(LexRange{highest, lowest}).empty());
  EXPECT_TRUE(set.ranks_in(LexRange{lowest, lowest}).empty());
  EXPECT_TRUE(set.ranks_in(LexRange{highest, highest}).empty());
  EXPECT_EQ(set.ranks_in(LexRange{{Kind::kInclusive, "b"}, {Kind::kInclusive, "c"}}),
            (RankInterval{1, 3}));
  EXPECT_EQ(set.ranks_in(LexRange{{Kind::kExclusive, "b"}, {Kind::kInclusive, "c"}}),
            (RankInterval{2, 3}));
  EXPECT_EQ(set.ranks_in(LexRange{{Kind::kInclusive, "aa"}, {Kind::kExclusive, "d"}}),
            (RankInterval{1, 3}));
  EXPECT_TRUE(set.ranks_in(LexRange{{Kind::kInclusive, "c"}, {Kind::kInclusive, "b"}}).empty());
}

TEST_P(SortedSetVerbs, RemovesRanges) {
  for (int i = 0; i < 100; ++i) add(std::to_string(i), i);
  EXPECT_EQ(set.remove_range({10, 20}), 10U);
  EXPECT_EQ(set.remove_range({5, 5}), 0U);
  EXPECT_EQ(set.size(), 90U);
  EXPECT_EQ(set.at(10).member, "20");
  EXPECT_EQ(set.score("15"), std::nullopt);
  EXPECT_EQ(set.remove_range({0, 90}), 90U);
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.remove("20"));
}

TEST_P(SortedSetVerbs, IteratesPartsInBothDirections) {
  settings.zset_max_listpack_entries *= 4;
  for (int i = 0; i < 200; ++i) add(std::to_string(i), i);
  for (const RankInterval interval :
       {RankInterval{0, 200}, {0, 0}, {200, 200}, {31, 97}, {64, 65}, {0, 33}, {170, 200}}) {
    Listing expected;
    for (auto i = interval.first; i < interval.last; ++i) {
      expected.emplace_back(std::to_string(i), static_cast<double>(i));
    }
    EXPECT_EQ(listing(set.forward(interval)), expected);
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(listing(set.backward(interval)), expected);
  }
}

TEST_P(SortedSetVerbs, ScanEmitsEverything) {
  for (int i = 0; i < 100; ++i) add(std::to_string(i), i);
  std::map<std::string, double> seen;
  std::uint64_t cursor = 0;
  do {
    cursor = set.scan(cursor, [&](const SortedSet::Entry& entry) {
      seen[std::string(entry.member)] = entry.score;
    });
  } while (cursor != 0);
  ASSERT_EQ(seen.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen.at(std::to_string(i)), i);
}

TEST_P(SortedSetVerbs, RandomReachesEveryEntry) {
  for (int i = 0; i < 20; ++i) add(std::to_string(i), i);
  base::Random random(7);
  std::map<std::string, int> drawn;
  for (int i = 0; i < 4000; ++i) ++drawn[std::string(set.random(random).member)];
  ASSERT_EQ(drawn.size(), 20U);
  for (const auto& [member, times] : drawn) EXPECT_GT(times, 100) << member;
}

TEST_P(SortedSetVerbs, ClonesAndMoves) {
  for (int i = 0; i < 100; ++i) add(std::to_string(i), i % 7);
  SortedSet copy = set.clone(settings);
  EXPECT_EQ(listing(copy.forward()), listing(set.forward()));
  EXPECT_EQ(copy.encoding(), set.encoding());
  set.remove("5");
  EXPECT_EQ(copy.score("5"), 5);
  SortedSet moved = std::move(copy);
  EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): what a move leaves behind
  EXPECT_EQ(moved.size(), 100U);
  moved = SortedSet();
  EXPECT_TRUE(moved.empty());
  EXPECT_TRUE(SortedSet().clone(settings).empty());
}

TEST_P(SortedSetVerbs, ReleasesInSteps) {
  for (int i = 0; i < 100; ++i) add(std::to_string(i), i);
  EXPECT_EQ(set.release_cost(), GetParam() == SortedSetEncoding::kSkiplist ? 100U : 1U);
  int steps = 1;
  while (!set.release_some(1)) ++steps;
  EXPECT_EQ(steps > 1, GetParam() == SortedSetEncoding::kSkiplist);
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.memory_bytes(), 0U);
}

TEST(SortedSet, TurnsBigPastTheEntryLimitAndStays) {
  Settings settings;
  settings.zset_max_listpack_entries = 4;
  SortedSet set;
  for (int i = 0; i < 4; ++i) set.add(std::to_string(i), i, {}, settings);
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kListpack);
  set.add("3", 9, {}, settings);
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kListpack);
  set.add("4", 4, {}, settings);
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kSkiplist);
  EXPECT_EQ(members(set.forward()), "01243");
  set.remove_range({1, 5});
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kSkiplist);
  EXPECT_EQ(set.clone(settings).encoding(), SortedSetEncoding::kSkiplist);
}

TEST(SortedSet, TurnsBigPastTheMemberLimit) {
  Settings settings;
  settings.zset_max_listpack_value = 4;
  SortedSet set;
  set.add("four", 1, {}, settings);
  EXPECT_EQ(set.add("fives", 1, {.xx = true}, settings).outcome, AddOutcome::kRefused);
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kListpack);
  set.add("fives", 1, {}, settings);
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kSkiplist);
}

TEST(SortedSet, AnnouncementAloneTurnsBig) {
  Settings settings;
  settings.zset_max_listpack_entries = 4;
  SortedSet set;
  set.expect(4, settings);
  set.add("a", 1, {}, settings);
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kListpack);
  set.expect(5, settings);
  EXPECT_EQ(set.encoding(), SortedSetEncoding::kSkiplist);
  EXPECT_EQ(members(set.forward()), "a");
}

TEST(SortedSet, BuildsFromAnyOrderInTheRightForm) {
  Settings settings;
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back("member:" + std::to_string(i * 7919 % 300));
  for (const std::size_t count : {0U, 1U, 128U, 129U, 300U}) {
    std::vector<SortedSet::Entry> entries;
    SortedSet expected;
    for (std::size_t i = 0; i < count; ++i) {
      entries.push_back({texts[i], static_cast<double>(i % 10)});
      expected.add(texts[i], static_cast<double>(i % 10), {}, settings);
    }
    const SortedSet built = SortedSet::build(entries, settings);
    EXPECT_EQ(listing(built.forward()), listing(expected.forward()));
    EXPECT_EQ(built.encoding(), expected.encoding()) << count;
  }
}

TEST(SortedSet, SmallSetsCostAtMost25BytesAMember) {
  Settings settings;
  SortedSet set;
  for (int i = 0; i < 10; ++i) {
    set.add("member:000000000" + std::to_string(i), i * 20, {}, settings);
  }
  EXPECT_EQ(set.at(0).member.size(), 17U);
  EXPECT_LE(set.memory_bytes() + sizeof set, 250U);
}

TEST(SortedSet, LargeSetsCostAtMost75BytesAMember) {
  Settings settings;
  SortedSet set;
  base::Random random(11);
  constexpr std::uint64_t kMembers = 200000;
  for (std::uint64_t i = 0; i < kMembers; ++i) {
    std::string digits = std::to_string(i);
    set.add("member:" + std::string(10 - digits.size(), '0') + digits,
            static_cast<double>(random.below(1000000)), {}, settings);
  }
  EXPECT_LE(set.memory_bytes(), kMembers * 75);
}

}  // namespace
}  // namespace sorrel::types
