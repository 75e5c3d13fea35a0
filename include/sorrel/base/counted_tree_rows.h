// SPDX-License-Identifier: BSD-3-Clause
//
// What the nodes of CountedTree hold: columns of keys and values, and hints that spare looking at
// what the values point to. Private to counted_tree_node.h.
//
// A value is often a pointer to what decides among equal keys, and looking there is a cache miss a
// step. Traits may therefore tell a hint of it: 64 bits, such that of two values that differ in it
// the one with the lesser hint is the lesser. `skip` is a setting of the whole tree, for texts how
// many leading bytes they all share. Inner nodes keep the hints of their separators whole. Leaves,
// of which there are fifty times as many, keep a window of them in the bits that a packed value
// leaves free:
//
//   hint    [ lead: the same in all rows of the leaf | window | what is left out ]
//   word    [ window | packed value ]                          so it costs no memory
//
// Entries of a leaf are neighbours, so they share much, and the window is where they differ. It is
// put further ahead without a look at the members, for what all rows shared is known (narrow());
// the other way they must be read again, which waits until two keys are equal (freshen()).
//
// Columns rather than rows: a search reads keys only, eight to a cache line. One thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <sorrel/base/prefetch.h>

namespace sorrel::base::tree {

template <class Traits>
struct Entry {
  typename Traits::Key key;
  typename Traits::Value value;
};

template <class Traits>
concept HasHints = requires(typename Traits::Value value, unsigned skip) {
  Traits::hint(value, skip);
};
template <class Traits>
concept PacksHints = HasHints<Traits> && requires(typename Traits::Value value) {
  Traits::kValueBits;
  Traits::unpack(Traits::pack(value));
};

// An entry to look for, with its hint made once for all levels.
template <class Traits>
struct Sought : Entry<Traits> {
  Sought(const Entry<Traits>& entry, unsigned hint_skip) : Entry<Traits>(entry), skip(hint_skip) {
    if constexpr (HasHints<Traits>) hint = Traits::hint(entry.value, hint_skip);
  }
  Sought(const Entry<Traits>& entry, unsigned hint_skip, std::uint64_t known_hint)
      : Entry<Traits>(entry), hint(known_hint), skip(hint_skip) {}
  std::uint64_t hint = 0;
  unsigned skip;
};

// How many of the first `n` indices satisfy `before`, which holds for a leading part of them.
// Without a branch on the outcome: outcomes are coin flips, a wrong guess costs more than the step.
template <class Before>
inline unsigned partition_point(unsigned n, Before&& before) {
  unsigned base = 0;
  while (n > 1) {
    const unsigned half = n / 2;
    const bool less = before(base + half - 1);
    base += __builtin_expect_with_probability(less, true, 0.5) ? half : 0;
    n -= half;
  }
  return base + static_cast<unsigned>(n == 1 && before(base));
}

// The searches that every kind of rows has; `Self` has keys[] and value(i).
template <class Self, class Traits>
struct Searches {
  using Key = typename Traits::Key;
  using Value = typename Traits::Value;

