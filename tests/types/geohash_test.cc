// SPDX-License-Identifier: BSD-3-Clause
//
// Cells, scores and texts of places: known values, random places there and back, and the edges of
// the map. Any double at all must name a place on the map. One thread.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/geohash.h>

namespace sorrel::types {
namespace {

constexpr GeoPoint kPalermo = {13.361389, 38.115556};

double uniform(base::Random& random, double least, double most) {
  return least + (most - least) * static_cast<double>(random.next() >> 11) / 9007199254740992.0;
}
GeoPoint random_place(base::Random& random) {
  return {uniform(random, -kMaxLongitude, kMaxLongitude),
          uniform(random, -kMaxLatitude, kMaxLatitude)};
}
std::string text_of(const GeoPoint& point) {
  const auto text = geohash_text(point);
  return {text.data(), text.size()};
}

TEST(Geohash, KnownScores) {
  EXPECT_EQ(geo_score(kPalermo), 3479099956230698.0);
  EXPECT_EQ(geo_score({0, 0}), 3377699720527872.0);
  EXPECT_EQ(geo_score({-180, -kMaxLatitude}), 0.0);
  const GeoPoint place = place_of(3479099956230698.0);
  EXPECT_EQ(place.longitude, 13.361389338970184);
  EXPECT_EQ(place.latitude, 38.1155563954963);
}

TEST(Geohash, KnownTexts) {
  EXPECT_EQ(text_of({-5.6, 42.6}).substr(0, 5), "ezs42");
  EXPECT_EQ(text_of({-0.1257, 51.5085}).substr(0, 9), "gcpvj0u6y");
  EXPECT_EQ(text_of({0, 0}), "s0000000000");
  EXPECT_EQ(text_of({-180, -85}), "00bh2n0p050");
}

TEST(Geohash, APlaceLiesInItsCell) {
  base::Random random(1);
  const double wide = 2 * kMaxLongitude / (1 << kMaxGeoSteps);
  const double high = 2 * kMaxLatitude / (1 << kMaxGeoSteps);
  for (int i = 0; i < 20'000; ++i) {
    const GeoPoint point = random_place(random);
    const double score = geo_score(point);
    const GeoPoint place = place_of(score);
    ASSERT_NEAR(place.longitude, point.longitude, wide) << i;
    ASSERT_NEAR(place.latitude, point.latitude, high) << i;
    ASSERT_EQ(geo_score(place), score) << i;
    for (const int steps : {1, 2, 5, 13, 25, 26}) {
      const GeoCell cell = cell_of(point, steps);
      const GeoBounds bounds = bounds_of(cell);
      ASSERT_LE(bounds.west, point.longitude);
      ASSERT_GE(bounds.east, point.longitude);
      ASSERT_LE(bounds.south, point.latitude);
      ASSERT_GE(bounds.north, point.latitude);
      ASSERT_LE(static_cast<double>(cell.first_number()), score);
      ASSERT_GT(static_cast<double>(cell.end_number()), score);
    }
  }
}

TEST(Geohash, NeighboursGoAroundTheMap) {
  const GeoCell cell = cell_of({179.9, 85}, 8);
  EXPECT_EQ(cell, (GeoCell{255, 255, 8}));
  EXPECT_EQ(cell.neighbour(0, 0), cell);
  EXPECT_EQ(cell.neighbour(1, 0), (GeoCell{0, 255, 8}));
  EXPECT_EQ(cell.neighbour(-1, 1), (GeoCell{254, 0, 8}));
  EXPECT_EQ((GeoCell{0, 0, 8}).neighbour(-1, -1), cell);
  EXPECT_EQ(cell.neighbour(1, 1).neighbour(-1, -1), cell);
}

TEST(Geohash, CellsOfAGridCutTheNumbersWithoutAGap) {
  for (std::uint64_t number = 0; number < 64; ++number) {
    const GeoBounds bounds = bounds_of({0, 0, 3});
    const double middle_east = (bounds.east - bounds.west) / 2;
    const double middle_north = (bounds.north - bounds.south) / 2;
    const auto column = static_cast<double>(number % 8);
    const auto row = static_cast<double>(number / 8);
    const GeoCell cell = cell_of({-kMaxLongitude + middle_east + column * 2 * middle_east,
                                  -kMaxLatitude + middle_north + row * 2 * middle_north},
                                 3);
    EXPECT_EQ(cell, (GeoCell{static_cast<std::uint32_t>(number % 8),
                             static_cast<std::uint32_t>(number / 8), 3}));
    EXPECT_EQ(cell.end_number() - cell.first_number(), std::uint64_t{1} << 46);
    EXPECT_EQ(cell.first_number() % (std::uint64_t{1} << 46), 0U);
  }
}

TEST(Geohash, TheUpperEdgesHaveNumbersBeyondTheMap) {
  EXPECT_EQ(geo_score({-180, kMaxLatitude}), std::ldexp(1, 52));
  EXPECT_EQ(geo_score({180, -kMaxLatitude}), std::ldexp(1, 53));
  EXPECT_EQ(geo_score({180, kMaxLatitude}), 3 * std::ldexp(1, 52));
  EXPECT_EQ(place_of(std::ldexp(1, 53)).longitude, 180);
  EXPECT_EQ(place_of(std::ldexp(1, 52)).latitude, kMaxLatitude);
  EXPECT_EQ(text_of({180, -kMaxLatitude}), "00bh0hbj200");
}

TEST(Geohash, WhatIsOnTheMap) {
  EXPECT_TRUE(is_on_map({180, kMaxLatitude}));
  EXPECT_TRUE(is_on_map({-180, -kMaxLatitude}));
  EXPECT_FALSE(is_on_map({180.0000001, 0}));
  EXPECT_FALSE(is_on_map({0, -85.0511288}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(is_on_map({nan, 0}));
  EXPECT_FALSE(is_on_map({0, nan}));
  EXPECT_FALSE(is_on_map({std::numeric_limits<double>::infinity(), 0}));
}

TEST(Geohash, AnyScoreNamesAPlaceOnTheMap) {
  base::Random random(2);
  for (int i = 0; i < 100'000; ++i) {
    const auto score = std::bit_cast<double>(random.next());
    ASSERT_TRUE(is_on_map(place_of(score))) << score;
    static_cast<void>(geo_number(score));
  }
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(is_on_map(place_of(infinity)));
  EXPECT_TRUE(is_on_map(place_of(-infinity)));
  EXPECT_TRUE(is_on_map(place_of(-1)));
  EXPECT_EQ(geo_number(infinity), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(geo_number(-1.5), -1);
  EXPECT_EQ(geo_number(9223372036854775808.0), std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace sorrel::types
