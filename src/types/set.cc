// SPDX-License-Identifier: BSD-3-Clause
//
// Set: which form holds the members, and when one form becomes another. The forms themselves are
// encoding/intset.h, base/listpack.h and encoding/set_index.h; making whole sets is set_build.cc,
// chance is set_random.cc. One thread.
#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <sorrel/base/block.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/types/set.h>

#include "encoding/set_access.h"

namespace sorrel::types {

using base::Listpack;
using encoding::Intset;
using encoding::SetIndex;
using encoding::SetMember;

namespace {

std::optional<std::int64_t> integer_of(std::string_view member) {
  return member.size() <= base::kMaxIntegerText ? base::parse_integer(member) : std::nullopt;
}

}  // namespace

std::string_view encoding_name(SetEncoding encoding) {
  switch (encoding) {
    case SetEncoding::kIntset:
      return "intset";
    case SetEncoding::kListpack:
      return "listpack";
    case SetEncoding::kHashtable:
      break;
  }
  return "hashtable";
}

SetEncoding Set::encoding() const { return Access::form(*this); }

void Set::Access::make_listpack(Set& set) {
  Listpack* pack = Listpack::create();
  set.for_each([&](const Member& member) {
    pack = member.is_integer ? base::listpack_insert_integer(pack, pack->end(), member.integer)
                             : base::listpack_append(pack, member.bytes);
  });
  set.clear();
  hold(set, pack);
}

SetIndex& Set::Access::make_big(Set& set, const Settings& settings) {
  auto index = std::make_unique<SetIndex>(settings.hash_seed);
  set.for_each([&](const Member& member) {
    with_text(member, [&](std::string_view text) { index->insert(index->hash(text), text); });
  });
  set.clear();
  hold(set, index.get());
  return *index.release();
}

void Set::expect(std::string_view first, std::uint64_t members, const Settings& settings) {
  if (Access::is_big(*this) || (members == 1 && word_ == 0)) return;
  if (word_ == 0) {
    const SetEncoding form = Access::first_form(integer_of(first).has_value(), members, settings);
    if (form == SetEncoding::kListpack) Access::hold(*this, Listpack::create());
    if (form == SetEncoding::kHashtable) Access::make_big(*this, settings);
    return;
  }
  const std::uint64_t limit = encoding() == SetEncoding::kIntset
                                  ? Access::intset_limit(settings)
                                  : settings.set_max_listpack_entries;
  if (members > limit) Access::make_big(*this, settings);
}

std::uint64_t Set::size() const {
  if (word_ == 0) return 0;
  switch (encoding()) {
    case SetEncoding::kIntset:
      return Access::intset(*this)->count;
    case SetEncoding::kListpack:
      return Access::listpack(*this)->count();
    case SetEncoding::kHashtable:
      break;
  }
  return Access::big(*this).size();
}

bool Set::contains(std::string_view member) const {
  if (word_ == 0) return false;
  switch (encoding()) {
    case SetEncoding::kIntset: {
      const auto integer = integer_of(member);
      return integer && Access::intset(*this)->find(*integer).found;
    }
    case SetEncoding::kListpack: {
      const Listpack& pack = *Access::listpack(*this);
      return pack.find(pack.begin(), member) != pack.end();
    }
    case SetEncoding::kHashtable:
      break;
  }
  const SetIndex& big = Access::big(*this);
  return big.contains(big.hash(member), member);
}

bool Set::contains(std::int64_t member) const {
  if (word_ == 0) return false;
  if (encoding() == SetEncoding::kIntset) return Access::intset(*this)->find(member).found;
  return with_text(Access::integer_member(member),
                   [this](std::string_view text) { return contains(text); });
}

bool Set::contains(std::string_view member, std::uint64_t hash) const {
  return Access::is_big(*this) ? Access::big(*this).contains(hash, member) : contains(member);
}

void Set::prefetch(std::uint64_t member_hash, Prefetch what) const {
  if (word_ == 0) return;
  if (Access::is_big(*this)) {
    Access::big(*this).prefetch(member_hash, what);
  } else if (what == Prefetch::kPlace) {
    base::prefetch(Access::listpack(*this));
  }
}

namespace {

// The text of the longest value; the outermost have the most digits, and the sign.
std::size_t longest_text(const Intset& set) {
  char text[base::kMaxIntegerText];
  return std::max(base::format_integer(set.at(0), text),
                  base::format_integer(set.at(set.count - 1), text));
}

// What these values may take as a listpack at most.
std::size_t listpack_bound(const Intset& set) {
  constexpr std::size_t kLargestEntry = 10;
  return Listpack::kEmptyBytes + kLargestEntry * set.count;
}

}  // namespace

bool Set::add(std::string_view member, const Settings& settings) {
  if (Access::is_big(*this)) {
    SetIndex& big = Access::big(*this);
    return big.add(big.hash(member), member);
  }
  const auto integer = integer_of(member);
  SetEncoding form = encoding();
  if (word_ == 0) {
    form = Access::first_form(integer.has_value(), 1, settings);
    if (form == SetEncoding::kListpack) Access::hold(*this, Listpack::create());
  }
  if (form == SetEncoding::kIntset && integer) {
    Intset* set = Access::intset(*this);
    const auto place = set == nullptr ? Intset::Place{} : set->find(*integer);
    if (place.found) return false;
    if (set == nullptr || set->count < Access::intset_limit(settings)) {
      Access::hold(*this, encoding::intset_insert(set, place.index, *integer));
      return true;
    }
    form = SetEncoding::kHashtable;
  }
  if (form == SetEncoding::kIntset) {
    const Intset& set = *Access::intset(*this);
    const bool fits = Access::listpack_takes(set.count, listpack_bound(set), member, settings) &&
                      longest_text(set) <= settings.set_max_listpack_value;
    form = fits ? SetEncoding::kListpack : SetEncoding::kHashtable;
    if (fits) Access::make_listpack(*this);
  }
  if (form == SetEncoding::kListpack) {
    Listpack* pack = Access::listpack(*this);
    if (pack->find(pack->begin(), member) != pack->end()) return false;
    if (Access::listpack_takes(pack->count(), pack->bytes(), member, settings)) {
      Access::hold(*this, base::listpack_append(pack, member));
      return true;
    }
  }
  SetIndex& big = Access::make_big(*this, settings);
  big.insert(big.hash(member), member);
  return true;
}

std::uint64_t Set::add_all(std::span<const std::string_view> members, const Settings& settings) {
  constexpr std::size_t kGroup = 32;
  std::uint64_t added = 0;
  while (!members.empty() && !Access::is_big(*this)) {
    added += add(members.front(), settings) ? 1 : 0;
    members = members.subspan(1);
  }
  if (members.empty()) return added;
  SetIndex& big = Access::big(*this);
  std::array<std::uint64_t, kGroup> hashes;
  while (!members.empty()) {
    const auto group = members.first(std::min(members.size(), kGroup));
    for (std::size_t i = 0; i < group.size(); ++i) {
      hashes[i] = big.hash(group[i]);
      big.prefetch(hashes[i], Prefetch::kPlace);
    }
    for (std::size_t i = 0; i < group.size(); ++i) big.prefetch(hashes[i], Prefetch::kMember);
    for (std::size_t i = 0; i < group.size(); ++i) added += big.add(hashes[i], group[i]) ? 1 : 0;
    members = members.subspan(group.size());
  }
  return added;
}

bool Set::remove(std::string_view member) {
  if (word_ == 0) return false;
  switch (encoding()) {
    case SetEncoding::kIntset: {
      const auto integer = integer_of(member);
      if (!integer) return false;
      Intset* set = Access::intset(*this);
      const auto place = set->find(*integer);
      if (place.found) Access::hold(*this, encoding::intset_erase(set, {&place.index, 1}));
      return place.found;
    }
    case SetEncoding::kListpack: {
      Listpack* pack = Access::listpack(*this);
      const std::uint32_t offset = pack->find(pack->begin(), member);
      if (offset == pack->end()) return false;
      Access::hold(*this, base::listpack_erase(pack, offset));
      break;
    }
    case SetEncoding::kHashtable: {
      SetIndex& big = Access::big(*this);
      if (!big.remove(big.hash(member), member)) return false;
      break;
    }
  }
  if (empty() && !walking()) clear();
  return true;
}

bool Set::visit_with(Callback visit) const {
  if (word_ == 0) return true;
  switch (encoding()) {
    case SetEncoding::kIntset: {
      const Intset& set = *Access::intset(*this);
      for (std::uint32_t i = 0; i < set.count; ++i) {
        if (!visit(Access::integer_member(set.at(i)))) return false;
      }
      return true;
    }
    case SetEncoding::kListpack: {
      const Listpack& pack = *Access::listpack(*this);
      for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) {
        if (!visit(pack.get(at))) return false;
      }
      return true;
    }
    case SetEncoding::kHashtable:
      break;
  }
  return Access::big(*this).for_each(
      [&](const SetMember& member) { return visit(Access::text_member(member.text())); });
}

