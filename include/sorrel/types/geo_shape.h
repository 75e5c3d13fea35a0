// SPDX-License-Identifier: BSD-3-Clause
//
// Distances on the earth, circles and boxes on its surface, and which ranges of scores of a sorted
// set can hold places within one.
//
// A shape is covered by the cell of its centre and the eight around it, at the finest grid whose
// cells are about as large as the shape; cells that the shape does not reach are left out. The
// order of the ranges is the order in which a search meets its members, which clients see.
//
// Source: the haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68,
// 1984) on a sphere of 6372797.560856 m, as Redis documents it for GEODIST. The grid's choice and
// the cells left out were settled by what Redis answers. Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sorrel/types/geohash.h>
#include <sorrel/types/sorted_set.h>

namespace sorrel::types {

// Metres along the great circle. Requires: both are on the map.
double geo_distance_m(const GeoPoint& from, const GeoPoint& to);

// All places within a radius of the centre, or within half a height north and south and half a
// width east and west of it. Lengths are in a unit of `unit_m` metres, not negative, maybe
// infinite.
struct GeoShape {
  enum class Kind : std::uint8_t { kCircle, kBox };
  Kind kind = Kind::kCircle;
  GeoPoint center;
  double radius = 0;
  double width = 0;
  double height = 0;
  double unit_m = 1;

  // Metres from the centre to a place in the shape; nothing for a place outside.
  std::optional<double> distance_m(const GeoPoint& place) const;
};

// The ranges of scores to look at, in the order of the search.
class GeoCover {
 public:
  explicit GeoCover(const GeoShape& shape);
  std::span<const ScoreRange> ranges() const { return std::span(ranges_).first(count_); }

 private:
  std::array<ScoreRange, 9> ranges_;
  std::size_t count_ = 0;
};

}  // namespace sorrel::types
