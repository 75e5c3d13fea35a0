// SPDX-License-Identifier: BSD-3-Clause
//
// Random operations on a keyspace while a snapshot of it is read in small steps: what the snapshot
// gives is what a full dump gave at its beginning, each key once. A failure names its seed.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/snapshot.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>

namespace sorrel::keyspace {
namespace {

constexpr Event kChanged{EventClass::kGeneric, "changed"};
constexpr std::size_t kDatabases = 3;
constexpr std::int64_t kNow = 1'700'000'000'000;

using Elements = std::vector<std::string>;

std::string text(const base::ListpackValue& value) {
  char scratch[24];
  return std::string(value.text(scratch));
}

std::string line_of(const types::Hash::Entry& entry) {
  return text(entry.field) + "=" + text(entry.value) + "@" + std::to_string(entry.deadline_ms);
}

std::string line_of(const types::SortedSet::Entry& entry) {
  return std::string(entry.member) + "=" + std::to_string(entry.score);
}

void add_elements(const types::Hash& hash, Elements& elements) {
  hash.for_each([&](const types::Hash::Entry& entry) { elements.push_back(line_of(entry)); });
}

void add_elements(const types::SortedSet& set, Elements& elements) {
  for (auto it = set.forward(); it.valid(); it.next()) {
    elements.push_back(line_of(*it));
  }
}

void add_elements(const types::Set& set, Elements& elements) {
  set.for_each([&](const auto& member) {
    elements.push_back(text(member));
    return true;
  });
}

template <class Collection, class Emit>
void add_rest_of_walk(Collection& collection, Elements& elements, Emit&& line) {
  if constexpr (requires { collection.walking(); }) {
    const std::uint64_t size = collection.walk_size();
    while (!collection.walk(3, [&](const auto& entry) { elements.push_back(line(entry)); })) {
    }
    EXPECT_EQ(elements.size(), size);
  }
}

std::string join(Elements elements, bool ordered) {
  if (!ordered) std::sort(elements.begin(), elements.end());
  std::string all;
  for (const std::string& element : elements) {
    all += element + ",";
  }
  return all;
}

// Everything that a file would hold of a record.
std::string dump(Record& record) {
  std::string all = record.has_deadline() ? std::to_string(record.deadline_ms()) + ":" : ":";
  Elements elements;
  switch (record.type()) {
    case Type::kString: {
      IntegerText scratch;
      return all + std::string(record.string(scratch));
    }
    case Type::kList:
      for (auto it = record.collection<types::List>().forward(); it.valid(); it.next()) {
        elements.push_back(text(*it));
      }
      return all + "L" + join(elements, true);
    case Type::kSet:
      if (record.walking()) {
        add_rest_of_walk(record.collection<types::Set>(), elements,
                         [](const auto& member) { return text(member); });
      } else {
        add_elements(record.collection<types::Set>(), elements);
      }
      return all + "S" + join(elements, false);
    case Type::kSortedSet:
      if (record.walking()) {
        add_rest_of_walk(record.collection<types::SortedSet>(), elements,
                         [](const auto& entry) { return line_of(entry); });
      } else {
        add_elements(record.collection<types::SortedSet>(), elements);
      }
      return all + "Z" + join(elements, false);
    case Type::kHash:
      if (record.walking()) {
        add_rest_of_walk(record.collection<types::Hash>(), elements,
                         [](const auto& entry) { return line_of(entry); });
      } else {
        add_elements(record.collection<types::Hash>(), elements);
      }
      return all + "H" + join(elements, false);
    case Type::kStream:
      break;
  }
  return all + "?";
}

using Image = std::map<std::pair<std::uint32_t, std::string>, std::string>;

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : random_(seed), keyspace_(kDatabases, seed) {
    keyspace_.set_now_ms(now_ms_);
    for (int i = 0; i < 300; ++i) change();
  }

