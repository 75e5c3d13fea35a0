// SPDX-License-Identifier: BSD-3-Clause
//
// The hash of keys, fields and members: XXH3 (Yann Collet, xxHash specification), seeded once per
// process, so that nobody outside can craft collisions. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sorrel::base {

inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace sorrel::base
