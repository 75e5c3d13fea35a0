// SPDX-License-Identifier: BSD-3-Clause
//
// GEOSEARCH, GEOSEARCHSTORE and the older GEORADIUS commands. Whatever words it came in, a search
// is parsed into a SearchRequest, run once, and then ordered, cut, and replied or stored.
//
// Checks go in Redis' order: the type of the key, what stands at a fixed place, options from left
// to right, options that exclude each other; a missing key comes last. Without an order the hits
// come in the order of the cover's ranges. The repetition of a search that stores finds the same
// members again, so the effect is the command itself. One thread.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/types/geo_shape.h>

#include "geo.h"
#include "ordering.h"

namespace sorrel::commands {
namespace {

using types::GeoShape;
namespace errors = exec::errors;
namespace events = keyspace::events;

constexpr base::Error kNoSuchMember{"ERR", "could not decode requested zset member"};
constexpr base::Error kRadiusNotNumber{"ERR", "need numeric radius"};
constexpr base::Error kWidthNotNumber{"ERR", "need numeric width"};
constexpr base::Error kHeightNotNumber{"ERR", "need numeric height"};
constexpr base::Error kRadiusNegative{"ERR", "radius cannot be negative"};
constexpr base::Error kBoxNegative{"ERR", "height or width cannot be negative"};
constexpr base::Error kCountNotAboveZero{"ERR", "COUNT must be > 0"};
constexpr base::Error kAnyWithoutCount{"ERR", "the ANY argument requires COUNT argument"};
constexpr base::Error kSearchStoreWith{
    "ERR", "GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"};
constexpr base::Error kRadiusStoreWith{
    "ERR",
    "STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"};

// What the name of a command already decides.
struct SearchForm {
  enum class Center : std::uint8_t { kPoint, kMember, kOption };
  Center center = Center::kOption;
  bool store_option = false;  // STORE key, STOREDIST key
  bool stores = false;        // the key at 1 gets the result, the one at 2 is searched
};

enum class Order : std::uint8_t { kNone, kAscending, kDescending };

struct SearchRequest {
  GeoShape shape;
  bool from_member = false;
  bool from_point = false;
  bool by_radius = false;
  bool by_box = false;
  bool with_place = false;
  bool with_distance = false;
  bool with_number = false;
  Order order = Order::kNone;
  std::uint64_t count = 0;  // 0: all
  bool any = false;         // the first hits rather than the nearest
  std::size_t store = 0;    // index of the key that gets the result; 0: none
  bool store_distance = false;

  bool with_more() const { return with_place || with_distance || with_number; }
};

// Reads a request. Each step answers and returns false when something is wrong.
class SearchParser {
 public:
  SearchParser(Context& context, const SearchForm& form, const SortedSet* set)
      : context_(context), form_(form), set_(set) {}

  bool parse() {
    if (form_.stores) request_.store = 1;
    if (!parse_fixed()) return false;
    while (next_ < context_.argument_count()) {
      if (!parse_option()) return false;
    }
    return check();
  }
  const SearchRequest& request() const { return request_; }

 private:
  bool fail(const base::Error& error) {
    context_.fail(error);
    return false;
  }

  // Takes the next word if it is this one and at least so many follow it.
  bool take(std::string_view word, std::size_t values = 0) {
    if (context_.argument_count() - next_ <= values || !context_.argument_is(next_, word)) {
      return false;
    }
    ++next_;
    return true;
  }

  bool parse_fixed() {
    switch (form_.center) {
      case SearchForm::Center::kPoint:
        next_ = 2;
        return parse_point() && parse_radius();
      case SearchForm::Center::kMember:
        next_ = 2;
        if (set_ != nullptr) return parse_member() && parse_radius();
        next_ = 5;
        return true;
      case SearchForm::Center::kOption:
        break;
    }
    next_ = form_.stores ? 3 : 2;
    return true;
  }

  bool parse_point() {
    const auto point = parse_geo_point(context_, next_);
    if (!point) return false;
    request_.shape.center = *point;
    next_ += 2;
    return true;
  }

