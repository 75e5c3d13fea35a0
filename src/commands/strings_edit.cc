// SPDX-License-Identifier: BSD-3-Clause
//
// APPEND and SETRANGE: a string changed in place. Both grow it through WriteRef::resize_string(),
// which fills with zero bytes and keeps the deadline. A deterministic change of the bytes is
// repeated from the log as it came. One thread.
#include <algorithm>
#include <cstring>

#include <sorrel/exec/executor.h>

#include "strings_handlers.h"

namespace sorrel::commands::strings {
namespace {

// Whether a string of `size` bytes with `more` behind it is too long. The sum does not overflow:
// both are lengths or 63-bit offsets. What the log has was allowed once.
bool too_long(const Context& context, std::uint64_t size, std::uint64_t more) {
  return size + more > context.executor.limits().max_string_bytes && !context.session.replay;
}

}  // namespace

Outcome append(Context& context) {
  const std::string_view tail = context.argument(2);
  auto ref = context.database.write(context.key(1));
  if (!ref.exists()) {
    ref.set_string(tail, keyspace::DeadlinePolicy::clear());
    ref.commit(events::kAppend);
    return exec::reply_integer(context, static_cast<std::int64_t>(tail.size()));
  }
  if (!ref.holds(Type::kString)) {
    return context.fail(errors::kWrongType);
  }
  const std::size_t before = ref.record().string_length();
  if (too_long(context, before, tail.size())) {
    return context.fail(errors::kStringTooLong);
  }
  const auto bytes = ref.resize_string(before + tail.size());
  if (!tail.empty()) {
    std::memcpy(bytes.data() + before, tail.data(), tail.size());
  }
  ref.commit(events::kAppend);
  return exec::reply_integer(context, static_cast<std::int64_t>(bytes.size()));
}

Outcome setrange(Context& context) {
  const auto offset = base::parse_integer(context.argument(2));
  if (!offset) {
    return context.fail(errors::kNotInteger);
  }
  if (*offset < 0) {
    return context.fail(errors::kOffsetOutOfRange);
  }
  const std::string_view part = context.argument(3);
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kString)) {
    return context.fail(errors::kWrongType);
  }
  const std::size_t before = ref.exists() ? ref.record().string_length() : 0;
  if (part.empty()) {
    return exec::reply_integer(context, static_cast<std::int64_t>(before));
  }
  const auto at = static_cast<std::size_t>(*offset);
  if (too_long(context, at, part.size())) {
    return context.fail(errors::kStringTooLong);
  }
  const auto bytes = ref.resize_string(std::max(before, at + part.size()));
  std::memcpy(bytes.data() + at, part.data(), part.size());
  ref.commit(events::kSetRange);
  return exec::reply_integer(context, static_cast<std::int64_t>(bytes.size()));
}

}  // namespace sorrel::commands::strings
