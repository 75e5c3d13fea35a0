// SPDX-License-Identifier: BSD-3-Clause
#include "defragmentation.h"

#include <algorithm>
#include <limits>

#include <sorrel/base/item_heap.h>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

// Nobody notices a turn that is longer by this.
constexpr std::int64_t kSliceNs = 200'000;
// So many steps between two looks at the clock.
constexpr int kSteps = 4;

}  // namespace

Defragmentation::Defragmentation(Server& server)
    : server_(server), defragmenter_(server.keyspace()) {}

// What a pass could not gather, since others hold it, is not tried again until more is wasted.
bool Defragmentation::worth_it(std::size_t percent, std::size_t wasted, std::size_t gatherable) {
  const Options& options = server_.options();
  given_up_ = std::min(given_up_, gatherable);
  return wasted >= options.defrag_ignore_bytes &&
         percent >= static_cast<std::size_t>(options.defrag_threshold_lower) &&
         gatherable - given_up_ > options.defrag_ignore_bytes / 2;
}

std::int64_t Defragmentation::most_share() const {
  const Options& options = server_.options();
  return std::max(options.defrag_cycle_max, options.defrag_cycle_min);
}

std::int64_t Defragmentation::share_for(std::size_t percent) const {
  const Options& options = server_.options();
  const std::int64_t least = options.defrag_cycle_min;
  const std::int64_t lower = options.defrag_threshold_lower;
  const std::int64_t range = std::max<std::int64_t>(options.defrag_threshold_upper - lower, 1);
  const std::int64_t above =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(percent) - lower, 0, range);
  return least + (most_share() - least) * above / range;
}

void Defragmentation::tick() {
  const Options& options = server_.options();
  if (!options.active_defrag) {
    if (defragmenter_.running()) total_ns_ += current_ns();
    defragmenter_.stop();
    given_up_ = 0;
    return;
  }
  const base::ItemHeap& heap = base::item_heap();
  const base::ItemHeap::Waste waste = heap.waste();
  const std::size_t live = std::max<std::size_t>(heap.statistics().live_bytes, 1);
  const std::size_t percent = waste.all * 100 / live;
  const std::int64_t share = share_for(percent);
  if (defragmenter_.running()) {
    // What it has done so far must not slow it down.
    share_ = std::min(std::max(share_, share), most_share());
    return;
  }
  // What waits to be freed cannot be moved, and need not be.
  if (server_.loading() || server_.keyspace().snapshot() != nullptr ||
      server_.keyspace().pending_releases() != 0 ||
      !worth_it(percent, waste.all, waste.gatherable)) {
    return;
  }
  log_verbose("Active defragmentation begins: {} bytes of {} are wasted", waste.all,
              waste.all + live);
  share_ = share;
  began_ns_ = due_ns_ = server_.clock().monotonic_ns();
  defragmenter_.begin();
}

bool Defragmentation::rests() const {
  return !defragmenter_.running() || server_.keyspace().snapshot() != nullptr ||
         server_.loading() || server_.scripting().busy();
}

void Defragmentation::turn() {
  if (rests()) {
    return;
  }
  const base::Clock& clock = server_.clock();
  const std::int64_t begin = clock.monotonic_ns();
  if (begin < due_ns_) return;
  std::int64_t now = begin;
  do {
    for (int i = 0; i < kSteps && defragmenter_.running(); ++i) defragmenter_.step();
    now = clock.monotonic_ns();
  } while (defragmenter_.running() && now - begin < kSliceNs);
  server_.note_latency(exec::latency_events::kDefragCycle, now - begin);
  due_ns_ = now + (now - begin) * (100 - share_) / share_;
  if (!defragmenter_.running()) {
    total_ns_ += now - began_ns_;
    given_up_ = defragmenter_.left_bytes();
    log_verbose("Active defragmentation ends: {} bytes are wasted", base::item_heap().waste().all);
  }
}

std::int64_t Defragmentation::due_ns() const {
  return rests() ? std::numeric_limits<std::int64_t>::max() : due_ns_;
}

std::int64_t Defragmentation::current_ns() const {
  return defragmenter_.running() ? server_.clock().monotonic_ns() - began_ns_ : 0;
}

std::int64_t Defragmentation::total_ns() const { return total_ns_ + current_ns(); }

void Defragmentation::reset_statistics() {
  defragmenter_.reset_statistics();
  total_ns_ = 0;
}

}  // namespace sorrel::server