  // Without a set nothing is found, whoever the member may be.
  bool parse_member() {
    const std::string_view member = context_.argument(next_++);
    if (set_ == nullptr) return true;
    const auto score = set_->score(member);
    if (!score) return fail(kNoSuchMember);
    request_.shape.center = types::place_of(*score);
    return true;
  }

  bool parse_unit() {
    const auto unit = geo_unit_m(context_.argument(next_++));
    if (!unit) return fail(kUnknownGeoUnit);
    request_.shape.unit_m = *unit;
    return true;
  }

  bool parse_radius() {
    const auto radius = base::parse_double(context_.argument(next_++));
    if (!radius) return fail(kRadiusNotNumber);
    if (*radius < 0) return fail(kRadiusNegative);
    request_.shape.kind = GeoShape::Kind::kCircle;
    request_.shape.radius = *radius;
    return parse_unit();
  }

  bool parse_box() {
    const auto width = base::parse_double(context_.argument(next_++));
    if (!width) return fail(kWidthNotNumber);
    const auto height = base::parse_double(context_.argument(next_++));
    if (!height) return fail(kHeightNotNumber);
    if (*width < 0 || *height < 0) return fail(kBoxNegative);
    request_.shape.kind = GeoShape::Kind::kBox;
    request_.shape.width = *width;
    request_.shape.height = *height;
    return parse_unit();
  }

  bool parse_count() {
    const auto count = base::parse_integer(context_.argument(next_++));
    if (!count) return fail(errors::kNotInteger);
    if (*count <= 0) return fail(kCountNotAboveZero);
    request_.count = static_cast<std::uint64_t>(*count);
    return true;
  }

  bool parse_option() {
    if (take("WITHDIST")) return request_.with_distance = true;
    if (take("WITHHASH")) return request_.with_number = true;
    if (take("WITHCOORD")) return request_.with_place = true;
    if (take("ANY")) return request_.any = true;
    if (take("COUNT", 1)) return parse_count();
    if (take("ASC")) return set_order(Order::kAscending);
    if (take("DESC")) return set_order(Order::kDescending);
    if (form_.store_option) {
      if (take("STORE", 1)) return set_store(/*distance=*/false);
      if (take("STOREDIST", 1)) return set_store(/*distance=*/true);
    }
    if (form_.stores && take("STOREDIST")) return request_.store_distance = true;
    if (form_.center == SearchForm::Center::kOption) return parse_shape_option();
    return fail(errors::kSyntax);
  }

  bool parse_shape_option() {
    if (!request_.from_point && take("FROMMEMBER", 1)) {
      request_.from_member = true;
      return parse_member();
    }
    if (!request_.from_member && take("FROMLONLAT", 2)) {
      request_.from_point = true;
      return parse_point();
    }
    if (!request_.by_box && take("BYRADIUS", 2)) {
      request_.by_radius = true;
      return parse_radius();
    }
    if (!request_.by_radius && take("BYBOX", 3)) {
      request_.by_box = true;
      return parse_box();
    }
    return fail(errors::kSyntax);
  }

  bool set_order(Order order) {
    request_.order = order;
    return true;
  }

  bool set_store(bool distance) {
    request_.store = next_++;
    request_.store_distance = distance;
    return true;
  }

  bool fail_exactly_one(std::string_view of) {
    context_.fail_with("ERR", "exactly one of " + std::string(of) + " can be specified for " +
                                  errors::shown(context_.argument(0)));
    return false;
  }

  bool check() {
    if (request_.store != 0 && request_.with_more()) {
      return fail(form_.stores ? kSearchStoreWith : kRadiusStoreWith);
    }
    if (form_.center == SearchForm::Center::kOption) {
      if (!request_.from_member && !request_.from_point) {
        return fail_exactly_one("FROMMEMBER or FROMLONLAT");
      }
      if (!request_.by_radius && !request_.by_box) return fail_exactly_one("BYRADIUS and BYBOX");
    }
    if (request_.any && request_.count == 0) return fail(kAnyWithoutCount);
    return true;
  }

