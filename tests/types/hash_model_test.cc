// SPDX-License-Identifier: BSD-3-Clause
//
// Hash against std::map: seeded random verbs with deadlines and a clock, with limits that make the
// hash change its encoding on the way. Every verb's answer is compared; whole contents from time to
// time.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/hash.h>

#include "support/model_run.h"

namespace sorrel::types {
namespace {

struct Field {
  std::string value;
  std::int64_t deadline_ms = Hash::kNever;
};

struct Mix {
  std::uint64_t seed;
  std::uint64_t fields;
  std::size_t entry_limit;
  bool deadlines;
  unsigned operations;
};

std::string text(const Hash::Text& value) {
  char scratch[24];
  return std::string(value.text(scratch));
}

class Runner {
 public:
  explicit Runner(const Mix& mix) : mix_(mix), random_(mix.seed) {
    settings_.hash_max_listpack_entries = mix.entry_limit;
    settings_.hash_max_listpack_value = 300;
    settings_.hash_seed = mix.seed;
  }

  void run() {
    test::run_model(
        mix_.seed, mix_.operations, [this] { one(); }, [this] { compare_all(); });
    EXPECT_TRUE(was_large_) << "the mix never left the compact form";
  }

 private:
  std::string draw_field() {
    const std::uint64_t number = random_.below(mix_.fields);
    std::string name = std::to_string(number);
    if (number % 3 == 0) name.insert(0, "field:");
    if (number % 50 == 7) name.append(100, 'n');
    return name;
  }
  std::string draw_value() {
    switch (random_.below(8)) {
      case 0:
        return std::to_string(static_cast<std::int64_t>(random_.next()));
      case 1:
        return std::string(random_.below(299), 'v');
      case 2:
        return {};
      default:
        return std::to_string(random_.below(5000));
    }
  }
  FieldDeadline draw_policy() {
    return random_.below(2) == 0 ? FieldDeadline::kDropped : FieldDeadline::kKept;
  }

  void one() {
    const std::uint64_t die = random_.below(1000);
    if (die < 400) {
      set();
    } else if (die < 480) {
      update();
    } else if (die < 640) {
      const std::string field = draw_field();
      EXPECT_EQ(hash_.remove(field), model_.erase(field) != 0);
    } else if (die < 800) {
      if (mix_.deadlines) set_deadline();
    } else if (die < 900) {
      look_up();
    } else if (die < 960) {
      pass_time();
    } else if (die == 998) {
      hash_ = hash_.clone(settings_);
    } else if (die == 999 && random_.below(4) == 0) {
      restart();
    }
    was_large_ = was_large_ || hash_.encoding() == HashEncoding::kHashtable;
    EXPECT_EQ(hash_.size(), model_.size());
    EXPECT_EQ(hash_.next_deadline_ms(), earliest());
  }

  void set() {
    const std::string field = draw_field();
    const std::string value = draw_value();
    const FieldDeadline policy = draw_policy();
    EXPECT_EQ(hash_.set(field, value, policy, settings_), !model_.contains(field));
    Field& known = model_[field];
    known.value = value;
    if (policy == FieldDeadline::kDropped) known.deadline_ms = Hash::kNever;
  }

  void update() {
    const std::string field = draw_field();
    const std::string value = draw_value();
    const bool refuse = random_.below(3) == 0;
    const auto it = model_.find(field);
    const bool changed = hash_.update(
        field, settings_, [&](const Hash::Text* current) -> std::optional<std::string_view> {
          EXPECT_EQ(current != nullptr, it != model_.end());
          if (current != nullptr && it != model_.end()) {
            EXPECT_EQ(text(*current), it->second.value);
          }
          return refuse ? std::nullopt : std::optional<std::string_view>(value);
        });
    EXPECT_EQ(changed, !refuse);
    if (changed) model_[field].value = value;
  }

  void set_deadline() {
    const std::string field = draw_field();
    const auto it = model_.find(field);
    if (it == model_.end()) return;
    it->second.deadline_ms = random_.below(5) == 0
                                 ? Hash::kNever
                                 : now_ms_ + 1 + static_cast<std::int64_t>(random_.below(200));
    hash_.set_deadline(field, it->second.deadline_ms);
  }

  void look_up() {
    const std::string field = draw_field();
    const auto it = model_.find(field);
    const auto value = hash_.get(field);
    const auto deadline_ms = hash_.deadline_ms(field);
    ASSERT_EQ(value.has_value(), it != model_.end());
    ASSERT_EQ(deadline_ms.has_value(), it != model_.end());
    if (!value) return;
    EXPECT_EQ(text(*value), it->second.value);
    EXPECT_EQ(*deadline_ms, it->second.deadline_ms);
    const Hash::Entry drawn = hash_.random(random_);
    EXPECT_TRUE(model_.contains(text(drawn.field)));
  }

  void pass_time() {
    now_ms_ += static_cast<std::int64_t>(random_.below(20));
    const bool all = !model_.empty() && std::all_of(model_.begin(), model_.end(), [&](auto& it) {
      return it.second.deadline_ms <= now_ms_;
    });
    EXPECT_EQ(hash_.all_due(now_ms_), all);
    const std::uint64_t limit = random_.below(3) == 0 ? 1 : 1'000'000;
    std::int64_t last = 0;
    std::vector<std::string> gone;
    const std::uint64_t count =
        hash_.expire_due(now_ms_, limit, [&](std::string_view field) { gone.emplace_back(field); });
    EXPECT_EQ(count, gone.size());
    for (const std::string& field : gone) {
      const auto it = model_.find(field);
      ASSERT_NE(it, model_.end());
      EXPECT_LE(it->second.deadline_ms, now_ms_);
      EXPECT_GE(it->second.deadline_ms, last);
      last = it->second.deadline_ms;
      model_.erase(it);
    }
    if (count < limit) {
      EXPECT_GT(earliest(), now_ms_);
    }
  }

  void restart() {
    while (!hash_.release_some(10)) {
    }
    model_.clear();
  }

  std::int64_t earliest() const {
    std::int64_t earliest = Hash::kNever;
    for (const auto& [name, field] : model_) earliest = std::min(earliest, field.deadline_ms);
    return earliest;
  }

  void compare_all() {
    std::map<std::string, Field> seen;
    std::int64_t last = 0;
    hash_.for_each([&](const Hash::Entry& entry) {
      seen[text(entry.field)] = {text(entry.value), entry.deadline_ms};
      if (hash_.encoding() == HashEncoding::kListpackEx) {
        EXPECT_GE(entry.deadline_ms, last);
      }
      last = entry.deadline_ms;
    });
    ASSERT_EQ(seen.size(), model_.size());
    for (const auto& [name, field] : model_) {
      ASSERT_EQ(seen[name].value, field.value);
      ASSERT_EQ(seen[name].deadline_ms, field.deadline_ms);
    }
  }

  Mix mix_;
  base::Random random_;
  Settings settings_;
  Hash hash_;
  std::map<std::string, Field> model_;
  std::int64_t now_ms_ = 1'700'000'000'000;
  bool was_large_ = false;
};

TEST(HashModel, SmallAcrossTheLimit) { Runner({1, 60, 16, true, 60000}).run(); }
TEST(HashModel, PairsAcrossTheLimit) { Runner({2, 120, 48, false, 60000}).run(); }
TEST(HashModel, LongBlock) { Runner({3, 400, 100, true, 30000}).run(); }
TEST(HashModel, Table) { Runner({4, 1500, 0, true, 30000}).run(); }

}  // namespace
}  // namespace sorrel::types
