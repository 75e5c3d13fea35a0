// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of a leaf whose values are packed beside a window of their hints; counted_tree_rows.h draws
// it. Private to counted_tree_node.h. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include <sorrel/base/counted_tree_rows.h>

namespace sorrel::base::tree {

template <class Traits, unsigned N>
struct PackedRows : Searches<PackedRows<Traits, N>, Traits> {
  using Key = typename Traits::Key;
  using Value = typename Traits::Value;
  static constexpr unsigned kValueBits = Traits::kValueBits;
  static constexpr unsigned kMostLead = kValueBits;
  static constexpr std::uint64_t kValueMask = (std::uint64_t{1} << kValueBits) - 1;
  // The window may begin so many bits before the rows differ until it is worth a look at them all.
  static constexpr unsigned kSlack = 10;

  Value value(unsigned i) const { return Traits::unpack(words[i] & kValueMask); }
  Entry<Traits> entry(unsigned i) const { return {keys[i], value(i)}; }
  bool holds(unsigned i, const Entry<Traits>& entry) const {
    return keys[i] == entry.key && holds_value(i, entry.value);
  }
  bool holds_value(unsigned i, const Value& value) const {
    return (words[i] & kValueMask) == Traits::pack(value);
  }
  void set(unsigned i, const Sought<Traits>& entry) {
    keys[i] = entry.key;
    words[i] = window_of(entry.hint) | Traits::pack(entry.value);
  }
  void move(unsigned to, unsigned from, unsigned n) {
    std::memmove(keys + to, keys + from, n * sizeof(Key));
    std::memmove(words + to, words + from, n * sizeof(std::uint64_t));
  }

  void prefetch_values(unsigned n) const { base::prefetch_lines(words, words + n); }

  void admit(unsigned n, const Sought<Traits>& entry) {
    if (n == 0) {
      skip = entry.skip & 0xffffU;
      set_lead(kMostLead, entry.hint);
    } else if (!fresh(entry.skip)) {
      lead = kStale;
    } else if (const std::uint64_t differs = entry.hint ^ base(); (differs & lead_mask()) != 0) {
      narrow(n, static_cast<unsigned>(std::countl_zero(differs)));
    }
  }
  unsigned lower(unsigned n, const Sought<Traits>& entry) {
    auto ties = this->ties_of(n, entry.key);
    if (ties.count == 0) return ties.first;
    if (!fresh(entry.skip)) freshen(n, entry.skip);
    if (((entry.hint ^ base()) & lead_mask()) != 0) {
      return ties.first + (entry.hint < base() ? 0 : ties.count);
    }
    ties = alike(ties, window_of(entry.hint));
    return ties.first + (ties.count == 0 ? 0 : this->lower_of_ties(ties, entry.value));
  }
  unsigned find(unsigned n, const Sought<Traits>& entry) const {
    auto ties = this->ties_of(n, entry.key);
    if (ties.count > 1 && fresh(entry.skip)) ties = alike(ties, window_of(entry.hint));
    for (unsigned i = ties.first; i < ties.first + ties.count; ++i) {
      if (holds_value(i, entry.value)) return i;
    }
    return n;
  }

  // Whether every window tells what it must; for tests.
  bool check(unsigned n, unsigned tree_skip) const {
    if (!fresh(tree_skip)) return true;
    return std::all_of(words, words + n, [&](std::uint64_t word) {
      const std::uint64_t hint = Traits::hint(Traits::unpack(word & kValueMask), skip);
      return (hint & lead_mask()) == base() && window_of(hint) == (word & ~kValueMask);
    });
  }

  // Rows of up to three leaves, with as much of their hints as is known.
  struct Scratch {
    std::array<Key, std::size_t{3} * N> keys;
    std::array<std::uint64_t, std::size_t{3} * N> words;
    std::array<std::uint64_t, std::size_t{3} * N> hints;
    unsigned count = 0;
    unsigned lead = kMostLead;  // the least: hints are known up to where its window ends
    unsigned skip = 0;

