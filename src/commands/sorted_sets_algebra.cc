// SPDX-License-Identifier: BSD-3-Clause
//
// Union, intersection and difference of several sorted sets, replied, stored or counted. One parser
// and one Operand list serve all seven commands; a missing key is an empty operand.
//
// Floating-point sums depend on their order, so the operands are combined in Redis' order, by
// ascending size (equal sizes as given). A union gathers entries in a flat table of members (one
// hash and at most one comparison an entry, nothing sorted by member); intersection and difference
// walk one operand and look up in the others. The result is sorted once by (score, member).
// Members are views of the operands, which are not changed before the result is built. One thread.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/base/hash.h>
#include <sorrel/base/prefetch.h>
#include <sorrel/exec/argument_reader.h>

#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using Entry = SortedSet::Entry;
namespace errors = exec::errors;
namespace events = keyspace::events;

enum class Operation : std::uint8_t { kUnion, kIntersection, kDifference };
enum class Purpose : std::uint8_t { kReply, kStore, kCount };
enum class Aggregate : std::uint8_t { kSum, kMin, kMax };

struct Operand {
  const SortedSet* set = nullptr;  // null: empty
  double weight = 1;

  std::uint64_t size() const { return set == nullptr ? 0 : set->size(); }
};

struct AlgebraRequest {
  std::vector<Operand> operands;
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  std::uint64_t limit = 0;  // 0: none
};

bool in_order(const Entry& a, const Entry& b) {
  return a.score < b.score || (a.score == b.score && a.member < b.member);
}

double weighted(double score, double weight) {
  const double product = score * weight;
  return std::isnan(product) ? 0 : product;  // infinity times zero
}

double combine(double target, double score, Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kMin:
      return score < target ? score : target;
    case Aggregate::kMax:
      return score > target ? score : target;
    case Aggregate::kSum:
      break;
  }
  const double sum = target + score;
  return std::isnan(sum) ? 0 : sum;  // infinity minus infinity
}

// Entries by member: open addressing over a vector of entries. A slot holds 24 bits of the hash
// above the entry's number plus one; 0 is free. At most three quarters full. Entries come in
// groups, because each costs four cache misses in a row (member, slot, held entry, held member):
// the group asks for all of one kind before it needs the first.
class MemberTable {
 public:
  static constexpr std::size_t kGroup = 32;

  MemberTable(std::uint64_t most, std::uint64_t seed)
      : seed_(seed), slots_(std::bit_ceil(most + most / 3 + 1)), mask_(slots_.size() - 1) {}

  // Adds entries whose members are new, and combines the scores of the others.
  // Requires: group.size() <= kGroup.
  void merge(std::span<const Entry> group, Aggregate aggregate) {
    std::array<std::uint64_t, kGroup> hashes;
    for (std::size_t i = 0; i < group.size(); ++i) {
      hashes[i] = base::hash_bytes(group[i].member, seed_);
      base::prefetch(&slots_[hashes[i] & mask_]);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (const Entry* held = likely(hashes[i]); held != nullptr) base::prefetch(held);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      const Entry* held = likely(hashes[i]);
      if (held != nullptr) base::prefetch(held->member.data());
    }
    for (std::size_t i = 0; i < group.size(); ++i) put(group[i], hashes[i], aggregate);
  }

  std::vector<Entry> take() && { return std::move(entries_); }

 private:
  static constexpr std::uint64_t kNumberMask = (1ULL << 40) - 1;

  Entry& numbered(std::uint64_t slot) { return entries_[(slot & kNumberMask) - 1]; }

  // What probably is the entry with this hash; null when there is none in its first slot.
  const Entry* likely(std::uint64_t hash) {
    const std::uint64_t slot = slots_[hash & mask_];
    return slot != 0 && ((slot ^ hash) & ~kNumberMask) == 0 ? &numbered(slot) : nullptr;
  }

