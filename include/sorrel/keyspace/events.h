// SPDX-License-Identifier: BSD-3-Clause
//
// The names of what can happen to a key, by the classes of `notify-keyspace-events`. Facts: the
// names and classes are those that Redis clients subscribe to. A change carries one of these by
// address, so recording one costs a pointer.
#pragma once

#include <cstdint>
#include <string_view>

namespace sorrel::keyspace {

enum class EventClass : std::uint8_t {
  kGeneric,    // g
  kString,     // $
  kList,       // l
  kSet,        // s
  kHash,       // h
  kSortedSet,  // z
  kStream,     // t
  kExpired,    // x
  kEvicted,    // e
  kNew,        // n
};

struct Event {
  EventClass event_class;
  std::string_view name;
};

namespace events {

inline constexpr Event kDel{EventClass::kGeneric, "del"};
inline constexpr Event kExpire{EventClass::kGeneric, "expire"};
inline constexpr Event kPersist{EventClass::kGeneric, "persist"};
inline constexpr Event kRenameFrom{EventClass::kGeneric, "rename_from"};
inline constexpr Event kRenameTo{EventClass::kGeneric, "rename_to"};
inline constexpr Event kMoveFrom{EventClass::kGeneric, "move_from"};
inline constexpr Event kMoveTo{EventClass::kGeneric, "move_to"};
inline constexpr Event kCopyTo{EventClass::kGeneric, "copy_to"};
inline constexpr Event kExpired{EventClass::kExpired, "expired"};

inline constexpr Event kSet{EventClass::kString, "set"};
inline constexpr Event kSetRange{EventClass::kString, "setrange"};
inline constexpr Event kAppend{EventClass::kString, "append"};
inline constexpr Event kIncrBy{EventClass::kString, "incrby"};
inline constexpr Event kDecrBy{EventClass::kString, "decrby"};
inline constexpr Event kIncrByFloat{EventClass::kString, "incrbyfloat"};

inline constexpr Event kZAdd{EventClass::kSortedSet, "zadd"};
inline constexpr Event kZIncr{EventClass::kSortedSet, "zincr"};
inline constexpr Event kZRem{EventClass::kSortedSet, "zrem"};
inline constexpr Event kZRemRangeByScore{EventClass::kSortedSet, "zremrangebyscore"};
inline constexpr Event kZRemRangeByRank{EventClass::kSortedSet, "zremrangebyrank"};
inline constexpr Event kZRemRangeByLex{EventClass::kSortedSet, "zremrangebylex"};
inline constexpr Event kZPopMin{EventClass::kSortedSet, "zpopmin"};
inline constexpr Event kZPopMax{EventClass::kSortedSet, "zpopmax"};
inline constexpr Event kZUnionStore{EventClass::kSortedSet, "zunionstore"};
inline constexpr Event kZInterStore{EventClass::kSortedSet, "zinterstore"};
inline constexpr Event kZDiffStore{EventClass::kSortedSet, "zdiffstore"};
inline constexpr Event kZRangeStore{EventClass::kSortedSet, "zrangestore"};

}  // namespace events
}  // namespace sorrel::keyspace
