// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that take members from one end: ZPOPMIN, ZPOPMAX, ZMPOP; and those that wait until there
// is one: BZPOPMIN, BZPOPMAX, BZMPOP.
//
// A pop depends on nothing but the set, so its effect is the command itself; that of ZMPOP and of
// those that wait is the pop it came to. One thread.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <sorrel/exec/argument_reader.h>

#include "blocking_timeout.h"
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

struct PopRequest {
  std::size_t first_key = 0;
  std::size_t keys = 0;
  End end = End::kLowest;
  std::int64_t count = 1;
};

// numkeys key [key ...] MIN|MAX [COUNT count], from the argument at `first` on.
base::Result<PopRequest> parse_pop(const Context& context, std::size_t first) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto keys = base::parse_integer(context.argument(first));
  if (!keys || *keys < 1) return errors::kNumkeysNotPositive;
  const auto words = static_cast<std::int64_t>(context.argument_count() - first);
  if (*keys >= words - 1) return errors::kSyntax;
  PopRequest request;
  request.first_key = first + 1;
  request.keys = static_cast<std::size_t>(*keys);
  ArgumentReader read(context, request.first_key + request.keys);
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

// Pops from the first key that has a sorted set. Returns: nullopt when none has.
std::optional<Outcome> pop_first(Context& context, const PopRequest& request) {
  for (std::size_t i = 0; i < request.keys; ++i) {
    const std::size_t index = request.first_key + i;
    auto ref = context.database.write(context.key(index));
    if (!ref.exists()) continue;
    if (!ref.holds(Type::kSortedSet)) return context.fail(errors::kWrongType);
    const std::string_view key = context.argument(index);
    const std::uint64_t count = popped_size(ref, request.count);
    context.reply.array(2);
    context.reply.bulk(key);
    context.reply.array(count);
    pop_entries(context, ref, count, request.end, Pairs::kNested);
    replace_by_pop(context, key, request.end, count);
    return Outcome::kOk;
  }
  return std::nullopt;
}

Outcome wait_for_set(Context& context, std::size_t first_key, std::size_t keys,
                     std::int64_t deadline_ms) {
  exec::Wait wait;
  wait.first_key = first_key;
  wait.key_count = keys;
  wait.type = Type::kSortedSet;
  wait.deadline_ms = deadline_ms;
  return context.park(std::move(wait));
}

// key [key ...] timeout. The answer is flat in both protocols: the key, the member, its score.
Outcome blocking_pop(Context& context, End end) {
  const std::size_t keys = context.argument_count() - 2;
  const auto deadline = read_deadline(context, keys + 1);
  if (!deadline) return context.fail(deadline.error());
  for (std::size_t i = 1; i <= keys; ++i) {
    auto ref = context.database.write(context.key(i));
    if (!ref.exists()) continue;
    if (!ref.holds(Type::kSortedSet)) return context.fail(errors::kWrongType);
    context.reply.array(3);
    context.reply.bulk(context.argument(i));
    pop_entries(context, ref, 1, end, Pairs::kFlat);
    context.effects.replace({end == End::kLowest ? "ZPOPMIN" : "ZPOPMAX", context.argument(i)});
    return Outcome::kOk;
  }
  return wait_for_set(context, 1, keys, *deadline);
}

}  // namespace

Outcome zpopmin(Context& context) { return pop(context, End::kLowest); }
Outcome zpopmax(Context& context) { return pop(context, End::kHighest); }

Outcome zmpop(Context& context) {
  const auto request = parse_pop(context, 1);
  if (!request) return context.fail(request.error());
  if (const auto outcome = pop_first(context, *request)) return *outcome;
  context.reply.null_array();
  return Outcome::kOk;
}

Outcome bzpopmin(Context& context) { return blocking_pop(context, End::kLowest); }
Outcome bzpopmax(Context& context) { return blocking_pop(context, End::kHighest); }

// BZMPOP timeout numkeys key [key ...] MIN|MAX [COUNT count]
Outcome bzmpop(Context& context) {
  const auto request = parse_pop(context, 2);
  if (!request) return context.fail(request.error());
  const auto deadline = read_deadline(context, 1);
  if (!deadline) return context.fail(deadline.error());
  if (const auto outcome = pop_first(context, *request)) return *outcome;
  return wait_for_set(context, request->first_key, request->keys, *deadline);
}

}  // namespace sorrel::commands
