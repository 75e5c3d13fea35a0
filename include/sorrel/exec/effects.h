// SPDX-License-Identifier: BSD-3-Clause
//
// What must be done again to arrive at the same data: the commands that go to the log and to
// replicas. By default the effect of a command that changed something is the command as it came.
// A handler whose repetition would do something else (a relative time, a random choice, a
// floating-point sum) says what to repeat instead.
//
// EffectLog is the turn's stream of effects, in the format of an append-only file: RESP requests,
// with SELECT where the database changes. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace sorrel::exec {

class EffectLog {
 public:
  // Off while nobody reads: nothing is encoded then.
  void set_enabled(bool on) { enabled_ = on; }
  bool enabled() const { return enabled_; }
  // While muted, what commands do is not logged (redis.set_repl); what vanished on its own is.
  // Requires: whoever mutes ends it, before its own command is settled.
  void set_muted(bool on) { muted_ = on; }
  bool muted() const { return muted_; }

  // The next append names its database again: a new file or a new replica begins.
  void forget_database() { database_ = -1; }

  void append(std::uint32_t database, std::span<const std::string_view> arguments);
  // Bytes that are one canonical RESP request already.
  void append_frame(std::uint32_t database, std::string_view frame);
  // Several effects that must be repeated all or none: between MULTI and EXEC.
  void begin_unit();
  void end_unit();
  // Takes back the unit that has begun and not ended. Requires: no bytes were handed on since.
  void drop_unit();

  std::string_view bytes() const { return bytes_; }
  // All bytes that ever were appended, with those that were handed on: the place of the next one.
  std::uint64_t end() const { return handed_on_ + bytes_.size(); }
  // The bytes are the caller's, who swaps them out or clears them.
  std::string& hand_on() {
    handed_on_ = end();
    return bytes_;
  }
  void clear() { hand_on().clear(); }

 private:
  void select(std::uint32_t database);
  void encode(std::span<const std::string_view> arguments);

  bool enabled_ = false;
  bool muted_ = false;
  bool in_unit_ = false;
  std::int64_t database_ = -1;
  std::uint64_t handed_on_ = 0;
  std::int64_t database_before_unit_ = -1;
  std::size_t unit_begin_ = 0;
  std::string bytes_;
};

// The effects of one command. Reset by the executor before each handler.
class Effects {
 public:
  // Repeat these words instead of the command. May be called several times; the commands are then
  // repeated in order, as one unit. Cost: copies the words, if anybody reads.
  void replace(std::initializer_list<std::string_view> words) {
    replace(std::span<const std::string_view>(words.begin(), words.size()));
  }
  void replace(std::span<const std::string_view> words);

  // Whether anybody reads: else there is no need to put words together.
  bool wanted() const { return enabled_; }

  // The command changed nothing that must be repeated.
  void suppress() { suppressed_ = true; }
  // Repeat the command although no key changed (a flush of an empty database).
  void force() { forced_ = true; }

 private:
  friend class Executor;

  void reset(bool enabled) {
    enabled_ = enabled;
    suppressed_ = false;
    forced_ = false;
    if (count_ != 0) {
      commands_.clear();
      count_ = 0;
    }
  }

  bool enabled_ = false;
  bool suppressed_ = false;
  bool forced_ = false;
  std::size_t count_ = 0;
  std::string commands_;  // encoded RESP requests
};

}  // namespace sorrel::exec
