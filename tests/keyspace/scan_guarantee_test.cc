// SPDX-License-Identifier: BSD-3-Clause
//
// What SCAN, SSCAN, HSCAN and ZSCAN promise: an element that is there from the first call of an
// iteration to its last is returned at least once, and nothing is returned that is not there. The
// cursor is all that is remembered, so an iteration may also go back to any cursor it got before,
// and go on from there.
//
// Each round is one iteration over a collection of up to some thousand elements, which grows or
// shrinks by hundreds between the calls. A failure names its seed. One thread.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/numbers.h>
#include <sorrel/base/random.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>

namespace sorrel::keyspace {
namespace {

constexpr Event kChanged{EventClass::kGeneric, "changed"};

// The collections under test, each as add, remove and one call of its scan.
class Keys {
 public:
  explicit Keys(std::uint64_t seed) : keyspace_(1, seed) {}

  void add(std::string_view name) {
    auto ref = keyspace_.database(0).write(keyspace_.key(name));
    ref.set_string("x", DeadlinePolicy::clear());
    ref.commit(kChanged);
  }
  void remove(std::string_view name) { keyspace_.database(0).erase(keyspace_.key(name), kChanged); }
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    return keyspace_.database(0).scan(cursor, [&](const Record& record) { emit(record.key()); });
  }

 private:
  Keyspace keyspace_;
};

class SetMembers {
 public:
  explicit SetMembers(std::uint64_t seed) { settings_.hash_seed = seed; }

  void add(std::string_view name) { set_.add(name, settings_); }
  void remove(std::string_view name) { set_.remove(name); }
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    char scratch[base::kMaxIntegerText];
    return set_.scan(cursor, [&](const types::Set::Member& member) { emit(member.text(scratch)); });
  }

 private:
  types::Settings settings_;
  types::Set set_;
};

class SortedSetMembers {
 public:
  explicit SortedSetMembers(std::uint64_t seed) { settings_.hash_seed = seed; }

  void add(std::string_view name) {
    set_.add(name, static_cast<double>(name.size()), {}, settings_);
  }
  void remove(std::string_view name) { set_.remove(name); }
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    return set_.scan(cursor, [&](const types::SortedSet::Entry& entry) { emit(entry.member); });
  }

 private:
  types::Settings settings_;
  types::SortedSet set_;
};

class HashFields {
 public:
  explicit HashFields(std::uint64_t seed) { settings_.hash_seed = seed; }

  void add(std::string_view name) {
    hash_.set(name, "value", types::FieldDeadline::kDropped, settings_);
  }
  void remove(std::string_view name) { hash_.remove(name); }
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    char scratch[base::kMaxIntegerText];
    return hash_.scan(cursor,
                      [&](const types::Hash::Entry& entry) { emit(entry.field.text(scratch)); });
  }

 private:
  types::Settings settings_;
  types::Hash hash_;
};

// A collection of names out of kNames, and what one iteration owes.
template <class Collection>
class Iterations {
 public:
  static constexpr std::size_t kNames = 3000;

  explicit Iterations(std::uint64_t seed)
      : random_(seed), collection_(seed), there_(kNames), owed_(kNames), seen_(kNames) {
    for (std::size_t number = 0; number < kNames; ++number) names_.push_back(make_name(number));
  }

