// SPDX-License-Identifier: BSD-3-Clause
//
// Filling databases with keys that come from an image, each as a whole and, unless the image is
// damaged, each once. A record is made complete and goes into the index as it is; what that will
// look at is fetched from memory while some more records are made. So a key costs one hash, one
// allocation and no wait.
//
//   Record* record = loading.make_string(name, value, deadline);
//   loading.put(database, record);
//   ...
//   loading.settle();
//
// Nobody may change the keyspace between the first put() and settle(). Requires: expiry is off.
// Lifetime: within the keyspace's. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/record.h>

namespace sorrel::keyspace {

class Loading {
 public:
  // `replace`: a key that is there already gives way. Else it stays, and is told by duplicate().
  Loading(Keyspace& keyspace, bool replace) : keyspace_(keyspace), replace_(replace) {}
  ~Loading() { settle(); }
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

  // Announces keys for a database, which makes room for them if it is empty.
  void expect(Database& database, std::size_t keys) { database.index_.reserve(keys); }

  // A record with this string, or this collection, as its value. It is the caller's until put().
  Record* make_string(std::string_view name, std::string_view value,
                      std::optional<std::int64_t> deadline_ms);
  template <class T>
  Record* make_collection(std::string_view name, T collection,
                          std::optional<std::int64_t> deadline_ms) {
    Record* record = make(name, {kTypeOf<T>, Encoding::kCollection}, deadline_ms);
    record->template collection<T>() = std::move(collection);
    return record;
  }

  // Takes the record over; it is in the database after some more of these, or settle().
  void put(Database& database, Record* record) {
    if (count_ == kAhead) {
      install_next();
    }
    const std::uint64_t hash = keyspace_.hash(record->key());
    database.prefetch(hash);
    waiting_[(next_ + count_++) % kAhead] = {&database, record, hash};
  }
  // Puts all into their databases. Returns: how many records are there that were put() since the
  // beginning.
  std::uint64_t settle();

  // A key that came and was there already.
  const std::optional<std::string>& duplicate() const { return duplicate_; }

 private:
  static constexpr std::size_t kAhead = 16;

  struct Waiting {
    Database* database = nullptr;
    Record* record = nullptr;
    std::uint64_t hash = 0;
  };

  Record* make(std::string_view name, Record::Shape shape, std::optional<std::int64_t> deadline_ms);
  void install_next();

  Keyspace& keyspace_;
  bool replace_;
  std::array<Waiting, kAhead> waiting_;
  std::size_t next_ = 0;   // the one that waits longest
  std::size_t count_ = 0;  // of those that wait
  std::uint64_t installed_ = 0;
  std::optional<std::string> duplicate_;
};

}  // namespace sorrel::keyspace
