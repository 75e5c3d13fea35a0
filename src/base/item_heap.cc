// SPDX-License-Identifier: BSD-3-Clause
//
// The slow paths of the item heap: slabs, spans, and what goes back to the system. item_heap.h
// draws them.
//
// Memory is reserved without access rights and gets them in chunks as it is needed, so that even a
// system that promises no more than it has (vm.overcommit_memory = 2) counts what is used alone.
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>

#include <sorrel/base/item_heap.h>

#include "page_warmer.h"

#ifdef SORREL_GUARDS_ITEMS
// As sanitizer/asan_interface.h and lsan_interface.h declare them, which not every compiler's
// package holds.
extern "C" {
void __asan_poison_memory_region(const volatile void*, std::size_t);
void __asan_unpoison_memory_region(const volatile void*, std::size_t);
void __lsan_register_root_region(const void*, std::size_t);
void __lsan_unregister_root_region(const void*, std::size_t);
}
#endif

namespace sorrel::base {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kChunk = std::size_t{2} << 20;  // what one huge page has
constexpr std::uint32_t kChunkSlabs = IdleSlabs::kChunkSlabs;
static_assert(kChunkSlabs * ItemHeap::kSlabBytes == kChunk);
static_assert(IdleSlabs::kChunks * kChunk == ItemHeap::kMostBytes);
// A small server is to stay small: pages are huge from here on.
constexpr std::uint32_t kSmallSlabs = (std::size_t{8} << 20) / ItemHeap::kSlabBytes;
// Empty slabs that keep their pages: so many, and one for so many that are in use.
constexpr std::size_t kIdleSlabs = 8;
constexpr std::size_t kUsedForOneIdle = 64;
// Chunks that are made ready before they are needed: one for so many in use, and no more than that.
constexpr std::uint32_t kUsedForOneAhead = 48;
constexpr std::uint32_t kMostAhead = 4;
// A search for the next slab to fill goes on at the next call after so many.
constexpr std::uint32_t kMostLookedAt = 8192;
constexpr std::size_t kIdleSpanBytes = std::size_t{1} << 20;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

#ifdef SORREL_GUARDS_ITEMS
void poison(void* memory, std::size_t bytes) { __asan_poison_memory_region(memory, bytes); }
void unpoison(void* memory, std::size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }
// Items point to what others allocate, so the leak check must look for it here.
void watch_for_leaks(void* memory, std::size_t bytes) {
  __lsan_register_root_region(memory, bytes);
}
void unwatch_for_leaks(void* memory, std::size_t bytes) {
  __lsan_unregister_root_region(memory, bytes);
}
#else
void poison(void*, std::size_t) {}
void unpoison(void*, std::size_t) {}
void watch_for_leaks(void*, std::size_t) {}
void unwatch_for_leaks(void*, std::size_t) {}
#endif

// With room behind it that nobody may touch; as well aligned as before.
std::size_t guarded_size(std::size_t bytes) { return bytes + (bytes % 64 == 0 ? 64 : 16); }

// Spans of few slabs have a class for each number, larger ones four to a doubling.
unsigned span_class(std::size_t slabs) {
  if (slabs <= 16) return static_cast<unsigned>(slabs - 1);
  const auto power = static_cast<unsigned>(std::bit_width(slabs - 1)) - 1;  // 2^power < slabs
  const std::size_t step = std::size_t{1} << (power - 2);
  return 16 + (power - 4) * 4 + static_cast<unsigned>((slabs - 1 - (step << 2)) / step);
}
std::size_t span_slabs(unsigned index) {
  if (index < 16) return index + 1;
  const unsigned power = 4 + (index - 16) / 4;
  return (std::size_t{1} << power) + ((index - 16) % 4 + 1) * (std::size_t{1} << (power - 2));
}

bool allow(void* memory, std::size_t bytes) {
  return ::mprotect(memory, bytes, PROT_READ | PROT_WRITE) == 0;
}

// How much of the process's addresses a first attempt may ask for: others need some, too.
std::size_t most_to_reserve(std::size_t wanted) {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    return std::min<std::size_t>(wanted, limit.rlim_cur / 2);
  }
  return wanted;
}

}  // namespace

