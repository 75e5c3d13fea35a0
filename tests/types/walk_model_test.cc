// SPDX-License-Identifier: BSD-3-Clause
//
// Walks over big hashes, sets and sorted sets against a copy taken when the walk began: seeded
// random verbs between the pieces make the collection grow, shrink, empty itself, change values,
// deadlines and scores, bring members back; the handle moves; walks end early and others begin.
// Whatever happens, a walk gives what the copy has, each once.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>

#include "support/model_run.h"

namespace sorrel::types {
namespace {

// Member or field, and all that is to be known of it as a text.
using Model = std::map<std::string, std::string>;

std::string text(const base::ListpackValue& value) {
  char scratch[24];
  return std::string(value.text(scratch));
}

// What the three have in common: a random source, limits that make everything big, a model.
struct Subject {
  explicit Subject(std::uint64_t seed) : random(seed) {
    settings.hash_seed = seed;
    settings.hash_max_listpack_entries = 0;
    settings.set_max_intset_entries = 0;
    settings.set_max_listpack_entries = 0;
    settings.zset_max_listpack_entries = 0;
  }
  std::string draw(std::uint64_t names) {
    const std::uint64_t number = random.below(names);
    std::string name = std::to_string(number);
    if (number % 40 == 7) name.append(150, 'n');
    return name;
  }
  // A name that is there, or nearly.
  std::string draw_there() {
    const auto it = model.lower_bound(std::to_string(random.below(100000)));
    return it == model.end() ? std::string("9") : it->first;
  }

  base::Random random;
  Settings settings;
  Model model;
};

struct HashSubject : Subject {
  using Subject::Subject;

  static std::string state(const std::string& value, std::int64_t deadline_ms) {
    return value + "@" + std::to_string(deadline_ms);
  }
  void add(const std::string& name) {
    std::string bytes = std::to_string(random.below(5000));
    if (random.below(8) == 0) bytes.append(random.below(400), 'v');
    const auto policy = random.below(2) == 0 ? FieldDeadline::kDropped : FieldDeadline::kKept;
    value.set(name, bytes, policy, settings);
    if (policy == FieldDeadline::kDropped) set_deadline_of(name, Hash::kNever);
    values[name] = bytes;
    model[name] = state(bytes, deadline_of(name));
  }
  void change() {
    const std::string name = draw_there();
    if (!model.contains(name)) return;
    if (random.below(3) == 0) {
      value.update(name, settings,
                   [&](const Hash::Text* current) -> std::optional<std::string_view> {
                     values[name] = std::to_string(text(*current).size() + random.below(90));
                     return values[name];
                   });
    } else {
      const std::int64_t deadline_ms =
          random.below(4) == 0 ? Hash::kNever : static_cast<std::int64_t>(1 + random.below(900000));
      value.set_deadline(name, deadline_ms);
      set_deadline_of(name, deadline_ms);
    }
    model[name] = state(values[name], deadline_of(name));
  }
  void drop() {
    if (random.below(4) == 0 && !deadlines.empty()) {
      const std::int64_t now_ms = value.next_deadline_ms();
      value.expire_due(now_ms, 1 + random.below(3), [&](std::string_view name) {
        ASSERT_EQ(deadline_of(std::string(name)), now_ms);
        forget(std::string(name));
      });
    } else {
      const std::string name = draw_there();
      ASSERT_EQ(value.remove(name), model.contains(name));
      forget(name);
    }
  }
  void forget(const std::string& name) {
    model.erase(name);
    values.erase(name);
    deadlines.erase(name);
  }
  void drop_all() {
    while (!model.empty()) {
      const std::string name = model.begin()->first;
      value.remove(name);
      forget(name);
    }
  }
  std::int64_t deadline_of(const std::string& name) const {
    const auto it = deadlines.find(name);
    return it == deadlines.end() ? Hash::kNever : it->second;
  }
  void set_deadline_of(const std::string& name, std::int64_t deadline_ms) {
    deadlines.erase(name);
    if (deadline_ms != Hash::kNever) deadlines[name] = deadline_ms;
  }
  bool big() const { return value.encoding() == HashEncoding::kHashtable; }
  template <class Sink>
  static auto emit_to(Sink& sink) {
    return [&sink](const Hash::Entry& entry) {
      sink(text(entry.field), state(text(entry.value), entry.deadline_ms));
    };
  }
  template <class Sink>
  static void read(const Hash& hash, Sink sink) {
    hash.for_each(emit_to(sink));
  }

  Hash value;
  std::map<std::string, std::string> values;
  std::map<std::string, std::int64_t> deadlines;
};

struct SetSubject : Subject {
  using Subject::Subject;

