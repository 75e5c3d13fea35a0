// SPDX-License-Identifier: BSD-3-Clause
//
// What happened to the keyspace since the last drain: information that goes up as values. The
// executor drains it once after each command and tells those who care (blocked and watched keys,
// notifications, tracking). While nobody listens a change costs a counter; while somebody
// does, a copy of the key into a buffer that is kept.
//
// Keys and fields that vanish on their own (expired) are always kept when `keep_vanished` is on,
// because the log and replicas must be told to delete them. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/keyspace/events.h>

namespace sorrel::keyspace {

// A key, or a field of a hash, that went on its own.
struct Change {
  const Event* event = nullptr;
  std::uint32_t database = 0;
  std::string key;
  std::optional<std::string> field = std::nullopt;
};

class ChangeLog {
 public:
  // Changes since the process began; grows by one for each committed mutation.
  std::uint64_t count() const { return count_; }

  void record(const Event& event, std::uint32_t database, std::string_view key) {
    ++count_;
    if (listening_) [[unlikely]] {
      note(&event, database, key);
    }
  }
  void record_vanished(const Event& event, std::uint32_t database, std::string_view key) {
    if (keep_vanished_) {
      vanished_.push_back({&event, database, std::string(key)});
    }
    tell(event, database, key);
  }
  // A field of a hash that stays. tell() follows once for all fields that go at the same time.
  void record_vanished_field(const Event& event, std::uint32_t database, std::string_view key,
                             std::string_view field) {
    if (keep_vanished_) {
      vanished_.push_back({&event, database, std::string(key), std::string(field)});
    }
  }
  // For those who listen alone: of what is counted, or kept, in another way.
  void tell(const Event& event, std::uint32_t database, std::string_view key) {
    if (listening_) [[unlikely]] {
      note(&event, database, key);
    }
  }
  // A key was made, or was looked for in vain. Neither is a change.
  void tell_new(std::uint32_t database, std::string_view key) {
    if (new_keys_wanted_) [[unlikely]] {
      note(&events::kNew, database, key);
    }
  }
  void tell_miss(std::uint32_t database, std::string_view key) {
    if (misses_wanted_) [[unlikely]] {
      note(&events::kKeyMiss, database, key);
    }
  }
  // The whole database was emptied or exchanged for another (events::kEmptied, kExchanged).
  void record_database(const Event& event, std::uint32_t database) {
    if (listening_) [[unlikely]] {
      note(&event, database, {});
    }
  }

  void set_listening(bool on) { listening_ = on; }
  void set_wanted(bool new_keys, bool misses) {
    new_keys_wanted_ = new_keys;
    misses_wanted_ = misses;
  }
  // The first of these alone: keys that are loaded are not new. Returns: what it was.
  bool set_new_keys_wanted(bool on) { return std::exchange(new_keys_wanted_, on); }
  void set_keep_vanished(bool on) { keep_vanished_ = on; }

  bool pending() const { return !notes_.empty(); }
  // Calls visit(const Event&, database, key) for each change in order, and forgets them. visit must
  // not change the keyspace.
  template <class Visit>
  void drain(Visit&& visit) {
    for (const Note& note : notes_) {
      visit(*note.event, note.database,
            std::string_view(keys_).substr(note.key_offset, note.key_length));
    }
    notes_.clear();
    keys_.clear();
  }

  const std::vector<Change>& vanished() const { return vanished_; }
  void forget_vanished() { vanished_.clear(); }

 private:
  struct Note {
    const Event* event;
    std::uint32_t database;
    std::uint32_t key_length;
    std::size_t key_offset;
  };

  void note(const Event* event, std::uint32_t database, std::string_view key) {
    notes_.push_back({event, database, static_cast<std::uint32_t>(key.size()), keys_.size()});
    keys_.append(key);
  }

  std::uint64_t count_ = 0;
  bool listening_ = false;
  bool new_keys_wanted_ = false;
  bool misses_wanted_ = false;
  bool keep_vanished_ = false;
  std::vector<Note> notes_;
  std::string keys_;  // of the notes, one behind the other
  std::vector<Change> vanished_;
};

}  // namespace sorrel::keyspace
