// SPDX-License-Identifier: BSD-3-Clause
//
// jemalloc's own statistics when it is linked (jemalloc(3), mallctl), the C library's otherwise.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <sorrel/base/item_heap.h>
#include <sorrel/base/memory.h>

#if defined(__SANITIZE_ADDRESS__)
#define SORREL_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SORREL_ADDRESS_SANITIZER
#endif
#endif

#ifdef SORREL_HAVE_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif
#ifdef SORREL_ADDRESS_SANITIZER
// As sanitizer/allocator_interface.h declares them, which not every compiler's package holds.
extern "C" {
std::size_t __sanitizer_get_current_allocated_bytes();
std::size_t __sanitizer_get_heap_size();
}
#endif

#ifdef SORREL_HAVE_JEMALLOC
// Read by jemalloc when it starts (jemalloc(3), TUNING). Huge pages: a large keyspace is hit at
// random, and with pages of 4 KiB nearly every hit also misses the translation cache; measured on
// sorted sets of a million members 12 to 20 % of the whole cost. Servers that fork to save must
// not have them, for each small write would then copy 2 MiB; this one never forks to save.
extern "C" {
const char* malloc_conf = "thp:always";
}
#endif

namespace sorrel::base {

#ifdef SORREL_HAVE_JEMALLOC

namespace {

std::size_t read_counter(const char* name) {
  std::size_t value = 0;
  std::size_t size = sizeof value;
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}

AllocatorStatistics general_statistics() {
  std::uint64_t epoch = 1;
  std::size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
  return {read_counter("stats.allocated"), read_counter("stats.active"),
          read_counter("stats.resident")};
}

// jemalloc keeps two counters for each thread, which stay where they are as long as it lives.
struct ThreadCounters {
  const std::uint64_t* allocated = counter("thread.allocatedp");
  const std::uint64_t* freed = counter("thread.deallocatedp");

  static const std::uint64_t* counter(const char* name) {
    static constexpr std::uint64_t kNone = 0;
    const std::uint64_t* place = nullptr;
    std::size_t size = sizeof place;
    return mallctl(name, &place, &size, nullptr, 0) == 0 ? place : &kNone;
  }
};

std::size_t allocated_by_this_thread() {
  static thread_local const ThreadCounters kCounters;
  return *kCounters.allocated - *kCounters.freed;
}

// 4096 is MALLCTL_ARENAS_ALL, which the header spells as a number and the name needs as text.
void purge_general() { mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0); }
// It does so itself only when something is allocated or freed.
void tidy_general() { mallctl("arena.4096.decay", nullptr, nullptr, nullptr, 0); }

}  // namespace

std::string_view allocator_name() {
  // JEMALLOC_VERSION goes on with "-0-g<commit>" behind the number.
  static constexpr std::string_view kVersion = "jemalloc-" JEMALLOC_VERSION;
  return kVersion.substr(0, kVersion.find('-', kVersion.find('-') + 1));
}

#else

namespace {

std::size_t allocated_by_this_thread() { return 0; }

std::size_t resident_beside_items() {
  const std::size_t all = process_resident_bytes();
  return all - std::min(all, item_heap().statistics().resident_bytes);
}

}  // namespace

#ifdef SORREL_ADDRESS_SANITIZER

namespace {

AllocatorStatistics general_statistics() {
  const std::size_t live = __sanitizer_get_current_allocated_bytes();
  return {live, __sanitizer_get_heap_size(), resident_beside_items()};
}

}  // namespace

std::string_view allocator_name() { return "sanitizer"; }
#else

namespace {

AllocatorStatistics general_statistics() {
  const struct mallinfo2 info = mallinfo2();
  const std::size_t live = info.uordblks + info.hblkhd;
  return {live, live + info.fordblks, resident_beside_items()};
}

}  // namespace

std::string_view allocator_name() { return "libc"; }
#endif

namespace {

void purge_general() { malloc_trim(0); }
void tidy_general() {}

}  // namespace

#endif

AllocatorStatistics allocator_statistics() {
  const AllocatorStatistics general = general_statistics();
  const ItemHeap::Statistics items = item_heap().statistics();
  return {general.allocated + items.live_bytes, general.active + items.held_bytes,
          general.resident + items.resident_bytes};
}

std::size_t AllocationMeter::sync() {
  at_sync_ = allocator_statistics().allocated;
  general_at_sync_ = allocated_by_this_thread();
  items_at_sync_ = item_heap().taken_bytes();
  return at_sync_;
}

std::size_t AllocationMeter::bytes() const {
  return at_sync_ + (allocated_by_this_thread() - general_at_sync_) +
         (item_heap().taken_bytes() - items_at_sync_);
}

bool AllocationMeter::doubtful() const {
  return allocated_by_this_thread() - general_at_sync_ + kDoubtful > 2 * kDoubtful;
}

void tidy_allocator() { tidy_general(); }

void purge_allocator() {
  item_heap().purge();
  purge_general();
}

std::size_t process_resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) {
    return 0;
  }
  unsigned long pages = 0;
  unsigned long resident = 0;
  const int fields = std::fscanf(file, "%lu %lu", &pages, &resident);
  std::fclose(file);
  return fields == 2 ? resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace sorrel::base
