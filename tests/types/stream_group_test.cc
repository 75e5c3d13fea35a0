// SPDX-License-Identifier: BSD-3-Clause
//
// StreamGroup: pending entries against std::map, consumers that come and go, lag and counters.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/stream.h>

namespace sorrel::types {
namespace {

struct Delivered {
  std::string consumer;
  std::int64_t delivered_ms;
  std::uint64_t deliveries;
  friend bool operator==(const Delivered&, const Delivered&) = default;
};
using Model = std::map<StreamId, Delivered>;

Model contents(const StreamGroup& group) {
  Model found;
  for (auto it = group.pending_from(kLeastStreamId); it.valid(); it.next()) {
    found[it->id] = {std::string(it->consumer->name()), it->delivered_ms, it->deliveries};
  }
  return found;
}

void expect_same(const StreamGroup& group, const Model& model) {
  ASSERT_EQ(group.pending_count(), model.size());
  ASSERT_EQ(contents(group), model);
  std::uint64_t owned = 0;
  for (const auto& [name, consumer] : group.consumers()) {
    StreamId last;
    for (auto it = consumer.pending_from(kLeastStreamId); it.valid(); it.next()) {
      ASSERT_EQ(it->consumer, &consumer);
      ASSERT_GT(it->id, last);
      last = it->id;
      ++owned;
    }
  }
  ASSERT_EQ(owned, model.size());
  ASSERT_TRUE(group.restored());
}

TEST(StreamGroup, PendingEntriesAgreeWithAModel) {
  base::Random random(7);
  StreamGroup group;
  Model model;
  for (int i = 0; i < 40000; ++i) {
    const StreamId id{random.below(60), 1 + random.below(40)};
    const std::string name = std::string("c").append(std::to_string(random.below(5)));
    const std::uint64_t dice = random.below(1000);
    if (dice < 500) {
      StreamConsumer& consumer = *group.add_consumer(name, i).first;
      group.assign(id, consumer, i, random.below(9));
      const StreamPending* pending = group.find(id);
      ASSERT_NE(pending, nullptr);
      model[id] = {name, i, pending->deliveries};
    } else if (dice < 997) {
      ASSERT_EQ(group.acknowledge(id), model.erase(id) == 1);
    } else {
      const auto gone = group.remove_consumer(name);
      const auto mine =
          std::erase_if(model, [&](const auto& entry) { return entry.second.consumer == name; });
      ASSERT_TRUE(gone ? *gone == mine : mine == 0);
    }
    const auto from = group.pending_from(id);
    const auto expected = model.lower_bound(id);
    ASSERT_EQ(from.valid(), expected != model.end());
    if (from.valid()) {
      ASSERT_EQ(from->id, expected->first);
    }
    if (i % 2000 == 0) expect_same(group, model);
  }
  expect_same(group, model);
  const StreamGroup copy = group.clone();
  expect_same(copy, model);
  EXPECT_LE(copy.memory_bytes(), group.memory_bytes());
  while (!model.empty()) {
    ASSERT_TRUE(group.acknowledge(model.begin()->first));
    model.erase(model.begin());
  }
  expect_same(group, model);
  for (int i = 0; i < 5; ++i) group.remove_consumer(std::string("c").append(std::to_string(i)));
  EXPECT_EQ(group.memory_bytes(), 0U);
}

TEST(StreamGroup, ConsumersAreThereOnceAndStayWhereTheyAre) {
  StreamGroup group;
  const auto [one, added] = group.add_consumer("one", 10);
  EXPECT_TRUE(added);
  EXPECT_EQ(one->seen_ms, 10);
  EXPECT_EQ(one->active_ms, StreamConsumer::kNever);
  for (int i = 0; i < 100; ++i) group.add_consumer(std::to_string(i), 1);
  EXPECT_EQ(group.add_consumer("one", 20), std::pair(one, false));
  EXPECT_EQ(one->seen_ms, 10);
  EXPECT_EQ(group.consumer("two"), nullptr);
  StreamGroup moved = std::move(group);
  EXPECT_EQ(moved.consumer("one"), one);
  EXPECT_EQ(moved.remove_consumer("one"), std::optional<std::uint64_t>(0));
  EXPECT_EQ(moved.remove_consumer("one"), std::nullopt);
}

TEST(StreamGroup, IsRestoredIdsFirstAndOwnersLater) {
  StreamGroup group;
  EXPECT_TRUE(group.restore({1, 1}, 5, 2));
  EXPECT_TRUE(group.restore({1, 2}, 6, 3));
  EXPECT_FALSE(group.restore({1, 1}, 7, 4));
  StreamConsumer& consumer = *group.add_consumer("c", 1).first;
  StreamConsumer& other = *group.add_consumer("d", 1).first;
  EXPECT_FALSE(group.own(consumer, {1, 3}));
  EXPECT_TRUE(group.own(consumer, {1, 1}));
  EXPECT_FALSE(group.own(other, {1, 1}));
  EXPECT_FALSE(group.restored());
  EXPECT_TRUE(group.own(other, {1, 2}));
  EXPECT_TRUE(group.restored());
  EXPECT_EQ(contents(group), (Model{{{1, 1}, {"c", 5, 2}}, {{1, 2}, {"d", 6, 3}}}));
}

TEST(StreamGroup, ATakenGroupLeavesTheStream) {
  Stream stream;
  ASSERT_NE(stream.add_group("g", {1, 1}, 5), nullptr);
  EXPECT_EQ(stream.add_group("g", {}, 0), nullptr);
  const StreamGroup* const group = stream.group("g");
  Stream taken = stream.take_group("g");
  EXPECT_EQ(taken.group("g"), group);
  EXPECT_EQ(stream.group("g"), nullptr);
  EXPECT_TRUE(stream.take_group("g").groups().empty());
}

class Lag : public ::testing::Test {
 protected:
  Lag() {
    for (std::uint64_t i = 1; i <= 5; ++i) add(i);
  }
  void add(std::uint64_t ms) {
    stream.add({ms, 0}, std::vector<std::string_view>{"data", "x"}, settings);
  }
  StreamGroup& group(const char* name, StreamId last_id = {}) {
    return *stream.add_group(name, last_id, StreamGroup::kUnknown);
  }
  void read(StreamGroup& group, unsigned count) {
    auto it = stream.forward(*group.last_id.next(), kGreatestStreamId);
    for (; count > 0 && it.valid(); --count, it.next()) stream.advance(group, it->id());
  }

