// SPDX-License-Identifier: BSD-3-Clause
//
// Records in every shape, the verbs of a WriteRef, deadlines, and what Database and Keyspace do
// with whole keys: move, copy, swap, clear, release. The random test against a model stands in
// keyspace_model_test.cc.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/block.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/sorted_set.h>

namespace sorrel::keyspace {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr Event kChanged{EventClass::kGeneric, "changed"};

class KeyspaceTest : public testing::Test {
 protected:
  KeyspaceTest() {
    keyspace.set_now_ms(kNow);
    keyspace.changes().set_listening(true);
    keyspace.changes().set_keep_vanished(true);
  }

  Key key(std::string_view name) const { return keyspace.key(name); }
  void set(std::string_view name, std::string_view value,
           DeadlinePolicy deadline = DeadlinePolicy::clear()) {
    WriteRef ref = db.write(key(name));
    ref.set_string(value, deadline);
    ref.commit(kChanged);
  }
  void add(std::string_view name, std::string_view member, double score) {
    WriteRef ref = db.write(key(name));
    ref.collection<types::SortedSet>().add(member, score, {}, keyspace.settings());
    ref.commit(kChanged);
  }
  void expire_at(std::string_view name, std::int64_t deadline_ms) {
    WriteRef ref = db.write(key(name));
    ref.set_deadline(deadline_ms);
    ref.commit(kChanged);
  }
  // The value of a string key, "(none)" when missing.
  std::string get(std::string_view name) { return get(db, name); }
  std::string get(Database& database, std::string_view name) {
    const Record* record = database.peek(key(name));
    if (record == nullptr) {
      return "(none)";
    }
    IntegerText scratch;
    return std::string(record->string(scratch));
  }
  // Every change since the last call, as "name key".
  std::vector<std::string> changes() {
    std::vector<std::string> lines;
    keyspace.changes().drain([&](const Event& event, std::uint32_t, std::string_view name) {
      lines.push_back(event.event_class == EventClass::kDatabase
                          ? "(all)"
                          : std::string(event.name) + " " + std::string(name));
    });
    return lines;
  }