  Context& context_;
  const SearchForm& form_;
  const SortedSet* set_;
  SearchRequest request_;
  std::size_t next_ = 0;
};

// Lifetime: the member views the set that was searched.
struct Hit {
  std::string_view member;
  double score = 0;
  double distance_m = 0;
};

std::vector<Hit> find_hits(const SortedSet& set, const SearchRequest& request) {
  std::vector<Hit> hits;
  const types::GeoCover cover(request.shape);
  for (const types::ScoreRange& range : cover.ranges()) {
    const types::RankInterval interval = set.ranks_in(range);
    if (interval.empty()) continue;
    for (auto it = set.forward(interval); it.valid(); it.next()) {
      const auto distance_m = request.shape.distance_m(types::place_of(it->score));
      if (!distance_m) continue;
      hits.push_back({it->member, it->score, *distance_m});
      if (request.any && hits.size() == request.count) return hits;
    }
  }
  return hits;
}

// Puts the hits in order and cuts them to the count. Without ANY a count means the nearest.
void order_hits(std::vector<Hit>& hits, const SearchRequest& request) {
  const std::size_t wanted = request.count != 0 && request.count < hits.size()
                                 ? static_cast<std::size_t>(request.count)
                                 : hits.size();
  const bool nearest_first = request.count != 0 && !request.any && request.order == Order::kNone;
  if (request.order != Order::kNone || nearest_first) {
    const int sign = request.order == Order::kDescending ? -1 : 1;
    const auto compare = [sign](const Hit& a, const Hit& b) {
      if (a.distance_m == b.distance_m) return 0;
      return a.distance_m > b.distance_m ? sign : -sign;
    };
    if (wanted < hits.size()) {
      sort_part(std::span(hits), 0, wanted - 1, compare);
    } else {
      merge_sort(std::span(hits), compare);
    }
  }
  hits.resize(wanted);
}

Outcome reply_hits(Context& context, const SearchRequest& request, const std::vector<Hit>& hits) {
  context.reply.array(hits.size());
  const std::size_t words = 1U + (request.with_distance ? 1U : 0U) +
                            (request.with_number ? 1U : 0U) + (request.with_place ? 1U : 0U);
  for (const Hit& hit : hits) {
    if (words != 1) context.reply.array(words);
    context.reply.bulk(hit.member);
    if (request.with_distance) {
      reply_geo_distance(context, hit.distance_m / request.shape.unit_m);
    }
    if (request.with_number) context.reply.integer(types::geo_number(hit.score));
    if (request.with_place) reply_geo_point(context, types::place_of(hit.score));
  }
  return Outcome::kOk;
}

Outcome store_hits(Context& context, const SearchForm& form, const SearchRequest& request,
                   const std::vector<Hit>& hits) {
  std::vector<SortedSet::Entry> entries;
  entries.reserve(hits.size());
  for (const Hit& hit : hits) {
    entries.push_back(
        {hit.member, request.store_distance ? hit.distance_m / request.shape.unit_m : hit.score});
  }
  return store_entries(context, request.store, entries,
                       form.stores ? events::kGeoSearchStore : events::kGeoRadiusStore);
}

Outcome search(Context& context, const SearchForm& form) {
  const FoundSet found = find_set(context, form.stores ? 2 : 1);
  if (found.wrong_type) return context.fail(errors::kWrongType);
  SearchParser parser(context, form, found.value);
  if (!parser.parse()) return Outcome::kError;
  const SearchRequest& request = parser.request();
  std::vector<Hit> hits;
  if (found.value != nullptr) {
    hits = find_hits(*found.value, request);
    order_hits(hits, request);
  }
  return request.store != 0 ? store_hits(context, form, request, hits)
                            : reply_hits(context, request, hits);
}

}  // namespace

Outcome geosearch(Context& context) { return search(context, {}); }
Outcome geosearchstore(Context& context) {
  return search(context, {.center = SearchForm::Center::kOption, .stores = true});
}
Outcome georadius(Context& context) {
  return search(context, {.center = SearchForm::Center::kPoint, .store_option = true});
}
Outcome georadius_ro(Context& context) {
  return search(context, {.center = SearchForm::Center::kPoint});
}
Outcome georadiusbymember(Context& context) {
  return search(context, {.center = SearchForm::Center::kMember, .store_option = true});
}
Outcome georadiusbymember_ro(Context& context) {
  return search(context, {.center = SearchForm::Center::kMember});
}

}  // namespace sorrel::commands