  // One snapshot from its beginning to its end, with changes in between.
  void snapshot(bool give_up) {
    const Image before = dump_all();
    Snapshot snapshot(keyspace_);
    Image image;
    std::size_t keys = 0;
    const auto put = [&](std::uint32_t number, Record& record) {
      ++keys;
      const auto [place, is_new] =
          image.emplace(std::pair(number, std::string(record.key())), dump(record));
      EXPECT_TRUE(is_new) << "given twice: " << record.key();
    };
    while (!snapshot.done()) {
      const std::uint64_t changes = random_.below(8);
      for (std::uint64_t i = 0; i < changes; ++i) change();
      if (give_up && !snapshot.abandoned() && random_.below(20) == 0) snapshot.abandon();
      take_some(snapshot, put);
      snapshot.step(1 + random_.below(6), [&](std::uint32_t number, const Record& record) {
        put(number, const_cast<Record&>(record));
        return random_.below(10) != 0;
      });
    }
    if (!snapshot.abandoned()) {
      EXPECT_EQ(snapshot.keys(), keys);
      EXPECT_EQ(image, before);
    }
    EXPECT_EQ(snapshot.kept_bytes(), 0U);
  }

  void change();

 private:
  template <class Put>
  void take_some(Snapshot& snapshot, Put&& put) {
    for (std::uint64_t i = random_.below(4); i > 0; --i) {
      if (const Snapshot::Kept kept = snapshot.take()) {
        for (std::uint64_t meanwhile = random_.below(4); meanwhile > 0; --meanwhile) change();
        put(kept.database(), kept.record());
        snapshot.release(kept);
      }
    }
  }

  Image dump_all() {
    Image image;
    for (std::uint32_t number = 0; number < kDatabases; ++number) {
      std::uint64_t cursor = 0;
      do {
        cursor = keyspace_.database(number).scan(
            cursor,
            [&](const Record& record) {
              image[{number, std::string(record.key())}] = dump(const_cast<Record&>(record));
            },
            [&](const Record& record) {
              image[{number, std::string(record.key())}] = dump(const_cast<Record&>(record));
            });
      } while (cursor != 0);
    }
    return image;
  }

  // Some are so long that they are given where they lie.
  std::string any_text() {
    const std::uint64_t longest = random_.below(5) == 0 ? 140'000 : 3000;
    return std::string(random_.below(longest), static_cast<char>('a' + random_.below(26)));
  }
  std::string word(std::uint64_t many) { return "w" + std::to_string(random_.below(many)); }
  Database& any_database() { return keyspace_.database(random_.below(kDatabases)); }
  void change_string(WriteRef& ref);
  void change_collection(WriteRef& ref, const std::string& name);
  void change_deadline(WriteRef& ref);
  void change_databases();

