// SPDX-License-Identifier: BSD-3-Clause
//
// Defragmentation of the keyspace: keys, members, fields and their deadlines are the same after a
// pass, with or without commands between its steps, and what deleted ones left behind has become
// free.
#include <cstdint>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <sorrel/base/item_heap.h>
#include <sorrel/base/random.h>
#include <sorrel/keyspace/defragmenter.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>

namespace sorrel::keyspace {
namespace {

constexpr Event kChanged{EventClass::kGeneric, "changed"};
constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::size_t kDatabases = 3;
constexpr std::uint64_t kKeys = 60'000;
constexpr std::uint64_t kElements = 30'000;

// What is there, by "database/key" or "key/element": the value, and a deadline behind it.
using Model = std::map<std::string, std::string>;

class DefragmenterTest : public testing::Test {
 protected:
  DefragmenterTest() : keyspace(kDatabases, 5) { keyspace.set_now_ms(kNow); }

  Database& database_of(std::uint64_t number) { return keyspace.database(number % 2 * 2); }
  static std::string model_key(std::uint64_t number) {
    return std::to_string(number % 2 * 2) + "/" + key_name(number);
  }
  static std::string key_name(std::uint64_t number) { return "key:" + std::to_string(number); }
  // Every third has a deadline.
  static std::int64_t deadline_of(std::uint64_t number) {
    return number % 3 == 0 ? kNow + kHour + static_cast<std::int64_t>(number % 50) : 0;
  }
  static std::string with_deadline(std::string value, std::int64_t deadline_ms) {
    return deadline_ms == 0 ? value : value + "@" + std::to_string(deadline_ms);
  }

  void set_key(std::uint64_t number) {
    const std::string name = key_name(number);
    const std::string value(random.below(60), 'v');
    const std::int64_t deadline_ms = deadline_of(number);
    WriteRef ref = database_of(number).write(keyspace.key(name));
    ref.set_text(value,
                 deadline_ms == 0 ? DeadlinePolicy::clear() : DeadlinePolicy::at(deadline_ms));
    ref.commit(kChanged);
    model[model_key(number)] = with_deadline(value, deadline_ms);
  }
  void erase_key(std::uint64_t number) {
    const std::string name = key_name(number);
    database_of(number).erase(keyspace.key(name), kChanged);
    model.erase(model_key(number));
  }
  template <class T, class Change>
  void with(std::string_view name, Change&& change) {
    WriteRef ref = keyspace.database(0).write(keyspace.key(name));
    change(ref.collection<T>());
    ref.commit(kChanged);
  }
  void add_element(std::uint64_t number) {
    const types::Settings& settings = keyspace.settings();
    const std::string text = "element:" + std::to_string(number);
    with<types::Set>("set", [&](auto& set) { set.add(text, settings); });
    const auto score = static_cast<double>(number % 100);
    with<types::SortedSet>("zset", [&](auto& set) { set.add(text, score, {}, settings); });
    const std::int64_t deadline_ms = deadline_of(number);
    with<types::Hash>("hash", [&](auto& hash) {
      hash.set(text, "value", types::FieldDeadline::kDropped, settings);
      if (deadline_ms != 0) hash.set_deadline(text, deadline_ms);
    });
    model["set/" + text] = "";
    model["zset/" + text] = std::to_string(score);
    model["hash/" + text] = with_deadline("value", deadline_ms);
  }
  void remove_element(std::uint64_t number) {
    const std::string text = "element:" + std::to_string(number);
    with<types::Set>("set", [&](auto& set) { set.remove(text); });
    with<types::SortedSet>("zset", [&](auto& set) { set.remove(text); });
    with<types::Hash>("hash", [&](auto& hash) { hash.remove(text); });
    for (const char* name : {"set/", "zset/", "hash/"}) model.erase(name + text);
  }

  // Then four of five go again.
  void churn() {
    for (std::uint64_t i = 0; i < kKeys; ++i) set_key(i);
    for (std::uint64_t i = 0; i < kElements; ++i) add_element(i);
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      if (random.below(5) != 0) erase_key(i);
    }
    for (std::uint64_t i = 0; i < kElements; ++i) {
      if (random.below(5) != 0) remove_element(i);
    }
  }
  void change_something() {
    const std::uint64_t key = random.below(kKeys);
    const std::uint64_t element = random.below(kElements);
    switch (random.below(6)) {
      case 0:
        return set_key(key);
      case 1:
        return erase_key(key);
      case 2:
        return add_element(element);
      case 3:
        return remove_element(element);
      default:
        return;
    }
  }

