// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that add, change and take members: ZADD, ZINCRBY, ZREM, ZPOPMIN, ZPOPMAX, ZMPOP.
//
// Repeating ZADD INCR or ZINCRBY adds the same doubles in the same order, and a pop depends on
// nothing but the set, so their effect is the command itself. ZMPOP's is the pop it came to.
// All scores of a ZADD are read before the key is touched: one bad score and nothing is added.
// A single pair allocates nothing here. One thread.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <sorrel/exec/argument_reader.h>

#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using keyspace::Type;
using types::AddOutcome;
using types::AddResult;
namespace errors = exec::errors;
namespace events = keyspace::events;

// The scores of a ZADD in order; a few of them lie on the stack.
class Scores {
 public:
  void reserve(std::size_t count) {
    if (count > few_.size()) many_.resize(count);
  }
  double& operator[](std::size_t i) { return many_.empty() ? few_[i] : many_[i]; }

 private:
  std::array<double, 8> few_;
  std::vector<double> many_;
};

struct AddRequest {
  types::AddOptions options;
  bool count_changed = false;  // CH
  std::size_t first = 2;       // index of the first score
};

AddRequest parse_add_options(const Context& context) {
  AddRequest request;
  for (; request.first < context.argument_count(); ++request.first) {
    const std::string_view word = context.argument(request.first);
    // Nearly every score begins with a digit or a sign, and ends the options at once.
    if (word.empty() || word[0] < 'A') break;
    if (base::equals_ignoring_case(word, "nx")) {
      request.options.nx = true;
    } else if (base::equals_ignoring_case(word, "xx")) {
      request.options.xx = true;
    } else if (base::equals_ignoring_case(word, "ch")) {
      request.count_changed = true;
    } else if (base::equals_ignoring_case(word, "incr")) {
      request.options.incr = true;
    } else if (base::equals_ignoring_case(word, "gt")) {
      request.options.gt = true;
    } else if (base::equals_ignoring_case(word, "lt")) {
      request.options.lt = true;
    } else {
      break;
    }
  }
  return request;
}

// What is wrong with the request as a whole; null when nothing is.
const base::Error* check_add(const AddRequest& request, std::size_t words) {
  const types::AddOptions& options = request.options;
  if (words == 0 || words % 2 != 0) return &errors::kSyntax;
  if (options.nx && options.xx) return &errors::kXxAndNx;
  if ((options.nx && (options.gt || options.lt)) || (options.gt && options.lt)) {
    return &errors::kGtLtAndNx;
  }
  if (options.incr && words > 2) return &errors::kIncrSinglePair;
  return nullptr;
}

// Adds one member as INCR does, and answers with its score, or null when a condition refused it.
Outcome increment(Context& context, std::string_view member, double by, types::AddOptions options) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kSortedSet)) return context.fail(errors::kWrongType);
  if (!ref.exists() && options.xx) return exec::reply_null(context);
  options.incr = true;
  const types::Settings& settings = context.keyspace.settings();
  auto& set = ref.collection<SortedSet>();
  set.expect(1, settings);
  const AddResult result = set.add(member, by, options, settings);
  if (result.changed()) {
    ref.commit(events::kZIncr);
  } else {
    ref.dismiss();
  }
  if (result.outcome == AddOutcome::kNotANumber) return context.fail(errors::kScoreNan);
  if (result.outcome == AddOutcome::kRefused) return exec::reply_null(context);
  context.reply.real(result.score);
  return Outcome::kOk;
}

Outcome add_pairs(Context& context, const AddRequest& request, std::size_t pairs, Scores& scores) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kSortedSet)) return context.fail(errors::kWrongType);
  if (!ref.exists() && request.options.xx) return exec::reply_integer(context, 0);
  const types::Settings& settings = context.keyspace.settings();
  auto& set = ref.collection<SortedSet>();
  set.expect(pairs, settings);
  std::int64_t added = 0;
  std::int64_t updated = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    const std::string_view member = context.argument(request.first + 2 * i + 1);
    const AddResult result = set.add(member, scores[i], request.options, settings);
    added += result.outcome == AddOutcome::kAdded ? 1 : 0;
    updated += result.outcome == AddOutcome::kUpdated ? 1 : 0;
  }
  if (added + updated != 0) {
    ref.commit(events::kZAdd);
  } else {
    ref.dismiss();
  }
  return exec::reply_integer(context, request.count_changed ? added + updated : added);
}

}  // namespace

Outcome zadd(Context& context) {
  const AddRequest request = parse_add_options(context);
  const std::size_t words = context.argument_count() - request.first;
  if (const base::Error* error = check_add(request, words); error != nullptr) {
    return context.fail(*error);
  }
  const std::size_t pairs = words / 2;
  Scores scores;
  scores.reserve(pairs);
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto score = base::parse_double(context.argument(request.first + 2 * i));
    if (!score) return context.fail(errors::kNotFloat);
    scores[i] = *score;
  }
  if (request.options.incr) {
    return increment(context, context.argument(request.first + 1), scores[0], request.options);
  }
  return add_pairs(context, request, pairs, scores);
}

