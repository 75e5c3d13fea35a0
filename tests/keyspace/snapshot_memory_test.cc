// SPDX-License-Identifier: BSD-3-Clause
//
// What a snapshot keeps beside the keyspace, and what it says of that: what it shares with the
// keyspace costs nothing until that changes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/snapshot.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/list.h>
#include <sorrel/types/stream.h>

namespace sorrel::keyspace {
namespace {

constexpr Event kChanged{EventClass::kGeneric, "changed"};
constexpr std::size_t kEntriesPerNode = 16;
constexpr std::size_t kNodes = 1000;

class SnapshotMemory : public testing::Test {
 protected:
  SnapshotMemory() {
    keyspace.settings().list_max_listpack_size = kEntriesPerNode;
    keyspace.settings().stream_node_max_entries = kEntriesPerNode;
  }

  Database& database() { return keyspace.database(0); }
  const Record& record(std::string_view name) { return *database().peek(keyspace.key(name)); }

  void make_list(std::string_view name) {
    WriteRef ref = database().write(keyspace.key(name));
    auto& list = ref.collection<types::List>();
    for (std::size_t i = 0; i < kNodes * kEntriesPerNode; ++i) {
      list.push(types::ListEnd::kBack, std::string(100, 'x'), keyspace.settings());
    }
    ref.commit(kChanged);
  }

  void make_stream(std::string_view name) {
    WriteRef ref = database().write(keyspace.key(name));
    auto& stream = ref.collection<types::Stream>();
    const std::string value(100, 'x');
    for (std::size_t i = 1; i <= kNodes * kEntriesPerNode; ++i) {
      stream.add({i, 0}, std::vector<std::string_view>{"f", value}, keyspace.settings());
    }
    ref.commit(kChanged);
  }

  void change(std::string_view name, auto&& change) {
    WriteRef ref = database().write(keyspace.key(name));
    change(ref);
    ref.commit(kChanged);
  }
  // Changes one element in each of so many nodes, the one at `within`.
  void change_nodes(std::string_view name, std::size_t nodes, std::size_t within = 5) {
    change(name, [&](WriteRef& ref) {
      for (std::size_t i = 0; i < nodes; ++i) {
        if (ref.holds(Type::kList)) {
          ref.collection<types::List>().set(i * kEntriesPerNode + within, std::string(100, 'y'),
                                            keyspace.settings());
        } else {
          EXPECT_TRUE(ref.collection<types::Stream>().erase({i * kEntriesPerNode + within, 0}));
        }
      }
    });
  }
  void free_all() {
    while (!keyspace.release_some(1000)) {
    }
  }
  static void walk_all(Snapshot& snapshot) {
    while (snapshot.step(100, [](std::uint32_t, const Record&) { return true; })) {
    }
  }
  static void take_all(Snapshot& snapshot) {
    while (const auto kept = snapshot.take()) snapshot.release(kept);
  }

  Keyspace keyspace{4, 1};
};

class SharedNodes : public SnapshotMemory, public testing::WithParamInterface<const char*> {
 protected:
  SharedNodes() { GetParam() == std::string_view("list") ? make_list("key") : make_stream("key"); }
};

TEST_P(SharedNodes, CostNothingUntilTheyChange) {
  const std::size_t bytes = record("key").memory_bytes();
  const std::size_t node = bytes / kNodes;
  Snapshot snapshot(keyspace);
  walk_all(snapshot);
  const std::size_t unchanged = snapshot.kept_bytes();
  EXPECT_LT(unchanged, bytes / 20);
  change_nodes("key", 50);
  EXPECT_GT(snapshot.kept_bytes(), unchanged + 45 * node);
  EXPECT_LT(snapshot.kept_bytes(), unchanged + 60 * node);
  change_nodes("key", 50, 6);  // are its own by now
  EXPECT_LT(snapshot.kept_bytes(), unchanged + 60 * node);
  database().erase(keyspace.key("key"), kChanged);
  free_all();
  EXPECT_GT(snapshot.kept_bytes(), bytes - bytes / 20);
  EXPECT_LE(snapshot.kept_bytes(), bytes + bytes / 20);
  take_all(snapshot);
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  EXPECT_TRUE(snapshot.done());
}

TEST_P(SharedNodes, CostNothingWhenAChangeComesBeforeTheWalk) {
  const std::size_t bytes = record("key").memory_bytes();
  Snapshot snapshot(keyspace);
  change_nodes("key", 10);
  EXPECT_LT(snapshot.kept_bytes(), bytes / 20 + 12 * bytes / kNodes);
  EXPECT_GT(snapshot.kept_bytes(), 9 * bytes / kNodes);
  walk_all(snapshot);
  take_all(snapshot);
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
}

TEST_P(SharedNodes, AreCountedWholeWhenTheKeyIsDeleted) {
  const std::size_t bytes = record("key").memory_bytes();
  Snapshot snapshot(keyspace);
  database().erase(keyspace.key("key"), kChanged);
  EXPECT_EQ(snapshot.kept_bytes(), bytes);
  walk_all(snapshot);
  take_all(snapshot);
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
}

// What was shared with an earlier snapshot's clone, which is gone, does not count for the next.
TEST_P(SharedNodes, CountAnewForEachSnapshot) {
  const std::size_t bytes = record("key").memory_bytes();
  for (int i = 0; i < 3; ++i) {
    Snapshot snapshot(keyspace);
    walk_all(snapshot);
    EXPECT_LT(snapshot.kept_bytes(), bytes / 20) << i;
    change_nodes("key", i == 0 ? 200 : 0);
    take_all(snapshot);
    free_all();
    EXPECT_EQ(snapshot.kept_bytes(), 0U);
  }
}

// A node that a third value has, too, is nobody's alone when the original parts from it.
TEST_P(SharedNodes, CountOnceForSeveralClones) {
  const std::size_t bytes = record("key").memory_bytes();
  Snapshot snapshot(keyspace);
  walk_all(snapshot);
  database().copy(keyspace.key("key"), database(), keyspace.key("copy"));
  database().erase(keyspace.key("key"), kChanged);
  free_all();
  EXPECT_LT(snapshot.kept_bytes(), 2 * (bytes / 20));
  database().erase(keyspace.key("copy"), kChanged);
  free_all();
  EXPECT_GT(snapshot.kept_bytes(), bytes - bytes / 20);
  take_all(snapshot);
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Types, SharedNodes, testing::Values("list", "stream"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace sorrel::keyspace
