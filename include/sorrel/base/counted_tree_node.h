// SPDX-License-Identifier: BSD-3-Clause
//
// The nodes of CountedTree. Private to counted_tree.h; nobody else includes it.
//
//   leaf    count | prev | next | keys[62] | values[62]                               1016 bytes
//   inner   count | keys[63] | values[63] | hints[63] | entries below[63] | children[63]
//                                                          2024 bytes, with hints 2536 bytes
//
// Columns rather than rows: a search reads keys only, eight to a cache line. The sizes sit just
// under allocator size classes (1024, 2048, 2560). Row i of an inner node is exactly the least
// entry below child i, for every i, row 0 included: so rows move between siblings as they are.
//
// One thread. Requires of Traits: see counted_tree.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace sorrel::base::tree {

template <class Traits>
struct Entry {
  typename Traits::Key key;
  typename Traits::Value value;
};

// How many of the first `n` indices satisfy `before`, which holds for a leading part of them.
// Without a branch on the outcome: outcomes are coin flips, a wrong guess costs more than the step.
template <class Before>
inline unsigned partition_point(unsigned n, Before&& before) {
  unsigned base = 0;
  while (n > 1) {
    const unsigned half = n / 2;
    base += half & (0U - static_cast<unsigned>(before(base + half - 1)));
    n -= half;
  }
  return base + static_cast<unsigned>(n == 1 && before(base));
}

template <class Traits, unsigned N>
struct Rows {
  using Key = typename Traits::Key;
  using Value = typename Traits::Value;
  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>);

  Entry<Traits> entry(unsigned i) const { return {keys[i], values[i]}; }
  void set(unsigned i, const Entry<Traits>& entry) {
    keys[i] = entry.key;
    values[i] = entry.value;
  }
  bool holds(unsigned i, const Entry<Traits>& entry) const {
    return keys[i] == entry.key && values[i] == entry.value;
  }

  // How many of the first n rows are less than `entry`.
  unsigned lower(unsigned n, const Entry<Traits>& entry) const {
    const Ties ties = ties_of(n, entry.key);
    return ties.first + (ties.count == 0 ? 0 : lower_of_ties(ties, entry.value));
  }

  // The row of an entry that is among the first n; n when it is not. What the values point to is
  // not looked at: among many equal keys that is what a search by order waits for.
  unsigned find(unsigned n, const Entry<Traits>& entry) const {
    unsigned i = partition_point(n, [&](unsigned j) { return keys[j] < entry.key; });
    while (i < n && values[i] != entry.value && !(entry.key < keys[i])) ++i;
    return i < n && values[i] == entry.value ? i : n;
  }

 protected:
  // The rows of one key, where they are or would be.
  struct Ties {
    unsigned first;
    unsigned count;
  };
  Ties ties_of(unsigned n, const Key& key) const {
    const unsigned first = partition_point(n, [&](unsigned i) { return keys[i] < key; });
    if (first == n || key < keys[first]) return {first, 0};
    return {first,
            partition_point(n - first, [&](unsigned i) { return !(key < keys[first + i]); })};
  }
  // How many of the ties have a lesser value. What the next three steps may ask for is fetched
  // before the first of them waits, so that a leaf costs two waits in place of six.
  unsigned lower_of_ties(const Ties& ties, const Value& sought) const {
    unsigned base = ties.first;
    unsigned n = ties.count;
    while (n > 1) {
      if constexpr (requires(Value v) { Traits::prefetch_value(v); }) prefetch_probes(base, n);
      for (unsigned step = 0; step < kStepsAhead && n > 1; ++step) {
        const unsigned half = n / 2;
        base += half & (0U - static_cast<unsigned>(before(values[base + half - 1], sought)));
        n -= half;
      }
    }
    return base + static_cast<unsigned>(n == 1 && before(values[base], sought)) - ties.first;
  }
  static constexpr unsigned kStepsAhead = 3;
  // The values that a binary search of n rows from `base` on may probe in its next three steps:
  // both outcomes of a step leave the same number of rows, so they are 1 + 2 + 4 places.
  void prefetch_probes(unsigned base, unsigned n) const {
    unsigned starts[4] = {base, 0, 0, 0};
    unsigned count = 1;
    for (unsigned step = 0; step < kStepsAhead && n > 1; ++step) {
      const unsigned half = n / 2;
      for (unsigned i = 0; i < count; ++i) Traits::prefetch_value(values[starts[i] + half - 1]);
      if (step + 1 < kStepsAhead) {
        for (unsigned i = 0; i < count; ++i) starts[count + i] = starts[i] + half;
        count *= 2;
      }
      n -= half;
    }
  }
  static bool before(const Value& value, const Value& sought) {
    return value != sought && Traits::value_less(value, sought);
  }

 public:
  Key keys[N];
  Value values[N];
};

