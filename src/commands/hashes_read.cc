// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that read values of a hash, one, some or all of them, and ask what there is. HGET,
// HMGET, HLEN, HSTRLEN and HEXISTS allocate nothing. One thread.
#include "hashes.h"

namespace sorrel::commands::hashes {

Outcome hget(Context& context) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) return exec::reply_null(context);
  reply_value(context, found.value->get(context.argument(2)));
  return Outcome::kOk;
}

Outcome hmget(Context& context) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const Fields fields = context.arguments.subspan(2);
  context.reply.array(fields.size());
  for (const std::string_view field : fields) {
    if (found.value == nullptr) {
      context.reply.null();
    } else {
      reply_value(context, found.value->get(field));
    }
  }
  return Outcome::kOk;
}

Outcome hgetall(Context& context) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  context.reply.map(found.value == nullptr ? 0 : found.value->size());
  if (found.value != nullptr) {
    found.value->for_each([&](const Hash::Entry& entry) {
      reply_value(context, entry.field);
      reply_value(context, entry.value);
    });
  }
  return Outcome::kOk;
}

namespace {

Outcome reply_halves(Context& context, Hash::Text Hash::Entry::*half) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  context.reply.array(found.value == nullptr ? 0 : found.value->size());
  if (found.value != nullptr) {
    found.value->for_each([&](const Hash::Entry& entry) { reply_value(context, entry.*half); });
  }
  return Outcome::kOk;
}

}  // namespace

Outcome hkeys(Context& context) { return reply_halves(context, &Hash::Entry::field); }

Outcome hvals(Context& context) { return reply_halves(context, &Hash::Entry::value); }

Outcome hlen(Context& context) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const std::uint64_t size = found.value == nullptr ? 0 : found.value->size();
  return exec::reply_integer(context, static_cast<std::int64_t>(size));
}

Outcome hstrlen(Context& context) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const auto value = found.value == nullptr ? std::nullopt : found.value->get(context.argument(2));
  char scratch[base::kMaxIntegerText];
  return exec::reply_integer(context,
                             value ? static_cast<std::int64_t>(value->text(scratch).size()) : 0);
}

Outcome hexists(Context& context) {
  const FoundHash found = find_hash(context);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const bool there = found.value != nullptr && found.value->contains(context.argument(2));
  return exec::reply_integer(context, there ? 1 : 0);
}

}  // namespace sorrel::commands::hashes
