// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "sorted-set". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "bzmpop",
        .summary = "Pops members from the first sorted set that has any, waiting if needed.",
        .since = "7.0.0",
        .group = "sorted-set",
        .complexity = "O(K) + O(M*log(N)) where K is the number of provided keys, N being the "
                      "number of elements in the sorted set, and M being the number of elements "
                      "popped.",
        .key_specs = "RW access delete: index 2, keynum 0 1 1",
        .arguments = "timeout:double numkeys:integer key+#0 where(MIN | MAX) [COUNT=count:integer]",
    },
    {
        .name = "bzpopmax",
        .summary = "Pops the highest member of one of several sorted sets, waiting if needed.",
        .since = "5.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        .history = "6.0.0 `timeout` is interpreted as a double instead of an integer.",
        .key_specs = "RW access delete: index 1, range -2 1 0",
        .arguments = "key+#0 timeout:double",
    },
    {
        .name = "bzpopmin",
        .summary = "Pops the lowest member of one of several sorted sets, waiting if needed.",
        .since = "5.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        .history = "6.0.0 `timeout` is interpreted as a double instead of an integer.",
        .key_specs = "RW access delete: index 1, range -2 1 0",
        .arguments = "key+#0 timeout:double",
    },
    {
        .name = "zadd",
        .summary = "Adds members to a sorted set, or changes their scores.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(log(N)) for each item added, where N is the number of elements in the "
                      "sorted set.",
        .history = "2.4.0 Accepts multiple elements.\n"
                   "3.0.2 Added the `XX`, `NX`, `CH` and `INCR` options.\n"
                   "6.2.0 Added the `GT` and `LT` options.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 [condition(NX | XX)@3.0.2] [comparison(GT | LT)@6.2.0] "
                     "[change:CH@3.0.2] [increment:INCR@3.0.2] data{score:double member}+",
    },
    {
        .name = "zcard",
        .summary = "Counts the members of a sorted set.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "zcount",
        .summary = "Counts the members with scores in a range.",
        .since = "2.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 min:double max:double",
    },
    {
        .name = "zdiff",
        .summary = "Returns the members that only the first sorted set has.",
        .since = "6.2.0",
        .group = "sorted-set",
        .complexity = "O(L + (N-K)log(N)) worst case where L is the total number of elements in "
                      "all the sets, N is the size of the first set, and K is the size of the "
                      "result set.",
        .key_specs = "RO access: index 1, keynum 0 1 1",
        .arguments = "numkeys:integer key+#0 [WITHSCORES]",
    },
    {
        .name = "zdiffstore",
        .summary = "Stores the members that only the first sorted set has.",
        .since = "6.2.0",
        .group = "sorted-set",
        .complexity = "O(L + (N-K)log(N)) worst case where L is the total number of elements in "
                      "all the sets, N is the size of the first set, and K is the size of the "
                      "result set.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, keynum 0 1 1",
        .arguments = "destination#0 numkeys:integer key+#1",
    },
    {
        .name = "zincrby",
        .summary = "Adds a number to the score of a member.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(log(N)) where N is the number of elements in the sorted set.",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 increment:integer member",
    },
    {
        .name = "zinter",
        .summary = "Returns the members common to several sorted sets.",
        .since = "6.2.0",
        .group = "sorted-set",
        .complexity = "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted "
                      "set, K being the number of input sorted sets and M being the number of "
                      "elements in the resulting sorted set.",
        .key_specs = "RO access: index 1, keynum 0 1 1",
        .arguments = "numkeys:integer key+#0 [WEIGHTS=weight:integer+] "
                     "[AGGREGATE=aggregate(SUM | MIN | MAX)] [WITHSCORES]",
    },
    {
        .name = "zintercard",
        .summary = "Counts the members common to several sorted sets.",
        .since = "7.0.0",
        .group = "sorted-set",
        .complexity = "O(N*K) worst case with N being the smallest input sorted set, K being "
                      "the number of input sorted sets.",
        .key_specs = "RO access: index 1, keynum 0 1 1",
        .arguments = "numkeys:integer key+#0 [LIMIT=limit:integer]",
    },
    {
        .name = "zinterstore",
        .summary = "Stores the members common to several sorted sets.",
        .since = "2.0.0",
        .group = "sorted-set",
        .complexity = "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted "
                      "set, K being the number of input sorted sets and M being the number of "
                      "elements in the resulting sorted set.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, keynum 0 1 1",
        .arguments = "destination#0 numkeys:integer key+#1 [WEIGHTS=weight:integer+] "
                     "[AGGREGATE=aggregate(SUM | MIN | MAX)]",
    },
    {
        .name = "zlexcount",
        .summary = "Counts the members in a lexicographical range.",
        .since = "2.8.9",
        .group = "sorted-set",
        .complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 min max",
    },
    {
        .name = "zmpop",
        .summary = "Pops members from the first of several sorted sets that has any.",
        .since = "7.0.0",
        .group = "sorted-set",
        .complexity = "O(K) + O(M*log(N)) where K is the number of provided keys, N being the "
                      "number of elements in the sorted set, and M being the number of elements "
                      "popped.",
        .key_specs = "RW access delete: index 1, keynum 0 1 1",
        .arguments = "numkeys:integer key+#0 where(MIN | MAX) [COUNT=count:integer]",
    },
    {
        .name = "zmscore",
        .summary = "Returns the scores of several members.",
        .since = "6.2.0",
        .group = "sorted-set",
        .complexity = "O(N) where N is the number of members being requested.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 member+",
    },
    {
        .name = "zpopmax",
        .summary = "Pops the members with the highest scores.",
        .since = "5.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N)*M) with N being the number of elements in the sorted set, and M "
                      "being the number of elements popped.",
        .key_specs = "RW access delete: index 1, range 0 1 0",
        .arguments = "key#0 [count:integer]",
    },
    {
        .name = "zpopmin",
        .summary = "Pops the members with the lowest scores.",
        .since = "5.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N)*M) with N being the number of elements in the sorted set, and M "
                      "being the number of elements popped.",
        .key_specs = "RW access delete: index 1, range 0 1 0",
        .arguments = "key#0 [count:integer]",
    },
    {
        .name = "zrandmember",
        .summary = "Returns random members of a sorted set.",
        .since = "6.2.0",
        .group = "sorted-set",
        .complexity = "O(N) where N is the number of members returned",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 [options{count:integer [WITHSCORES]}]",
    },
    {
        .name = "zrange",
        .summary = "Returns the members in a range of ranks, scores or names.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements returned.",
        .history = "6.2.0 Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 start stop [sortby(BYSCORE | BYLEX)@6.2.0] [REV@6.2.0] "
                     "[LIMIT=limit{offset:integer count:integer}@6.2.0] [WITHSCORES]",
    },
    {
        .name = "zrangebylex",
        .summary = "Returns the members in a lexicographical range.",
        .since = "2.8.9",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements being returned. If M is constant (e.g. always "
                      "asking for the first 10 elements with LIMIT), you can consider it "
                      "O(log(N)).",
        .deprecated_since = "6.2.0",
        .replaced_by = "`ZRANGE` with the `BYLEX` argument",
        .doc_flags = "deprecated",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 min max [LIMIT=limit{offset:integer count:integer}]",
    },
    {
        .name = "zrangebyscore",
        .summary = "Returns the members with scores in a range.",
        .since = "1.0.5",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements being returned. If M is constant (e.g. always "
                      "asking for the first 10 elements with LIMIT), you can consider it "
                      "O(log(N)).",
        .deprecated_since = "6.2.0",
        .replaced_by = "`ZRANGE` with the `BYSCORE` argument",
        .doc_flags = "deprecated",
        .history = "2.0.0 Added the `WITHSCORES` modifier.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 min:double max:double [WITHSCORES@2.0.0] "
                     "[LIMIT=limit{offset:integer count:integer}]",
    },
    {
        .name = "zrangestore",
        .summary = "Stores a range of a sorted set as another one.",
        .since = "6.2.0",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements stored into the destination key.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, range 0 1 0",
        .arguments = "dst#0 src#1 min max [sortby(BYSCORE | BYLEX)] [REV] "
                     "[LIMIT=limit{offset:integer count:integer}]",
    },
    {
        .name = "zrank",
        .summary = "Returns the rank of a member, lowest score first.",
        .since = "2.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N))",
        .history = "7.2.0 Added the optional `WITHSCORE` argument.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 member [WITHSCORE]",
    },
    {
        .name = "zrem",
        .summary = "Removes members from a sorted set.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(M*log(N)) with N being the number of elements in the sorted set and M "
                      "the number of elements to be removed.",
        .history = "2.4.0 Accepts multiple elements.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 member+",
    },
    {
        .name = "zremrangebylex",
        .summary = "Removes the members in a lexicographical range.",
        .since = "2.8.9",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements removed by the operation.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 min max",
    },
    {
        .name = "zremrangebyrank",
        .summary = "Removes the members in a range of ranks.",
        .since = "2.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements removed by the operation.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 start:integer stop:integer",
    },
    {
        .name = "zremrangebyscore",
        .summary = "Removes the members with scores in a range.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements removed by the operation.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 min:double max:double",
    },
    {
        .name = "zrevrange",
        .summary = "Returns the members in a range of ranks, highest score first.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements returned.",
        .deprecated_since = "6.2.0",
        .replaced_by = "`ZRANGE` with the `REV` argument",
        .doc_flags = "deprecated",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 start:integer stop:integer [WITHSCORES]",
    },
    {
        .name = "zrevrangebylex",
        .summary = "Returns the members in a lexicographical range, last first.",
        .since = "2.8.9",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements being returned. If M is constant (e.g. always "
                      "asking for the first 10 elements with LIMIT), you can consider it "
                      "O(log(N)).",
        .deprecated_since = "6.2.0",
        .replaced_by = "`ZRANGE` with the `REV` and `BYLEX` arguments",
        .doc_flags = "deprecated",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 max min [LIMIT=limit{offset:integer count:integer}]",
    },
    {
        .name = "zrevrangebyscore",
        .summary = "Returns the members with scores in a range, highest first.",
        .since = "2.2.0",
        .group = "sorted-set",
        .complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M "
                      "the number of elements being returned. If M is constant (e.g. always "
                      "asking for the first 10 elements with LIMIT), you can consider it "
                      "O(log(N)).",
        .deprecated_since = "6.2.0",
        .replaced_by = "`ZRANGE` with the `REV` and `BYSCORE` arguments",
        .doc_flags = "deprecated",
        .history = "2.1.6 `min` and `max` can be exclusive.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 max:double min:double [WITHSCORES] "
                     "[LIMIT=limit{offset:integer count:integer}]",
    },
    {
        .name = "zrevrank",
        .summary = "Returns the rank of a member, highest score first.",
        .since = "2.0.0",
        .group = "sorted-set",
        .complexity = "O(log(N))",
        .history = "7.2.0 Added the optional `WITHSCORE` argument.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 member [WITHSCORE]",
    },
    {
        .name = "zscan",
        .summary = "Iterates over the members and scores of a sorted set.",
        .since = "2.8.0",
        .group = "sorted-set",
        .complexity = "O(1) for every call. O(N) for a complete iteration, including enough "
                      "command calls for the cursor to return back to 0. N is the number of "
                      "elements inside the collection.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]",
    },
    {
        .name = "zscore",
        .summary = "Returns the score of a member.",
        .since = "1.2.0",
        .group = "sorted-set",
        .complexity = "O(1)",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 member",
    },
    {
        .name = "zunion",
        .summary = "Returns the members of any of several sorted sets.",
        .since = "6.2.0",
        .group = "sorted-set",
        .complexity = "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted "
                      "sets, and M being the number of elements in the resulting sorted set.",
        .key_specs = "RO access: index 1, keynum 0 1 1",
        .arguments = "numkeys:integer key+#0 [WEIGHTS=weight:integer+] "
                     "[AGGREGATE=aggregate(SUM | MIN | MAX)] [WITHSCORES]",
    },
    {
        .name = "zunionstore",
        .summary = "Stores the members of any of several sorted sets.",
        .since = "2.0.0",
        .group = "sorted-set",
        .complexity = "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted "
                      "sets, and M being the number of elements in the resulting sorted set.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, keynum 0 1 1",
        .arguments = "destination#0 numkeys:integer key+#1 [WEIGHTS=weight:integer+] "
                     "[AGGREGATE=aggregate(SUM | MIN | MAX)]",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kSortedSet = kRows;

}  // namespace sorrel::exec::docs
