// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that read a list: LLEN, LINDEX, LRANGE, LPOS. Elements go from the list into the reply
// without a copy between. As in Redis, LINDEX looks at the key before it reads its index. One
// thread.
#include <limits>

#include <sorrel/exec/argument_reader.h>

#include "lists.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
namespace errors = exec::errors;

struct PositionRequest {
  types::ListSearch search;
  bool many = false;  // COUNT: the answer is an array
};

base::Result<PositionRequest> parse_positions(const Context& context) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  PositionRequest request;
  request.search.text = context.argument(2);
  request.search.limit = 1;
  ArgumentReader read(context, 3);
  while (read.more()) {
    if (read.word_with("RANK", 1)) {
      const std::int64_t rank = read.integer();
      if (rank == std::numeric_limits<std::int64_t>::min()) read.fail(errors::kCountOutOfRange);
      if (read.ok() && rank == 0) return errors::kRankZero;
      request.search.from = rank < 0 ? ListEnd::kBack : ListEnd::kFront;
      request.search.skip = static_cast<std::uint64_t>(rank < 0 ? -(rank + 1) : rank - 1);
    } else if (read.word_with("COUNT", 1)) {
      request.many = true;
      const std::int64_t count = read.integer_in(0, kMost, errors::kCountNegative);
      request.search.limit = static_cast<std::uint64_t>(count);
    } else if (read.word_with("MAXLEN", 1)) {
      const std::int64_t compare = read.integer_in(0, kMost, errors::kPositionsMaxlenNegative);
      request.search.compare = static_cast<std::uint64_t>(compare);
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) return read.error();
  return request;
}

}  // namespace

Outcome llen(Context& context) {
  const FoundList found = find_list(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  return exec::reply_integer(
      context, found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

Outcome lindex(Context& context) {
  const FoundList found = find_list(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) return exec::reply_null(context);
  const auto index = base::parse_integer(context.argument(2));
  if (!index) return context.fail(errors::kNotInteger);
  const std::uint64_t size = found.value->size();
  const std::int64_t at = from_front(*index, size);
  if (at < 0 || static_cast<std::uint64_t>(at) >= size) return exec::reply_null(context);
  reply_value(context, found.value->at(static_cast<std::uint64_t>(at)));
  return Outcome::kOk;
}

Outcome lrange(Context& context) {
  ArgumentReader read(context, 2);
  const std::int64_t start = read.integer();
  const std::int64_t stop = read.integer();
  if (!read.ok()) return context.fail(read.error());
  const FoundList found = find_list(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    context.reply.array(0);
    return Outcome::kOk;
  }
  const ListRange range(start, stop, found.value->size());
  context.reply.array(range.count);
  for (auto it = found.value->forward(range.first, range.count); it.valid(); it.next()) {
    reply_value(context, *it);
  }
  return Outcome::kOk;
}

Outcome lpos(Context& context) {
  const auto request = parse_positions(context);
  if (!request) return context.fail(request.error());
  const FoundList found = find_list(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) {
    if (!request->many) return exec::reply_null(context);
    context.reply.array(0);
    return Outcome::kOk;
  }
  if (request->many) {
    const auto header = context.reply.defer();
    std::size_t count = 0;
    found.value->search(request->search, [&](std::uint64_t index) {
      context.reply.integer(static_cast<std::int64_t>(index));
      ++count;
    });
    context.reply.settle(header, resp::ReplyWriter::Aggregate::kArray, count);
    return Outcome::kOk;
  }
  bool any = false;
  found.value->search(request->search, [&](std::uint64_t index) {
    context.reply.integer(static_cast<std::int64_t>(index));
    any = true;
  });
  return any ? Outcome::kOk : exec::reply_null(context);
}

}  // namespace sorrel::commands
