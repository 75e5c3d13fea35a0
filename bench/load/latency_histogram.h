// SPDX-License-Identifier: BSD-3-Clause
//
// Latencies, counted in buckets whose width grows with the value: 128 to each doubling, so that
// any quantile is right to 0.8 % from a microsecond to a quarter of an hour, and adding one is an
// increment. (A quantile of a sample, or of an average of intervals, would hide just the few long
// waits that are looked for.)
//
// A quantile is the upper end of the bucket that it falls into: it is never told too small.
// One thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorrel::load {

class LatencyHistogram {
 public:
  // Counts one latency. Negative ones count as 0, those over 18 minutes as 18 minutes.
  void add(std::int64_t latency_ns) {
    const auto value =
        static_cast<std::uint64_t>(std::clamp<std::int64_t>(latency_ns, 0, kLongestNs));
    if (counts_.empty()) {
      counts_.resize(kBuckets);
    }
    ++counts_[bucket_of(value)];
    ++count_;
    longest_ = std::max(longest_, value);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t longest_ns() const { return longest_; }

  // Returns: what a `part` (0 to 1) of the latencies did not exceed, in nanoseconds; 0 when there
  // are none. Cost: the number of buckets, 4352.
  [[nodiscard]] std::uint64_t quantile_ns(double part) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= wanted && seen > 0) {
        return std::min(upper_end_of(i), longest_);
      }
    }
    return longest_;
  }

 private:
  static constexpr unsigned kPartBits = 7;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  static constexpr unsigned kValueBits = 40;
  static constexpr std::int64_t kLongestNs = (std::int64_t{1} << kValueBits) - 1;
  static constexpr std::size_t kBuckets = (kValueBits - kPartBits + 1) * kParts;

  // Below 2 * kParts a bucket is one value; above, the leading kPartBits + 1 bits choose it.
  static std::size_t bucket_of(std::uint64_t value) {
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = bits > kPartBits + 1 ? bits - kPartBits - 1 : 0;
    return shift * kParts + static_cast<std::size_t>(value >> shift);
  }

  static std::uint64_t upper_end_of(std::size_t bucket) {
    if (bucket < 2 * kParts) {
      return bucket;
    }
    const std::size_t shift = bucket / kParts - 1;
    return ((std::uint64_t{bucket % kParts + kParts} + 1) << shift) - 1;
  }

  std::vector<std::uint32_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t longest_ = 0;
};

}  // namespace sorrel::load
