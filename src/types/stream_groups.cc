// SPDX-License-Identifier: BSD-3-Clause
//
// What a stream knows of its consumer groups: which there are, and how far each has come. Entries
// are numbered from the first one that the stream ever had. A deleted entry leaves no number behind
// that could be looked up, so how many a group has read can be told only while no deletion lies
// between the places that are compared. One thread.
#include <limits>

#include <sorrel/types/stream.h>

#include "encoding/stream_body.h"

namespace sorrel::types {

using encoding::StreamBody;

namespace {

constexpr std::int64_t kUnknown = StreamGroup::kUnknown;

// Counts of a stream may be anything that was said to XSETID, so their differences wrap.
std::int64_t difference(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(a - b);
}

// Whether an entry from `from` on may have been deleted while older ones are still there.
bool deleted_since(const StreamBody& stream, StreamId from) {
  if (stream.length == 0 || stream.max_deleted_id.zero()) return false;
  if (stream.max_deleted_id < stream.first_id) return false;
  return stream.max_deleted_id >= from;
}

// The number of the entry `id`, or of the one before it, when that can be told.
std::int64_t number_of(const StreamBody& stream, StreamId id) {
  if (stream.entries_added == 0) return 0;
  const auto added = static_cast<std::int64_t>(stream.entries_added);
  if (stream.length == 0 && id <= stream.last_id) return added;
  if (!id.zero() && id == stream.last_id) return added;
  if (!id.zero() && id > stream.last_id) return kUnknown;
  const bool whole = stream.max_deleted_id.zero() || stream.max_deleted_id < stream.first_id;
  const std::uint64_t gone = stream.entries_added - stream.length;
  if (whole && id < stream.first_id) return static_cast<std::int64_t>(gone);
  if (whole && id == stream.first_id) return static_cast<std::int64_t>(gone + 1);
  return kUnknown;
}

}  // namespace

const Stream::Groups& Stream::groups() const {
  static const Groups kNone;
  return word_ == 0 ? kNone : body()->groups;
}

const StreamGroup* Stream::group(std::string_view name) const {
  if (word_ == 0) return nullptr;
  const auto it = body()->groups.find(name);
  return it == body()->groups.end() ? nullptr : &it->second;
}

StreamGroup* Stream::group(std::string_view name) {
  return const_cast<StreamGroup*>(std::as_const(*this).group(name));
}

StreamGroup* Stream::add_group(std::string_view name, StreamId last_id, std::int64_t entries_read) {
  const auto [it, added] = make_body().groups.try_emplace(std::string(name));
  if (!added) return nullptr;
  it->second.last_id = last_id;
  it->second.entries_read = entries_read;
  return &it->second;
}

Stream Stream::take_group(std::string_view name) {
  Stream taken;
  if (word_ == 0) return taken;
  const auto it = body()->groups.find(name);
  if (it != body()->groups.end()) taken.make_body().groups.insert(body()->groups.extract(it));
  return taken;
}

std::int64_t Stream::entries_up_to(StreamId id) const {
  return word_ == 0 ? 0 : number_of(*body(), id);
}

void Stream::advance(StreamGroup& group, StreamId id) const {
  const StreamBody& stream = *body();
  const bool follows = group.last_id >= stream.first_id && !deleted_since(stream, group.last_id);
  if (group.entries_read != kUnknown && follows) {
    if (group.entries_read != std::numeric_limits<std::int64_t>::max()) ++group.entries_read;
  } else if (stream.entries_added != 0) {
    group.entries_read = number_of(stream, id);
  }
  group.last_id = id;
}

std::optional<std::int64_t> Stream::lag(const StreamGroup& group) const {
  if (word_ == 0 || body()->entries_added == 0 || body()->length == 0) return 0;
  const StreamBody& stream = *body();
  if (group.last_id < stream.first_id && stream.max_deleted_id < stream.first_id) {
    return static_cast<std::int64_t>(stream.length);
  }
  if (group.entries_read != kUnknown && !deleted_since(stream, group.last_id)) {
    return difference(stream.entries_added, static_cast<std::uint64_t>(group.entries_read));
  }
  const std::int64_t number = number_of(stream, group.last_id);
  if (number == kUnknown) return std::nullopt;
  return difference(stream.entries_added, static_cast<std::uint64_t>(number));
}

}  // namespace sorrel::types
