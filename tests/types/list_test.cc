// SPDX-License-Identifier: BSD-3-Clause
//
// List verb by verb, in each form: when it changes its name (the figures are those of Redis 8.0),
// what an element of any size costs, freeing in steps. Random verbs are in list_model_test.cc.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/numbers.h>
#include <sorrel/base/random.h>
#include <sorrel/types/list.h>

#include "encoding/node_sequence.h"

namespace sorrel::types {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Lists : testing::Test {
  void push(std::string_view text) { list.push(ListEnd::kBack, text, settings); }
  void fill(std::uint64_t count, std::string_view text) {
    const std::vector<std::string_view> texts(count, text);
    list = List();
    list.push(ListEnd::kBack, texts, settings);
  }
  // How many pushes of `text` make a quicklist of an empty list.
  std::uint64_t pushes_to_quicklist(std::string_view text) {
    list = List();
    while (list.encoding() == ListEncoding::kListpack) push(text);
    return list.size();
  }
  // How many elements are left when pops have made it a listpack again.
  std::uint64_t left_as_listpack() {
    while (!list.empty() && list.encoding() == ListEncoding::kQuicklist) {
      list.pop(ListEnd::kBack, 1, settings);
    }
    return list.size();
  }
  std::vector<std::string> contents() {
    std::vector<std::string> texts;
    char scratch[base::kMaxIntegerText];
    for (auto it = list.forward(); it.valid(); it.next()) texts.emplace_back(it->text(scratch));
    return texts;
  }
  std::vector<std::uint64_t> positions(const ListSearch& search) {
    std::vector<std::uint64_t> found;
    list.search(search, [&](std::uint64_t index) { found.push_back(index); });
    return found;
  }

  Settings settings;
  List list;
};

constexpr std::string_view kText17 = "seventeen letters";

TEST_F(Lists, AnEmptyOneOwnsNothing) {
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0U);
  EXPECT_EQ(list.memory_bytes(), 0U);
  EXPECT_EQ(list.encoding(), ListEncoding::kListpack);
  EXPECT_FALSE(list.forward().valid());
  EXPECT_FALSE(list.chunks().valid());
  EXPECT_EQ(list.remove("a", 0, ListEnd::kFront, settings), 0U);
  EXPECT_THAT(positions({"a"}), IsEmpty());
  EXPECT_FALSE(list.insert_before("a", "b", settings));
  EXPECT_TRUE(list.release_some(1));
  push("a");
  list.pop(ListEnd::kFront, 1, settings);
  EXPECT_EQ(list.memory_bytes(), 0U);
}

TEST_F(Lists, PushesToBothEnds) {
  const std::string_view texts[] = {"c", "b", "a"};
  list.push(ListEnd::kFront, texts, settings);
  push("17");
  EXPECT_THAT(contents(), ElementsAre("a", "b", "c", "17"));
  EXPECT_EQ(list.peek(ListEnd::kFront).bytes, "a");
  EXPECT_EQ(list.peek(ListEnd::kBack).integer, 17);
  list.pop(ListEnd::kFront, 2, settings);
  list.pop(ListEnd::kBack, 1, settings);
  EXPECT_THAT(contents(), ElementsAre("c"));
}

TEST_F(Lists, InsertsAndRemovesByValue) {
  const std::string_view texts[] = {"a", "b", "a", "b", "a"};
  list.push(ListEnd::kBack, texts, settings);
  EXPECT_TRUE(list.insert_before("b", "1", settings));
  EXPECT_TRUE(list.insert_after("b", "2", settings));
  EXPECT_FALSE(list.insert_after("c", "3", settings));
  EXPECT_THAT(contents(), ElementsAre("a", "1", "b", "2", "a", "b", "a"));
  EXPECT_THAT(positions({"a"}), ElementsAre(0, 4, 6));
  EXPECT_THAT(positions({"a", 1}), ElementsAre(4, 6));
  EXPECT_THAT(positions({"a", 0, 1, 0, ListEnd::kBack}), ElementsAre(6));
  EXPECT_THAT(positions({"a", 0, 0, 5}), ElementsAre(0, 4));
  EXPECT_EQ(list.remove("a", 2, ListEnd::kBack, settings), 2U);
  EXPECT_THAT(contents(), ElementsAre("a", "1", "b", "2", "b"));
  EXPECT_EQ(list.remove("b", 0, ListEnd::kFront, settings), 2U);
  EXPECT_EQ(list.remove("b", 0, ListEnd::kFront, settings), 0U);
  EXPECT_TRUE(list.set(1, "x", settings));
  EXPECT_FALSE(list.set(3, "x", settings));
  EXPECT_THAT(contents(), ElementsAre("a", "x", "2"));
}

