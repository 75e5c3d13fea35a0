// SPDX-License-Identifier: BSD-3-Clause
//
// Random operations on a keyspace and on a std::map, on a clock that is turned by hand: after each
// step the two agree on what the operation touched, and from time to time on everything, the order
// of deadlines included. A failure names its seed.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <sorrel/base/clock.h>
#include <sorrel/base/random.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/sorted_set.h>

namespace sorrel::keyspace {
namespace {

constexpr Event kChanged{EventClass::kGeneric, "changed"};
constexpr std::size_t kDatabases = 3;

struct Value {
  std::optional<std::int64_t> deadline_ms;
  std::string text;                       // of a string
  std::map<std::string, double> members;  // of a sorted set, never empty
};
using Model = std::map<std::string, Value>;

class ModelRun {
 public:
  explicit ModelRun(std::uint64_t seed) : random_(seed), keyspace_(kDatabases, seed) {
    keyspace_.changes().set_keep_vanished(true);
    keyspace_.set_now_ms(clock_.wall_ms());
  }

  void step() {
    const std::size_t number = random_.below(kDatabases);
    const std::string name = random_name();
    switch (random_.below(13)) {
      case 0:
      case 1:
        return set_string(number, name);
      case 2:
        return set_integer(number, name);
      case 3:
        return resize(number, name);
      case 4:
      case 5:
        return edit_sorted_set(number, name);
      case 6:
        return deadline(number, name);
      case 7:
        return erase(number, name);
      case 8:
        return move_or_copy(number, name);
      case 9:
        return pass_time();
      case 10:
        return rarely(number);
      default:
        return look(number, name);
    }
  }

  void compare_all() {
    forget_expired();
    keyspace_.expire_due(std::numeric_limits<std::size_t>::max());
    for (std::size_t number = 0; number < kDatabases; ++number) {
      Database& database = keyspace_.database(number);
      ASSERT_EQ(database.size(), models_[number].size());
      std::set<std::string> seen;
      std::uint64_t cursor = 0;
      do {
        cursor = database.scan(
            cursor, [&](const Record& record) { ASSERT_TRUE(seen.emplace(record.key()).second); });
      } while (cursor != 0);
      std::int64_t earliest = INT64_MAX;
      std::size_t with_deadline = 0;
      for (const auto& [name, value] : models_[number]) {
        ASSERT_TRUE(seen.contains(name));
        compare(number, name);
        if (value.deadline_ms) {
          ++with_deadline;
          earliest = std::min(earliest, *value.deadline_ms);
        }
      }
      ASSERT_EQ(database.keys_with_deadline(), with_deadline);
      ASSERT_LE(database.next_deadline_ms(), earliest);
      ASSERT_GT(database.next_deadline_ms(), keyspace_.now_ms()) << "nothing due is left";
      ASSERT_EQ(database.next_deadline_ms() == INT64_MAX, earliest == INT64_MAX);
    }
    ASSERT_EQ(keyspace_.statistics().expired, keyspace_.changes().vanished().size());
  }

 private:
  std::string random_name() {
    const std::uint64_t number = random_.below(150);
    const std::string name = std::to_string(number);
    return number % 10 == 0 ? name + std::string(240 + number, 'k') : name;
  }
  std::string random_text() {
    static constexpr std::size_t kLengths[] = {0, 1, 5, 20, 40, 100, 1020, 1024, 1025, 3000};
    if (random_.below(4) == 0) {
      return std::to_string(static_cast<std::int64_t>(random_.next() >> random_.below(64)));
    }
    const std::size_t length = kLengths[random_.below(std::size(kLengths))] + random_.below(3);
    return std::string(length, static_cast<char>('a' + random_.below(26)));
  }
  std::int64_t now() const { return clock_.wall_ms(); }

  void forget_expired() {
    for (Model& model : models_) {
      std::erase_if(model, [&](const auto& entry) {
        return entry.second.deadline_ms && *entry.second.deadline_ms <= now();
      });
    }
  }
  Value* model(std::size_t number, const std::string& name) {
    const auto place = models_[number].find(name);
    return place == models_[number].end() ? nullptr : &place->second;
  }
  WriteRef write(std::size_t number, const std::string& name) {
    return keyspace_.database(number).write(keyspace_.key(name));
  }

