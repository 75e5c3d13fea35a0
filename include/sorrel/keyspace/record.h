// SPDX-License-Identifier: BSD-3-Clause
//
// A key and its value in one allocation:
//
//   byte 0      type (low half), encoding (high half)
//   byte 1      flags: has a deadline, has fields with deadlines, long key, written in place, mark
//   byte 2..4   access clock: 24 bits
//   byte 5      length of the key, if below 255
//   byte 6..7   length of an inline string value
//   [8]         deadline in Unix milliseconds, if any, and how much earlier it is filed
//   [8]         integer value, or the address of an external string, or a collection's handle
//   [4]         length of a long key, if so flagged
//   [n]         the key
//   [m]         an inline string value
//
// A key of 16 bytes with a value of 32 takes 56 bytes, a counter 32. A value that outgrows its
// allocation is rebuilt in a new one; the database then puts that into the index and the deadlines.
//
// A deadline that moves to a later time, as SET ... EX makes it again and again, leaves the record
// where it is filed in its database's order, if the two are no more than a minute apart: the order
// looks at it then and files it anew. So the order costs nothing where deadlines are put off.
//
// Invariant: deadline present <=> the record is in its database's deadline order, under filed_ms();
// flagged as having fields with deadlines <=> it is in the order of those. One thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/base/defragmented.h>
#include <sorrel/keyspace/type.h>
#include <sorrel/types/prefetch.h>
#include <sorrel/types/settings.h>

namespace sorrel::keyspace {

// Where a value lies. OBJECT ENCODING's names are told by Record::encoding_name().
enum class Encoding : std::uint8_t { kInteger, kInline, kExternal, kCollection };

// Strings longer than this live outside their record, with room to grow.
inline constexpr std::size_t kMaxInlineString = 1024;
// Redis' limit up to which a string is called "embstr".
inline constexpr std::size_t kMaxEmbeddedName = 44;

// Room for an integer value's text: see Record::string().
using IntegerText = char[24];

class Record {
 public:
  // How a new record is laid out.
  struct Shape {
    Type type = Type::kString;
    Encoding encoding = Encoding::kInline;
    bool deadline = false;
    std::size_t inline_bytes = 0;
  };

  // Cost: one allocation. The value is not initialised (a collection is: empty).
  static Record* create(std::string_view key, const Shape& shape);
  // Frees the record and its value. Cost: O(1) but for a large collection: see release_some().
  static void destroy(Record* record);

  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  Type type() const { return static_cast<Type>(type_and_encoding_ & 0x0f); }
  Encoding encoding() const { return static_cast<Encoding>(type_and_encoding_ >> 4); }
  std::string_view encoding_name() const;
  std::string_view key() const { return {key_data(), key_length()}; }

  bool has_deadline() const { return (flags_ & kHasDeadline) != 0; }
  // Requires of these: has_deadline(). Unix milliseconds, 0 or more.
  std::int64_t deadline_ms() const {
    return *slot(0) >= 0 ? *slot(0) : (*slot(0) & INT64_MAX) >> kPutOffBits;
  }
  // Under which it stands in its database's order: deadline_ms(), or earlier when it was put off.
  std::int64_t filed_ms() const {
    return *slot(0) >= 0 ? *slot(0) : deadline_ms() - (*slot(0) & kMostPutOff);
  }
  // A deadline before 1970 is taken for 1970: both are long past. It is to be filed under this.
  void set_deadline_ms(std::int64_t deadline_ms) { *slot(0) = deadline_ms > 0 ? deadline_ms : 0; }
  // Sets the deadline and leaves `filed_ms`, if the two are near enough. Returns: whether it did.
  bool put_off(std::int64_t deadline_ms, std::int64_t filed_ms) {
    if (deadline_ms < filed_ms || deadline_ms - filed_ms > kMostPutOff ||
        deadline_ms > INT64_MAX >> kPutOffBits) {
      return false;
    }
    *slot(0) = INT64_MIN | (deadline_ms << kPutOffBits) | (deadline_ms - filed_ms);
    return true;
  }

  // Whether it is a hash that its database has in the order of fields' deadlines.
  bool has_field_deadlines() const { return (flags_ & kHasFieldDeadlines) != 0; }
  void set_has_field_deadlines(bool on) {
    flags_ =
        static_cast<std::uint8_t>(on ? flags_ | kHasFieldDeadlines : flags_ & ~kHasFieldDeadlines);
  }
  // Whether it, or a part of it, can go on its own.
  bool is_mortal() const { return (flags_ & (kHasDeadline | kHasFieldDeadlines)) != 0; }

  // What a snapshot tells the records by that it was given: see Keyspace::mark().
  bool mark() const { return (flags_ & kMark) != 0; }
  void set_mark(bool mark) {
    flags_ = static_cast<std::uint8_t>(mark ? flags_ | kMark : flags_ & ~kMark);
  }

  std::uint32_t access() const {
    return access_[0] | (static_cast<std::uint32_t>(access_[1]) << 8) |
           (static_cast<std::uint32_t>(access_[2]) << 16);
  }
  void set_access(std::uint32_t clock) {
    if (access() != clock) {
      access_[0] = static_cast<std::uint8_t>(clock);
      access_[1] = static_cast<std::uint8_t>(clock >> 8);
      access_[2] = static_cast<std::uint8_t>(clock >> 16);
    }
  }

