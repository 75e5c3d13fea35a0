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
  kKeyMiss,    // m
  kSilent,     // none: the key changed, and nobody is notified
  kDatabase,   // no key: what happened to a database as a whole
};

struct Event {
  EventClass event_class;
  std::string_view name;  // empty: nobody is notified
  // Whether the key counts as changed for a client that watches it (WATCH).
  bool watched = true;
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
inline constexpr Event kEvicted{EventClass::kEvicted, "evicted"};
// Told before the change that made the key, and when a key that is read is not there; only to those
// who asked for it (ChangeLog::set_wanted).
inline constexpr Event kNew{EventClass::kNew, "new", false};
inline constexpr Event kKeyMiss{EventClass::kKeyMiss, "keymiss", false};

inline constexpr Event kSet{EventClass::kString, "set"};
inline constexpr Event kSetRange{EventClass::kString, "setrange"};
inline constexpr Event kAppend{EventClass::kString, "append"};
inline constexpr Event kIncrBy{EventClass::kString, "incrby"};
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

inline constexpr Event kRestore{EventClass::kGeneric, "restore"};
// A key that came with an image, or was made up by DEBUG POPULATE.
inline constexpr Event kLoad{EventClass::kSilent, "load"};
inline constexpr Event kPopulate{EventClass::kSilent, "populate"};

inline constexpr Event kSetBit{EventClass::kString, "setbit"};
inline constexpr Event kPfAdd{EventClass::kString, "pfadd"};
// A count that was kept in the value, a value that was made dense.
inline constexpr Event kPfCount{EventClass::kSilent, "pfcount"};
inline constexpr Event kPfDebug{EventClass::kSilent, "pfdebug"};

inline constexpr Event kLPush{EventClass::kList, "lpush"};
inline constexpr Event kRPush{EventClass::kList, "rpush"};
inline constexpr Event kLPop{EventClass::kList, "lpop"};
inline constexpr Event kRPop{EventClass::kList, "rpop"};
inline constexpr Event kLInsert{EventClass::kList, "linsert"};
inline constexpr Event kLSet{EventClass::kList, "lset"};
inline constexpr Event kLRem{EventClass::kList, "lrem"};
inline constexpr Event kLTrim{EventClass::kList, "ltrim"};
inline constexpr Event kSortStore{EventClass::kList, "sortstore"};

inline constexpr Event kSAdd{EventClass::kSet, "sadd"};
inline constexpr Event kSRem{EventClass::kSet, "srem"};
inline constexpr Event kSPop{EventClass::kSet, "spop"};
inline constexpr Event kSInterStore{EventClass::kSet, "sinterstore"};
inline constexpr Event kSUnionStore{EventClass::kSet, "sunionstore"};
inline constexpr Event kSDiffStore{EventClass::kSet, "sdiffstore"};

inline constexpr Event kHSet{EventClass::kHash, "hset"};
inline constexpr Event kHDel{EventClass::kHash, "hdel"};
inline constexpr Event kHIncrBy{EventClass::kHash, "hincrby"};
inline constexpr Event kHIncrByFloat{EventClass::kHash, "hincrbyfloat"};
inline constexpr Event kHExpire{EventClass::kHash, "hexpire"};
inline constexpr Event kHPersist{EventClass::kHash, "hpersist"};
inline constexpr Event kHExpired{EventClass::kHash, "hexpired"};

inline constexpr Event kGeoSearchStore{EventClass::kSortedSet, "geosearchstore"};
inline constexpr Event kGeoRadiusStore{EventClass::kSortedSet, "georadiusstore"};

// A database was emptied, or exchanged for another.
inline constexpr Event kEmptied{EventClass::kDatabase, ""};
inline constexpr Event kExchanged{EventClass::kDatabase, ""};

// A string got zero bits behind its own: for the log alone.
inline constexpr Event kLengthened{EventClass::kSilent, "", false};

inline constexpr Event kXAdd{EventClass::kStream, "xadd"};
inline constexpr Event kXDel{EventClass::kStream, "xdel"};
inline constexpr Event kXTrim{EventClass::kStream, "xtrim"};
inline constexpr Event kXSetId{EventClass::kStream, "xsetid", false};
inline constexpr Event kXGroupCreate{EventClass::kStream, "xgroup-create", false};
inline constexpr Event kXGroupCreateWithStream{EventClass::kStream, "xgroup-create"};
inline constexpr Event kXGroupSetId{EventClass::kStream, "xgroup-setid", false};
inline constexpr Event kXGroupDestroy{EventClass::kStream, "xgroup-destroy", false};
inline constexpr Event kXGroupCreateConsumer{EventClass::kStream, "xgroup-createconsumer", false};
inline constexpr Event kXGroupDelConsumer{EventClass::kStream, "xgroup-delconsumer", false};
// Entries were delivered, claimed or acknowledged.
inline constexpr Event kXGroupMoved{EventClass::kStream, "", false};

}  // namespace events
}  // namespace sorrel::keyspace