  // One whole iteration. Few of them see a collection that stands still.
  void round() {
    begin();
    std::uint64_t cursor = 0;
    int returns = 0;
    for (int calls = 0;; ++calls) {
      ASSERT_LT(calls, 100'000) << "no end";
      cursor = collection_.scan(cursor, [&](std::string_view name) { see(name); });
      if (cursor == 0) break;
      if (random_.below(changes_every_) == 0) change();
      places_.push_back({cursor, seen_});
      if (places_.size() > 8) places_.erase(places_.begin());
      if (returns < 3 && random_.below(200) == 0) {
        ++returns;
        const Place& place = places_[random_.below(places_.size())];
        cursor = place.cursor;
        seen_ = place.seen;
      }
    }
    for (std::size_t number = 0; number < kNames; ++number) {
      ASSERT_TRUE(!owed_[number] || seen_[number]) << names_[number];
    }
  }

  // Whatever number a client sends as a cursor, the scan returns, and with what is there.
  void try_cursor(std::uint64_t cursor) {
    begin();
    for (int calls = 0; calls < 100'000; ++calls) {
      cursor = collection_.scan(cursor, [&](std::string_view name) { see(name); });
      if (cursor == 0) return;
    }
    FAIL() << "no end";
  }

  void grow(std::size_t count) {
    for (; count > 0 && size_ < kNames; --count) {
      const std::size_t number = random_.below(kNames);
      if (there_[number]) continue;
      there_[number] = true;
      ++size_;
      collection_.add(names_[number]);
    }
  }
  // Keeps a few, for a collection that becomes empty is another one afterwards.
  void shrink(std::size_t count) {
    for (std::size_t number = random_.below(kNames); count > 0 && size_ > kFewest;
         number = (number + 7) % kNames) {
      if (!there_[number] || number % 100 == 0) continue;
      there_[number] = false;
      owed_[number] = false;
      --size_;
      --count;
      collection_.remove(names_[number]);
    }
  }

 private:
  static constexpr std::size_t kFewest = 150;

  struct Place {
    std::uint64_t cursor = 0;
    std::vector<bool> seen;
  };

  // Half of the names are integers, and some are long.
  static std::string make_name(std::size_t number) {
    const std::string name = std::to_string(number);
    if (number % 2 == 0) return name;
    return "m" + name + std::string(number % 50 == 1 ? 80 : 0, 'x');
  }
  static std::size_t number_of(std::string_view name) {
    if (name[0] == 'm') name.remove_prefix(1);
    std::size_t number = kNames;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
  }

  void begin() {
    places_.clear();
    owed_ = there_;
    seen_.assign(kNames, false);
    changes_every_ = std::uint64_t{8} << random_.below(7);
    if (random_.below(20) == 0) changes_every_ = std::numeric_limits<std::uint64_t>::max();
  }

  void see(std::string_view name) {
    const std::size_t number = number_of(name);
    const bool known = number < kNames && name == names_[number] && there_[number];
    if (!known) ADD_FAILURE() << "not there: " << name;
    if (known) seen_[number] = true;
  }

  void change() {
    switch (random_.below(8)) {
      case 0:
        return grow(random_.below(900));
      case 1:
        return shrink(random_.below(900));
      case 2:
        return shrink(random_.below(4) == 0 ? kNames : 1);
      case 3:
        shrink(200);
        return grow(200);
      default:
        shrink(random_.below(8));
        return grow(random_.below(8));
    }
  }

  base::Random random_;
  Collection collection_;
  std::vector<std::string> names_;
  std::vector<bool> there_;
  std::vector<bool> owed_;
  std::vector<bool> seen_;
  std::size_t size_ = 0;
  std::uint64_t changes_every_ = 1;
  std::vector<Place> places_;
};

template <class Collection>
class ScanGuarantee : public ::testing::Test {};

using Collections = ::testing::Types<Keys, SetMembers, HashFields, SortedSetMembers>;
TYPED_TEST_SUITE(ScanGuarantee, Collections);

TYPED_TEST(ScanGuarantee, WhatIsThereThroughoutIsReturned) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Iterations<TypeParam> iterations(seed);
    iterations.grow(500);
    for (int round = 0; round < 300; ++round) {
      iterations.round();
      ASSERT_FALSE(this->HasFailure()) << "round " << round;
    }
  }
}

TYPED_TEST(ScanGuarantee, AnyCursorIsTaken) {
  base::Random random(4);
  Iterations<TypeParam> iterations(4);
  for (const std::size_t size : {100U, 2000U}) {
    iterations.grow(size);
    for (std::uint64_t bit = 0; bit < 64; ++bit) iterations.try_cursor(std::uint64_t{1} << bit);
    iterations.try_cursor(std::numeric_limits<std::uint64_t>::max());
    for (int i = 0; i < 100; ++i) {
      iterations.try_cursor(random.next() >> random.below(64));
      ASSERT_FALSE(this->HasFailure());
    }
  }
}

}  // namespace
}  // namespace sorrel::keyspace
