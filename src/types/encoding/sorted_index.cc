// SPDX-License-Identifier: BSD-3-Clause
//
// The big form of a sorted set; sorted_index.h draws it. Where a member leaves, the tree lets go of
// it before its memory is freed, because the tree looks at members to compare them. One thread.
#include "encoding/sorted_index.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include <sorrel/base/size_class.h>

#include "encoding/sorted_range.h"

namespace sorrel::types::encoding {

std::size_t Member::bytes_for(std::size_t length) {
  return std::max(sizeof(Member), kHeader + length);
}

Member* Member::make(const SortedSet::Entry& entry) {
  void* memory = base::item_heap().allocate(bytes_for(entry.member.size()));
  auto* member = new (memory) Member{entry.score, static_cast<std::uint32_t>(entry.member.size())};
  if (!entry.member.empty()) {
    std::memcpy(static_cast<char*>(memory) + kHeader, entry.member.data(), entry.member.size());
  }
  return member;
}

void Member::free(Member* member) { base::item_heap().free(member); }

SortedIndex::~SortedIndex() { release_some(std::numeric_limits<std::uint64_t>::max()); }

Member* SortedIndex::find(std::uint64_t hash, std::string_view member) const {
  return index_.find(hash, [member](const Member& other) { return other.text() == member; });
}

void SortedIndex::prefetch(std::uint64_t hash, Prefetch what) const {
  if (what == Prefetch::kPlace) {
    index_.prefetch(hash);
  } else if (what == Prefetch::kMember) {
    index_.prefetch_item(hash);
  }
}

void SortedIndex::prefetch_order(MemberAhead& ahead, Prefetch what) const {
  if (what == Prefetch::kLeaf) {
    for (const MemberAhead::Way& way : {ahead.from, ahead.to}) {
      if (way.node != nullptr) tree_.prefetch_leaf(way.node, {way.key, way.hint});
    }
    return;
  }
  ahead.from = {};
  ahead.to = {};
  if (!ahead.member.starts_with(shared_prefix_)) return;
  const std::uint64_t hint = OrderTraits::hint_of(ahead.member.substr(shared_prefix_.size()));
  const auto begin = [&](double score) {
    const auto key = OrderTraits::key(score);
    return MemberAhead::Way{tree_.prefetch_inner({key, hint}), key, hint};
  };
  double score = 0;
  if (const Member* member = index_.likely(ahead.hash); member != nullptr) {
    score = member->score;
    ahead.from = begin(score);
  }
  if (ahead.change != MemberAhead::Score::kKept) {
    ahead.to = begin(ahead.score + (ahead.change == MemberAhead::Score::kAdded ? score : 0));
  }
}

// Keeps what all members begin with, so that the tree's hints tell them apart behind it: members of
// a board mostly do begin alike ("post:..."). It only ever shrinks, and in a large tree by half at
// least, so that the hints are made anew a few times in a set's life.
void SortedIndex::share_prefix(std::string_view member) {
  constexpr std::size_t kLongest = 128;
  constexpr std::size_t kLargeTree = 64;  // inner nodes
  if (tree_.empty()) {
    shared_prefix_ = member.substr(0, kLongest);
    tree_.set_hint_skip(static_cast<unsigned>(shared_prefix_.size()));
    return;
  }
  if (member.starts_with(shared_prefix_)) return;
  const auto end =
      std::mismatch(shared_prefix_.begin(), shared_prefix_.end(), member.begin(), member.end());
  auto shared = static_cast<std::size_t>(end.first - shared_prefix_.begin());
  if (tree_.inner_nodes() > kLargeTree) shared = std::min(shared, shared_prefix_.size() / 2);
  shared_prefix_.resize(shared);
  tree_.set_hint_skip(static_cast<unsigned>(shared));
}

void SortedIndex::insert(std::uint64_t hash, const SortedSet::Entry& entry) {
  share_prefix(entry.member);
  Member* member = Member::make(entry);
  index_.insert(hash, member);
  tree_.insert(place_of(*member));
  member_bytes_ += member->allocated_bytes();
}

void SortedIndex::set_score(Member& member, double score) {
  if (index_.walking()) [[unlikely]] {
    if (index_.claim(hash(member.text()), &member)) walk_->keep(Member::make(member.entry()));
  }
  tree_.replace(place_of(member), {OrderTraits::key(score), &member});
  member.score = score;
}

bool SortedIndex::remove(std::string_view text) {
  const auto taken =
      index_.take(hash(text), [text](const Member& other) { return other.text() == text; });
  if (taken.item == nullptr) return false;
  tree_.erase(place_of(*taken.item));
  let_go(taken);
  return true;
}

void SortedIndex::let_go(const Index::Taken& taken) {
  member_bytes_ -= taken.item->allocated_bytes();
  if (taken.owed) [[unlikely]] {
    walk_->keep(taken.item);
  } else {
    Member::free(taken.item);
  }
}

void SortedIndex::remove_range(RankInterval interval) {
  tree_.erase_range(interval.first, interval.last, [this](const Tree::Entry& entry) {
    const Member* member = entry.value;
    let_go(index_.take(hash(member->text()),
                       [member](const Member& other) { return &other == member; }));
  });
}

RankInterval SortedIndex::ranks_in(const ScoreRange& range) const {
  return ranks(range, [](const Tree::Entry& entry) { return OrderTraits::score(entry.key); });
}

RankInterval SortedIndex::ranks_in(const LexRange& range) const {
  return ranks(range, [](const Tree::Entry& entry) { return entry.value->text(); });
}

// `place` is what the range compares of an entry.
template <class Range, class Place>
RankInterval SortedIndex::ranks(const Range& range, Place&& place) const {
  const std::uint64_t first =
      from_first(range) ? 0 : tree_.count_before([&](const Tree::Entry& entry) {
        return before(place(entry), range);
      });
  const std::uint64_t last =
      to_last(range) ? tree_.size() : tree_.count_before([&](const Tree::Entry& entry) {
        return !behind(place(entry), range);
      });
  return {first, std::max(first, last)};
}

base::Defragmented SortedIndex::defragment(std::uint64_t cursor) {
  return index_.defragment(cursor, [this](Member* member) {
    auto* const moved =
        static_cast<Member*>(base::item_heap().copy(member, Member::bytes_for(member->length)));
    tree_.replace(place_of(*member), place_of(*moved));
    Member::free(member);
    return moved;
  });
}

std::size_t SortedIndex::memory_bytes() const {
  return base::size_class(sizeof(SortedIndex)) + index_.memory_bytes() + tree_.memory_bytes() +
         member_bytes_ + (walk_ == nullptr ? 0 : walk_->kept_bytes());
}

bool SortedIndex::release_some(std::uint64_t budget) {
  if (walk_ != nullptr) {
    if (!walk_->release_some(budget)) return false;
    walk_.reset();
  }
  const bool members_gone =
      tree_.release_some(budget, [](const Tree::Entry& entry) { Member::free(entry.value); });
  // What is left of the index points at members that are gone: only its memory is given back.
  return members_gone && index_.release_some(budget, [](const Member*) {});
}

}  // namespace sorrel::types::encoding
