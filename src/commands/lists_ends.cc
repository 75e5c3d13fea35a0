// SPDX-License-Identifier: BSD-3-Clause
//
// Commands at the ends of lists: LPUSH, RPUSH, LPUSHX, RPUSHX, LPOP, RPOP, LMPOP, LMOVE, RPOPLPUSH;
// and those that wait until there is an element: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH.
//
// What they do depends on nothing but the lists, so their effect is the command itself; that of
// LMPOP and of those that wait is the pop or the move it came to. A push of one element and a pop
// allocate nothing here. One thread.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include <sorrel/exec/argument_reader.h>

#include "lists.h"
#include "pops.h"

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using keyspace::Type;
namespace errors = exec::errors;
namespace events = keyspace::events;

const keyspace::Event& push_event(ListEnd end) {
  return end == ListEnd::kFront ? events::kLPush : events::kRPush;
}
const keyspace::Event& pop_event(ListEnd end) {
  return end == ListEnd::kFront ? events::kLPop : events::kRPop;
}

enum class Missing : std::uint8_t { kCreate, kLeave };

Outcome push(Context& context, ListEnd end, Missing missing) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kList)) return context.fail(errors::kWrongType);
  if (!ref.exists() && missing == Missing::kLeave) return exec::reply_integer(context, 0);
  auto& list = ref.collection<List>();
  list.push(end, context.arguments.subspan(2), context.keyspace.settings());
  ref.commit(push_event(end));
  return exec::reply_integer(context, static_cast<std::int64_t>(list.size()));
}

// Answers with the `count` elements at that end, the outermost first, and removes them.
// Requires: the key holds a list; 0 < count <= its size.
void pop_elements(Context& context, keyspace::WriteRef& ref, std::uint64_t count, ListEnd end) {
  auto& list = ref.collection<List>();
  const std::uint64_t size = list.size();
  for (auto it = end == ListEnd::kFront ? list.forward(0, count) : list.backward(size - 1, count);
       it.valid(); it.next()) {
    reply_value(context, *it);
  }
  list.pop(end, count, context.keyspace.settings());
  ref.commit(pop_event(end));
}

std::uint64_t popped_size(const keyspace::WriteRef& ref, std::int64_t count) {
  return std::min(static_cast<std::uint64_t>(count), ref.record().collection<List>().size());
}

Outcome pop(Context& context, ListEnd end) {
  if (context.argument_count() > 3) return context.fail_arity();
  const bool counted = context.argument_count() == 3;
  std::int64_t count = 1;
  if (counted) {
    ArgumentReader read(context, 2);
    count = read.integer_in(0, std::numeric_limits<std::int64_t>::max(), errors::kMustBePositive);
    if (!read.ok()) return context.fail(errors::kMustBePositive);
  }
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kList)) return context.fail(errors::kWrongType);
  if (!ref.exists()) {
    counted ? context.reply.null_array() : context.reply.null();
    return Outcome::kOk;
  }
  if (counted) {
    const std::uint64_t popped = popped_size(ref, count);
    context.reply.array(popped);
    if (popped != 0) pop_elements(context, ref, popped, end);
    return Outcome::kOk;
  }
  pop_elements(context, ref, 1, end);
  return Outcome::kOk;
}

std::optional<ListEnd> parse_end(const Context& context, std::size_t index) {
  if (context.argument_is(index, "LEFT")) return ListEnd::kFront;
  if (context.argument_is(index, "RIGHT")) return ListEnd::kBack;
  return std::nullopt;
}

constexpr std::array<std::string_view, 2> kEnds = {"LEFT", "RIGHT"};

ListEnd end_of(const PopRequest& request) {
  return request.second_end ? ListEnd::kBack : ListEnd::kFront;
}
std::string_view pop_name(ListEnd end) { return end == ListEnd::kFront ? "LPOP" : "RPOP"; }

// Pops from the first key that has a list. Returns: nullopt when none has.
std::optional<Outcome> pop_first(Context& context, const PopRequest& request) {
  const ListEnd end = end_of(request);
  return take_from_first(
      context, Type::kList, request.keys, [&](keyspace::WriteRef& ref, std::size_t index) {
        const std::uint64_t count = popped_size(ref, request.count);
        const std::string_view key = context.argument(index);
        context.reply.array(2);
        context.reply.bulk(key);
        context.reply.array(count);
        pop_elements(context, ref, count, end);
        // The effect names the key that was found, so that repeating it looks at no other.
        char text[base::kMaxIntegerText];
        context.effects.replace({pop_name(end), key, {text, base::format_unsigned(count, text)}});
      });
}

struct Move {
  ListEnd from = ListEnd::kBack;
  ListEnd to = ListEnd::kFront;
};

