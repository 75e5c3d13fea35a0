// SPDX-License-Identifier: BSD-3-Clause
//
// A history is a ring: the newest sample takes the place of the oldest one.
#include <algorithm>

#include <sorrel/exec/latency_monitor.h>

namespace sorrel::exec {

void LatencyMonitor::History::add(Sample sample) {
  longest_ms_ = std::max(longest_ms_, sample.latency_ms);
  if (size_ != 0 && latest().time_s == sample.time_s) {
    Sample& last = samples_[(begin_ + size_ - 1) % kMaxSamples];
    last.latency_ms = std::max(last.latency_ms, sample.latency_ms);
    return;
  }
  if (size_ == kMaxSamples) {
    begin_ = (begin_ + 1) % kMaxSamples;
    --size_;
  }
  samples_[(begin_ + size_) % kMaxSamples] = sample;
  ++size_;
}

void LatencyMonitor::add(std::string_view event, Sample sample) {
  const auto found = histories_.find(event);
  History& history = found != histories_.end() ? found->second : histories_[std::string(event)];
  history.add(sample);
}

const LatencyMonitor::History* LatencyMonitor::find(std::string_view event) const {
  const auto found = histories_.find(event);
  return found == histories_.end() ? nullptr : &found->second;
}

std::size_t LatencyMonitor::forget(std::string_view event) {
  const auto found = histories_.find(event);
  if (found == histories_.end()) {
    return 0;
  }
  histories_.erase(found);
  return 1;
}

std::size_t LatencyMonitor::forget_all() {
  const std::size_t count = histories_.size();
  histories_.clear();
  return count;
}

}  // namespace sorrel::exec
