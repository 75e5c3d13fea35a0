// SPDX-License-Identifier: BSD-3-Clause
//
// Distances against known ones and against chords through the earth, and the property on which a
// search rests: every place within a shape lies in exactly one range of its cover. Further from the
// equator than 70 degrees Redis misses a few in a million, and so do we; there only the places that
// are found are checked. One thread.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/geo_shape.h>

namespace sorrel::types {
namespace {

constexpr double kEarthRadius = 6372797.560856;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double uniform(base::Random& random, double least, double most) {
  return least + (most - least) * static_cast<double>(random.next() >> 11) / 9007199254740992.0;
}

// By the straight line between the two, which shares nothing with the haversine.
double distance_by_chord_m(const GeoPoint& from, const GeoPoint& to) {
  const auto at = [](const GeoPoint& point, double& x, double& y, double& z) {
    const double longitude = point.longitude * std::numbers::pi / 180;
    const double latitude = point.latitude * std::numbers::pi / 180;
    x = std::cos(latitude) * std::cos(longitude);
    y = std::cos(latitude) * std::sin(longitude);
    z = std::sin(latitude);
  };
  double x1 = 0;
  double y1 = 0;
  double z1 = 0;
  double x2 = 0;
  double y2 = 0;
  double z2 = 0;
  at(from, x1, y1, z1);
  at(to, x2, y2, z2);
  const double chord = std::hypot(x1 - x2, y1 - y2, z1 - z2);
  return 2 * kEarthRadius * std::asin(std::min(chord / 2, 1.0));
}

GeoShape circle(const GeoPoint& center, double radius_m) {
  return {.kind = GeoShape::Kind::kCircle, .center = center, .radius = radius_m};
}
GeoShape box(const GeoPoint& center, double width_m, double height_m) {
  return {.kind = GeoShape::Kind::kBox, .center = center, .width = width_m, .height = height_m};
}

int ranges_with(const GeoCover& cover, double score) {
  const auto ranges = cover.ranges();
  return static_cast<int>(std::count_if(ranges.begin(), ranges.end(), [&](const ScoreRange& range) {
    return score >= range.min && score < range.max;
  }));
}

// Somewhere on the map, or near enough to the centre that the shape may hold it.
GeoPoint place_near(base::Random& random, const GeoShape& shape) {
  if (random.below(2) == 0) return {uniform(random, -180, 180), uniform(random, -85, 85)};
  const double reach_m = std::max({shape.radius, shape.width, shape.height});
  const double reach = reach_m / 111'000;
  const double latitude =
      std::clamp(shape.center.latitude + uniform(random, -reach, reach), -85.0, 85.0);
  const double narrow = std::cos(latitude * std::numbers::pi / 180);
  const double longitude = shape.center.longitude + uniform(random, -reach, reach) / narrow;
  return {std::remainder(longitude, 359.999), latitude};
}

GeoShape random_shape(base::Random& random, double most_latitude) {
  const GeoPoint center = {uniform(random, -180, 180),
                           uniform(random, -most_latitude, most_latitude)};
  if (random.below(2) == 0) return circle(center, std::pow(10, uniform(random, 0, 7.4)));
  return box(center, std::pow(10, uniform(random, 0, 7.4)), std::pow(10, uniform(random, 0, 7.4)));
}

TEST(GeoShape, KnownDistances) {
  EXPECT_NEAR(geo_distance_m({13.361389, 38.115556}, {15.087269, 37.502669}), 166274.258, 0.001);
  EXPECT_EQ(geo_distance_m({5, 5}, {5, 5}), 0);
  EXPECT_NEAR(geo_distance_m({0, 0}, {0, 85}), kEarthRadius * 85 * std::numbers::pi / 180, 1e-6);
  EXPECT_NEAR(geo_distance_m({0, 0}, {180, 0}), kEarthRadius * std::numbers::pi, 1e-6);
  EXPECT_NEAR(geo_distance_m({-180, 10}, {180, 10}), 0, 1e-6);
}

TEST(GeoShape, DistancesAreThoseOfTheChord) {
  base::Random random(3);
  for (int i = 0; i < 50'000; ++i) {
    const GeoPoint from = {uniform(random, -180, 180), uniform(random, -85, 85)};
    const GeoPoint to = {uniform(random, -180, 180), uniform(random, -85, 85)};
    const double distance = geo_distance_m(from, to);
    ASSERT_FALSE(std::isnan(distance));
    ASSERT_NEAR(distance, distance_by_chord_m(from, to), 1);
    ASSERT_NEAR(distance, geo_distance_m(to, from), 1e-6);
  }
}

TEST(GeoShape, ACircleHoldsWhatIsNearEnough) {
  base::Random random(4);
  for (int i = 0; i < 50'000; ++i) {
    const GeoShape shape = circle({uniform(random, -180, 180), uniform(random, -85, 85)},
                                  std::pow(10, uniform(random, 0, 7.4)));
    const GeoPoint place = place_near(random, shape);
    const double distance = distance_by_chord_m(shape.center, place);
    const auto inside = shape.distance_m(place);
    if (distance < shape.radius - 1) {
      ASSERT_TRUE(inside.has_value());
      ASSERT_NEAR(*inside, distance, 1);
    }
    if (distance > shape.radius + 1) {
      ASSERT_FALSE(inside.has_value());
    }
  }
}

TEST(GeoShape, UnitsScaleAShape) {
  const GeoPoint center = {10, 50};
  const GeoPoint place = {10, 50.5};
  GeoShape shape = circle(center, 56);
  shape.unit_m = 1000;
  EXPECT_TRUE(shape.distance_m(place).has_value());
  shape.radius = 55;
  EXPECT_FALSE(shape.distance_m(place).has_value());
  shape = box(center, 0, 112);
  shape.unit_m = 1000;
  EXPECT_TRUE(shape.distance_m(place).has_value());
  shape.height = 111;
  EXPECT_FALSE(shape.distance_m(place).has_value());
}

TEST(GeoShape, ACoverHoldsEveryPlaceOfTheShapeOnce) {
  base::Random random(5);
  int inside = 0;
  for (int i = 0; i < 4000; ++i) {
    const GeoShape shape = random_shape(random, 70);
    const GeoCover cover(shape);
    for (int k = 0; k < 100; ++k) {
      const double score = geo_score(place_near(random, shape));
      const GeoPoint place = place_of(score);
      if (!shape.distance_m(place)) continue;
      ++inside;
      ASSERT_EQ(ranges_with(cover, score), 1)
          << (shape.kind == GeoShape::Kind::kBox ? "box " : "circle ") << shape.center.longitude
          << ' ' << shape.center.latitude << " r " << shape.radius << " w " << shape.width << " h "
          << shape.height << ": " << place.longitude << ' ' << place.latitude;
    }
  }
  EXPECT_GT(inside, 50'000);
}

TEST(GeoShape, RangesNeverOverlap) {
  base::Random random(6);
  for (int i = 0; i < 20'000; ++i) {
    const GeoShape shape = random_shape(random, kMaxLatitude);
    const GeoCover cover(shape);
    ASSERT_GE(cover.ranges().size(), 1U);
    for (const ScoreRange& range : cover.ranges()) {
      ASSERT_LT(range.min, range.max);
      ASSERT_TRUE(range.max_exclusive && !range.min_exclusive);
      ASSERT_EQ(ranges_with(cover, range.min), 1);
    }
  }
}

TEST(GeoShape, ExtremeShapesHaveACover) {
  const double scores[] = {geo_score({1, 1}), geo_score({-1, 1}), geo_score({1, -1}),
                           geo_score({-170, -80})};
  for (const double length : {kInfinity, 1e308, 5e7}) {
    for (const GeoPoint& center : {GeoPoint{0, 0}, GeoPoint{180, kMaxLatitude},
                                   GeoPoint{-180, -kMaxLatitude}, GeoPoint{13, -70}}) {
      static_cast<void>(GeoCover(circle(center, length)));
      static_cast<void>(GeoCover(box(center, length, length)));
      static_cast<void>(GeoCover(box(center, 0, length)));
    }
    for (const double score : scores) {
      EXPECT_EQ(ranges_with(GeoCover(circle({13, 38}, length)), score), 1);
      EXPECT_EQ(ranges_with(GeoCover(box({13, 38}, length, length)), score), 1);
    }
  }
  const GeoPoint here = place_of(geo_score({13, 38}));
  EXPECT_EQ(ranges_with(GeoCover(circle(here, 0)), geo_score(here)), 1);
  EXPECT_EQ(circle(here, 0).distance_m(here), 0);
  EXPECT_EQ(ranges_with(GeoCover(box(here, 0, 0)), geo_score(here)), 1);
  EXPECT_EQ(box(here, 0, 0).distance_m(here), 0);
}

TEST(GeoShape, CirclesOverAPoleAreCovered) {
  struct Case {
    GeoPoint center;
    GeoPoint place;
    double radius_m;
  };
  const Case cases[] = {
      {{-0.15307903289794921875, 85}, {0.3515625, 85.00019260486917005437}, 4891.94},
      {{-4.95211958885192871094, 85}, {11.25, 85.0511}, 156544},
      {{-45, 65.50900022111811438208}, {90, 85.0511}, 5009431},
      {{45, 65}, {-135, 85.05}, 5009431},
  };
  for (const Case& one : cases) {
    const GeoShape shape = circle(place_of(geo_score(one.center)), one.radius_m);
    const double score = geo_score(one.place);
    EXPECT_TRUE(shape.distance_m(place_of(score)).has_value());
    EXPECT_EQ(ranges_with(GeoCover(shape), score), 1);
  }
}

}  // namespace
}  // namespace sorrel::types
