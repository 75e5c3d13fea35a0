// SPDX-License-Identifier: BSD-3-Clause
//
// Geohash: places on a map as integers, so that a sorted set orders them along a curve on which
// near places mostly stay near. A grid of 2^steps columns and rows covers the map; the bits of
// column and row, interleaved with the column's first, are the number of a cell. A place is kept as
// the number of its cell at 26 steps, 52 bits, which a double holds exactly.
//
// The map is that of web Mercator: latitudes end at +-85.05112878 (EPSG:3857). The customary text
// form has 11 characters of base 32 and latitudes up to +-90.
//
// Source: G. Niemeyer, "Geohash" (geohash.org, 2008); G. M. Morton, "A computer oriented geodetic
// data base" (1966), for the curve. Two accidents of Redis are kept, for they decide which members
// a search finds: a place on the upper edge of the map has a number one bit too long, and any
// score, also one that ZADD gave, names some place. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sorrel::types {

// Degrees.
struct GeoPoint {
  double longitude = 0;
  double latitude = 0;
};

inline constexpr double kMaxLongitude = 180;
inline constexpr double kMaxLatitude = 85.05112878;
inline constexpr int kMaxGeoSteps = 26;

// Whether the point lies on the map; false for NaN.
constexpr bool is_on_map(const GeoPoint& point) {
  return point.longitude >= -kMaxLongitude && point.longitude <= kMaxLongitude &&
         point.latitude >= -kMaxLatitude && point.latitude <= kMaxLatitude;
}

// A cell of the grid of 2^steps columns from west to east and as many rows from south to north.
struct GeoCell {
  std::uint32_t column = 0;
  std::uint32_t row = 0;
  int steps = 0;

  // The first number at 26 steps that lies in the cell, and the first that lies beyond it.
  std::uint64_t first_number() const;
  std::uint64_t end_number() const;
  // The cell so many columns and rows away, around the edges of the map.
  GeoCell neighbour(int columns, int rows) const;
  friend bool operator==(const GeoCell&, const GeoCell&) = default;
};

// What a cell covers, in degrees.
struct GeoBounds {
  double west = 0;
  double south = 0;
  double east = 0;
  double north = 0;
};
GeoBounds bounds_of(const GeoCell& cell);

// Requires, here and below: is_on_map(point); 0 < steps <= kMaxGeoSteps.
GeoCell cell_of(const GeoPoint& point, int steps);

// The score of a place in a sorted set.
double geo_score(const GeoPoint& point);
// The middle of the cell that a score names; on the map whatever the score.
GeoPoint place_of(double score);
// A score as a whole number; INT64_MIN when it does not fit one.
std::int64_t geo_number(double score);

// The customary text form, of 11 characters; the last one is always '0', for 52 bits fill ten.
inline constexpr std::size_t kGeohashText = 11;
std::array<char, kGeohashText> geohash_text(const GeoPoint& point);

}  // namespace sorrel::types
