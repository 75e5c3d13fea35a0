// SPDX-License-Identifier: BSD-3-Clause
//
// Ids of stream entries as commands write them:
//
//   5-3      an id        5     one whose sequence the command completes: 0, or the greatest there
//   is
//   - and +  the least and the greatest id, where a range is meant
//   (5-3     the range begins behind it, or ends before it
//   * 5-*    XADD: the server chooses the id, or its sequence
//
// Numbers are read as C's strtoull reads them, but a negative one is refused. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <sorrel/base/result.h>
#include <sorrel/types/stream_id.h>

namespace sorrel::commands {

using types::StreamId;

std::optional<StreamId> parse_stream_id(std::string_view text, std::uint64_t missing_seq = 0);
// The same, or - or +.
std::optional<StreamId> parse_stream_place(std::string_view text, std::uint64_t missing_seq = 0);

// The first and the last id of a range. Errors: not an id; nothing lies behind or before it.
base::Result<StreamId> parse_range_first(std::string_view text);
base::Result<StreamId> parse_range_last(std::string_view text);

// What XADD is told of the new entry's id.
struct NewStreamId {
  enum class Kind : std::uint8_t { kExact, kSequenceFree, kFree };
  Kind kind = Kind::kExact;
  StreamId id;  // of which only the upper half is given for kSequenceFree
};
std::optional<NewStreamId> parse_new_stream_id(std::string_view text);

// The id that a new entry gets. Returns: nullopt when it would not be above `last`.
std::optional<StreamId> choose_stream_id(const NewStreamId& wanted, StreamId last,
                                         std::int64_t now_ms);

}  // namespace sorrel::commands
