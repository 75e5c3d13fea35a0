// SPDX-License-Identifier: BSD-3-Clause
//
// What the executor is told and tells of itself, as plain values: why it refuses commands, what it
// has counted, what it knows of a command before it runs. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/result.h>
#include <sorrel/exec/command_table.h>

namespace sorrel::keyspace {
class Record;
}

namespace sorrel::exec {

struct Session;

// Why the whole server refuses commands now. Whoever causes or ends a reason says so.
struct ServerState {
  bool loading = false;
  bool out_of_memory = false;
  std::string disk_error;    // not empty: writes are refused with MISCONF and this reason
  bool cannot_save = false;  // the last snapshot failed: the same, with a text of its own
  std::string busy;          // not empty: a script runs too long, and who asks is told this

  bool restricts() const {
    return loading || out_of_memory || cannot_save || !disk_error.empty() || !busy.empty();
  }
};

// Commands that are not run now, but later (CLIENT PAUSE).
enum class Pause : std::uint8_t { kNone, kWrites, kAll };
struct Pausing {
  Pause what = Pause::kNone;
  std::int64_t until_ms = 0;
  bool writes_held = false;         // Executor::hold_writes()
  bool withheld = false;            // a key was kept from those who wait for it
  std::vector<Session*> postponed;  // whose commands are to be offered again
};

// Whether the effects of what runs now belong together, and whether the log has their beginning.
enum class EffectUnit : std::uint8_t { kNone, kWanted, kOpen };

// Why a command is refused now: an error with a text that may be made of what is known of it.
struct Refusal {
  base::Error error;
  std::string text;  // empty: nothing refuses it
  explicit operator bool() const { return !text.empty(); }
};

// A command of a batch, with what was looked up ahead.
struct Prepared {
  Command* command = nullptr;
  std::uint64_t hash = 0;  // of the first key
  const keyspace::Record* collection = nullptr;
  types::MemberAhead ahead;  // the member the row points out; only if there is a collection
};

inline constexpr std::string_view kDiscardedBecause = "Transaction discarded because of: ";

struct ExecutorStatistics {
  std::uint64_t commands = 0;
  std::uint64_t errors = 0;
  std::map<std::string, std::uint64_t, std::less<>> errors_by_code;
};

}  // namespace sorrel::exec