  // The value of a string, in any encoding. `scratch` is written when it is an integer.
  // Requires: type() == kString. Lifetime: until the record changes, and scratch's.
  std::string_view string(IntegerText& scratch) const;
  std::size_t string_length() const;
  // Requires: encoding() == kInteger.
  std::int64_t integer() const { return *value_slot(); }
  void set_integer(std::int64_t value) { *value_slot() = value; }
  // The bytes of an inline or external string, to write to. Requires: no integer.
  std::span<char> bytes();
  // Whether a string was changed in place (APPEND, SETRANGE), which Redis shows as "raw".
  bool written_in_place() const { return (flags_ & kWrittenInPlace) != 0; }
  void set_written_in_place() { flags_ |= kWrittenInPlace; }

  // Sets an inline string's value if its length fits this allocation without waste.
  // Requires: encoding() == kInline. Returns: whether it did.
  bool assign_inline(std::string_view value);

  // Requires: encoding() == kExternal. Lengthens or shortens; new bytes are zero.
  // Cost: amortised O(bytes added).
  void resize_external(std::size_t length);
  // Cost: no allocation when the value fits the old one's without waste.
  void assign_external(std::string_view value);

  // The collection itself. Requires: the matching type.
  template <class T>
  T& collection() {
    assert(type() == kTypeOf<T>);
    return *reinterpret_cast<T*>(value_slot());
  }
  template <class T>
  const T& collection() const {
    assert(type() == kTypeOf<T>);
    return *reinterpret_cast<const T*>(value_slot());
  }

  // The same record elsewhere, for the item heap's defragmentation. The old one is to be freed by
  // discard() when nothing names it any more.
  static Record* relocate(const Record& record);
  static void discard(Record* record);
  // Whether the value has items of its own; and a step of that through them, from cursor 0 on.
  // Requires: !walking().
  bool has_items() const {
    return encoding() == Encoding::kExternal || encoding() == Encoding::kCollection;
  }
  base::Defragmented defragment(std::uint64_t cursor);

  // A copy under another key (it may be the same), with a deadline if `deadline`. The value is
  // moved out of `source` when `move`, else copied deeply.
  static Record* rebuild(Record& source, std::string_view key, bool deadline, bool move,
                         const types::Settings& settings);

  // Whether the collection can be walked while it changes, and whether it is.
  bool walkable() const;
  bool walking() const;
  // Requires: walkable(), and no walk is under way. Cost: O(1).
  void begin_walk();
  void end_walk();
  // What the collection keeps for its walk.
  std::size_t walk_bytes() const;
  // A record of the same key, deadline and collection, which both have then.
  // Requires: what is returned ends by discard(), while the collection still lives.
  static Record* borrow(const Record& source);
  bool shares_collection_with(const Record& other) const {
    return *value_slot() == *other.value_slot();
  }

  // Bytes that the record and its value take on the heap.
  std::size_t memory_bytes() const;

  // Whether the value is a collection that lost its last element and takes its key with it.
  bool is_vacant() const;
  // Begins the loads that a verb on this element of a large collection will wait for.
  // Its hash is base::hash_bytes of the element with the seed of the keyspace.
  void prefetch_member(types::MemberAhead& ahead, types::Prefetch what) const;

  // A measure of the work to free the value, to decide whether to do that in steps.
  std::uint64_t release_cost() const;
  // Frees about `budget` parts of a large collection. Returns: true when nothing large is left.
  bool release_some(std::size_t budget);

 private:
  static constexpr std::uint8_t kHasDeadline = 1;
  static constexpr std::uint8_t kLongKey = 2;
  static constexpr std::uint8_t kWrittenInPlace = 4;
  static constexpr std::uint8_t kHasFieldDeadlines = 8;
  static constexpr std::uint8_t kMark = 16;
  static constexpr std::uint8_t kLongKeyLength = 255;
  static constexpr unsigned kPutOffBits = 16;
  static constexpr std::int64_t kMostPutOff = (1 << kPutOffBits) - 1;

  struct External;

  Record() = default;

  bool has_value_slot() const { return encoding() != Encoding::kInline; }
  std::size_t value_offset() const { return has_deadline() ? 8U : 0U; }
  std::size_t key_offset() const {
    return value_offset() + (has_value_slot() ? 8U : 0U) + ((flags_ & kLongKey) != 0 ? 4U : 0U);
  }
  std::size_t key_length() const;
  std::size_t allocated_bytes() const;
  char* body() { return reinterpret_cast<char*>(this + 1); }
  const char* body() const { return reinterpret_cast<const char*>(this + 1); }
  char* key_data() { return body() + key_offset(); }
  const char* key_data() const { return body() + key_offset(); }
  std::int64_t* slot(std::size_t offset) {
    return reinterpret_cast<std::int64_t*>(body() + offset);
  }
  const std::int64_t* slot(std::size_t offset) const {
    return reinterpret_cast<const std::int64_t*>(body() + offset);
  }
  std::int64_t* value_slot() { return slot(value_offset()); }
  const std::int64_t* value_slot() const { return slot(value_offset()); }
  External*& external() { return *reinterpret_cast<External**>(value_slot()); }
  const External* external() const { return *reinterpret_cast<External* const*>(value_slot()); }

  std::uint8_t type_and_encoding_;
  std::uint8_t flags_;
  std::uint8_t access_[3];
  std::uint8_t short_key_length_;
  std::uint16_t inline_length_;
};
static_assert(sizeof(Record) == 8);

}  // namespace sorrel::keyspace
