// SPDX-License-Identifier: BSD-3-Clause
//
// Cells, numbers and texts of geohash.h. Bits are spread and gathered by halving steps (S. E.
// Anderson, "Bit Twiddling Hacks", interleave bits by binary magic numbers). The order of the
// floating-point operations is part of the contract: clients see the digits.
#include <algorithm>
#include <cstddef>

#include <sorrel/types/geohash.h>

namespace sorrel::types {
namespace {

struct Axis {
  double least = 0;
  double most = 0;
};
constexpr Axis kLongitudes = {-kMaxLongitude, kMaxLongitude};
constexpr Axis kLatitudes = {-kMaxLatitude, kMaxLatitude};
constexpr Axis kAllLatitudes = {-90, 90};  // of the text form

// Every bit of `value` moved to twice its position.
constexpr std::uint64_t spread(std::uint32_t value) {
  std::uint64_t bits = value;
  bits = (bits | bits << 16) & 0x0000ffff0000ffffULL;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ffULL;
  bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0fULL;
  bits = (bits | bits << 2) & 0x3333333333333333ULL;
  return (bits | bits << 1) & 0x5555555555555555ULL;
}

// The bits at even positions, moved together.
constexpr std::uint32_t gather(std::uint64_t bits) {
  bits &= 0x5555555555555555ULL;
  bits = (bits | bits >> 1) & 0x3333333333333333ULL;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0fULL;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ffULL;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffffULL;
  return static_cast<std::uint32_t>(bits | bits >> 16);
}
static_assert(gather(spread(0xdeadbeef)) == 0xdeadbeef);

constexpr std::uint64_t number_of(const GeoCell& cell) {
  return spread(cell.row) | spread(cell.column) << 1;
}

// The upper edge itself is one beyond the last position.
std::uint32_t position_on(const Axis& axis, double degrees, int steps) {
  const double part = (degrees - axis.least) / (axis.most - axis.least);
  return static_cast<std::uint32_t>(part * static_cast<double>(std::uint64_t{1} << steps));
}

double degrees_at(const Axis& axis, std::uint32_t position, int steps) {
  const double part =
      static_cast<double>(position) / static_cast<double>(std::uint64_t{1} << steps);
  return axis.least + part * (axis.most - axis.least);
}

// A score as 64 bits: modulo 2^64 from -2^63 on, which is how the processors that most servers of
// this kind run on convert one. Beyond, 2^63 below and 0 above.
std::uint64_t bits_of(double score) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  constexpr std::uint64_t kHighest = std::uint64_t{1} << 63;
  if (!(score >= -kTwoTo63)) return kHighest;
  if (score < kTwoTo63) return static_cast<std::uint64_t>(static_cast<std::int64_t>(score));
  if (score >= 2 * kTwoTo63) return 0;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(score - kTwoTo63)) ^ kHighest;
}

}  // namespace

std::uint64_t GeoCell::first_number() const {
  return number_of(*this) << (2 * (kMaxGeoSteps - steps));
}

std::uint64_t GeoCell::end_number() const {
  return (number_of(*this) + 1) << (2 * (kMaxGeoSteps - steps));
}

GeoCell GeoCell::neighbour(int columns, int rows) const {
  const std::uint32_t mask = (std::uint32_t{1} << steps) - 1;
  GeoCell cell = *this;
  // What does not move stays as it is, beyond the edge of the map, too.
  if (columns != 0) cell.column = (column + static_cast<std::uint32_t>(columns)) & mask;
  if (rows != 0) cell.row = (row + static_cast<std::uint32_t>(rows)) & mask;
  return cell;
}

GeoBounds bounds_of(const GeoCell& cell) {
  return {degrees_at(kLongitudes, cell.column, cell.steps),
          degrees_at(kLatitudes, cell.row, cell.steps),
          degrees_at(kLongitudes, cell.column + 1, cell.steps),
          degrees_at(kLatitudes, cell.row + 1, cell.steps)};
}

GeoCell cell_of(const GeoPoint& point, int steps) {
  return {position_on(kLongitudes, point.longitude, steps),
          position_on(kLatitudes, point.latitude, steps), steps};
}

double geo_score(const GeoPoint& point) {
  return static_cast<double>(number_of(cell_of(point, kMaxGeoSteps)));
}

GeoPoint place_of(double score) {
  const std::uint64_t bits = bits_of(score);
  const GeoBounds bounds = bounds_of({gather(bits >> 1), gather(bits), kMaxGeoSteps});
  return {std::clamp((bounds.west + bounds.east) / 2, -kMaxLongitude, kMaxLongitude),
          std::clamp((bounds.south + bounds.north) / 2, -kMaxLatitude, kMaxLatitude)};
}

std::int64_t geo_number(double score) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  return score >= -kTwoTo63 && score < kTwoTo63 ? static_cast<std::int64_t>(score) : INT64_MIN;
}

std::array<char, kGeohashText> geohash_text(const GeoPoint& point) {
  static constexpr std::string_view kAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr int kBits = 2 * kMaxGeoSteps;
  const GeoCell cell = {position_on(kLongitudes, point.longitude, kMaxGeoSteps),
                        position_on(kAllLatitudes, point.latitude, kMaxGeoSteps), kMaxGeoSteps};
  const std::uint64_t number = number_of(cell);
  std::array<char, kGeohashText> text;
  text.fill(kAlphabet[0]);
  for (int i = 0; (i + 1) * 5 <= kBits; ++i) {
    text[static_cast<std::size_t>(i)] = kAlphabet[(number >> (kBits - (i + 1) * 5)) & 0x1f];
  }
  return text;
}

}  // namespace sorrel::types
