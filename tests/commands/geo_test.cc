// SPDX-License-Identifier: BSD-3-Clause
//
// What the scripts in tests/scripts/geo cannot see: which effects a command leaves for the log, and
// that searches of sets in both encodings find what a look at every member finds. One thread.
#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/commands/families.h>
#include <sorrel/types/geo_shape.h>

#include "support/command_fixture.h"

namespace sorrel::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Geo : public ::testing::Test {
 protected:
  test::CommandFixture server{{&add_geo_commands, &add_sorted_set_commands, &add_string_commands}};

  // Adds so many places around a point, and keeps where they came to lie.
  void add_places(base::Random& random, int count, double around) {
    for (int i = 0; i < count; ++i) {
      const auto offset = [&] {
        return (static_cast<double>(random.below(2'000'001)) / 1e6 - 1) * around;
      };
      const types::GeoPoint point = {15 + offset(), 37 + offset()};
      const std::string name = std::string("p").append(std::to_string(i));
      server.run(
          {"GEOADD", "g", std::to_string(point.longitude), std::to_string(point.latitude), name});
    }
    const auto words = test::bulk_texts(server.run({"ZRANGE", "g", "0", "-1", "WITHSCORES"}));
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
      places_[words[i]] = types::place_of(std::stod(words[i + 1]));
    }
  }

  // The members within the shape and their distances, nearest first.
  std::vector<std::pair<double, std::string>> look_at_all(const types::GeoShape& shape) const {
    std::vector<std::pair<double, std::string>> found;
    for (const auto& [name, place] : places_) {
      if (const auto distance = shape.distance_m(place)) found.emplace_back(*distance, name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  void compare(const std::vector<std::string>& words,
               const std::vector<std::pair<double, std::string>>& expected) {
    const auto run = [&](const std::vector<std::string_view>& more) {
      std::vector<std::string_view> all(words.begin(), words.end());
      all.insert(all.end(), more.begin(), more.end());
      return test::bulk_texts(server.run(std::span<const std::string_view>(all)));
    };
    const auto ascending = run({"ASC"});
    ASSERT_EQ(ascending.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(ascending[i], expected[i].second);
    auto descending = run({"DESC"});
    std::reverse(descending.begin(), descending.end());
    ASSERT_EQ(descending, ascending);
    const auto nearest = run({"COUNT", "5"});
    ASSERT_EQ(nearest.size(), std::min<std::size_t>(5, expected.size()));
    ASSERT_TRUE(std::equal(nearest.begin(), nearest.end(), ascending.begin()));
    const auto all = run({});
    const auto first = run({"COUNT", "7", "ANY"});
    ASSERT_EQ(first.size(), std::min<std::size_t>(7, expected.size()));
    ASSERT_TRUE(std::equal(first.begin(), first.end(), all.begin()));
  }

  std::map<std::string, types::GeoPoint> places_;
};

TEST_F(Geo, ChangesAreRepeatedAsTheyCame) {
  server.run({"GEOADD", "g", "CH", "13.361389", "38.115556", "Palermo", "15", "37", "b"});
  EXPECT_THAT(server.effects(), ElementsAre("GEOADD g CH 13.361389 38.115556 Palermo 15 37 b"));
  server.run({"GEOSEARCHSTORE", "to", "g", "FROMMEMBER", "b", "BYRADIUS", "200", "km"});
  EXPECT_THAT(server.effects(), ElementsAre("GEOSEARCHSTORE to g FROMMEMBER b BYRADIUS 200 km"));
  server.run({"GEORADIUS", "g", "15", "37", "200", "km", "STOREDIST", "to"});
  EXPECT_THAT(server.effects(), ElementsAre("GEORADIUS g 15 37 200 km STOREDIST to"));
  server.run({"GEORADIUSBYMEMBER", "none", "b", "200", "km", "STORE", "to"});
  EXPECT_THAT(server.effects(), ElementsAre("GEORADIUSBYMEMBER none b 200 km STORE to"));
}

TEST_F(Geo, WhatChangesNothingIsNotRepeated) {
  server.run({"GEOADD", "g", "15", "37", "a"});
  const std::vector<std::vector<std::string_view>> commands = {
      {"GEOADD", "g", "15", "37", "a"},
      {"GEOADD", "g", "NX", "1", "1", "a"},
      {"GEOADD", "g", "XX", "1", "1", "b"},
      {"GEOADD", "none", "XX", "1", "1", "b"},
      {"GEOADD", "g", "1", "1", "b", "200", "1", "c"},
      {"GEORADIUS", "g", "15", "37", "1", "km"},
      {"GEORADIUSBYMEMBER", "g", "a", "1", "km", "WITHDIST"},
      {"GEOSEARCHSTORE", "none", "g", "FROMLONLAT", "0", "0", "BYRADIUS", "1", "m"},
      {"GEORADIUS", "g", "0", "0", "1", "m", "STORE", "none"}};
  for (const auto& command : commands) {
    server.run(std::span<const std::string_view>(command));
    EXPECT_THAT(server.effects(), IsEmpty()) << ::testing::PrintToString(command);
  }
}

// All orders and counts of one search, against what a look at every member finds.
TEST_F(Geo, ASearchFindsWhatALookAtAllFinds) {
  base::Random random(1);
  for (const int count : {100, 1500}) {
    places_.clear();
    server.run({"ZREMRANGEBYRANK", "g", "0", "-1"});
    add_places(random, count, 2);
    for (int i = 0; i < 60; ++i) {
      const std::string center = std::string("p").append(std::to_string(random.below(100)));
      const std::uint64_t width = random.below(300'000);
      const std::uint64_t height = random.below(300'000);
      types::GeoShape shape = {.center = places_.at(center)};
      if (i % 2 == 0) {
        shape.radius = static_cast<double>(width);
        compare({"GEOSEARCH", "g", "FROMMEMBER", center, "BYRADIUS", std::to_string(width), "m"},
                look_at_all(shape));
      } else {
        shape.kind = types::GeoShape::Kind::kBox;
        shape.width = static_cast<double>(width);
        shape.height = static_cast<double>(height);
        compare({"GEOSEARCH", "g", "FROMMEMBER", center, "BYBOX", std::to_string(width),
                 std::to_string(height), "m"},
                look_at_all(shape));
      }
    }
  }
}

}  // namespace
}  // namespace sorrel::commands