  // Whether the first n rows have both lesser and greater keys, or the same. Requires: n > 0.
  bool surrounds(unsigned n, const Key& key) const {
    return !(key < self().keys[0]) && !(self().keys[n - 1] < key);
  }
  // The rows of one key, where they are or would be.
  struct Ties {
    unsigned first;
    unsigned count;
  };
  Ties ties_of(unsigned n, const Key& key) const {
    const auto& keys = self().keys;
    // All alike: so are most leaves of counters, and it is known from two lines.
    if (n != 0 && keys[0] == key && keys[n - 1] == key) return {0, n};
    const unsigned first = partition_point(n, [&](unsigned i) { return keys[i] < key; });
    if (first == n || key < keys[first]) return {first, 0};
    if (first + 1 == n || key < keys[first + 1]) return {first, 1};
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
        base += half & (0U - static_cast<unsigned>(before(self().value(base + half - 1), sought)));
        n -= half;
      }
    }
    return base + static_cast<unsigned>(n == 1 && before(self().value(base), sought)) - ties.first;
  }

 private:
  static constexpr unsigned kStepsAhead = 3;
  const Self& self() const { return static_cast<const Self&>(*this); }
  static bool before(const Value& value, const Value& sought) {
    return value != sought && Traits::value_less(value, sought);
  }
  // The values that a binary search of n rows from `base` on may probe in its next three steps:
  // both outcomes of a step leave the same number of rows, so they are 1 + 2 + 4 places.
  void prefetch_probes(unsigned base, unsigned n) const {
    unsigned starts[4] = {base, 0, 0, 0};
    unsigned count = 1;
    for (unsigned step = 0; step < kStepsAhead && n > 1; ++step) {
      const unsigned half = n / 2;
      for (unsigned i = 0; i < count; ++i) {
        Traits::prefetch_value(self().value(starts[i] + half - 1));
      }
      if (step + 1 < kStepsAhead) {
        for (unsigned i = 0; i < count; ++i) starts[count + i] = starts[i] + half;
        count *= 2;
      }
      n -= half;
    }
  }
};

template <class Traits, unsigned N>
struct Rows : Searches<Rows<Traits, N>, Traits> {
  using Key = typename Traits::Key;
  using Value = typename Traits::Value;
  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>);

  const Value& value(unsigned i) const { return values[i]; }
  Entry<Traits> entry(unsigned i) const { return {keys[i], values[i]}; }
  bool holds(unsigned i, const Entry<Traits>& entry) const {
    return keys[i] == entry.key && values[i] == entry.value;
  }
  void set(unsigned i, const Entry<Traits>& entry) {
    keys[i] = entry.key;
    values[i] = entry.value;
  }
  void prefetch_values(unsigned n) const { base::prefetch_lines(values, values + n); }
  // Before an entry joins the first n rows.
  void admit(unsigned, const Sought<Traits>&) {}

  // How many of the first n rows are less than `entry`.
  unsigned lower(unsigned n, const Sought<Traits>& entry) const {
    const auto ties = this->ties_of(n, entry.key);
    return ties.first + (ties.count == 0 ? 0 : this->lower_of_ties(ties, entry.value));
  }
  // The row of an entry that is among the first n; n when it is not. What the values point to is
  // not looked at.
  unsigned find(unsigned n, const Sought<Traits>& entry) const {
    unsigned i = partition_point(n, [&](unsigned j) { return keys[j] < entry.key; });
    while (i < n && values[i] != entry.value && !(entry.key < keys[i])) ++i;
    return i < n && values[i] == entry.value ? i : n;
  }

  // Copies n rows, within one node too.
  template <unsigned M>
  void copy(unsigned to, const Rows<Traits, M>& from, unsigned from_at, unsigned n) {
    std::memmove(keys + to, from.keys + from_at, n * sizeof(Key));
    std::memmove(values + to, from.values + from_at, n * sizeof(Value));
  }
  void move(unsigned to, unsigned from, unsigned n) { copy(to, *this, from, n); }

  // Rows of up to three siblings, poured together to be dealt out anew.
  struct Scratch {
    const Value& value(unsigned i) const { return rows.value(i); }

    Rows<Traits, 3 * N> rows;
    unsigned count = 0;
  };
  void pour(Scratch& scratch, unsigned n) const {
    scratch.rows.copy(scratch.count, *this, 0, n);
    scratch.count += n;
  }
  void deal(const Scratch& scratch, unsigned from, unsigned n) { copy(0, scratch.rows, from, n); }
  // Takes over n rows of a sibling.
  void take(const Rows& other, unsigned from, unsigned n) { copy(0, other, from, n); }

  Key keys[N];
  Value values[N];
};

}  // namespace sorrel::base::tree
