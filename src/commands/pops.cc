// SPDX-License-Identifier: BSD-3-Clause
//
// Seconds are read as a long double, whose 64 digits hold every count of milliseconds exactly.
#include "pops.h"

#include <cmath>
#include <limits>
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/blocked_keys.h>

namespace sorrel::commands {

using exec::Context;
using exec::Wait;
namespace errors = exec::errors;

base::Result<PopRequest> parse_pop(const Context& context, std::size_t first,
                                   const std::array<std::string_view, 2>& ends) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto keys = base::parse_integer(context.argument(first));
  if (!keys || *keys < 1) return errors::kNumkeysNotPositive;
  const auto words = static_cast<std::int64_t>(context.argument_count() - first);
  if (*keys >= words - 1) return errors::kSyntax;
  PopRequest request;
  request.keys = {first + 1, static_cast<std::size_t>(*keys)};
  exec::ArgumentReader read(context, request.keys.first + request.keys.count);
  request.second_end = read.word(ends[1]);
  if (!request.second_end && !read.word(ends[0])) return errors::kSyntax;
  if (read.more()) {
    if (!read.word_with("COUNT", 1)) return errors::kSyntax;
    request.count = read.integer_in(1, kMost, errors::kCountNotPositive);
    if (!read.ok()) return errors::kCountNotPositive;
    if (read.more()) return errors::kSyntax;
  }
  return request;
}

base::Result<std::int64_t> read_deadline(const Context& context, std::size_t index) {
  constexpr long double kMillisecondsPerSecond = 1000;
  if (context.resumed()) return Wait::kForever;
  const auto seconds = base::parse_long_double(context.argument(index));
  if (!seconds) return errors::kBlockNotFloat;
  const long double wait_ms = std::ceil(*seconds * kMillisecondsPerSecond);
  if (wait_ms < 0) return errors::kBlockNegative;
  const std::int64_t most_ms = Wait::kForever - context.now_ms();
  if (wait_ms > static_cast<long double>(most_ms)) return errors::kBlockOutOfRange;
  if (wait_ms == 0) return Wait::kForever;
  return context.now_ms() + static_cast<std::int64_t>(wait_ms);
}

exec::Outcome wait_for(Context& context, keyspace::Type type, KeyRun keys,
                       std::int64_t deadline_ms) {
  Wait wait;
  wait.first_key = keys.first;
  wait.key_count = keys.count;
  wait.type = type;
  wait.deadline_ms = deadline_ms;
  return context.park(std::move(wait));
}

}  // namespace sorrel::commands
