// SPDX-License-Identifier: BSD-3-Clause
//
// What the pops of lists and of sorted sets share: which of several keys is taken from, the words
// of LMPOP and ZMPOP, and the waiting of those that find nothing.
//
// A timeout is in seconds, with decimals. It is rounded up to whole milliseconds, so that no wait
// for some time becomes one for ever. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/base/result.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/errors.h>
#include <sorrel/keyspace/write_ref.h>

namespace sorrel::commands {

// Keys in a row among the arguments.
struct KeyRun {
  std::size_t first = 1;
  std::size_t count = 1;
};

struct PopRequest {
  KeyRun keys;
  bool second_end = false;  // the second of the two words that name an end was given
  std::int64_t count = 1;
};

// numkeys key [key ...] END [COUNT count], from the argument at `first` on, where END is one of
// `ends` in any case.
base::Result<PopRequest> parse_pop(const exec::Context& context, std::size_t first,
                                   const std::array<std::string_view, 2>& ends);

// The Unix time in milliseconds at which the timeout that stands at `index` is over; 0 there means
// never, Wait::kForever. Of a command that runs again the timeout is not looked at: it has begun.
base::Result<std::int64_t> read_deadline(const exec::Context& context, std::size_t index);

// Parks the command until one of the keys holds a value of this type.
exec::Outcome wait_for(exec::Context& context, keyspace::Type type, KeyRun keys,
                       std::int64_t deadline_ms);

// Calls take(ref, index of the key) for the first of the keys that exists. Returns: nullopt when
// none does; the error when that one is of another type.
template <class Take>
std::optional<exec::Outcome> take_from_first(exec::Context& context, keyspace::Type type,
                                             KeyRun keys, Take&& take) {
  for (std::size_t index = keys.first; index < keys.first + keys.count; ++index) {
    auto ref = context.database.write(context.key(index));
    if (!ref.exists()) continue;
    if (!ref.holds(type)) return context.fail(exec::errors::kWrongType);
    take(ref, index);
    return exec::Outcome::kOk;
  }
  return std::nullopt;
}

}  // namespace sorrel::commands
