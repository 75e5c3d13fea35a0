// SPDX-License-Identifier: BSD-3-Clause
//
// What a reply tells of changes that the disk may not have yet. Under appendfsync always the reply
// to a write waits for its sync; so must the reply to a read of what was written, or a client acts
// on what a crash takes back. Reads of other keys flow.
//
// A table of ends of the log, by the hash of the key, remembers where the last change of each key
// ends. It is never cleared: an end that is synced holds nobody back. Two keys may share a place,
// and databases do; that makes a reader wait for nothing now and then, and never the other way
// round. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <sorrel/exec/command_spec.h>
#include <sorrel/exec/session.h>
#include <sorrel/keyspace/keyspace.h>

namespace sorrel::exec {

class UnsyncedKeys {
 public:
  explicit UnsyncedKeys(const keyspace::Keyspace& keyspace) : keyspace_(keyspace) {}

  // Memory: 128 KiB while on.
  void set_enabled(bool on);
  bool enabled() const { return !ends_.empty(); }

  // A command is done. `end`: where its effect ends in the log (EffectLog::end), or 0 when it has
  // changed nothing: then Session::told_end becomes the end of the last change that its reply may
  // tell of, if that is later than what it was. One without keys that reads the keyspace (SCAN,
  // DBSIZE) may tell of every change.
  void settle(const CommandSpec& spec, std::span<const std::string_view> arguments,
              Session& session, std::uint64_t end) {
    if (end != 0) {
      on_change(spec, arguments, end);
    } else {
      session.told_end = std::max(session.told_end, told_by(spec, arguments));
    }
  }

 private:
  static constexpr std::size_t kPlaces = 16'384;

  void on_change(const CommandSpec& spec, std::span<const std::string_view> arguments,
                 std::uint64_t end);
  std::uint64_t told_by(const CommandSpec& spec, std::span<const std::string_view> arguments) const;
  std::size_t place(std::string_view key) const { return keyspace_.hash(key) % kPlaces; }

  const keyspace::Keyspace& keyspace_;
  std::vector<std::uint64_t> ends_;
  std::uint64_t everywhere_ = 0;  // of the last change that was not of named keys
  std::uint64_t last_ = 0;        // of the last change
};

}  // namespace sorrel::exec
