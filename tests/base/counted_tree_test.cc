// SPDX-License-Identifier: BSD-3-Clause
//
// CountedTree against std::set: seeded random operations in several mixes of keys, with the
// structure's own check() along the way, and the promises about fill.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/counted_tree.h>
#include <sorrel/base/counted_tree_check.h>
#include <sorrel/base/random.h>

namespace sorrel::base {
namespace {

struct Order {
  using Key = std::uint64_t;
  using Value = std::uint64_t;
  static bool value_less(Value a, Value b) { return a < b; }
};
// The same order, with hints that tell values but for their last two bits, and begin with 16 bits
// that all values share; in leaves the values are packed.
struct PackedOrder : Order {
  static std::uint64_t hint(Value value, unsigned skip) { return (value >> 2) << 30 << (8 * skip); }
  static void prefetch_value(Value) {}
  static constexpr unsigned kValueBits = 36;
  static std::uint64_t pack(Value value) { return value; }
  static Value unpack(std::uint64_t packed) { return packed; }
};
using Tree = CountedTree<Order>;
using PackedTree = CountedTree<PackedOrder>;
using Model = std::set<std::pair<std::uint64_t, std::uint64_t>>;

template <class Tree>
void expect_same(const Tree& tree, const Model& model) {
  ASSERT_TRUE(tree.check());
  ASSERT_EQ(tree.size(), model.size());
  auto forward = tree.front();
  for (const auto& pair : model) {
    ASSERT_TRUE(forward.valid());
    ASSERT_EQ(std::pair(forward.entry().key, forward.entry().value), pair);
    forward.next();
  }
  ASSERT_FALSE(forward.valid());
  auto backward = tree.back();
  for (auto it = model.rbegin(); it != model.rend(); ++it) {
    ASSERT_TRUE(backward.valid());
    ASSERT_EQ(std::pair(backward.entry().key, backward.entry().value), *it);
    backward.previous();
  }
  ASSERT_FALSE(backward.valid());
}

// A tree, its model, and one random operation on both.
template <class Tree>
struct Pair {
  Pair(std::uint64_t seed, std::uint64_t keys) : random(seed), key_space(keys) {}

  static typename Tree::Entry entry_of(const Model::value_type& pair) {
    return {pair.first, pair.second};
  }
  Model::value_type draw() { return {random.below(key_space), random.below(1U << 20)}; }
  Model::const_iterator draw_held() {
    auto it = model.lower_bound(draw());
    return it == model.end() ? model.begin() : it;
  }
  void insert() {
    const auto pair = draw();
    if (model.insert(pair).second) tree.insert(entry_of(pair));
  }
  void erase() {
    if (model.empty()) return;
    const auto it = draw_held();
    tree.erase(entry_of(*it));
    model.erase(it);
  }
  void replace() {
    if (model.empty()) return;
    const auto it = draw_held();
    const auto from = *it;
    std::pair to(random.below(2) == 0 ? from.first + random.below(3) : random.below(key_space),
                 from.second);
    if (to != from && model.contains(to)) return;
    tree.replace(entry_of(from), entry_of(to));
    model.erase(it);
    model.insert(to);
  }
  void erase_range() {
    const std::uint64_t first = random.below(model.size() + 1);
    const std::uint64_t longest = random.below(8) == 0 ? 1000 : 20;
    const std::uint64_t last = std::min<std::uint64_t>(model.size(), first + random.below(longest));
    auto it = std::next(model.begin(), static_cast<std::ptrdiff_t>(first));
    tree.erase_range(first, last, [&](const typename Tree::Entry& entry) {
      EXPECT_EQ(std::pair(entry.key, entry.value), *it);
      it = model.erase(it);
    });
  }
  void ask() {
    if (model.empty()) return;
    const std::uint64_t rank = random.below(model.size());
    const auto position = tree.at(rank);
    ASSERT_EQ(tree.rank(position.entry()), rank);
    const auto bound = draw();
    const auto before = [&](const typename Tree::Entry& entry) {
      return std::pair(entry.key, entry.value) < bound;
    };
    const std::uint64_t count = tree.count_before(before);
    const auto it = model.lower_bound(bound);
    if (it == model.end()) {
      ASSERT_EQ(count, model.size());
    } else {
      ASSERT_EQ(tree.rank(entry_of(*it)), count);
    }
    const auto found = tree.lower_bound(entry_of(bound));
    ASSERT_EQ(found.valid(), it != model.end());
    if (found.valid()) {
      ASSERT_EQ(std::pair(found.entry().key, found.entry().value), *it);
    }
  }

