// SPDX-License-Identifier: BSD-3-Clause
//
// XADD: the id is chosen, the entry appended, and the stream trimmed if wanted. What is repeated
// names the id, and the threshold at which an approximate trim came to stop. One thread.
#include "streams.h"

namespace sorrel::commands {
namespace {

struct AddRequest {
  TrimRequest trim;
  NewStreamId id;
  std::size_t id_at = 0;
  bool no_create = false;

  std::size_t fields_at() const { return id_at + 1; }
};

// The error, if any, is that of the first wrong word; too few words behind the id are no error
// here.
base::Result<AddRequest> parse_add(const Context& context) {
  AddRequest request;
  TrimReader trim(context);
  std::size_t next = 2;
  while (next < context.argument_count() && request.id_at == 0) {
    const bool free_id = context.argument(next) == "*";
    if (!free_id && trim.read(next)) continue;
    if (trim.error() != nullptr) return *trim.error();
    if (!free_id && context.argument_is(next, "NOMKSTREAM")) {
      request.no_create = true;
      ++next;
      continue;
    }
    const auto id = parse_new_stream_id(context.argument(next));
    if (!id) return errors::kStreamId;
    request.id = *id;
    request.id_at = next;
  }
  trim.finish(/*required=*/false);
  if (trim.error() != nullptr) return *trim.error();
  request.trim = trim.request();
  if (request.id_at == 0) request.id_at = context.argument_count();
  return request;
}

// With the id that was chosen and the trim that it came to.
void repeat_add(Context& context, const AddRequest& request, const Stream& stream,
                std::string_view id) {
  const ExactTrim exact(request.trim.trim, stream);
  EffectWords words;
  words.add("XADD");
  words.add(context.argument(1));
  if (request.trim.wanted) exact.add_to(words);
  words.add(id);
  for (const std::string_view word : context.arguments.subspan(request.fields_at()))
    words.add(word);
  context.effects.replace(words.words());
}

}  // namespace

Outcome xadd(Context& context) {
  const auto request = parse_add(context);
  if (!request) return context.fail(request.error());
  const std::size_t fields_at = request->fields_at();
  if (fields_at + 2 > context.argument_count() || (context.argument_count() - fields_at) % 2 != 0) {
    return context.fail_arity();
  }
  if (request->id.kind == NewStreamId::Kind::kExact && request->id.id.zero()) {
    return context.fail(errors::kStreamIdZero);
  }
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kStream)) return context.fail(errors::kWrongType);
  if (!ref.exists() && request->no_create) return exec::reply_null(context);
  const StreamId last = ref.exists() ? stream_of(ref).last_id() : StreamId{};
  if (last == types::kGreatestStreamId) return context.fail(errors::kStreamExhausted);
  const auto id = choose_stream_id(request->id, last, context.now_ms());
  if (!id) return context.fail(errors::kStreamIdNotAbove);
  const auto fields = context.arguments.subspan(fields_at);
  if (!Stream::takes(fields)) return context.fail(errors::kStreamEntryTooLarge);

  auto& stream = ref.collection<Stream>();
  stream.add(*id, fields, context.keyspace.settings());
  const IdWord text(*id);
  context.reply.bulk(text);
  const std::uint64_t trimmed = request->trim.wanted ? stream.trim(request->trim.trim) : 0;
  const bool chosen = request->id.kind != NewStreamId::Kind::kExact;
  if (context.effects.wanted() && (chosen || request->trim.trim.approximate)) {
    repeat_add(context, *request, stream, text);
  }
  ref.commit(events::kXAdd);
  if (trimmed != 0) ref.commit(events::kXTrim);
  return Outcome::kOk;
}

}  // namespace sorrel::commands
