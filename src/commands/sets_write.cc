// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that add, take and move members: SADD, SREM, SMOVE, SPOP.
//
// What SPOP took is repeated as SREM, in commands of a bounded number of members, or as DEL when it
// took all. SADD and SREM of one member allocate nothing but the member. One thread.
#include <string>
#include <vector>

#include "sets.h"

namespace sorrel::commands::sets {

Outcome sadd(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kSet)) return context.fail(errors::kWrongType);
  const types::Settings& settings = context.keyspace.settings();
  const auto members = context.arguments.subspan(2);
  auto& set = ref.collection<Set>();
  set.expect(members[0], members.size(), settings);
  const std::uint64_t added = set.add_all(members, settings);
  if (added != 0) {
    ref.commit(events::kSAdd);
  } else {
    ref.dismiss();
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(added));
}

Outcome srem(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_integer(context, 0);
  if (!ref.holds(Type::kSet)) return context.fail(errors::kWrongType);
  auto& set = ref.collection<Set>();
  std::int64_t removed = 0;
  for (const std::string_view member : context.arguments.subspan(2)) {
    removed += set.remove(member) ? 1 : 0;
  }
  if (removed != 0) {
    ref.commit(events::kSRem);
  } else {
    ref.dismiss();
  }
  return exec::reply_integer(context, removed);
}

namespace {

bool take_out(Context& context, const keyspace::Key& key, std::string_view member) {
  auto ref = context.database.write(key);
  const bool removed = ref.collection<Set>().remove(member);
  if (removed) {
    ref.commit(events::kSRem);
  } else {
    ref.dismiss();
  }
  return removed;
}

void put_in(Context& context, const keyspace::Key& key, std::string_view member) {
  auto ref = context.database.write(key);
  if (ref.collection<Set>().add(member, context.keyspace.settings())) {
    ref.commit(events::kSAdd);
  } else {
    ref.dismiss();
  }
}

}  // namespace

Outcome smove(Context& context) {
  const std::string_view member = context.argument(3);
  const keyspace::Record* source = context.database.peek(context.key(1));
  if (source == nullptr) return exec::reply_integer(context, 0);
  if (source->type() != Type::kSet) return context.fail(errors::kWrongType);
  if (context.argument(1) == context.argument(2)) {
    return exec::reply_integer(context, source->collection<Set>().contains(member) ? 1 : 0);
  }
  const keyspace::Record* target = context.database.peek(context.key(2));
  if (target != nullptr && target->type() != Type::kSet) return context.fail(errors::kWrongType);
  if (!take_out(context, context.key(1), member)) return exec::reply_integer(context, 0);
  put_in(context, context.key(2), member);
  return exec::reply_integer(context, 1);
}

namespace {

// Copies of members that are about to go, until they are repeated as one SREM.
class Departures {
 public:
  // Bounds one command of the log, as Redis does.
  static constexpr std::size_t kMost = 1024;

  explicit Departures(Context& context) : context_(context) {}

  void add(const Set::Member& member) {
    char scratch[base::kMaxIntegerText];
    bytes_.append(member.text(scratch));
    ends_.push_back(bytes_.size());
    if (ends_.size() == kMost) repeat();
  }
  void end() {
    if (!ends_.empty()) repeat();
  }

 private:
  void repeat() {
    std::vector<std::string_view> words{"SREM", context_.argument(1)};
    words.reserve(words.size() + ends_.size());
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      words.push_back(std::string_view(bytes_).substr(begin, end - begin));
      begin = end;
    }
    context_.effects.replace(words);
    bytes_.clear();
    ends_.clear();
  }

  Context& context_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

Outcome pop_one(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) return exec::reply_null(context);
  if (!ref.holds(Type::kSet)) return context.fail(errors::kWrongType);
  ref.collection<Set>().pop(1, context.random, [&](const Set::Member& member) {
    char scratch[base::kMaxIntegerText];
    reply_value(context, member);
    context.effects.replace({"SREM", context.argument(1), member.text(scratch)});
  });
  ref.commit(events::kSPop);
  return Outcome::kOk;
}

Outcome pop_all(Context& context, keyspace::WriteRef& ref) {
  const Set& set = ref.collection<Set>();
  context.reply.set(set.size());
  set.for_each([&](const Set::Member& member) { reply_value(context, member); });
  ref.commit(events::kSPop);
  context.database.erase(context.key(1), events::kDel);
  context.effects.replace({"DEL", context.argument(1)});
  return Outcome::kOk;
}

// Redis moves what is left to a fresh set when that is little beside what went, and so the little
// may be a listpack again.
void settle_rest(Set& set, std::uint64_t popped, const types::Settings& settings) {
  constexpr std::uint64_t kLittle = 5;
  if (set.encoding() != types::SetEncoding::kHashtable || set.size() * kLittle > popped ||
      set.size() > settings.set_max_listpack_entries) {
    return;
  }
  std::vector<std::string_view> rest;
  set.for_each([&](const Set::Member& member) { rest.push_back(member.bytes); });
  set = Set::build(rest, types::SetEncoding::kListpack, settings);
}

}  // namespace

Outcome spop(Context& context) {
  if (context.argument_count() == 2) return pop_one(context);
  if (context.argument_count() > 3) return context.fail_syntax();
  const auto count = base::parse_integer(context.argument(2));
  if (!count || *count < 0) return context.fail(errors::kMustBePositive);
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kSet)) return context.fail(errors::kWrongType);
  if (!ref.exists() || *count == 0) {
    context.reply.set(0);
    return Outcome::kOk;
  }
  const auto popped = static_cast<std::uint64_t>(*count);
  auto& set = ref.collection<Set>();
  if (popped >= set.size()) return pop_all(context, ref);
  Departures departures(context);
  context.reply.set(popped);
  set.pop(popped, context.random, [&](const Set::Member& member) {
    reply_value(context, member);
    departures.add(member);
  });
  departures.end();
  settle_rest(set, popped, context.keyspace.settings());
  ref.commit(events::kSPop);
  return Outcome::kOk;
}

}  // namespace sorrel::commands::sets
