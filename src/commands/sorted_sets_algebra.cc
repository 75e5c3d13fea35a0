// SPDX-License-Identifier: BSD-3-Clause
//
// Union, intersection and difference of several sorted sets, replied, stored or counted. One parser
// and one Operand list serve all seven commands; a missing key is an empty operand, and the members
// of a plain set score 1.
//
// Floating-point sums depend on their order, so the operands are combined in Redis' order, by
// ascending size (equal sizes as given). A union gathers entries in a flat table (member_table.h);
// intersection and difference walk one operand and look up in the others. The result is sorted once
// by (score, member).
// Members are views of the operands, which are not changed before the result is built. One thread.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/base/prefetch.h>
#include <sorrel/exec/argument_reader.h>
#include <sorrel/types/set.h>

#include "member_table.h"
#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using types::Set;
using Entry = SortedSet::Entry;
namespace errors = exec::errors;
namespace events = keyspace::events;

enum class Operation : std::uint8_t { kUnion, kIntersection, kDifference };
enum class Purpose : std::uint8_t { kReply, kStore, kCount };
enum class Aggregate : std::uint8_t { kSum, kMin, kMax };

// A sorted set, a plain set, or with neither an empty one.
struct Operand {
  const SortedSet* sorted = nullptr;
  const Set* plain = nullptr;
  double weight = 1;

  std::uint64_t size() const {
    if (sorted != nullptr) return sorted->size();
    return plain == nullptr ? 0 : plain->size();
  }
  std::optional<double> score(std::string_view member) const {
    if (sorted != nullptr) return sorted->score(member);
    return plain != nullptr && plain->contains(member) ? std::optional(kPlainScore) : std::nullopt;
  }
  // Calls visit(const Entry&) until it returns false.
  template <class Visit>
  void for_each(IntegerTexts& texts, Visit&& visit) const {
    if (sorted != nullptr) {
      for (auto it = sorted->forward(); it.valid() && visit(*it); it.next()) {
      }
    } else if (plain != nullptr) {
      plain->for_each([&](const Set::Member& member) {
        const auto text = member.is_integer ? texts.add(member.integer) : member.bytes;
        return visit(Entry{text, kPlainScore});
      });
    }
  }

  static constexpr double kPlainScore = 1;
};

struct AlgebraRequest {
  std::vector<Operand> operands;
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  std::uint64_t limit = 0;  // 0: none
  IntegerTexts texts;       // of members that an operand keeps as integers
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

std::vector<Entry> unite(AlgebraRequest& request, std::uint64_t seed) {
  using Table = MemberTable<Entry>;
  std::uint64_t most = 0;
  for (const Operand& operand : request.operands) most += operand.size();
  Table table(most, seed);
  std::array<Entry, Table::kGroup> group;
  const auto add_score = [&](Entry& held, const Entry& entry) {
    held.score = combine(held.score, entry.score, request.aggregate);
  };
  for (const Operand& operand : request.operands) {
    std::size_t count = 0;
    operand.for_each(request.texts, [&](const Entry& entry) {
      group[count++] = {entry.member, weighted(entry.score, operand.weight)};
      base::prefetch(entry.member.data());
      if (count == group.size()) {
        table.merge(group, add_score);
        count = 0;
      }
      return true;
    });
    table.merge(std::span(group).first(count), add_score);
  }
  return std::move(table).take();
}

// The combined score of an entry of the first operand, if all others have its member, too.
std::optional<double> intersect_one(const AlgebraRequest& request, const Entry& entry) {
  double score = weighted(entry.score, request.operands[0].weight);
  for (std::size_t i = 1; i < request.operands.size(); ++i) {
    const Operand& other = request.operands[i];
    const auto found = other.score(entry.member);
    if (!found) return std::nullopt;
    // Not weighted(): as in Redis a product that is no number is settled by combine().
    score = combine(score, *found * other.weight, request.aggregate);
  }
  return score;
}

// Requires: the smallest operand comes first.
std::vector<Entry> intersect(AlgebraRequest& request) {
  std::vector<Entry> entries;
  request.operands[0].for_each(request.texts, [&](const Entry& entry) {
    if (const auto score = intersect_one(request, entry)) {
      entries.push_back({entry.member, *score});
    }
    return request.limit == 0 || entries.size() < request.limit;
  });
  return entries;
}

std::vector<Entry> subtract(AlgebraRequest& request) {
  std::vector<Entry> entries;
  request.operands[0].for_each(request.texts, [&](const Entry& entry) {
    const bool elsewhere =
        std::any_of(request.operands.begin() + 1, request.operands.end(),
                    [&](const Operand& other) { return other.score(entry.member).has_value(); });
    if (!elsewhere) entries.push_back(entry);
    return true;
  });
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
    const keyspace::Record* record = context.database.find(context.key(first + i));
    if (record == nullptr) continue;
    if (record->type() == keyspace::Type::kSortedSet) {
      request.operands[i].sorted = &record->collection<SortedSet>();
    } else if (record->type() == keyspace::Type::kSet) {
      request.operands[i].plain = &record->collection<Set>();
    } else {
      context.fail(errors::kWrongType);
      return std::nullopt;
    }
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
