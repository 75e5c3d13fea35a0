// SPDX-License-Identifier: BSD-3-Clause
//
// The big form of a hash; field_table.h draws it. The tree compares addresses alone, so an entry
// may be freed before or after it leaves the tree. One thread.
#include "encoding/field_table.h"

#include <limits>
#include <memory>

#include <sorrel/base/size_class.h>

namespace sorrel::types::encoding {

FieldTable::~FieldTable() { release_some(std::numeric_limits<std::uint64_t>::max()); }

void FieldTable::prefetch(std::uint64_t hash, Prefetch what) const {
  if (what == Prefetch::kPlace) {
    index_.prefetch(hash);
  } else if (what == Prefetch::kMember) {
    index_.prefetch_item(hash);
  }
}

void FieldTable::insert(std::uint64_t hash, std::string_view field, std::string_view value,
                        std::int64_t deadline_ms) {
  FieldEntry* entry = FieldEntry::make(field, value, deadline_ms);
  index_.insert(hash, entry);
  entry_bytes_ += entry->allocated_bytes();
  if (deadline_ms != Hash::kNever) deadlines_.insert({deadline_ms, entry});
}

void FieldTable::put_in_place_of(std::uint64_t hash, FieldEntry* old, FieldEntry* replacement) {
  const bool owed = index_.walking() && index_.claim(hash, old);
  index_.replace(hash, old, replacement);
  entry_bytes_ += replacement->allocated_bytes();
  entry_bytes_ -= old->allocated_bytes();
  const std::int64_t before = old->deadline_ms();
  const std::int64_t after = replacement->deadline_ms();
  if (before != Hash::kNever && after != Hash::kNever) {
    deadlines_.replace({before, old}, {after, replacement});
  } else if (before != Hash::kNever) {
    deadlines_.erase({before, old});
  } else if (after != Hash::kNever) {
    deadlines_.insert({after, replacement});
  }
  let_go(old, owed);
}

void FieldTable::let_go(FieldEntry* entry, bool owed) {
  if (owed) [[unlikely]] {
    walk_->keep(entry);
  } else {
    FieldEntry::free(entry);
  }
}

void FieldTable::set_value(std::uint64_t hash, FieldEntry* entry, std::string_view value,
                           FieldDeadline deadline) {
  if (is_owed(hash, entry) || !entry->assign(value)) {
    const std::int64_t kept =
        deadline == FieldDeadline::kKept ? entry->deadline_ms() : Hash::kNever;
    put_in_place_of(hash, entry, FieldEntry::make(entry->field(), value, kept));
  } else if (deadline == FieldDeadline::kDropped && entry->deadline_ms() != Hash::kNever) {
    set_deadline(hash, entry, Hash::kNever);
  }
}

void FieldTable::set_deadline(std::uint64_t hash, FieldEntry* entry, std::int64_t deadline_ms) {
  const std::int64_t before = entry->deadline_ms();
  if (before == deadline_ms) return;
  if (!entry->has_deadline_room() || is_owed(hash, entry)) {
    put_in_place_of(hash, entry, FieldEntry::make(entry->field(), entry->value(), deadline_ms));
    return;
  }
  entry->set_deadline_ms(deadline_ms);
  if (before == Hash::kNever) {
    deadlines_.insert({deadline_ms, entry});
  } else if (deadline_ms == Hash::kNever) {
    deadlines_.erase({before, entry});
  } else {
    deadlines_.replace({before, entry}, {deadline_ms, entry});
  }
}

bool FieldTable::remove(std::string_view field) {
  const auto [entry, owed] =
      index_.take(hash(field), [field](const FieldEntry& other) { return other.field() == field; });
  if (entry == nullptr) return false;
  const std::int64_t deadline_ms = entry->deadline_ms();
  if (deadline_ms != Hash::kNever) deadlines_.erase({deadline_ms, entry});
  entry_bytes_ -= entry->allocated_bytes();
  let_go(entry, owed);
  return true;
}

FieldTable::Index::Taken FieldTable::take_earliest() {
  FieldEntry* entry = deadlines_.front().entry().value;
  deadlines_.erase(deadlines_.front().entry());
  entry_bytes_ -= entry->allocated_bytes();
  return index_.take(hash(entry->field()),
                     [entry](const FieldEntry& other) { return &other == entry; });
}

base::Defragmented FieldTable::defragment(std::uint64_t cursor) {
  return index_.defragment(cursor, [this](FieldEntry* entry) {
    FieldEntry* const moved = FieldEntry::copy(*entry);
    if (const std::int64_t deadline_ms = entry->deadline_ms(); deadline_ms != Hash::kNever) {
      deadlines_.replace({deadline_ms, entry}, {deadline_ms, moved});
    }
    FieldEntry::free(entry);
    return moved;
  });
}

FieldTable* FieldTable::clone() const {
  auto copy = std::make_unique<FieldTable>(index_.seed());
  index_.for_each([&](const FieldEntry* entry) {
    copy->insert(hash(entry->field()), entry->field(), entry->value(), entry->deadline_ms());
  });
  return copy.release();
}

std::size_t FieldTable::memory_bytes() const {
  return base::size_class(sizeof(FieldTable)) + index_.memory_bytes() + deadlines_.memory_bytes() +
         entry_bytes_ + (walk_ == nullptr ? 0 : walk_->kept_bytes());
}

bool FieldTable::release_some(std::uint64_t budget) {
  if (walk_ != nullptr) {
    if (!walk_->release_some(budget)) return false;
    walk_.reset();
  }
  if (!deadlines_.empty()) {
    if (!deadlines_.release_some(budget, [](const auto&) {})) return false;
  }
  return index_.release_some(budget, [](FieldEntry* entry) { FieldEntry::free(entry); });
}

}  // namespace sorrel::types::encoding
