// SPDX-License-Identifier: BSD-3-Clause
//
// Values together with deadlines: HGETEX, HSETEX, HGETDEL. What is repeated names moments, and only
// the fields that something was done to; a moment that has passed deletes, and is repeated as HDEL.
//
// HSETEX also takes NX and XX, which Valkey has and which ask whether the key is there, before FNX
// and FXX, which ask for the fields. What is repeated has none of the four. One thread.
#include <algorithm>
#include <string>

#include <sorrel/exec/argument_reader.h>

#include "hashes.h"
#include "strings_options.h"

namespace sorrel::commands::hashes {
namespace {

struct TimeWord {
  std::string_view word;
  std::int64_t unit_ms;
  bool relative;
};

constexpr TimeWord kTimeWords[] = {
    {"EX", 1000, true},
    {"PX", 1, true},
    {"EXAT", 1000, false},
    {"PXAT", 1, false},
};

const TimeWord* time_word(std::string_view text) {
  for (const TimeWord& word : kTimeWords) {
    if (base::equals_ignoring_case(text, word.word)) return &word;
  }
  return nullptr;
}

std::optional<std::int64_t> moment_or_fail(Context& context, const TimeWord& word,
                                           std::string_view text) {
  return field_deadline_or_fail(context, text, word.unit_ms, word.relative ? context.now_ms() : 0);
}

Outcome reply_nulls(Context& context, std::size_t count) {
  context.reply.array(count);
  for (; count != 0; --count) context.reply.null();
  return Outcome::kOk;
}

// What HGETEX does to each field beside answering with it.
struct Treatment {
  enum class Kind : std::uint8_t { kNone, kPersist, kExpire, kDelete };
  Kind kind = Kind::kNone;
  std::int64_t deadline_ms = 0;

  // Requires: the field is there. Returns: whether it changed anything.
  bool apply(Hash& hash, std::string_view field) const {
    switch (kind) {
      case Kind::kNone:
        return false;
      case Kind::kPersist:
        if (hash.deadline_ms(field) == Hash::kNever) return false;
        hash.set_deadline(field, Hash::kNever);
        return true;
      case Kind::kExpire:
        hash.set_deadline(field, deadline_ms);
        return true;
      case Kind::kDelete:
        break;
    }
    return hash.remove(field);
  }
};

struct GetexRequest {
  Treatment treatment;
  Fields fields;
};

// key [EX t | PX t | EXAT t | PXAT t | PERSIST] FIELDS numfields field ...
std::optional<GetexRequest> getex_or_fail(Context& context) {
  GetexRequest request;
  std::size_t at = 2;
  if (const TimeWord* const word = time_word(context.argument(at)); word != nullptr) {
    const auto deadline_ms = moment_or_fail(context, *word, context.argument(at + 1));
    if (!deadline_ms) return std::nullopt;
    request.treatment = {
        is_past(context, *deadline_ms) ? Treatment::Kind::kDelete : Treatment::Kind::kExpire,
        *deadline_ms};
    at += 2;
  } else if (context.argument_is(at, "PERSIST")) {
    request.treatment.kind = Treatment::Kind::kPersist;
    ++at;
  }
  if (at + 1 >= context.argument_count()) {
    context.fail_arity();
    return std::nullopt;
  }
  const auto fields = read_fields(context, at);
  if (!fields) {
    context.fail(fields.error());
    return std::nullopt;
  }
  request.fields = *fields;
  return request;
}

// Answers with each value, then treats the field.
void get_fields(Context& context, keyspace::WriteRef& ref, Fields fields,
                const Treatment& treatment) {
  using Kind = Treatment::Kind;
  Hash& hash = ref.collection<Hash>();
  std::vector<std::string_view> changed;
  context.reply.array(fields.size());
  for (const std::string_view field : fields) {
    const auto value = hash.get(field);
    reply_value(context, value);
    if (value && treatment.apply(hash, field)) changed.push_back(field);
  }
  if (changed.empty()) {
    ref.dismiss();
  } else if (treatment.kind == Kind::kPersist) {
    repeat_persist(context, changed);
    ref.commit(events::kHPersist);
  } else if (treatment.kind == Kind::kExpire) {
    repeat_deadline(context, treatment.deadline_ms, changed);
    ref.commit(events::kHExpire);
  } else {
    repeat_deletion(context, changed);
    ref.commit(events::kHDel);
  }
}

}  // namespace

Outcome hgetex(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  const auto request = getex_or_fail(context);
  if (!request) return Outcome::kError;
  if (!ref.exists()) return reply_nulls(context, request->fields.size());
  // Redis does so whatever becomes of the fields, and OBJECT ENCODING shows it.
  if (request->treatment.kind != Treatment::Kind::kNone) {
    ref.collection<Hash>().expect_deadlines();
  }
  get_fields(context, ref, request->fields, request->treatment);
  return Outcome::kOk;
}

Outcome hgetdel(Context& context) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  const auto fields = read_fields(context, 2);
  if (!fields) return context.fail(fields.error());
  if (!ref.exists()) return reply_nulls(context, fields->size());
  get_fields(context, ref, *fields, {Treatment::Kind::kDelete, 0});
  return Outcome::kOk;
}

