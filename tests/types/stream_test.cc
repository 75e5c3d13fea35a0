// SPDX-License-Identifier: BSD-3-Clause
//
// Stream: the layout of nodes to the byte, what splits them, the counters, nodes from elsewhere.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/listpack.h>
#include <sorrel/base/random.h>
#include <sorrel/types/stream.h>

namespace sorrel::types {
namespace {

const Settings kSettings;

void add(Stream& stream, StreamId id, std::vector<std::string_view> fields,
         const Settings& settings = kSettings) {
  stream.add(id, fields, settings);
}

// The parts of a node's listpack, with blanks between them.
std::string parts(const StreamNodeView& node) {
  const auto& pack = *reinterpret_cast<const base::Listpack*>(node.listpack.data());
  std::string text;
  for (std::uint32_t at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    char scratch[base::kMaxIntegerText];
    text += (text.empty() ? "" : " ") + std::string(pack.get(at).text(scratch));
  }
  return text;
}

std::string parts(const Stream& stream) { return parts(*stream.node_from(kLeastStreamId)); }

TEST(Stream, AnUntouchedOneAnswers) {
  const Stream stream;
  EXPECT_EQ(stream.size(), 0U);
  EXPECT_EQ(stream.last_id(), kLeastStreamId);
  EXPECT_FALSE(stream.last_entry_id());
  EXPECT_FALSE(stream.contains({1, 1}));
  EXPECT_FALSE(stream.forward(kLeastStreamId, kGreatestStreamId).valid());
  EXPECT_FALSE(stream.backward(kGreatestStreamId, kLeastStreamId).valid());
  EXPECT_EQ(stream.group("g"), nullptr);
  EXPECT_TRUE(stream.groups().empty());
  EXPECT_EQ(stream.node_count(), 0U);
  EXPECT_EQ(stream.radix_node_count(), 1U);
  EXPECT_FALSE(stream.node_from(kLeastStreamId));
  EXPECT_EQ(stream.memory_bytes(), 0U);
}

TEST(Stream, NodesAreLaidOutAsInRedisFiles) {
  Stream stream;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    add(stream, {i, i}, {"a", std::to_string(i), "b", "x" + std::to_string(i)});
  }
  add(stream, {6, 1}, {"a", "1"});
  add(stream, {6, 2}, {"c", "1", "d", "2"});
  const std::string tail =
      " 2 2 2 3 x3 5 2 3 3 4 x4 5 2 4 4 5 x5 5 0 5 0 1 a 1 6 0 5 1 2 c 1 d 2 8";
  EXPECT_EQ(parts(stream), "7 0 2 a b 0 2 0 0 1 x1 5 2 1 1 2 x2 5" + tail);
  EXPECT_TRUE(stream.erase({2, 2}));
  EXPECT_FALSE(stream.erase({2, 2}));
  EXPECT_FALSE(stream.erase({2, 3}));
  EXPECT_EQ(parts(stream), "6 1 2 a b 0 2 0 0 1 x1 5 3 1 1 2 x2 5" + tail);
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{2, 2}));
  EXPECT_TRUE(stream.erase({1, 1}));
  EXPECT_EQ(stream.first_id(), (StreamId{3, 3}));
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{2, 2}));
}

TEST(Stream, ASequenceBelowThatOfTheFirstIdIsANegativeDifference) {
  Stream stream;
  add(stream, {5, StreamId::kMost}, {"a", "1"});
  add(stream, {6, 0}, {"a", "2"});
  add(stream, {StreamId::kMost, StreamId::kMost}, {"a", "3"});
  EXPECT_EQ(parts(stream), "3 0 1 a 0 2 0 0 1 4 2 1 1 2 4 2 -6 0 3 4");
  EXPECT_TRUE(stream.contains({6, 0}));
  EXPECT_TRUE(stream.contains(kGreatestStreamId));
  EXPECT_EQ(stream.last_entry_id(), kGreatestStreamId);
}