  void put(const Entry& entry, std::uint64_t hash, Aggregate aggregate) {
    for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      std::uint64_t& slot = slots_[at];
      if (slot == 0) {
        entries_.push_back(entry);
        slot = (hash & ~kNumberMask) | entries_.size();
        return;
      }
      if (((slot ^ hash) & ~kNumberMask) != 0) continue;
      Entry& held = numbered(slot);
      if (held.member == entry.member) {
        held.score = combine(held.score, entry.score, aggregate);
        return;
      }
    }
  }

  std::uint64_t seed_;
  std::vector<std::uint64_t> slots_;
  std::uint64_t mask_;
  std::vector<Entry> entries_;
};

std::vector<Entry> unite(const AlgebraRequest& request, std::uint64_t seed) {
  std::uint64_t most = 0;
  for (const Operand& operand : request.operands) most += operand.size();
  MemberTable table(most, seed);
  std::array<Entry, MemberTable::kGroup> group;
  for (const Operand& operand : request.operands) {
    if (operand.size() == 0) continue;
    std::size_t count = 0;
    for (auto it = operand.set->forward(); it.valid(); it.next()) {
      group[count++] = {it->member, weighted(it->score, operand.weight)};
      base::prefetch(it->member.data());
      if (count == group.size()) {
        table.merge(group, request.aggregate);
        count = 0;
      }
    }
    table.merge(std::span(group).first(count), request.aggregate);
  }
  return std::move(table).take();
}

// The combined score of an entry of the first operand, if all others have its member, too.
std::optional<double> intersect_one(const AlgebraRequest& request, const Entry& entry) {
  double score = weighted(entry.score, request.operands[0].weight);
  for (std::size_t i = 1; i < request.operands.size(); ++i) {
    const Operand& other = request.operands[i];
    const auto found = other.set->score(entry.member);
    if (!found) return std::nullopt;
    // Not weighted(): as in Redis a product that is no number is settled by combine().
    score = combine(score, *found * other.weight, request.aggregate);
  }
  return score;
}

// Requires: the smallest operand comes first.
std::vector<Entry> intersect(const AlgebraRequest& request) {
  std::vector<Entry> entries;
  if (request.operands[0].size() == 0) return entries;
  for (auto it = request.operands[0].set->forward(); it.valid(); it.next()) {
    const auto score = intersect_one(request, *it);
    if (!score) continue;
    entries.push_back({it->member, *score});
    if (entries.size() == request.limit) break;
  }
  return entries;
}

std::vector<Entry> subtract(const AlgebraRequest& request) {
  std::vector<Entry> entries;
  const Operand& first = request.operands[0];
  if (first.size() == 0) return entries;
  for (auto it = first.set->forward(); it.valid(); it.next()) {
    const std::string_view member = it->member;
    const bool elsewhere = std::any_of(
        request.operands.begin() + 1, request.operands.end(), [&](const Operand& other) {
          return other.set != nullptr && other.set->score(member).has_value();
        });
    if (!elsewhere) entries.push_back(*it);
  }
  return entries;
}

std::vector<Entry> evaluate(Operation operation, AlgebraRequest& request, std::uint64_t seed) {
  if (operation == Operation::kDifference) return subtract(request);
  std::stable_sort(request.operands.begin(), request.operands.end(),
                   [](const Operand& a, const Operand& b) { return a.size() < b.size(); });
  return operation == Operation::kUnion ? unite(request, seed) : intersect(request);
}

Aggregate parse_aggregate(ArgumentReader& read) {
  if (read.word("SUM")) return Aggregate::kSum;
  if (read.word("MIN")) return Aggregate::kMin;
  if (read.word("MAX")) return Aggregate::kMax;
  read.fail(errors::kSyntax);
  return Aggregate::kSum;
}

