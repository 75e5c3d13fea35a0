// SPDX-License-Identifier: BSD-3-Clause
//
// What a snapshot keeps beside the keyspace, and what it says of that: what it shares with the
// keyspace costs nothing until that changes.
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/snapshot.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/hash.h>
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

class LongString : public SnapshotMemory {
 protected:
  LongString() { set("old"); }

  static std::string text(const std::string& word) {
    return word + std::string(kLength - word.size(), 'x');
  }
  void set(const std::string& word) {
    change("key", [&](WriteRef& ref) { ref.set_string(text(word), DeadlinePolicy::clear()); });
  }
  void set_range(const std::string& word) {
    change("key",
           [&](WriteRef& ref) { word.copy(ref.resize_string(kLength).data(), word.size()); });
  }
  static std::string content(const Record& record) {
    IntegerText scratch;
    return std::string(record.string(scratch));
  }

  static constexpr std::size_t kLength = 1 << 20;
  const Record* live() { return database().peek(keyspace.key("key")); }
};

TEST_F(LongString, IsGivenWhereItLiesAndIsNotCopied) {
  Snapshot snapshot(keyspace);
  walk_all(snapshot);
  const auto kept = snapshot.take();
  EXPECT_EQ(&kept.record(), live());
  EXPECT_FALSE(snapshot.take());
  EXPECT_FALSE(snapshot.done());
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  snapshot.release(kept);
  EXPECT_TRUE(snapshot.done());
  EXPECT_EQ(content(*live()), text("old"));
  set_range("new");  // is not kept any more
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  EXPECT_EQ(live(), &kept.record());
}

TEST_F(LongString, IsTakenOverByTheSnapshotWhenAnotherComes) {
  const Record* const old = live();
  Snapshot snapshot(keyspace);
  walk_all(snapshot);
  const auto kept = snapshot.take();
  set("new");
  EXPECT_EQ(&kept.record(), old);
  EXPECT_EQ(content(kept.record()), text("old"));
  EXPECT_EQ(content(*live()), text("new"));
  EXPECT_EQ(snapshot.kept_bytes(), old->memory_bytes());
  database().erase(keyspace.key("key"), kChanged);
  EXPECT_EQ(snapshot.kept_bytes(), old->memory_bytes());
  snapshot.release(kept);
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  EXPECT_TRUE(snapshot.done());
}

TEST_F(LongString, IsCopiedOnceWhenItChangesInPlace) {
  const Record* const old = live();
  Snapshot snapshot(keyspace);
  walk_all(snapshot);
  set_range("new");
  const Record* const copy = live();
  set_range("newer");
  EXPECT_EQ(live(), copy);
  EXPECT_EQ(snapshot.kept_bytes(), old->memory_bytes());
  const auto kept = snapshot.take();
  EXPECT_EQ(&kept.record(), old);
  EXPECT_EQ(content(kept.record()), text("old"));
  snapshot.release(kept);
  EXPECT_TRUE(snapshot.done());
}

TEST_F(LongString, IsTakenOverFromAnEmptiedDatabase) {
  for (const bool released_first : {false, true}) {
    set("old");
    Snapshot snapshot(keyspace);
    snapshot.step(1, [](std::uint32_t, const Record&) { return true; });
    const auto kept = snapshot.take();
    EXPECT_TRUE(kept);
    keyspace.clear();
    EXPECT_EQ(content(kept.record()), text("old"));
    if (released_first) snapshot.release(kept);
    walk_all(snapshot);
    if (!released_first) {
      free_all();
      EXPECT_EQ(content(kept.record()), text("old"));
      snapshot.release(kept);
    }
    EXPECT_EQ(snapshot.kept_bytes(), 0U);
    EXPECT_TRUE(snapshot.done());
  }
}

TEST_F(LongString, StaysWhenTheSnapshotIsGivenUp) {
  Snapshot snapshot(keyspace);
  walk_all(snapshot);
  snapshot.abandon();
  EXPECT_TRUE(snapshot.done());
  const Record* const old = live();
  set_range("new");
  EXPECT_EQ(live(), old);
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
}

// Where the index is walked again, as after a visit that wanted no more.
TEST_F(LongString, IsGivenOnceWhenItIsMetAgain) {
  for (int i = 0; i < 300; ++i) {
    change(std::to_string(i), [&](WriteRef& ref) {
      ref.set_string(i % 3 == 0 ? text("x") : "short", DeadlinePolicy::clear());
    });
  }
  Snapshot snapshot(keyspace);
  std::set<std::string> names;
  const auto put = [&](const Record& record) {
    EXPECT_TRUE(names.emplace(record.key()).second) << record.key();
  };
  while (snapshot.step(50, [&](std::uint32_t, const Record& record) {
    put(record);
    return false;
  })) {
  }
  while (const auto kept = snapshot.take()) {
    put(kept.record());
    snapshot.release(kept);
  }
  EXPECT_EQ(names.size(), 301U);
  EXPECT_TRUE(snapshot.done());
}

class EmptiedDatabase : public SnapshotMemory {
 protected:
  static constexpr std::size_t kKeys = 5000;

