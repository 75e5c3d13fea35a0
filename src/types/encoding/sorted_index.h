// SPDX-License-Identifier: BSD-3-Clause
//
// The big form of a sorted set: a hash index of the members beside a counted B+tree of the order.
//
//   index  -> Member { score f64 | length u32 | bytes }  <- (score, Member*) in a leaf of the tree
//
// A member is stored once, in one allocation that fits its size class (12 bytes beside the text).
// The score stands in the member for ZSCORE and in the tree for searching without touching members;
// the two always agree. Members of equal score are compared by their bytes.
//
// Invariant: index and tree hold the same members. One thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <endian.h>

#include <sorrel/base/counted_tree.h>
#include <sorrel/base/hash.h>
#include <sorrel/base/index.h>
#include <sorrel/base/item_heap.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/types/sorted_set.h>

#include "encoding/index_walk.h"

namespace sorrel::types::encoding {

struct Member {
  double score;
  std::uint32_t length;

  static constexpr std::size_t kHeader = 12;

  static Member* make(const SortedSet::Entry& entry);
  static std::size_t bytes_for(std::size_t length);
  static void free(Member* member);
  std::size_t allocated_bytes() const { return base::item_size(bytes_for(length)); }

  std::string_view text() const { return {reinterpret_cast<const char*>(this) + kHeader, length}; }
  SortedSet::Entry entry() const { return {text(), score}; }
};

struct MemberTraits {
  using Item = Member;
  static std::uint64_t hash(const Member& member, std::uint64_t seed) {
    return base::hash_bytes(member.text(), seed);
  }
};

// Scores as integers in the same order, which compare in half the time. The two zeros are one.
struct OrderTraits {
  using Key = std::int64_t;
  using Value = Member*;
  static Key key(double score) { return flipped(std::bit_cast<Key>(score + 0.0)); }
  static double score(Key key) { return std::bit_cast<double>(flipped(key)); }
  static bool value_less(const Member* a, const Member* b) { return a->text() < b->text(); }
  // The eight bytes behind the shared ones, as a number that orders as they do.
  static std::uint64_t hint(const Member* member, unsigned skip) {
    return hint_of(member->text().substr(skip));
  }
  static std::uint64_t hint_of(std::string_view rest) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, rest.data(), rest.size() < sizeof bytes ? rest.size() : sizeof bytes);
    return be64toh(bytes);
  }
  static void prefetch_value(const Member* member) { base::prefetch(member); }
  static constexpr unsigned kValueBits = base::ItemHeap::kHandleBits;
  static std::uint64_t pack(const Member* member) { return base::item_heap().handle(member); }
  static Member* unpack(std::uint64_t handle) {
    return static_cast<Member*>(base::item_heap().at(handle));
  }

 private:
  // All bits but the sign, of negative numbers.
  static Key flipped(Key bits) { return bits ^ ((bits >> 63) & std::numeric_limits<Key>::max()); }
};

class SortedIndex {
 public:
  using Tree = base::CountedTree<OrderTraits>;

  explicit SortedIndex(std::uint64_t seed) : index_(seed) {}
  SortedIndex(const SortedIndex&) = delete;
  SortedIndex& operator=(const SortedIndex&) = delete;
  ~SortedIndex();

  std::uint64_t size() const { return tree_.size(); }
  const Tree& tree() const { return tree_; }
  std::uint64_t hash(std::string_view member) const {
    return base::hash_bytes(member, index_.seed());
  }

  Member* find(std::uint64_t hash, std::string_view member) const;
  // As those of SortedSet.
  void prefetch(std::uint64_t hash, Prefetch what) const;
  void prefetch_order(MemberAhead& ahead, Prefetch what) const;
  // Requires: the member is not there.
  void insert(std::uint64_t hash, const SortedSet::Entry& entry);
  void set_score(Member& member, double score);
  std::uint64_t rank(Member& member) const { return tree_.rank(place_of(member)); }
  bool remove(std::string_view member);
  void remove_range(RankInterval interval);

  RankInterval ranks_in(const ScoreRange& range) const;
  RankInterval ranks_in(const LexRange& range) const;

  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    return index_.scan(cursor, [&](const Member* member) { emit(member->entry()); });
  }

  // As those of SortedSet; begin_walk() once at a time.
  void begin_walk() { walk_ = std::make_unique<Walk>(index_); }
  void end_walk() { walk_.reset(); }
  // Null when no walk is under way.
  IndexWalk<MemberTraits>* walk() const { return walk_.get(); }

  // As SortedSet::defragment.
  base::Defragmented defragment(std::uint64_t cursor);

  std::size_t memory_bytes() const;
  std::uint64_t release_cost() const { return size() + (walk_ == nullptr ? 0 : walk_->kept()); }
  // As SortedSet::release_some.
  bool release_some(std::uint64_t budget);

 private:
  using Index = base::Index<MemberTraits>;
  using Walk = IndexWalk<MemberTraits>;

  static Tree::Entry place_of(Member& member) { return {OrderTraits::key(member.score), &member}; }
  template <class Range, class Place>
  RankInterval ranks(const Range& range, Place&& place) const;
  void share_prefix(std::string_view member);
  void let_go(const Index::Taken& taken);

  Index index_;
  Tree tree_;
  std::size_t member_bytes_ = 0;
  std::string shared_prefix_;   // of all members; the tree's hints begin behind it
  std::unique_ptr<Walk> walk_;  // ends before the index does
};

}  // namespace sorrel::types::encoding
