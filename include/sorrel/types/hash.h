// SPDX-License-Identifier: BSD-3-Clause
//
// Hash: distinct fields, each with a value and perhaps a deadline of its own. Verbs only: no
// protocol, no key, and no clock: deadlines are Unix milliseconds that are passed in, and fields
// that are due stay until expire_due() drops them.
//
// One tagged word. A small hash is one listpack of (field, value) in the order in which they came;
// with its first deadline it becomes a listpack of (field, value, deadline), ordered by deadline,
// those without one last and with a zero, as Redis 7.4 and later write them into snapshots. Beyond
// a limit of Settings it becomes a table (encoding/field_table.h). It never turns back.
//
// Whoever keeps hashes in the order of their next deadlines has a number in each for his own use:
// scheduled_ms().
//
// Invariant: fields are unique. A hash without fields is valid, but no key may hold one.
// Lifetime: every view handed out ends with the next change. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sorrel/base/defragmented.h>
#include <sorrel/base/listpack.h>
#include <sorrel/base/random.h>
#include <sorrel/types/prefetch.h>
#include <sorrel/types/settings.h>

namespace sorrel::types {

enum class HashEncoding : std::uint8_t { kListpack, kListpackEx, kHashtable };

// The name that OBJECT ENCODING answers with.
std::string_view encoding_name(HashEncoding encoding);

// What becomes of a field's deadline when its value is written.
enum class FieldDeadline : std::uint8_t { kDropped, kKept };

class Hash {
 public:
  // The deadline of a field that has none.
  static constexpr std::int64_t kNever = INT64_MAX;

  // A text, or an integer that stands for its canonical decimal text.
  using Text = base::ListpackValue;

  struct Entry {
    Text field;
    Text value;
    std::int64_t deadline_ms = kNever;
  };

