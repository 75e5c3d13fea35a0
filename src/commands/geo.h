// SPDX-License-Identifier: BSD-3-Clause
//
// What the files of the geo family share, and the handlers that the rows in geo.cc name. Places are
// members of ordinary sorted sets; their scores are geohash numbers (sorrel/types/geohash.h).
//
//   geo.cc          adding places, and what is asked of single ones
//   geo_search.cc   everything that searches a circle or a box, through one parser and one search
//
// One thread.
#pragma once

#include <optional>
#include <string_view>

#include <sorrel/types/geohash.h>

#include "sorted_sets.h"

namespace sorrel::commands {

inline constexpr base::Error kUnknownGeoUnit{"ERR",
                                             "unsupported unit provided. please use M, KM, FT, MI"};

// Metres in a unit; nothing for a word that is none.
std::optional<double> geo_unit_m(std::string_view word);

// The point whose longitude and latitude stand at `index` and behind it. Returns: nothing when it
// is none on the map, and answered so.
std::optional<types::GeoPoint> parse_geo_point(Context& context, std::size_t index);

// A longitude and a latitude, or a distance in its unit, as they stand in replies.
void reply_geo_point(Context& context, const types::GeoPoint& point);
void reply_geo_distance(Context& context, double distance);

Outcome geoadd(Context& context);
Outcome geopos(Context& context);
Outcome geodist(Context& context);
Outcome geohash(Context& context);

Outcome geosearch(Context& context);
Outcome geosearchstore(Context& context);
Outcome georadius(Context& context);
Outcome georadius_ro(Context& context);
Outcome georadiusbymember(Context& context);
Outcome georadiusbymember_ro(Context& context);

}  // namespace sorrel::commands