    Value value(unsigned i) const { return Traits::unpack(words[i] & kValueMask); }
  };
  void pour(Scratch& scratch, unsigned n) const {
    std::copy(keys, keys + n, scratch.keys.begin() + scratch.count);
    for (unsigned i = 0; i < n; ++i) {
      scratch.words[scratch.count + i] = words[i] & kValueMask;
      scratch.hints[scratch.count + i] = known(i);
    }
    const bool usable = lead != kStale && (scratch.count == 0 || scratch.skip == skip);
    if (!usable || scratch.lead == kStale) {
      scratch.lead = kStale;
    } else {
      scratch.lead = std::min(scratch.lead, static_cast<unsigned>(lead));
    }
    scratch.skip = static_cast<unsigned>(skip);
    scratch.count += n;
  }
  void deal(const Scratch& scratch, unsigned from, unsigned n) {
    std::copy_n(scratch.keys.begin() + from, n, keys);
    skip = scratch.skip & 0xffffU;
    lead = kStale;
    if (scratch.lead != kStale) {
      const unsigned known_bits = scratch.lead + 64 - kValueBits;
      const unsigned common = common_bits(scratch.hints.data() + from, n, known_bits);
      if (common <= scratch.lead + kSlack) {
        set_lead(std::min(common, scratch.lead), scratch.hints[from]);
      }
    }
    for (unsigned i = 0; i < n; ++i) {
      words[i] = window_of(scratch.hints[from + i]) | scratch.words[from + i];
    }
  }
  // Takes over n rows of another leaf.
  void take(const PackedRows& other, unsigned from, unsigned n) {
    std::copy_n(other.keys + from, n, keys);
    std::copy_n(other.words + from, n, words);
    head = other.head;
    skip = other.skip;
    lead = other.lead;
  }

  std::uint64_t head : kMostLead = 0;  // what all rows' hints begin with: `lead` bits, then zeros
  std::uint64_t skip : 16 = 0;         // that the hints were made with
  std::uint64_t lead : 8 = kMostLead;
  Key keys[N];
  std::uint64_t words[N];

 private:
  using Ties = typename Searches<PackedRows, Traits>::Ties;
  static constexpr unsigned kStale = 255;  // for `lead`: the windows tell nothing
  static constexpr unsigned kHeadShift = 64 - kMostLead;
  static_assert(kMostLead + 24 <= 64);

  bool fresh(unsigned tree_skip) const { return lead != kStale && skip == tree_skip; }
  std::uint64_t lead_mask() const { return ~(~std::uint64_t{0} >> lead); }
  std::uint64_t window_of(std::uint64_t hint) const {
    return lead == kStale ? 0 : (hint << lead) & ~kValueMask;
  }
  std::uint64_t base() const { return std::uint64_t{head} << kHeadShift; }
  void set_lead(unsigned new_lead, std::uint64_t hint) {
    lead = new_lead & 0xffU;
    head = ((hint & lead_mask()) >> kHeadShift) & kValueMask;
  }
  std::uint64_t known(unsigned i) const {
    return lead == kStale ? 0 : base() | ((words[i] & ~kValueMask) >> lead);
  }
  // Of the ties those with this window, where they are or would be.
  Ties alike(const Ties& ties, std::uint64_t window) const {
    const std::uint64_t* const first = words + ties.first;
    const unsigned less =
        partition_point(ties.count, [&](unsigned i) { return first[i] < window; });
    unsigned end = less;
    while (end < ties.count && (first[end] & ~kValueMask) == window) ++end;
    return {ties.first + less, end - less};
  }
  // The window moves towards the beginning: what comes into it is the same in all rows.
  void narrow(unsigned n, unsigned new_lead) {
    for (unsigned i = 0; i < n; ++i) {
      words[i] = ((known(i) << new_lead) & ~kValueMask) | (words[i] & kValueMask);
    }
    set_lead(new_lead, base());
  }
  // Reads all hints anew.
  void freshen(unsigned n, unsigned tree_skip) {
    std::array<std::uint64_t, N> hints;
    for (unsigned i = 0; i < n; ++i) Traits::prefetch_value(value(i));
    for (unsigned i = 0; i < n; ++i) hints[i] = Traits::hint(value(i), tree_skip);
    skip = tree_skip & 0xffffU;
    set_lead(common_bits(hints.data(), n, 64), hints[0]);
    for (unsigned i = 0; i < n; ++i) words[i] = window_of(hints[i]) | (words[i] & kValueMask);
  }
  // How many of the leading `known` bits all have in common, at most kMostLead.
  static unsigned common_bits(const std::uint64_t* hints, unsigned n, unsigned known) {
    std::uint64_t differs = 0;
    for (unsigned i = 1; i < n; ++i) differs |= hints[i] ^ hints[0];
    if (known < 64) differs &= ~(~std::uint64_t{0} >> known);
    return std::min(static_cast<unsigned>(std::countl_zero(differs)), kMostLead);
  }
};

}  // namespace sorrel::base::tree
