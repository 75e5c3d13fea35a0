// SPDX-License-Identifier: BSD-3-Clause
//
// The nodes of CountedTree. Private to counted_tree.h; nobody else includes it.
//
//   leaf    count | prev | next | keys[62] | values[62]        1016 bytes, with windows 1024 bytes
//   inner   count | entries below[63] | hints[63] | keys[63] | values[63] | children[63]
//                                                       about 2032 bytes, with hints 2536 bytes
//
// The sizes sit just under allocator size classes (1024, 2048, 2560). Row i of an inner node is
// exactly the least entry below child i, for every i, row 0 included: so rows move between siblings
// as they are. A parent of leaves counts in bytes, which lie in one cache line.
//
// One thread. Requires of Traits: see counted_tree.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <sorrel/base/counted_tree_counts.h>
#include <sorrel/base/counted_tree_rows.h>
#include <sorrel/base/counted_tree_window.h>
#include <sorrel/base/prefetch.h>

namespace sorrel::base::tree {

// The columns below stand in the order in which they are bases.
template <class Traits, unsigned N>
struct Hints {};

template <class Traits, unsigned N>
requires HasHints<Traits>
struct Hints<Traits, N> {
  std::uint64_t hints[N];
};

template <unsigned N>
struct CountColumn {
  Counts<N> counts;
};

// Of an inner node: separators, with what lies below each.
template <class Traits, unsigned N>
struct ChildRows : CountColumn<N>, Hints<Traits, N>, Rows<Traits, N> {
  using Base = Rows<Traits, N>;

  void set(unsigned i, const Sought<Traits>& entry) {
    Base::set(i, entry);
    if constexpr (HasHints<Traits>) this->hints[i] = entry.hint;
  }
  // The child for a key and a hint; or, where those alone do not tell, one close to it.
  unsigned child_near(unsigned n, const typename Traits::Key& key, std::uint64_t hint) const {
    const auto ties = this->ties_of(n, key);
    const std::uint64_t* const first = this->hints + ties.first;
    const unsigned upto =
        ties.first + partition_point(ties.count, [&](unsigned i) { return first[i] <= hint; });
    return upto == 0 ? 0 : upto - 1;
  }
  // Row i with its hint, without a look at the value.
  Sought<Traits> sought(unsigned i, unsigned skip) const {
    if constexpr (HasHints<Traits>) {
      return {this->entry(i), skip, this->hints[i]};
    } else {
      return {this->entry(i), skip};
    }
  }
  unsigned lower(unsigned n, const Sought<Traits>& entry) const {
    if constexpr (HasHints<Traits>) {
      const auto ties = this->ties_of(n, entry.key);
      const std::uint64_t* const hints = this->hints + ties.first;
      const unsigned less =
          partition_point(ties.count, [&](unsigned i) { return hints[i] < entry.hint; });
      unsigned end = less;
      while (end < ties.count && hints[end] == entry.hint) ++end;
      if (end == less) return ties.first + less;
      return ties.first + less + this->lower_of_ties({ties.first + less, end - less}, entry.value);
    } else {
      return Base::lower(n, entry);
    }
  }
  template <unsigned M>
  void copy(unsigned to, const ChildRows<Traits, M>& from, unsigned from_at, unsigned n) {
    Base::copy(to, from, from_at, n);
    if constexpr (HasHints<Traits>) {
      std::memmove(this->hints + to, from.hints + from_at, n * sizeof(this->hints[0]));
    }
    this->counts.copy(to, from.counts, from_at, n);
    std::memmove(children + to, from.children + from_at, n * sizeof(children[0]));
  }
  void move(unsigned to, unsigned from, unsigned n) { copy(to, *this, from, n); }
  struct Scratch {
    const typename Traits::Value& value(unsigned i) const { return rows.value(i); }

