// SPDX-License-Identifier: BSD-3-Clause
//
// How each type of value stands in an RDB image. There is one Codec<T> for each class that a key
// can hold; for_record() names them all by keyspace::Type, and read_value() by the kinds of the
// format, so that a type without a codec does not compile.
//
//   type_of(value, output options)   the kind as which it will be written
//   Cursor                           writes everything behind the kind (and, in a file, behind the
//                                    key), in slices: cursor.h
//   read(kind, input, context)       the counterpart, for each kind that the type ever had; the
//                                    value counts only while input.ok()
//
// Reading trusts nothing: a count that the bytes do not bear out, a duplicate, a score that is no
// number, an empty collection end in input.fail(). One thread.
#pragma once

#include <cassert>
#include <cstdint>
#include <string_view>

#include <sorrel/persist/rdb_value.h>

#include "cursor.h"
#include "format.h"
#include "input.h"
#include "output.h"

namespace sorrel::persist::rdb {

struct ReadContext {
  const types::Settings& settings;
  unsigned version = kVersionFieldDeadlines;  // of the payload or the file
};

template <class T>
struct Codec;

template <>
struct Codec<std::string_view> {
  using Cursor = StringCursor;
  static ValueType type_of(std::string_view value, const Output::Options& options);
  static std::string read(ValueType type, Input& input, const ReadContext& context);
};

template <>
struct Codec<types::List> {
  using Cursor = ListCursor;
  static ValueType type_of(const types::List& list, const Output::Options& options);
  static types::List read(ValueType type, Input& input, const ReadContext& context);
};

template <>
struct Codec<types::Set> {
  using Cursor = SetCursor;
  static ValueType type_of(const types::Set& set, const Output::Options& options);
  static types::Set read(ValueType type, Input& input, const ReadContext& context);
};

template <>
struct Codec<types::SortedSet> {
  using Cursor = SortedSetCursor;
  static ValueType type_of(const types::SortedSet& set, const Output::Options& options);
  static types::SortedSet read(ValueType type, Input& input, const ReadContext& context);
};

template <>
struct Codec<types::Hash> {
  using Cursor = HashCursor;
  static ValueType type_of(const types::Hash& hash, const Output::Options& options);
  static types::Hash read(ValueType type, Input& input, const ReadContext& context);
};

template <>
struct Codec<types::Stream> {
  using Cursor = StreamCursor;
  static ValueType type_of(const types::Stream& stream, const Output::Options& options);
  static types::Stream read(ValueType type, Input& input, const ReadContext& context);
};

// Calls visit(value) with what the record holds: a string_view or a collection. A collection of a
// record that is not constant may be walking.
template <class Record, class Visit>
auto for_record(Record& record, Visit&& visit) {
  keyspace::IntegerText scratch;
  switch (record.type()) {
    case keyspace::Type::kString:
      break;
    case keyspace::Type::kList:
      return visit(record.template collection<types::List>());
    case keyspace::Type::kSet:
      return visit(record.template collection<types::Set>());
    case keyspace::Type::kSortedSet:
      return visit(record.template collection<types::SortedSet>());
    case keyspace::Type::kHash:
      return visit(record.template collection<types::Hash>());
    case keyspace::Type::kStream:
      return visit(record.template collection<types::Stream>());
  }
  std::string_view text = record.string(scratch);
  return visit(text);
}

// The kind as which the record's value will be written, and the value itself.
ValueType type_of(const keyspace::Record& record, const Output::Options& options);
void write_value(const keyspace::Record& record, ValueType type, Output& output);

// The value of a kind that was read already. Fails on kinds that nobody knows, and on modules'.
RdbValue read_value(std::uint8_t type, Input& input, const ReadContext& context);

}  // namespace sorrel::persist::rdb
