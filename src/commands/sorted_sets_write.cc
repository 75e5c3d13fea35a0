// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that add, change and remove members by name: ZADD, ZINCRBY, ZREM.
//
// Repeating ZADD INCR or ZINCRBY adds the same doubles in the same order, so their effect is the
// command itself. All scores of a ZADD are read before the key is touched: one bad score and
// nothing is added. A single pair allocates nothing here. One thread.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

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

}  // namespace sorrel::commands