    ChildRows<Traits, 3 * N> rows;
    unsigned count = 0;
  };
  void pour(Scratch& scratch, unsigned n) const {
    scratch.rows.counts.narrow = this->counts.narrow;
    scratch.rows.copy(scratch.count, *this, 0, n);
    scratch.count += n;
  }
  void deal(const Scratch& scratch, unsigned from, unsigned n) { copy(0, scratch.rows, from, n); }
  void take(const ChildRows& other, unsigned from, unsigned n) { copy(0, other, from, n); }

  void* children[N];
};

template <class Traits, unsigned N>
struct LeafRowsOf {
  using Type = Rows<Traits, N>;
};
template <class Traits, unsigned N>
requires PacksHints<Traits>
struct LeafRowsOf<Traits, N> {
  using Type = PackedRows<Traits, N>;
};

template <class Traits>
struct Leaf {
  static constexpr unsigned kRows = 62;
  static constexpr std::size_t kAllocated = 1024;
  static constexpr unsigned kMinRows = kRows * 3 / 8;
  using LeafRows = typename LeafRowsOf<Traits, kRows>::Type;
  using Scratch = typename LeafRows::Scratch;

  std::uint64_t below() const { return count; }
  Sought<Traits> least(unsigned skip) const { return {rows.entry(0), skip}; }

  // All the lines that its first n rows lie in.
  void prefetch(unsigned n) const {
    base::prefetch_lines(this, rows.keys + n);
    rows.prefetch_values(n);
  }

  // Opens a row at `slot` for the entry. Requires: room.
  void insert(unsigned slot, const Sought<Traits>& entry) {
    rows.admit(count, entry);
    rows.move(slot + 1, slot, count - slot);
    rows.set(slot, entry);
    ++count;
  }
  void erase(unsigned slot, unsigned n) {
    rows.move(slot, slot + n, count - slot - n);
    count -= n;
  }

  std::uint32_t count = 0;
  Leaf* prev = nullptr;
  Leaf* next = nullptr;
  LeafRows rows;
};

template <class Traits>
struct Inner {
  static constexpr unsigned kRows = 63;
  static constexpr std::size_t kAllocated = HasHints<Traits> ? 2560 : 2048;
  static constexpr unsigned kMinRows = kRows * 3 / 8;

  using Scratch = typename ChildRows<Traits, kRows>::Scratch;

  Sought<Traits> least(unsigned skip) const { return rows.sought(0, skip); }
  std::uint64_t below() const { return rows.counts.sum_of_first(count); }
  // The lines that a search by key looks at; where that goes on among equal ones, it waits.
  void prefetch() const {
    base::prefetch(this);
    base::prefetch(rows.counts.bytes());
    base::prefetch_lines(rows.keys, rows.keys + kRows);
  }
  // The child in whose part `entry` belongs.
  unsigned child_for(const Sought<Traits>& entry) const {
    const unsigned less = rows.lower(count, entry);
    if (less < count && rows.holds(less, entry)) return less;
    return less == 0 ? 0 : less - 1;
  }

  std::uint32_t count = 0;
  ChildRows<Traits, kRows> rows;
};

inline constexpr unsigned kMaxLevels = 16;  // of inner nodes: more than 2^64 entries need

// From the root down: one step for each inner level, then the leaf and the row in it.
template <class Traits>
struct Path {
  struct Step {
    Inner<Traits>* node;
    unsigned index;

    friend bool operator==(const Step&, const Step&) = default;
  };

  // From `level` on.
  void add_to_counts(unsigned inner_levels, unsigned level, std::uint64_t delta) const {
    for (; level < inner_levels; ++level) {
      steps[level].node->rows.counts.add(steps[level].index, delta);
    }
  }
  // Writes the new least entry of the node at `level` into its ancestors.
  void refresh_least(unsigned level, const Sought<Traits>& least) const {
    while (level-- > 0) {
      steps[level].node->rows.set(steps[level].index, least);
      if (steps[level].index != 0) return;
    }
  }

  Step steps[kMaxLevels];
  Leaf<Traits>* leaf;
  unsigned slot;
};

}  // namespace sorrel::base::tree
