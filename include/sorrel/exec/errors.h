// SPDX-License-Identifier: BSD-3-Clause
//
// The catalogue of static error texts: facts that clients test, as Redis 8.0 answers them. An error
// that carries input of the user is written by Context::fail_with instead.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <sorrel/base/result.h>

namespace sorrel::exec::errors {

// How much of an unknown name an error text shows.
inline constexpr std::size_t kMaxShownName = 128;

// Input as an error text shows it: nothing from its first zero byte on, and at most that much.
inline std::string shown(std::string_view input, std::size_t most = std::string_view::npos) {
  return std::string(input.substr(0, std::min(input.find('\0'), most)));
}

using base::Error;

inline constexpr Error kSyntax{"ERR", "syntax error"};
inline constexpr Error kWrongType{"WRONGTYPE",
                                  "Operation against a key holding the wrong kind of value"};
inline constexpr Error kNotInteger{"ERR", "value is not an integer or out of range"};
inline constexpr Error kNotFloat{"ERR", "value is not a valid float"};
inline constexpr Error kNoSuchKey{"ERR", "no such key"};
inline constexpr Error kSameObject{"ERR", "source and destination objects are the same"};
inline constexpr Error kOutOfRange{"ERR", "value is out of range"};
inline constexpr Error kMustBePositive{"ERR", "value is out of range, must be positive"};
inline constexpr Error kReplyTooLong{"ERR", "the reply would be longer than a reply may be"};
inline constexpr Error kIndexOutOfRange{"ERR", "index out of range"};
inline constexpr Error kOffsetOutOfRange{"ERR", "offset is out of range"};
inline constexpr Error kOverflow{"ERR", "increment or decrement would overflow"};
inline constexpr Error kNanOrInfinity{"ERR", "increment would produce NaN or Infinity"};
inline constexpr Error kScoreNan{"ERR", "resulting score is not a number (NaN)"};
inline constexpr Error kStringTooLong{"ERR",
                                      "string exceeds maximum allowed size (proto-max-bulk-len)"};
inline constexpr Error kDatabaseOutOfRange{"ERR", "DB index is out of range"};
inline constexpr Error kInvalidCursor{"ERR", "invalid cursor"};
inline constexpr Error kMinMaxNotFloat{"ERR", "min or max is not a float"};
inline constexpr Error kMinMaxNotLex{"ERR", "min or max not valid string range item"};

inline constexpr Error kDebugNotAllowed{
    "ERR",
    "DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can "
    "run it from a local connection, otherwise you need to set this option in the configuration "
    "file, and then restart the server."};
inline constexpr Error kNoAuth{"NOAUTH", "Authentication required."};
inline constexpr Error kWrongPass{"WRONGPASS",
                                  "invalid username-password pair or user is disabled."};
inline constexpr Error kNoProto{"NOPROTO", "unsupported protocol version"};
inline constexpr Error kUnblocked{"UNBLOCKED", "client unblocked via CLIENT UNBLOCK"};
inline constexpr Error kLoading{"LOADING", "Redis is loading the dataset in memory"};
inline constexpr Error kCannotSave{
    "MISCONF",
    "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
    "Commands that may modify the data set are disabled, because this instance is configured to "
    "report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). "
    "Please check the Redis logs for details about the RDB error."};
// A client that monitors is a replica to Redis.
inline constexpr Error kMonitorsOnly{"ERR", "Replica can't interact with the keyspace"};
inline constexpr Error kOutOfMemory{"OOM", "command not allowed when used memory > 'maxmemory'."};

// Sorted sets.
inline constexpr Error kXxAndNx{"ERR", "XX and NX options at the same time are not compatible"};
inline constexpr Error kGtLtAndNx{"ERR",
                                  "GT, LT, and/or NX options at the same time are not compatible"};
inline constexpr Error kIncrSinglePair{"ERR",
                                       "INCR option supports a single increment-element pair"};
inline constexpr Error kLimitWithoutOrder{
    "ERR", "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"};
inline constexpr Error kScoresByLex{
    "ERR", "syntax error, WITHSCORES not supported in combination with BYLEX"};
inline constexpr Error kWeightNotFloat{"ERR", "weight value is not a float"};
inline constexpr Error kLimitNegative{"ERR", "LIMIT can't be negative"};
inline constexpr Error kNumkeysNotPositive{"ERR", "numkeys should be greater than 0"};
inline constexpr Error kCountNotPositive{"ERR", "count should be greater than 0"};
inline constexpr Error kCountOutOfRange{
    "ERR",
    "value is out of range, value must between -9223372036854775807 and 9223372036854775807"};
inline constexpr Error kNoValuesNotHash{"ERR", "NOVALUES option can only be used in HSCAN"};

// Sets.
inline constexpr Error kTooManyKeys{"ERR", "Number of keys can't be greater than number of args"};

// Hashes.
inline constexpr Error kHashNotInteger{"ERR", "hash value is not an integer"};
inline constexpr Error kHashNotFloat{"ERR", "hash value is not a float"};
inline constexpr Error kValueNanOrInfinity{"ERR", "value is NaN or Infinity"};
inline constexpr Error kFieldsMissing{
    "ERR", "Mandatory argument FIELDS is missing or not at the right position"};
inline constexpr Error kFieldsNotPositive{"ERR", "Number of fields must be a positive integer"};
inline constexpr Error kNumFieldsNotPositive{"ERR",
                                             "Parameter `numFields` should be greater than 0"};
inline constexpr Error kFieldsMismatch{
    "ERR", "The `numfields` parameter must match the number of arguments"};
inline constexpr Error kInvalidFieldCount{"ERR", "invalid number of fields"};
inline constexpr Error kNegativeExpire{"ERR", "invalid expire time, must be >= 0"};
inline constexpr Error kOneExpireOption{
    "ERR", "Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"};
inline constexpr Error kOneFieldCondition{"ERR",
                                          "Only one of FXX or FNX arguments can be specified"};

// Lists.
inline constexpr Error kRankZero{
    "ERR",
    "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
    "negative to start from the end of the list"};
inline constexpr Error kCountNegative{"ERR", "COUNT can't be negative"};
inline constexpr Error kPositionsMaxlenNegative{"ERR", "MAXLEN can't be negative"};

// Strings.
inline constexpr Error kDecrementOverflow{"ERR", "decrement would overflow"};
inline constexpr Error kInvalidNumkeys{"ERR", "invalid numkeys value or out of range"};
inline constexpr Error kLcsNotStrings{"ERR", "The specified keys must contain string values"};
inline constexpr Error kLcsLengthAndIndexes{
    "ERR", "If you want both the length and indexes, please just use IDX."};
inline constexpr Error kLcsTooLong{"ERR", "String too long for LCS"};
inline constexpr Error kLcsMemory{
    "ERR", "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"};

// Bitmaps.
inline constexpr Error kBitOffset{"ERR", "bit offset is not an integer or out of range"};
inline constexpr Error kBit{"ERR", "bit is not an integer or out of range"};
inline constexpr Error kBitArgument{"ERR", "The bit argument must be 1 or 0."};
inline constexpr Error kBitOpNot{"ERR", "BITOP NOT must be called with a single source key."};
inline constexpr Error kBitFieldType{
    "ERR",
    "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."};
inline constexpr Error kBitFieldOverflow{"ERR", "Invalid OVERFLOW type specified"};
inline constexpr Error kBitFieldReadOnly{"ERR", "BITFIELD_RO only supports the GET subcommand"};

// HyperLogLogs.
inline constexpr Error kNotHyperLogLog{"WRONGTYPE", "Key is not a valid HyperLogLog string value."};
inline constexpr Error kCorruptHyperLogLog{"INVALIDOBJ", "Corrupted HLL object detected"};
inline constexpr Error kHyperLogLogMissing{"ERR", "The specified key does not exist"};
inline constexpr Error kHyperLogLogNotSparse{"ERR", "HLL encoding is not sparse"};

// Streams.
inline constexpr Error kStreamId{"ERR", "Invalid stream ID specified as stream command argument"};
inline constexpr Error kStreamIdZero{"ERR", "The ID specified in XADD must be greater than 0-0"};
inline constexpr Error kStreamIdNotAbove{
    "ERR", "The ID specified in XADD is equal or smaller than the target stream top item"};
inline constexpr Error kStreamExhausted{
    "ERR", "The stream has exhausted the last possible ID, unable to add more items"};
inline constexpr Error kStreamEntryTooLarge{"ERR", "Elements are too large to be stored"};
inline constexpr Error kMaxlenNegative{"ERR", "The MAXLEN argument must be >= 0."};
inline constexpr Error kTrimLimitNegative{"ERR", "The LIMIT argument must be >= 0."};
inline constexpr Error kMaxlenAndMinid{
    "ERR", "syntax error, MAXLEN and MINID options at the same time are not compatible"};
inline constexpr Error kTrimLimitAlone{
    "ERR", "syntax error, LIMIT cannot be used without specifying a trimming strategy"};
inline constexpr Error kTrimLimitExact{
    "ERR", "syntax error, LIMIT cannot be used without the special ~ option"};
inline constexpr Error kTrimStrategyMissing{
    "ERR", "syntax error, XTRIM must be called with a trimming strategy"};
inline constexpr Error kIntervalStart{"ERR", "invalid start ID for the interval"};
inline constexpr Error kIntervalEnd{"ERR", "invalid end ID for the interval"};
inline constexpr Error kXReadUnbalanced{
    "ERR",
    "Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be "
    "specified."};
inline constexpr Error kXReadGroupUnbalanced{
    "ERR",
    "Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified."};
inline constexpr Error kGroupOption{
    "ERR", "The GROUP option is only supported by XREADGROUP. You called XREAD instead."};
inline constexpr Error kNoackOption{
    "ERR", "The NOACK option is only supported by XREADGROUP. You called XREAD instead."};
inline constexpr Error kGroupMissing{"ERR", "Missing GROUP option for XREADGROUP"};
inline constexpr Error kNewIdInXRead{"ERR",
                                     "The > ID can be specified only when calling XREADGROUP using "
                                     "the GROUP <group> <consumer> option."};
inline constexpr Error kBlockNotInteger{"ERR", "timeout is not an integer or out of range"};
inline constexpr Error kBlockNotFloat{"ERR", "timeout is not a float or out of range"};
inline constexpr Error kBlockNegative{"ERR", "timeout is negative"};
inline constexpr Error kBlockOutOfRange{"ERR", "timeout is out of range"};
inline constexpr Error kClaimMinIdle{"ERR", "Invalid min-idle-time argument for XCLAIM"};
inline constexpr Error kClaimIdle{"ERR", "Invalid IDLE option argument for XCLAIM"};
inline constexpr Error kClaimTime{"ERR", "Invalid TIME option argument for XCLAIM"};
inline constexpr Error kClaimRetryCount{"ERR", "Invalid RETRYCOUNT option argument for XCLAIM"};
inline constexpr Error kAutoclaimMinIdle{"ERR", "Invalid min-idle-time argument for XAUTOCLAIM"};
inline constexpr Error kAutoclaimCount{"ERR", "COUNT must be > 0"};
inline constexpr Error kGroupExists{"BUSYGROUP", "Consumer Group name already exists"};
inline constexpr Error kGroupKeyMissing{
    "ERR",
    "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the "
    "MKSTREAM option to create an empty stream automatically."};
inline constexpr Error kEntriesRead{"ERR", "value for ENTRIESREAD must be positive or -1"};
inline constexpr Error kEntriesAdded{"ERR", "entries_added must be positive"};
inline constexpr Error kSetIdBelowLast{
    "ERR", "The ID specified in XSETID is smaller than the target stream top item"};
inline constexpr Error kSetIdBelowGiven{
    "ERR", "The ID specified in XSETID is smaller than the provided max_deleted_entry_id"};
inline constexpr Error kSetIdBelowDeleted{
    "ERR", "The ID specified in XSETID is smaller than current max_deleted_entry_id"};
inline constexpr Error kSetIdTooFew{
    "ERR", "The entries_added specified in XSETID is smaller than the target stream length"};

// Keys.
inline constexpr Error kNxWithOthers{
    "ERR", "NX and XX, GT or LT options at the same time are not compatible"};
inline constexpr Error kGtWithLt{"ERR", "GT and LT options at the same time are not compatible"};
inline constexpr Error kFirstDatabase{"ERR", "invalid first DB index"};
inline constexpr Error kSecondDatabase{"ERR", "invalid second DB index"};
inline constexpr Error kNotIntRange{
    "ERR", "value is out of range, value must between -2147483648 and 2147483647"};
inline constexpr Error kNovaluesNotHscan{"ERR", "NOVALUES option can only be used in HSCAN"};
inline constexpr Error kLfu{
    "ERR",
    "An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching "
    "between policies at runtime LRU and LFU data will take some time to adjust."};
inline constexpr Error kNoLfu{
    "ERR",
    "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
    "switching between policies at runtime LRU and LFU data will take some time to adjust."};

}  // namespace sorrel::exec::errors