namespace {

enum class Presence : std::uint8_t { kAny, kMissing, kPresent };

struct SetexRequest {
  Presence key = Presence::kAny;
  Presence fields = Presence::kAny;
  bool keep = false;
  std::optional<std::int64_t> deadline_ms;
  Fields pairs;  // field, value ...
};

bool read_presence(Context& context, std::string_view word, SetexRequest& request, bool& failed) {
  const auto is = [word](std::string_view other) {
    return base::equals_ignoring_case(word, other);
  };
  const bool of_fields = is("FNX") || is("FXX");
  if (!of_fields && !is("NX") && !is("XX")) return false;
  Presence& presence = of_fields ? request.fields : request.key;
  if (presence != Presence::kAny) {
    context.fail(of_fields ? errors::kOneFieldCondition : errors::kXxAndNx);
    failed = true;
  }
  presence = is("NX") || is("FNX") ? Presence::kMissing : Presence::kPresent;
  return true;
}

// KEEPTTL, or a time and its word. Returns: how many words it took; 0 when it is none of these, or
// after the error was answered, which `failed` says.
std::size_t read_time(Context& context, std::size_t at, SetexRequest& request, bool& failed) {
  const TimeWord* const word = time_word(context.argument(at));
  const bool keep = context.argument_is(at, "KEEPTTL");
  if (word == nullptr && !keep) return 0;
  failed = true;
  if (request.keep || request.deadline_ms) {
    context.fail(errors::kOneExpireOption);
  } else if (keep) {
    request.keep = true;
    failed = false;
  } else if (at + 1 == context.argument_count()) {
    context.fail_arity();
  } else {
    request.deadline_ms = moment_or_fail(context, *word, context.argument(at + 1));
    failed = !request.deadline_ms;
  }
  return failed ? 0 : keep ? 1 : 2;
}

// "FIELDS numfields field value ...", to the end. Returns: whether it is right; if not, the error
// was answered.
bool read_pairs(Context& context, std::size_t at, SetexRequest& request) {
  if (at + 3 >= context.argument_count()) {
    context.fail_arity();
    return false;
  }
  const auto number = base::parse_integer(context.argument(at + 1));
  if (!number || *number < 1 || *number > INT32_MAX) {
    context.fail(errors::kInvalidFieldCount);
    return false;
  }
  request.pairs = context.arguments.subspan(at + 2);
  if (request.pairs.size() != static_cast<std::uint64_t>(*number) * 2) {
    context.fail_arity();
    return false;
  }
  return true;
}

// key [NX | XX] [FNX | FXX] [EX t | PX t | EXAT t | PXAT t | KEEPTTL] FIELDS n field value ...
std::optional<SetexRequest> setex_or_fail(Context& context) {
  SetexRequest request;
  std::size_t at = 2;
  while (at < context.argument_count()) {
    if (context.argument_is(at, "FIELDS")) {
      if (!read_pairs(context, at, request)) return std::nullopt;
      return request;
    }
    bool failed = false;
    std::size_t taken = read_presence(context, context.argument(at), request, failed) ? 1 : 0;
    if (taken == 0) taken = read_time(context, at, request, failed);
    if (failed) return std::nullopt;
    if (taken == 0) {
      context.fail_with("ERR", "unknown argument: " + errors::shown(context.argument(at)));
      return std::nullopt;
    }
    at += taken;
  }
  context.fail_arity();
  return std::nullopt;
}

bool conditions_hold(const keyspace::WriteRef& ref, const SetexRequest& request) {
  if (request.key != Presence::kAny && ref.exists() != (request.key == Presence::kPresent)) {
    return false;
  }
  if (request.fields == Presence::kAny) return true;
  const Hash* const hash = ref.exists() ? &ref.record().collection<Hash>() : nullptr;
  for (std::size_t i = 0; i < request.pairs.size(); i += 2) {
    const bool there = hash != nullptr && hash->contains(request.pairs[i]);
    if (there != (request.fields == Presence::kPresent)) return false;
  }
  return true;
}

// Fields that are over at once are set and go, one after the other: the form may change meanwhile.
void set_fields(Hash& hash, const SetexRequest& request, bool past,
                const types::Settings& settings) {
  hash.expect(request.pairs.size() / 2, settings);
  if (request.deadline_ms) hash.expect_deadlines();
  const auto deadline = request.keep ? FieldDeadline::kKept : FieldDeadline::kDropped;
  for (std::size_t i = 0; i < request.pairs.size(); i += 2) {
    hash.set(request.pairs[i], request.pairs[i + 1], deadline, settings);
    if (past) hash.remove(request.pairs[i]);
  }
}

void repeat_setting(Context& context, const SetexRequest& request) {
  std::vector<std::string_view> words = {"HSETEX", context.argument(1)};
  const IntegerWord moment(request.deadline_ms.value_or(0));
  const IntegerWord count(static_cast<std::int64_t>(request.pairs.size() / 2));
  if (request.keep) words.emplace_back("KEEPTTL");
  if (request.deadline_ms) words.insert(words.end(), {"PXAT", moment});
  words.insert(words.end(), {"FIELDS", count});
  words.insert(words.end(), request.pairs.begin(), request.pairs.end());
  context.effects.replace(words);
}

void record(Context& context, const keyspace::Event& event) {
  context.keyspace.changes().record(event, context.database.number(), context.argument(1));
}

}  // namespace

Outcome hsetex(Context& context) {
  const auto request = setex_or_fail(context);
  if (!request) return Outcome::kError;
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kHash)) return context.fail(errors::kWrongType);
  if (!conditions_hold(ref, *request)) return exec::reply_integer(context, 0);
  Hash& hash = ref.collection<Hash>();
  const bool past = request->deadline_ms && is_past(context, *request->deadline_ms);
  set_fields(hash, *request, past, context.keyspace.settings());
  if (!request->deadline_ms) {
    repeat_setting(context, *request);
    ref.commit(events::kHSet);
    return exec::reply_integer(context, 1);
  }
  std::vector<std::string_view> fields;
  for (std::size_t i = 0; i < request->pairs.size(); i += 2) {
    const std::string_view field = request->pairs[i];
    if (!past) hash.set_deadline(field, *request->deadline_ms);
    fields.push_back(field);
  }
  record(context, events::kHSet);
  if (past) {
    repeat_deletion(context, fields);
    ref.commit(events::kHDel);
  } else {
    repeat_setting(context, *request);
    ref.commit(events::kHExpire);
  }
  return exec::reply_integer(context, 1);
}

}  // namespace sorrel::commands::hashes
