// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that take members from one end: ZPOPMIN, ZPOPMAX, ZMPOP; and those that wait until there
// is one: BZPOPMIN, BZPOPMAX, BZMPOP.
//
// A pop depends on nothing but the set, so its effect is the command itself; that of ZMPOP and of
// those that wait is the pop it came to. One thread.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include <sorrel/exec/argument_reader.h>

#include "pops.h"
#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using keyspace::Type;
namespace errors = exec::errors;
namespace events = keyspace::events;

enum class Pairs : std::uint8_t { kFlat, kNested };

// Writes the `count` entries at one end, the outermost first, and removes them.
// Requires: the key holds a sorted set; 0 < count <= its size.
void pop_entries(Context& context, keyspace::WriteRef& ref, std::uint64_t count, End end,
                 Pairs pairs) {
  auto& set = ref.collection<SortedSet>();
  const std::uint64_t size = set.size();
  const bool lowest = end == End::kLowest;
  const types::RankInterval popped =
      lowest ? types::RankInterval{0, count} : types::RankInterval{size - count, size};
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
  const std::uint64_t popped = popped_size(ref, count);
  const Pairs pairs = counted && context.reply.resp3() ? Pairs::kNested : Pairs::kFlat;
  context.reply.array(pairs == Pairs::kNested ? popped : popped * 2);
  pop_entries(context, ref, popped, end, pairs);
  return Outcome::kOk;
}

constexpr std::array<std::string_view, 2> kEnds = {"MIN", "MAX"};

std::string_view pop_name(End end) { return end == End::kLowest ? "ZPOPMIN" : "ZPOPMAX"; }

// Pops from the first key that has a sorted set. Returns: nullopt when none has.
std::optional<Outcome> pop_first(Context& context, const PopRequest& request) {
  const End end = request.second_end ? End::kHighest : End::kLowest;
  return take_from_first(
      context, Type::kSortedSet, request.keys, [&](keyspace::WriteRef& ref, std::size_t index) {
        const std::uint64_t count = popped_size(ref, request.count);
        const std::string_view key = context.argument(index);
        context.reply.array(2);
        context.reply.bulk(key);
        context.reply.array(count);
        pop_entries(context, ref, count, end, Pairs::kNested);
        // The effect names the key that was found, so that repeating it looks at no other.
        char text[base::kMaxIntegerText];
        context.effects.replace({pop_name(end), key, {text, base::format_unsigned(count, text)}});
      });
}

// key [key ...] timeout. The answer is flat in both protocols: the key, the member, its score.
Outcome blocking_pop(Context& context, End end) {
  const KeyRun keys{1, context.argument_count() - 2};
  const auto deadline = read_deadline(context, keys.first + keys.count);
  if (!deadline) return context.fail(deadline.error());
  const auto outcome = take_from_first(
      context, Type::kSortedSet, keys, [&](keyspace::WriteRef& ref, std::size_t index) {
        context.reply.array(3);
        context.reply.bulk(context.argument(index));
        pop_entries(context, ref, 1, end, Pairs::kFlat);
        context.effects.replace({pop_name(end), context.argument(index)});
      });
  return outcome ? *outcome : wait_for(context, Type::kSortedSet, keys, *deadline);
}

}  // namespace

Outcome zpopmin(Context& context) { return pop(context, End::kLowest); }
Outcome zpopmax(Context& context) { return pop(context, End::kHighest); }

Outcome zmpop(Context& context) {
  const auto request = parse_pop(context, 1, kEnds);
  if (!request) return context.fail(request.error());
  if (const auto outcome = pop_first(context, *request)) return *outcome;
  context.reply.null_array();
  return Outcome::kOk;
}

Outcome bzpopmin(Context& context) { return blocking_pop(context, End::kLowest); }
Outcome bzpopmax(Context& context) { return blocking_pop(context, End::kHighest); }

// BZMPOP timeout numkeys key [key ...] MIN|MAX [COUNT count]
Outcome bzmpop(Context& context) {
  const auto request = parse_pop(context, 2, kEnds);
  if (!request) return context.fail(request.error());
  const auto deadline = read_deadline(context, 1);
  if (!deadline) return context.fail(deadline.error());
  if (const auto outcome = pop_first(context, *request)) return *outcome;
  return wait_for(context, Type::kSortedSet, request->keys, *deadline);
}

}  // namespace sorrel::commands