// A value is often a pointer to what decides among equal keys, and looking there is a cache miss a
// step. Traits may therefore tell a hint of it: a number, such that of two values that differ in it
// the one with the lesser number is the lesser. `skip` is a setting of the whole tree, for texts
// how many leading bytes they all share.
template <class Traits>
concept HasHints = requires(typename Traits::Value value, unsigned skip) {
  Traits::hint(value, skip);
};

template <class Traits, unsigned N>
struct Hints {};

template <class Traits, unsigned N>
requires HasHints<Traits>
struct Hints<Traits, N> {
  std::uint64_t hints[N];
  unsigned skip = 0;
};

template <class Traits, unsigned N>
struct ChildRows : Rows<Traits, N>, Hints<Traits, N> {
  using Base = Rows<Traits, N>;

  void set(unsigned i, const Entry<Traits>& entry) {
    Base::set(i, entry);
    if constexpr (HasHints<Traits>) this->hints[i] = Traits::hint(entry.value, this->skip);
  }
  unsigned lower(unsigned n, const Entry<Traits>& entry) const {
    if constexpr (HasHints<Traits>) {
      const auto ties = this->ties_of(n, entry.key);
      if (ties.count == 0) return ties.first;
      const std::uint64_t sought = Traits::hint(entry.value, this->skip);
      return ties.first + partition_point(ties.count, [&](unsigned i) {
               const std::uint64_t hint = this->hints[ties.first + i];
               return hint != sought ? hint < sought
                                     : Base::before(this->values[ties.first + i], entry.value);
             });
    } else {
      return Base::lower(n, entry);
    }
  }

  std::uint64_t counts[N];
  void* children[N];
};

template <class Traits>
struct Leaf {
  static constexpr unsigned kRows = 62;
  static constexpr std::size_t kAllocated = 1024;
  static constexpr unsigned kMinRows = kRows * 3 / 8;
  using Scratch = Rows<Traits, 3 * kRows>;

  std::uint64_t below() const { return count; }

  std::uint32_t count = 0;
  Leaf* prev = nullptr;
  Leaf* next = nullptr;
  Rows<Traits, kRows> rows;
};

template <class Traits>
struct Inner {
  static constexpr unsigned kRows = 63;
  static constexpr std::size_t kAllocated = HasHints<Traits> ? 2560 : 2048;
  static constexpr unsigned kMinRows = kRows * 3 / 8;
  using Scratch = ChildRows<Traits, 3 * kRows>;

  std::uint64_t below() const { return below_first(count); }
  std::uint64_t below_first(unsigned n) const {
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < n; ++i) sum += rows.counts[i];
    return sum;
  }
  // The child in whose part `entry` belongs.
  unsigned child_for(const Entry<Traits>& entry) const {
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
  };

  void add_to_counts(unsigned inner_levels, std::uint64_t delta) const {
    for (unsigned level = 0; level < inner_levels; ++level) {
      steps[level].node->rows.counts[steps[level].index] += delta;
    }
  }
  // Writes the new least entry of the node at `level` into its ancestors.
  void refresh_least(unsigned level, const Entry<Traits>& least) const {
    while (level-- > 0) {
      steps[level].node->rows.set(steps[level].index, least);
      if (steps[level].index != 0) return;
    }
  }

  Step steps[kMaxLevels];
  Leaf<Traits>* leaf;
  unsigned slot;
};

// Copies n rows, in the same node too.
template <class To, class From>
inline void move_rows(To& to, unsigned at, const From& from, unsigned from_at, unsigned n) {
  std::memmove(to.keys + at, from.keys + from_at, n * sizeof(from.keys[0]));
  std::memmove(to.values + at, from.values + from_at, n * sizeof(from.values[0]));
  if constexpr (requires { from.hints; }) {
    std::memmove(to.hints + at, from.hints + from_at, n * sizeof(from.hints[0]));
  }
  if constexpr (requires { from.children; }) {
    std::memmove(to.counts + at, from.counts + from_at, n * sizeof(from.counts[0]));
    std::memmove(to.children + at, from.children + from_at, n * sizeof(from.children[0]));
  }
}

}  // namespace sorrel::base::tree