bool ItemHeap::owned_by_this_thread() {
  static thread_local char thread = 0;
  if (owner_ == nullptr) owner_ = &thread;
  return owner_ == &thread;
}

// A free item names the next.
void ItemHeap::expose(void* item) { unpoison(item, sizeof(std::uint16_t)); }

bool ItemHeap::reserve(std::size_t bytes, std::size_t least) {
  assert(base_ == nullptr && bytes <= kMostBytes);
  for (bytes = most_to_reserve(bytes); bytes >= least; bytes /= 2) {
    const std::size_t range = bytes / kChunk * kChunk;
    const std::size_t states = round_up(range / kSlabBytes * sizeof(Slab), kChunk);
    const std::size_t tables = round_up(sizeof(IdleSlabs), kPage);
    const std::size_t total = states + range + kChunk + tables;  // to be able to align it
    void* memory =
        ::mmap(nullptr, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) continue;
    mapping_ = static_cast<std::byte*>(memory);
    mapping_bytes_ = total;
    if (!allow(memory, tables)) {
      close();
      continue;
    }
    idle_ = static_cast<IdleSlabs*>(memory);
    const auto start = round_up(reinterpret_cast<std::uintptr_t>(memory) + tables, kChunk);
    slabs_ = reinterpret_cast<Slab*>(start);
    base_ = reinterpret_cast<std::byte*>(start + states);
    range_bytes_ = range;
    last_span_ = static_cast<std::uint32_t>(range / kSlabBytes);
    states_high_ = last_span_ * sizeof(Slab);
    return true;
  }
  return false;
}

void ItemHeap::close() {
  if (mapping_ == nullptr) return;
  delete warmer_;
  unpoison(base_, std::size_t{allowed_slabs_} * kSlabBytes);
  unpoison(address(last_span_), range_bytes_ - std::size_t{last_span_} * kSlabBytes);
  if (committed_slabs_ != 0) unwatch_for_leaks(base_, std::size_t{committed_slabs_} * kSlabBytes);
  ::munmap(mapping_, mapping_bytes_);
  this->~ItemHeap();
  new (this) ItemHeap();
}

// ---- slabs --------------------------------------------------------------------------------------

// Makes the states of the slabs [first, last) writable; they begin as zeros.
void ItemHeap::commit_states(std::uint32_t first, std::uint32_t last) {
  auto* const states = reinterpret_cast<std::byte*>(slabs_);
  const std::size_t from = first * sizeof(Slab) / kPage * kPage;
  const std::size_t to = round_up(last * sizeof(Slab), kPage);
  if (first >= last_span_) {
    if (from >= states_high_) return;
    if (!allow(states + from, states_high_ - from)) throw std::bad_alloc();
    states_high_ = from;
  } else {
    if (to <= states_low_) return;
    if (!allow(states + states_low_, to - states_low_)) throw std::bad_alloc();
    states_low_ = to;
  }
}

// Lets the chunks up to there be read and written.
void ItemHeap::allow_slabs(std::uint32_t end) {
  if (end <= allowed_slabs_) return;
  if (end > last_span_) throw std::bad_alloc();
  commit_states(allowed_slabs_, end);
  std::byte* const from = address(allowed_slabs_);
  const std::size_t bytes = std::size_t{end - allowed_slabs_} * kSlabBytes;
  if (!allow(from, bytes)) throw std::bad_alloc();
  if (end > kSmallSlabs) {
    // The first ones follow when they are few among many: they are gathered in the background.
    std::byte* const huge = end == 8 * kSmallSlabs ? base_ : from;
    ::madvise(huge, static_cast<std::size_t>(from + bytes - huge), MADV_HUGEPAGE);
  }
  poison(from, bytes);
  allowed_slabs_ = end;
}

