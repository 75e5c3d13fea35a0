// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of the RDB format: kinds of values, kinds of records in a file, kinds of lengths and
// strings, versions. Facts. docs/formats.md tells what each of them looks like.
//
// Sources: "Redis RDB Dump File Format" (redis-rdb-tools wiki), "RDB dump data format" (redis-
// replicator wiki), and payloads of the servers themselves.
#pragma once

#include <cstdint>

namespace sorrel::persist::rdb {

// The kind of a value, as it stands before it. In the order of history.
enum class ValueType : std::uint8_t {
  kString = 0,
  kList = 1,
  kSet = 2,
  kSortedSetText = 3,  // scores as text
  kHash = 4,
  kSortedSet = 5,  // scores as doubles
  kModuleOld = 6,
  kModule = 7,
  kHashZipmap = 9,
  kListZiplist = 10,
  kSetIntset = 11,
  kSortedSetZiplist = 12,
  kHashZiplist = 13,
  kListQuicklist = 14,  // ziplists
  kStream1 = 15,
  kHashListpack = 16,
  kSortedSetListpack = 17,
  kListQuicklist2 = 18,  // listpacks, and plain nodes
  kStream2 = 19,
  kSetListpack = 20,
  kStream3 = 21,
  // Of Valkey in its version 80, of a release candidate of Redis 7.4 before.
  kHashDeadlinesOld = 22,
  kHashListpackDeadlinesOld = 23,
  kHashDeadlines = 24,
  kHashListpackDeadlines = 25,
};

// What stands in a file where a value's kind could.
enum class Opcode : std::uint8_t {
  kSlotInfo = 244,
  kFunction = 245,
  kFunctionOld = 246,
  kModuleData = 247,
  kIdleSeconds = 248,
  kFrequency = 249,
  kAuxiliary = 250,
  kResize = 251,
  kDeadlineMs = 252,
  kDeadlineSeconds = 253,
  kSelect = 254,
  kEnd = 255,
};

// The two highest bits of a length's first byte.
inline constexpr unsigned kLength6 = 0;
inline constexpr unsigned kLength14 = 1;
inline constexpr unsigned kLengthLong = 2;
inline constexpr unsigned kEncoded = 3;
// The whole first byte of the long ones.
inline constexpr std::uint8_t kLength32 = 0x80;
inline constexpr std::uint8_t kLength64 = 0x81;
// What follows kEncoded: an integer's width, or compression.
inline constexpr unsigned kInteger8 = 0;
inline constexpr unsigned kInteger16 = 1;
inline constexpr unsigned kInteger32 = 2;
inline constexpr unsigned kCompressed = 3;

// A node of kListQuicklist2.
inline constexpr std::uint64_t kNodePlain = 1;
inline constexpr std::uint64_t kNodePacked = 2;

// Versions. Redis 7.0 reads up to 10, 7.2 up to 11, 7.4 and 8.0 up to 12, Valkey 9 up to 11, and
// 80. The numbers between are nobody's.
inline constexpr unsigned kVersionChecksum = 5;  // since then a file ends with one
inline constexpr unsigned kVersionRedis70 = 10;
inline constexpr unsigned kVersionSetListpack = 11;
inline constexpr unsigned kVersionFieldDeadlines = 12;
inline constexpr unsigned kVersionValkey = 80;

constexpr bool readable(unsigned version) {
  return (version >= 1 && version <= kVersionFieldDeadlines) || version == kVersionValkey;
}

}  // namespace sorrel::persist::rdb