TEST_F(Lists, BecomesAQuicklistWhereRedisDoes) {
  EXPECT_EQ(pushes_to_quicklist(kText17), 431U);
  settings.list_max_listpack_size = -1;
  EXPECT_EQ(pushes_to_quicklist(kText17), 216U);
  settings.list_max_listpack_size = -3;
  EXPECT_EQ(pushes_to_quicklist(kText17), 863U);
  settings.list_max_listpack_size = -7;
  EXPECT_EQ(pushes_to_quicklist(kText17), 3450U);
  settings.list_max_listpack_size = 128;
  EXPECT_EQ(pushes_to_quicklist(kText17), 129U);
  settings.list_max_listpack_size = 0;
  EXPECT_EQ(pushes_to_quicklist(kText17), 2U);
  settings.list_max_listpack_size = 1000000;
  EXPECT_EQ(pushes_to_quicklist(kText17), 431U);
}

TEST_F(Lists, BecomesAListpackAgainWhereRedisDoes) {
  const auto left = [&](std::int64_t limit) {
    settings.list_max_listpack_size = limit;
    pushes_to_quicklist(kText17);
    return left_as_listpack();
  };
  EXPECT_EQ(left(-2), 215U);
  EXPECT_EQ(left(-1), 107U);
  EXPECT_EQ(left(-3), 430U);
  EXPECT_EQ(left(-5), 1724U);
  EXPECT_EQ(left(128), 64U);
  EXPECT_EQ(left(5), 2U);
  EXPECT_EQ(left(0), 0U);
  EXPECT_EQ(left(1000000), 430U);
}

TEST_F(Lists, OneCommandsTextsAreJudgedByTheirLengths) {
  fill(8185, "1");
  EXPECT_EQ(list.encoding(), ListEncoding::kListpack);
  EXPECT_EQ(list.size(), 8185U);
  fill(8186, "1");
  EXPECT_EQ(list.encoding(), ListEncoding::kQuicklist);
  EXPECT_EQ(list.chunks().remaining(), 3U);
  fill(1000, kText17);
  EXPECT_EQ(list.chunks().remaining(), 3U);
  fill(1, std::string(8185, 'x'));
  EXPECT_EQ(list.encoding(), ListEncoding::kListpack);
  fill(1, std::string(8186, 'x'));
  EXPECT_EQ(list.encoding(), ListEncoding::kQuicklist);
  EXPECT_FALSE((*list.chunks()).is_element);
  fill(1, std::string(8193, 'x'));
  EXPECT_TRUE((*list.chunks()).is_element);
}

TEST_F(Lists, NodesLeftApartKeepAQuicklist) {
  settings.list_max_listpack_size = 4;
  const std::string_view texts[] = {"0", "1", "2", "3", "4", "5"};
  list.push(ListEnd::kBack, texts, settings);
  for (const auto* gone : {"0", "1", "2", "4"}) list.remove(gone, 0, ListEnd::kFront, settings);
  EXPECT_THAT(contents(), ElementsAre("3", "5"));
  EXPECT_EQ(list.encoding(), ListEncoding::kQuicklist);
  list.pop(ListEnd::kFront, 1, settings);
  EXPECT_EQ(list.encoding(), ListEncoding::kListpack);
}

TEST_F(Lists, ALargeElementComesAndGoes) {
  const std::string large(9000, 'x');
  const std::string_view texts[] = {"a", "b"};
  list.push(ListEnd::kBack, texts, settings);
  EXPECT_TRUE(list.set(0, large, settings));
  EXPECT_EQ(list.encoding(), ListEncoding::kQuicklist);
  EXPECT_EQ(list.chunks().remaining(), 2U);
  EXPECT_THAT(contents(), ElementsAre(large, "b"));
  EXPECT_TRUE(list.insert_after(large, "c", settings));
  EXPECT_TRUE(list.insert_before(large, large, settings));
  EXPECT_THAT(contents(), ElementsAre(large, large, "c", "b"));
  EXPECT_EQ(list.remove(large, 1, ListEnd::kBack, settings), 1U);
  EXPECT_TRUE(list.set(0, "x", settings));
  EXPECT_EQ(list.encoding(), ListEncoding::kListpack);
  EXPECT_THAT(contents(), ElementsAre("x", "c", "b"));
}

