// SPDX-License-Identifier: BSD-3-Clause
//
// SortedSet: distinct members, each with a score, in the order of (score, member bytes). Ranks
// count from 0 at the lowest score. Verbs only: no protocol, no time, no key.
//
// One tagged word. A small set is one compact block that holds its entries in order; when a limit
// of Settings is passed it becomes an index of members beside a counted B+tree, and stays so:
// removal never turns it back. Results that commands store are built fresh with build().
//
// Every range that a command can ask for becomes a RankInterval first (ranks_in), and every answer
// is an iteration over one, in either direction. So LIMIT, REV, COUNT and POP are arithmetic.
//
// Invariants: no score is NaN; members are unique. One thread at a time. Any verb that changes the
// set ends the life of the iterators, entries and member views taken from it before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sorrel/base/defragmented.h>
#include <sorrel/base/random.h>
#include <sorrel/types/prefetch.h>
#include <sorrel/types/settings.h>

namespace sorrel::types {

// [first, last), both at most the size; first <= last.
struct RankInterval {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t size() const { return last - first; }
  bool empty() const { return first == last; }
  friend bool operator==(const RankInterval&, const RankInterval&) = default;
};

// Requires: neither bound is NaN. Infinities are ordinary bounds.
struct ScoreRange {
  double min = 0;
  double max = 0;
  bool min_exclusive = false;
  bool max_exclusive = false;
};

// One end of a range of members, as ZRANGEBYLEX spells it: - [text (text +
struct LexBound {
  enum class Kind : std::uint8_t { kMinimum, kInclusive, kExclusive, kMaximum };
  Kind kind = Kind::kInclusive;
  std::string_view text;
};

struct LexRange {
  LexBound min;
  LexBound max;
};

// The options of ZADD that decide about one entry. Requires: nx excludes xx, gt and lt; gt excludes
// lt.
struct AddOptions {
  bool nx = false;    // only add
  bool xx = false;    // only update
  bool gt = false;    // update only when the new score is greater
  bool lt = false;    // update only when the new score is less
  bool incr = false;  // the score given is an increment
};

enum class AddOutcome : std::uint8_t {
  kAdded,
  kUpdated,     // the score changed
  kUnchanged,   // the member had this score already
  kRefused,     // an option forbade it: ZADD INCR answers null
  kNotANumber,  // the score or the sum is NaN; nothing changed
};

struct AddResult {
  AddOutcome outcome = AddOutcome::kUnchanged;
  double score = 0;  // the resulting score; meaningless when refused or not a number

  bool changed() const { return outcome == AddOutcome::kAdded || outcome == AddOutcome::kUpdated; }
};

enum class SortedSetEncoding : std::uint8_t { kListpack, kSkiplist };

// The name that OBJECT ENCODING answers with.
std::string_view encoding_name(SortedSetEncoding encoding);

class SortedSet {
 public:
  // Lifetime: `member` views the set, until the set changes.
  struct Entry {
    std::string_view member;
    double score = 0;
  };

  class Iterator;

