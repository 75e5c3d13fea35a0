// SPDX-License-Identifier: BSD-3-Clause
//
// The nodes of CountedTree. Private to counted_tree.h; nobody else includes it.
//
//   leaf    count | prev | next | keys[62] | values[62]                               1016 bytes
//   inner   count | keys[63] | values[63] | entries below[63] | children[63]          2024 bytes
//
// Columns rather than rows: a search reads keys only, eight to a cache line. The sizes sit just
// under allocator size classes (1024, 2048). Row i of an inner node is exactly the least entry
// below child i, for every i, row 0 included: so rows move between siblings as they are.
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
    const unsigned first = partition_point(n, [&](unsigned i) { return keys[i] < entry.key; });
    if (first == n || entry.key < keys[first]) return first;
    const unsigned ties =
        partition_point(n - first, [&](unsigned i) { return !(entry.key < keys[first + i]); });
    return first + lower_of_ties(first, ties, entry.value);
  }

  // The row of an entry that is among the first n; n when it is not. Values are compared, and what
  // they point to is not looked at: among many equal keys that is what a search by order waits for.
  unsigned find(unsigned n, const Entry<Traits>& entry) const {
    unsigned found = n;
    for (unsigned i = 0; i < n; ++i) found = values[i] == entry.value ? i : found;
    return found;
  }

 private:
  // How many of the rows [first, first + n), all of one key, have a lesser value. Both values that
  // the next step may ask for are fetched while this step waits for its own.
  unsigned lower_of_ties(unsigned first, unsigned n, const Value& sought) const {
    unsigned base = first;
    while (n > 1) {
      const unsigned half = n / 2;
      const unsigned next = (n - half) / 2;
      if constexpr (requires(Value v) { Traits::prefetch_value(v); }) {
        if (next > 0) {
          Traits::prefetch_value(values[base + next - 1]);
          Traits::prefetch_value(values[base + half + next - 1]);
        }
      }
      base += half & (0U - static_cast<unsigned>(before(values[base + half - 1], sought)));
      n -= half;
    }
    return base + static_cast<unsigned>(n == 1 && before(values[base], sought)) - first;
  }
  static bool before(const Value& value, const Value& sought) {
    return value != sought && Traits::value_less(value, sought);
  }

 public:
  Key keys[N];
  Value values[N];
};

template <class Traits, unsigned N>
struct ChildRows : Rows<Traits, N> {
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
  static constexpr std::size_t kAllocated = 2048;
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
  if constexpr (requires { from.children; }) {
    std::memmove(to.counts + at, from.counts + from_at, n * sizeof(from.counts[0]));
    std::memmove(to.children + at, from.children + from_at, n * sizeof(from.children[0]));
  }
}

}  // namespace sorrel::base::tree
