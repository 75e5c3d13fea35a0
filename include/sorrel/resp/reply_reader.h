// SPDX-License-Identifier: BSD-3-Clause
//
// Reads replies, in either version of the protocol, into a tree. For clients of other servers
// (the health check, a replica's link) and for tests; never on the hot path. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::resp {

struct Reply {
  enum class Kind : std::uint8_t {
    kSimple,
    kError,
    kInteger,
    kBulk,
    kArray,
    kNull,
    kNullBulk,
    kNullArray,  // RESP2 and `_`
    kDouble,
    kBoolean,
    kBigNumber,
    kVerbatim,
    kMap,
    kSet,
    kPush,
    kAttribute,
    kBulkError,
  };
  Kind kind = Kind::kNull;
  std::int64_t integer = 0;     // kInteger; kBoolean: 0 or 1
  std::string text;             // simple, error, bulk, double, big number, verbatim ("txt:...")
  std::vector<Reply> elements;  // array, set, push; map and attribute: key, value, key, value

  friend bool operator==(const Reply&, const Reply&) = default;
};

enum class ReadStatus : std::uint8_t { kComplete, kNeedMore, kMalformed };

struct ReadResult {
  ReadStatus status = ReadStatus::kNeedMore;
  Reply reply;
  std::size_t consumed = 0;
};

// Reads one reply from the front of `bytes`. Malformed: an unknown type, a bad number, nesting
// deeper than 128. Cost: O(bytes), from the start at each call.
ReadResult read_reply(std::string_view bytes);

}  // namespace sorrel::resp