// Another thread pays for the first touch of the next ones. Whether it can does not matter here.
void ItemHeap::make_ready_ahead() {
  const std::uint32_t chunks =
      std::min(committed_slabs_ / kChunkSlabs / kUsedForOneAhead, kMostAhead);
  const std::uint32_t from = std::max(allowed_slabs_, committed_slabs_);
  const std::uint32_t end = committed_slabs_ + chunks * kChunkSlabs;
  if (end <= from || end > last_span_) return;
  try {
    for (std::uint32_t next = from; next < end; next += kChunkSlabs) {
      allow_slabs(next + kChunkSlabs);
      if (warmer_ == nullptr) warmer_ = new PageWarmer();
      warmer_->warm(address(next), kChunk);
    }
  } catch (const std::bad_alloc&) {
    return;
  }
}

void ItemHeap::commit_slabs() {
  const std::uint32_t end = committed_slabs_ + kChunkSlabs;
  allow_slabs(end);
  if (committed_slabs_ != 0) {
    unwatch_for_leaks(base_, std::size_t{committed_slabs_} * kSlabBytes);
  }
  committed_slabs_ = end;
  watch_for_leaks(base_, std::size_t{committed_slabs_} * kSlabBytes);
  make_ready_ahead();
}

// An empty slab: one that is still backed, one that was, or one that never was.
std::uint32_t ItemHeap::fresh_slab() {
  std::uint32_t slab = idle_->take();
  if (slab == 0) {
    if (next_slab_ >= committed_slabs_) commit_slabs();
    slab = next_slab_++;
  }
  slabs_[slab] = Slab{};
  ++used_count_;
  return slab;
}

void ItemHeap::drop_pages(std::uint32_t slab, std::size_t bytes) {
  ::madvise(address(slab), bytes, MADV_DONTNEED);
}

void ItemHeap::retire(std::uint32_t slab) {
  poison(address(slab), kSlabBytes);
  --used_count_;
  --classes_[slabs_[slab].index].slabs;
  idle_->add(slab);
}

bool ItemHeap::has_spare_chunk() const {
  return idle_ != nullptr && idle_->backed() >= kIdleSlabs + used_count_ / kUsedForOneIdle &&
         idle_->has_whole_chunk();
}

void ItemHeap::trim(unsigned chunks) {
  for (; chunks > 0 && has_spare_chunk(); --chunks) drop_chunk(idle_->highest_whole_chunk());
}

void ItemHeap::drop_chunk(std::uint32_t chunk) {
  idle_->drop_pages(chunk, [this](std::uint32_t slab, std::size_t count) {
    drop_pages(slab, count * kSlabBytes);
  });
}

unsigned ItemHeap::bin_of(const Class& kind, unsigned live) {
  if (live >= 2U * kind.quarter) return live >= 3U * kind.quarter ? 3 : 2;
  return live >= kind.quarter ? 1 : 0;
}

void ItemHeap::link(Class& kind, std::uint32_t number, unsigned bin) {
  Slab& slab = slabs_[number];
  slab.bin = static_cast<std::uint8_t>(bin);
  slab.previous = 0;
  slab.next = kind.bins[bin];
  if (slab.next != 0) slabs_[slab.next].previous = number;
  kind.bins[bin] = number;
}

void ItemHeap::unlink(Class& kind, std::uint32_t number) {
  const Slab& slab = slabs_[number];
  if (slab.next != 0) slabs_[slab.next].previous = slab.previous;
  if (slab.previous != 0) {
    slabs_[slab.previous].next = slab.next;
  } else {
    kind.bins[slab.bin] = slab.next;
  }
}

// A slab of the class that is not full and not the current one: the fullest, or while items are
// gathered the next lowest. Returns: 0 when there is none.
std::uint32_t ItemHeap::slab_with_room(Class& kind, unsigned index) {
  if (kind.gathered_below < next_slab_) {
    const std::uint32_t end = std::min(next_slab_, kind.gathered_below + kMostLookedAt);
    for (std::uint32_t number = kind.gathered_below; number < end; ++number) {
      const Slab& slab = slabs_[number];
      if (slab.index != index || slab.live == 0 || slab.bin == kBins) continue;
      kind.gathered_below = number + 1;
      return number;
    }
    kind.gathered_below = end;
  }
  for (unsigned bin = kBins; bin-- > 0;) {
    if (kind.bins[bin] != 0) return kind.bins[bin];
  }
  return 0;
}

