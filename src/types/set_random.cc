// SPDX-License-Identifier: BSD-3-Clause
//
// Chance: one member, several different ones, and taking them out. Every choice of members is
// equally likely. Many of them are chosen in one walk over all (Knuth, "The Art of Computer
// Programming" 3.4.2, algorithm S), a few by drawing until enough are different. One thread.
#include <bit>
#include <cassert>
#include <cstdint>
#include <vector>

#include <sorrel/types/set.h>

#include "encoding/set_access.h"

namespace sorrel::types {

using base::Listpack;
using encoding::Intset;
using encoding::SetMember;

namespace {

// Below this share of a set drawing is cheaper than walking over all of it.
constexpr std::uint64_t kWalkFraction = 8;
// Up to so many members leave a compact form one by one.
constexpr std::uint64_t kFew = 4;

// Algorithm S: of `left` things that pass by, `wanted` are taken.
class Selection {
 public:
  Selection(std::uint64_t wanted, std::uint64_t left, base::Random& random)
      : wanted_(wanted), left_(left), random_(random) {}

  bool takes_next() {
    const bool takes = random_.below(left_--) < wanted_;
    wanted_ -= takes ? 1 : 0;
    return takes;
  }
  bool done() const { return wanted_ == 0; }

 private:
  std::uint64_t wanted_;
  std::uint64_t left_;
  base::Random& random_;
};

// Numbers that were drawn already: open addressing, at most half full. 0 is free.
class DrawnNumbers {
 public:
  explicit DrawnNumbers(std::uint64_t most) : slots_(std::bit_ceil(most * 2)) {}

  // Requires: not 0. Returns: whether it is new.
  bool insert(std::uint64_t number) {
    constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15ULL;
    const std::uint64_t mask = slots_.size() - 1;
    for (std::uint64_t at = (number * kSpread) >> 32 & mask;; at = (at + 1) & mask) {
      if (slots_[at] == number) return false;
      if (slots_[at] == 0) {
        slots_[at] = number;
        return true;
      }
    }
  }

 private:
  std::vector<std::uint64_t> slots_;
};

}  // namespace

Set::Member Set::random(base::Random& random) const {
  assert(!empty());
  switch (encoding()) {
    case SetEncoding::kIntset: {
      const Intset& set = *Access::intset(*this);
      return Access::integer_member(set.at(static_cast<std::uint32_t>(random.below(set.count))));
    }
    case SetEncoding::kListpack: {
      const Listpack& pack = *Access::listpack(*this);
      return pack.get(pack.seek(static_cast<std::int64_t>(random.below(pack.count()))));
    }
    case SetEncoding::kHashtable:
      break;
  }
  return Access::text_member(Access::big(*this).random(random).text());
}

void Set::sample_with(std::uint64_t count, base::Random& random, Callback take) const {
  const std::uint64_t size = this->size();
  assert(count <= size);
  if (count == 0) return;
  const SetEncoding form = encoding();
  if (count > size / kWalkFraction || form == SetEncoding::kListpack) {
    Selection selection(count, size, random);
    for_each([&](const Member& member) {
      if (selection.takes_next()) take(member);
      return !selection.done();
    });
    return;
  }
  DrawnNumbers drawn(count);
  for (std::uint64_t left = count; left != 0;) {
    if (form == SetEncoding::kIntset) {
      const auto index = static_cast<std::uint32_t>(random.below(size));
      if (!drawn.insert(std::uint64_t{index} + 1)) continue;
      take(Access::integer_member(Access::intset(*this)->at(index)));
    } else {
      const SetMember& member = Access::big(*this).random(random);
      if (!drawn.insert(reinterpret_cast<std::uintptr_t>(&member))) continue;
      take(Access::text_member(member.text()));
    }
    --left;
  }
}

// The indexes that go, ascending, to be taken out in one pass.
void Set::Access::pop_from_intset(Set& set, std::uint64_t count, base::Random& random,
                                  Callback take) {
  const Intset& all = *intset(set);
  std::vector<std::uint32_t> indexes;
  indexes.reserve(count);
  Selection selection(count, all.count, random);
  for (std::uint32_t i = 0; !selection.done(); ++i) {
    if (!selection.takes_next()) continue;
    take(integer_member(all.at(i)));
    indexes.push_back(i);
  }
  hold(set, encoding::intset_erase(intset(set), indexes));
}

// What stays goes into a listpack of its own.
void Set::Access::pop_from_listpack(Set& set, std::uint64_t count, base::Random& random,
                                    Callback take) {
  Listpack* rest = Listpack::create();
  Selection selection(count, set.size(), random);
  set.for_each([&](const Member& member) {
    if (!selection.done() && selection.takes_next()) {
      take(member);
    } else if (member.is_integer) {
      rest = base::listpack_insert_integer(rest, rest->end(), member.integer);
    } else {
      rest = base::listpack_append(rest, member.bytes);
    }
  });
  Listpack::free(listpack(set));
  hold(set, rest);
}

void Set::Access::pop_one(Set& set, base::Random& random, Callback take) {
  switch (form(set)) {
    case SetEncoding::kIntset: {
      const auto index = static_cast<std::uint32_t>(random.below(intset(set)->count));
      take(integer_member(intset(set)->at(index)));
      hold(set, encoding::intset_erase(intset(set), {&index, 1}));
      break;
    }
    case SetEncoding::kListpack: {
      Listpack* pack = listpack(set);
      const std::uint32_t offset =
          pack->seek(static_cast<std::int64_t>(random.below(pack->count())));
      take(pack->get(offset));
      hold(set, base::listpack_erase(pack, offset));
      break;
    }
    case SetEncoding::kHashtable: {
      const SetMember& member = big(set).random(random);
      take(text_member(member.text()));
      big(set).remove(member);
      break;
    }
  }
}

void Set::pop_with(std::uint64_t count, base::Random& random, Callback take) {
  assert(count <= size());
  if (count > kFew && encoding() == SetEncoding::kIntset) {
    Access::pop_from_intset(*this, count, random, take);
  } else if (count > kFew && encoding() == SetEncoding::kListpack) {
    Access::pop_from_listpack(*this, count, random, take);
  } else {
    for (; count != 0; --count) Access::pop_one(*this, random, take);
  }
  if (empty() && !walking()) clear();
}

}  // namespace sorrel::types
