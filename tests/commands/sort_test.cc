// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts of SORT cannot see: which effects it leaves for the log, random sorts of long
// lists against std::stable_sort, and that what is stored does not depend on the seed of the hash.
// One thread.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/commands/families.h>
#include <sorrel/types/list.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

class SortServer {
 public:
  explicit SortServer(std::uint64_t seed = 1)
      : fixture(
            {&add_sort_commands, &add_sorted_set_commands, &add_set_commands, &add_string_commands},
            seed) {}

  std::string run(const Texts& words) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    return fixture.run(std::span<const std::string_view>(views));
  }
  Texts sorted(const Texts& words) { return test::bulk_texts(run(words)); }

  void make_list(std::string_view key, const Texts& texts) {
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    auto ref = fixture.keyspace.database(0).write(fixture.keyspace.key(key));
    ref.set_collection(types::List::build(views, fixture.keyspace.settings()));
    ref.commit(keyspace::events::kRPush);
  }
  Texts list(std::string_view key) {
    const auto* record = fixture.keyspace.database(0).find(fixture.keyspace.key(key));
    Texts texts;
    if (record == nullptr) return texts;
    char scratch[base::kMaxIntegerText];
    for (auto it = record->collection<types::List>().forward(); it.valid(); it.next()) {
      texts.emplace_back(it->text(scratch));
    }
    return texts;
  }

  test::CommandFixture fixture;
};

TEST(Sort, OnlyWhatIsStoredIsRepeated) {
  SortServer server;
  server.make_list("l", {"3", "1", "2"});
  server.run({"SORT", "l", "DESC", "STORE", "to"});
  EXPECT_THAT(server.fixture.effects(), ElementsAre("SORT l DESC STORE to"));
  EXPECT_THAT(server.list("to"), ElementsAre("3", "2", "1"));
  server.run({"SORT", "l", "GET", "w_*", "STORE", "to"});
  EXPECT_THAT(server.fixture.effects(), ElementsAre("SORT l GET w_* STORE to"));
  EXPECT_THAT(server.list("to"), ElementsAre("", "", ""));
  server.run({"SORT", "none", "STORE", "to"});
  EXPECT_THAT(server.fixture.effects(), ElementsAre("SORT none STORE to"));
  server.make_list("bad", {"x"});
  for (const Texts& words : {Texts{"SORT", "none", "STORE", "to"}, Texts{"SORT", "l"},
                             Texts{"SORT_RO", "l"}, Texts{"SORT", "bad", "STORE", "to"},
                             Texts{"SORT", "l", "STORE", "to", "LIMIT", "9", "1"}}) {
    server.run(words);
    EXPECT_THAT(server.fixture.effects(), IsEmpty()) << ::testing::PrintToString(words);
  }
}

TEST(Sort, AnExpiredWeightIsRepeatedAsItsDeletion) {
  SortServer server;
  server.make_list("l", {"1", "2"});
  server.run({"SET", "w_1", "9", "PX", "5"});
  EXPECT_THAT(server.sorted({"SORT", "l", "BY", "w_*"}), ElementsAre("2", "1"));
  server.fixture.advance(std::chrono::milliseconds(6));
  EXPECT_THAT(server.sorted({"SORT", "l", "BY", "w_*"}), ElementsAre("1", "2"));
  EXPECT_THAT(server.fixture.effects(), ElementsAre("DEL w_1"));
}

TEST(Sort, LongListsAreSortedAsTheStandardLibraryDoes) {
  base::Random random(1);
  SortServer server;
  std::map<std::string, std::int64_t> weights;
  Texts elements;
  for (std::size_t i = 0; i < 1000; ++i) {
    elements.push_back(std::to_string(static_cast<std::int64_t>(random.below(3000)) - 1500));
    const auto weight = static_cast<std::int64_t>(random.below(500)) - 250;
    weights[elements.back()] = weight;
    server.run({"SET", "w_" + elements.back(), std::to_string(weight)});
  }
  server.make_list("l", elements);
  for (int round = 0; round < 30; ++round) {
    const bool by = random.below(2) == 0;
    const bool alpha = random.below(2) == 0;
    const bool descending = random.below(2) == 0;
    const auto text = [&](const std::string& e) { return by ? std::to_string(weights[e]) : e; };
    const auto number = [&](const std::string& e) { return by ? weights[e] : std::stoll(e); };
    const auto less = [&](const std::string& a, const std::string& b) {
      if (alpha) return text(a) < text(b);
      return number(a) != number(b) ? number(a) < number(b) : a < b;
    };
    Texts expected = elements;
    std::stable_sort(expected.begin(), expected.end(), [&](const auto& a, const auto& b) {
      return descending ? less(b, a) : less(a, b);
    });
    Texts words = {"SORT", "l"};
    if (by) words.insert(words.end(), {"BY", "w_*"});
    if (alpha) words.emplace_back("ALPHA");
    if (descending) words.emplace_back("DESC");
    ASSERT_EQ(server.sorted(words), expected);
    // A part of it: of equal texts any may come.
    const std::size_t first = random.below(elements.size());
    const std::size_t count = random.below(100);
    words.insert(words.end(), {"LIMIT", std::to_string(first), std::to_string(count)});
    const Texts part = server.sorted(words);
    ASSERT_EQ(part.size(), std::min(count, elements.size() - first));
    for (std::size_t i = 0; i < part.size(); ++i) {
      ASSERT_EQ(alpha ? text(part[i]) : part[i],
                alpha ? text(expected[first + i]) : expected[first + i]);
    }
  }
}

TEST(Sort, WhatIsStoredDoesNotDependOnTheHash) {
  SortServer one(1);
  SortServer two(2);
  for (SortServer* server : {&one, &two}) {
    Texts words = {"SADD", "s"};
    for (int i = 0; i < 700; ++i) words.push_back("m" + std::to_string(i));
    server->run(words);
    for (int i = 0; i < 700; ++i) {
      server->run({"SET", "w_m" + std::to_string(i), std::to_string(i % 3)});
    }
    server->run({"SORT", "s", "BY", "nosort", "STORE", "unsorted"});
    server->run({"SORT", "s", "BY", "w_*", "ALPHA", "STORE", "equal"});
    server->run(
        {"SORT", "s", "BY", "w_*", "DESC", "LIMIT", "9", "99", "GET", "#", "STORE", "some"});
  }
  for (const char* const key : {"unsorted", "equal", "some"}) {
    EXPECT_EQ(one.list(key), two.list(key)) << key;
  }
  EXPECT_EQ(one.list("equal").size(), 700U);
  EXPECT_EQ(one.list("some").size(), 99U);
}

}  // namespace
}  // namespace sorrel::commands
