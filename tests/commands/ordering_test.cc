// SPDX-License-Identifier: BSD-3-Clause
//
// The two orderings against std::stable_sort: every position asked for, many equal elements, inputs
// that are bad for a quicksort, and comparisons that contradict themselves. That equal elements
// come out as clients of Redis know it, the differential test shows. One thread.
#include "ordering.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>

namespace sorrel::commands {
namespace {

struct Element {
  std::uint64_t key = 0;
  std::string name;  // moves, unlike a number, are noticed

  friend bool operator==(const Element&, const Element&) = default;
};

int by_key(const Element& a, const Element& b) {
  if (a.key == b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

std::vector<Element> random_elements(base::Random& random, std::size_t size, std::uint64_t keys) {
  std::vector<Element> elements;
  for (std::size_t i = 0; i < size; ++i) {
    elements.push_back({random.below(keys), std::string("element number ") + std::to_string(i)});
  }
  return elements;
}

std::vector<Element> stably_sorted(std::vector<Element> elements) {
  std::stable_sort(elements.begin(), elements.end(),
                   [](const Element& a, const Element& b) { return a.key < b.key; });
  return elements;
}

TEST(Ordering, AMergeSortKeepsEqualOnesAsTheyCame) {
  base::Random random(1);
  for (const std::size_t size : {0U, 1U, 2U, 3U, 7U, 10U, 100U, 1000U}) {
    for (const std::uint64_t keys : {1U, 3U, 50U, 100'000U}) {
      auto elements = random_elements(random, size, keys);
      const auto expected = stably_sorted(elements);
      merge_sort(std::span(elements), by_key);
      ASSERT_EQ(elements, expected);
    }
  }
}

TEST(Ordering, PartsHoldWhatTheyWouldInTheWhole) {
  base::Random random(2);
  for (int round = 0; round < 800; ++round) {
    const std::size_t size = 1 + random.below(round % 10 == 0 ? 500 : 60);
    const std::uint64_t keys = std::uint64_t{1} << random.below(12);
    auto elements = random_elements(random, size, keys);
    const std::size_t first = random.below(size);
    const std::size_t last = first + random.below(size - first);
    const auto before = elements;
    sort_part(std::span(elements), first, last, by_key);
    const auto expected = stably_sorted(before);
    for (std::size_t i = 0; i < size; ++i) {
      if (i < first) {
        ASSERT_LE(elements[i].key, expected[first].key);
      } else if (i > last) {
        ASSERT_GE(elements[i].key, expected[last].key);
      } else {
        ASSERT_EQ(elements[i].key, expected[i].key);
      }
    }
    ASSERT_TRUE(std::is_permutation(elements.begin(), elements.end(), before.begin()));
  }
}

TEST(Ordering, FewElementsKeepTheirOrderWhenEqual) {
  base::Random random(3);
  auto elements = random_elements(random, 6, 2);
  const auto expected = stably_sorted(elements);
  sort_part(std::span(elements), 0, 0, by_key);
  EXPECT_EQ(elements, expected);
}

// M. D. McIlroy's adversary (1999): answers so that every pivot turns out to be a bad one.
TEST(Ordering, NoInputTakesLong) {
  constexpr int kSize = 20'000;
  std::vector<int> solid(kSize, kSize);
  int next_solid = 0;
  int candidate = 0;
  std::uint64_t comparisons = 0;
  std::vector<int> items(kSize);
  for (int i = 0; i < kSize; ++i) items[static_cast<std::size_t>(i)] = i;
  const auto compare = [&](const int& a, const int& b) {
    ++comparisons;
    int& of_a = solid[static_cast<std::size_t>(a)];
    int& of_b = solid[static_cast<std::size_t>(b)];
    if (of_a == kSize && of_b == kSize) (a == candidate ? of_a : of_b) = next_solid++;
    if (of_a == kSize) candidate = a;
    if (of_b == kSize) candidate = b;
    return of_a - of_b;
  };
  sort_part(std::span(items), 0, kSize - 1, compare);
  EXPECT_LT(comparisons, 4'000'000U);
  for (std::size_t i = 1; i < kSize; ++i) {
    ASSERT_LE(solid[static_cast<std::size_t>(items[i - 1])],
              solid[static_cast<std::size_t>(items[i])]);
  }
}

TEST(Ordering, AComparisonThatContradictsItselfDoesNoHarm) {
  base::Random random(4);
  for (int round = 0; round < 100; ++round) {
    const auto before = random_elements(random, 1 + random.below(300), 100);
    const auto any = [&](const Element&, const Element&) {
      return static_cast<int>(random.below(3)) - 1;
    };
    auto elements = before;
    sort_part(std::span(elements), 0, random.below(elements.size()), any);
    ASSERT_TRUE(std::is_permutation(elements.begin(), elements.end(), before.begin()));
    merge_sort(std::span(elements), any);
    ASSERT_TRUE(std::is_permutation(elements.begin(), elements.end(), before.begin()));
  }
}

}  // namespace
}  // namespace sorrel::commands
