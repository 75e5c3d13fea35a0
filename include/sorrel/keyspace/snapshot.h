// SPDX-License-Identifier: BSD-3-Clause
//
// The keyspace as it was at one moment, read in small steps while commands go on changing it: the
// one mechanism behind saving, rewriting the log and filling a replica. Nothing is forked and
// nothing is copied beforehand.
//
//   step()    walks the databases by their indexes and gives each record that was not given yet
//   a change  of such a record comes first: what is replaced or removed is kept as it is; what is
//             changed in place is copied; a large collection is walked element by element, and
//             keeps the old elements itself (types: begin_walk())
//   take()    gives what was kept, and the large values; a long string stays where it is, and is
//             not given until it was released: so a change of it comes first as of any other
//
// Whether a record was given is one bit in it, which means "given" when it equals the keyspace's;
// beginning a snapshot turns the keyspace's bit, so that no record is given, and records made from
// then on have it already. At the end all records agree again. A snapshot that is given up goes on
// walking to that end without giving anything (abandon()).
//
// A database that is emptied meanwhile is taken over, walked next, and freed as that goes on;
// exchanged ones are followed.
// Memory: kept_bytes(), which the owner bounds by taking, and by letting no more be changed.
// Lifetime: within the keyspace's; one at a time. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <sorrel/keyspace/keyspace.h>

namespace sorrel::keyspace {

class Snapshot {
 public:
  // Begins now. Cost: O(databases). Requires: no other one lives.
  explicit Snapshot(Keyspace& keyspace);
  // Requires: done().
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  struct DatabaseFacts {
    std::uint32_t number = 0;
    std::uint64_t keys = 0;
    std::uint64_t keys_with_deadline = 0;
  };
  // Those that were not empty, in ascending order.
  const std::vector<DatabaseFacts>& databases() const { return facts_; }
  std::uint64_t keys() const { return keys_; }

  // A record that belongs to the snapshot: one that was kept, or a large value that is to be read
  // in parts. Of a collection that is walking() the walk alone gives the elements as they were;
  // all other facts are the record's own.
  class Kept {
   public:
    Kept() = default;
    explicit operator bool() const { return record_ != nullptr; }
    std::uint32_t database() const { return database_; }
    Record& record() const { return *record_; }

   private:
    friend class Snapshot;
    std::uint32_t database_ = 0;
    Record* record_ = nullptr;
    bool borrowed_ = false;  // the collection is another record's
    bool pinned_ = false;    // as long as it is in pins_ it is its database's
    bool changing_ = false;  // what it takes is in changing_, not here
    std::size_t bytes_ = 0;
  };

  // Whether a value is given to be read in parts, if it can be: it has many or large ones.
  static bool is_large(const Record& record);

  // The next of these, or nothing. To be given back by release().
  Kept take();
  void release(Kept kept);

  // Goes on for about `records` records: calls visit(database number, const Record&) for each
  // small one that was not given yet, until it returns false. visit must not change the keyspace.
  // Returns: false when there is nothing left to walk.
  template <class Visit>
  bool step(std::size_t records, Visit&& visit);

  // Whether everything was given and given back.
  bool done() const { return at_ == sources_.size() && kept_.empty() && taken_ == 0; }
  // Nothing more is wanted: what is kept is thrown away, and step() only ends the walk.
  // Requires: nothing is taken.
  void abandon();
  bool abandoned() const { return abandoned_; }

  // What is kept beside the keyspace. What a clone shares with its original costs nothing until one
  // of the two changes it. Cost: O(1): of many values whose share changes some are asked in turn.
  std::size_t kept_bytes();
  // The part of it that databases which were emptied hold: an estimate from a sample of the
  // records, falling as they are walked. Who may begin anew, as a rewrite may, gets rid of it by
  // that.
  std::size_t emptied_bytes() const;

 private:
  friend class Database;
  friend class Keyspace;

  // One database as it was.
  struct Source {
    std::uint32_t number = 0;
    const Database* database = nullptr;  // where it is now; null: emptied, `index` holds it
    base::Index<RecordTraits> index{0};
    std::uint64_t cursor = 0;
    std::size_t left = 0;  // keys of an emptied one that were not walked again
    std::size_t bytes_each = 0;
  };

  // A record that has left its database while its collection is walked.
  struct Orphan {
    Record* record = nullptr;
    std::size_t bytes = 0;  // in kept_bytes_
  };

