// SPDX-License-Identifier: BSD-3-Clause
//
// Stream against std::map: seeded random appends, deletions, trims and ranges, with limits that
// make nodes of one entry, of some, of hundreds and of some bytes. Every verb's answer is compared;
// whole contents, and each node by the check that guards untrusted ones, from time to time. Now and
// then the stream parts from a clone, and the verbs go on with one of the two: both stay what they
// should be.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/stream.h>

#include "support/model_run.h"

namespace sorrel::types {
namespace {

using Fields = std::vector<std::string>;
using Entries = std::map<StreamId, Fields>;

struct Mix {
  std::uint64_t seed;
  std::uint64_t node_entries;
  std::uint64_t node_bytes;
  unsigned operations;
};

Fields fields_of(const StreamEntry& entry) {
  Fields fields;
  entry.for_each([&](std::string_view name, std::string_view value) {
    fields.emplace_back(name);
    fields.emplace_back(value);
  });
  return fields;
}

// A stream and what it should be.
struct State {
  void compare_all() {
    ASSERT_EQ(stream_.size(), entries_.size());
    ASSERT_EQ(stream_.last_id(), last_id_);
    ASSERT_EQ(stream_.max_deleted_id(), max_deleted_);
    ASSERT_EQ(stream_.entries_added(), added_);
    ASSERT_EQ(stream_.first_id(), entries_.empty() ? StreamId{} : entries_.begin()->first);
    const auto last = stream_.last_entry_id();
    ASSERT_EQ(last.has_value(), !entries_.empty());
    if (last) {
      ASSERT_EQ(*last, entries_.rbegin()->first);
    }
    auto it = entries_.begin();
    for (auto cursor = stream_.forward(kLeastStreamId, kGreatestStreamId); cursor.valid();
         cursor.next(), ++it) {
      ASSERT_TRUE(it != entries_.end());
      ASSERT_EQ(cursor->id(), it->first);
      ASSERT_EQ(fields_of(*cursor), it->second);
    }
    ASSERT_TRUE(it == entries_.end());
    std::uint64_t nodes = 0;
    for (auto node = stream_.node_from(kLeastStreamId); node;
         node = stream_.node_from(*node->first.next())) {
      ASSERT_TRUE(stream_node_valid(*node));
      ++nodes;
    }
    ASSERT_EQ(nodes, stream_.node_count());
  }

  Stream stream_;
  Entries entries_;
  StreamId last_id_;
  StreamId max_deleted_;
  std::uint64_t added_ = 0;
};

class Runner : State {
 public:
  explicit Runner(const Mix& mix) : mix_(mix), random_(mix.seed) {
    settings_.stream_node_max_entries = mix.node_entries;
    settings_.stream_node_max_bytes = mix.node_bytes;
  }

  void run() {
    test::run_model(
        mix_.seed, mix_.operations, [this] { one(); }, [this] { compare_all(); });
    for (State& other : others_) other.compare_all();
    EXPECT_GT(changed_apart_, 0U);
  }

 private:
  void one() {
    if (random_.below(300) == 0) return step_back();
    if (random_.below(300) == 0) return part();
    const std::uint64_t dice = random_.below(100);
    if (dice < 60) {
      add();
    } else if (dice < 80) {
      erase();
    } else if (dice < 97) {
      ranges();
    } else {
      trim();
    }
  }

  std::string draw_text() {
    switch (random_.below(6)) {
      case 0:
        return std::to_string(random_.below(1'000'000'000'000ULL));
      case 1:
        return std::to_string(-static_cast<std::int64_t>(random_.below(5000)));
      case 2:
        return std::string(random_.below(200), 'v');
      default:
        return std::string("t").append(std::to_string(random_.below(1000)));
    }
  }

  Fields draw_fields() {
    if (random_.below(3) != 0) return {"temperature", draw_text(), "7", draw_text()};
    Fields fields;
    for (std::uint64_t pairs = 1 + random_.below(4); pairs > 0; --pairs) {
      fields.push_back(random_.below(2) == 0 ? "temperature" : draw_text());
      fields.push_back(draw_text());
    }
    return fields;
  }

