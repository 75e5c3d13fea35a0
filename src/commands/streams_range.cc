// SPDX-License-Identifier: BSD-3-Clause
//
// XLEN, XRANGE and XREVRANGE. One thread.
#include <limits>

#include <sorrel/exec/argument_reader.h>

#include "streams.h"

namespace sorrel::commands {
namespace {

Outcome range(Context& context, bool reverse) {
  const auto first = parse_range_first(context.argument(reverse ? 3 : 2));
  if (!first) return context.fail(first.error());
  const auto last = parse_range_last(context.argument(reverse ? 2 : 3));
  if (!last) return context.fail(last.error());
  std::int64_t count = std::numeric_limits<std::int64_t>::max();
  exec::ArgumentReader read(context, 4);
  while (read.more()) {
    if (read.word_with("COUNT", 1)) {
      count = read.integer();
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) return context.fail(read.error());
  const FoundStream found = find_stream(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    context.reply.array(0);
    return Outcome::kOk;
  }
  if (count <= 0) {
    context.reply.null_array();
    return Outcome::kOk;
  }
  auto cursor =
      reverse ? found.value->backward(*last, *first) : found.value->forward(*first, *last);
  const auto mark = context.reply.defer();
  std::size_t entries = 0;
  for (; cursor.valid() && count > 0; cursor.next(), --count, ++entries) {
    reply_stream_entry(context, *cursor);
  }
  context.reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, entries);
  return Outcome::kOk;
}

}  // namespace

Outcome xlen(Context& context) {
  const FoundStream found = find_stream(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  return exec::reply_integer(
      context, found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

Outcome xrange(Context& context) { return range(context, false); }
Outcome xrevrange(Context& context) { return range(context, true); }

}  // namespace sorrel::commands