  void add(const std::string& name) {
    const bool is_new = !model.contains(name);
    const std::string_view few[] = {name, "0", "1"};
    if (random.below(5) != 0) {
      ASSERT_EQ(value.add(name, settings), is_new);
    } else {
      value.add_all(few, settings);
      model["0"] = model["1"] = "";
    }
    model[name] = "";
  }
  void change() { add(draw_there()); }
  void drop() {
    if (random.below(3) == 0) {
      const std::uint64_t count = std::min<std::uint64_t>(model.size(), random.below(7));
      value.pop(count, random, [&](const Set::Member& member) { model.erase(text(member)); });
    } else {
      const std::string name = draw_there();
      ASSERT_EQ(value.remove(name), model.erase(name) != 0);
    }
  }
  void drop_all() {
    value.pop(model.size(), random, [](const Set::Member&) {});
    model.clear();
  }
  bool big() const { return value.encoding() == SetEncoding::kHashtable; }
  template <class Sink>
  static auto emit_to(Sink& sink) {
    return [&sink](const Set::Member& member) { sink(text(member), std::string()); };
  }
  template <class Sink>
  static void read(const Set& set, Sink sink) {
    set.for_each(emit_to(sink));
  }

  Set value;
};

struct SortedSetSubject : Subject {
  using Subject::Subject;

  void add(const std::string& name) { add_score(name, {}); }
  void change() { add_score(draw_there(), {.incr = random.below(2) == 0}); }
  void add_score(const std::string& name, AddOptions options) {
    const double score = static_cast<double>(random.below(300));
    model[name] = std::to_string(value.add(name, score, options, settings).score);
  }
  void drop() {
    if (random.below(5) == 0) {
      const std::uint64_t first = random.below(model.size());
      const std::uint64_t last = std::min<std::uint64_t>(first + random.below(40), model.size());
      drop_range({first, last});
    } else {
      const std::string name = draw_there();
      ASSERT_EQ(value.remove(name), model.erase(name) != 0);
    }
  }
  void drop_range(RankInterval interval) {
    for (auto it = value.forward(interval); it.valid(); it.next()) {
      model.erase(std::string(it->member));
    }
    ASSERT_EQ(value.remove_range(interval), interval.size());
  }
  void drop_all() { drop_range({0, value.size()}); }
  bool big() const { return value.encoding() == SortedSetEncoding::kSkiplist; }
  template <class Sink>
  static auto emit_to(Sink& sink) {
    return [&sink](const SortedSet::Entry& entry) {
      sink(std::string(entry.member), std::to_string(entry.score));
    };
  }
  template <class Sink>
  static void read(const SortedSet& set, Sink sink) {
    for (auto it = set.forward(); it.valid(); it.next()) emit_to(sink)(*it);
  }

  SortedSet value;
};

template <class S>
class Runner {
 public:
  Runner(std::uint64_t seed, unsigned operations)
      : seed_(seed), operations_(operations), subject_(seed) {}

  void run() {
    test::run_model(
        seed_, operations_, [this] { one(); }, [this] { compare_all(); }, 4999);
    finish();
    EXPECT_GT(finished_, 5U);
    EXPECT_GT(ended_early_, 5U);
    EXPECT_GT(kept_, 0U);
  }

 private:
  void one() {
    if (operation_++ % 3000 == 0) {
      constexpr std::uint64_t kSizes[] = {20, 300, 2500, 6000};
      wanted_ = kSizes[subject_.random.below(4)];
    }
    const std::uint64_t die = subject_.random.below(1000);
    if (die < 600) {
      const bool grow = subject_.model.size() < wanted_ ? die < 450 : die < 150;
      grow || subject_.model.empty() ? subject_.add(subject_.draw(2 * wanted_)) : subject_.drop();
    } else if (die < 900) {
      subject_.change();
    } else if (die < 985) {
      subject_.value.walking() ? step() : maybe_begin();
    } else if (die < 990) {
      auto elsewhere = std::make_unique<decltype(subject_.value)>(std::move(subject_.value));
      subject_.value = std::move(*elsewhere);
    } else if (die == 990 && subject_.random.below(3) == 0) {
      end_early();
    } else if (die == 991 && subject_.random.below(40) == 0) {
      subject_.drop_all();
    } else if (die == 992 && subject_.random.below(60) == 0) {
      restart();
    }
    ASSERT_EQ(subject_.value.size(), subject_.model.size());
  }

  void maybe_begin() {
    if (!subject_.big() || subject_.random.below(4) != 0) return;
    owed_ = subject_.model;
    subject_.value.begin_walk();
    ASSERT_TRUE(subject_.value.walking());
    ASSERT_EQ(subject_.value.walk_size(), owed_.size());
    done_ = false;
  }

