// SPDX-License-Identifier: BSD-3-Clause
//
// One step of an index' scan. Part of index.h, which includes it at its end.
#pragma once

#include <bit>
#include <cstdint>

#include <sorrel/base/index.h>

namespace sorrel::base {

// A cursor names the next home bucket to visit as (depth of the segment, its prefix, position).
// If the segment has split since, its first part goes on at the position and the second begins at
// 0; if it was merged into a larger one, that one begins anew. Either way items may be returned
// twice and none is missed.  Bits: 0-4 depth + 1, 5-20 position, 21-50 prefix.
template <class Traits>
template <class Emit>
std::uint64_t Index<Traits>::scan(std::uint64_t cursor, Emit&& emit) const {
  if (!table_.allocated()) {
    return 0;
  }
  const auto encode = [](unsigned depth, std::uint32_t first, std::uint64_t position) {
    const std::uint64_t prefix = depth == 0 ? 0 : first >> (32 - depth);
    return (prefix << 21) | (position << 5) | (depth + 1);
  };
  unsigned depth = 0;
  std::uint32_t position = 0;
  std::uint32_t prefix = 0;
  if ((cursor & 31) != 0) {
    depth = static_cast<unsigned>(cursor & 31) - 1;
    position = static_cast<std::uint32_t>(cursor >> 5) & 0xffffU;
    prefix = depth == 0 ? 0 : static_cast<std::uint32_t>((cursor >> 21) << (32 - depth));
  }
  const auto extent = table_.extent(prefix);
  if (depth > extent.depth) {
    position = 0;
  }
  const auto view = table_.view(prefix);
  const std::uint32_t home = view.home(position);
  std::uint32_t index = home;
  for (std::uint32_t probes = 0; probes < view.count; ++probes) {
    const IndexBucket& bucket = view.buckets[index];
    for (unsigned bits = bucket.used(); bits != 0; bits &= bits - 1) {
      const std::uint64_t slot = bucket.slots[std::countr_zero(bits)];
      if (view.home(IndexHash::position_of_slot(slot)) == home) {
        emit(item_of(slot));
      }
    }
    if (bucket.overflow == 0) {
      break;
    }
    index = view.next(index);
  }
  if (home + 1 < view.count) {
    const std::uint64_t next =
        (static_cast<std::uint64_t>(home + 1) * 65536 + view.count - 1) / view.count;
    return encode(extent.depth, extent.first_prefix, next);
  }
  if (extent.end() > 0xffffffffULL) {
    return 0;
  }
  const auto next = static_cast<std::uint32_t>(extent.end());
  return encode(table_.extent(next).depth, next, 0);
}

}  // namespace sorrel::base
