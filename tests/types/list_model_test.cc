// SPDX-License-Identifier: BSD-3-Clause
//
// List against std::deque: seeded random verbs, with limits that make the list change its form on
// the way up and on the way down, one element a node and many. Every verb's answer is compared;
// whole contents, walked both ways and as chunks, from time to time. Now and then the list parts
// from a clone, and the verbs go on with one of the two: both stay what they should be.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/numbers.h>
#include <sorrel/base/random.h>
#include <sorrel/types/list.h>

namespace sorrel::types {
namespace {

using Model = std::deque<std::string>;

std::string text_of(const List::Value& value) {
  char scratch[base::kMaxIntegerText];
  return std::string(value.text(scratch));
}

struct Mix {
  std::uint64_t seed;
  std::int64_t node_limit;
  std::uint64_t elements;   // about so many
  std::uint64_t long_text;  // the longest text
  unsigned operations;
};

class Runner {
 public:
  explicit Runner(const Mix& mix) : mix_(mix), random_(mix.seed) {
    settings_.list_max_listpack_size = mix.node_limit;
  }

  void run() {
    for (unsigned i = 0; i < mix_.operations; ++i) {
      step();
      if (testing::Test::HasFatalFailure()) return;
      ASSERT_EQ(list_.size(), model_.size());
      ASSERT_EQ(list_.empty(), model_.empty());
      const ListEncoding encoding = list_.encoding();
      if (encoding == ListEncoding::kQuicklist) was_quicklist_ = true;
      if (encoding == ListEncoding::kListpack && was_quicklist_ && !list_.empty()) returned_ = true;
      longest_ = std::max(longest_, model_.size());
      if (i % 64 == 0) compare();
    }
    compare();
    for (const auto& [list, model] : others_) expect_same(list, model);
    ASSERT_TRUE(was_quicklist_);
    ASSERT_GT(changed_apart_, 0U);
    ASSERT_TRUE(returned_);
    ASSERT_GE(longest_, mix_.elements);
  }

 private:
  std::string text() {
    switch (random_.below(8)) {
      case 0:
      case 1:
        return std::to_string(random_.below(20));
      case 2:
        return std::to_string(static_cast<std::int64_t>(random_.next()));
      case 3:
        return std::string(random_.below(mix_.long_text), 'l');
      case 4:
        return {};
      default:
        return std::string(1 + random_.below(20), static_cast<char>('a' + random_.below(3)));
    }
  }
  ListEnd end() { return random_.below(2) == 0 ? ListEnd::kFront : ListEnd::kBack; }
  bool front(ListEnd end) { return end == ListEnd::kFront; }

  void step() {
    // Now more pushes than pops, now fewer, so that the list crosses its limits both ways.
    if (model_.size() > mix_.elements) grows_ = false;
    if (model_.empty()) grows_ = true;
    if (random_.below(60) == 0) return part();
    const auto verb = random_.below(100);
    if (verb < (grows_ ? 50U : 10U)) return push();
    if (verb < 60) return pop();
    if (verb < 70) return set();
    if (verb < 80) return insert();
    if (verb < 86) return remove();
    if (verb < 93) return search();
    if (verb < 98) return look();
    if (verb < 99) return rebuild();
    if (random_.below(8) == 0) trim();
  }

  void push() {
    const ListEnd where = end();
    std::vector<std::string> texts(1 + (random_.below(4) == 0 ? random_.below(20) : 0));
    for (auto& each : texts) each = text();
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    list_.push(where, views, settings_);
    for (const auto& each : texts) {
      front(where) ? model_.push_front(each) : model_.push_back(each);
    }
  }

  void pop() {
    if (model_.empty()) return;
    const ListEnd where = end();
    if (random_.below(3) == 0) return rotate(where);
    ASSERT_EQ(text_of(list_.peek(where)), front(where) ? model_.front() : model_.back());
    const std::uint64_t most = random_.below(10) == 0 ? model_.size() / 2 + 1 : 1;
    pop(where, std::min<std::uint64_t>(model_.size(), 1 + random_.below(most)));
  }
  void pop(ListEnd where, std::uint64_t count) {
    list_.pop(where, count, settings_);
    const auto gone = static_cast<std::ptrdiff_t>(count);
    if (front(where)) {
      model_.erase(model_.begin(), model_.begin() + gone);
    } else {
      model_.erase(model_.end() - gone, model_.end());
    }
  }
  void rotate(ListEnd from) {
    const ListEnd to = end();
    list_.rotate(from, to, settings_);
    const std::string moved = front(from) ? model_.front() : model_.back();
    front(from) ? model_.pop_front() : model_.pop_back();
    front(to) ? model_.push_front(moved) : model_.push_back(moved);
  }
  void trim() {
    pop(ListEnd::kFront, random_.below(model_.size() + 1));
    pop(ListEnd::kBack, random_.below(model_.size() + 1));
  }

  void set() {
    const auto index = random_.below(model_.size() + 1);
    const std::string wanted = text();
    ASSERT_EQ(list_.set(index, wanted, settings_), index < model_.size());
    if (index < model_.size()) model_[index] = wanted;
  }

  void insert() {
    const std::string pivot = text();
    const std::string wanted = text();
    const auto found = std::find(model_.begin(), model_.end(), pivot);
    const bool before = random_.below(2) == 0;
    const bool inserted = before ? list_.insert_before(pivot, wanted, settings_)
                                 : list_.insert_after(pivot, wanted, settings_);
    ASSERT_EQ(inserted, found != model_.end());
    if (inserted) model_.insert(before ? found : found + 1, wanted);
  }