  Settings settings;
  Stream stream;
};

TEST_F(Lag, CountsDownAsEntriesAreRead) {
  StreamGroup& one = group("one");
  EXPECT_EQ(stream.lag(one), 5);
  read(one, 1);
  EXPECT_EQ(one.entries_read, 1);
  EXPECT_EQ(stream.lag(one), 4);
  read(one, 10);
  EXPECT_EQ(one.entries_read, 5);
  EXPECT_EQ(stream.lag(one), 0);
  add(6);
  EXPECT_EQ(stream.lag(one), 1);
}

TEST_F(Lag, IsUnknownWhileADeletedEntryLiesAhead) {
  stream.erase({3, 0});
  StreamGroup& one = group("one");
  StreamGroup& two = group("two");
  EXPECT_EQ(stream.lag(one), std::nullopt);
  for (int i = 0; i < 3; ++i) {
    read(one, 1);
    EXPECT_EQ(one.entries_read, StreamGroup::kUnknown);
    EXPECT_EQ(stream.lag(one), std::nullopt);
  }
  read(one, 1);
  EXPECT_EQ(one.entries_read, 5);
  EXPECT_EQ(stream.lag(one), 0);
  add(6);
  stream.trim({StreamTrim::By::kId, 0, {3, 0}, false, 0});
  EXPECT_EQ(stream.lag(one), 1);
  EXPECT_EQ(stream.lag(two), 3);
  stream.trim({StreamTrim::By::kId, 0, {5, 0}, false, 0});
  EXPECT_EQ(stream.lag(two), 2);
}

TEST_F(Lag, OfAnEmptyStreamIsNone) {
  StreamGroup& one = group("one");
  stream.trim({StreamTrim::By::kLength, 0, {}, false, 0});
  EXPECT_EQ(stream.lag(one), 0);
  EXPECT_EQ(Stream().lag(one), 0);
}

}  // namespace
}  // namespace sorrel::types
