// SPDX-License-Identifier: BSD-3-Clause
//
// Set: distinct members in no order. Verbs only: no protocol, no time, no key.
//
// One tagged word, three forms, chosen as Redis 8 chooses them, so that OBJECT ENCODING agrees:
//
//   intset     integers of one width, sorted, up to set-max-intset-entries of them
//   listpack   short texts and integers as they came, up to set-max-listpack-entries and -value
//   hashtable  an index of members, each in an allocation of its own
//
// A member that does not fit turns an intset into a listpack or a hashtable and a listpack into a
// hashtable; removal never turns one back. Results that commands store are built fresh by build().
// The compact forms are, to the byte, what DUMP payloads and RDB files hold of them.
//
// Invariant: a set that is not empty was never left without a member by a verb. One thread at a
// time. Any verb that changes the set ends the life of the members taken from it before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sorrel/base/defragmented.h>
#include <sorrel/base/listpack.h>
#include <sorrel/base/random.h>
#include <sorrel/types/prefetch.h>
#include <sorrel/types/settings.h>

namespace sorrel::types {

enum class SetEncoding : std::uint8_t { kIntset, kListpack, kHashtable };

// The name that OBJECT ENCODING answers with.
std::string_view encoding_name(SetEncoding encoding);

class Set {
 public:
  // A text, or in the compact forms an integer. Lifetime of the text: until the set changes.
  using Member = base::ListpackValue;

  Set() = default;
  Set(Set&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Set& operator=(Set&& other) noexcept {
    if (this != &other) {
      clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~Set() {
    if (word_ != 0) clear();
  }

  // The set that adding these members one after the other to an empty one makes, or to one that had
  // the form `least` already. Requires: distinct members. Cost: one allocation a member when big,
  // about half of what add() costs.
  static Set build(std::span<const std::string_view> members, SetEncoding least,
                   const Settings& settings);
  // The form that build() would choose.
  static SetEncoding form_of(std::span<const std::string_view> members, SetEncoding least,
                             const Settings& settings);
  Set clone(const Settings& settings) const;

  // The bytes of a compact form, as RDB files hold them. Requires: encoding() != kHashtable.
  std::string_view compact_bytes() const;
  // A set of untrusted bytes of that kind; nothing when they are no such set or an empty one.
  static std::optional<Set> from_intset(std::string_view bytes, const Settings& settings);
  static std::optional<Set> from_listpack(std::string_view bytes, const Settings& settings);

  // Announces that one command will add up to `members` members, the first of them `first`: more
  // than a limit make the set big at once, even if they turn out to be duplicates, as in Redis.
  // Requires: an add() follows.
  void expect(std::string_view first, std::uint64_t members, const Settings& settings);

  std::uint64_t size() const;
  bool empty() const { return size() == 0; }

  // Cost: big: one hash and about two cache misses; intset: a binary search; listpack: a walk.
  bool contains(std::string_view member) const;
  bool contains(std::int64_t member) const;
  // The same for a caller that has the hash: base::hash_bytes with the seed of Settings.
  bool contains(std::string_view member, std::uint64_t hash) const;

  // Begins the loads that a verb on the member with this hash will wait for.
  void prefetch(std::uint64_t member_hash, Prefetch what) const;

  // Returns: whether it is new. Requires of `member`, here and below: not a view of this set.
  bool add(std::string_view member, const Settings& settings);
  // Returns: how many of them are new. Cost: their cache misses overlap.
  std::uint64_t add_all(std::span<const std::string_view> members, const Settings& settings);
  // Returns: whether it was there.
  bool remove(std::string_view member);

  // Requires: not empty. Each member equally likely.
  Member random(base::Random& random) const;
  // Calls take(const Member&) for `count` different members, each choice of them equally likely.
  // Requires: count <= size().
  template <class Take>
  void sample(std::uint64_t count, base::Random& random, Take&& take) const {
    sample_with(count, random, {&call<Take>, target_of(take)});
  }
  // The same, and takes them out: each goes right after its call.
  template <class Take>
  void pop(std::uint64_t count, base::Random& random, Take&& take) {
    pop_with(count, random, {&call<Take>, target_of(take)});
  }

  // Calls visit(const Member&) for every member; one that returns false ends it.
  // Returns: false when it was ended. Big: the members ahead are on their way from memory.
  template <class Visit>
  bool for_each(Visit&& visit) const {
    return visit_with({&call<Visit>, target_of(visit)});
  }
  // SSCAN: emit(const Member&) for a part of the members. Returns: the next cursor, 0 when done. A
  // member that is there from the first call to the last is emitted at least once. The compact
  // forms emit everything at once.
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    return scan_with(cursor, {&call<Emit>, target_of(emit)});
  }

  // A walk in pieces, as Hash has it. An emptied set stays big and walking until end_walk().
  void begin_walk();
  bool walking() const;
  std::uint64_t walk_size() const;
  std::size_t walk_bytes() const;
  template <class Emit>
  bool walk(std::size_t budget, Emit&& emit) {
    return walk_with(budget, {&call<Emit>, target_of(emit)});
  }
  void end_walk();

  // A step of the item heap's defragmentation, from cursor 0 on. Requires: !walking().
  base::Defragmented defragment(std::uint64_t cursor);

  SetEncoding encoding() const;
  // Bytes on the heap, as the allocator hands them out. Cost: O(1).
  std::size_t memory_bytes() const;
  // A measure of the work to destroy it, to decide whether to do that in steps.
  std::uint64_t release_cost() const;
  // Frees about `budget` members of a set that is being thrown away. Returns: true when nothing is
  // left (the set is then empty). In between only release_some() and the destructor may be called.
  // Requires: budget > 0.
  bool release_some(std::uint64_t budget);
  void clear();

 private:
  struct Access;  // set_access.h: the implementation's view of word_

  // A function of the caller's, without its type. Returns: whether to go on.
  struct Callback {
    bool (*function)(void* target, const Member& member);
    void* target;
    bool operator()(const Member& member) const { return function(target, member); }
  };
  template <class Function>
  static bool call(void* target, const Member& member) {
    auto& function = *static_cast<std::remove_reference_t<Function>*>(target);
    if constexpr (std::is_same_v<decltype(function(member)), bool>) {
      return function(member);
    } else {
      function(member);
      return true;
    }
  }
  template <class Function>
  static void* target_of(Function& function) {
    return const_cast<void*>(static_cast<const void*>(std::addressof(function)));
  }

  void sample_with(std::uint64_t count, base::Random& random, Callback take) const;
  void pop_with(std::uint64_t count, base::Random& random, Callback take);
  bool visit_with(Callback visit) const;
  std::uint64_t scan_with(std::uint64_t cursor, Callback emit) const;
  bool walk_with(std::size_t budget, Callback emit);

  // 0: empty; else a pointer whose two low bits tell the form.
  std::uintptr_t word_ = 0;
};

static_assert(sizeof(Set) == sizeof(void*));

}  // namespace sorrel::types