  Random random;
  std::uint64_t key_space;
  Tree tree;
  Model model;
};

// Grows and shrinks in waves, so that the tree passes through every height several times.
template <class Tree>
void run_waves(std::uint64_t seed, std::uint64_t key_space, unsigned operations) {
  Pair<Tree> pair(seed, key_space);
  for (unsigned i = 0; i < operations; ++i) {
    const bool growing = (i / 20000) % 2 == 0;
    const std::uint64_t die = pair.random.below(1000);
    if (die < (growing ? 600U : 150U)) {
      pair.insert();
    } else if (die < 800) {
      pair.erase();
    } else if (die < 900) {
      pair.replace();
    } else if (die < 995) {
      pair.ask();
    } else if (!growing || die == 999) {
      pair.erase_range();
    }
    if (i % 10007 == 0) expect_same(pair.tree, pair.model);
    if (i % 30011 == 0) pair.tree.set_hint_skip(2 - i / 30011 % 3);
    if (::testing::Test::HasFatalFailure()) return;
  }
  expect_same(pair.tree, pair.model);
}

TEST(CountedTree, AgreesWithModelOnDistinctKeys) { run_waves<Tree>(1, 1ULL << 40, 200000); }
TEST(CountedTree, AgreesWithModelOnFewKeys) { run_waves<Tree>(2, 50, 200000); }
TEST(CountedTree, AgreesWithModelOnOneKey) { run_waves<Tree>(3, 1, 200000); }
TEST(CountedTree, PackedAgreesWithModelOnDistinctKeys) {
  run_waves<PackedTree>(4, 1ULL << 40, 200000);
}
TEST(CountedTree, PackedAgreesWithModelOnFewKeys) { run_waves<PackedTree>(5, 50, 300000); }
TEST(CountedTree, PackedAgreesWithModelOnOneKey) { run_waves<PackedTree>(6, 1, 300000); }

TEST(CountedTree, EmptyTreeAnswers) {
  Tree tree;
  EXPECT_TRUE(tree.empty());
  EXPECT_EQ(tree.count_before([](const Tree::Entry&) { return true; }), 0U);
  EXPECT_FALSE(tree.front().valid());
  EXPECT_FALSE(tree.back().valid());
  EXPECT_FALSE(tree.lower_bound({1, 1}).valid());
  EXPECT_EQ(tree.memory_bytes(), 0U);
  EXPECT_TRUE(tree.release_some(1, [](const Tree::Entry&) {}));
}

TEST(CountedTree, AscendingAndDescendingInsertionFillLeaves) {
  constexpr std::uint64_t kEntries = 300000;
  Tree ascending;
  Tree descending;
  for (std::uint64_t i = 0; i < kEntries; ++i) {
    ascending.insert({i, 0});
    descending.insert({kEntries - i, 0});
  }
  ASSERT_TRUE(ascending.check());
  ASSERT_TRUE(descending.check());
  EXPECT_LT(ascending.memory_bytes(), kEntries * 175 / 10);
  EXPECT_LT(descending.memory_bytes(), kEntries * 175 / 10);
}

TEST(CountedTree, RandomInsertionFillsFourFifths) {
  constexpr std::uint64_t kEntries = 300000;
  Random random(4);
  Tree tree;
  for (std::uint64_t i = 0; i < kEntries; ++i) tree.insert({random.next(), i});
  ASSERT_TRUE(tree.check());
  EXPECT_LT(tree.memory_bytes(), kEntries * 16 * 10 / 8);
}

TEST(CountedTree, ErasingFromEitherEndFreesEverything) {
  for (const bool from_front : {true, false}) {
    Tree tree;
    for (std::uint64_t i = 0; i < 50000; ++i) tree.insert({i, i});
    while (!tree.empty()) {
      tree.erase((from_front ? tree.front() : tree.back()).entry());
      EXPECT_TRUE(tree.size() % 4999 != 0 || tree.check());
    }
    EXPECT_EQ(tree.memory_bytes(), 0U);
  }
}

// When the leaf that goes is the first below an inner node, its ancestors must name the next entry.
TEST(CountedTree, ErasingWholeLeavesKeepsLeastEntriesExact) {
  Random random(8);
  Tree tree;
  for (std::uint64_t i = 0; i < 60000; ++i) tree.insert({random.next(), i});
  while (!tree.empty()) {
    const std::uint64_t rank = random.below(tree.size());
    const Tree::Position position = tree.at(rank);
    const std::uint64_t first = rank - position.slot;
    tree.erase_range(first, first + position.leaf->count, [](const Tree::Entry&) {});
    ASSERT_TRUE(tree.check()) << tree.size();
  }
}

TEST(CountedTree, ReleasesInBoundedSteps) {
  Tree tree;
  for (std::uint64_t i = 0; i < 20000; ++i) tree.insert({i, i});
  std::uint64_t released = 0;
  std::uint64_t steps = 0;
  bool done = false;
  while (!done) {
    const std::uint64_t before = released;
    done = tree.release_some(100, [&](const Tree::Entry&) { ++released; });
    EXPECT_LE(released - before, 100 + 62U);
    ++steps;
  }
  EXPECT_EQ(released, 20000U);
  EXPECT_GE(steps, 20000U / 162);
  EXPECT_TRUE(tree.check());
  tree.insert({1, 1});
  EXPECT_EQ(tree.size(), 1U);
}

TEST(CountedTree, CopiesAndGoesOnApart) {
  for (const std::uint64_t entries : {0UL, 1UL, 62UL, 63UL, 5000UL, 100000UL}) {
    Pair<Tree> pair(11, 1ULL << 40);
    while (pair.model.size() < entries) pair.insert();
    Pair<Tree> other(12, 1ULL << 40);
    other.tree.copy(pair.tree);
    other.model = pair.model;
    expect_same(other.tree, other.model);
    EXPECT_EQ(other.tree.memory_bytes(), pair.tree.memory_bytes());
    for (unsigned i = 0; i < 3000; ++i) {
      pair.erase();
      other.insert();
      other.replace();
    }
    expect_same(other.tree, other.model);
    expect_same(pair.tree, pair.model);
  }
}

TEST(CountedTree, MovesAndIsDestroyedHalfReleased) {
  Tree tree;
  for (std::uint64_t i = 0; i < 5000; ++i) tree.insert({i, i});
  Tree other = std::move(tree);
  EXPECT_EQ(other.size(), 5000U);
  EXPECT_TRUE(other.check());
  EXPECT_FALSE(other.release_some(1000, [](const Tree::Entry&) {}));
}

}  // namespace
}  // namespace sorrel::base