  void step() {
    const std::size_t budget = 1 + subject_.random.below(60);
    std::size_t given = 0;
    auto sink = [&](const std::string& name, const std::string& state) {
      ++given;
      const auto it = owed_.find(name);
      ASSERT_NE(it, owed_.end()) << name << " is not owed";
      ASSERT_EQ(it->second, state) << name;
      owed_.erase(it);
    };
    kept_ += subject_.value.walk_bytes();
    done_ = subject_.value.walk(budget, S::emit_to(sink));
    EXPECT_LE(given, budget + 60);
    if (!done_) return;
    ASSERT_TRUE(owed_.empty()) << owed_.size() << " were not given, as " << owed_.begin()->first;
    ASSERT_EQ(subject_.value.walk_bytes(), 0U);
    // Once in a while the verbs go on for a time before the walk is ended.
    if (subject_.random.below(2) == 0) return;
    ++finished_;
    end();
  }
  void end_early() {
    if (!subject_.value.walking()) return;
    ++ended_early_;
    end();
  }
  void end() {
    subject_.value.end_walk();
    ASSERT_FALSE(subject_.value.walking());
    ASSERT_EQ(subject_.value.walk_bytes(), 0U);
    ASSERT_EQ(subject_.value.walk_size(), 0U);
  }
  void finish() {
    while (subject_.value.walking() && !::testing::Test::HasFailure()) step();
  }
  // Another value of the same contents takes its place, and the walk goes with the old one.
  void restart() {
    auto copy = subject_.value.clone(subject_.settings);
    ASSERT_FALSE(copy.walking());
    subject_.value = std::move(copy);
    ASSERT_FALSE(subject_.value.walking());
  }

  void compare_all() {
    Model seen;
    S::read(subject_.value, [&](const std::string& name, const std::string& state) {
      ASSERT_TRUE(seen.emplace(name, state).second) << name;
    });
    ASSERT_EQ(seen, subject_.model);
  }

  std::uint64_t seed_;
  unsigned operations_;
  S subject_;
  Model owed_;
  std::uint64_t wanted_ = 0;
  unsigned operation_ = 0;
  unsigned finished_ = 0;
  unsigned ended_early_ = 0;
  std::uint64_t kept_ = 0;
  bool done_ = false;
};

class WalkModel : public testing::TestWithParam<std::uint64_t> {};

TEST_P(WalkModel, Hash) { Runner<HashSubject>(GetParam(), 100000).run(); }
TEST_P(WalkModel, Set) { Runner<SetSubject>(GetParam(), 100000).run(); }
TEST_P(WalkModel, SortedSet) { Runner<SortedSetSubject>(GetParam(), 100000).run(); }

INSTANTIATE_TEST_SUITE_P(Seeds, WalkModel, testing::Range<std::uint64_t>(1, 9));

// A collection that loses everything while it is walked, at once or one by one, still gives it.
template <class S>
void empty_while_walked(bool at_once) {
  S subject(3);
  for (int i = 0; i < 2000; ++i) subject.add("m" + std::to_string(i));
  Model owed = subject.model;
  subject.value.begin_walk();
  if (at_once) {
    subject.drop_all();
  } else {
    for (const auto& [name, state] : owed) ASSERT_TRUE(subject.value.remove(name));
    subject.model.clear();
  }
  EXPECT_TRUE(subject.value.empty());
  EXPECT_TRUE(subject.value.walking());
  EXPECT_GE(subject.value.walk_bytes(), owed.size() * 16);
  auto sink = [&](const std::string& name, const std::string& state) {
    EXPECT_EQ(owed[name], state);
    owed.erase(name);
  };
  while (!subject.value.walk(100, S::emit_to(sink))) {
  }
  EXPECT_TRUE(owed.empty());
  subject.value.end_walk();
  EXPECT_TRUE(subject.value.empty());
  EXPECT_FALSE(subject.value.walking());
  subject.add("again");
  EXPECT_EQ(subject.value.size(), subject.model.size());
}

class WalkEmptied : public testing::TestWithParam<bool> {};

TEST_P(WalkEmptied, GivesWhatAHashHad) { empty_while_walked<HashSubject>(GetParam()); }
TEST_P(WalkEmptied, GivesWhatASetHad) { empty_while_walked<SetSubject>(GetParam()); }
TEST_P(WalkEmptied, GivesWhatASortedSetHad) { empty_while_walked<SortedSetSubject>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(OneByOneAndAtOnce, WalkEmptied, testing::Bool());

// Thrown away in pieces in the middle of a walk that keeps something. Leaks are the sanitizer's.
template <class S>
void release_while_walked() {
  S subject(4);
  for (int i = 0; i < 3000; ++i) subject.add("m" + std::to_string(i));
  subject.value.begin_walk();
  for (int i = 0; i < 500; ++i) subject.drop();
  EXPECT_GT(subject.value.walk_bytes(), 0U);
  EXPECT_GT(subject.value.release_cost(), subject.value.size() + 100);
  unsigned steps = 0;
  while (!subject.value.release_some(100)) ++steps;
  EXPECT_GT(steps, 8U);
  EXPECT_TRUE(subject.value.empty());
  EXPECT_EQ(subject.value.memory_bytes(), 0U);
}

TEST(Walk, AHashIsReleasedWhileWalked) { release_while_walked<HashSubject>(); }
TEST(Walk, ASetIsReleasedWhileWalked) { release_while_walked<SetSubject>(); }
TEST(Walk, ASortedSetIsReleasedWhileWalked) { release_while_walked<SortedSetSubject>(); }

}  // namespace
}  // namespace sorrel::types
