// SPDX-License-Identifier: BSD-3-Clause
//
// Union, intersection and difference of several sets, replied, stored or counted. A missing key is
// an empty set; a key of another type fails the command whatever the others hold.
//
//   union         a flat table of views (member_table.h): one hash and at most one comparison each
//   intersection  the smallest set passes through a sieve of the others, smallest first
//   difference    the first set passes through a sieve of the others, or, when they are many and
//                 small, past a table of all their members
//
// A sieve takes members in groups and asks for what each look-up will wait for before the first.
// Results are views of the operands and are stored as a fresh set, in the form that Redis' way to
// compute them ends with. One thread.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/exec/argument_reader.h>

#include "member_table.h"
#include "sets.h"

namespace sorrel::commands::sets {
namespace {

using types::SetEncoding;
using Table = MemberTable<std::string_view>;
using Sets = std::span<const Set* const>;

// No set is null here: a missing key holds no operand.
struct Operands {
  std::vector<const Set*> sets;
  bool first_missing = false;
  bool any_missing = false;
};

// The sets under the keys [first, last). Returns: nothing when it failed and answered so.
std::optional<Operands> find_operands(Context& context, std::size_t first, std::size_t last) {
  Operands operands;
  for (std::size_t i = first; i < last; ++i) {
    // A look-up can drop this very key, expired, but never moves the record of another.
    const FoundSet found = find_set(context, i);
    if (found.wrong_type) {
      context.fail(errors::kWrongType);
      return std::nullopt;
    }
    if (found.value != nullptr) {
      operands.sets.push_back(found.value);
      continue;
    }
    operands.any_missing = true;
    operands.first_missing = operands.first_missing || i == first;
  }
  return operands;
}

// Members of a result, and the form in which a set of them is stored at least.
struct Result {
  std::vector<std::string_view> members;
  SetEncoding least = SetEncoding::kIntset;
  IntegerTexts texts;  // of those that a compact operand keeps as integers

  std::string_view text(const Set::Member& member) {
    return member.is_integer ? texts.add(member.integer) : member.bytes;
  }
};

// Adds to the result the members that each of the others holds, or that none of them holds.
class Sieve {
 public:
  enum class Keeps : std::uint8_t { kHeldByAll, kHeldByNone };

  Sieve(Sets others, Keeps keeps, std::uint64_t seed, Result& result)
      : others_(others), keeps_(keeps), seed_(seed), result_(result) {}

  void add(const Set::Member& member) {
    candidates_[count_++] = {result_.text(member), 0, member.integer, member.is_integer};
    if (count_ == candidates_.size()) flush();
  }
  void flush() {
    for (std::size_t i = 0; i < count_; ++i) {
      candidates_[i].hash = base::hash_bytes(candidates_[i].text, seed_);
    }
    for (const Set* other : others_) sift(*other);
    for (std::size_t i = 0; i < count_; ++i) result_.members.push_back(candidates_[i].text);
    count_ = 0;
  }

 private:
  struct Candidate {
    std::string_view text;
    std::uint64_t hash = 0;
    std::int64_t integer = 0;
    bool is_integer = false;
  };

  static bool holds(const Set& set, const Candidate& candidate) {
    return candidate.is_integer && set.encoding() == SetEncoding::kIntset
               ? set.contains(candidate.integer)
               : set.contains(candidate.text, candidate.hash);
  }

  void sift(const Set& other) {
    if (other.encoding() == SetEncoding::kHashtable) {
      for (const auto stage : {types::Prefetch::kPlace, types::Prefetch::kMember}) {
        for (std::size_t i = 0; i < count_; ++i) other.prefetch(candidates_[i].hash, stage);
      }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      if (holds(other, candidates_[i]) == (keeps_ == Keeps::kHeldByAll)) {
        candidates_[kept++] = candidates_[i];
      }
    }
    count_ = kept;
  }

  static constexpr std::size_t kGroup = 32;

