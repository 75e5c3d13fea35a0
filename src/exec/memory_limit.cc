// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <utility>

#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/memory_limit.h>

namespace sorrel::exec {
namespace {

// Within this of the limit each command is looked at: more than a batch of usual ones can take.
constexpr std::size_t kMargin = std::size_t{4} << 20;
// Parts of values that are freed between two looks at the clock.
constexpr std::size_t kReleasePerLook = 64;

}  // namespace

void MemoryLimit::set(const Settings& settings) {
  settings_ = settings;
  evictor_.set(settings.eviction);
  note(used());
  if (!limited()) {
    count_time(false);
  }
}

std::size_t MemoryLimit::not_counted() const {
  return base::OutputBuffer::capacity_of_all() + waiting_bytes_;
}

std::size_t MemoryLimit::used() const {
  const std::size_t all = meter_.bytes();
  return all - std::min(all, not_counted());
}

bool MemoryLimit::note(std::size_t used) {
  const bool tight = limited() && used + kMargin > settings_.bytes;
  return std::exchange(tight_, tight) != tight;
}

MemoryLimit::Room MemoryLimit::make_room(std::int64_t most_ns) {
  if (!limited() || used() <= settings_.bytes) [[likely]] {
    count_time(false);
    return Room::kEnough;
  }
  if (meter_.doubtful() && (meter_.sync(), used() <= settings_.bytes)) {
    count_time(false);
    return Room::kEnough;
  }
  const std::int64_t now = clock_.monotonic_ns();
  const Room room = free_until(most_ns > INT64_MAX - now ? INT64_MAX : now + most_ns);
  count_time(room != Room::kEnough);
  return room;
}

// A key's bytes are taken off what is to be freed when it goes: the heap keeps some freed items at
// hand, so that the meter would show them late.
MemoryLimit::Room MemoryLimit::free_until(std::int64_t end_ns) {
  for (;;) {
    const std::size_t used = this->used();
    if (used <= settings_.bytes) {
      return Room::kEnough;
    }
    if (keyspace_.pending_releases() != 0) {
      keyspace_.release_some(kReleasePerLook);
    } else {
      std::size_t over = used - settings_.bytes;
      while (over != 0 && keyspace_.pending_releases() == 0) {
        const std::size_t freed = evictor_.evict_one();
        if (freed == 0) {
          return Room::kNone;
        }
        over -= std::min(over, freed);
        if (clock_.monotonic_ns() >= end_ns) {
          return Room::kGoesOn;
        }
      }
      if (over == 0 && keyspace_.pending_releases() == 0) {
        return Room::kEnough;
      }
    }
    if (clock_.monotonic_ns() >= end_ns) {
      return Room::kGoesOn;
    }
  }
}

void MemoryLimit::count_time(bool over) {
  if (over == (over_since_ns_ != 0)) {
    return;
  }
  const std::int64_t now = clock_.monotonic_ns();
  if (over) {
    over_since_ns_ = now;
  } else {
    over_ns_ += now - std::exchange(over_since_ns_, 0);
  }
}

std::int64_t MemoryLimit::time_over_ms(bool ended) const {
  constexpr std::int64_t kNsPerMs = 1'000'000;
  if (ended) {
    return over_ns_ / kNsPerMs;
  }
  return over_since_ns_ == 0 ? 0 : (clock_.monotonic_ns() - over_since_ns_) / kNsPerMs;
}

}  // namespace sorrel::exec
