// SPDX-License-Identifier: BSD-3-Clause
//
// The types of values that a key can hold, and which class of `types` each of them is. A new type
// is a line here and one in record.cc. Constants; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace sorrel::types {
class List;
class Set;
class SortedSet;
class Hash;
class Stream;
}  // namespace sorrel::types

namespace sorrel::keyspace {

// At most 16: a record has four bits for it.
enum class Type : std::uint8_t { kString, kList, kSet, kSortedSet, kHash, kStream };

// The answer of TYPE: "string", "zset" ...
std::string_view type_name(Type type);

template <class T>
inline constexpr Type kTypeOf = Type::kString;
template <>
inline constexpr Type kTypeOf<types::List> = Type::kList;
template <>
inline constexpr Type kTypeOf<types::Set> = Type::kSet;
template <>
inline constexpr Type kTypeOf<types::SortedSet> = Type::kSortedSet;
template <>
inline constexpr Type kTypeOf<types::Hash> = Type::kHash;
template <>
inline constexpr Type kTypeOf<types::Stream> = Type::kStream;

}  // namespace sorrel::keyspace