Outcome zincrby(Context& context) {
  const auto by = base::parse_double(context.argument(2));
  if (!by) {
    // An option of ZADD is one here, too, and then a word is missing.
    return context.fail(parse_add_options(context).first == 2 ? errors::kNotFloat
                                                              : errors::kSyntax);
  }
  return increment(context, context.argument(3), *by, {});
}

Outcome zrem(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(Type::kSortedSet)) return context.fail(errors::kWrongType);
  auto& set = ref.collection<SortedSet>();
  std::int64_t removed = 0;
  for (const std::string_view member : context.arguments.subspan(2)) {
    removed += set.remove(member) ? 1 : 0;
  }
  if (removed != 0) {
    ref.commit(events::kZRem);
  } else {
    ref.dismiss();
  }
  return exec::reply_integer(context, removed);
}

namespace {

enum class Pairs : std::uint8_t { kFlat, kNested };

// Answers with the `count` entries at one end, the outermost first, and removes them.
// Requires: the key holds a sorted set; 0 < count <= its size.
void pop_entries(Context& context, keyspace::WriteRef& ref, std::uint64_t count, End end,
                 Pairs pairs) {
  auto& set = ref.collection<SortedSet>();
  const std::uint64_t size = set.size();
  const bool lowest = end == End::kLowest;
  const types::RankInterval popped =
      lowest ? types::RankInterval{0, count} : types::RankInterval{size - count, size};
  context.reply.array(pairs == Pairs::kNested ? count : count * 2);
  for (auto it = lowest ? set.forward(popped) : set.backward(popped); it.valid(); it.next()) {
    if (pairs == Pairs::kNested) context.reply.array(2);
    context.reply.bulk(it->member);
    context.reply.real(it->score);
  }
  set.remove_range(popped);
  ref.commit(lowest ? events::kZPopMin : events::kZPopMax);
}

std::uint64_t popped_size(const keyspace::WriteRef& ref, std::int64_t count) {
  return std::min(static_cast<std::uint64_t>(count), ref.record().collection<SortedSet>().size());
}

// Without a count one entry, flat in both protocols; with one, pairs as the protocol has them.
Outcome pop(Context& context, End end) {
  if (context.argument_count() > 3) return context.fail_syntax();
  std::int64_t count = 1;
  const bool counted = context.argument_count() == 3;
  if (counted) {
    ArgumentReader read(context, 2);
    count = read.integer_in(0, std::numeric_limits<std::int64_t>::max(), errors::kMustBePositive);
    if (!read.ok()) return context.fail(errors::kMustBePositive);
  }
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kSortedSet)) return context.fail(errors::kWrongType);
  if (!ref.exists() || count == 0) {
    context.reply.array(0);
    return Outcome::kOk;
  }
  pop_entries(context, ref, popped_size(ref, count), end,
              counted && context.reply.resp3() ? Pairs::kNested : Pairs::kFlat);
  return Outcome::kOk;
}

struct PopRequest {
  std::size_t keys = 0;
  End end = End::kLowest;
  std::int64_t count = 1;
};

// ZMPOP numkeys key [key ...] MIN|MAX [COUNT count]
base::Result<PopRequest> parse_pop(const Context& context) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto keys = base::parse_integer(context.argument(1));
  if (!keys || *keys < 1) return errors::kNumkeysNotPositive;
  if (static_cast<std::uint64_t>(*keys) + 2 >= context.argument_count()) return errors::kSyntax;
  PopRequest request;
  request.keys = static_cast<std::size_t>(*keys);
  ArgumentReader read(context, 2 + request.keys);
  if (read.word("MAX")) {
    request.end = End::kHighest;
  } else if (!read.word("MIN")) {
    return errors::kSyntax;
  }
  if (read.more()) {
    if (!read.word_with("COUNT", 1)) return errors::kSyntax;
    request.count = read.integer_in(1, kMost, errors::kCountNotPositive);
    if (!read.ok()) return errors::kCountNotPositive;
    if (read.more()) return errors::kSyntax;
  }
  return request;
}

// The effect names the key that was found, so that repeating it looks at no other.
void replace_by_pop(Context& context, std::string_view key, End end, std::uint64_t count) {
  char text[base::kMaxIntegerText];
  context.effects.replace({end == End::kLowest ? "ZPOPMIN" : "ZPOPMAX",
                           key,
                           {text, base::format_unsigned(count, text)}});
}

}  // namespace

Outcome zpopmin(Context& context) { return pop(context, End::kLowest); }
Outcome zpopmax(Context& context) { return pop(context, End::kHighest); }

Outcome zmpop(Context& context) {
  const auto request = parse_pop(context);
  if (!request) return context.fail(request.error());
  for (std::size_t i = 0; i < request->keys; ++i) {
    auto ref = context.database.write(context.key(2 + i));
    if (!ref.exists()) continue;
    if (!ref.holds(Type::kSortedSet)) return context.fail(errors::kWrongType);
    const std::string_view key = context.argument(2 + i);
    const std::uint64_t count = popped_size(ref, request->count);
    context.reply.array(2);
    context.reply.bulk(key);
    pop_entries(context, ref, count, request->end, Pairs::kNested);
    replace_by_pop(context, key, request->end, count);
    return Outcome::kOk;
  }
  context.reply.null_array();
  return Outcome::kOk;
}

}  // namespace sorrel::commands
