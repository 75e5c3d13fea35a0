// SPDX-License-Identifier: BSD-3-Clause
//
// What an allocation really takes: the size classes of jemalloc (multiples of 16 to 128, then four
// to each doubling). Blocks are sized to a class, so that growing inside one moves nothing, and
// memory is accounted by it. Exact with jemalloc, a close estimate with other allocators. Pure.
#pragma once

#include <bit>
#include <cstddef>

namespace sorrel::base {

constexpr std::size_t size_class(std::size_t bytes) {
  if (bytes <= 8) return 8;
  if (bytes <= 128) return (bytes + 15) & ~std::size_t{15};
  const std::size_t step = std::bit_floor(bytes - 1) / 4;
  return (bytes + step - 1) / step * step;
}
static_assert(size_class(17) == 32 && size_class(129) == 160);
static_assert(size_class(256) == 256 && size_class(257) == 320);

}  // namespace sorrel::base