  void set_string(std::size_t number, const std::string& name) {
    const std::string text = random_text();
    const std::uint64_t policy = random_.below(3);
    const std::int64_t deadline_ms = now() + 1 + static_cast<std::int64_t>(random_.below(500));
    Value& value = models_[number][name];
    value.text = text;
    value.members.clear();
    WriteRef ref = write(number, name);
    if (policy == 0) {
      ref.set_string(text, DeadlinePolicy::keep());
    } else if (policy == 1) {
      ref.set_string(text, DeadlinePolicy::clear());
      value.deadline_ms.reset();
    } else {
      ref.set_string(text, DeadlinePolicy::at(deadline_ms));
      value.deadline_ms = deadline_ms;
    }
    ref.commit(kChanged);
    compare(number, name);
  }
  void set_integer(std::size_t number, const std::string& name) {
    Value& value = models_[number][name];
    const auto integer = static_cast<std::int64_t>(random_.next());
    value.text = std::to_string(integer);
    value.members.clear();
    WriteRef ref = write(number, name);
    ref.set_integer(integer);
    ref.commit(kChanged);
    compare(number, name);
  }
  void resize(std::size_t number, const std::string& name) {
    if (Value* value = model(number, name); value != nullptr && !value->members.empty()) {
      return;
    }
    Value& value = models_[number][name];
    const std::string more = random_text();
    const std::size_t old = value.text.size();
    value.text += more;
    WriteRef ref = write(number, name);
    const auto bytes = ref.resize_string(value.text.size());
    std::copy(more.begin(), more.end(), bytes.begin() + static_cast<std::ptrdiff_t>(old));
    ref.commit(kChanged);
    compare(number, name);
  }
  void edit_sorted_set(std::size_t number, const std::string& name) {
    if (Value* value = model(number, name); value != nullptr && value->members.empty()) {
      return;
    }
    Value& value = models_[number][name];
    WriteRef ref = write(number, name);
    auto& set = ref.collection<types::SortedSet>();
    for (std::uint64_t i = random_.below(40) + 1; i > 0; --i) {
      const std::string member = "m" + std::to_string(random_.below(300));
      if (random_.below(3) == 0) {
        set.remove(member);
        value.members.erase(member);
      } else {
        const auto score = static_cast<double>(random_.below(1000));
        set.add(member, score, {}, keyspace_.settings());
        value.members[member] = score;
      }
    }
    if (value.members.empty()) {
      models_[number].erase(name);
    }
    ref.commit(kChanged);
    compare(number, name);
  }
  void deadline(std::size_t number, const std::string& name) {
    Value* value = model(number, name);
    WriteRef ref = write(number, name);
    ASSERT_EQ(ref.exists(), value != nullptr);
    if (value == nullptr) {
      return;
    }
    if (random_.below(3) == 0) {
      ref.clear_deadline();
      value->deadline_ms.reset();
    } else {
      value->deadline_ms = now() + 1 + static_cast<std::int64_t>(random_.below(500));
      ref.set_deadline(*value->deadline_ms);
    }
    ref.commit(kChanged);
    compare(number, name);
  }
  void erase(std::size_t number, const std::string& name) {
    const bool there = models_[number].erase(name) != 0;
    if (there && random_.below(2) == 0) {
      WriteRef ref = write(number, name);
      ASSERT_TRUE(ref.exists());
      ref.erase();
      ref.commit(kChanged);
    } else {
      ASSERT_EQ(keyspace_.database(number).erase(keyspace_.key(name), kChanged), there);
    }
    compare(number, name);
  }
  void move_or_copy(std::size_t number, const std::string& name) {
    const std::size_t target = random_.below(kDatabases);
    const std::string to = random_name();
    Value* value = model(number, name);
    if (value == nullptr || (target == number && to == name)) {
      return;
    }
    Value taken = *value;
    Database& from = keyspace_.database(number);
    if (random_.below(2) == 0) {
      from.copy(keyspace_.key(name), keyspace_.database(target), keyspace_.key(to));
    } else {
      from.move(keyspace_.key(name), keyspace_.database(target), keyspace_.key(to), kChanged,
                kChanged);
      models_[number].erase(name);
    }
    models_[target][to] = std::move(taken);
    compare(number, name);
    compare(target, to);
  }
  void pass_time() {
    clock_.advance(std::chrono::milliseconds(random_.below(30)));
    keyspace_.set_now_ms(clock_.wall_ms());
    forget_expired();
    if (random_.below(2) == 0) {
      keyspace_.expire_due(random_.below(20));
    }
  }
  void rarely(std::size_t number) {
    const std::uint64_t choice = random_.below(200);
    if (choice == 0) {
      keyspace_.database(number).clear();
      models_[number].clear();
    } else if (choice < 5) {
      const std::size_t other = random_.below(kDatabases);
      keyspace_.swap(number, other);
      std::swap(models_[number], models_[other]);
    } else {
      keyspace_.release_some(random_.below(100));
    }
  }
  void look(std::size_t number, const std::string& name) {
    compare(number, name);
    const Record* drawn = keyspace_.database(number).random(random_);
    ASSERT_EQ(drawn == nullptr, models_[number].empty());
    if (drawn != nullptr) {
      ASSERT_TRUE(models_[number].contains(std::string(drawn->key())));
    }
  }

  void compare(std::size_t number, const std::string& name) {
    const Value* value = model(number, name);
    const Record* record = keyspace_.database(number).find(keyspace_.key(name));
    ASSERT_EQ(record != nullptr, value != nullptr) << name;
    if (record == nullptr) {
      return;
    }
    ASSERT_EQ(record->key(), name);
    ASSERT_EQ(record->has_deadline(), value->deadline_ms.has_value());
    if (value->deadline_ms) {
      ASSERT_EQ(record->deadline_ms(), *value->deadline_ms);
    }
    if (value->members.empty()) {
      ASSERT_EQ(record->type(), Type::kString);
      IntegerText scratch;
      ASSERT_EQ(record->string(scratch), value->text);
      return;
    }
    ASSERT_EQ(record->type(), Type::kSortedSet);
    const auto& set = record->collection<types::SortedSet>();
    ASSERT_EQ(set.size(), value->members.size());
    for (const auto& [member, score] : value->members) {
      ASSERT_EQ(set.score(member), score);
    }
  }

  base::Random random_;
  base::ManualClock clock_;
  Keyspace keyspace_;
  Model models_[kDatabases];
};

TEST(KeyspaceModel, AgreesWithAMap) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ModelRun run(seed);
    for (int i = 0; i < 20'000; ++i) {
      run.step();
      if (i % 1000 == 999) {
        run.compare_all();
      }
      if (testing::Test::HasFatalFailure()) {
        FAIL() << "at step " << i;
      }
    }
  }
}

}  // namespace
}  // namespace sorrel::keyspace
