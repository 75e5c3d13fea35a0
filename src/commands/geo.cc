// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the geo family, as Redis 8.0 reports them, and the commands on single places: GEOADD,
// GEOPOS, GEODIST, GEOHASH.
//
// A place is read completely before the key is touched: one bad coordinate and nothing is added.
// Its score follows from its coordinates by exact arithmetic, so GEOADD is repeated as it came.
// One thread.
#include "geo.h"

#include <cmath>
#include <cstdio>
#include <string>

#include <sorrel/base/numbers.h>
#include <sorrel/commands/families.h>
#include <sorrel/exec/traits.h>
#include <sorrel/types/geo_shape.h>

namespace sorrel::commands {

using types::GeoPoint;
namespace errors = exec::errors;

std::optional<double> geo_unit_m(std::string_view word) {
  if (base::equals_ignoring_case(word, "m")) return 1;
  if (base::equals_ignoring_case(word, "km")) return 1000;
  if (base::equals_ignoring_case(word, "ft")) return 0.3048;
  if (base::equals_ignoring_case(word, "mi")) return 1609.34;
  return std::nullopt;
}

std::optional<GeoPoint> parse_geo_point(Context& context, std::size_t index) {
  const auto longitude = base::parse_double(context.argument(index));
  const auto latitude = base::parse_double(context.argument(index + 1));
  if (!longitude || !latitude) {
    context.fail(errors::kNotFloat);
    return std::nullopt;
  }
  const GeoPoint point = {*longitude, *latitude};
  if (!types::is_on_map(point)) {
    char text[700];  // two doubles of up to 309 digits before the point
    const int length = std::snprintf(text, sizeof text, "invalid longitude,latitude pair %f,%f",
                                     point.longitude, point.latitude);
    context.fail_with("ERR", {text, static_cast<std::size_t>(length)});
    return std::nullopt;
  }
  return point;
}

void reply_geo_point(Context& context, const GeoPoint& point) {
  context.reply.array(2);
  context.reply.real(point.longitude);
  context.reply.real(point.latitude);
}

// Four decimals; of two equally near ones the even one.
void reply_geo_distance(Context& context, double distance) {
  constexpr std::uint64_t kUnit = 10'000;
  const double scaled = std::nearbyint(distance * static_cast<double>(kUnit));
  if (!(scaled < 1e18)) {
    context.reply.real(distance);
    return;
  }
  const auto number = static_cast<std::uint64_t>(scaled);
  char text[base::kMaxIntegerText + 5];
  std::size_t length = base::format_unsigned(number / kUnit, text);
  text[length++] = '.';
  for (std::uint64_t digit = kUnit / 10; digit != 0; digit /= 10) {
    text[length++] = static_cast<char>('0' + number / digit % 10);
  }
  context.reply.bulk({text, length});
}

namespace {

struct AddPlaces {
  types::AddOptions options;
  bool count_changed = false;  // CH
  std::size_t first = 2;       // index of the first longitude
};

AddPlaces parse_add_options(const Context& context) {
  AddPlaces request;
  for (; request.first < context.argument_count(); ++request.first) {
    if (context.argument_is(request.first, "NX")) {
      request.options.nx = true;
    } else if (context.argument_is(request.first, "XX")) {
      request.options.xx = true;
    } else if (context.argument_is(request.first, "CH")) {
      request.count_changed = true;
    } else {
      break;
    }
  }
  return request;
}

struct Place {
  std::string_view member;
  double score = 0;
};

// One place is kept without an allocation.
class Places {
 public:
  void add(const Place& place) {
    if (count_++ == 0) {
      one_ = place;
    } else {
      if (count_ == 2) more_.push_back(one_);
      more_.push_back(place);
    }
  }
  std::span<const Place> all() const {
    return count_ > 1 ? std::span<const Place>(more_) : std::span<const Place>(&one_, count_);
  }

 private:
  std::size_t count_ = 0;
  Place one_;
  std::vector<Place> more_;
};

Outcome add_places(Context& context, const AddPlaces& request, std::span<const Place> places) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(keyspace::Type::kSortedSet)) {
    return context.fail(errors::kWrongType);
  }
  if (!ref.exists() && request.options.xx) return exec::reply_integer(context, 0);
  const types::Settings& settings = context.keyspace.settings();
  auto& set = ref.collection<SortedSet>();
  set.expect(places.size(), settings);
  std::int64_t added = 0;
  std::int64_t updated = 0;
  for (const Place& place : places) {
    const types::AddResult result = set.add(place.member, place.score, request.options, settings);
    added += result.outcome == types::AddOutcome::kAdded ? 1 : 0;
    updated += result.outcome == types::AddOutcome::kUpdated ? 1 : 0;
  }
  if (added + updated != 0) {
    ref.commit(keyspace::events::kZAdd);
  } else {
    ref.dismiss();
  }
  return exec::reply_integer(context, request.count_changed ? added + updated : added);
}