TEST(Stream, CountsBeyondAByteMoveTheEntries) {
  Settings settings;
  settings.stream_node_max_entries = 0;
  settings.stream_node_max_bytes = 0;
  Stream stream;
  for (std::uint64_t i = 1; i <= 5000; ++i) add(stream, {i, 0}, {"f", "v"}, settings);
  EXPECT_EQ(stream.node_count(), 1U);
  for (std::uint64_t i = 1; i < 5000; ++i) {
    ASSERT_TRUE(stream.erase({i, 0}));
    ASSERT_EQ(stream.first_id(), (StreamId{i + 1, 0}));
    if (i % 100 == 0) {
      ASSERT_TRUE(stream_node_valid(*stream.node_from(kLeastStreamId)));
    }
  }
  add(stream, {5001, 0}, {"f", "v"}, settings);
  EXPECT_EQ(stream.size(), 2U);
  EXPECT_TRUE(stream.erase({5000, 0}));
  EXPECT_TRUE(stream.erase({5001, 0}));
  EXPECT_EQ(stream.node_count(), 0U);
  EXPECT_EQ(stream.first_id(), kLeastStreamId);
  EXPECT_EQ(stream.last_id(), (StreamId{5001, 0}));
}

// The numbers of entries of each node, as Redis 8.0 divides the same entries.
TEST(Stream, TheBytesOfTheTextsDecideWhereANodeEnds) {
  const auto nodes = [](std::uint64_t bytes) {
    Settings settings;
    settings.stream_node_max_bytes = bytes;
    Stream stream;
    for (std::uint64_t i = 1; i < 12; ++i) {
      add(stream, {i, 0}, {"field", std::string(i % 7 + 3, 'v')}, settings);
    }
    std::vector<std::size_t> sizes;
    for (auto node = stream.node_from(kLeastStreamId); node;
         node = stream.node_from(*node->first.next())) {
      sizes.push_back(node->listpack.size());
    }
    return sizes;
  };
  using Sizes = std::vector<std::size_t>;
  EXPECT_EQ(nodes(0), Sizes({196}));
  EXPECT_EQ(nodes(1), Sizes({36, 37, 38, 39, 40, 41, 35, 36, 37, 38, 39}));
  EXPECT_EQ(nodes(50), Sizes({51, 38, 39, 40, 54, 51, 38, 39}));
  EXPECT_EQ(nodes(60), Sizes({51, 55, 59, 64, 55}));
  EXPECT_EQ(nodes(100), Sizes({102, 99, 39}));
}

TEST(Stream, TooLargeEntriesAreRefused) {
  const std::string half(base::Listpack::kMaxBytes / 2, 'x');
  EXPECT_TRUE(Stream::takes(std::vector<std::string_view>{half, "x"}));
  EXPECT_FALSE(Stream::takes(std::vector<std::string_view>{half, half}));
}

TEST(Stream, AnIdThatWasUsedAndDeletedMayBeUsedAgain) {
  Settings settings;
  settings.stream_node_max_entries = 4;
  Stream stream;
  for (std::uint64_t i = 1; i <= 7; ++i) add(stream, {i, 0}, {"f", "v"}, settings);
  for (std::uint64_t i = 6; i <= 7; ++i) stream.erase({i, 0});
  EXPECT_FALSE(stream.set_ids({4, 0}, {}, 7));
  EXPECT_TRUE(stream.set_ids({5, 0}, {}, 7));
  EXPECT_EQ(parts(*stream.node_from({5, 0})), "1 0 1 f 0 2 0 0 v 4");
  add(stream, {6, 0}, {"f", "w"}, settings);
  EXPECT_TRUE(stream_node_valid(*stream.node_from({5, 0})));
  EXPECT_EQ(stream.last_entry_id(), (StreamId{6, 0}));
}

