// SPDX-License-Identifier: BSD-3-Clause
//
// Which members several collections have together, for unions and differences: a flat table of
// views, without a copy of any member. An entry is a std::string_view, or a struct with a `member`
// beside what is combined when it comes again.
//
// Open addressing over a vector of entries. A slot holds 24 bits of the hash above the entry's
// number plus one; 0 is free. At most three quarters full. Entries come in groups, because each
// costs four cache misses in a row (member, slot, held entry, held member): the group asks for all
// of one kind before it needs the first. Lifetime: while the collections do not change. One thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <sorrel/base/hash.h>
#include <sorrel/base/numbers.h>
#include <sorrel/base/prefetch.h>

namespace sorrel::commands {

// Members that their collections keep as integers, as texts that stay where they are.
class IntegerTexts {
 public:
  std::string_view add(std::int64_t value) {
    auto& text = texts_.emplace_back();
    return {text.data(), base::format_integer(value, text.data())};
  }

 private:
  std::deque<std::array<char, base::kMaxIntegerText>> texts_;
};

template <class Entry>
class MemberTable {
 public:
  static constexpr std::size_t kGroup = 32;

  // Requires: at most `most` different members are ever merged.
  MemberTable(std::uint64_t most, std::uint64_t seed)
      : seed_(seed), slots_(std::bit_ceil(most + most / 3 + 1)), mask_(slots_.size() - 1) {}

  // Adds entries whose members are new; for the others calls combine(held entry, new entry).
  // Requires: group.size() <= kGroup.
  template <class Combine>
  void merge(std::span<const Entry> group, Combine&& combine) {
    std::array<std::uint64_t, kGroup> hashes;
    for (std::size_t i = 0; i < group.size(); ++i) {
      hashes[i] = base::hash_bytes(member_of(group[i]), seed_);
      base::prefetch(&slots_[hashes[i] & mask_]);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (const Entry* held = likely(hashes[i]); held != nullptr) base::prefetch(held);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      const Entry* held = likely(hashes[i]);
      if (held != nullptr) base::prefetch(member_of(*held).data());
    }
    for (std::size_t i = 0; i < group.size(); ++i) put(group[i], hashes[i], combine);
  }

  bool contains(std::string_view member) const {
    const std::uint64_t hash = base::hash_bytes(member, seed_);
    for (std::uint64_t at = hash & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
      if (matches(slots_[at], hash) && member_of(numbered(slots_[at])) == member) return true;
    }
    return false;
  }

  std::vector<Entry> take() && { return std::move(entries_); }

 private:
  static constexpr std::uint64_t kNumberMask = (1ULL << 40) - 1;

  static std::string_view member_of(const Entry& entry) {
    if constexpr (std::is_same_v<Entry, std::string_view>) {
      return entry;
    } else {
      return entry.member;
    }
  }
  static bool matches(std::uint64_t slot, std::uint64_t hash) {
    return ((slot ^ hash) & ~kNumberMask) == 0;
  }
  Entry& numbered(std::uint64_t slot) { return entries_[(slot & kNumberMask) - 1]; }
  const Entry& numbered(std::uint64_t slot) const { return entries_[(slot & kNumberMask) - 1]; }

  // What probably is the entry with this hash; null when there is none in its first slot.
  const Entry* likely(std::uint64_t hash) const {
    const std::uint64_t slot = slots_[hash & mask_];
    return slot != 0 && matches(slot, hash) ? &numbered(slot) : nullptr;
  }

  template <class Combine>
  void put(const Entry& entry, std::uint64_t hash, Combine&& combine) {
    for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      std::uint64_t& slot = slots_[at];
      if (slot == 0) {
        entries_.push_back(entry);
        slot = (hash & ~kNumberMask) | entries_.size();
        return;
      }
      if (!matches(slot, hash)) continue;
      Entry& held = numbered(slot);
      if (member_of(held) == member_of(entry)) {
        combine(held, entry);
        return;
      }
    }
  }

  std::uint64_t seed_;
  std::vector<std::uint64_t> slots_;
  std::uint64_t mask_;
  std::vector<Entry> entries_;
};

}  // namespace sorrel::commands
