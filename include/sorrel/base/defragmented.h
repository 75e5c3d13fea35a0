// SPDX-License-Identifier: BSD-3-Clause
//
// What one step of the item heap's defragmentation did, from an index up to the keyspace.
#pragma once

#include <cstdint>

namespace sorrel::base {

struct Defragmented {
  std::uint64_t cursor = 0;  // of the next step; 0: there is none
  std::uint64_t moved = 0;   // items
  std::uint64_t stayed = 0;
};

}  // namespace sorrel::base
