// SPDX-License-Identifier: BSD-3-Clause
//
// The options that SET, GETEX and MSETEX share: a condition, what becomes of the deadline, GET.
// Parsing tells syntax only; the time is looked at afterwards, as Redis does, because which error
// a client gets depends on that order. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/keyspace/write_ref.h>

#include "keys_lookup.h"

namespace sorrel::commands {

// How a time to live is given. kKeep and kPersist take no time.
enum class TimeOption : std::uint8_t { kNone, kKeep, kPersist, kEx, kPx, kExAt, kPxAt };

inline bool takes_time(TimeOption option) { return option >= TimeOption::kEx; }

enum class Condition : std::uint8_t { kNone, kMissing, kPresent, kEqual };

struct StringOptions {
  Condition condition = Condition::kNone;
  bool get = false;
  TimeOption time = TimeOption::kNone;
  std::string_view time_text;  // if takes_time(time)
  std::string_view expected;   // of kEqual
};

// Which options a command knows beside EX, PX, EXAT and PXAT.
struct StringGrammar {
  bool presence = false;  // NX, XX
  bool equality = false;  // IFEQ
  bool get = false;
  bool keep = false;     // KEEPTTL
  bool persist = false;  // PERSIST
};

// Reads the options from argument `first` to the end. Returns: nullopt on a syntax error.
std::optional<StringOptions> parse_string_options(const Context& context, std::size_t first,
                                                  const StringGrammar& grammar);

// The moment in Unix milliseconds that a positive time names. Returns: nullopt after the error was
// answered: not an integer, not positive, or beyond what fits. Requires: takes_time(option).
std::optional<std::int64_t> deadline_or_fail(Context& context, TimeOption option,
                                             std::string_view text);

// What the options make of the deadline of a key that is set. Returns: nullopt as above.
std::optional<keyspace::DeadlinePolicy> policy_or_fail(Context& context,
                                                       const StringOptions& options);

// The static text of "invalid expire time in '<command>' command".
Outcome fail_expire_time(Context& context);

// Records what follows the event of a value that was set with a deadline.
void record_expire(Context& context, const Key& key);

}  // namespace sorrel::commands
