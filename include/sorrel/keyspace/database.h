// SPDX-License-Identifier: BSD-3-Clause
//
// One numbered database: the index of its records, the order of their deadlines, and the order in
// which hashes next lose a field. Reading hands out records; changing goes through a WriteRef
// (write_ref.h) and nothing else. A key or a field of a hash whose deadline has passed is gone for
// every caller, and leaves an `expired` or `hexpired` change behind; a hash whose last field went,
// a `del`.
//
// Cost: find is one probe of the index, and of a hash the removal of the fields that are due and
// that no expire_due() has met yet. Lifetime: a record is valid until the next change of this
// database. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <sorrel/base/index.h>
#include <sorrel/base/random.h>
#include <sorrel/keyspace/deadlines.h>
#include <sorrel/keyspace/events.h>
#include <sorrel/keyspace/record.h>

namespace sorrel::keyspace {

class Keyspace;
class Loading;
class WriteRef;

// A key and its hash, computed once on its way through the server.
// Lifetime: the name refers to the request.
struct Key {
  std::string_view name;
  std::uint64_t hash = 0;
};

struct RecordTraits {
  using Item = Record;
  static std::uint64_t hash(const Record& record, std::uint64_t seed);
};

class Database {
 public:
  Database(Keyspace& keyspace, std::uint32_t number, std::uint64_t seed);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) = delete;

  std::uint32_t number() const { return number_; }
  std::size_t size() const { return index_.size(); }
  std::size_t keys_with_deadline() const { return deadlines_.size(); }
  std::size_t hashes_with_field_deadlines() const { return field_deadlines_.size(); }
  // Mean milliseconds that a sample of keys with a deadline has left; 0 without any.
  std::int64_t average_ttl_ms() const;

  // The live record of a key, or null. Counts a hit or a miss and refreshes the access clock.
  const Record* find(const Key& key);
  // The same without a trace: no statistics, no access clock.
  const Record* peek(const Key& key);
  // Counts a key that was looked for in vain, and tells whoever wants to know. For those who look
  // in another way than find().
  void note_miss(const Key& key);

  // Whether the key is there and alive. Changes nothing, not even an expired key.
  bool contains(const Key& key) const;

  // The door for a mutation of this key, whether it exists or not. It counts as a use of the key,
  // whatever becomes of the mutation.
  WriteRef write(const Key& key);
  // The same for a command that also tells what the key holds: counts a hit or a miss.
  WriteRef read_and_write(const Key& key);
  // Deletes a live key. Returns: whether it was there.
  bool erase(const Key& key, const Event& event);

  // Moves the live record `from` here to `to` in `target`, replacing what is there. Records the
  // changes given. Requires: `from` exists and the two are not the same key of the same database.
  void move(const Key& from, Database& target, const Key& to, const Event& left,
            const Event& arrived);
  // A deep copy of the live record `from` as `to` in `target`, replacing what is there.
  // Cost: O(size of the value).
  void copy(const Key& from, Database& target, const Key& to);

  // A step of SCAN: calls emit(const Record&) for live records; expired ones are passed over.
  // emit must not change the database. Returns: the next cursor, 0 at the end.
  template <class Emit>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit) const {
    return scan(cursor, emit, [](const Record&) {});
  }
  // The same, which also calls emit_expired(const Record&) for those that are past their time.
  template <class Emit, class EmitExpired>
  std::uint64_t scan(std::uint64_t cursor, Emit&& emit, EmitExpired&& emit_expired) const {
    return index_.scan(cursor, [&](Record* record) {
      if (expired(*record)) {
        emit_expired(static_cast<const Record&>(*record));
      } else {
        emit(static_cast<const Record&>(*record));
      }
    });
  }
  // A random live record, or null when there is none (or hardly any, while none is removed).
  const Record* random(base::Random& random);

  // Deletes keys and fields of hashes whose deadline has passed, each earliest first, at most
  // `limit` of them. Returns: how many went or were found to be put off; a hash that goes as a
  // whole counts once.
  std::size_t expire_due(std::size_t limit);
  // No key or field is due before; INT64_MAX without any deadline.
  std::int64_t next_deadline_ms() const;

  // A step of the item heap's defragmentation through the records, from cursor 0 on. Adds those of
  // them to `values` whose values have items, too. Requires: no snapshot.
  base::Defragmented defragment(std::uint64_t cursor, std::vector<Record*>& values);
  // A step of it through the value of a key, which may have gone. Requires: the same.
  base::Defragmented defragment_value(const Key& key, std::uint64_t cursor);

  // Drops all keys at once; their memory is freed in bounded steps by Keyspace::release_some().
  // Returns: how many keys there were.
  std::size_t clear();

  void prefetch(std::uint64_t hash) const { index_.prefetch(hash); }
  void prefetch_record(std::uint64_t hash) const { index_.prefetch_item(hash); }
  // The record that find() will most likely look at, judged by the hash alone, or null: to fetch
  // ahead what it points to. It may be another key's, and expired.
  const Record* likely(std::uint64_t hash) const { return index_.likely(hash); }

  // Bytes of the index and of the orders of deadlines, without the records.
  std::size_t overhead_bytes() const;
  // Keys that fit into the index as it is.
  std::size_t index_slots() const { return index_.slots(); }

 private:
  friend class Evictor;
  friend class Keyspace;
  friend class Loading;
  friend class Snapshot;
  friend class WriteRef;

  bool expired(const Record& record) const;
  Record* stored(const Key& key) const;
  Record* live(const Key& key);
  Record* visible(const Key& key);
  Record* live_part(Record* record);
  void note_access(Record& record) const;
  void install(std::uint64_t hash, Record* record);
  void swap_record(std::uint64_t hash, Record* record, Record* replacement);
  void remove(std::uint64_t hash, Record* record);
  Record* detach(std::uint64_t hash, Record* record);
  // To be called before a record changes in place: a snapshot keeps what it was. Returns: the
  // record to change, which may be a new one.
  Record* preserve(std::uint64_t hash, Record* record);
  // Throws away a record that has left the index, unless a snapshot still needs it.
  void retire(Record* record);
  void vanish(Record* record);
  // For eviction: a random record, or one with a deadline (requires that there is one), the one
  // with the nearest deadline (null without any), and its going. Returns: the bytes that it took.
  Record* draw(base::Random& random) const { return index_.random(random); }
  Record* draw_with_deadline(base::Random& random) const;
  Record* soonest();
  std::size_t evict(Record* record);
  void track(Record* record);
  void untrack(Record* record);
  // Files a record under its deadline and not the time of before. Requires: has_deadline().
  void file_anew(Record* record, std::int64_t deadline_ms);
  // Puts a hash, and nothing else, where its next deadline of a field belongs. Called when that may
  // have changed.
  void schedule_fields(Record* record);
  // To be called before a record's value moves to another record: then it is not known any more
  // under which time the record stands in the order.
  void unschedule_fields(Record* record);
  std::size_t drop_due_fields(Record*& record, std::size_t limit);
  void swap_contents(Database& other) noexcept;

  Keyspace* keyspace_;
  std::uint32_t number_;
  base::Index<RecordTraits> index_;
  Deadlines deadlines_;
  Deadlines field_deadlines_;  // of each hash that has some, the earliest
};

}  // namespace sorrel::keyspace
