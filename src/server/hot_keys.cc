// SPDX-License-Identifier: BSD-3-Clause
//
// The period adapts within a tick: when many requests were looked at it doubles at once, when few
// were in a whole tick it halves. What a request stands for is the period of its time, so the
// counts stay estimates of all requests.
#include "hot_keys.h"

#include <algorithm>
#include <cmath>

namespace sorrel::server {
namespace {

constexpr std::size_t kMostDatabases = 64;
constexpr std::int64_t kMostPerTick = 100;
constexpr std::int64_t kFewPerTick = 25;
constexpr std::int64_t kMostPeriod = 1 << 20;
constexpr std::int64_t kTicksPerSecond = 10;
constexpr std::int64_t kSettled = 100 * kTicksPerSecond;
constexpr double kFadePerSecond = 0.933032991536807416;  // 2^(-1/10)
constexpr double kForgotten = 0.25;                      // requests

}  // namespace

void HotKeySketch::add(std::uint64_t hash, std::string_view key, double weight, bool writes) {
  uses_ += weight;
  hash = hash == 0 ? 1 : hash;
  auto place = std::find(hashes_.begin(), hashes_.end(), hash);
  if (place == hashes_.end()) {
    place = std::find(hashes_.begin(), hashes_.end(), std::uint64_t{0});
  }
  if (place == hashes_.end()) {
    const auto least =
        std::min_element(counts_.begin(), counts_.end(),
                         [](const auto& a, const auto& b) { return a.uses < b.uses; });
    place = hashes_.begin() + (least - counts_.begin());
  }
  HotKeyCount& count = counts_[static_cast<std::size_t>(place - hashes_.begin())];
  if (count.hash != hash) {
    *place = count.hash = hash;
    count.error = count.uses;
    count.writes = 0;
    count.key.assign(key.substr(0, kMostKeyBytes));
    count.cut = key.size() > kMostKeyBytes;
  }
  count.uses += weight;
  count.writes += writes ? weight : 0;
}

void HotKeySketch::fade(double factor) {
  uses_ *= factor;
  for (std::size_t i = 0; i < kCounters; ++i) {
    HotKeyCount& count = counts_[i];
    count.uses *= factor;
    count.writes *= factor;
    count.error *= factor;
    if (count.hash != 0 && count.uses < kForgotten) {
      hashes_[i] = 0;
      count = {};
    }
  }
}

std::vector<const HotKeyCount*> HotKeySketch::most_used() const {
  std::vector<const HotKeyCount*> found;
  for (const HotKeyCount& count : counts_) {
    if (count.hash != 0 && count.uses > count.error) {
      found.push_back(&count);
    }
  }
  std::sort(found.begin(), found.end(), [](const HotKeyCount* a, const HotKeyCount* b) {
    return a->uses - a->error > b->uses - b->error;
  });
  return found;
}

HotKeys::HotKeys(exec::Executor& executor, std::uint64_t seed)
    : executor_(executor),
      random_(seed),
      sketches_(std::min(executor.keyspace().database_count(), kMostDatabases)) {}

void HotKeys::sample(const exec::Session& session, std::span<const resp::Request> requests) {
  const auto size = static_cast<std::int64_t>(requests.size());
  std::int64_t at = size + left_;
  while (at < size) {
    look_at(session, requests[static_cast<std::size_t>(at)]);
    if (++looked_at_ > kMostPerTick) {
      looked_at_ = 0;
      period_ = std::min(period_ * 2, kMostPeriod);
    }
    at += 1 + static_cast<std::int64_t>(random_.below(2 * static_cast<std::uint64_t>(period_) - 1));
  }
  left_ = at - size;
}

void HotKeys::look_at(const exec::Session& session, const resp::Request& request) {
  const std::span<const std::string_view> arguments = request.arguments;
  const exec::Command* const command = executor_.resolve(arguments);
  if (command == nullptr || !session.authenticated || session.database >= sketches_.size() ||
      !command->spec->takes(arguments.size())) {
    return;
  }
  // Of several keys one is counted for all of them, so that a long row of keys costs no more.
  constexpr std::size_t kFewWords = 64;
  const exec::KeyPositions& keys = command->spec->keys;
  std::size_t position = 0;
  std::size_t count = 0;
  if (keys.first > 0) {
    const auto words = static_cast<std::int64_t>(arguments.size());
    const std::int64_t last = keys.last < 0 ? words + keys.last : keys.last;
    if (last < keys.first || last >= words) return;
    count = static_cast<std::size_t>((last - keys.first) / keys.step + 1);
    position = static_cast<std::size_t>(keys.first) +
               static_cast<std::size_t>(random_.below(count)) * static_cast<std::size_t>(keys.step);
  } else if ((command->spec->traits & exec::traits::kMovableKeys) != 0 &&
             arguments.size() <= kFewWords) {
    const std::vector<std::size_t> positions = exec::key_positions(*command->spec, arguments);
    if (positions.empty()) return;
    count = positions.size();
    position = positions[random_.below(count)];
  }
  if (count == 0 || position >= arguments.size()) return;
  auto& sketch = sketches_[session.database];
  if (sketch == nullptr) {
    sketch = std::make_unique<HotKeySketch>();
  }
  const std::string_view key = arguments[position];
  sketch->add(executor_.keyspace().hash(key), key,
              static_cast<double>(period_) * static_cast<double>(count),
              (command->spec->traits & exec::traits::kWrite) != 0);
}

void HotKeys::tick() {
  if (looked_at_ < kFewPerTick) {
    period_ = std::max<std::int64_t>(period_ / 2, 1);
    left_ = std::min(left_, 2 * period_);
  }
  looked_at_ = 0;
  ticks_ = std::min(ticks_ + 1, kSettled);
  if (++to_second_ < kTicksPerSecond) {
    return;
  }
  to_second_ = 0;
  for (const auto& sketch : sketches_) {
    if (sketch != nullptr) {
      sketch->fade(kFadePerSecond);
    }
  }
}

void HotKeys::reset() {
  for (auto& sketch : sketches_) {
    sketch.reset();
  }
  ticks_ = to_second_ = 0;
}

// What `count` would be for one use a second: the sum of what is left of each second's uses.
double HotKeys::per_second(double count) const {
  const double seconds = static_cast<double>(ticks_) / kTicksPerSecond;
  const double full = std::floor(seconds);
  const double faded = kFadePerSecond * (1 - std::pow(kFadePerSecond, full)) / (1 - kFadePerSecond);
  const double sum = faded + (seconds - full);
  return sum <= 0 ? 0 : count / sum;
}

std::vector<HotKeys::Entry> HotKeys::most_used(std::size_t most) const {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < sketches_.size(); ++i) {
    if (sketches_[i] == nullptr) continue;
    const std::vector<const HotKeyCount*> counts = sketches_[i]->most_used();
    for (const HotKeyCount* count : std::span(counts).first(std::min(most, counts.size()))) {
      entries.push_back({static_cast<std::uint32_t>(i), count,
                         per_second(count->uses - count->error),
                         per_second(std::min(count->writes, count->uses - count->error)),
                         (count->uses - count->error) / std::max(sketches_[i]->uses(), 1e-9)});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.uses_per_second > b.uses_per_second; });
  entries.resize(std::min(most, entries.size()));
  return entries;
}

}  // namespace sorrel::server
