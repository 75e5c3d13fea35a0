// SPDX-License-Identifier: BSD-3-Clause
//
// Seconds are read as a long double, whose 64 digits hold every count of milliseconds exactly.
#include "blocking_timeout.h"

#include <cmath>

#include <sorrel/base/numbers.h>
#include <sorrel/exec/blocked_keys.h>

namespace sorrel::commands {

using exec::Wait;
namespace errors = exec::errors;

base::Result<std::int64_t> read_deadline(const exec::Context& context, std::size_t index) {
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

}  // namespace sorrel::commands