  // A kept record of which more and more, or less and less, is the snapshot's alone: one whose
  // collection is walked, or a clone that shares its nodes.
  struct Changing {
    Record* record = nullptr;
    bool walked = false;
    std::size_t own = 0;      // of a clone: what it never shared
    std::size_t lone = 0;     // types::SharedBytes::lone when it was made
    std::size_t counted = 0;  // in kept_bytes_
  };

  bool lacks(const Record& record) const { return record.mark() != keyspace_.mark(); }
  // Marks it as given. Returns: whether it is to be given at once; large ones are kept.
  bool give(std::uint32_t number, Record* record);
  // Fills gathered_ from the current source's next buckets. Returns: the cursor behind them.
  std::uint64_t gather(std::size_t records);
  void advance(std::uint64_t cursor);
  // The next record of the current source, which was emptied; null when none is left.
  Record* dig();
  bool keep_if_large(std::uint32_t number, Record* record);
  bool give_in_parts(std::uint32_t number, Record* record);
  void pin(std::uint32_t number, Record* record);
  // Of a pinned record that leaves its database. Returns: whether it was pinned.
  bool take_over_pin(Record* record);
  template <class Visit>
  void step_emptied(std::size_t records, Visit&& visit);
  std::uint32_t number_of(const Database& database) const;
  void keep(std::uint32_t number, Record* record);
  void keep_clone(std::uint32_t number, Record* record);
  void watch(Changing changing);
  void recount(Changing& changing);
  void unwatch(const Record* record);
  void walk(std::uint32_t number, Record* record);
  void drop(Kept& kept);

  // For the keyspace: a record that was not given leaves its database; takes it over.
  void on_retire(const Database& database, Record* record);
  // It is about to change in place: begins the walk of a large collection. Returns: whether that
  // is enough; else the record is to be replaced by a copy, and given to on_replace().
  bool on_change(const Database& database, Record& record);
  // As on_retire(), when what took its place is a clone.
  void on_replace(const Database& database, Record* record);
  // A record is to be freed that may be pinned, or its collection walked. Returns: whether it was
  // taken over.
  bool on_bury(Record* record);
  // A database is emptied: takes the index over if it is still needed.
  void on_clear(const Database& database, base::Index<RecordTraits>& index);
  void on_exchange(const Database& a, const Database& b);

  Keyspace& keyspace_;
  std::vector<DatabaseFacts> facts_;
  std::uint64_t keys_ = 0;
  std::vector<Source> sources_;
  std::size_t at_ = 0;  // in sources_
  std::deque<Kept> kept_;
  std::size_t taken_ = 0;
  std::size_t kept_bytes_ = 0;
  std::vector<Record*> gathered_;
  std::deque<Changing> changing_;
  std::size_t next_asked_ = 0;   // in changing_
  std::size_t walks_ = 0;        // how many of these are walked
  std::vector<Record*> pins_;    // long strings that are being read, or will be
  std::vector<Orphan> orphans_;  // hold such a collection, and have left their database
  std::vector<Record*> dug_;     // of an emptied source, out of its index
  bool abandoned_ = false;
};

template <class Visit>
bool Snapshot::step(std::size_t records, Visit&& visit) {
  if (at_ == sources_.size()) {
    return false;
  }
  if (sources_[at_].database == nullptr) {
    step_emptied(records, visit);
    return at_ != sources_.size();
  }
  const std::uint32_t number = sources_[at_].number;
  const std::uint64_t cursor = gather(records);
  for (Record* record : gathered_) {
    if (give(number, record) && !visit(number, static_cast<const Record&>(*record))) {
      return true;  // these are met again, and what was given is passed over
    }
  }
  advance(cursor);
  return at_ != sources_.size();
}

// These belong to the snapshot, so each goes as soon as it was given.
template <class Visit>
void Snapshot::step_emptied(std::size_t records, Visit&& visit) {
  const std::uint32_t number = sources_[at_].number;
  for (bool goes_on = true; goes_on && records > 0; --records) {
    Record* const record = dig();
    if (record == nullptr) {
      ++at_;
      return;
    }
    if (lacks(*record)) {
      if (keep_if_large(number, record)) {
        continue;
      }
      record->set_mark(keyspace_.mark());
      goes_on = visit(number, static_cast<const Record&>(*record));
    }
    keyspace_.bury(record);
  }
}

}  // namespace sorrel::keyspace