// The current slab has nothing left, or there is none: goes on with another.
void* ItemHeap::take_from_another(Class& kind, unsigned index) {
  if (base_ == nullptr && !reserve()) throw std::bad_alloc();
  if (kind.step == 0) {
    const std::size_t bytes = ItemClass::bytes(index);
    const std::size_t count = kSlabBytes / bytes;
    kind.step = static_cast<std::uint16_t>(bytes / 8);
    kind.limit = static_cast<std::uint16_t>(count * kind.step);
    kind.quarter = static_cast<std::uint16_t>(count / 4);
    kind.dense = static_cast<std::uint16_t>(count - count / 8);
    kind.most_at_hand = Class::most_for(bytes);
  }
  std::uint32_t next = slab_with_room(kind, index);
  if (next != 0) {
    unlink(kind, next);
  } else {
    next = fresh_slab();
    slabs_[next].index = static_cast<std::uint8_t>(index);
    ++kind.slabs;
  }
  if (kind.current != 0) slabs_[kind.current].bin = kBins;
  kind.current = next;
  slabs_[next].bin = kBins;
  return take(kind, index);
}

// Hands an item back to its slab.
void ItemHeap::give(Class& kind, void* item) {
  const std::uint32_t number = slab_of(item);
  const auto offset = static_cast<unsigned>(handle(item) % (kSlabBytes / 8));
  Slab& slab = slabs_[number];
  assert(number < next_slab_ && &kind == &classes_[slab.index] && slab.live != 0);
  assert(offset % kind.step == 0);
  unpoison(item, 8);
  *static_cast<std::uint16_t*>(item) = slab.free;
  poison(item, 8);
  slab.free = static_cast<std::uint16_t>(offset + 1);
  --slab.live;
  --kind.live;
  taken_bytes_ -= kind.step * std::size_t{8};
  if (number == kind.current) return;
  if (slab.live == 0) {
    if (slab.bin != kBins) unlink(kind, number);
    retire(number);
  } else if (const unsigned bin = bin_of(kind, slab.live); bin != slab.bin) {
    if (slab.bin != kBins) unlink(kind, number);
    link(kind, number, bin);
  }
}

// Hands those back that have been at hand for longest.
void ItemHeap::free_at_hand(Class& kind, unsigned count) {
  for (unsigned i = 0; i < count; ++i) give(kind, kind.hand[i]);
  kind.at_hand = static_cast<std::uint16_t>(kind.at_hand - count);
  std::memmove(kind.hand, kind.hand + count, kind.at_hand * sizeof kind.hand[0]);
}

void ItemHeap::purge() {
  if (base_ == nullptr) return;
  for (Class& kind : classes_) {
    free_at_hand(kind, kind.at_hand);
    if (kind.current != 0 && slabs_[kind.current].live == 0) {
      retire(kind.current);
      kind.current = 0;
    }
  }
  while (idle_->backed() != 0) drop_chunk(idle_->highest_backed_chunk());
  for (unsigned index = 0; index < kSpanClasses; ++index) {
    for (std::uint32_t span = spans_[index]; span != 0; span = slabs_[span].next) {
      if (slabs_[span].live == 0) continue;
      drop_pages(span, span_slabs(index) * kSlabBytes);
      slabs_[span].live = 0;
    }
  }
  idle_span_bytes_ = 0;
}

// ---- spans --------------------------------------------------------------------------------------

