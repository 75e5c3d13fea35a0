// SPDX-License-Identifier: BSD-3-Clause
//
// Fields of hashes with deadlines in the keyspace: they go on time, leave the changes that log and
// listeners need, and the order of hashes stays true whatever becomes of the key. At the end random
// operations against a map.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/hash.h>

namespace sorrel::keyspace {
namespace {

using types::FieldDeadline;
using types::Hash;
using Lines = std::vector<std::string>;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr Event kChanged{EventClass::kGeneric, "changed"};
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

std::string text(const Hash::Text& value) {
  char scratch[24];
  return std::string(value.text(scratch));
}

class FieldDeadlines : public testing::Test {
 protected:
  FieldDeadlines() {
    keyspace.set_now_ms(kNow);
    keyspace.changes().set_listening(true);
    keyspace.changes().set_keep_vanished(true);
  }

  Key key(std::string_view name) const { return keyspace.key(name); }
  // A field with a deadline so many milliseconds from the beginning; 0: none.
  void put(Database& database, std::string_view name, std::string_view field,
           std::int64_t deadline = 0) {
    WriteRef ref = database.write(key(name));
    Hash& hash = ref.collection<Hash>();
    hash.set(field, "value", FieldDeadline::kDropped, keyspace.settings());
    if (deadline != 0) hash.set_deadline(field, kNow + deadline);
    ref.commit(kChanged);
  }
  void put(std::string_view name, std::string_view field, std::int64_t deadline = 0) {
    put(db, name, field, deadline);
  }
  void pass(std::int64_t milliseconds) { keyspace.set_now_ms(kNow + milliseconds); }
  std::int64_t next() const { return keyspace.next_deadline_ms() - kNow; }

  std::string fields(Database& database, std::string_view name) {
    const Record* record = database.find(key(name));
    if (record == nullptr) return "(none)";
    std::vector<std::string> names;
    record->collection<Hash>().for_each(
        [&](const Hash::Entry& entry) { names.push_back(text(entry.field)); });
    std::sort(names.begin(), names.end());
    std::string line;
    for (const std::string& field : names) line += field;
    return line;
  }
  std::string fields(std::string_view name) { return fields(db, name); }

  Lines changes() {
    Lines lines;
    keyspace.changes().drain([&](const Event& event, std::uint32_t, std::string_view name) {
      lines.push_back(event.event_class == EventClass::kDatabase
                          ? "(all)"
                          : std::string(event.name) + " " + std::string(name));
    });
    return lines;
  }
  // What the log would be told: "key" or "key field".
  Lines vanished() {
    Lines lines;
    for (const Change& change : keyspace.changes().vanished()) {
      lines.push_back(change.field ? change.key + " " + *change.field : change.key);
    }
    keyspace.changes().forget_vanished();
    return lines;
  }

