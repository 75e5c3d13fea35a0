// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that read a set: its size, membership, all members, random ones, and iteration. SCARD,
// SISMEMBER and SMISMEMBER allocate nothing. One thread.
#include <algorithm>
#include <limits>
#include <vector>

#include <sorrel/exec/argument_reader.h>

#include "collection_scan.h"
#include "random_draws.h"
#include "sets.h"

namespace sorrel::commands::sets {

Outcome scard(Context& context) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const std::uint64_t size = found.value == nullptr ? 0 : found.value->size();
  return exec::reply_integer(context, static_cast<std::int64_t>(size));
}

Outcome sismember(Context& context) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const bool there = found.value != nullptr && found.value->contains(context.argument(2));
  return exec::reply_integer(context, there ? 1 : 0);
}

Outcome smismember(Context& context) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const auto members = context.arguments.subspan(2);
  context.reply.array(members.size());
  for (const std::string_view member : members) {
    context.reply.integer(found.value != nullptr && found.value->contains(member) ? 1 : 0);
  }
  return Outcome::kOk;
}

Outcome smembers(Context& context) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    context.reply.set(0);
    return Outcome::kOk;
  }
  context.reply.set(found.value->size());
  found.value->for_each([&](const Set::Member& member) { reply_value(context, member); });
  return Outcome::kOk;
}

namespace {

// With repetition. A single draw from a listpack is a walk, so its members are listed first.
Outcome reply_repeated(Context& context, const Set& set, std::uint64_t draws) {
  context.reply.array(draws);
  std::vector<Set::Member> members;
  if (set.encoding() == types::SetEncoding::kListpack) {
    members.reserve(set.size());
    set.for_each([&](const Set::Member& member) { members.push_back(member); });
  }
  return reply_draws(context, draws, [&] {
    reply_value(context, members.empty() ? set.random(context.random)
                                         : members[context.random.below(members.size())]);
  });
}

Outcome reply_sample(Context& context, const Set& set, std::uint64_t count) {
  const std::uint64_t members = std::min(count, set.size());
  context.reply.array(members);
  set.sample(members, context.random,
             [&](const Set::Member& member) { reply_value(context, member); });
  return Outcome::kOk;
}

}  // namespace

Outcome srandmember(Context& context) {
  const bool counted = context.argument_count() > 2;
  std::int64_t count = 1;
  if (context.argument_count() > 3) return context.fail_syntax();
  if (counted) {
    exec::ArgumentReader read(context, 2);
    count = read.integer();
    if (count == std::numeric_limits<std::int64_t>::min()) read.fail(errors::kCountOutOfRange);
    if (!read.ok()) return context.fail(read.error());
  }
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    if (!counted) return exec::reply_null(context);
    context.reply.array(0);
    return Outcome::kOk;
  }
  if (!counted) {
    reply_value(context, found.value->random(context.random));
    return Outcome::kOk;
  }
  return count < 0 ? reply_repeated(context, *found.value, static_cast<std::uint64_t>(-count))
                   : reply_sample(context, *found.value, static_cast<std::uint64_t>(count));
}

Outcome sscan(Context& context) {
  const auto cursor = parse_scan_cursor(context.argument(2));
  if (!cursor) return context.fail(errors::kInvalidCursor);
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    reply_scan_header(context, 0);
    context.reply.array(0);
    return Outcome::kOk;
  }
  const auto options = parse_scan_options(context, {});
  if (!options) return context.fail(options.error());
  std::vector<Set::Member> members;
  char scratch[base::kMaxIntegerText];
  const std::uint64_t next =
      scan_steps(*cursor, *options, [&](std::uint64_t from, std::uint64_t& seen) {
        return found.value->scan(from, [&](const Set::Member& member) {
          ++seen;
          if (options->fits(member.text(scratch))) members.push_back(member);
        });
      });
  reply_scan_header(context, next);
  context.reply.array(members.size());
  for (const Set::Member& member : members) reply_value(context, member);
  return Outcome::kOk;
}

}  // namespace sorrel::commands::sets