// Calls reply(place) or, for what is no member, reply(nullopt), for each member named.
template <class Reply>
Outcome reply_members(Context& context, Reply reply) {
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  const auto members = context.arguments.subspan(2);
  context.reply.array(members.size());
  for (const std::string_view member : members) {
    const auto score = found.value == nullptr ? std::nullopt : found.value->score(member);
    reply(score ? std::optional<GeoPoint>(types::place_of(*score)) : std::nullopt);
  }
  return Outcome::kOk;
}

}  // namespace

Outcome geoadd(Context& context) {
  const AddPlaces request = parse_add_options(context);
  const std::size_t words = context.argument_count() - request.first;
  if (words == 0 || words % 3 != 0 || (request.options.nx && request.options.xx)) {
    return context.fail_syntax();
  }
  Places places;
  for (std::size_t i = request.first; i < context.argument_count(); i += 3) {
    const auto point = parse_geo_point(context, i);
    if (!point) return Outcome::kError;
    places.add({context.argument(i + 2), types::geo_score(*point)});
  }
  return add_places(context, request, places.all());
}

Outcome geopos(Context& context) {
  return reply_members(context, [&](const std::optional<GeoPoint>& place) {
    if (place) {
      reply_geo_point(context, *place);
    } else {
      context.reply.null_array();
    }
  });
}

Outcome geohash(Context& context) {
  return reply_members(context, [&](const std::optional<GeoPoint>& place) {
    if (place) {
      const auto text = types::geohash_text(*place);
      context.reply.bulk({text.data(), text.size()});
    } else {
      context.reply.null();
    }
  });
}

Outcome geodist(Context& context) {
  double unit_m = 1;
  if (context.argument_count() > 5) return context.fail_syntax();
  if (context.argument_count() == 5) {
    const auto unit = geo_unit_m(context.argument(4));
    if (!unit) return context.fail(kUnknownGeoUnit);
    unit_m = *unit;
  }
  const FoundSet found = find_set(context, 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  if (found.value == nullptr) return exec::reply_null(context);
  const auto from = found.value->score(context.argument(2));
  const auto to = found.value->score(context.argument(3));
  if (!from || !to) return exec::reply_null(context);
  reply_geo_distance(context,
                     types::geo_distance_m(types::place_of(*from), types::place_of(*to)) / unit_m);
  return Outcome::kOk;
}

namespace {

using namespace exec::traits;
using exec::KeyPositions;

constexpr exec::AclCategories kReads = exec::acl::kRead | exec::acl::kGeo | exec::acl::kSlow;
constexpr exec::AclCategories kWrites = exec::acl::kWrite | exec::acl::kGeo | exec::acl::kSlow;
constexpr KeyPositions kFirst = {1, 1, 1};
constexpr KeyPositions kFirstTwo = {1, 2, 1};
constexpr exec::Traits kStore = kWrite | kDenyOom;

constexpr exec::CommandSpec kRows[] = {
    {"geoadd", -5, kStore, kFirst, kWrites, &geoadd, {4, true}},
    {"geodist", -4, kReadonly, kFirst, kReads, &geodist, {2, false}},
    {"geohash", -2, kReadonly, kFirst, kReads, &geohash, {2, false}},
    {"geopos", -2, kReadonly, kFirst, kReads, &geopos, {2, false}},
    {"georadius", -6, kStore | kMovableKeys, kFirst, kWrites, &georadius},
    {"georadius_ro", -6, kReadonly, kFirst, kReads, &georadius_ro},
    {"georadiusbymember", -5, kStore | kMovableKeys, kFirst, kWrites, &georadiusbymember},
    {"georadiusbymember_ro", -5, kReadonly, kFirst, kReads, &georadiusbymember_ro},
    {"geosearch", -7, kReadonly, kFirst, kReads, &geosearch},
    {"geosearchstore", -8, kStore, kFirstTwo, kWrites, &geosearchstore},
};

}  // namespace

void add_geo_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
