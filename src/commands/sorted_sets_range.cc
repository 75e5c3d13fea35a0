// SPDX-License-Identifier: BSD-3-Clause
//
// Every command that asks for a range of a sorted set. Whatever words it came in, a range is parsed
// into a RangeQuery, becomes a RankInterval of the set at hand (interval_of), and is then counted,
// emitted, stored or removed. LIMIT and REV are arithmetic on the interval.
//
// Checks go in Redis' order: options from left to right, options that exclude each other, bounds,
// and only then the key. Reading allocates nothing. One thread.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/exec/argument_reader.h>

#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using types::LexBound;
using types::RankInterval;
namespace errors = exec::errors;
namespace events = keyspace::events;

enum class Order : std::uint8_t { kRank, kScore, kLex };
enum class Direction : std::uint8_t { kForward, kReverse };

struct RangeQuery {
  Order order = Order::kRank;
  Direction direction = Direction::kForward;
  bool with_scores = false;
  std::int64_t offset = 0;
  std::int64_t count = -1;  // negative: all
  // Of these the one that `order` names.
  std::int64_t start = 0;
  std::int64_t stop = 0;
  types::ScoreRange scores;
  types::LexRange members;
};

// What the name of a command already decides.
struct RangeForm {
  std::optional<Order> order;
  std::optional<Direction> direction;
  bool may_have_scores = true;
};

struct ScoreBound {
  double score = 0;
  bool exclusive = false;
};

std::optional<ScoreBound> parse_score_bound(std::string_view text) {
  const bool exclusive = !text.empty() && text[0] == '(';
  const auto score = base::parse_lenient_double(exclusive ? text.substr(1) : text);
  if (!score) return std::nullopt;
  return ScoreBound{*score, exclusive};
}

std::optional<LexBound> parse_lex_bound(std::string_view text) {
  if (text == "-") return LexBound{LexBound::Kind::kMinimum, {}};
  if (text == "+") return LexBound{LexBound::Kind::kMaximum, {}};
  if (text.empty()) return std::nullopt;
  if (text[0] == '[') return LexBound{LexBound::Kind::kInclusive, text.substr(1)};
  if (text[0] == '(') return LexBound{LexBound::Kind::kExclusive, text.substr(1)};
  return std::nullopt;
}

// Reads the bounds into the query, whose order and direction stand. Returns: what is wrong, or
// null.
const base::Error* parse_bounds(RangeQuery& query, std::string_view first,
                                std::string_view second) {
  if (query.order == Order::kRank) {
    const auto start = base::parse_integer(first);
    const auto stop = base::parse_integer(second);
    if (!start || !stop) return &errors::kNotInteger;
    query.start = *start;
    query.stop = *stop;
    return nullptr;
  }
  if (query.direction == Direction::kReverse) std::swap(first, second);
  if (query.order == Order::kScore) {
    const auto min = parse_score_bound(first);
    const auto max = parse_score_bound(second);
    if (!min || !max) return &errors::kMinMaxNotFloat;
    query.scores = {min->score, max->score, min->exclusive, max->exclusive};
    return nullptr;
  }
  const auto min = parse_lex_bound(first);
  const auto max = parse_lex_bound(second);
  if (!min || !max) return &errors::kMinMaxNotLex;
  query.members = {*min, *max};
  return nullptr;
}

void parse_option(ArgumentReader& read, const RangeForm& form, bool& directed, bool& ordered,
                  RangeQuery& query) {
  if (form.may_have_scores && read.word("WITHSCORES")) {
    query.with_scores = true;
  } else if (read.word_with("LIMIT", 2)) {
    query.offset = read.integer();
    query.count = read.integer();
  } else if (!directed && read.word("REV")) {
    query.direction = Direction::kReverse;
    directed = true;
  } else if (!ordered && read.word("BYLEX")) {
    query.order = Order::kLex;
    ordered = true;
  } else if (!ordered && read.word("BYSCORE")) {
    query.order = Order::kScore;
    ordered = true;
  } else {
    read.fail(errors::kSyntax);
  }
}