// Moves one element from the list under the key at 1 to the one under the key at 2, and answers
// with it. Returns: nullopt when there is none.
std::optional<Outcome> move_element(Context& context, Move move) {
  const keyspace::Key source = context.key(1);
  const keyspace::Key target = context.key(2);
  const types::Settings& settings = context.keyspace.settings();
  auto from = context.database.write(source);
  if (!from.exists()) return std::nullopt;
  if (!from.holds(Type::kList)) return context.fail(errors::kWrongType);
  if (source.name == target.name) {
    auto& list = from.collection<List>();
    reply_value(context, list.peek(move.from));
    list.rotate(move.from, move.to, settings);
    from.commit(push_event(move.to));
    // Subscribers are told of both halves.
    context.keyspace.changes().record(pop_event(move.from), context.database.number(), source.name);
    return Outcome::kOk;
  }
  char scratch[base::kMaxIntegerText];
  const List::Value value = from.record().collection<List>().peek(move.from);
  {
    auto to = context.database.write(target);
    if (to.exists() && !to.holds(Type::kList)) return context.fail(errors::kWrongType);
    reply_value(context, value);
    to.collection<List>().push(move.to, value.text(scratch), settings);
    to.commit(push_event(move.to));
  }
  auto rest = context.database.write(source);
  rest.collection<List>().pop(move.from, 1, settings);
  rest.commit(pop_event(move.from));
  return Outcome::kOk;
}

std::optional<Move> parse_move(const Context& context) {
  const auto from = parse_end(context, 3);
  const auto to = parse_end(context, 4);
  if (!from || !to) return std::nullopt;
  return Move{*from, *to};
}

std::string_view end_name(ListEnd end) { return kEnds[end == ListEnd::kFront ? 0 : 1]; }

// key [key ...] timeout
Outcome blocking_pop(Context& context, ListEnd end) {
  const KeyRun keys{1, context.argument_count() - 2};
  const auto deadline = read_deadline(context, keys.first + keys.count);
  if (!deadline) return context.fail(deadline.error());
  const auto outcome =
      take_from_first(context, Type::kList, keys, [&](keyspace::WriteRef& ref, std::size_t index) {
        context.reply.array(2);
        context.reply.bulk(context.argument(index));
        pop_elements(context, ref, 1, end);
        context.effects.replace({pop_name(end), context.argument(index)});
      });
  return outcome ? *outcome : wait_for(context, Type::kList, keys, *deadline);
}

// Waits for the list that an element was to be moved from. Where nobody may wait the answer is that
// of the move that does not, though one that waited in vain gets the null of an array.
Outcome wait_for_source(Context& context, std::int64_t deadline_ms) {
  if (!context.session.may_wait) return exec::reply_null(context);
  return wait_for(context, Type::kList, {1, 1}, deadline_ms);
}

}  // namespace

Outcome lpush(Context& context) { return push(context, ListEnd::kFront, Missing::kCreate); }
Outcome rpush(Context& context) { return push(context, ListEnd::kBack, Missing::kCreate); }
Outcome lpushx(Context& context) { return push(context, ListEnd::kFront, Missing::kLeave); }
Outcome rpushx(Context& context) { return push(context, ListEnd::kBack, Missing::kLeave); }

Outcome lpop(Context& context) { return pop(context, ListEnd::kFront); }
Outcome rpop(Context& context) { return pop(context, ListEnd::kBack); }

Outcome lmpop(Context& context) {
  const auto request = parse_pop(context, 1, kEnds);
  if (!request) return context.fail(request.error());
  if (const auto outcome = pop_first(context, *request)) return *outcome;
  context.reply.null_array();
  return Outcome::kOk;
}

Outcome lmove(Context& context) {
  const auto move = parse_move(context);
  if (!move) return context.fail_syntax();
  if (const auto outcome = move_element(context, *move)) return *outcome;
  return exec::reply_null(context);
}

Outcome rpoplpush(Context& context) {
  if (const auto outcome = move_element(context, {})) return *outcome;
  return exec::reply_null(context);
}

Outcome blpop(Context& context) { return blocking_pop(context, ListEnd::kFront); }
Outcome brpop(Context& context) { return blocking_pop(context, ListEnd::kBack); }

// BLMPOP timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]
Outcome blmpop(Context& context) {
  const auto request = parse_pop(context, 2, kEnds);
  if (!request) return context.fail(request.error());
  const auto deadline = read_deadline(context, 1);
  if (!deadline) return context.fail(deadline.error());
  if (const auto outcome = pop_first(context, *request)) return *outcome;
  return wait_for(context, Type::kList, request->keys, *deadline);
}

// BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout
Outcome blmove(Context& context) {
  const auto move = parse_move(context);
  if (!move) return context.fail_syntax();
  const auto deadline = read_deadline(context, 5);
  if (!deadline) return context.fail(deadline.error());
  if (const auto outcome = move_element(context, *move)) {
    context.effects.replace({"LMOVE", context.argument(1), context.argument(2),
                             end_name(move->from), end_name(move->to)});
    return *outcome;
  }
  return wait_for_source(context, *deadline);
}

// BRPOPLPUSH source destination timeout
Outcome brpoplpush(Context& context) {
  const auto deadline = read_deadline(context, 3);
  if (!deadline) return context.fail(deadline.error());
  if (const auto outcome = move_element(context, {})) {
    context.effects.replace({"RPOPLPUSH", context.argument(1), context.argument(2)});
    return *outcome;
  }
  return wait_for_source(context, *deadline);
}

}  // namespace sorrel::commands