  StreamId draw_next_id() {
    const StreamId last = stream_.last_id();
    switch (random_.below(8)) {
      case 0:
        return {last.ms + 1 + random_.below(100'000), random_.below(100'000)};
      case 1:
        return {last.ms + 1, 0};
      case 2:
        return {last.ms, last.seq + 1 + random_.below(1'000'000'000)};
      default:
        return *last.next();
    }
  }

  StreamId draw_near_id() {
    if (entries_.empty() || random_.below(10) == 0) {
      return {random_.below(stream_.last_id().ms + 2), random_.below(10)};
    }
    const auto least = entries_.begin()->first.ms;
    const auto most = entries_.rbegin()->first.ms;
    auto it = entries_.lower_bound({least + random_.below(most - least + 1), 0});
    for (std::uint64_t steps = random_.below(30); steps > 0 && it != entries_.end(); --steps) ++it;
    if (it == entries_.end()) --it;
    const std::uint64_t dice = random_.below(4);
    if (dice == 0) return it->first.next().value_or(it->first);
    if (dice == 1) return it->first.previous().value_or(it->first);
    return it->first;
  }

  void add() {
    const StreamId id = draw_next_id();
    Fields fields = draw_fields();
    const std::vector<std::string_view> views(fields.begin(), fields.end());
    stream_.add(id, views, settings_);
    entries_[id] = std::move(fields);
    ++added_;
    last_id_ = id;
  }

  void erase() {
    const StreamId id = draw_near_id();
    const bool there = entries_.erase(id) == 1;
    ASSERT_EQ(stream_.contains(id), there);
    ASSERT_EQ(stream_.erase(id), there);
    if (there) max_deleted_ = std::max(max_deleted_, id);
  }

  // Deletes some of the newest entries and the oldest one, and lets the last id be that of what is
  // left, as XSETID does: the deleted ones go from the end of the node.
  void step_back() {
    for (std::uint64_t left = random_.below(300); left > 0 && entries_.size() > 2; --left) {
      erase_there(std::prev(entries_.end())->first);
    }
    if (entries_.size() > 2) erase_there(entries_.begin()->first);
    if (entries_.empty()) return;
    last_id_ = entries_.rbegin()->first;
    ASSERT_TRUE(stream_.set_ids(last_id_, max_deleted_, added_));
    compare_all();
  }
  void erase_there(StreamId id) {
    ASSERT_EQ(entries_.erase(id), 1U);
    ASSERT_TRUE(stream_.erase(id));
    max_deleted_ = std::max(max_deleted_, id);
  }

  void ranges() {
    const StreamId a = draw_near_id();
    const StreamId b = random_.below(5) == 0 ? kGreatestStreamId : draw_near_id();
    auto it = entries_.lower_bound(a);
    unsigned steps = 0;
    for (auto cursor = stream_.forward(a, b); cursor.valid() && steps < 40; cursor.next()) {
      ASSERT_TRUE(it != entries_.end() && it->first <= b);
      ASSERT_EQ(cursor->id(), it->first);
      ASSERT_EQ(fields_of(*cursor), it->second);
      ++it;
      ++steps;
    }
    if (steps < 40) {
      ASSERT_TRUE(it == entries_.end() || it->first > b || b < a);
    }
    auto back = entries_.upper_bound(b);
    steps = 0;
    for (auto cursor = stream_.backward(b, a); cursor.valid() && steps < 40; cursor.next()) {
      ASSERT_TRUE(back != entries_.begin());
      --back;
      ASSERT_EQ(cursor->id(), back->first);
      ASSERT_EQ(fields_of(*cursor), back->second);
      ++steps;
    }
    if (steps < 40) {
      ASSERT_TRUE(back == entries_.begin() || std::prev(back)->first < a || b < a);
    }
  }

  // What trimming whole nodes leaves, by the nodes that are there.
  std::uint64_t whole_nodes(const StreamTrim& trim) const {
    std::uint64_t left = entries_.size();
    std::optional<StreamNodeView> node = stream_.node_from(kLeastStreamId);
    while (node) {
      const auto next = stream_.node_from(*node->first.next());
      const auto end = next ? entries_.lower_bound(next->first) : entries_.end();
      const auto live =
          static_cast<std::uint64_t>(std::distance(entries_.lower_bound(node->first), end));
      const bool fits = trim.by == StreamTrim::By::kLength ? left - live >= trim.length
                                                           : std::prev(end)->first < trim.id;
      if (!fits || left <= (trim.by == StreamTrim::By::kLength ? trim.length : 0)) break;
      if (trim.limit != 0 && entries_.size() - left + live > trim.limit) break;
      left -= live;
      node = next;
    }
    return left;
  }

  void trim() {
    StreamTrim trim;
    trim.approximate = random_.below(2) == 0;
    trim.by = random_.below(2) == 0 ? StreamTrim::By::kLength : StreamTrim::By::kId;
    trim.length = entries_.size() - random_.below(std::min<std::size_t>(entries_.size(), 120) + 1);
    if (random_.below(50) == 0) trim.length = 0;
    trim.id = draw_near_id();
    if (trim.approximate && random_.below(2) == 0) trim.limit = 1 + random_.below(200);
    std::uint64_t left = entries_.size();
    if (!trim.approximate) {
      left = trim.by == StreamTrim::By::kLength
                 ? trim.length
                 : static_cast<std::uint64_t>(
                       std::distance(entries_.lower_bound(trim.id), entries_.end()));
    } else if (trim.by == StreamTrim::By::kLength) {
      left = whole_nodes(trim);
    }
    const std::uint64_t before = entries_.size();
    const std::uint64_t gone = stream_.trim(trim);
    if (trim.approximate && trim.by == StreamTrim::By::kId) {
      // The last entry of a node counts though it was deleted, which the model does not know.
      left = before - gone;
      ASSERT_TRUE(gone == 0 ||
                  std::next(entries_.begin(), static_cast<std::ptrdiff_t>(gone - 1))->first <
                      trim.id);
    }
    ASSERT_EQ(gone, before - left);
    entries_.erase(entries_.begin(),
                   std::next(entries_.begin(), static_cast<std::ptrdiff_t>(gone)));
  }

  // Clones the stream, or goes on with an older clone.
  void part() {
    State& other = others_[random_.below(std::size(others_))];
    other.compare_all();
    if (other.entries_ != entries_) ++changed_apart_;
    if (random_.below(2) == 0) {
      other = State{stream_.clone(settings_), entries_, last_id_, max_deleted_, added_};
    } else {
      std::swap(other, static_cast<State&>(*this));
    }
  }

  // A stream put together of the other's nodes is the same stream.
  void rebuild() {
    Stream other;
    for (auto node = stream_.node_from(kLeastStreamId); node;
         node = stream_.node_from(*node->first.next())) {
      ASSERT_TRUE(other.append_node(*node));
    }
    ASSERT_EQ(other.size(), stream_.size());
    ASSERT_EQ(other.first_id(), stream_.first_id());
    ASSERT_TRUE(other.set_ids(last_id_, max_deleted_, added_));
    ASSERT_EQ(other.memory_bytes(), stream_.memory_bytes());
    stream_ = std::move(other);
    compare_all();
    for (int i = 0; i < 200; ++i) one();
    compare_all();
  }

  const Mix mix_;
  base::Random random_;
  Settings settings_;
  State others_[3];
  unsigned changed_apart_ = 0;
};

TEST(StreamModel, NodesOfOneEntry) { Runner({1, 1, 4096, 20000}).run(); }
TEST(StreamModel, NodesOfFewEntries) { Runner({2, 3, 4096, 20000}).run(); }
TEST(StreamModel, NodesAsServersHaveThem) { Runner({3, 100, 4096, 30000}).run(); }
TEST(StreamModel, NodesOfSomeBytes) { Runner({4, 0, 200, 20000}).run(); }
TEST(StreamModel, NodesOfThousandsOfEntries) { Runner({5, 0, 100'000, 20000}).run(); }

}  // namespace
}  // namespace sorrel::types