  EmptiedDatabase() {
    for (std::size_t i = 0; i < kKeys; ++i) {
      set(0, std::to_string(i), std::string(200, 'x'));
      set(1, std::to_string(i), std::string(10 + i % 400, 'x'));
      bytes += keyspace.database(1).peek(keyspace.key(std::to_string(i)))->memory_bytes();
    }
    bytes += keyspace.database(1).overhead_bytes();
  }

  void set(std::size_t number, const std::string& name, const std::string& value) {
    WriteRef ref = keyspace.database(number).write(keyspace.key(name));
    ref.set_string(value, DeadlinePolicy::clear());
    ref.commit(kChanged);
  }
  // Walks about so many records. Returns: how many were given of each database.
  std::array<std::size_t, 2> walk(Snapshot& snapshot, std::size_t records) {
    std::array<std::size_t, 2> given{};
    snapshot.step(records, [&](std::uint32_t number, const Record& record) {
      ++given[number];
      IntegerText scratch;
      EXPECT_NE(record.string(scratch), "new");
      return true;
    });
    return given;
  }

  std::size_t bytes = 0;  // of database 1
};

TEST_F(EmptiedDatabase, IsCountedWalkedFirstAndFreedAsThatGoesOn) {
  Snapshot snapshot(keyspace);
  std::size_t first = walk(snapshot, 100)[0];
  keyspace.database(1).clear();
  EXPECT_GT(snapshot.kept_bytes(), bytes - bytes / 5);
  EXPECT_LT(snapshot.kept_bytes(), bytes + bytes / 5);
  EXPECT_EQ(snapshot.emptied_bytes(), snapshot.kept_bytes());
  const std::size_t at_first = snapshot.kept_bytes();
  for (std::size_t given = 0; given < kKeys;) {
    set(1, std::to_string(given), "new");
    const auto step = walk(snapshot, 100);
    EXPECT_EQ(step[0], 0U);
    EXPECT_GT(step[1], 0U);
    given += step[1];
    const std::size_t rest = at_first * (kKeys - given) / kKeys;
    EXPECT_GE(snapshot.kept_bytes() + bytes / 100, rest);
    EXPECT_LE(snapshot.kept_bytes(), rest + bytes / 100);
  }
  EXPECT_LT(snapshot.kept_bytes(), bytes / 100);
  while (!snapshot.done()) first += walk(snapshot, 100)[0];
  EXPECT_EQ(first, kKeys);
}

TEST_F(EmptiedDatabase, IsFreedAtOnceWhereItWasGivenAlready) {
  Snapshot snapshot(keyspace);
  while (walk(snapshot, 100)[1] == 0) {
  }
  while (snapshot.step(100, [](std::uint32_t, const Record&) { return true; })) {
  }
  keyspace.clear();
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  EXPECT_EQ(keyspace.pending_releases(), 2U);
}

TEST_F(EmptiedDatabase, IsNotEstimatedByOneLargeValue) {
  set(1, "large", std::string(1 << 20, 'x'));
  bytes += 1 << 20;
  Snapshot snapshot(keyspace);
  keyspace.database(1).clear();
  EXPECT_LT(snapshot.emptied_bytes(), 2 * bytes);
  EXPECT_GT(snapshot.emptied_bytes(), bytes / 3);
  while (!snapshot.done()) {
    walk(snapshot, 100);
    take_all(snapshot);
  }
}

TEST_F(EmptiedDatabase, GoesWhenTheSnapshotIsGivenUp) {
  Snapshot snapshot(keyspace);
  walk(snapshot, 100);
  keyspace.clear();
  walk(snapshot, 100);
  EXPECT_GT(snapshot.emptied_bytes(), bytes);
  snapshot.abandon();
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  EXPECT_EQ(keyspace.pending_releases(), 2U);
  while (!snapshot.done()) walk(snapshot, 100);
}

// The walk of a collection goes on when its database is emptied, and what it takes is known.
TEST_F(SnapshotMemory, AWalkedCollectionThatHasLeftIsCounted) {
  change("hash", [&](WriteRef& ref) {
    auto& hash = ref.collection<types::Hash>();
    for (int i = 0; i < 2000; ++i) {
      hash.set(std::to_string(i), std::string(100, 'x'), types::FieldDeadline::kDropped,
               keyspace.settings());
    }
  });
  const std::size_t bytes = record("hash").memory_bytes();
  Snapshot snapshot(keyspace);
  walk_all(snapshot);
  EXPECT_LT(snapshot.kept_bytes(), bytes / 20);
  database().clear();
  free_all();
  EXPECT_GE(snapshot.kept_bytes(), bytes);
  const auto kept = snapshot.take();
  std::size_t fields = 0;
  while (!kept.record().collection<types::Hash>().walk(64, [&](const auto&) { ++fields; })) {
  }
  EXPECT_EQ(fields, 2000U);
  snapshot.release(kept);
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  EXPECT_TRUE(snapshot.done());
}

INSTANTIATE_TEST_SUITE_P(Types, SharedNodes, testing::Values("list", "stream"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace sorrel::keyspace