  Keyspace keyspace{4, 99};
  Database& db = keyspace.database(0);
};

using Lines = std::vector<std::string>;

// --- Records ------------------------------------------------------------------------------------

TEST_F(KeyspaceTest, StringsOfEveryShapeReadBack) {
  const std::string keys[] = {"",
                              "k",
                              std::string(254, 'a'),
                              std::string(255, 'b'),
                              std::string(256, 'c'),
                              std::string(70'000, 'd')};
  const std::string values[] = {"",
                                "0",
                                "-1",
                                "9223372036854775807",
                                "-9223372036854775808",
                                "007",
                                "-0",
                                "+1",
                                " 1",
                                std::string(44, 'x'),
                                std::string(45, 'x'),
                                std::string("\0\r\n", 3),
                                std::string(1024, 'y'),
                                std::string(1025, 'y'),
                                std::string(100'000, 'z')};
  for (const std::string& name : keys) {
    for (const std::string& before : values) {
      for (const std::string& value : values) {
        set(name, before, DeadlinePolicy::at(kNow + 5));
        set(name, value, DeadlinePolicy::keep());
        ASSERT_EQ(get(name), value);
        const Record& record = *db.peek(key(name));
        ASSERT_EQ(record.key(), name);
        ASSERT_EQ(record.deadline_ms(), kNow + 5);
        ASSERT_EQ(record.string_length(), value.size());
        set(name, value);
        ASSERT_EQ(get(name), value);
        ASSERT_FALSE(db.peek(key(name))->has_deadline());
      }
    }
  }
  EXPECT_EQ(db.size(), std::size(keys));
  EXPECT_EQ(db.keys_with_deadline(), 0U);
}

TEST_F(KeyspaceTest, EncodingNames) {
  const auto name_of = [&](std::string_view value) {
    set("k", value);
    return std::string(db.peek(key("k"))->encoding_name());
  };
  EXPECT_EQ(name_of("12"), "int");
  EXPECT_EQ(name_of("012"), "embstr");
  EXPECT_EQ(name_of(std::string(44, 'x')), "embstr");
  EXPECT_EQ(name_of(std::string(45, 'x')), "raw");
  EXPECT_EQ(name_of(std::string(5000, 'x')), "raw");
  set("k", "short");
  WriteRef ref = db.write(key("k"));
  ref.resize_string(5)[0] = 'S';
  ref.commit(kChanged);
  EXPECT_EQ(get("k"), "Short");
  EXPECT_EQ(db.peek(key("k"))->encoding_name(), "raw");
  EXPECT_EQ(name_of("short"), "embstr") << "set anew, it is no longer written in place";
}

TEST_F(KeyspaceTest, SizesAreThoseOfTheHeader) {
  const std::string name(16, 'k');
  const auto bytes = [&] { return db.peek(key(name))->memory_bytes(); };
  set(name, std::string(32, 'v'));
  EXPECT_EQ(bytes(), 56U);
  set(name, "1234567");
  EXPECT_EQ(bytes(), 32U);
  expire_at(name, kNow + 1000);
  EXPECT_EQ(bytes(), 40U);
  set(name, std::string(2000, 'v'));
  EXPECT_EQ(bytes(), 32U + base::block_size(2000 + 16));
}

TEST_F(KeyspaceTest, AccessFollowsReadsAndWritesButNotPeeks) {
  const auto idle = [&] { return keyspace.access().idle_seconds(db.peek(key("k"))->access()); };
  set("k", "v");
  EXPECT_EQ(idle(), 0U);
  keyspace.set_now_ms(kNow + 10'000);
  EXPECT_EQ(idle(), 10U) << "a peek leaves no trace";
  keyspace.set_touch(false);
  db.find(key("k"));
  EXPECT_EQ(idle(), 10U);
  keyspace.set_touch(true);
  db.find(key("k"));
  EXPECT_EQ(idle(), 0U);
  keyspace.set_now_ms(kNow + 20'000);
  set("k", "w");
  EXPECT_EQ(idle(), 0U);
}

TEST_F(KeyspaceTest, CountsAndTellsHitsAndMissesOfWhoReads) {
  set("k", "v");
  keyspace.changes().drain([](const Event&, std::uint32_t, std::string_view) {});
  keyspace.changes().set_wanted(/*new_keys=*/false, /*misses=*/true);
  db.find(key("k"));
  db.find(key("absent"));
  db.find(key("absent"));
  db.peek(key("absent"));
  EXPECT_FALSE(db.write(key("absent")).exists());
  EXPECT_EQ(keyspace.statistics().hits, 1U);
  EXPECT_EQ(keyspace.statistics().misses, 2U);
  EXPECT_TRUE(db.read_and_write(key("k")).exists());
  EXPECT_FALSE(db.read_and_write(key("absent")).exists());
  EXPECT_EQ(keyspace.statistics().hits, 2U);
  EXPECT_EQ(keyspace.statistics().misses, 3U);
  int told = 0;
  keyspace.changes().drain([&](const Event& event, std::uint32_t, std::string_view name) {
    EXPECT_EQ(&event, &events::kKeyMiss);
    EXPECT_EQ(name, "absent");
    ++told;
  });
  EXPECT_EQ(told, 3);
}

// --- WriteRef -----------------------------------------------------------------------------------

TEST_F(KeyspaceTest, DeadlinePolicies) {
  set("k", "v", DeadlinePolicy::at(kNow + 7));
  EXPECT_EQ(db.peek(key("k"))->deadline_ms(), kNow + 7);
  set("k", "longer than before", DeadlinePolicy::keep());
  EXPECT_EQ(db.peek(key("k"))->deadline_ms(), kNow + 7);
  set("k", "longer than before", DeadlinePolicy::at(kNow + 3));
  EXPECT_EQ(db.next_deadline_ms(), kNow + 3);
  EXPECT_EQ(db.keys_with_deadline(), 1U);
  set("k", "v", DeadlinePolicy::clear());
  EXPECT_FALSE(db.peek(key("k"))->has_deadline());
  EXPECT_EQ(db.next_deadline_ms(), INT64_MAX);
}

TEST_F(KeyspaceTest, IntegersKeepTheDeadline) {
  set("k", "text", DeadlinePolicy::at(kNow + 7));
  WriteRef ref = db.write(key("k"));
  ref.set_integer(41);
  ref.commit(kChanged);
  EXPECT_EQ(get("k"), "41");
  EXPECT_EQ(db.peek(key("k"))->deadline_ms(), kNow + 7);
  EXPECT_EQ(db.peek(key("k"))->encoding(), Encoding::kInteger);
  WriteRef absent = db.write(key("new"));
  EXPECT_FALSE(absent.exists());
  absent.set_integer(-5);
  absent.commit(kChanged);
  EXPECT_EQ(get("new"), "-5");
}

TEST_F(KeyspaceTest, ResizeKeepsWhatWasThereAndZeroesTheRest) {
  for (const std::string& before : {std::string(), std::string("123"), std::string("ab"),
                                    std::string(1000, 'i'), std::string(3000, 'e')}) {
    for (const std::size_t length : {0U, 1U, 3U, 1000U, 1024U, 1025U, 3000U, 50'000U}) {
      set("k", before, DeadlinePolicy::at(kNow + 9));
      WriteRef ref = db.write(key("k"));
      ASSERT_EQ(ref.resize_string(length).size(), length);
      ref.commit(kChanged);
      std::string expected = before.substr(0, length);
      expected.resize(length, '\0');
      ASSERT_EQ(get("k"), expected) << before.size() << " to " << length;
      ASSERT_EQ(db.peek(key("k"))->deadline_ms(), kNow + 9);
    }
  }
}

TEST_F(KeyspaceTest, ACollectionThatBecomesEmptyGoes) {
  add("z", "a", 1);
  EXPECT_EQ(changes(), (Lines{"changed z"}));
  WriteRef ref = db.write(key("z"));
  ref.collection<types::SortedSet>().remove("a");
  ref.commit(kChanged);
  EXPECT_EQ(changes(), (Lines{"changed z", "del z"}));
  EXPECT_EQ(db.size(), 0U);
}

TEST_F(KeyspaceTest, AStringReplacesACollectionAndBack) {
  add("k", "member", 1);
  expire_at("k", kNow + 50);
  EXPECT_EQ(db.peek(key("k"))->type(), Type::kSortedSet);
  EXPECT_EQ(db.peek(key("k"))->encoding_name(), "listpack");
  EXPECT_EQ(*db.peek(key("k"))->collection<types::SortedSet>().score("member"), 1);
  set("k", "text", DeadlinePolicy::keep());
  EXPECT_EQ(get("k"), "text");
  EXPECT_EQ(db.peek(key("k"))->deadline_ms(), kNow + 50);
  WriteRef ref = db.write(key("k"));
  types::SortedSet fresh;
  fresh.add("m", 2, {}, keyspace.settings());
  ref.set_collection(std::move(fresh));
  ref.commit(kChanged);
  EXPECT_FALSE(db.peek(key("k"))->has_deadline());
  EXPECT_EQ(db.keys_with_deadline(), 0U);
}

TEST_F(KeyspaceTest, EachCommitIsOneChangeAndADismissedOneIsNone) {
  const std::uint64_t before = keyspace.changes().count();
  set("a", "1");
  set("a", "2");
  expire_at("a", kNow + 5);
  EXPECT_EQ(keyspace.changes().count(), before + 3);
  WriteRef ref = db.write(key("a"));
  ref.set_deadline(kNow + 5);
  ref.dismiss();
  EXPECT_EQ(keyspace.changes().count(), before + 3);
  EXPECT_TRUE(db.erase(key("a"), events::kDel));
  EXPECT_FALSE(db.erase(key("a"), events::kDel));
  EXPECT_EQ(keyspace.changes().count(), before + 4);
}

TEST_F(KeyspaceTest, NobodyListeningCostsACounterOnly) {
  keyspace.changes().set_listening(false);
  const std::uint64_t before = keyspace.changes().count();
  set("a", "1");
  EXPECT_EQ(keyspace.changes().count(), before + 1);
  EXPECT_TRUE(changes().empty());
}

// --- Deadlines ----------------------------------------------------------------------------------

TEST_F(KeyspaceTest, AKeyIsGoneAtItsDeadlineAndNotBefore) {
  set("k", "v", DeadlinePolicy::at(kNow + 10));
  changes();
  keyspace.set_now_ms(kNow + 9);
  EXPECT_NE(db.find(key("k")), nullptr);
  keyspace.set_now_ms(kNow + 10);
  EXPECT_EQ(db.find(key("k")), nullptr);
  EXPECT_EQ(changes(), (Lines{"expired k"}));
  EXPECT_EQ(keyspace.statistics().expired, 1U);
  ASSERT_EQ(keyspace.changes().vanished().size(), 1U);
  EXPECT_EQ(keyspace.changes().vanished()[0].key, "k");
  EXPECT_EQ(db.size(), 0U);
}

TEST_F(KeyspaceTest, DisabledExpiryKeepsKeys) {
  set("k", "v", DeadlinePolicy::at(kNow + 10));
  keyspace.set_expiry_enabled(false);
  keyspace.set_now_ms(kNow + 1000);
  EXPECT_NE(db.find(key("k")), nullptr);
  EXPECT_EQ(keyspace.expire_due(10), 0U);
  keyspace.set_expiry_enabled(true);
  EXPECT_EQ(keyspace.expire_due(10), 1U);
}

TEST_F(KeyspaceTest, WithoutRemovalWhatIsOverStaysUnseen) {
  set("k", "v", DeadlinePolicy::at(kNow + 10));
  changes();
  keyspace.set_removal_enabled(false);
  keyspace.set_now_ms(kNow + 1000);
  EXPECT_EQ(db.find(key("k")), nullptr);
  EXPECT_EQ(db.peek(key("k")), nullptr);
  EXPECT_FALSE(db.contains(key("k")));
  EXPECT_EQ(keyspace.expire_due(10), 0U);
  EXPECT_EQ(keyspace.next_deadline_ms(), INT64_MAX);
  base::Random random(1);
  EXPECT_EQ(db.random(random), nullptr);
  EXPECT_EQ(db.size(), 1U);
  EXPECT_EQ(changes(), Lines{});
  EXPECT_EQ(keyspace.statistics().expired, 0U);
  // A write takes its place, and it is gone for good.
  set("k", "w");
  EXPECT_EQ(db.size(), 1U);
  EXPECT_EQ(keyspace.statistics().expired, 1U);
  EXPECT_NE(db.find(key("k")), nullptr);
  set("l", "v", DeadlinePolicy::at(kNow + 2000));
  keyspace.set_now_ms(kNow + 3000);
  keyspace.set_removal_enabled(true);
  EXPECT_EQ(keyspace.next_deadline_ms(), kNow + 2000);
  EXPECT_EQ(keyspace.expire_due(10), 1U);
}

TEST_F(KeyspaceTest, ExpireDueTakesTheEarliestFirstAndKeepsItsLimit) {
  for (const int i : {3, 1, 4, 5, 2}) {
    set("k" + std::to_string(i), "v", DeadlinePolicy::at(kNow + i));
  }
  WriteRef other = keyspace.database(2).write(key("other"));
  other.set_string("v", DeadlinePolicy::at(kNow + 2));
  other.commit(kChanged);
  changes();
  EXPECT_EQ(keyspace.next_deadline_ms(), kNow + 1);
  EXPECT_EQ(keyspace.expire_due(10), 0U);
  keyspace.set_now_ms(kNow + 4);
  EXPECT_EQ(keyspace.expire_due(2), 2U);
  EXPECT_EQ(changes(), (Lines{"expired k1", "expired k2"}));
  EXPECT_EQ(keyspace.expire_due(10), 3U);
  EXPECT_EQ(changes(), (Lines{"expired k3", "expired k4", "expired other"}));
  EXPECT_EQ(keyspace.next_deadline_ms(), kNow + 5);
}

// A minute and a bit: then the order of deadlines follows at once, not when it comes to the key.
TEST_F(KeyspaceTest, ADeadlineThatIsPutOffLeavesTheKeyWhereItIsFiled) {
  constexpr std::int64_t kMost = 65'535;
  constexpr std::int64_t kFar = INT64_MAX - 1;
  set("k", "v", DeadlinePolicy::at(kNow + 100));
  for (const std::int64_t later : {std::int64_t{200}, std::int64_t{100}, 100 + kMost}) {
    expire_at("k", kNow + later);
    EXPECT_EQ(db.peek(key("k"))->deadline_ms(), kNow + later);
    EXPECT_EQ(db.next_deadline_ms(), kNow + 100);
  }
  set("k", "longer than it was before", DeadlinePolicy::at(kNow + 300));
  EXPECT_EQ(db.next_deadline_ms(), kNow + 100) << "nor does a new record change that";
  keyspace.set_now_ms(kNow + 200);
  EXPECT_EQ(get("k"), "longer than it was before");
  EXPECT_EQ(db.expire_due(10), 1U) << "it was looked at";
  EXPECT_EQ(keyspace.statistics().expired, 0U);
  EXPECT_EQ(db.next_deadline_ms(), kNow + 300);
  for (const std::int64_t deadline : {kNow + 250, kNow + 251 + kMost, kFar, kNow + 400}) {
    expire_at("k", deadline);
    EXPECT_EQ(db.peek(key("k"))->deadline_ms(), deadline);
    EXPECT_EQ(db.next_deadline_ms(), deadline);
  }
  expire_at("k", kNow + 500);
  keyspace.set_now_ms(kNow + 500);
  EXPECT_EQ(get("k"), "(none)");
  EXPECT_EQ(db.keys_with_deadline(), 0U);
}

TEST_F(KeyspaceTest, ExpiredKeysAreNeitherScannedNorDrawn) {
  for (int i = 0; i < 50; ++i) {
    set("dead" + std::to_string(i), "v", DeadlinePolicy::at(kNow + 1));
  }
  set("alive", "v");
  keyspace.set_now_ms(kNow + 1);
  std::uint64_t cursor = 0;
  Lines seen;
  do {
    cursor = db.scan(cursor, [&](const Record& record) { seen.emplace_back(record.key()); });
  } while (cursor != 0);
  EXPECT_EQ(seen, (Lines{"alive"}));
  base::Random random(1);
  EXPECT_EQ(db.random(random)->key(), "alive");
  EXPECT_TRUE(db.erase(key("alive"), events::kDel));
  EXPECT_EQ(db.random(random), nullptr);
  EXPECT_EQ(db.size(), 0U);
}

TEST_F(KeyspaceTest, AverageTtl) {
  EXPECT_EQ(db.average_ttl_ms(), 0);
  set("a", "v", DeadlinePolicy::at(kNow + 5));
  EXPECT_EQ(db.average_ttl_ms(), 5) << "less than one millisecond a sample";
  set("b", "v", DeadlinePolicy::at(kNow + 3005));
  EXPECT_EQ(db.average_ttl_ms(), 1505);
  for (int i = 0; i < 40; ++i) {
    set("far" + std::to_string(i), "v", DeadlinePolicy::at(INT64_MAX));
  }
  EXPECT_GT(db.average_ttl_ms(), INT64_MAX / 2) << "a sum would have overflowed";
}

// --- Whole keys ---------------------------------------------------------------------------------

TEST_F(KeyspaceTest, MoveTakesValueAndDeadlineAlong) {
  Database& target = keyspace.database(1);
  for (const std::string& value :
       {std::string("42"), std::string("text"), std::string(5000, 'x')}) {
    set("from", value, DeadlinePolicy::at(kNow + 10));
    changes();
    db.move(key("from"), target, key("to"), events::kMoveFrom, events::kMoveTo);
    EXPECT_EQ(changes(), (Lines{"move_from from", "move_to to"}));
    EXPECT_EQ(get("from"), "(none)");
    EXPECT_EQ(get(target, "to"), value);
    EXPECT_EQ(target.next_deadline_ms(), kNow + 10);
    EXPECT_EQ(target.size(), 1U);
    EXPECT_EQ(target.keys_with_deadline(), 1U);
    EXPECT_EQ(db.keys_with_deadline(), 0U);
  }
}

TEST_F(KeyspaceTest, RenameOverAnotherKeyReplacesIt) {
  add("from", "m", 3);
  set("to", "old", DeadlinePolicy::at(kNow + 10));
  db.move(key("from"), db, key("to"), events::kRenameFrom, events::kRenameTo);
  EXPECT_EQ(db.size(), 1U);
  EXPECT_EQ(db.peek(key("to"))->type(), Type::kSortedSet);
  EXPECT_EQ(*db.peek(key("to"))->collection<types::SortedSet>().score("m"), 3);
  EXPECT_EQ(db.keys_with_deadline(), 0U);
}

TEST_F(KeyspaceTest, CopyIsDeep) {
  for (int i = 0; i < 500; ++i) {
    add("z", "member" + std::to_string(i), i);
  }
  db.copy(key("z"), db, key("copy"));
  add("z", "member7", 1000);
  EXPECT_EQ(*db.peek(key("copy"))->collection<types::SortedSet>().score("member7"), 7);
  const std::string long_key(300, 'n');
  set("s", std::string(3000, 's'), DeadlinePolicy::at(kNow + 10));
  set(long_key, "replaced");
  db.copy(key("s"), db, key(long_key));
  set("s", "other");
  EXPECT_EQ(get(long_key), std::string(3000, 's'));
  EXPECT_EQ(db.peek(key(long_key))->deadline_ms(), kNow + 10);
}

TEST_F(KeyspaceTest, SwapExchangesContentsAndDeadlines) {
  set("a", "in zero", DeadlinePolicy::at(kNow + 10));
  keyspace.swap(0, 3);
  EXPECT_EQ(get("a"), "(none)");
  EXPECT_EQ(get(keyspace.database(3), "a"), "in zero");
  EXPECT_EQ(keyspace.database(3).number(), 3U);
  changes();
  keyspace.set_now_ms(kNow + 10);
  EXPECT_EQ(keyspace.expire_due(5), 1U);
  std::vector<std::uint32_t> databases;
  keyspace.changes().drain([&](const Event&, std::uint32_t database, std::string_view) {
    databases.push_back(database);
  });
  EXPECT_EQ(databases, std::vector<std::uint32_t>{3});
  keyspace.swap(2, 2);
}

TEST_F(KeyspaceTest, ClearBuriesAndReleasesInBoundedSteps) {
  for (int i = 0; i < 3000; ++i) {
    set("k" + std::to_string(i), "v", DeadlinePolicy::at(kNow + 10 + i));
  }
  for (int i = 0; i < 1000; ++i) {
    add("big", "member" + std::to_string(i), i);
    add("big2", "member" + std::to_string(i), i);
  }
  EXPECT_EQ(db.clear(), 3002U);
  EXPECT_EQ(db.size(), 0U);
  EXPECT_EQ(keyspace.next_deadline_ms(), INT64_MAX);
  EXPECT_EQ(keyspace.pending_releases(), 1U);
  set("k1", "new");
  int steps = 1;
  while (!keyspace.release_some(100)) {
    ++steps;
  }
  EXPECT_GT(steps, 40) << "about 100 parts a step: 3,000 deadlines, 3,000 keys, 2,000 members";
  EXPECT_LT(steps, 400);
  EXPECT_EQ(keyspace.pending_releases(), 0U);
  EXPECT_EQ(get("k1"), "new");
  EXPECT_EQ(db.clear(), 1U);
  EXPECT_EQ(keyspace.database(1).clear(), 0U);
}

TEST_F(KeyspaceTest, ALargeValueIsReleasedStepByStep) {
  for (int i = 0; i < 2000; ++i) {
    add("big", "member" + std::to_string(i), i);
  }
  EXPECT_TRUE(db.erase(key("big"), events::kDel));
  EXPECT_EQ(keyspace.pending_releases(), 1U);
  EXPECT_FALSE(keyspace.release_some(10));
  while (!keyspace.release_some(200)) {
  }
  EXPECT_EQ(keyspace.statistics().released, 1U);
}

TEST_F(KeyspaceTest, WhatIsStillBuriedGoesWithTheKeyspace) {
  for (int i = 0; i < 2000; ++i) {
    add("big", "member" + std::to_string(i), i);
    set("k" + std::to_string(i), std::string(2000, 'x'));
  }
  db.erase(key("big"), events::kDel);
  db.clear();
  keyspace.release_some(50);
}

}  // namespace
}  // namespace sorrel::keyspace
