// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "set". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "sadd",
        .summary = "Adds members to a set.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(1) for each element added, so O(N) to add N elements when the command "
                      "is called with multiple arguments.",
        .history = "2.4.0 Accepts multiple `member` arguments.",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 member+",
    },
    {
        .name = "scard",
        .summary = "Counts the members of a set.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "sdiff",
        .summary = "Returns the members that only the first set has.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N) where N is the total number of elements in all given sets.",
        .tips = "nondeterministic_output_order",
        .key_specs = "RO access: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "sdiffstore",
        .summary = "Stores the members that only the first set has.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N) where N is the total number of elements in all given sets.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, range -1 1 0",
        .arguments = "destination#0 key+#1",
    },
    {
        .name = "sinter",
        .summary = "Returns the members common to several sets.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N*M) worst case where N is the cardinality of the smallest set and M "
                      "is the number of sets.",
        .tips = "nondeterministic_output_order",
        .key_specs = "RO access: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "sintercard",
        .summary = "Counts the members common to several sets.",
        .since = "7.0.0",
        .group = "set",
        .complexity = "O(N*M) worst case where N is the cardinality of the smallest set and M "
                      "is the number of sets.",
        .key_specs = "RO access: index 1, keynum 0 1 1",
        .arguments = "numkeys:integer key+#0 [LIMIT=limit:integer]",
    },
    {
        .name = "sinterstore",
        .summary = "Stores the members common to several sets.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N*M) worst case where N is the cardinality of the smallest set and M "
                      "is the number of sets.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, range -1 1 0",
        .arguments = "destination#0 key+#1",
    },
    {
        .name = "sismember",
        .summary = "Tells whether a set has a member.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0 member",
    },
    {
        .name = "smembers",
        .summary = "Lists every member of a set.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N) where N is the set cardinality.",
        .tips = "nondeterministic_output_order",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "smismember",
        .summary = "Tells for several members whether a set has them.",
        .since = "6.2.0",
        .group = "set",
        .complexity = "O(N) where N is the number of elements being checked for membership",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 member+",
    },
    {
        .name = "smove",
        .summary = "Takes a member out of one set and adds it to another.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(1)",
        .key_specs = "RW access delete: index 1, range 0 1 0; RW insert: index 2, range 0 1 0",
        .arguments = "source#0 destination#1 member",
    },
    {
        .name = "spop",
        .summary = "Removes and returns random members of a set.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "Without the count argument O(1), otherwise O(N) where N is the value of "
                      "the passed count.",
        .history = "3.2.0 Added the `count` argument.",
        .tips = "nondeterministic_output",
        .key_specs = "RW access delete: index 1, range 0 1 0",
        .arguments = "key#0 [count:integer@3.2.0]",
    },
    {
        .name = "srandmember",
        .summary = "Returns random members of a set.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "Without the count argument O(1), otherwise O(N) where N is the absolute "
                      "value of the passed count.",
        .history = "2.6.0 Added the optional `count` argument.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 [count:integer@2.6.0]",
    },
    {
        .name = "srem",
        .summary = "Removes members from a set.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N) where N is the number of members to be removed.",
        .history = "2.4.0 Accepts multiple `member` arguments.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 member+",
    },
    {
        .name = "sscan",
        .summary = "Iterates over the members of a set.",
        .since = "2.8.0",
        .group = "set",
        .complexity = "O(1) for every call. O(N) for a complete iteration, including enough "
                      "command calls for the cursor to return back to 0. N is the number of "
                      "elements inside the collection.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]",
    },
    {
        .name = "sunion",
        .summary = "Returns the members of any of several sets.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N) where N is the total number of elements in all given sets.",
        .tips = "nondeterministic_output_order",
        .key_specs = "RO access: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "sunionstore",
        .summary = "Stores the members of any of several sets.",
        .since = "1.0.0",
        .group = "set",
        .complexity = "O(N) where N is the total number of elements in all given sets.",
        .key_specs = "OW update: index 1, range 0 1 0; RO access: index 2, range -1 1 0",
        .arguments = "destination#0 key+#1",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kSet = kRows;

}  // namespace sorrel::exec::docs