  Hash() = default;
  Hash(Hash&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Hash& operator=(Hash&& other) noexcept {
    if (this != &other) {
      clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~Hash() {
    if (word_ != 0) clear();
  }

  // A deep copy, scheduled nowhere. Cost: O(bytes).
  Hash clone(const Settings& settings) const;
  // Takes a listpack over: pairs, or triples in the order of their deadlines, as above.
  // Requires: as many entries as that takes, and no field twice.
  static Hash adopt(base::Listpack* listpack, HashEncoding encoding);

  // Announces that one command will set up to `fields` fields. More than the limit make the hash
  // big at once, even if they turn out to be duplicates: that is the encoding that Redis chooses.
  void expect(std::uint64_t fields, const Settings& settings);
  // Announces deadlines: a compact hash becomes one of triples, even if none is set after all.
  void expect_deadlines();

  std::uint64_t size() const;
  bool empty() const { return size() == 0; }

  // Cost: big: one hash and about two cache misses. Compact: a walk of the block.
  std::optional<Text> get(std::string_view field) const;
  std::optional<std::int64_t> deadline_ms(std::string_view field) const;
  bool contains(std::string_view field) const { return get(field).has_value(); }

  // Begins the loads that a verb on the field with this hash will wait for. The hash is
  // base::hash_bytes with the seed of Settings.
  void prefetch(std::uint64_t field_hash, Prefetch what) const;

  // Requires of `field` and `value`, here and below: no views of this hash.
  // Returns: whether the field is new.
  bool set(std::string_view field, std::string_view value, FieldDeadline deadline,
           const Settings& settings);
  // Sets the field to what compute(const Text* current) makes of its value (null: not there), and
  // keeps its deadline. compute returns std::optional<std::string_view>; nothing changes on
  // nullopt. Returns: whether something changed. Cost: one look-up.
  template <class Compute>
  bool update(std::string_view field, const Settings& settings, Compute&& compute) {
    using Callable = std::remove_reference_t<Compute>;
    return update_with(
        field, settings,
        [](void* target, const Text* current) {
          return std::optional<std::string_view>((*static_cast<Callable*>(target))(current));
        },
        const_cast<void*>(static_cast<const void*>(std::addressof(compute))));
  }
  // Gives the field a deadline, or takes it away (kNever). Requires: the field is there.
  void set_deadline(std::string_view field, std::int64_t deadline_ms);
  // Returns: whether it was there.
  bool remove(std::string_view field);

  // Calls visit(const Entry&) for every field; visit must not change the hash.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::uint64_t cursor = 0;
    do {
      cursor = scan(cursor, visit);
    } while (cursor != 0);
  }
  // HSCAN: calls emit(const Entry&) for a part of the fields. Returns: the next cursor, 0 when
  // done. A field that is there from the first call to the last is emitted at least once. The
  // compact forms emit everything at once.
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    using Callable = std::remove_reference_t<Emit>;
    return scan_with(
        cursor, [](void* target, const Entry& entry) { (*static_cast<Callable*>(target))(entry); },
        const_cast<void*>(static_cast<const void*>(std::addressof(emit))));
  }
  // Requires: not empty. Each field equally likely.
  Entry random(base::Random& random) const;

  // The earliest deadline; kNever without any. Cost: O(1).
  std::int64_t next_deadline_ms() const;
  // Whether every field has a deadline that is not after now. Cost: O(1).
  bool all_due(std::int64_t now_ms) const;
  // Drops at most `limit` fields whose deadline is not after now, earliest first, and calls
  // emit(std::string_view field) before each goes. Returns: how many went.
  template <class Emit>
  std::uint64_t expire_due(std::int64_t now_ms, std::uint64_t limit, Emit&& emit) {
    using Callable = std::remove_reference_t<Emit>;
    return expire_with(
        now_ms, limit,
        [](void* target, std::string_view field) { (*static_cast<Callable*>(target))(field); },
        const_cast<void*>(static_cast<const void*>(std::addressof(emit))));
  }
  // A number for whoever keeps hashes in order; kNever at first. It survives every change of the
  // hash, and moves with it. Requires, to set it: a deadline was set before.
  std::int64_t scheduled_ms() const;
  void set_scheduled_ms(std::int64_t scheduled_ms);

  // A walk in pieces, for a snapshot: gives every field that is there when it begins exactly once,
  // with the value and the deadline it has then, whatever verbs come between the pieces, and none
  // that came since; in any order. What is owed and would be lost is kept until it was given. An
  // emptied one stays big and walking until end_walk(). The walk moves with the hash; clear(), an
  // assignment or release_some() end it.
  // Requires: the big form, no walk under way. Cost: O(1), and until end_walk() one more look into
  // the index a change, and an allocation for a field that is changed while it is owed.
  void begin_walk();
  bool walking() const;
  // Fields when it began, and what is kept for it now; 0 without a walk.
  std::uint64_t walk_size() const;
  std::size_t walk_bytes() const;
  // The earliest deadline when it began; kNever without any.
  std::int64_t walk_next_deadline_ms() const;
  // Calls emit(const Entry&) for about `budget` fields, the kept ones first; emit must not change
  // the hash. Lifetime of the entry: of the call. Returns: whether all were given.
  // Requires: walking(), budget > 0.
  template <class Emit>
  bool walk(std::size_t budget, Emit&& emit) {
    using Callable = std::remove_reference_t<Emit>;
    return walk_with(
        budget, [](void* target, const Entry& entry) { (*static_cast<Callable*>(target))(entry); },
        const_cast<void*>(static_cast<const void*>(std::addressof(emit))));
  }
  // Forgets what is still owed and frees what was kept: all at once, so where that is much, walk()
  // first, until walk_bytes() is 0, with an emit that does nothing.
  void end_walk();

  // A step of the item heap's defragmentation, from cursor 0 on. Requires: !walking().
  base::Defragmented defragment(std::uint64_t cursor);

  HashEncoding encoding() const;
  // Of the compact forms, null otherwise: for snapshots and DUMP.
  const base::Listpack* listpack() const;
  // Bytes on the heap, as the allocator hands them out. Cost: O(1).
  std::size_t memory_bytes() const;
  // A measure of the work to destroy it, to decide whether to do that in steps.
  std::uint64_t release_cost() const;

  // Frees about `budget` fields, for values that are being thrown away. Returns: true when nothing
  // is left (the hash is then empty). In between only release_some() and the destructor may be
  // called. Requires: budget > 0.
  bool release_some(std::uint64_t budget);
  void clear();

 private:
  struct Access;  // the implementation's view of word_

  using ComputeFunction = std::optional<std::string_view> (*)(void* target, const Text* current);
  using EmitFunction = void (*)(void* target, const Entry& entry);
  using EmitFieldFunction = void (*)(void* target, std::string_view field);
  bool update_with(std::string_view field, const Settings& settings, ComputeFunction compute,
                   void* target);
  std::uint64_t scan_with(std::uint64_t cursor, EmitFunction emit, void* target) const;
  bool walk_with(std::size_t budget, EmitFunction emit, void* target);
  std::uint64_t expire_with(std::int64_t now_ms, std::uint64_t limit, EmitFieldFunction emit,
                            void* target);

  // 0: nothing was ever set; low bits 0: a listpack of pairs; 1: a table; 2: triples.
  std::uintptr_t word_ = 0;
};

static_assert(sizeof(Hash) == sizeof(void*));

}  // namespace sorrel::types
