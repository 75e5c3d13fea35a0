// SPDX-License-Identifier: BSD-3-Clause
//
// Streams, bitmaps, HyperLogLog and geo.
#include "workload.h"

namespace sorrel::bench {
namespace {

// ---- streams: one of a hundred thousand entries of one field, with identifiers 1-1, 2-1 ...

constexpr std::uint64_t kEntries = 100'000;

void fill_stream(Core& core) {
  for (std::uint64_t i = 1; i <= kEntries; ++i) {
    core.run({"XADD", "stream", std::to_string(i) + "-1", "field", "value"});
  }
}
Maker xadd(Core& core) {
  fill_stream(core);
  return [](base::Random&) { return request({"XADD", "stream", "*", "field", "value"}); };
}
Maker xadd_maxlen(Core& core) {
  fill_stream(core);
  return [](base::Random&) {
    return request({"XADD", "stream", "MAXLEN", "~", "100000", "*", "field", "value"});
  };
}
Maker xrange(Core& core) {
  fill_stream(core);
  return [](base::Random& random) {
    return request(
        {"XRANGE", "stream", std::to_string(1 + random.below(kEntries - 10)), "+", "COUNT", "10"});
  };
}
Maker xreadgroup(Core& core) {
  fill_stream(core);
  core.run({"XGROUP", "CREATE", "stream", "group", "0"});
  return [](base::Random&) {
    return request(
        {"XREADGROUP", "GROUP", "group", "consumer", "COUNT", "10", "STREAMS", "stream", ">"});
  };
}
Maker xack(Core& core) {
  fill_stream(core);
  core.run({"XGROUP", "CREATE", "stream", "group", "0"});
  core.run(
      {"XREADGROUP", "GROUP", "group", "consumer", "COUNT", "20000", "STREAMS", "stream", ">"});
  return [next = std::uint64_t{1}](base::Random&) mutable {
    return request({"XACK", "stream", "group", std::to_string(next++) + "-1"});
  };
}

// ---- bitmaps: one of a million bits, and a thousand of a kilobyte

constexpr std::uint64_t kBits = 1'000'000;
constexpr std::uint64_t kBitmaps = 1000;
constexpr std::size_t kBitmapBytes = 1024;

std::string bitmap(std::uint64_t number) { return numbered("bits:", number); }

void fill_bitmaps(Core& core) {
  base::Random random(3);
  core.run({"SETBIT", "bits", std::to_string(kBits - 1), "1"});
  for (std::uint64_t i = 0; i < kBitmaps; ++i) {
    std::string bytes(kBitmapBytes, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random.next());
    }
    core.run({"SET", bitmap(i), bytes});
  }
}
Maker setbit(Core& core) {
  fill_bitmaps(core);
  return [](base::Random& random) {
    return request({"SETBIT", "bits", std::to_string(random.below(kBits)), "1"});
  };
}
Maker getbit(Core& core) {
  fill_bitmaps(core);
  return [](base::Random& random) {
    return request({"GETBIT", "bits", std::to_string(random.below(kBits))});
  };
}
Maker bitcount(Core& core) {
  fill_bitmaps(core);
  return [](base::Random& random) { return request({"BITCOUNT", bitmap(random.below(kBitmaps))}); };
}
Maker bitop(Core& core) {
  fill_bitmaps(core);
  return [](base::Random& random) {
    return request(
        {"BITOP", "AND", "result", bitmap(random.below(kBitmaps)), bitmap(random.below(kBitmaps))});
  };
}
Maker bitfield(Core& core) {
  fill_bitmaps(core);
  return [](base::Random& random) {
    return request(
        {"BITFIELD", "bits", "INCRBY", "u8", std::to_string(random.below(kBits - 8)), "1"});
  };
}

// ---- HyperLogLog: a thousand of ten elements, and two of fifty thousand

std::string visitors(std::uint64_t number) { return numbered("visitors:", number); }

void fill_hyperloglogs(Core& core) {
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    core.run({"PFADD", visitors(i % 1000), std::to_string(i)});
  }
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    core.run({"PFADD", "yesterday", std::to_string(i)});
    core.run({"PFADD", "today", std::to_string(i + 25'000)});
  }
}
Maker pfadd_small(Core& core) {
  fill_hyperloglogs(core);
  return [](base::Random& random) {
    return request({"PFADD", visitors(random.below(1000)), std::to_string(random.next())});
  };
}
Maker pfadd_big(Core& core) {
  fill_hyperloglogs(core);
  return [](base::Random& random) {
    return request({"PFADD", "today", std::to_string(random.next())});
  };
}
Maker pfcount(Core& core) {
  fill_hyperloglogs(core);
  return [](base::Random&) { return request({"PFCOUNT", "today"}); };
}
Maker pfcount_union(Core& core) {
  fill_hyperloglogs(core);
  return [](base::Random&) { return request({"PFCOUNT", "today", "yesterday"}); };
}

// ---- geo: fifty thousand places within ten by ten degrees

constexpr std::uint64_t kPlaces = 50'000;

std::string place(std::uint64_t number) { return numbered("place:", number); }
// Of a degree between 0 and 10.
std::string degrees(base::Random& random) {
  std::string fraction = numbered("", random.below(1'000'000));
  return std::to_string(random.below(10)) + "." + fraction.substr(6);
}
void fill_places(Core& core) {
  base::Random random(11);
  for (std::uint64_t i = 0; i < kPlaces; ++i) {
    core.run({"GEOADD", "places", degrees(random), degrees(random), place(i)});
  }
}
Maker geoadd(Core& core) {
  fill_places(core);
  return [](base::Random& random) {
    const std::string longitude = degrees(random);
    const std::string latitude = degrees(random);
    return request({"GEOADD", "places", longitude, latitude, place(random.below(kPlaces))});
  };
}
Maker geodist(Core& core) {
  fill_places(core);
  return [](base::Random& random) {
    const std::string from = place(random.below(kPlaces));
    return request({"GEODIST", "places", from, place(random.below(kPlaces)), "km"});
  };
}
Maker geosearch(Core& core) {
  fill_places(core);
  return [](base::Random& random) {
    const std::string longitude = degrees(random);
    const std::string latitude = degrees(random);
    return request({"GEOSEARCH", "places", "FROMLONLAT", longitude, latitude, "BYRADIUS", "10",
                    "km", "ASC", "COUNT", "10"});
  };
}

}  // namespace

std::vector<Workload> stream_workloads() {
  return {
      of_commands("streams", "xack", xack),
      of_commands("streams", "xadd", xadd),
      of_commands("streams", "xadd_maxlen", xadd_maxlen),
      of_commands("streams", "xrange_10", xrange),
      of_commands("streams", "xreadgroup_10", xreadgroup),
  };
}

std::vector<Workload> bitmap_workloads() {
  return {
      of_commands("bitmaps", "bitcount_1k", bitcount), of_commands("bitmaps", "bitfield", bitfield),
      of_commands("bitmaps", "bitop_and_1k", bitop),   of_commands("bitmaps", "getbit", getbit),
      of_commands("bitmaps", "setbit", setbit),
  };
}

std::vector<Workload> hyperloglog_workloads() {
  return {
      of_commands("hyperloglog", "pfadd_big", pfadd_big),
      of_commands("hyperloglog", "pfadd_small", pfadd_small),
      of_commands("hyperloglog", "pfcount", pfcount),
      of_commands("hyperloglog", "pfcount_union", pfcount_union),
  };
}

std::vector<Workload> geo_workloads() {
  return {
      of_commands("geo", "geoadd", geoadd),
      of_commands("geo", "geodist", geodist),
      of_commands("geo", "geosearch_10km", geosearch),
  };
}

}  // namespace sorrel::bench
