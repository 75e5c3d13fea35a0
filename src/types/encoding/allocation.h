// SPDX-License-Identifier: BSD-3-Clause
//
// What an allocation really takes: the size classes of jemalloc (multiples of 16 to 128, then four
// to each doubling). Blocks are sized to a class, so that growing inside one moves nothing, and
// memory is accounted by it. Exact with jemalloc, a close estimate with other allocators. Pure.
#pragma once

#include <bit>
#include <cstddef>

namespace sorrel::types::encoding {

constexpr std::size_t allocation_bytes(std::size_t bytes) {
  if (bytes <= 8) return 8;
  if (bytes <= 128) return (bytes + 15) & ~std::size_t{15};
  const std::size_t step = std::bit_floor(bytes - 1) / 4;
  return (bytes + step - 1) / step * step;
}
static_assert(allocation_bytes(17) == 32 && allocation_bytes(129) == 160);
static_assert(allocation_bytes(256) == 256 && allocation_bytes(257) == 320);

}  // namespace sorrel::types::encoding
