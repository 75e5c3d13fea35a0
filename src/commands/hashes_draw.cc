// SPDX-License-Identifier: BSD-3-Clause
//
// HRANDFIELD and HSCAN. Many different fields are chosen in one walk (Knuth, "The Art of Computer
// Programming" 3.4.2, algorithm S), a few by drawing until enough are different. One thread.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include <sorrel/exec/argument_reader.h>

#include "collection_scan.h"
#include "hashes.h"
#include "random_draws.h"

namespace sorrel::commands::hashes {
namespace {

void reply_entry(Context& context, const Hash::Entry& entry, bool with_values) {
  if (with_values && context.reply.resp3()) context.reply.array(2);
  reply_value(context, entry.field);
  if (with_values) reply_value(context, entry.value);
}

void reply_header(Context& context, std::uint64_t entries, bool with_values) {
  context.reply.array(with_values && !context.reply.resp3() ? entries * 2 : entries);
}

// All fields of a compact hash at once: there a single draw is a walk.
std::vector<Hash::Entry> compact_entries(const Hash& hash) {
  std::vector<Hash::Entry> entries;
  if (hash.encoding() != types::HashEncoding::kHashtable) {
    entries.reserve(hash.size());
    hash.for_each([&](const Hash::Entry& entry) { entries.push_back(entry); });
  }
  return entries;
}

Outcome reply_repeated(Context& context, const Hash& hash, std::uint64_t draws, bool with_values) {
  const auto compact = compact_entries(hash);
  return reply_draws(context, draws, [&] {
    reply_entry(context,
                compact.empty() ? hash.random(context.random)
                                : compact[context.random.below(compact.size())],
                with_values);
  });
}

// Requires: count < size.
void reply_different(Context& context, const Hash& hash, std::uint64_t count, bool with_values) {
  constexpr std::uint64_t kWalkFraction = 8;
  std::uint64_t remaining = hash.size();
  if (hash.encoding() != types::HashEncoding::kHashtable || count > remaining / kWalkFraction) {
    hash.for_each([&](const Hash::Entry& entry) {
      if (context.random.below(remaining--) < count) {
        reply_entry(context, entry, with_values);
        --count;
      }
    });
    return;
  }
  std::unordered_set<std::string_view> drawn;
  drawn.reserve(count);
  while (drawn.size() < count) {
    const Hash::Entry entry = hash.random(context.random);
    if (drawn.insert(entry.field.bytes).second) reply_entry(context, entry, with_values);
  }
}

struct RandomRequest {
  std::int64_t count = 0;
  bool with_values = false;
};

// key count [WITHVALUES]
base::Result<RandomRequest> parse_random(const Context& context) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  exec::ArgumentReader read(context, 2);
  RandomRequest request;
  request.count = read.integer();
  if (read.ok() && request.count < -kMost) read.fail(errors::kCountOutOfRange);
  if (read.more()) {
    request.with_values = read.word("WITHVALUES");
    if (!request.with_values || read.more()) read.fail(errors::kSyntax);
  }
  if (!read.ok()) return read.error();
  if (request.with_values && (request.count < -kMost / 2 || request.count > kMost / 2)) {
    return errors::kOutOfRange;
  }
  return request;
}

}  // namespace

Outcome hrandfield(Context& context) {
  const bool counted = context.argument_count() > 2;
  const auto request =
      counted ? parse_random(context) : base::Result<RandomRequest>(RandomRequest{});
  if (!request) return context.fail(request.error());
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (!counted) {
    if (found.value == nullptr) return exec::reply_null(context);
    reply_value(context, found.value->random(context.random).field);
    return Outcome::kOk;
  }
  if (found.value == nullptr) {
    context.reply.array(0);
    return Outcome::kOk;
  }
  const auto asked =
      static_cast<std::uint64_t>(request->count < 0 ? -request->count : request->count);
  const std::uint64_t size = found.value->size();
  const std::uint64_t entries = request->count < 0 ? asked : std::min(asked, size);
  reply_header(context, entries, request->with_values);
  if (request->count < 0) {
    return reply_repeated(context, *found.value, entries, request->with_values);
  }
  if (entries < size) {
    reply_different(context, *found.value, entries, request->with_values);
  } else {
    found.value->for_each(
        [&](const Hash::Entry& entry) { reply_entry(context, entry, request->with_values); });
  }
  return Outcome::kOk;
}

Outcome hscan(Context& context) {
  const auto cursor = parse_scan_cursor(context.argument(2));
  if (!cursor) return context.fail(errors::kInvalidCursor);
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    reply_scan_header(context, 0);
    context.reply.array(0);
    return Outcome::kOk;
  }
  const auto options = parse_scan_options(context, "NOVALUES");
  if (!options) return context.fail(options.error());
  std::vector<Hash::Entry> entries;
  char scratch[base::kMaxIntegerText];
  const std::uint64_t next =
      scan_steps(*cursor, *options, [&](std::uint64_t from, std::uint64_t& seen) {
        return found.value->scan(from, [&](const Hash::Entry& entry) {
          ++seen;
          if (options->fits(entry.field.text(scratch))) entries.push_back(entry);
        });
      });
  reply_scan_header(context, next);
  context.reply.array(options->names_only ? entries.size() : entries.size() * 2);
  for (const Hash::Entry& entry : entries) {
    reply_value(context, entry.field);
    if (!options->names_only) reply_value(context, entry.value);
  }
  return Outcome::kOk;
}

}  // namespace sorrel::commands::hashes