std::uint64_t Set::scan_with(std::uint64_t cursor, Callback emit) const {
  if (Access::is_big(*this)) {
    return Access::big(*this).scan(
        cursor, [&](const SetMember& member) { emit(Access::text_member(member.text())); });
  }
  visit_with(emit);
  return 0;
}

base::Defragmented Set::defragment(std::uint64_t cursor) {
  if (Access::is_big(*this)) return Access::big(*this).defragment(cursor);
  if (word_ == 0) return {};
  base::Defragmented done;
  if (Access::form(*this) == SetEncoding::kIntset) {
    auto* intset = Access::intset(*this);
    done = base::defragment_block(intset, intset->bytes());
    Access::hold(*this, intset);
  } else {
    auto* listpack = Access::listpack(*this);
    done = base::defragment_block(listpack, listpack->bytes());
    Access::hold(*this, listpack);
  }
  return done;
}

void Set::begin_walk() {
  assert(Access::is_big(*this) && !walking());
  Access::big(*this).begin_walk();
}

bool Set::walking() const { return Access::is_big(*this) && Access::big(*this).walk() != nullptr; }

std::uint64_t Set::walk_size() const { return walking() ? Access::big(*this).walk()->size() : 0; }

std::size_t Set::walk_bytes() const {
  return walking() ? Access::big(*this).walk()->kept_bytes() : 0;
}

