// SPDX-License-Identifier: BSD-3-Clause
//
// Distances and covers of geo_shape.h. Where a shape reaches over a pole, its bounds in degrees are
// no longer meaningful, and which cells are searched then follows from the same comparisons all the
// same: what is found must be what Redis finds. Pure functions; any thread.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <sorrel/types/geo_shape.h>

namespace sorrel::types {
namespace {

constexpr double kEarthRadius = 6372797.560856;
constexpr double kRadiansOfDegree = std::numbers::pi / 180.0;
// Half the length of the equator on the map.
constexpr double kHalfEquator = 20037726.37;

double radians(double degrees) { return degrees * kRadiansOfDegree; }
double degrees(double radians) { return radians / kRadiansOfDegree; }

// Along a meridian.
double meridian_distance_m(double from_latitude, double to_latitude) {
  return kEarthRadius * std::fabs(radians(to_latitude) - radians(from_latitude));
}

// The finest grid whose cells are not smaller than the radius, but for a margin: cells are narrower
// in the north and south of the map.
int steps_for(double radius_m, double latitude) {
  if (radius_m == 0) return kMaxGeoSteps;
  int steps = -1;
  for (double reach = radius_m; reach < kHalfEquator; reach *= 2) ++steps;
  if (std::fabs(latitude) > 66) --steps;
  if (std::fabs(latitude) > 80) --steps;
  return std::clamp(steps, 1, kMaxGeoSteps);
}

double reach_m(const GeoShape& shape) {
  const double reach = shape.kind == GeoShape::Kind::kCircle
                           ? shape.radius
                           : std::sqrt((shape.width / 2) * (shape.width / 2) +
                                       (shape.height / 2) * (shape.height / 2));
  return reach * shape.unit_m;
}

// The longitudes are those that the shape reaches at its edge towards the pole of its hemisphere.
GeoBounds bounds_of(const GeoShape& shape) {
  const bool circle = shape.kind == GeoShape::Kind::kCircle;
  const double height_m = shape.unit_m * (circle ? shape.radius : shape.height / 2);
  const double width_m = shape.unit_m * (circle ? shape.radius : shape.width / 2);
  const GeoPoint& center = shape.center;
  const double north_south = degrees(height_m / kEarthRadius);
  const double edge =
      center.latitude < 0 ? center.latitude - north_south : center.latitude + north_south;
  const double east_west = degrees(width_m / kEarthRadius / std::cos(radians(edge)));
  return {center.longitude - east_west, center.latitude - north_south, center.longitude + east_west,
          center.latitude + north_south};
}

// Whether the cells around this one end before the shape does.
bool ends_before(const GeoCell& cell, const GeoBounds& shape) {
  return types::bounds_of(cell.neighbour(0, 1)).north < shape.north ||
         types::bounds_of(cell.neighbour(0, -1)).south > shape.south ||
         types::bounds_of(cell.neighbour(1, 0)).east < shape.east ||
         types::bounds_of(cell.neighbour(-1, 0)).west > shape.west;
}

struct Offset {
  int columns = 0;
  int rows = 0;
};
constexpr Offset kSearchOrder[] = {{0, 0}, {0, 1},  {0, -1}, {1, 0},  {-1, 0},
                                   {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};

// Whether the shape ends within the middle cell in the direction of the neighbour.
bool is_out_of_reach(const Offset& offset, const GeoBounds& cell, const GeoBounds& shape) {
  return (offset.rows < 0 && cell.south < shape.south) ||
         (offset.rows > 0 && cell.north > shape.north) ||
         (offset.columns < 0 && cell.west < shape.west) ||
         (offset.columns > 0 && cell.east > shape.east);
}

}  // namespace

double geo_distance_m(const GeoPoint& from, const GeoPoint& to) {
  const double across = std::sin((radians(to.longitude) - radians(from.longitude)) / 2);
  if (across == 0.0) return meridian_distance_m(from.latitude, to.latitude);
  const double from_latitude = radians(from.latitude);
  const double to_latitude = radians(to.latitude);
  const double along = std::sin((to_latitude - from_latitude) / 2);
  const double haversine =
      along * along + std::cos(from_latitude) * std::cos(to_latitude) * across * across;
  return 2.0 * kEarthRadius * std::asin(std::sqrt(haversine));
}

std::optional<double> GeoShape::distance_m(const GeoPoint& place) const {
  if (kind == Kind::kCircle) {
    const double distance = geo_distance_m(center, place);
    if (distance > radius * unit_m) return std::nullopt;
    return distance;
  }
  if (meridian_distance_m(place.latitude, center.latitude) > height * unit_m / 2) {
    return std::nullopt;
  }
  const GeoPoint beside = {center.longitude, place.latitude};
  if (geo_distance_m(place, beside) > width * unit_m / 2) return std::nullopt;
  return geo_distance_m(center, place);
}

GeoCover::GeoCover(const GeoShape& shape) {
  const GeoBounds reached = bounds_of(shape);
  GeoCell middle = cell_of(shape.center, steps_for(reach_m(shape), shape.center.latitude));
  if (middle.steps > 1 && ends_before(middle, reached)) {
    middle = cell_of(shape.center, middle.steps - 1);
  }
  const GeoBounds cell_bounds = types::bounds_of(middle);
  GeoCell last;
  for (const Offset& offset : kSearchOrder) {
    if (middle.steps >= 2 && is_out_of_reach(offset, cell_bounds, reached)) continue;
    const GeoCell cell = middle.neighbour(offset.columns, offset.rows);
    // On a grid of two by two, a cell is its own neighbour's neighbour on both sides.
    if (cell == last) continue;
    last = cell;
    ranges_[count_++] = {static_cast<double>(cell.first_number()),
                         static_cast<double>(cell.end_number()), false, true};
  }
}

}  // namespace sorrel::types
