// SPDX-License-Identifier: BSD-3-Clause
//
// Writing a value as commands, in slices: one cursor for each type, as those of rdb/cursor.h.
//
//   Cursor(key, value, requests)   begins
//   step(requests, budget)         writes about so many units more. Returns: true at the end
//
// Requires: what rdb/cursor.h requires, and that the key lives as long. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

#include "rdb/cursor.h"
#include "requests.h"

namespace sorrel::persist::commands {

using rdb::Budget;
using rdb::Elements;

// Elements of a collection, so many to a request: the command, the key, then the words of each.
class Groups {
 public:
  Groups(std::string_view command, std::string_view key, std::uint64_t elements,
         std::size_t words_each)
      : command_(command), key_(key), left_(elements), words_each_(words_each) {}

  // To be called before the words of each element are written.
  void next(Requests& requests);
  // Whether a request is complete.
  bool between() const { return in_group_ == 0; }
  std::uint64_t left() const { return left_; }

 private:
  static constexpr std::uint64_t kMost = 64;

  std::string_view command_;
  std::string_view key_;
  std::uint64_t left_;
  std::size_t words_each_;
  std::uint64_t in_group_ = 0;  // that are still to come
};

class StringCursor {
 public:
  StringCursor(std::string_view key, std::string_view value, Requests& requests);
  bool step(Requests& requests, std::size_t budget);

 private:
  std::string_view value_;
  std::size_t written_ = 0;
  bool whole_ = false;
};

class ListCursor {
 public:
  ListCursor(std::string_view key, const types::List& list, Requests& requests);
  bool step(Requests& requests, std::size_t budget);

 private:
  const types::List* list_;
  Groups groups_;
};

class SetCursor {
 public:
  SetCursor(std::string_view key, Elements<types::Set> set, Requests& requests);
  bool step(Requests& requests, std::size_t budget);

 private:
  Elements<types::Set> set_;
  Groups groups_;
};

class SortedSetCursor {
 public:
  SortedSetCursor(std::string_view key, Elements<types::SortedSet> set, Requests& requests);
  bool step(Requests& requests, std::size_t budget);

 private:
  bool step_up(Requests& requests, Budget& budget);
  void write(const types::SortedSet::Entry& entry, Requests& requests, Budget& budget);

  Elements<types::SortedSet> set_;
  Groups groups_;
};

class HashCursor {
 public:
  HashCursor(std::string_view key, Elements<types::Hash> hash, Requests& requests);
  bool step(Requests& requests, std::size_t budget);

 private:
  void write(const types::Hash::Entry& entry, Requests& requests, Budget& budget);
  void write_deadlines(Requests& requests);

  std::string_view key_;
  Elements<types::Hash> hash_;
  Groups groups_;
  std::vector<std::pair<std::string, std::int64_t>> deadlines_;  // of fields of the open request
};

class StreamCursor {
 public:
  StreamCursor(std::string_view key, const types::Stream& stream, Requests& requests);
  bool step(Requests& requests, std::size_t budget);

 private:
  enum class Part : std::uint8_t { kEntries, kGroup, kConsumer, kOwned, kDone };

  // Each writes something of its part, and says which part is next.
  Part write_entries(Requests& requests, Budget& budget);
  Part write_counters(Requests& requests);
  Part write_group(Requests& requests);
  Part write_consumer(Requests& requests);
  Part write_owned(Requests& requests, Budget& budget);

  std::string_view key_;
  const types::Stream* stream_;
  Part part_ = Part::kEntries;
  types::StreamId from_ = types::kLeastStreamId;  // of the next entry or pending entry
  types::Stream::Groups::const_iterator group_;
  types::StreamGroup::Consumers::const_iterator consumer_;
};

}  // namespace sorrel::persist::commands