TEST(Stream, RadixNodesAreCountedAsOtherServersHaveThem) {
  Settings settings;
  settings.stream_node_max_entries = 1;
  Stream stream;
  const auto after = [&](StreamId id) {
    add(stream, id, {"f", "v"}, settings);
    return stream.radix_node_count();
  };
  EXPECT_EQ(after({0, 1}), 2U);    // what all share, the end
  EXPECT_EQ(after({0, 2}), 4U);    // what both share, the parting, two ends
  EXPECT_EQ(after({0, 256}), 7U);  // one more parting and end, and what leads to it
  EXPECT_EQ(after({1, 0}), 11U);
}

TEST(Stream, NodesFromElsewhereAreChecked) {
  Stream stream;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    add(stream, {i, 7}, {"name", std::to_string(i), "x", i % 5 == 0 ? "text" : "17"});
    if (i % 6 == 0) add(stream, {i, 9}, {"other", std::string(i * 30, 'x')});
  }
  stream.erase({3, 7});
  const auto node = *stream.node_from(kLeastStreamId);
  EXPECT_TRUE(stream_node_valid(node));
  const std::string bytes(node.listpack);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(stream_node_valid({node.first, std::string_view(bytes).substr(0, length)}));
  }
  // Whatever passes can be read.
  base::Random random(1);
  unsigned passed = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    for (std::uint64_t n = 1 + random.below(2); n > 0; --n) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    Stream other;
    if (!other.append_node({node.first, damaged})) continue;
    ++passed;
    std::uint64_t entries = 0;
    for (auto it = other.backward(kGreatestStreamId, kLeastStreamId); it.valid(); it.next()) {
      it->for_each([](std::string_view, std::string_view) {});
      ++entries;
    }
    EXPECT_EQ(entries, other.size());
  }
  EXPECT_GT(passed, 0U);
}

TEST(Stream, NodesFromElsewhereKeepTheOrder) {
  Stream from;
  add(from, {5, 0}, {"f", "v"});
  add(from, {6, 0}, {"f", "v"});
  from.erase({6, 0});
  const auto node = *from.node_from(kLeastStreamId);
  Stream to;
  EXPECT_TRUE(to.append_node(node));
  EXPECT_FALSE(to.append_node(node));
  EXPECT_FALSE(to.append_node({{6, 0}, node.listpack}));
  EXPECT_TRUE(to.append_node({{7, 0}, node.listpack}));
  EXPECT_EQ(to.size(), 2U);
  EXPECT_EQ(to.last_id(), (StreamId{8, 0}));
  EXPECT_FALSE(to.set_ids({6, 0}, {}, 2));
  EXPECT_FALSE(to.set_ids({8, 0}, {}, 1));
  EXPECT_TRUE(to.set_ids({8, 0}, {6, 0}, 2));
}

TEST(Stream, AnEntryCostsLittleMoreThanItsBytes) {
  Stream stream;
  constexpr std::uint64_t kEntries = 100'000;
  for (std::uint64_t i = 0; i < kEntries; ++i) {
    add(stream, {1'700'000'000'000 + i / 3, i % 3}, {"f", "fourteen-bytes"});
  }
  EXPECT_LE(stream.memory_bytes(), kEntries * 263 / 10);
}

TEST(Stream, FreeingTakesBoundedSteps) {
  Settings settings;
  settings.stream_node_max_entries = 1;
  Stream stream;
  for (std::uint64_t i = 1; i <= 1000; ++i) add(stream, {i, 0}, {"f", "v"}, settings);
  StreamGroup& group = *stream.add_group("g", {}, 0);
  for (const std::uint64_t half : {1U, 2U}) {
    StreamConsumer& consumer = *group.add_consumer(std::to_string(half), 5).first;
    for (std::uint64_t i = 1; i <= 500; ++i) group.assign({i, half}, consumer, 1, 1);
  }
  EXPECT_GE(stream.release_cost(), 3000U);
  unsigned steps = 1;
  while (!stream.release_some(100)) ++steps;
  EXPECT_GE(steps, 20U);
  EXPECT_EQ(stream.memory_bytes(), 0U);
}

}  // namespace
}  // namespace sorrel::types
