// SPDX-License-Identifier: BSD-3-Clause
//
// Hash: which form holds the fields, and when a form gives way to the next. The forms themselves
// are encoding/field_listpack.h and encoding/field_table.h. One thread.
#include <cassert>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <sorrel/base/block.h>
#include <sorrel/base/numbers.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/types/hash.h>

#include "encoding/field_listpack.h"
#include "encoding/field_table.h"

namespace sorrel::types {

using base::Listpack;
using encoding::FieldEntry;
using encoding::FieldTable;
using encoding::Stride;
using encoding::TimedFields;

struct Hash::Access {
  static constexpr std::uintptr_t kTable = 1;
  static constexpr std::uintptr_t kTimed = 2;
  static constexpr std::uintptr_t kTag = 3;

  static bool is_table(const Hash& hash) { return (hash.word_ & kTag) == kTable; }
  static bool is_timed(const Hash& hash) { return (hash.word_ & kTag) == kTimed; }
  static FieldTable& table(const Hash& hash) {
    return *reinterpret_cast<FieldTable*>(hash.word_ & ~kTag);
  }
  static TimedFields& timed(const Hash& hash) {
    return *reinterpret_cast<TimedFields*>(hash.word_ & ~kTag);
  }
  static Stride stride(const Hash& hash) {
    return is_timed(hash) ? Stride::kTriples : Stride::kPairs;
  }
  // Null when nothing was ever set. Requires: no table.
  static Listpack* pack(const Hash& hash) {
    return is_timed(hash) ? timed(hash).pack : reinterpret_cast<Listpack*>(hash.word_);
  }
  static void hold(Hash& hash, Listpack* pack) {
    if (is_timed(hash)) {
      timed(hash).pack = pack;
    } else {
      hash.word_ = reinterpret_cast<std::uintptr_t>(pack);
    }
  }
  static void hold(Hash& hash, FieldTable* table) {
    hash.word_ = reinterpret_cast<std::uintptr_t>(table) | kTable;
  }
  static void hold(Hash& hash, TimedFields* timed) {
    hash.word_ = reinterpret_cast<std::uintptr_t>(timed) | kTimed;
  }

  static FieldTable& make_table(Hash& hash, const Settings& settings) {
    auto table = std::make_unique<FieldTable>(settings.hash_seed);
    char field[base::kMaxIntegerText];
    char value[base::kMaxIntegerText];
    hash.for_each([&](const Entry& entry) {
      const std::string_view name = entry.field.text(field);
      table->insert(table->hash(name), name, entry.value.text(value), entry.deadline_ms);
    });
    table->set_scheduled_ms(hash.scheduled_ms());
    hash.clear();
    hold(hash, table.get());
    return *table.release();
  }

  // Whether a compact hash of `fields` fields may hold this one among them.
  static bool fits(const Listpack* pack, std::uint64_t fields, std::string_view field,
                   std::string_view value, const Settings& settings) {
    constexpr std::size_t kOverhead = 64;  // of a field beside its texts
    const std::size_t bytes = pack == nullptr ? 0 : pack->bytes();
    return fields <= settings.hash_max_listpack_entries &&
           field.size() <= settings.hash_max_listpack_value &&
           value.size() <= settings.hash_max_listpack_value &&
           bytes + field.size() + value.size() + kOverhead <= Listpack::kMaxBytes;
  }

  enum class Written : std::uint8_t { kNothing, kChanged, kAdded };

  // Sets the field to what compute(current or null) gives, wherever the fields are.
  template <class Compute>
  static Written write(Hash& hash, std::string_view field, FieldDeadline deadline,
                       const Settings& settings, Compute&& compute) {
    if (is_table(hash)) return write_table(table(hash), field, deadline, compute);
    Listpack* held = pack(hash);
    const std::uint32_t at = held == nullptr ? 0 : encoding::find_field(*held, field, stride(hash));
    const bool found = held != nullptr && at != held->end();
    const std::uint32_t value_at = found ? held->next(at) : 0;
    std::optional<std::string_view> wanted;
    if (found) {
      const Text current = held->get(value_at);
      wanted = compute(&current);
    } else {
      wanted = compute(nullptr);
    }
    if (!wanted) return Written::kNothing;
    if (!fits(held, hash.size() + (found ? 0 : 1), field, *wanted, settings)) {
      return write_table(make_table(hash, settings), field, deadline,
                         [&](const Text*) { return wanted; });
    }
    if (!found) {
      if (held == nullptr) held = Listpack::create();
      hold(hash, encoding::append_field(held, field, *wanted, stride(hash)));
      return Written::kAdded;
    }
    held = base::listpack_replace(held, value_at, *wanted);
    if (deadline == FieldDeadline::kDropped && is_timed(hash) &&
        encoding::deadline_at(*held, at) != kNever) {
      held = encoding::move_to_deadline(held, at, kNever);
    }
    hold(hash, held);
    return Written::kChanged;
  }

