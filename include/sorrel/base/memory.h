// SPDX-License-Identifier: BSD-3-Clause
//
// What the process's allocators say of themselves. Records and other small items come from the item
// heap, all else from one allocator (jemalloc where it is linked). Both count what they hand out,
// so the accounting of memory needs no bookkeeping of ours and includes everything. The thread of
// the item heap.
#pragma once

#include <cstddef>
#include <string_view>

namespace sorrel::base {

struct AllocatorStatistics {
  std::size_t allocated = 0;  // bytes in live allocations, size classes included
  std::size_t active = 0;     // bytes in pages that hold live allocations
  std::size_t resident = 0;   // bytes of memory mapped and backed, kept for reuse included
};

// Cost: some microseconds; for INFO and for periodic checks.
AllocatorStatistics allocator_statistics();
// "jemalloc-5.3.0", "libc" or "sanitizer": who serves what is no item.
std::string_view allocator_name();
// Gives free pages back to the system: some of those that nobody has needed for a while, to be
// called now and then; or all. Cost: of each page that goes.
void tidy_allocator();
void purge_allocator();
// Resident bytes of the process as the kernel counts them; 0 where that cannot be read.
std::size_t process_resident_bytes();

}  // namespace sorrel::base