// The bounds at `first` and `first + 1`, and the options behind them.
base::Result<RangeQuery> parse_range(const Context& context, std::size_t first,
                                     const RangeForm& form) {
  RangeQuery query;
  query.order = form.order.value_or(Order::kRank);
  query.direction = form.direction.value_or(Direction::kForward);
  bool directed = form.direction.has_value();
  bool ordered = form.order.has_value();
  ArgumentReader read(context, first + 2);
  while (read.more()) {
    parse_option(read, form, directed, ordered, query);
  }
  if (!read.ok()) return read.error();
  if (query.count != -1 && query.order == Order::kRank) return errors::kLimitWithoutOrder;
  if (query.with_scores && query.order == Order::kLex) return errors::kScoresByLex;
  const base::Error* error =
      parse_bounds(query, context.argument(first), context.argument(first + 1));
  if (error != nullptr) return *error;
  return query;
}

// Ranks counted from the end that the direction begins at; negative ones from the other end.
RankInterval ranks_between(std::int64_t start, std::int64_t stop, std::uint64_t size,
                           Direction direction) {
  const auto length = static_cast<std::int64_t>(size);
  if (start < 0) start = std::max<std::int64_t>(start + length, 0);
  if (stop < 0) stop += length;
  stop = std::min(stop, length - 1);
  if (start > stop) return {};
  const auto first = static_cast<std::uint64_t>(start);
  const auto last = static_cast<std::uint64_t>(stop) + 1;
  if (direction == Direction::kReverse) return {size - last, size - first};
  return {first, last};
}

// LIMIT. A negative offset leaves nothing of a compact set; in a big one it counts from the far end
// of the range. That is an accident of Redis 8.0 that clients can see, so it is kept.
RankInterval limit(RankInterval interval, const RangeQuery& query, const SortedSet& set) {
  std::int64_t begin = query.offset;
  if (begin < 0 && set.encoding() == types::SortedSetEncoding::kSkiplist) {
    begin += static_cast<std::int64_t>(interval.size());
  }
  if (begin < 0 || static_cast<std::uint64_t>(begin) >= interval.size()) return {};
  const auto offset = static_cast<std::uint64_t>(begin);
  std::uint64_t count = interval.size() - offset;
  if (query.count >= 0) count = std::min(count, static_cast<std::uint64_t>(query.count));
  if (query.direction == Direction::kReverse) {
    return {interval.last - offset - count, interval.last - offset};
  }
  return {interval.first + offset, interval.first + offset + count};
}

RankInterval interval_of(const SortedSet& set, const RangeQuery& query) {
  switch (query.order) {
    case Order::kScore:
      return limit(set.ranks_in(query.scores), query, set);
    case Order::kLex:
      return limit(set.ranks_in(query.members), query, set);
    case Order::kRank:
      break;
  }
  return ranks_between(query.start, query.stop, set.size(), query.direction);
}

// Answers with the entries of a range.
Outcome reply_range(Context& context, const RangeForm& form) {
  const auto query = parse_range(context, 2, form);
  if (!query) return context.fail(query.error());
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const RankInterval interval =
      found.value == nullptr ? RankInterval{} : interval_of(*found.value, *query);
  reply_entries_header(context, interval.size(), query->with_scores);
  if (interval.empty()) return Outcome::kOk;
  const bool reverse = query->direction == Direction::kReverse;
  for (auto it = reverse ? found.value->backward(interval) : found.value->forward(interval);
       it.valid(); it.next()) {
    reply_entry(context, *it, query->with_scores);
  }
  return Outcome::kOk;
}

