// SPDX-License-Identifier: BSD-3-Clause
//
// SortedSet: which form holds the entries, what ZADD's options mean, when compact turns big. The
// forms themselves are encoding/sorted_block.h and encoding/sorted_index.h. One thread.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/base/block.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/types/sorted_set.h>

#include "encoding/sorted_block.h"
#include "encoding/sorted_index.h"

namespace sorrel::types {

using encoding::Member;
using encoding::SortedBlock;
using encoding::SortedIndex;

namespace {

// What ZADD does with one entry whose member has the score `current`, or is not there.
AddResult decide(std::optional<double> current, double score, AddOptions options) {
  if (!current) {
    return options.xx ? AddResult{AddOutcome::kRefused, 0} : AddResult{AddOutcome::kAdded, score};
  }
  if (options.nx) return {AddOutcome::kRefused, *current};
  const double wanted = options.incr ? *current + score : score;
  if (std::isnan(wanted)) return {AddOutcome::kNotANumber, 0};
  if ((options.lt && wanted >= *current) || (options.gt && wanted <= *current)) {
    return {AddOutcome::kRefused, *current};
  }
  return {wanted == *current ? AddOutcome::kUnchanged : AddOutcome::kUpdated, wanted};
}

bool in_order(const SortedSet::Entry& a, const SortedSet::Entry& b) {
  return a.score < b.score || (a.score == b.score && a.member < b.member);
}

}  // namespace

struct SortedSet::Access {
  static bool is_big(const SortedSet& set) { return (set.word_ & 1) != 0; }
  static SortedIndex& big(const SortedSet& set) {
    return *reinterpret_cast<SortedIndex*>(set.word_ & ~std::uintptr_t{1});
  }
  // Null when empty. Requires: not big.
  static SortedBlock* block(const SortedSet& set) {
    return reinterpret_cast<SortedBlock*>(set.word_);
  }
  static void hold(SortedSet& set, SortedBlock* block) {
    set.word_ = reinterpret_cast<std::uintptr_t>(block);
  }
  static void hold(SortedSet& set, SortedIndex* index) {
    set.word_ = reinterpret_cast<std::uintptr_t>(index) | 1;
  }

  static SortedIndex& make_big(SortedSet& set, const Settings& settings) {
    auto index = std::make_unique<SortedIndex>(settings.hash_seed);
    for (auto it = set.forward(); it.valid(); it.next()) {
      index->insert(index->hash(it->member), *it);
    }
    set.clear();
    hold(set, index.get());
    return *index.release();
  }

  static bool fits(const SortedBlock* block, std::size_t member_bytes, const Settings& settings) {
    const std::size_t count = block == nullptr ? 0 : block->count;
    const std::size_t bytes = block == nullptr ? SortedBlock::kBegin : block->bytes;
    return count < settings.zset_max_listpack_entries &&
           member_bytes <= settings.zset_max_listpack_value &&
           bytes + encoding::entry_bound(member_bytes) <= SortedBlock::kMaxBytes;
  }

  static AddResult add_to_block(SortedSet& set, const Entry& entry, AddOptions options,
                                const Settings& settings) {
    SortedBlock* held = block(set);
    const auto match =
        held == nullptr ? encoding::BlockMatch{} : encoding::find_member(*held, entry.member);
    const AddResult result = decide(
        match.found ? std::optional(match.at.entry.score) : std::nullopt, entry.score, options);
    if (!result.changed()) return result;
    const Entry wanted{entry.member, result.score};
    if (match.found) {
      held = encoding::erase_entries(held, match.at.begin, match.at.end, 1);
      hold(set, encoding::insert_entry(held, wanted));
    } else if (fits(held, entry.member.size(), settings)) {
      hold(set, encoding::insert_entry(held, wanted));
    } else {
      SortedIndex& index = make_big(set, settings);
      index.insert(index.hash(entry.member), wanted);
    }
    return result;
  }

