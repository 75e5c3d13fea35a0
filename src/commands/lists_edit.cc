// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that change a list inside: LSET, LREM, LTRIM, LINSERT. What they do depends on nothing
// but the list, so their effect is the command itself. As in Redis, LSET looks at the key before it
// reads its index. One thread.
#include <cstdint>
#include <limits>

#include <sorrel/exec/argument_reader.h>

#include "lists.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using keyspace::Type;
namespace errors = exec::errors;
namespace events = keyspace::events;

}  // namespace

Outcome lset(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return context.fail(errors::kNoSuchKey);
  if (!ref.holds(Type::kList)) return context.fail(errors::kWrongType);
  const auto index = base::parse_integer(context.argument(2));
  if (!index) return context.fail(errors::kNotInteger);
  auto& list = ref.collection<List>();
  // One that is outside still is when it counts from the front.
  const auto at = static_cast<std::uint64_t>(from_front(*index, list.size()));
  if (!list.set(at, context.argument(3), context.keyspace.settings())) {
    ref.dismiss();
    return context.fail(errors::kIndexOutOfRange);
  }
  ref.commit(events::kLSet);
  return exec::reply_ok(context);
}

Outcome lrem(Context& context) {
  ArgumentReader read(context, 2);
  const std::int64_t count = read.integer();
  if (count == std::numeric_limits<std::int64_t>::min()) read.fail(errors::kCountOutOfRange);
  if (!read.ok()) return context.fail(read.error());
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(Type::kList)) return context.fail(errors::kWrongType);
  const auto limit = static_cast<std::uint64_t>(count < 0 ? -count : count);
  const std::uint64_t removed = ref.collection<List>().remove(
      context.argument(3), limit, count < 0 ? ListEnd::kBack : ListEnd::kFront,
      context.keyspace.settings());
  if (removed != 0) {
    ref.commit(events::kLRem);
  } else {
    ref.dismiss();
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(removed));
}

Outcome ltrim(Context& context) {
  ArgumentReader read(context, 2);
  const std::int64_t start = read.integer();
  const std::int64_t stop = read.integer();
  if (!read.ok()) return context.fail(read.error());
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_ok(context);
  if (!ref.holds(Type::kList)) return context.fail(errors::kWrongType);
  const std::uint64_t size = ref.record().collection<List>().size();
  const ListRange kept(start, stop, size);
  if (kept.count == 0) {
    // What nothing is kept of is freed in steps.
    ref.set_collection(List());
  } else {
    const types::Settings& settings = context.keyspace.settings();
    auto& list = ref.collection<List>();
    list.pop(ListEnd::kBack, size - kept.first - kept.count, settings);
    list.pop(ListEnd::kFront, kept.first, settings);
  }
  ref.commit(events::kLTrim);
  // Subscribers are told even when all is kept; but then there is nothing to repeat.
  if (kept.count == size) context.effects.suppress();
  return exec::reply_ok(context);
}

Outcome linsert(Context& context) {
  const bool before = context.argument_is(2, "BEFORE");
  if (!before && !context.argument_is(2, "AFTER")) return context.fail_syntax();
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(Type::kList)) return context.fail(errors::kWrongType);
  const types::Settings& settings = context.keyspace.settings();
  const std::string_view pivot = context.argument(3);
  const std::string_view text = context.argument(4);
  auto& list = ref.collection<List>();
  if (before ? list.insert_before(pivot, text, settings)
             : list.insert_after(pivot, text, settings)) {
    ref.commit(events::kLInsert);
    return exec::reply_integer(context, static_cast<std::int64_t>(list.size()));
  }
  ref.dismiss();
  return exec::reply_integer(context, -1);
}

}  // namespace sorrel::commands
