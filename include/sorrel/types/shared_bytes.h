// SPDX-License-Identifier: BSD-3-Clause
//
// What a value and its clones have in common, in bytes: clones of long lists and streams own their
// nodes together until one of them changes one (List::clone, Stream::clone).
#pragma once

#include <cstddef>

namespace sorrel::types {

struct SharedBytes {
  // The part of memory_bytes() that a clone made now does not take again.
  std::size_t shareable = 0;
  // Of all that the value ever had in common with clones and they among themselves: bytes that have
  // one owner left. Only grows, and a clone goes on with the count; so what came to be its own
  // since it was made is at most the difference.
  std::size_t lone = 0;
};

}  // namespace sorrel::types
