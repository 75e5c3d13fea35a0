// SPDX-License-Identifier: BSD-3-Clause
//
// All databases together and what they share: the time they live in, the seed of their hash, the
// settings of types, the log of changes, statistics, and the graveyard where large values wait to
// be freed in bounded steps. A deterministic state machine: it reads no clock and no disk.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <sorrel/base/hash.h>
#include <sorrel/keyspace/access.h>
#include <sorrel/keyspace/change_log.h>
#include <sorrel/keyspace/database.h>
#include <sorrel/types/settings.h>

namespace sorrel::keyspace {

class Snapshot;

struct KeyspaceStatistics {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t expired = 0;
  std::uint64_t expired_subkeys = 0;  // fields of hashes
  std::uint64_t evicted = 0;
  std::uint64_t released = 0;  // large values freed step by step
};

class Keyspace {
 public:
  Keyspace(std::size_t databases, std::uint64_t seed);
  ~Keyspace();
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  std::size_t database_count() const { return databases_.size(); }
  Database& database(std::size_t number) { return databases_[number]; }
  const Database& database(std::size_t number) const { return databases_[number]; }
  std::size_t size() const;

  std::uint64_t hash(std::string_view name) const { return base::hash_bytes(name, seed_); }
  Key key(std::string_view name) const { return {name, hash(name)}; }

  // The time of the keyspace, Unix milliseconds. It stands still within a command.
  std::int64_t now_ms() const { return now_ms_; }
  void set_now_ms(std::int64_t now_ms) {
    now_ms_ = now_ms;
    access_.set_now_ms(now_ms);
  }

  // What accesses leave in the records, and what that means.
  AccessClock& access() { return access_; }
  const AccessClock& access() const { return access_; }

  // Off while a log is replayed: the log itself says which keys went.
  void set_expiry_enabled(bool on) { expiry_enabled_ = on; }
  bool expiry_enabled() const { return expiry_enabled_; }

  // Off while nothing is to change on its own (CLIENT PAUSE): a key that is past its time is gone
  // for who looks, but stays until it is written or this is on again.
  void set_removal_enabled(bool on) { removal_enabled_ = on; }
  bool removal_enabled() const { return removal_enabled_; }

  // Off for a client that reads without a trace (CLIENT NO-TOUCH).
  void set_touch(bool on) { touch_ = on; }
  bool touch() const { return touch_; }

  // Deletes keys and fields of hashes whose deadline has passed, in all databases. Returns: how
  // many went; when it equals `limit` more may be due.
  std::size_t expire_due(std::size_t limit);
  // When it is to be called next; INT64_MAX: not before something changes.
  std::int64_t next_deadline_ms() const;

  // Drops all keys of all databases, as Database::clear().
  void clear();
  // How often that was done.
  std::uint64_t times_cleared() const { return times_cleared_; }

  // Exchanges the contents of two databases. Cost: O(1).
  void swap(std::size_t a, std::size_t b);

  // Frees about `budget` parts of what waits in the graveyard. Returns: whether it is empty.
  bool release_some(std::size_t budget);
  std::size_t pending_releases() const { return graveyard_.size(); }

  // The snapshot that is being taken, or null; and the mark (Record::mark) of the records that it
  // was given, which all have while there is none.
  Snapshot* snapshot() const { return snapshot_; }
  bool mark() const { return mark_; }

  types::Settings& settings() { return settings_; }
  const types::Settings& settings() const { return settings_; }
  ChangeLog& changes() { return changes_; }
  KeyspaceStatistics& statistics() { return statistics_; }

 private:
  friend class Database;
  friend class Snapshot;
  friend class WriteRef;

  // Either one large record, or a whole index of records.
  struct Grave {
    Record* record = nullptr;
    base::Index<RecordTraits> index{0};
    Deadlines deadlines;
    Deadlines field_deadlines;
  };

  void bury(Record* record);
  void bury(base::Index<RecordTraits> index, Deadlines deadlines, Deadlines field_deadlines);
  std::size_t release_from_last(std::size_t budget);

  std::uint64_t seed_;
  std::vector<Database> databases_;
  std::int64_t now_ms_ = 0;
  AccessClock access_;
  bool expiry_enabled_ = true;
  bool removal_enabled_ = true;
  bool touch_ = true;
  std::uint64_t times_cleared_ = 0;
  bool mark_ = false;
  Snapshot* snapshot_ = nullptr;
  types::Settings settings_;
  ChangeLog changes_;
  KeyspaceStatistics statistics_;
  std::vector<Grave> graveyard_;
};

}  // namespace sorrel::keyspace
