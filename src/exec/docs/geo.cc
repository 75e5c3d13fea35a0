// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "geo". Versions, complexities, key specifications and arguments are what Redis 8.0
// reports (for commands that only Valkey has, what Valkey 9.1 reports); the summaries and the notes
// are ours. The languages of the fields are described in sorrel/exec/command_doc.h; the contract
// test compares every row with tests/conformance/contract/commands.json.
//
// Invariant: sorted by name. Threads: constants.
#include "tables.h"

namespace sorrel::exec::docs {
namespace {

constexpr CommandDoc kRows[] = {
    {
        .name = "geoadd",
        .summary = "Adds members with longitude and latitude.",
        .since = "3.2.0",
        .group = "geo",
        .complexity = "O(log(N)) for each item added, where N is the number of elements in the "
                      "sorted set.",
        .history = "6.2.0 Added the `CH`, `NX` and `XX` options.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 [condition(NX | XX)@6.2.0] [change:CH@6.2.0] "
                     "data{longitude:double latitude:double member}+",
    },
    {
        .name = "geodist",
        .summary = "Returns the distance between two members.",
        .since = "3.2.0",
        .group = "geo",
        .complexity = "O(1)",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 member1 member2 [unit(M | KM | FT | MI)]",
    },
    {
        .name = "geohash",
        .summary = "Returns the geohash texts of members.",
        .since = "3.2.0",
        .group = "geo",
        .complexity = "O(1) for each member requested.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 [member+]",
    },
    {
        .name = "geopos",
        .summary = "Returns the longitude and latitude of members.",
        .since = "3.2.0",
        .group = "geo",
        .complexity = "O(1) for each member requested.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 [member+]",
    },
    {
        .name = "georadius",
        .summary = "Finds members within a distance of a point; may store them.",
        .since = "3.2.0",
        .group = "geo",
        .complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of "
                      "the circular area delimited by center and radius and M is the number of "
                      "items inside the index.",
        .deprecated_since = "6.2.0",
        .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
        .doc_flags = "deprecated",
        .history = "6.2.0 Added the `ANY` option for `COUNT`.\n"
                   "7.0.0 Added support for uppercase unit names.",
        .key_specs = "RO access: index 1, range 0 1 0; OW update: keyword STORE 6, range 0 1 0; "
                     "OW update: keyword STOREDIST 6, range 0 1 0",
        .arguments = "key#0 longitude:double latitude:double radius:double "
                     "unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
                     "[count-block{COUNT=count:integer [ANY@6.2.0]}] [order(ASC | DESC)] "
                     "[store(STORE=storekey#1~key | STOREDIST=storedistkey#2~key)]",
    },
    {
        .name = "georadius_ro",
        .summary = "Finds members within a distance of a point.",
        .since = "3.2.10",
        .group = "geo",
        .complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of "
                      "the circular area delimited by center and radius and M is the number of "
                      "items inside the index.",
        .deprecated_since = "6.2.0",
        .replaced_by = "`GEOSEARCH` with the `BYRADIUS` argument",
        .doc_flags = "deprecated",
        .history = "6.2.0 Added the `ANY` option for `COUNT`.\n"
                   "7.0.0 Added support for uppercase unit names.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 longitude:double latitude:double radius:double "
                     "unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
                     "[count-block{COUNT=count:integer [ANY@6.2.0]}] [order(ASC | DESC)]",
    },
    {
        .name = "georadiusbymember",
        .summary = "Finds members within a distance of a member; may store them.",
        .since = "3.2.0",
        .group = "geo",
        .complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of "
                      "the circular area delimited by center and radius and M is the number of "
                      "items inside the index.",
        .deprecated_since = "6.2.0",
        .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` "
                       "arguments",
        .doc_flags = "deprecated",
        .history = "6.2.0 Added the `ANY` option for `COUNT`.\n"
                   "7.0.0 Added support for uppercase unit names.",
        .key_specs = "RO access: index 1, range 0 1 0; OW update: keyword STORE 5, range 0 1 0; "
                     "OW update: keyword STOREDIST 5, range 0 1 0",
        .arguments = "key#0 member radius:double unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST] "
                     "[WITHHASH] [count-block{COUNT=count:integer [ANY]}] [order(ASC | DESC)] "
                     "[store(STORE=storekey#1~key | STOREDIST=storedistkey#2~key)]",
    },
    {
        .name = "georadiusbymember_ro",
        .summary = "Finds members within a distance of a member.",
        .since = "3.2.10",
        .group = "geo",
        .complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of "
                      "the circular area delimited by center and radius and M is the number of "
                      "items inside the index.",
        .deprecated_since = "6.2.0",
        .replaced_by = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
        .doc_flags = "deprecated",
        .history = "6.2.0 Added the `ANY` option for `COUNT`.\n"
                   "7.0.0 Added support for uppercase unit names.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 member radius:double unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST] "
                     "[WITHHASH] [count-block{COUNT=count:integer [ANY]}] [order(ASC | DESC)]",
    },
    {
        .name = "geosearch",
        .summary = "Finds members within a circle or a box.",
        .since = "6.2.0",
        .group = "geo",
        .complexity = "O(N+log(M)) where N is the number of elements in the grid-aligned "
                      "bounding box area around the shape provided as the filter and M is the "
                      "number of items inside the shape",
        .history = "7.0.0 Added support for uppercase unit names.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 from(FROMMEMBER=member | "
                     "FROMLONLAT=fromlonlat{longitude:double latitude:double}) "
                     "by(circle{BYRADIUS=radius:double unit(M | KM | FT | MI)} | "
                     "box{BYBOX=width:double height:double unit(M | KM | FT | MI)}) "
                     "[order(ASC | DESC)] [count-block{COUNT=count:integer [ANY]}] [WITHCOORD] "
                     "[WITHDIST] [WITHHASH]",
    },
    {
        .name = "geosearchstore",
        .summary = "Stores the members within a circle or a box.",
        .since = "6.2.0",
        .group = "geo",
        .complexity = "O(N+log(M)) where N is the number of elements in the grid-aligned "
                      "bounding box area around the shape provided as the filter and M is the "
                      "number of items inside the shape",
        .history = "7.0.0 Added support for uppercase unit names.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, range 0 1 0",
        .arguments = "destination#0 source#1 from(FROMMEMBER=member | "
                     "FROMLONLAT=fromlonlat{longitude:double latitude:double}) "
                     "by(circle{BYRADIUS=radius:double unit(M | KM | FT | MI)} | "
                     "box{BYBOX=width:double height:double unit(M | KM | FT | MI)}) "
                     "[order(ASC | DESC)] [count-block{COUNT=count:integer [ANY]}] [STOREDIST]",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kGeo = kRows;

}  // namespace sorrel::exec::docs