// The entries of a range as they are stored. Redis adds them one by one to a set that begins
// compact (unless it knows from the ranks that there will be too many), and a compact set does not
// keep the sign of a zero; so what goes in before the set turns big loses it.
std::vector<SortedSet::Entry> stored_entries(const SortedSet& set, const RangeQuery& query,
                                             const types::Settings& settings) {
  const RankInterval interval = interval_of(set, query);
  const bool reverse = query.direction == Direction::kReverse;
  bool compact =
      query.order != Order::kRank || interval.size() <= settings.zset_max_listpack_entries;
  std::vector<SortedSet::Entry> entries;
  entries.reserve(interval.size());
  for (auto it = reverse ? set.backward(interval) : set.forward(interval); it.valid(); it.next()) {
    compact = compact && entries.size() < settings.zset_max_listpack_entries &&
              it->member.size() <= settings.zset_max_listpack_value;
    entries.push_back({it->member, compact && it->score == 0 ? 0 : it->score});
  }
  return entries;
}

// key min max, and nothing else.
base::Result<RangeQuery> parse_plain(const Context& context, Order order) {
  RangeQuery query;
  query.order = order;
  const base::Error* error = parse_bounds(query, context.argument(2), context.argument(3));
  if (error != nullptr) return *error;
  return query;
}

Outcome count_range(Context& context, Order order) {
  const auto query = parse_plain(context, order);
  if (!query) return context.fail(query.error());
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const std::uint64_t count = found.value == nullptr ? 0 : interval_of(*found.value, *query).size();
  return exec::reply_integer(context, static_cast<std::int64_t>(count));
}

Outcome remove_range(Context& context, Order order, const keyspace::Event& event) {
  const auto query = parse_plain(context, order);
  if (!query) return context.fail(query.error());
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(keyspace::Type::kSortedSet)) return context.fail(errors::kWrongType);
  const RankInterval interval = interval_of(ref.record().collection<SortedSet>(), *query);
  if (interval.empty()) return exec::reply_integer(context, 0);
  ref.collection<SortedSet>().remove_range(interval);
  ref.commit(event);
  return exec::reply_integer(context, static_cast<std::int64_t>(interval.size()));
}

}  // namespace

Outcome zrange(Context& context) { return reply_range(context, {}); }
Outcome zrangebyscore(Context& context) {
  return reply_range(context, {Order::kScore, Direction::kForward});
}
Outcome zrangebylex(Context& context) {
  return reply_range(context, {Order::kLex, Direction::kForward});
}
Outcome zrevrange(Context& context) {
  return reply_range(context, {Order::kRank, Direction::kReverse});
}
Outcome zrevrangebyscore(Context& context) {
  return reply_range(context, {Order::kScore, Direction::kReverse});
}
Outcome zrevrangebylex(Context& context) {
  return reply_range(context, {Order::kLex, Direction::kReverse});
}

Outcome zrangestore(Context& context) {
  const auto query =
      parse_range(context, 3, {std::nullopt, std::nullopt, /*may_have_scores=*/false});
  if (!query) return context.fail(query.error());
  const FoundSet source = find_set(context, 2);
  if (source.wrong_type) return context.fail(errors::kWrongType);
  std::vector<SortedSet::Entry> entries;
  if (source.value != nullptr) {
    entries = stored_entries(*source.value, *query, context.keyspace.settings());
  }
  return store_entries(context, 1, entries, events::kZRangeStore);
}

Outcome zcount(Context& context) { return count_range(context, Order::kScore); }
Outcome zlexcount(Context& context) { return count_range(context, Order::kLex); }

Outcome zremrangebyrank(Context& context) {
  return remove_range(context, Order::kRank, events::kZRemRangeByRank);
}
Outcome zremrangebyscore(Context& context) {
  return remove_range(context, Order::kScore, events::kZRemRangeByScore);
}
Outcome zremrangebylex(Context& context) {
  return remove_range(context, Order::kLex, events::kZRemRangeByLex);
}

}  // namespace sorrel::commands