  SortedSet() = default;
  SortedSet(SortedSet&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  SortedSet& operator=(SortedSet&& other) noexcept {
    if (this != &other) {
      clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~SortedSet() {
    if (word_ != 0) clear();
  }

  // The whole set from entries in any order, copied. Cost: one sort unless they come in order, one
  // allocation per member. Requires: distinct members, no NaN. Large inputs: half the cost of
  // add().
  static SortedSet build(std::span<const Entry> entries, const Settings& settings);
  SortedSet clone(const Settings& settings) const;

  // Announces that one command will add up to `elements` members. More than the limit make the set
  // big at once, even if they turn out to be duplicates: that is the encoding that Redis chooses.
  void expect(std::uint64_t elements, const Settings& settings);

  std::uint64_t size() const;
  bool empty() const { return size() == 0; }

  // Cost: big: one hash and about two cache misses. Compact: a walk of the block.
  std::optional<double> score(std::string_view member) const;
  std::optional<std::uint64_t> rank(std::string_view member) const;
  // Rank and score by one look-up, as ZRANK WITHSCORE wants them.
  struct Ranked {
    std::uint64_t rank = 0;
    double score = 0;
  };
  std::optional<Ranked> ranked(std::string_view member) const;

  // Begins the loads that a verb on the member with this hash (base::hash_bytes with the seed of
  // Settings) will wait for; and those in the order, where the member is and where it will be.
  void prefetch(std::uint64_t member_hash, Prefetch what) const;
  void prefetch_order(MemberAhead& ahead, Prefetch what) const;
  // Requires: rank < size(). Cost: O(log n).
  Entry at(std::uint64_t rank) const;
  // Requires: not empty. Each entry equally likely.
  Entry random(base::Random& random) const;

  // Requires of `member`, here and below: not a view of this set.
  AddResult add(std::string_view member, double score, AddOptions options,
                const Settings& settings);
  // Returns: whether it was there.
  bool remove(std::string_view member);
  // Returns: how many entries went. Requires: last <= size().
  std::uint64_t remove_range(RankInterval interval);

  // An inverted range gives an empty interval.
  RankInterval ranks_in(const ScoreRange& range) const;
  // As Redis, defined only when all scores are equal.
  RankInterval ranks_in(const LexRange& range) const;

  // Low to high, and high to low. Requires: interval.last <= size().
  Iterator forward(RankInterval interval) const;
  Iterator backward(RankInterval interval) const;
  Iterator forward() const;

  // ZSCAN: emit(const Entry&) for a part of the entries. Returns: the next cursor, 0 when done. An
  // entry that is there from the first call to the last is emitted at least once. The compact form
  // emits everything at once.
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    using Callable = std::remove_reference_t<Emit>;
    return scan_with(
        cursor, [](void* target, const Entry& entry) { (*static_cast<Callable*>(target))(entry); },
        const_cast<void*>(static_cast<const void*>(std::addressof(emit))));
  }

  // A walk in pieces, as Hash has it. An emptied set stays big and walking until end_walk().
  void begin_walk();
  bool walking() const;
  std::uint64_t walk_size() const;
  std::size_t walk_bytes() const;
  template <class Emit>
  bool walk(std::size_t budget, Emit&& emit) {
    using Callable = std::remove_reference_t<Emit>;
    return walk_with(
        budget, [](void* target, const Entry& entry) { (*static_cast<Callable*>(target))(entry); },
        const_cast<void*>(static_cast<const void*>(std::addressof(emit))));
  }
  void end_walk();
  // A step of the item heap's defragmentation, from cursor 0 on. Requires: !walking().
  base::Defragmented defragment(std::uint64_t cursor);
  SortedSetEncoding encoding() const;
  // Bytes on the heap, as the allocator hands them out. Cost: O(1).
  std::size_t memory_bytes() const;
  // A measure of the work to destroy it, to decide whether to do that in steps.
  std::uint64_t release_cost() const;

  // Frees about `budget` members, the highest ranks first, for values that are being thrown away.
  // Returns: true when nothing is left (the set is then empty). In between only release_some() and
  // the destructor may be called. Requires: budget > 0.
  bool release_some(std::uint64_t budget);
  void clear();

 private:
  struct Access;  // the implementation's view of word_

  using EmitFunction = void (*)(void* target, const Entry& entry);
  std::uint64_t scan_with(std::uint64_t cursor, EmitFunction emit, void* target) const;
  bool walk_with(std::size_t budget, EmitFunction emit, void* target);

  // 0: empty; low bit clear: a compact block; low bit set: the big form.
  std::uintptr_t word_ = 0;
};

// Walks a rank interval: for (auto it = set.forward(interval); it.valid(); it.next()) use(*it);
// Lifetime: until the set changes. Cost: O(log n) to begin, O(1) a step (backward through a compact
// block: amortised, by remembering the starts of kWindow entries at a time).
class SortedSet::Iterator {
 public:
  bool valid() const { return remaining_ != 0; }
  std::uint64_t remaining() const { return remaining_; }
  const Entry& operator*() const { return entry_; }
  const Entry* operator->() const { return &entry_; }
  // Requires: valid().
  void next();

 private:
  friend class SortedSet;
  static constexpr std::uint32_t kWindow = 32;

  Iterator(std::uintptr_t word, RankInterval interval, bool backward);
  void load();
  void fill_window();

  enum class Walk : std::uint8_t { kBigForward, kBigBackward, kCompactForward, kCompactBackward };

  Entry entry_;
  std::uint64_t remaining_ = 0;
  std::uint64_t rank_ = 0;       // of the current entry; backward through a block only
  const void* place_ = nullptr;  // tree leaf, or the block
  std::uint32_t slot_ = 0;       // index in the leaf, or byte offset in the block
  std::uint32_t window_count_ = 0;
  Walk walk_ = Walk::kBigForward;
  std::array<std::uint32_t, kWindow> window_;
};

static_assert(sizeof(SortedSet) == sizeof(void*));

}  // namespace sorrel::types