  static AddResult add_to_big(SortedSet& set, const Entry& entry, AddOptions options) {
    SortedIndex& index = big(set);
    const std::uint64_t hash = index.hash(entry.member);
    Member* found = index.find(hash, entry.member);
    const AddResult result =
        decide(found == nullptr ? std::nullopt : std::optional(found->score), entry.score, options);
    if (result.outcome == AddOutcome::kAdded) index.insert(hash, {entry.member, result.score});
    if (result.outcome == AddOutcome::kUpdated) index.set_score(*found, result.score);
    return result;
  }
};

std::string_view encoding_name(SortedSetEncoding encoding) {
  return encoding == SortedSetEncoding::kListpack ? "listpack" : "skiplist";
}

SortedSet SortedSet::build(std::span<const Entry> entries, const Settings& settings) {
  SortedSet set;
  if (entries.empty()) return set;
  std::vector<Entry> sorted;
  if (!std::is_sorted(entries.begin(), entries.end(), in_order)) {
    sorted.assign(entries.begin(), entries.end());
    std::sort(sorted.begin(), sorted.end(), in_order);
    entries = sorted;
  }
  std::size_t longest = 0;
  std::size_t bytes = SortedBlock::kBegin;
  for (const Entry& entry : entries) {
    longest = std::max(longest, entry.member.size());
    bytes += encoding::entry_bound(entry.member.size());
  }
  if (entries.size() <= settings.zset_max_listpack_entries &&
      longest <= settings.zset_max_listpack_value && bytes <= SortedBlock::kMaxBytes) {
    Access::hold(set, encoding::make_block(entries));
    return set;
  }
  SortedIndex& big = Access::make_big(set, settings);
  for (const Entry& entry : entries) big.insert(big.hash(entry.member), entry);
  return set;
}

SortedSet SortedSet::clone(const Settings& settings) const {
  SortedSet copy;
  if (word_ == 0) return copy;
  if (!Access::is_big(*this)) {
    Access::hold(copy, encoding::copy_block(*Access::block(*this)));
    return copy;
  }
  SortedIndex& big = Access::make_big(copy, settings);
  for (auto it = forward(); it.valid(); it.next()) big.insert(big.hash(it->member), *it);
  return copy;
}

void SortedSet::expect(std::uint64_t elements, const Settings& settings) {
  if (elements > settings.zset_max_listpack_entries && !Access::is_big(*this)) {
    Access::make_big(*this, settings);
  }
}

std::uint64_t SortedSet::size() const {
  if (word_ == 0) return 0;
  return Access::is_big(*this) ? Access::big(*this).size() : Access::block(*this)->count;
}

void SortedSet::prefetch(std::uint64_t member_hash, Prefetch what) const {
  if (word_ == 0) return;
  if (Access::is_big(*this)) {
    Access::big(*this).prefetch(member_hash, what);
  } else if (what == Prefetch::kPlace) {
    base::prefetch(Access::block(*this));
  }
}

void SortedSet::prefetch_order(MemberAhead& ahead, Prefetch what) const {
  if (Access::is_big(*this)) Access::big(*this).prefetch_order(ahead, what);
}

std::optional<double> SortedSet::score(std::string_view member) const {
  if (word_ == 0) return std::nullopt;
  if (Access::is_big(*this)) {
    const SortedIndex& big = Access::big(*this);
    const Member* found = big.find(big.hash(member), member);
    return found == nullptr ? std::nullopt : std::optional(found->score);
  }
  const auto match = encoding::find_member(*Access::block(*this), member);
  return match.found ? std::optional(match.at.entry.score) : std::nullopt;
}

std::optional<SortedSet::Ranked> SortedSet::ranked(std::string_view member) const {
  if (word_ == 0) return std::nullopt;
  if (Access::is_big(*this)) {
    const SortedIndex& big = Access::big(*this);
    Member* found = big.find(big.hash(member), member);
    if (found == nullptr) return std::nullopt;
    return Ranked{big.rank(*found), found->score};
  }
  const auto match = encoding::find_member(*Access::block(*this), member);
  if (!match.found) return std::nullopt;
  return Ranked{match.rank, match.at.entry.score};
}

std::optional<std::uint64_t> SortedSet::rank(std::string_view member) const {
  const auto found = ranked(member);
  return found ? std::optional(found->rank) : std::nullopt;
}

SortedSet::Entry SortedSet::at(std::uint64_t rank) const {
  assert(rank < size());
  if (Access::is_big(*this)) return Access::big(*this).tree().at(rank).entry().value->entry();
  const SortedBlock& block = *Access::block(*this);
  return encoding::entry_at(block, encoding::offset_of_rank(block, rank)).entry;
}

SortedSet::Entry SortedSet::random(base::Random& random) const { return at(random.below(size())); }

AddResult SortedSet::add(std::string_view member, double score, AddOptions options,
                         const Settings& settings) {
  if (std::isnan(score)) return {AddOutcome::kNotANumber, 0};
  return Access::is_big(*this) ? Access::add_to_big(*this, {member, score}, options)
                               : Access::add_to_block(*this, {member, score}, options, settings);
}

bool SortedSet::remove(std::string_view member) {
  if (word_ == 0) return false;
  if (Access::is_big(*this)) {
    const bool removed = Access::big(*this).remove(member);
    if (size() == 0 && !walking()) clear();
    return removed;
  }
  SortedBlock* block = Access::block(*this);
  const auto match = encoding::find_member(*block, member);
  if (!match.found) return false;
  Access::hold(*this, encoding::erase_entries(block, match.at.begin, match.at.end, 1));
  return true;
}

std::uint64_t SortedSet::remove_range(RankInterval interval) {
  assert(interval.first <= interval.last && interval.last <= size());
  if (interval.empty()) return 0;
  if (interval.size() == size() && !walking()) {
    clear();
    return interval.size();
  }
  if (Access::is_big(*this)) {
    Access::big(*this).remove_range(interval);
    return interval.size();
  }
  SortedBlock* block = Access::block(*this);
  const std::uint32_t begin = encoding::offset_of_rank(*block, interval.first);
  std::uint32_t end = begin;
  for (auto left = interval.size(); left > 0; --left) end = encoding::entry_end(*block, end);
  Access::hold(*this, encoding::erase_entries(block, begin, end,
                                              static_cast<std::uint32_t>(interval.size())));
  return interval.size();
}

RankInterval SortedSet::ranks_in(const ScoreRange& range) const {
  if (word_ == 0) return {};
  return Access::is_big(*this) ? Access::big(*this).ranks_in(range)
                               : encoding::ranks_in(*Access::block(*this), range);
}

RankInterval SortedSet::ranks_in(const LexRange& range) const {
  if (word_ == 0) return {};
  return Access::is_big(*this) ? Access::big(*this).ranks_in(range)
                               : encoding::ranks_in(*Access::block(*this), range);
}

std::uint64_t SortedSet::scan_with(std::uint64_t cursor, EmitFunction emit, void* target) const {
  if (Access::is_big(*this)) {
    return Access::big(*this).scan(cursor, [&](const Entry& entry) { emit(target, entry); });
  }
  for (auto it = forward(); it.valid(); it.next()) emit(target, *it);
  return 0;
}

base::Defragmented SortedSet::defragment(std::uint64_t cursor) {
  if (Access::is_big(*this)) return Access::big(*this).defragment(cursor);
  if (word_ == 0) return {};
  SortedBlock* block = Access::block(*this);
  const base::Defragmented done = base::defragment_block(block, block->bytes);
  Access::hold(*this, block);
  return done;
}

void SortedSet::begin_walk() {
  assert(Access::is_big(*this) && !walking());
  Access::big(*this).begin_walk();
}

bool SortedSet::walking() const {
  return Access::is_big(*this) && Access::big(*this).walk() != nullptr;
}

std::uint64_t SortedSet::walk_size() const {
  return walking() ? Access::big(*this).walk()->size() : 0;
}

std::size_t SortedSet::walk_bytes() const {
  return walking() ? Access::big(*this).walk()->kept_bytes() : 0;
}

bool SortedSet::walk_with(std::size_t budget, EmitFunction emit, void* target) {
  return Access::big(*this).walk()->give(
      budget, [&](const Member& member) { emit(target, member.entry()); });
}

void SortedSet::end_walk() {
  if (!walking()) return;
  Access::big(*this).end_walk();
  if (empty()) clear();
}

SortedSetEncoding SortedSet::encoding() const {
  return Access::is_big(*this) ? SortedSetEncoding::kSkiplist : SortedSetEncoding::kListpack;
}

std::size_t SortedSet::memory_bytes() const {
  if (word_ == 0) return 0;
  return Access::is_big(*this) ? Access::big(*this).memory_bytes()
                               : base::block_size(Access::block(*this)->bytes);
}

std::uint64_t SortedSet::release_cost() const {
  return Access::is_big(*this) ? Access::big(*this).release_cost() : 1;
}

bool SortedSet::release_some(std::uint64_t budget) {
  if (Access::is_big(*this) && !Access::big(*this).release_some(budget)) return false;
  clear();
  return true;
}

void SortedSet::clear() {
  if (word_ == 0) return;
  if (Access::is_big(*this)) {
    delete &Access::big(*this);
  } else {
    encoding::free_block(Access::block(*this));
  }
  word_ = 0;
}

}  // namespace sorrel::types