  Model content() {
    Model found;
    for (std::uint32_t number = 0; number < kDatabases; ++number) {
      const std::string prefix = std::to_string(number) + "/";
      std::uint64_t cursor = 0;
      do {
        cursor = keyspace.database(number).scan(
            cursor, [&](const Record& record) { add(found, prefix, record); });
      } while (cursor != 0);
    }
    return found;
  }
  static void add(Model& found, const std::string& prefix, const Record& record) {
    const std::string name(record.key());
    char scratch[24];
    switch (record.type()) {
      case Type::kSet:
        record.collection<types::Set>().for_each([&](const types::Set::Member& member) {
          found[name + "/" + std::string(member.text(scratch))] = "";
          return true;
        });
        return;
      case Type::kSortedSet:
        for (auto it = record.collection<types::SortedSet>().forward(); it.valid(); it.next()) {
          found[name + "/" + std::string(it->member)] = std::to_string(it->score);
        }
        return;
      case Type::kHash:
        record.collection<types::Hash>().for_each([&](const types::Hash::Entry& entry) {
          const bool mortal = entry.deadline_ms != types::Hash::kNever;
          found[name + "/" + std::string(entry.field.text(scratch))] =
              with_deadline("value", mortal ? entry.deadline_ms : 0);
        });
        return;
      default:
        IntegerText text;
        found[prefix + name] = with_deadline(std::string(record.string(text)),
                                             record.has_deadline() ? record.deadline_ms() : 0);
    }
  }
  // All is found by its name as well, and what has a deadline goes when that has come.
  void expect_whole() {
    EXPECT_EQ(content(), model);
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      ASSERT_EQ(database_of(i).contains(keyspace.key(key_name(i))), model.contains(model_key(i)));
    }
    const Record* set = keyspace.database(0).peek(keyspace.key("zset"));
    ASSERT_NE(set, nullptr);
    for (std::uint64_t i = 0; i < kElements; ++i) {
      const std::string text = "element:" + std::to_string(i);
      ASSERT_EQ(set->collection<types::SortedSet>().rank(text).has_value(),
                model.contains("zset/" + text));
    }
    keyspace.set_now_ms(kNow + 2 * kHour);
    while (keyspace.expire_due(1000) == 1000) {
    }
    std::erase_if(model,
                  [](const auto& entry) { return entry.second.find('@') != std::string::npos; });
    EXPECT_EQ(content(), model);
    for (std::uint32_t number = 0; number < kDatabases; ++number) {
      EXPECT_EQ(keyspace.database(number).keys_with_deadline(), 0U);
    }
  }

  Keyspace keyspace;
  base::Random random{11};
  Model model;
};

TEST_F(DefragmenterTest, APassChangesNothingButTheMemory) {
  churn();
  const std::size_t wasted = base::item_heap().waste().gatherable;
  ASSERT_GT(wasted, std::size_t{1} << 20);
  Defragmenter defragmenter(keyspace);
  defragmenter.begin();
  while (defragmenter.running()) defragmenter.step();
  const Defragmenter::Statistics& done = defragmenter.statistics();
  EXPECT_GT(done.moved, 2 * done.stayed);
  EXPECT_GT(done.keys_moved, done.keys_stayed);
  if constexpr (!base::kGuardsItems) {
    EXPECT_LT(base::item_heap().waste().gatherable, wasted / 4);
  }
  expect_whole();
}

