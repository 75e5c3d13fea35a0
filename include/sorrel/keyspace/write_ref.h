// SPDX-License-Identifier: BSD-3-Clause
//
// The one door for a mutation. A WriteRef names a key that may or may not exist, offers the verbs
// that change it, and on commit() removes a collection that became empty and records one change.
// Whatever else must happen around a change (a snapshot that saves the old value first, memory
// limits) happens here and nowhere else.
//
// Rule: after a verb that changed something commit() must be called before the reference ends, and
// dismiss() after verbs that could have changed something and did not.
// Lifetime: until the next change of the database by anybody else. Cost: one probe of the index at
// creation; verbs cost what they do to the value. One thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <sorrel/keyspace/database.h>
#include <sorrel/keyspace/events.h>

namespace sorrel::keyspace {

// What becomes of a key's deadline when its value is replaced.
class DeadlinePolicy {
 public:
  static DeadlinePolicy keep() { return DeadlinePolicy(kKeep); }
  static DeadlinePolicy clear() { return DeadlinePolicy(kClear); }
  static DeadlinePolicy at(std::int64_t deadline_ms) { return DeadlinePolicy(deadline_ms); }

  bool keeps() const { return value_ == kKeep; }
  bool clears() const { return value_ == kClear; }
  // Requires: neither keeps() nor clears(). Unix milliseconds.
  std::int64_t deadline_ms() const { return value_; }

 private:
  static constexpr std::int64_t kKeep = INT64_MIN;
  static constexpr std::int64_t kClear = INT64_MIN + 1;
  explicit DeadlinePolicy(std::int64_t value) : value_(value) {}
  std::int64_t value_;
};

class WriteRef {
 public:
  WriteRef(Database& database, const Key& key, Record* record)
      : database_(&database), key_(key), record_(record) {}
  WriteRef(const WriteRef&) = delete;
  WriteRef& operator=(const WriteRef&) = delete;
  ~WriteRef() { assert(!changed_ && "commit() is missing"); }

  bool exists() const { return record_ != nullptr; }
  // Requires: exists().
  const Record& record() const { return *record_; }
  bool holds(Type type) const { return record_ != nullptr && record_->type() == type; }

  // Makes the key a string of these bytes, whatever it was before; a text that is a canonical
  // integer is kept as one.
  void set_string(std::string_view value, DeadlinePolicy deadline);
  // The same, but a text that is an integer stays text (INCRBYFLOAT).
  void set_text(std::string_view value, DeadlinePolicy deadline);
  // Makes the key an integer. An existing key keeps its deadline.
  void set_integer(std::int64_t value);
  // The bytes of a string, `length` of them, to write to: what is beyond the old length is zero.
  // Creates the key when missing. Requires: the key is missing or holds a string.
  std::span<char> resize_string(std::size_t length);

  // The collection under the key, created empty when missing.
  // Requires: the key is missing or holds that type.
  template <class T>
  T& collection() {
    return edit_collection(kTypeOf<T>).template collection<T>();
  }
  // Makes the key this collection, whatever it was before, without a deadline.
  template <class T>
  void set_collection(T value) {
    new_collection(kTypeOf<T>).template collection<T>() = std::move(value);
  }

  // Throws away a part that was taken out of a collection, in bounded steps when it is large.
  template <class T>
  void discard(T part) {
    Record* record = new_grave(kTypeOf<T>);
    record->template collection<T>() = std::move(part);
    bury(record);
  }

  // Requires: exists().
  void set_deadline(std::int64_t deadline_ms);
  void clear_deadline();
  // When and how often it was accessed, in the terms of AccessClock.
  void set_access(std::uint32_t access) { record_->set_access(access); }
  void erase();

  // Settles what the verbs did, and records it as one change.
  void commit(const Event& event);
  // Ends the reference when its verbs turned out to change nothing: no change is recorded.
  // Requires: the key existed when the reference was made.
  void dismiss() { changed_ = false; }

 private:
  Record& edit_collection(Type type);
  Record& new_collection(Type type);
  static Record* new_grave(Type type);
  void bury(Record* record);
  // Before a change in place.
  void preserve();
  bool is_needed() const;
  Record* fresh(const Record::Shape& shape);
  void replace(Record* replacement);
  // The string, and the integer that it is kept as.
  void assign(std::string_view value, std::optional<std::int64_t> integer, DeadlinePolicy deadline);

  Database* database_;
  Key key_;
  Record* record_;
  bool changed_ = false;
};

}  // namespace sorrel::keyspace