void parse_options(ArgumentReader& read, Operation operation, Purpose purpose,
                   AlgebraRequest& request) {
  const bool combines = operation != Operation::kDifference && purpose != Purpose::kCount;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  while (read.more()) {
    if (combines && read.word_with("WEIGHTS", request.operands.size())) {
      for (Operand& operand : request.operands) {
        operand.weight = read.real(errors::kWeightNotFloat);
      }
    } else if (combines && read.word_with("AGGREGATE", 1)) {
      request.aggregate = parse_aggregate(read);
    } else if (purpose == Purpose::kReply && read.word("WITHSCORES")) {
      request.with_scores = true;
    } else if (purpose == Purpose::kCount && read.word_with("LIMIT", 1)) {
      request.limit = static_cast<std::uint64_t>(read.integer_in(0, kMost, errors::kLimitNegative));
    } else {
      read.fail(errors::kSyntax);
    }
  }
}

// Reads "numkeys key [key ...] [options]" and finds the keys. Returns: nothing when it failed and
// answered so. In Redis' order a key of the wrong type comes before a bad option.
std::optional<AlgebraRequest> parse(Context& context, std::size_t index, Operation operation,
                                    Purpose purpose) {
  const auto count = base::parse_integer(context.argument(index));
  if (!count) {
    context.fail(errors::kNotInteger);
    return std::nullopt;
  }
  if (*count < 1) {
    context.fail_with("ERR", "at least 1 input key is needed for '" +
                                 std::string(context.command.spec->name) + "' command");
    return std::nullopt;
  }
  const std::size_t first = index + 1;
  if (static_cast<std::uint64_t>(*count) > context.argument_count() - first) {
    context.fail_syntax();
    return std::nullopt;
  }
  AlgebraRequest request;
  request.operands.resize(static_cast<std::size_t>(*count));
  for (std::size_t i = 0; i < request.operands.size(); ++i) {
    // A look-up can drop this very key, expired, but never moves the record of another.
    const FoundSet found = find_set(context, first + i);
    if (found.wrong_type) {
      context.fail(errors::kWrongType);
      return std::nullopt;
    }
    request.operands[i].set = found.set;
  }
  ArgumentReader read(context, first + request.operands.size());
  parse_options(read, operation, purpose, request);
  if (!read.ok()) {
    context.fail(read.error());
    return std::nullopt;
  }
  return request;
}

Outcome reply_result(Context& context, Operation operation) {
  auto request = parse(context, 1, operation, Purpose::kReply);
  if (!request) return Outcome::kError;
  auto entries = evaluate(operation, *request, context.keyspace.settings().hash_seed);
  if (!std::is_sorted(entries.begin(), entries.end(), in_order)) {
    std::sort(entries.begin(), entries.end(), in_order);
  }
  reply_entries_header(context, entries.size(), request->with_scores);
  for (const Entry& entry : entries) reply_entry(context, entry, request->with_scores);
  return Outcome::kOk;
}

Outcome store_result(Context& context, Operation operation, const keyspace::Event& event) {
  auto request = parse(context, 2, operation, Purpose::kStore);
  if (!request) return Outcome::kError;
  const auto entries = evaluate(operation, *request, context.keyspace.settings().hash_seed);
  return store_entries(context, 1, entries, event);
}

}  // namespace

Outcome zunion(Context& context) { return reply_result(context, Operation::kUnion); }
Outcome zinter(Context& context) { return reply_result(context, Operation::kIntersection); }
Outcome zdiff(Context& context) { return reply_result(context, Operation::kDifference); }

Outcome zintercard(Context& context) {
  auto request = parse(context, 1, Operation::kIntersection, Purpose::kCount);
  if (!request) return Outcome::kError;
  const auto entries = evaluate(Operation::kIntersection, *request, 0);
  return exec::reply_integer(context, static_cast<std::int64_t>(entries.size()));
}

Outcome zunionstore(Context& context) {
  return store_result(context, Operation::kUnion, events::kZUnionStore);
}
Outcome zinterstore(Context& context) {
  return store_result(context, Operation::kIntersection, events::kZInterStore);
}
Outcome zdiffstore(Context& context) {
  return store_result(context, Operation::kDifference, events::kZDiffStore);
}

}  // namespace sorrel::commands