// Of a live span, `previous` counts the pages. Of a free one, `live` tells whether they are still
// there.
void* ItemHeap::allocate_span(std::size_t bytes) {
  if (base_ == nullptr && !reserve()) throw std::bad_alloc();
  if (bytes > range_bytes_) throw std::bad_alloc();
  const unsigned index = span_class(round_up(bytes, kSlabBytes) / kSlabBytes);
  std::uint32_t span = spans_[index];
  const std::size_t now = round_up(bytes, kPage);
  if (span != 0) {
    spans_[index] = slabs_[span].next;
    if (slabs_[span].live != 0) {
      const std::size_t was = slabs_[span].previous * kPage;
      idle_span_bytes_ -= was;
      if (was > now) ::madvise(address(span) + now, was - now, MADV_DONTNEED);
    }
  } else {
    const std::size_t count = span_slabs(index);
    // Slab 0 is nobody's, so no span begins there either.
    if (last_span_ < std::max(allowed_slabs_, 1U) + count) throw std::bad_alloc();
    span = static_cast<std::uint32_t>(last_span_ - count);
    if (!allow(address(span), count * kSlabBytes)) throw std::bad_alloc();
    ::madvise(address(span), count * kSlabBytes, MADV_NOHUGEPAGE);
    last_span_ = span;
    commit_states(span, span + 1);
    poison(address(span), count * kSlabBytes);
    watch_for_leaks(address(span), count * kSlabBytes);
  }
  Slab& first = slabs_[span];
  first.index = kSpan;
  first.previous = static_cast<std::uint32_t>(now / kPage);
  ++span_count_;
  span_bytes_ += first.previous * kPage;
  return address(span);
}

void ItemHeap::free_span(void* item) {
  const std::uint32_t span = slab_of(item);
  Slab& first = slabs_[span];
  const std::size_t bytes = first.previous * kPage;
  const unsigned index = span_class(round_up(bytes, kSlabBytes) / kSlabBytes);
  const std::size_t whole = span_slabs(index) * kSlabBytes;
  --span_count_;
  span_bytes_ -= bytes;
  poison(item, whole);
  const bool keeps = bytes <= kIdleSpanBytes - idle_span_bytes_;
  if (keeps) {
    idle_span_bytes_ += bytes;
  } else {
    drop_pages(span, whole);
  }
  first.live = keeps ? 1 : 0;
  first.next = spans_[index];
  spans_[index] = span;
}

// ---- the rest -----------------------------------------------------------------------------------

// In guarded builds every item comes and goes this way, and what is at hand is not taken from
// there: it rests until others have come after it, so that one who still uses it is found out.
void* ItemHeap::allocate_slowly(std::size_t bytes) {
  if (bytes == 0) bytes = 1;
  const std::size_t whole = kGuarded ? guarded_size(item_size(bytes)) : bytes;
  void* item = nullptr;
  if (whole > ItemClass::kCoarse) {
    item = allocate_span(whole);
  } else {
    const unsigned index = ItemClass::of(whole);
    Class& kind = classes_[index];
    item = take(kind, index);
  }
  unpoison(item, item_size(bytes));
  return item;
}

void ItemHeap::free_slowly(void* item) {
  const unsigned index = slabs_[slab_of(item)].index;
  if (index == kSpan) {
    free_span(item);
    return;
  }
  Class& kind = classes_[index];
  poison(item, ItemClass::bytes(index));
  if (kind.most_at_hand == 0) {
    give(kind, item);
    return;
  }
  if (kind.at_hand == kind.most_at_hand) free_at_hand(kind, (kind.most_at_hand + 1U) / 2);
  kind.hand[kind.at_hand++] = item;
}

ItemHeap::Statistics ItemHeap::statistics() const {
  Statistics all;
  if (base_ == nullptr) return all;
  for (unsigned index = 0; index < ItemClass::kCount; ++index) {
    const Class& kind = classes_[index];
    const std::size_t items = kind.live - kind.at_hand;
    all.items += items;
    all.live_bytes += items * ItemClass::bytes(index);
    // Whatever is not the current slab was carved to its end.
    if (kind.current != 0) {
      all.held_bytes -= kSlabBytes - round_up(slabs_[kind.current].carved * std::size_t{8}, kPage);
    }
  }
  all.items += span_count_;
  all.live_bytes += span_bytes_;
  all.held_bytes += used_count_ * kSlabBytes + span_bytes_;
  all.resident_bytes = all.held_bytes + idle_->backed() * kSlabBytes + idle_span_bytes_;
  all.range_bytes = range_bytes_;
  return all;
}

}  // namespace sorrel::base
