// SPDX-License-Identifier: BSD-3-Clause
//
// The big form of a hash: an index of its fields, and beside it, of those that have a deadline, a
// counted B+tree in the order of (deadline, entry).
//
//   index -> FieldEntry <- (deadline, FieldEntry*) in a leaf of the tree
//
// A field with its value is one allocation. When a new value does not fit it, or a walk still owes
// the entry as it is, a new entry takes the old one's place in both.
//
// Invariant: an entry is in the tree exactly when its deadline is not kNever. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <sorrel/base/counted_tree.h>
#include <sorrel/base/hash.h>
#include <sorrel/base/index.h>
#include <sorrel/types/hash.h>

#include "encoding/field_entry.h"
#include "encoding/index_walk.h"

namespace sorrel::types::encoding {

struct FieldTraits {
  using Item = FieldEntry;
  static std::uint64_t hash(const FieldEntry& entry, std::uint64_t seed) {
    return base::hash_bytes(entry.field(), seed);
  }
};

struct FieldDeadlineOrder {
  using Key = std::int64_t;  // Unix milliseconds
  using Value = FieldEntry*;
  static bool value_less(FieldEntry* a, FieldEntry* b) { return std::less<>()(a, b); }
};

class FieldTable {
 public:
  explicit FieldTable(std::uint64_t seed) : index_(seed) {}
  FieldTable(const FieldTable&) = delete;
  FieldTable& operator=(const FieldTable&) = delete;
  ~FieldTable();

  std::uint64_t size() const { return index_.size(); }
  std::uint64_t hash(std::string_view field) const {
    return base::hash_bytes(field, index_.seed());
  }
  FieldEntry* find(std::uint64_t hash, std::string_view field) const {
    return index_.find(hash, [field](const FieldEntry& entry) { return entry.field() == field; });
  }
  // As Hash::prefetch.
  void prefetch(std::uint64_t hash, Prefetch what) const;

  // Requires: the field is not there.
  void insert(std::uint64_t hash, std::string_view field, std::string_view value,
              std::int64_t deadline_ms);
  // Requires, of these two: the entry is in the table; `hash` is its field's.
  void set_value(std::uint64_t hash, FieldEntry* entry, std::string_view value,
                 FieldDeadline deadline);
  void set_deadline(std::uint64_t hash, FieldEntry* entry, std::int64_t deadline_ms);
  bool remove(std::string_view field);

  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    return index_.scan(cursor, [&](const FieldEntry* entry) { emit(entry->entry()); });
  }
  const FieldEntry& random(base::Random& random) const { return *index_.random(random); }

  std::int64_t next_deadline_ms() const {
    return deadlines_.empty() ? Hash::kNever : deadlines_.front().entry().key;
  }
  bool all_due(std::int64_t now_ms) const {
    return deadlines_.size() == index_.size() && !deadlines_.empty() &&
           deadlines_.back().entry().key <= now_ms;
  }
  // Drops the field with the earliest deadline, after calling emit(std::string_view field).
  // Requires: next_deadline_ms() is not kNever.
  template <class Emit>
  void expire_earliest(Emit&& emit) {
    const auto [entry, owed] = take_earliest();
    emit(entry->field());
    let_go(entry, owed);
  }

  // As those of Hash; begin_walk() once at a time.
  void begin_walk() { walk_ = std::make_unique<Walk>(index_, next_deadline_ms()); }
  void end_walk() { walk_.reset(); }
  // Null when no walk is under way.
  IndexWalk<FieldTraits>* walk() const { return walk_.get(); }
  // Requires: a walk is under way.
  std::int64_t walk_next_deadline_ms() const { return walk_->next_deadline_ms; }

  std::int64_t scheduled_ms() const { return scheduled_ms_; }
  void set_scheduled_ms(std::int64_t scheduled_ms) { scheduled_ms_ = scheduled_ms; }

  // As Hash::defragment.
  base::Defragmented defragment(std::uint64_t cursor);

  FieldTable* clone() const;
  std::size_t memory_bytes() const;
  std::uint64_t release_cost() const { return size() + (walk_ == nullptr ? 0 : walk_->kept()); }
  // As Hash::release_some.
  bool release_some(std::uint64_t budget);

 private:
  using Index = base::Index<FieldTraits>;
  struct Walk : IndexWalk<FieldTraits> {
    Walk(Index& index, std::int64_t next) : IndexWalk(index), next_deadline_ms(next) {}
    std::int64_t next_deadline_ms;  // when it began
  };

  Index::Taken take_earliest();
  // Frees an entry that has left, or keeps it for the walk.
  void let_go(FieldEntry* entry, bool owed);
  // Whether the walk needs the entry as it is.
  bool is_owed(std::uint64_t hash, const FieldEntry* entry) {
    return index_.walking() && index_.owes(hash, entry);
  }
  void put_in_place_of(std::uint64_t hash, FieldEntry* old, FieldEntry* replacement);

  Index index_;
  base::CountedTree<FieldDeadlineOrder> deadlines_;
  std::size_t entry_bytes_ = 0;
  std::int64_t scheduled_ms_ = Hash::kNever;
  std::unique_ptr<Walk> walk_;  // ends before the index does
};

}  // namespace sorrel::types::encoding