bool Set::walk_with(std::size_t budget, Callback emit) {
  return Access::big(*this).walk()->give(
      budget, [&](const SetMember& member) { emit(Access::text_member(member.text())); });
}

void Set::end_walk() {
  if (!walking()) return;
  Access::big(*this).end_walk();
  if (empty()) clear();
}

std::size_t Set::memory_bytes() const {
  if (word_ == 0) return 0;
  switch (encoding()) {
    case SetEncoding::kIntset:
      return base::block_size(Access::intset(*this)->bytes());
    case SetEncoding::kListpack:
      return base::block_size(Access::listpack(*this)->bytes());
    case SetEncoding::kHashtable:
      break;
  }
  return Access::big(*this).memory_bytes();
}

std::uint64_t Set::release_cost() const {
  return Access::is_big(*this) ? Access::big(*this).release_cost() : 1;
}

bool Set::release_some(std::uint64_t budget) {
  if (Access::is_big(*this) && !Access::big(*this).release_some(budget)) return false;
  clear();
  return true;
}

void Set::clear() {
  if (word_ == 0) return;
  switch (encoding()) {
    case SetEncoding::kIntset:
      encoding::intset_free(Access::intset(*this));
      break;
    case SetEncoding::kListpack:
      Listpack::free(Access::listpack(*this));
      break;
    case SetEncoding::kHashtable:
      delete &Access::big(*this);
      break;
  }
  word_ = 0;
}

}  // namespace sorrel::types