  void remove() {
    const std::string unwanted = text();
    const ListEnd from = end();
    const std::uint64_t limit = random_.below(4);
    std::uint64_t left = limit == 0 ? model_.size() : limit;
    std::uint64_t removed = 0;
    if (!front(from)) std::reverse(model_.begin(), model_.end());
    for (auto it = model_.begin(); it != model_.end() && left > 0;) {
      if (*it != unwanted) {
        ++it;
        continue;
      }
      it = model_.erase(it);
      ++removed;
      --left;
    }
    if (!front(from)) std::reverse(model_.begin(), model_.end());
    ASSERT_EQ(list_.remove(unwanted, limit, from, settings_), removed);
  }

  void search() {
    const std::string wanted = text();
    const ListSearch search{wanted, random_.below(3), random_.below(4),
                            random_.below(2) * random_.below(model_.size() + 2), end()};
    std::vector<std::uint64_t> expected;
    const std::uint64_t size = model_.size();
    const std::uint64_t compare = search.compare == 0 ? size : std::min(search.compare, size);
    std::uint64_t skip = search.skip;
    for (std::uint64_t i = 0; i < compare; ++i) {
      const std::uint64_t index = front(search.from) ? i : size - 1 - i;
      if (model_[index] != wanted || (skip > 0 && skip-- > 0)) continue;
      expected.push_back(index);
      if (expected.size() == search.limit) break;
    }
    std::vector<std::uint64_t> found;
    list_.search(search, [&](std::uint64_t index) { found.push_back(index); });
    ASSERT_EQ(found, expected);
  }

  void look() {
    if (model_.empty()) return;
    const auto index = random_.below(model_.size());
    ASSERT_EQ(text_of(list_.at(index)), model_[index]);
    auto at = index;
    for (auto it = list_.forward(index, std::min<std::uint64_t>(20, model_.size() - index));
         it.valid(); it.next()) {
      ASSERT_EQ(text_of(*it), model_[at++]);
    }
    at = index;
    for (auto it = list_.backward(index, std::min<std::uint64_t>(20, index + 1)); it.valid();
         it.next()) {
      ASSERT_EQ(text_of(*it), model_[at--]);
    }
  }

  // As a load does it, or a command that stores a list.
  void rebuild() {
    List other;
    if (random_.below(2) == 0) {
      for (auto it = list_.chunks(); it.valid(); it.next()) other.append_chunk(*it);
      if (!list_.empty()) other.settle_chunks(settings_);
    } else {
      const std::vector<std::string_view> views(model_.begin(), model_.end());
      other = List::build(views, settings_);
    }
    list_ = std::move(other);
  }

  // Clones the list, or goes on with an older clone.
  void part() {
    auto& [list, model] = others_[random_.below(std::size(others_))];
    expect_same(list, model);
    if (model != model_ && list.encoding() == ListEncoding::kQuicklist) ++changed_apart_;
    if (random_.below(2) == 0) {
      list = list_.clone(settings_);
      model = model_;
    } else {
      std::swap(list, list_);
      std::swap(model, model_);
    }
  }
  static void expect_same(const List& list, const Model& model) {
    ASSERT_EQ(list.size(), model.size());
    auto expected = model.begin();
    for (auto it = list.forward(); it.valid(); it.next()) ASSERT_EQ(text_of(*it), *expected++);
  }

  void compare() {
    const List copy = list_.clone(settings_);
    ASSERT_EQ(copy.encoding(), list_.encoding());
    expect_same(copy, model_);
    if (model_.empty()) return;
    auto expected = model_.end();
    for (auto it = list_.backward(model_.size() - 1, model_.size()); it.valid(); it.next()) {
      ASSERT_EQ(text_of(*it), *--expected);
    }
    check_chunks();
  }

  void check_chunks() {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    auto it = list_.chunks();
    const std::uint64_t chunks = it.remaining();
    for (; it.valid(); it.next()) {
      const List::Chunk chunk = *it;
      bytes += chunk.bytes.size();
      if (chunk.is_element) {
        ++count;
        continue;
      }
      ASSERT_TRUE(base::listpack_valid(chunk.bytes));
      const auto* pack = reinterpret_cast<const base::Listpack*>(chunk.bytes.data());
      ASSERT_GT(pack->count(), 0U);
      count += pack->count();
    }
    ASSERT_EQ(count, model_.size());
    ASSERT_GE(list_.memory_bytes(), bytes);
    ASSERT_LE(list_.memory_bytes(), 4 * bytes + 100 * chunks + 2048);
    const std::uint64_t later = random_.below(chunks + 1);
    ASSERT_EQ(list_.chunks(later).remaining(), chunks - later);
  }

  Mix mix_;
  base::Random random_;
  Settings settings_;
  List list_;
  Model model_;
  std::pair<List, Model> others_[3];
  unsigned changed_apart_ = 0;
  bool grows_ = true;
  bool was_quicklist_ = false;
  bool returned_ = false;
  std::size_t longest_ = 0;
};

class ListModel : public testing::TestWithParam<Mix> {};

TEST_P(ListModel, AgreesWithADeque) { Runner(GetParam()).run(); }

INSTANTIATE_TEST_SUITE_P(Mixes, ListModel,
                         testing::Values(Mix{1, -2, 500, 400, 4000}, Mix{2, -2, 300, 300, 3000},
                                         Mix{3, -1, 200, 6000, 2000}, Mix{4, -1, 600, 900, 6000},
                                         Mix{5, 1, 500, 100, 4000}, Mix{6, 2, 900, 60, 12000},
                                         Mix{7, 5, 40, 100, 5000}, Mix{8, 128, 700, 200, 3000},
                                         Mix{9, 0, 20, 9000, 2000}, Mix{10, -5, 300, 70000, 2500},
                                         Mix{11, 40000, 900, 60, 6000},
                                         Mix{12, -2, 1500, 400, 20000}));

}  // namespace
}  // namespace sorrel::types