  base::Random random_;
  std::int64_t now_ms_ = kNow;
  Keyspace keyspace_;
};

void RandomRun::change_string(WriteRef& ref) {
  switch (random_.below(5)) {
    case 0:
      ref.set_integer(static_cast<std::int64_t>(random_.below(1000)));
      break;
    case 1:
      ref.set_string(any_text(), DeadlinePolicy::clear());
      break;
    case 2:
      ref.set_string(word(5), DeadlinePolicy::at(now_ms_ + 1 + (std::int64_t)random_.below(500)));
      break;
    default:
      if (ref.exists() && !ref.holds(Type::kString)) ref.erase();
      ref.resize_string(random_.below(8) == 0 ? random_.below(140'000) : random_.below(2500));
      break;
  }
}

// The name's first letter says which type it holds.
void RandomRun::change_collection(WriteRef& ref, const std::string& name) {
  const types::Settings& settings = keyspace_.settings();
  const std::uint64_t times = random_.below(30) == 0 ? 700 : 1 + random_.below(3);
  const std::uint64_t many = times > 3 ? 2000 : 40;
  for (std::uint64_t i = 0; i < times; ++i) {
    const std::string member = word(many);
    const bool removes = random_.below(3) == 0;
    if (name[0] == 'l') {
      auto& list = ref.collection<types::List>();
      if (removes && !list.empty()) {
        list.pop(types::ListEnd::kFront, 1, settings);
      } else {
        list.push(types::ListEnd::kBack, member, settings);
      }
    } else if (name[0] == 's') {
      auto& set = ref.collection<types::Set>();
      removes ? set.remove(member) : set.add(member, settings);
    } else if (name[0] == 'z') {
      auto& set = ref.collection<types::SortedSet>();
      if (removes) {
        set.remove(member);
      } else {
        set.add(member, static_cast<double>(random_.below(100)), {}, settings);
      }
    } else {
      auto& hash = ref.collection<types::Hash>();
      if (removes) {
        hash.remove(member);
      } else {
        hash.set(member, word(100), types::FieldDeadline::kDropped, settings);
        if (random_.below(4) == 0) {
          hash.set_deadline(member, now_ms_ + 1 + static_cast<std::int64_t>(random_.below(300)));
        }
      }
    }
  }
}

void RandomRun::change_deadline(WriteRef& ref) {
  if (!ref.exists()) return;
  if (random_.below(2) == 0) {
    ref.set_deadline(now_ms_ + 1 + static_cast<std::int64_t>(random_.below(400)));
    ref.commit(kChanged);
  } else if (ref.record().has_deadline()) {
    ref.clear_deadline();
    ref.commit(kChanged);
  }
}

void RandomRun::change_databases() {
  switch (random_.below(40)) {
    case 0:
      any_database().clear();
      return;
    case 1:
      keyspace_.swap(random_.below(kDatabases), random_.below(kDatabases));
      return;
    case 2:
      keyspace_.release_some(50);
      return;
    default:
      now_ms_ += static_cast<std::int64_t>(random_.below(5));
      keyspace_.set_now_ms(now_ms_);
      keyspace_.expire_due(random_.below(6));
      return;
  }
}

void RandomRun::change() {
  Database& database = any_database();
  const std::string name = std::string(1, "tlszh"[random_.below(5)]) + word(40);
  const Key key = keyspace_.key(name);
  switch (random_.below(12)) {
    case 0:
      database.erase(key, kChanged);
      return;
    case 1: {
      WriteRef ref = database.write(key);
      change_deadline(ref);
      return;
    }
    case 2: {
      Database& target = any_database();
      const std::string other = name.substr(0, 1) + word(40);
      if (database.contains(key) && (&target != &database || other != name)) {
        if (random_.below(2) == 0) {
          database.move(key, target, keyspace_.key(other), kChanged, kChanged);
        } else {
          database.copy(key, target, keyspace_.key(other));
        }
      }
      return;
    }
    case 3:
      return change_databases();
    case 4:
      database.find(key);
      return;
    default: {
      WriteRef ref = database.write(key);
      if (name[0] == 't') {
        change_string(ref);
      } else {
        change_collection(ref, name);
      }
      ref.commit(kChanged);
    }
  }
}

int runs() {
  const char* wanted = std::getenv("SORREL_SNAPSHOT_RUNS");
  return wanted == nullptr ? 60 : std::atoi(wanted);
}

TEST(Snapshot, IsTheKeyspaceAsItWas) {
  for (int seed = 1; seed <= runs() && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun run(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < 4; ++i) {
      run.snapshot(/*give_up=*/i == 1);
    }
  }
}

TEST(Snapshot, OfAnEmptyKeyspaceIsDone) {
  Keyspace keyspace(2, 1);
  const Snapshot snapshot(keyspace);
  EXPECT_TRUE(snapshot.done());
  EXPECT_TRUE(snapshot.databases().empty());
}

TEST(Snapshot, KeepsNothingOfWhatWasGiven) {
  Keyspace keyspace(1, 1);
  Database& database = keyspace.database(0);
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::to_string(i);
    WriteRef ref = database.write(keyspace.key(name));
    ref.set_string("value", DeadlinePolicy::clear());
    ref.commit(kChanged);
  }
  Snapshot snapshot(keyspace);
  while (snapshot.step(10, [](std::uint32_t, const Record&) { return true; })) {
  }
  for (int i = 0; i < 200; ++i) {
    const std::string name = std::to_string(i);
    WriteRef ref = database.write(keyspace.key(name));
    ref.set_string("other", DeadlinePolicy::clear());
    ref.commit(kChanged);
  }
  EXPECT_EQ(snapshot.kept_bytes(), 0U);
  EXPECT_TRUE(snapshot.done());
}

}  // namespace
}  // namespace sorrel::keyspace