// One of each form that is a block of its own.
void make_compact(WriteRef& ref, std::uint64_t number, const types::Settings& settings) {
  const std::string word = "word:" + std::to_string(number);
  switch (number % 6) {
    case 0:
      ref.set_string(std::string(1500 + number % 1000, 'v'), DeadlinePolicy::clear());
      return;
    case 1:
      ref.collection<types::Set>().add(std::to_string(number), settings);
      ref.collection<types::Set>().add(std::to_string(number + 100'000), settings);
      return;
    case 2:
      ref.collection<types::Set>().add(word, settings);
      return;
    case 3:
      ref.collection<types::SortedSet>().add(word, 3.5, {}, settings);
      return;
    case 4:
      ref.collection<types::List>().push(types::ListEnd::kBack, word, settings);
      return;
    default: {
      auto& hash = ref.collection<types::Hash>();
      hash.set(word, "value", types::FieldDeadline::kDropped, settings);
      if (number % 12 == 5) hash.set_deadline(word, kNow + kHour);
    }
  }
}

std::string compact_text(const Record& record) {
  IntegerText scratch;
  std::string all;
  switch (record.type()) {
    case Type::kString:
      return std::string(record.string(scratch));
    case Type::kList:
      for (auto it = record.collection<types::List>().forward(); it.valid(); it.next()) {
        all += std::string((*it).text(scratch)) + ",";
      }
      return all;
    case Type::kSet:
      record.collection<types::Set>().for_each([&](const types::Set::Member& member) {
        all += std::string(member.text(scratch)) + ",";
        return true;
      });
      return all;
    case Type::kSortedSet:
      for (auto it = record.collection<types::SortedSet>().forward(); it.valid(); it.next()) {
        all += std::string(it->member) + "=" + std::to_string(it->score);
      }
      return all;
    case Type::kHash:
      record.collection<types::Hash>().for_each([&](const types::Hash::Entry& entry) {
        all += std::string(entry.field.text(scratch)) + "@" + std::to_string(entry.deadline_ms);
      });
      return all;
    default:
      return "?";
  }
}

TEST_F(DefragmenterTest, CompactCollectionsAndLongStringsMoveToo) {
  const auto every = [&](auto&& visit) {
    std::uint64_t cursor = 0;
    do {
      cursor = keyspace.database(1).scan(cursor, visit);
    } while (cursor != 0);
  };
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    const std::string name = key_name(i);
    WriteRef ref = keyspace.database(1).write(keyspace.key(name));
    make_compact(ref, i, keyspace.settings());
    ref.commit(kChanged);
  }
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    const std::string name = key_name(i);
    if (random.below(5) != 0) keyspace.database(1).erase(keyspace.key(name), kChanged);
  }
  Model before;
  every([&](const Record& record) { before[std::string(record.key())] = compact_text(record); });
  const std::size_t wasted = base::item_heap().waste().gatherable;
  Defragmenter defragmenter(keyspace);
  defragmenter.begin();
  while (defragmenter.running()) defragmenter.step();
  Model after;
  every([&](const Record& record) { after[std::string(record.key())] = compact_text(record); });
  EXPECT_EQ(after, before);
  // A record and its block each.
  EXPECT_GT(defragmenter.statistics().moved, before.size());
  if constexpr (!base::kGuardsItems) {
    EXPECT_LT(base::item_heap().waste().gatherable, wasted / 4);
  }
}

TEST_F(DefragmenterTest, CommandsMayRunBetweenItsSteps) {
  churn();
  Defragmenter defragmenter(keyspace);
  defragmenter.begin();
  while (defragmenter.running()) {
    for (int i = 0; i < 4; ++i) change_something();
    defragmenter.step();
  }
  expect_whole();
}

TEST_F(DefragmenterTest, ALargeValueMayGoInTheMiddle) {
  churn();
  Defragmenter defragmenter(keyspace);
  defragmenter.begin();
  // Somewhere on its way.
  std::uint64_t before = 0;
  do {
    before = defragmenter.statistics().moved + defragmenter.statistics().stayed;
    defragmenter.step();
  } while (defragmenter.statistics().moved + defragmenter.statistics().stayed < before + 9);
  keyspace.clear();
  while (!keyspace.release_some(100'000)) {
  }
  while (defragmenter.running()) defragmenter.step();
  EXPECT_EQ(keyspace.size(), 0U);
}

TEST_F(DefragmenterTest, StopsWhereItIs) {
  churn();
  {
    Defragmenter defragmenter(keyspace);
    defragmenter.begin();
    for (int i = 0; i < 1000; ++i) defragmenter.step();
    defragmenter.stop();
    EXPECT_FALSE(defragmenter.running());
    defragmenter.begin();
    for (int i = 0; i < 100; ++i) defragmenter.step();
  }
  expect_whole();
}

}  // namespace
}  // namespace sorrel::keyspace
