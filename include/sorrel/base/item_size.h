// SPDX-License-Identifier: BSD-3-Clause
//
// What an item of the item heap really takes. Classes are 8 bytes apart where most items are, and
// about a twelfth of their size further up, where an index segment of any number of buckets up to
// 64 is a class of its own. Larger items take whole pages. Pure.
#pragma once

#include <cstddef>

namespace sorrel::base {

struct ItemClass {
  static constexpr std::size_t kFine = 512;            // multiples of 8
  static constexpr std::size_t kMiddle = 4096;         // multiples of 64
  static constexpr std::size_t kCoarse = 16 * 1024UL;  // multiples of 512
  static constexpr unsigned kCount = 64 + 56 + 24;

  // Requires: 0 < bytes <= kCoarse.
  static constexpr unsigned of(std::size_t bytes) {
    if (bytes <= kFine) return static_cast<unsigned>((bytes - 1) / 8);
    if (bytes <= kMiddle) return 64 + static_cast<unsigned>((bytes - 1 - kFine) / 64);
    return 120 + static_cast<unsigned>((bytes - 1 - kMiddle) / 512);
  }
  static constexpr std::size_t bytes(unsigned index) {
    if (index < 64) return (index + 1) * std::size_t{8};
    if (index < 120) return kFine + (index - 63) * std::size_t{64};
    return kMiddle + (index - 119) * std::size_t{512};
  }
};

// What an item of so many bytes really takes.
constexpr std::size_t item_size(std::size_t bytes) {
  if (bytes <= ItemClass::kFine) return bytes == 0 ? 8 : (bytes + 7) & ~std::size_t{7};
  if (bytes <= ItemClass::kMiddle) return (bytes + 63) & ~std::size_t{63};
  if (bytes <= ItemClass::kCoarse) return (bytes + 511) & ~std::size_t{511};
  return (bytes + 4095) & ~std::size_t{4095};
}
static_assert(item_size(56) == 56 && item_size(513) == 576 && item_size(4097) == 4608);
static_assert(ItemClass::bytes(ItemClass::of(1)) == 8 && ItemClass::of(16384) == 143);
static_assert(ItemClass::bytes(ItemClass::of(513)) == 576);
static_assert(ItemClass::bytes(ItemClass::of(4097)) == 4608);

}  // namespace sorrel::base