  Keyspace keyspace{4, 99};
  Database& db = keyspace.database(0);
  Database& other = keyspace.database(1);
};

TEST_F(FieldDeadlines, AFieldIsGoneAtItsDeadlineAndNotBefore) {
  put("h", "a", 10);
  put("h", "b");
  changes();
  const std::uint64_t before = keyspace.changes().count();
  pass(9);
  EXPECT_EQ(fields("h"), "ab");
  pass(10);
  EXPECT_EQ(fields("h"), "b");
  EXPECT_EQ(changes(), (Lines{"hexpired h"}));
  EXPECT_EQ(vanished(), (Lines{"h a"}));
  EXPECT_EQ(keyspace.changes().count(), before) << "nobody's command changed anything";
  EXPECT_EQ(keyspace.statistics().expired_subkeys, 1U);
  EXPECT_EQ(keyspace.statistics().expired, 0U);
  EXPECT_EQ(db.hashes_with_field_deadlines(), 0U);
  EXPECT_EQ(keyspace.next_deadline_ms(), INT64_MAX);
}

TEST_F(FieldDeadlines, WithItsLastFieldTheKeyGoes) {
  put("h", "a", 10);
  put("h", "b", 20);
  changes();
  pass(20);
  EXPECT_EQ(db.find(key("h")), nullptr);
  EXPECT_EQ(changes(), (Lines{"hexpired h", "del h"}));
  EXPECT_EQ(vanished(), (Lines{"h"}));
  EXPECT_EQ(keyspace.statistics().expired_subkeys, 2U);
  EXPECT_EQ(db.size(), 0U);
}

TEST_F(FieldDeadlines, NobodyNeedsToAskForThem) {
  put("one", "a", 10);
  put("one", "b", 30);
  put("one", "c");
  put("two", "a", 20);
  put(other, "three", "a", 15);
  EXPECT_EQ(next(), 10);
  pass(14);
  EXPECT_EQ(keyspace.expire_due(kAll), 1U);
  EXPECT_EQ(next(), 15);
  pass(30);
  EXPECT_EQ(keyspace.expire_due(1), 1U);
  EXPECT_EQ(keyspace.expire_due(kAll), 2U);
  EXPECT_EQ(vanished(), (Lines{"one a", "two", "one b", "three"}));
  EXPECT_EQ(keyspace.next_deadline_ms(), INT64_MAX);
  EXPECT_EQ(fields("one"), "c");
  EXPECT_EQ(other.size(), 0U);
}

TEST_F(FieldDeadlines, TheLimitHoldsWithinAHash) {
  for (int i = 0; i < 10; ++i) put("h", "f" + std::to_string(i), 5);
  put("h", "stays");
  pass(5);
  EXPECT_EQ(keyspace.expire_due(4), 4U);
  EXPECT_EQ(next(), 5);
  EXPECT_EQ(keyspace.expire_due(kAll), 6U);
  EXPECT_EQ(fields("h"), "stays");
}

TEST_F(FieldDeadlines, DisabledExpiryKeepsFields) {
  put("h", "a", 10);
  put("h", "b");
  put("all", "a", 10);
  keyspace.set_expiry_enabled(false);
  pass(100);
  EXPECT_EQ(fields("h"), "ab");
  EXPECT_EQ(fields("all"), "a");
  EXPECT_EQ(keyspace.expire_due(kAll), 0U);
  EXPECT_TRUE(vanished().empty());
  keyspace.set_expiry_enabled(true);
  EXPECT_EQ(keyspace.expire_due(kAll), 2U);
}

TEST_F(FieldDeadlines, AHashWhoseFieldsAreAllDueIsNeitherScannedNorDrawn) {
  put("dead", "a", 10);
  put("dead", "b", 10);
  put("alive", "a", 10);
  put("alive", "b");
  pass(10);
  Lines seen;
  std::uint64_t cursor = 0;
  do {
    cursor = db.scan(cursor, [&](const Record& record) { seen.emplace_back(record.key()); });
  } while (cursor != 0);
  EXPECT_EQ(seen, (Lines{"alive"}));
  base::Random random(1);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(db.random(random)->key(), "alive");
}

TEST_F(FieldDeadlines, AKeysOwnDeadlineComesAndGoesAroundThem) {
  put("h", "a", 10);
  put("h", "b", 30);
  WriteRef ref = db.write(key("h"));
  ref.set_deadline(kNow + 20);
  ref.set_deadline(kNow + 25);
  ref.commit(kChanged);
  EXPECT_EQ(next(), 10);
  EXPECT_EQ(db.hashes_with_field_deadlines(), 1U);
  WriteRef again = db.write(key("h"));
  again.clear_deadline();
  again.commit(kChanged);
  EXPECT_EQ(next(), 10);
  WriteRef third = db.write(key("h"));
  third.set_deadline(kNow + 20);
  third.commit(kChanged);
  pass(10);
  EXPECT_EQ(keyspace.expire_due(kAll), 1U);
  EXPECT_EQ(next(), 20);
  pass(20);
  EXPECT_EQ(keyspace.expire_due(kAll), 1U);
  EXPECT_EQ(vanished(), (Lines{"h a", "h"}));
  EXPECT_EQ(keyspace.next_deadline_ms(), INT64_MAX);
}

TEST_F(FieldDeadlines, MovingAndCopyingTakeThemAlong) {
  put("h", "a", 10);
  put("h", "b");
  db.move(key("h"), db, key("renamed"), kChanged, kChanged);
  EXPECT_EQ(db.hashes_with_field_deadlines(), 1U);
  db.copy(key("renamed"), other, key("copy"));
  EXPECT_EQ(other.hashes_with_field_deadlines(), 1U);
  db.move(key("renamed"), other, key("moved"), kChanged, kChanged);
  EXPECT_EQ(db.hashes_with_field_deadlines(), 0U);
  EXPECT_EQ(other.hashes_with_field_deadlines(), 2U);
  put("target", "x", 3);
  other.move(key("moved"), db, key("target"), kChanged, kChanged);
  EXPECT_EQ(next(), 10) << "what stood there has gone";
  pass(10);
  EXPECT_EQ(keyspace.expire_due(kAll), 2U);
  EXPECT_EQ(fields("target"), "b");
  EXPECT_EQ(fields(other, "copy"), "b");
}

TEST_F(FieldDeadlines, SwappingDatabasesSwapsThem) {
  put("h", "a", 10);
  put("h", "b");
  keyspace.swap(0, 1);
  EXPECT_EQ(db.hashes_with_field_deadlines(), 0U);
  EXPECT_EQ(other.hashes_with_field_deadlines(), 1U);
  pass(10);
  EXPECT_EQ(keyspace.expire_due(kAll), 1U);
  EXPECT_EQ(keyspace.changes().vanished()[0].database, 1U);
  EXPECT_EQ(fields(other, "h"), "b");
}

TEST_F(FieldDeadlines, OverwritingAndErasingLetThemGo) {
  for (const char* const name : {"text", "integer", "hash", "erased", "removed"}) {
    put(name, "a", 10);
  }
  WriteRef to_text = db.write(key("text"));
  to_text.set_string("v", DeadlinePolicy::clear());
  to_text.commit(kChanged);
  WriteRef to_integer = db.write(key("integer"));
  to_integer.set_integer(7);
  to_integer.commit(kChanged);
  Hash fresh;
  fresh.set("b", "1", FieldDeadline::kDropped, keyspace.settings());
  fresh.set_deadline("b", kNow + 50);
  WriteRef to_hash = db.write(key("hash"));
  to_hash.set_collection(std::move(fresh));
  to_hash.commit(kChanged);
  EXPECT_TRUE(db.erase(key("erased"), kChanged));
  WriteRef removed = db.write(key("removed"));
  removed.collection<Hash>().remove("a");
  removed.commit(kChanged);
  EXPECT_EQ(db.hashes_with_field_deadlines(), 1U);
  EXPECT_EQ(next(), 50);
  EXPECT_EQ(db.size(), 3U);
}

TEST_F(FieldDeadlines, ClearingADatabaseClearsThem) {
  for (int i = 0; i < 500; ++i) put("h" + std::to_string(i), "a", 10 + i);
  for (int i = 0; i < 600; ++i) put("large", "f" + std::to_string(i), 10 + i);
  db.clear();
  EXPECT_EQ(keyspace.next_deadline_ms(), INT64_MAX);
  put("h1", "a", 7);
  EXPECT_EQ(next(), 7);
  pass(10'000);
  EXPECT_EQ(keyspace.expire_due(kAll), 1U);
  int steps = 0;
  while (!keyspace.release_some(50)) ++steps;
  EXPECT_GT(steps, 10);
}

TEST_F(FieldDeadlines, AFieldThatLosesItsDeadlineStays) {
  put("h", "a", 10);
  put("h", "b", 20);
  put("h", "a");
  EXPECT_EQ(next(), 20);
  put("h", "b");
  EXPECT_EQ(keyspace.next_deadline_ms(), INT64_MAX);
  EXPECT_EQ(db.hashes_with_field_deadlines(), 0U);
  put("h", "a", 5);
  EXPECT_EQ(next(), 5);
  for (int i = 0; i < 600; ++i) put("h", "f" + std::to_string(i), 0);
  EXPECT_EQ(next(), 5) << "the large form goes on where the compact one was";
  pass(5);
  EXPECT_EQ(keyspace.expire_due(kAll), 1U);
}

// --- Random operations --------------------------------------------------------------------------

constexpr std::size_t kDatabases = 3;

struct Value {
  std::optional<std::int64_t> deadline_ms;
  std::map<std::string, std::int64_t> fields;  // to their deadlines; empty: a string
  bool string = false;
};
using Model = std::map<std::string, Value>;

class FieldRun {
 public:
  explicit FieldRun(std::uint64_t seed) : random_(seed), keyspace_(kDatabases, seed) {
    keyspace_.settings().hash_max_listpack_entries = 8;
    keyspace_.set_now_ms(kNow);
  }

  void step() {
    const std::size_t number = random_.below(kDatabases);
    const std::string name = "k" + std::to_string(random_.below(40));
    switch (random_.below(12)) {
      case 0:
        overwrite(number, name);
        break;
      case 1:
        key_deadline(number, name);
        break;
      case 2:
        ASSERT_EQ(database(number).erase(keyspace_.key(name), kChanged),
                  models_[number].erase(name) != 0);
        break;
      case 3:
        move_or_copy(number, name);
        break;
      case 4:
      case 5:
        pass_time();
        break;
      case 6:
        rarely(number);
        break;
      default:
        edit(number, name);
    }
    if (!testing::Test::HasFatalFailure()) compare(number, name);
  }

  void compare_all() {
    keyspace_.expire_due(kAll);
    for (std::size_t number = 0; number < kDatabases; ++number) {
      ASSERT_EQ(database(number).size(), models_[number].size());
      std::int64_t earliest = INT64_MAX;
      std::size_t scheduled = 0;
      for (const auto& [name, value] : models_[number]) {
        compare(number, name);
        std::int64_t first = Hash::kNever;
        for (const auto& [field, deadline_ms] : value.fields) first = std::min(first, deadline_ms);
        scheduled += first == Hash::kNever ? 0U : 1U;
        earliest = std::min({earliest, first, value.deadline_ms.value_or(INT64_MAX)});
      }
      ASSERT_EQ(database(number).hashes_with_field_deadlines(), scheduled);
      ASSERT_LE(database(number).next_deadline_ms(), earliest);
      ASSERT_GT(database(number).next_deadline_ms(), now()) << "nothing due is left";
      ASSERT_EQ(database(number).next_deadline_ms() == INT64_MAX, earliest == INT64_MAX);
    }
  }

 private:
  Database& database(std::size_t number) { return keyspace_.database(number); }
  std::int64_t now() const { return keyspace_.now_ms(); }
  std::int64_t some_time() { return now() + 1 + static_cast<std::int64_t>(random_.below(60)); }
  Value* model(std::size_t number, const std::string& name) {
    const auto place = models_[number].find(name);
    return place == models_[number].end() ? nullptr : &place->second;
  }

  void forget_due() {
    for (Model& model : models_) {
      for (auto& [name, value] : model) {
        std::erase_if(value.fields, [&](const auto& field) { return field.second <= now(); });
      }
      std::erase_if(model, [&](const auto& entry) {
        const Value& value = entry.second;
        return (value.deadline_ms && *value.deadline_ms <= now()) ||
               (!value.string && value.fields.empty());
      });
    }
  }

  void edit(std::size_t number, const std::string& name) {
    if (const Value* value = model(number, name); value != nullptr && value->string) return;
    Value& value = models_[number][name];
    WriteRef ref = database(number).write(keyspace_.key(name));
    Hash& hash = ref.collection<Hash>();
    for (std::uint64_t i = random_.below(6) + 1; i > 0; --i) {
      const std::string field = "f" + std::to_string(random_.below(14));
      if (random_.below(4) == 0) {
        hash.remove(field);
        value.fields.erase(field);
        continue;
      }
      hash.set(field, "value", FieldDeadline::kDropped, keyspace_.settings());
      const std::int64_t deadline_ms = random_.below(3) == 0 ? Hash::kNever : some_time();
      hash.set_deadline(field, deadline_ms);
      value.fields[field] = deadline_ms;
    }
    if (value.fields.empty()) models_[number].erase(name);
    ref.commit(kChanged);
  }
  void overwrite(std::size_t number, const std::string& name) {
    WriteRef ref = database(number).write(keyspace_.key(name));
    ref.set_string("text", DeadlinePolicy::clear());
    ref.commit(kChanged);
    models_[number][name] = {std::nullopt, {}, true};
  }
  void key_deadline(std::size_t number, const std::string& name) {
    Value* value = model(number, name);
    WriteRef ref = database(number).write(keyspace_.key(name));
    ASSERT_EQ(ref.exists(), value != nullptr);
    if (value == nullptr) return;
    if (random_.below(2) == 0) {
      ref.clear_deadline();
      value->deadline_ms.reset();
    } else {
      value->deadline_ms = some_time() + 40;
      ref.set_deadline(*value->deadline_ms);
    }
    ref.commit(kChanged);
  }
  void move_or_copy(std::size_t number, const std::string& name) {
    const std::size_t target = random_.below(kDatabases);
    const std::string to = "k" + std::to_string(random_.below(40));
    Value* value = model(number, name);
    if (value == nullptr || (target == number && to == name)) return;
    Value taken = *value;
    const Key from = keyspace_.key(name);
    if (random_.below(2) == 0) {
      database(number).copy(from, database(target), keyspace_.key(to));
    } else {
      database(number).move(from, database(target), keyspace_.key(to), kChanged, kChanged);
      models_[number].erase(name);
    }
    models_[target][to] = std::move(taken);
  }
  void pass_time() {
    keyspace_.set_now_ms(now() + static_cast<std::int64_t>(random_.below(8)));
    forget_due();
    if (random_.below(2) == 0) keyspace_.expire_due(random_.below(10));
  }
  void rarely(std::size_t number) {
    const std::uint64_t choice = random_.below(100);
    if (choice == 0) {
      database(number).clear();
      models_[number].clear();
    } else if (choice < 5) {
      const std::size_t other = random_.below(kDatabases);
      keyspace_.swap(number, other);
      std::swap(models_[number], models_[other]);
    } else {
      keyspace_.release_some(random_.below(20));
    }
  }

  void compare(std::size_t number, const std::string& name) {
    const Value* value = model(number, name);
    const Record* record = database(number).find(keyspace_.key(name));
    ASSERT_EQ(record != nullptr, value != nullptr) << name;
    if (record == nullptr || value->string) return;
    ASSERT_EQ(record->has_deadline(), value->deadline_ms.has_value());
    const auto& hash = record->collection<Hash>();
    ASSERT_EQ(hash.size(), value->fields.size());
    std::int64_t first = Hash::kNever;
    for (const auto& [field, deadline_ms] : value->fields) {
      ASSERT_EQ(hash.deadline_ms(field), deadline_ms);
      first = std::min(first, deadline_ms);
    }
    ASSERT_EQ(hash.scheduled_ms(), first);
    ASSERT_EQ(record->has_field_deadlines(), first != Hash::kNever);
  }

  base::Random random_;
  Keyspace keyspace_;
  Model models_[kDatabases];
};

TEST(FieldDeadlinesModel, AgreesWithAMap) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FieldRun run(seed);
    for (int i = 0; i < 10'000; ++i) {
      run.step();
      if (i % 500 == 499) run.compare_all();
      if (testing::Test::HasFatalFailure()) FAIL() << "at step " << i;
    }
  }
}

}  // namespace
}  // namespace sorrel::keyspace
