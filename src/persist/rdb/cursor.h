// SPDX-License-Identifier: BSD-3-Clause
//
// Writing a value in slices, so that a collection of ten million elements stops nobody. There is
// one cursor for each type; a value that is written at once is a cursor that is stepped to its end.
//
//   Cursor(value, kind, output)    writes what stands before the first element; a compact value
//                                  has no more than that
//   step(output, budget)           writes about so many units more, of more than none. Returns:
//                                  true at the end
//
// Between two steps a cursor keeps a place in the value by number, id or scan cursor, or a pointer
// to what does not move while it does not change. Requires: from the constructor to the last step
// the value does not change, or it is walking. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

#include "elements.h"
#include "format.h"
#include "output.h"

namespace sorrel::persist::rdb {

class StringCursor {
 public:
  StringCursor(std::string_view value, ValueType type, Output& output);
  bool step(Output& output, std::size_t budget);

 private:
  std::string_view value_;
  std::size_t written_ = 0;
};

class ListCursor {
 public:
  ListCursor(const types::List& list, ValueType, Output& output);
  bool step(Output& output, std::size_t budget);

 private:
  const types::List* list_;
  std::uint64_t chunk_ = 0;
  std::optional<StringCursor> text_;  // of the chunk that is being written
};

class SetCursor {
 public:
  SetCursor(Elements<types::Set> set, ValueType type, Output& output);
  bool step(Output& output, std::size_t budget);

 private:
  Elements<types::Set> set_;
  bool whole_;
};

class SortedSetCursor {
 public:
  SortedSetCursor(Elements<types::SortedSet> set, ValueType type, Output& output);
  bool step(Output& output, std::size_t budget);

 private:
  bool step_down(Output& output, Budget& budget);

  Elements<types::SortedSet> set_;
  bool whole_;
  std::uint64_t left_ = 0;  // entries, of the lowest ranks
};

class HashCursor {
 public:
  HashCursor(Elements<types::Hash> hash, ValueType type, Output& output);
  bool step(Output& output, std::size_t budget);

 private:
  Elements<types::Hash> hash_;
  std::int64_t earliest_ms_;
  bool deadlines_;
  bool whole_;
};

class StreamCursor {
 public:
  StreamCursor(const types::Stream& stream, ValueType type, Output& output);
  bool step(Output& output, std::size_t budget);

 private:
  enum class Part : std::uint8_t { kNodes, kGroup, kPending, kConsumer, kOwned, kDone };

  // Each writes one thing of its part, and says which part is next.
  Part write_node(Output& output, Budget& budget);
  Part write_counters(Output& output);
  Part write_group(Output& output);
  Part write_pending(Output& output, Budget& budget);
  Part write_consumer(Output& output);
  Part write_owned(Output& output, Budget& budget);

  const types::Stream* stream_;
  ValueType type_;
  Part part_ = Part::kNodes;
  types::StreamId from_ = types::kLeastStreamId;  // of the next node or pending entry
  types::Stream::Groups::const_iterator group_;
  types::StreamGroup::Consumers::const_iterator consumer_;
};

}  // namespace sorrel::persist::rdb
