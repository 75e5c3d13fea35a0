// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that take members from one end: ZPOPMIN, ZPOPMAX, ZMPOP.
//
// A pop depends on nothing but the set, so its effect is the command itself; ZMPOP's is the pop it
// came to. One thread.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include <sorrel/exec/argument_reader.h>

#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using keyspace::Type;
namespace errors = exec::errors;
namespace events = keyspace::events;

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