  template <class Compute>
  static Written write_table(FieldTable& table, std::string_view field, FieldDeadline deadline,
                             Compute&& compute) {
    const std::uint64_t hash = table.hash(field);
    FieldEntry* entry = table.find(hash, field);
    const Text current{.bytes = entry == nullptr ? std::string_view() : entry->value()};
    const std::optional<std::string_view> wanted = compute(entry == nullptr ? nullptr : &current);
    if (!wanted) return Written::kNothing;
    if (entry == nullptr) {
      table.insert(hash, field, *wanted, kNever);
      return Written::kAdded;
    }
    table.set_value(hash, entry, *wanted, deadline);
    return Written::kChanged;
  }
};

std::string_view encoding_name(HashEncoding encoding) {
  switch (encoding) {
    case HashEncoding::kListpack:
      return "listpack";
    case HashEncoding::kListpackEx:
      return "listpackex";
    case HashEncoding::kHashtable:
      break;
  }
  return "hashtable";
}

Hash Hash::clone(const Settings&) const {
  Hash copy;
  if (word_ == 0) return copy;
  if (Access::is_table(*this)) {
    Access::hold(copy, Access::table(*this).clone());
    return copy;
  }
  return adopt(Listpack::copy(*Access::pack(*this)), encoding());
}

Hash Hash::adopt(Listpack* listpack, HashEncoding encoding) {
  assert(encoding != HashEncoding::kHashtable);
  Hash hash;
  if (encoding == HashEncoding::kListpackEx) {
    Access::hold(hash, new TimedFields{listpack});
  } else {
    Access::hold(hash, listpack);
  }
  return hash;
}

void Hash::expect(std::uint64_t fields, const Settings& settings) {
  if (fields > settings.hash_max_listpack_entries && !Access::is_table(*this)) {
    Access::make_table(*this, settings);
  }
}

void Hash::expect_deadlines() {
  if (Access::is_table(*this) || Access::is_timed(*this)) return;
  Listpack* pack = Access::pack(*this);
  pack = pack == nullptr ? Listpack::create() : encoding::with_deadlines(pack);
  Access::hold(*this, new TimedFields{pack});
}

std::uint64_t Hash::size() const {
  if (word_ == 0) return 0;
  if (Access::is_table(*this)) return Access::table(*this).size();
  return Access::pack(*this)->count() / encoding::entries_of(Access::stride(*this));
}

std::optional<Hash::Text> Hash::get(std::string_view field) const {
  if (word_ == 0) return std::nullopt;
  if (Access::is_table(*this)) {
    const FieldTable& table = Access::table(*this);
    const FieldEntry* entry = table.find(table.hash(field), field);
    return entry == nullptr ? std::nullopt : std::optional(Text{.bytes = entry->value()});
  }
  const Listpack& pack = *Access::pack(*this);
  const std::uint32_t at = encoding::find_field(pack, field, Access::stride(*this));
  return at == pack.end() ? std::nullopt : std::optional(pack.get(pack.next(at)));
}

std::optional<std::int64_t> Hash::deadline_ms(std::string_view field) const {
  if (word_ == 0) return std::nullopt;
  if (Access::is_table(*this)) {
    const FieldTable& table = Access::table(*this);
    const FieldEntry* entry = table.find(table.hash(field), field);
    return entry == nullptr ? std::nullopt : std::optional(entry->deadline_ms());
  }
  const Listpack& pack = *Access::pack(*this);
  const std::uint32_t at = encoding::find_field(pack, field, Access::stride(*this));
  if (at == pack.end()) return std::nullopt;
  return Access::is_timed(*this) ? encoding::deadline_at(pack, at) : kNever;
}

void Hash::prefetch(std::uint64_t field_hash, Prefetch what) const {
  if (word_ == 0) return;
  if (Access::is_table(*this)) {
    Access::table(*this).prefetch(field_hash, what);
  } else if (what == Prefetch::kPlace) {
    base::prefetch(reinterpret_cast<const void*>(word_ & ~Access::kTag));
  }
}

bool Hash::set(std::string_view field, std::string_view value, FieldDeadline deadline,
               const Settings& settings) {
  return Access::write(*this, field, deadline, settings, [value](const Text*) {
           return std::optional(value);
         }) == Access::Written::kAdded;
}

bool Hash::update_with(std::string_view field, const Settings& settings, ComputeFunction compute,
                       void* target) {
  return Access::write(*this, field, FieldDeadline::kKept, settings,
                       [compute, target](const Text* current) {
                         return compute(target, current);
                       }) != Access::Written::kNothing;
}

void Hash::set_deadline(std::string_view field, std::int64_t deadline_ms) {
  if (Access::is_table(*this)) {
    FieldTable& table = Access::table(*this);
    const std::uint64_t hash = table.hash(field);
    table.set_deadline(hash, table.find(hash, field), deadline_ms);
    return;
  }
  if (!Access::is_timed(*this) && deadline_ms == kNever) return;
  expect_deadlines();
  Listpack*& pack = Access::timed(*this).pack;
  const std::uint32_t at = encoding::find_field(*pack, field, Stride::kTriples);
  assert(at != pack->end());
  pack = encoding::move_to_deadline(pack, at, deadline_ms);
}

bool Hash::remove(std::string_view field) {
  if (word_ == 0) return false;
  if (Access::is_table(*this)) return Access::table(*this).remove(field);
  Listpack* pack = Access::pack(*this);
  const Stride stride = Access::stride(*this);
  const std::uint32_t at = encoding::find_field(*pack, field, stride);
  if (at == pack->end()) return false;
  Access::hold(*this, base::listpack_erase(pack, at, encoding::entries_of(stride)));
  return true;
}

std::uint64_t Hash::scan_with(std::uint64_t cursor, EmitFunction emit, void* target) const {
  if (word_ == 0) return 0;
  if (Access::is_table(*this)) {
    return Access::table(*this).scan(cursor, [&](const Entry& entry) { emit(target, entry); });
  }
  const Listpack& pack = *Access::pack(*this);
  const Stride stride = Access::stride(*this);
  for (std::uint32_t at = pack.begin(); at != pack.end();
       at = encoding::next_field(pack, at, stride)) {
    emit(target, encoding::field_at(pack, at, stride));
  }
  return 0;
}

Hash::Entry Hash::random(base::Random& random) const {
  assert(!empty());
  if (Access::is_table(*this)) return Access::table(*this).random(random).entry();
  const Listpack& pack = *Access::pack(*this);
  const Stride stride = Access::stride(*this);
  const std::uint64_t entry = random.below(size()) * encoding::entries_of(stride);
  return encoding::field_at(pack, pack.seek(static_cast<std::int64_t>(entry)), stride);
}

std::int64_t Hash::next_deadline_ms() const {
  if (Access::is_table(*this)) return Access::table(*this).next_deadline_ms();
  if (!Access::is_timed(*this)) return kNever;
  const Listpack& pack = *Access::timed(*this).pack;
  return pack.empty() ? kNever : encoding::deadline_at(pack, pack.begin());
}

bool Hash::all_due(std::int64_t now_ms) const {
  if (Access::is_table(*this)) return Access::table(*this).all_due(now_ms);
  if (!Access::is_timed(*this)) return false;
  const Listpack& pack = *Access::timed(*this).pack;
  if (pack.empty()) return false;
  const std::int64_t last = pack.get(pack.previous(pack.end())).integer;
  return last != 0 && last <= now_ms;
}

std::uint64_t Hash::expire_with(std::int64_t now_ms, std::uint64_t limit, EmitFieldFunction emit,
                                void* target) {
  std::uint64_t count = 0;
  if (Access::is_table(*this)) {
    FieldTable& table = Access::table(*this);
    for (; count < limit && table.next_deadline_ms() <= now_ms; ++count) {
      table.expire_earliest([&](std::string_view field) { emit(target, field); });
    }
    return count;
  }
  if (!Access::is_timed(*this)) return 0;
  Listpack*& pack = Access::timed(*this).pack;
  char scratch[base::kMaxIntegerText];
  for (std::uint32_t at = pack->begin();
       count < limit && at != pack->end() && encoding::deadline_at(*pack, at) <= now_ms;
       at = encoding::next_field(*pack, at, Stride::kTriples), ++count) {
    emit(target, pack->get(at).text(scratch));
  }
  if (count != 0) {
    const auto entries = static_cast<std::uint32_t>(count) * encoding::entries_of(Stride::kTriples);
    pack = base::listpack_erase(pack, pack->begin(), entries);
  }
  return count;
}

std::int64_t Hash::scheduled_ms() const {
  if (Access::is_table(*this)) return Access::table(*this).scheduled_ms();
  return Access::is_timed(*this) ? Access::timed(*this).scheduled_ms : kNever;
}

void Hash::set_scheduled_ms(std::int64_t scheduled_ms) {
  if (Access::is_table(*this)) {
    Access::table(*this).set_scheduled_ms(scheduled_ms);
  } else if (Access::is_timed(*this)) {
    Access::timed(*this).scheduled_ms = scheduled_ms;
  }
}

base::Defragmented Hash::defragment(std::uint64_t cursor) {
  if (Access::is_table(*this)) return Access::table(*this).defragment(cursor);
  Listpack* pack = Access::pack(*this);
  if (pack == nullptr) return {};
  const base::Defragmented done = base::defragment_block(pack, pack->bytes());
  Access::hold(*this, pack);
  return done;
}

void Hash::begin_walk() {
  assert(Access::is_table(*this) && !walking());
  Access::table(*this).begin_walk();
}

bool Hash::walking() const {
  return Access::is_table(*this) && Access::table(*this).walk() != nullptr;
}

std::uint64_t Hash::walk_size() const {
  return walking() ? Access::table(*this).walk()->size() : 0;
}

std::int64_t Hash::walk_next_deadline_ms() const {
  return walking() ? Access::table(*this).walk_next_deadline_ms() : kNever;
}

std::size_t Hash::walk_bytes() const {
  return walking() ? Access::table(*this).walk()->kept_bytes() : 0;
}

bool Hash::walk_with(std::size_t budget, EmitFunction emit, void* target) {
  return Access::table(*this).walk()->give(
      budget, [&](const FieldEntry& entry) { emit(target, entry.entry()); });
}

void Hash::end_walk() {
  if (!walking()) return;
  Access::table(*this).end_walk();
}

HashEncoding Hash::encoding() const {
  if (Access::is_table(*this)) return HashEncoding::kHashtable;
  return Access::is_timed(*this) ? HashEncoding::kListpackEx : HashEncoding::kListpack;
}

const Listpack* Hash::listpack() const {
  return Access::is_table(*this) ? nullptr : Access::pack(*this);
}

std::size_t Hash::memory_bytes() const {
  if (word_ == 0) return 0;
  if (Access::is_table(*this)) return Access::table(*this).memory_bytes();
  return base::block_size(Access::pack(*this)->bytes()) +
         (Access::is_timed(*this) ? base::size_class(sizeof(TimedFields)) : 0);
}

std::uint64_t Hash::release_cost() const {
  return Access::is_table(*this) ? Access::table(*this).release_cost() : 1;
}

bool Hash::release_some(std::uint64_t budget) {
  if (Access::is_table(*this) && !Access::table(*this).release_some(budget)) return false;
  clear();
  return true;
}

void Hash::clear() {
  if (word_ == 0) return;
  if (Access::is_table(*this)) {
    delete &Access::table(*this);
  } else {
    Listpack::free(Access::pack(*this));
    if (Access::is_timed(*this)) delete &Access::timed(*this);
  }
  word_ = 0;
}

}  // namespace sorrel::types