TEST_F(Lists, BuildChoosesByTheWholeLimit) {
  settings.list_max_listpack_size = -1;
  const std::string text(1000, 'v');
  std::vector<std::string_view> texts(4, text);
  list = List::build(texts, settings);
  EXPECT_EQ(list.encoding(), ListEncoding::kListpack);
  texts.push_back(text);
  list = List::build(texts, settings);
  EXPECT_EQ(list.encoding(), ListEncoding::kQuicklist);
  list.pop(ListEnd::kBack, 1, settings);
  EXPECT_EQ(list.encoding(), ListEncoding::kQuicklist);
  EXPECT_EQ(list.clone(settings).encoding(), ListEncoding::kQuicklist);
  EXPECT_TRUE(List::build({}, settings).empty());
}

TEST_F(Lists, ManySmallElementsCostLittle) {
  for (const ListEnd end : {ListEnd::kBack, ListEnd::kFront}) {
    list = List();
    for (int i = 0; i < 200000; ++i) list.push(end, kText17, settings);
    EXPECT_LT(list.memory_bytes(), 3850000U);
    EXPECT_EQ(list.at(99999).bytes, kText17);
  }
}

TEST_F(Lists, AQueueKeepsItsSize) {
  for (int i = 0; i < 100; ++i) push(kText17);
  const std::size_t before = list.memory_bytes();
  for (int i = 0; i < 100000; ++i) {
    push(kText17);
    list.pop(ListEnd::kFront, 1, settings);
  }
  EXPECT_EQ(list.size(), 100U);
  EXPECT_LE(list.memory_bytes(), 2 * before);
  list.pop(ListEnd::kBack, 90, settings);
  EXPECT_LE(list.memory_bytes(), 256U);
}

TEST_F(Lists, IsFreedInSteps) {
  fill(10000, kText17);
  const std::uint64_t cost = list.release_cost();
  EXPECT_GT(cost, 20U);
  std::uint64_t steps = 1;
  while (!list.release_some(5)) ++steps;
  EXPECT_EQ(steps, (cost + 4) / 5);
  EXPECT_TRUE(list.empty());
  fill(10000, kText17);
  EXPECT_FALSE(list.release_some(5));  // and the destructor does the rest
}

// Nodes alone, against a vector of their counts.
TEST(NodeSequence, AgreesWithAVector) {
  using encoding::ListNode;
  using encoding::NodeSequence;
  base::Random random(3);
  NodeSequence nodes;
  std::vector<std::uint32_t> model;
  std::uint64_t elements = 0;
  const auto make = [](std::uint32_t count) {
    ListNode node = ListNode::make(64, ListNode::Side::kBack);
    node.count = count;
    return node;
  };
  for (int step = 0; step < 30000; ++step) {
    const bool grows = step / 5000 % 2 == 0;
    const std::uint64_t number =
        random.below(4) == 0 ? random.below(2) * model.size() : random.below(model.size() + 1);
    const auto at = static_cast<std::ptrdiff_t>(number);
    const bool at_end = number == model.size();
    const auto place = at_end ? nodes.end() : nodes.node(number);
    if (random.below(10) < (grows ? 8U : 3U)) {
      const auto count = static_cast<std::uint32_t>(1 + random.below(9));
      const auto now = nodes.insert(place, make(count));
      ASSERT_EQ(nodes.at(now).count, count);
      model.insert(model.begin() + at, count);
      elements += count;
    } else if (!at_end) {
      nodes.at(place).free();
      const auto next = nodes.erase(place);
      elements -= model[number];
      model.erase(model.begin() + at);
      ASSERT_EQ(nodes.is_end(next), number == model.size());
      if (!nodes.is_end(next)) {
        ASSERT_EQ(nodes.at(next).count, model[number]);
      }
    }
    ASSERT_EQ(nodes.nodes(), model.size());
    ASSERT_EQ(nodes.elements(), elements);
    if (elements == 0 || step % 50 != 0) continue;
    std::uint64_t before = 0;
    const std::uint64_t index = random.below(elements);
    std::uint64_t found = 0;
    while (before + model[found] <= index) before += model[found++];
    ASSERT_EQ(nodes.find(index).within, index - before);
    ASSERT_EQ(nodes.at(nodes.find(index).place).count, model[found]);
    auto walk = nodes.first();
    for (const std::uint32_t count : model) {
      ASSERT_EQ(nodes.at(walk).count, count);
      walk = nodes.next(walk);
    }
    ASSERT_TRUE(nodes.is_end(walk));
    walk = nodes.last();
    for (std::size_t i = model.size(); i-- > 1; walk = nodes.previous(walk)) {
      ASSERT_EQ(nodes.at(walk).count, model[i]);
    }
    ASSERT_TRUE(nodes.is_first(walk));
  }
}

}  // namespace
}  // namespace sorrel::types