  Sets others_;
  Keeps keeps_;
  std::uint64_t seed_;
  Result& result_;
  std::array<Candidate, kGroup> candidates_;
  std::size_t count_ = 0;
};

// All members of these sets, each once.
Table merged(Sets sets, std::uint64_t seed, Result& result) {
  std::uint64_t most = 0;
  for (const Set* set : sets) most += set->size();
  Table table(most, seed);
  std::array<std::string_view, Table::kGroup> group;
  std::size_t count = 0;
  const auto same = [](std::string_view&, std::string_view) {};
  for (const Set* set : sets) {
    set->for_each([&](const Set::Member& member) {
      group[count++] = result.text(member);
      if (count < group.size()) return;
      table.merge(group, same);
      count = 0;
    });
  }
  table.merge(std::span(group).first(count), same);
  return table;
}

void take_all(const Set& set, Result& result) {
  result.members.reserve(set.size());
  set.for_each([&](const Set::Member& member) { result.members.push_back(result.text(member)); });
}

Result unite(const Operands& operands, const types::Settings& settings) {
  Result result;
  if (operands.sets.size() == 1) {
    take_all(*operands.sets[0], result);
  } else if (!operands.sets.empty()) {
    result.members = merged(operands.sets, settings.hash_seed, result).take();
  }
  return result;
}

// Stops once `limit` members are found, unless that is 0.
Result intersect(Operands& operands, std::uint64_t limit, const types::Settings& settings) {
  Result result;
  if (operands.any_missing) return result;
  auto& sets = operands.sets;
  std::stable_sort(sets.begin(), sets.end(),
                   [](const Set* a, const Set* b) { return a->size() < b->size(); });
  Sieve sieve(Sets(sets).subspan(1), Sieve::Keeps::kHeldByAll, settings.hash_seed, result);
  sets[0]->for_each([&](const Set::Member& member) {
    sieve.add(member);
    return limit == 0 || result.members.size() < limit;
  });
  sieve.flush();
  if (limit != 0 && result.members.size() > limit) result.members.resize(limit);
  // Only integers are an intset again, whatever they were kept as; more than fit in one are not.
  const bool intset =
      sets[0]->encoding() == SetEncoding::kIntset ||
      Set::form_of(result.members, SetEncoding::kIntset, settings) == SetEncoding::kIntset;
  result.least = intset ? SetEncoding::kIntset : SetEncoding::kListpack;
  return result;
}

// Whether it is less work to look the members of the other sets up in the first than the other way
// round. Decides on the form of the result, too, so the measure is Redis' own.
bool others_are_small(const Operands& operands) {
  const std::uint64_t first = operands.sets[0]->size();
  std::uint64_t all = 0;
  for (const Set* set : operands.sets) all += set->size();
  return first * operands.sets.size() / 2 > all;
}

Result subtract(Operands& operands, const types::Settings& settings) {
  Result result;
  if (operands.first_missing) return result;
  auto& sets = operands.sets;
  const Set& first = *sets[0];
  if (std::find(sets.begin() + 1, sets.end(), &first) != sets.end()) return result;
  if (!others_are_small(operands)) {
    // The largest is the likeliest to hold a member.
    std::stable_sort(sets.begin() + 1, sets.end(),
                     [](const Set* a, const Set* b) { return a->size() > b->size(); });
    Sieve sieve(Sets(sets).subspan(1), Sieve::Keeps::kHeldByNone, settings.hash_seed, result);
    first.for_each([&](const Set::Member& member) { sieve.add(member); });
    sieve.flush();
    return result;
  }
  Result all;
  take_all(first, all);
  // There the whole first set is stored before members leave it.
  result.least = Set::form_of(all.members, SetEncoding::kIntset, settings);
  const Table others = merged(Sets(sets).subspan(1), settings.hash_seed, result);
  for (const std::string_view member : all.members) {
    if (!others.contains(member)) result.members.push_back(member);
  }
  result.texts = std::move(all.texts);
  return result;
}

enum class Operation : std::uint8_t { kUnion, kIntersection, kDifference };

Result evaluate(Operation operation, Operands& operands, const types::Settings& settings) {
  switch (operation) {
    case Operation::kUnion:
      return unite(operands, settings);
    case Operation::kIntersection:
      return intersect(operands, 0, settings);
    case Operation::kDifference:
      break;
  }
  return subtract(operands, settings);
}

Outcome reply_result(Context& context, Operation operation) {
  auto operands = find_operands(context, 1, context.argument_count());
  if (!operands) return Outcome::kError;
  const Result result = evaluate(operation, *operands, context.keyspace.settings());
  context.reply.set(result.members.size());
  for (const std::string_view member : result.members) context.reply.bulk(member);
  return Outcome::kOk;
}

Outcome store_result(Context& context, Operation operation, const keyspace::Event& event) {
  auto operands = find_operands(context, 2, context.argument_count());
  if (!operands) return Outcome::kError;
  const types::Settings& settings = context.keyspace.settings();
  const Result result = evaluate(operation, *operands, settings);
  if (result.members.empty()) {
    context.database.erase(context.key(1), events::kDel);
    return exec::reply_integer(context, 0);
  }
  // Built before the key is written: the members may view what it holds now.
  Set set = Set::build(result.members, result.least, settings);
  auto ref = context.database.write(context.key(1));
  ref.set_collection(std::move(set));
  ref.commit(event);
  return exec::reply_integer(context, static_cast<std::int64_t>(result.members.size()));
}

struct CardinalityRequest {
  std::size_t keys = 0;
  std::uint64_t limit = 0;  // 0: none
};

// numkeys key [key ...] [LIMIT limit]
base::Result<CardinalityRequest> parse_cardinality(const Context& context) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto keys = base::parse_integer(context.argument(1));
  if (!keys || *keys < 1) return errors::kNumkeysNotPositive;
  if (static_cast<std::uint64_t>(*keys) > context.argument_count() - 2) return errors::kTooManyKeys;
  CardinalityRequest request{static_cast<std::size_t>(*keys)};
  exec::ArgumentReader read(context, 2 + request.keys);
  while (read.more()) {
    if (read.word_with("LIMIT", 1)) {
      request.limit = static_cast<std::uint64_t>(read.integer_in(0, kMost, errors::kLimitNegative));
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) return read.error();
  return request;
}

}  // namespace

Outcome sunion(Context& context) { return reply_result(context, Operation::kUnion); }
Outcome sinter(Context& context) { return reply_result(context, Operation::kIntersection); }
Outcome sdiff(Context& context) { return reply_result(context, Operation::kDifference); }

Outcome sintercard(Context& context) {
  const auto request = parse_cardinality(context);
  if (!request) return context.fail(request.error());
  auto operands = find_operands(context, 2, 2 + request->keys);
  if (!operands) return Outcome::kError;
  const Result result = intersect(*operands, request->limit, context.keyspace.settings());
  return exec::reply_integer(context, static_cast<std::int64_t>(result.members.size()));
}

Outcome sunionstore(Context& context) {
  return store_result(context, Operation::kUnion, events::kSUnionStore);
}
Outcome sinterstore(Context& context) {
  return store_result(context, Operation::kIntersection, events::kSInterStore);
}
Outcome sdiffstore(Context& context) {
  return store_result(context, Operation::kDifference, events::kSDiffStore);
}

}  // namespace sorrel::commands::sets
