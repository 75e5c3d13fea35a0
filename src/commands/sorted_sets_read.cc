// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that read single members: how many there are, their scores and ranks, random ones, and
// iteration over all of them. ZSCORE, ZRANK and ZREVRANK allocate nothing. One thread.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <sorrel/exec/argument_reader.h>

#include "collection_scan.h"
#include "random_draws.h"
#include "sorted_sets.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using Entry = SortedSet::Entry;
namespace errors = exec::errors;

Outcome reply_rank(Context& context, End end) {
  if (context.argument_count() > 4) return context.fail_arity();
  const bool with_score = context.argument_count() == 4;
  if (with_score && !context.argument_is(3, "WITHSCORE")) return context.fail_syntax();
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const auto ranked =
      found.value == nullptr ? std::nullopt : found.value->ranked(context.argument(2));
  if (!ranked) {
    if (with_score) {
      context.reply.null_array();
    } else {
      context.reply.null();
    }
    return Outcome::kOk;
  }
  const std::uint64_t rank =
      end == End::kLowest ? ranked->rank : found.value->size() - 1 - ranked->rank;
  if (with_score) context.reply.array(2);
  context.reply.integer(static_cast<std::int64_t>(rank));
  if (with_score) context.reply.real(ranked->score);
  return Outcome::kOk;
}

}  // namespace

Outcome zcard(Context& context) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const std::uint64_t size = found.value == nullptr ? 0 : found.value->size();
  return exec::reply_integer(context, static_cast<std::int64_t>(size));
}

Outcome zscore(Context& context) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const auto score =
      found.value == nullptr ? std::nullopt : found.value->score(context.argument(2));
  if (!score) return exec::reply_null(context);
  context.reply.real(*score);
  return Outcome::kOk;
}

Outcome zmscore(Context& context) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const auto members = context.arguments.subspan(2);
  context.reply.array(members.size());
  for (const std::string_view member : members) {
    const auto score = found.value == nullptr ? std::nullopt : found.value->score(member);
    if (score) {
      context.reply.real(*score);
    } else {
      context.reply.null();
    }
  }
  return Outcome::kOk;
}

Outcome zrank(Context& context) { return reply_rank(context, End::kLowest); }
Outcome zrevrank(Context& context) { return reply_rank(context, End::kHighest); }

namespace {

// Answers with `count` different entries. Requires: count < size. Each choice is equally likely.
// Many of them are chosen in one walk (Knuth, "The Art of Computer Programming" 3.4.2, algorithm
// S); a few by drawing ranks until enough are different.
void reply_different(Context& context, const SortedSet& set, std::uint64_t count,
                     bool with_scores) {
  constexpr std::uint64_t kWalkFraction = 8;
  const std::uint64_t size = set.size();
  if (count > size / kWalkFraction) {
    std::uint64_t wanted = count;
    for (auto it = set.forward(); wanted != 0; it.next()) {
      if (context.random.below(it.remaining()) < wanted) {
        reply_entry(context, *it, with_scores);
        --wanted;
      }
    }
    return;
  }
  std::unordered_set<std::uint64_t> drawn;
  drawn.reserve(count);
  while (drawn.size() < count) {
    const std::uint64_t rank = context.random.below(size);
    if (drawn.insert(rank).second) reply_entry(context, set.at(rank), with_scores);
  }
}

Outcome reply_random(Context& context, const SortedSet& set, std::int64_t count, bool with_scores) {
  if (count < 0) {
    const auto draws = static_cast<std::uint64_t>(-count);
    reply_entries_header(context, draws, with_scores);
    return reply_draws(context, draws,
                       [&] { reply_entry(context, set.random(context.random), with_scores); });
  }
  const std::uint64_t entries = std::min(static_cast<std::uint64_t>(count), set.size());
  reply_entries_header(context, entries, with_scores);
  if (entries < set.size()) {
    reply_different(context, set, entries, with_scores);
    return Outcome::kOk;
  }
  for (auto it = set.forward(); it.valid(); it.next()) reply_entry(context, *it, with_scores);
  return Outcome::kOk;
}

struct RandomRequest {
  std::int64_t count = 0;
  bool with_scores = false;
};

// key count [WITHSCORES]
base::Result<RandomRequest> parse_random(const Context& context) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  ArgumentReader read(context, 2);
  RandomRequest request;
  request.count = read.integer();
  if (read.ok() && request.count < -kMost) read.fail(errors::kCountOutOfRange);
  if (read.more()) {
    request.with_scores = read.word("WITHSCORES");
    if (!request.with_scores || read.more()) read.fail(errors::kSyntax);
  }
  if (!read.ok()) return read.error();
  if (request.with_scores && (request.count < -kMost / 2 || request.count > kMost / 2)) {
    return errors::kOutOfRange;
  }
  return request;
}

}  // namespace

Outcome zrandmember(Context& context) {
  const bool counted = context.argument_count() > 2;
  const auto request =
      counted ? parse_random(context) : base::Result<RandomRequest>(RandomRequest{});
  if (!request) return context.fail(request.error());
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (!counted) {
    if (found.value == nullptr) return exec::reply_null(context);
    return exec::reply_bulk(context, found.value->random(context.random).member);
  }
  if (found.value == nullptr) {
    context.reply.array(0);
    return Outcome::kOk;
  }
  return reply_random(context, *found.value, request->count, request->with_scores);
}

namespace {

// The two encodings print scores differently here, and clients see it: the compact one as
// everywhere, the other with 17 digits.
void reply_scanned_score(Context& context, double score, types::SortedSetEncoding encoding) {
  char text[base::kMaxDoubleText];
  std::size_t length = 0;
  if (encoding == types::SortedSetEncoding::kListpack) {
    length = base::format_double(score, text);
  } else {
    length = static_cast<std::size_t>(std::snprintf(text, sizeof(text), "%.17g", score));
  }
  context.reply.bulk({text, length});
}

}  // namespace

Outcome zscan(Context& context) {
  const auto cursor = parse_scan_cursor(context.argument(2));
  if (!cursor) return context.fail(errors::kInvalidCursor);
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    reply_scan_header(context, 0);
    context.reply.array(0);
    return Outcome::kOk;
  }
  const auto options = parse_scan_options(context, "NOSCORES");
  if (!options) return context.fail(options.error());
  std::vector<Entry> entries;
  const std::uint64_t next =
      scan_steps(*cursor, *options, [&](std::uint64_t from, std::uint64_t& seen) {
        return found.value->scan(from, [&](const Entry& entry) {
          ++seen;
          if (options->fits(entry.member)) entries.push_back(entry);
        });
      });
  reply_scan_header(context, next);
  context.reply.array(options->names_only ? entries.size() : entries.size() * 2);
  for (const Entry& entry : entries) {
    context.reply.bulk(entry.member);
    if (!options->names_only) reply_scanned_score(context, entry.score, found.value->encoding());
  }
  return Outcome::kOk;
}

}  // namespace sorrel::commands
