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

// The first of these, to be had at any time: what it was when sync() was last called, and what this
// thread has allocated and freed since. So it is off by what other threads did since, and by the
// few items of each size that the item heap keeps at hand.
class AllocationMeter {
 public:
  AllocationMeter() { sync(); }
  // Returns: bytes(). Cost: some microseconds.
  std::size_t sync();
  // Cost: some loads where jemalloc serves what is no item; else that alone stays as it was.
  std::size_t bytes() const;
  // Whether so much that is no item came or went since then that another thread may have freed a
  // part of it, as the log's thread does with what it has written.
  bool doubtful() const;

 private:
  static constexpr std::size_t kDoubtful = 256 * 1024UL;

  std::size_t at_sync_ = 0;
  std::size_t general_at_sync_ = 0;  // of this thread
  std::size_t items_at_sync_ = 0;
};
// "jemalloc-5.3.0", "libc" or "sanitizer": who serves what is no item.
std::string_view allocator_name();
// Gives free pages back to the system: some of those that nobody has needed for a while, to be
// called now and then; or all. Cost: of each page that goes.
void tidy_allocator();
void purge_allocator();
// Resident bytes of the process as the kernel counts them; 0 where that cannot be read.
std::size_t process_resident_bytes();

}  // namespace sorrel::base
