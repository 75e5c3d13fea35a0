// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "hyperloglog". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "pfadd",
        .summary = "Adds elements to a HyperLogLog.",
        .since = "2.8.9",
        .group = "hyperloglog",
        .complexity = "O(1) to add every element.",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 [element+]",
    },
    {
        .name = "pfcount",
        .summary = "Estimates how many different elements HyperLogLogs have seen.",
        .since = "2.8.9",
        .group = "hyperloglog",
        .complexity = "O(1) with a very small average constant time when called with a single "
                      "key. O(N) with N being the number of keys, and much bigger constant "
                      "times, when called with multiple keys.",
        .key_specs = "RW access: index 1, range -1 1 0 -- RW because counting may store the "
                     "cached estimate in the key",
        .arguments = "key+#0",
    },
    {
        .name = "pfdebug",
        .summary = "Looks inside a HyperLogLog; internal.",
        .since = "2.8.9",
        .group = "hyperloglog",
        .complexity = "N/A",
        .doc_flags = "syscmd",
        .key_specs = "RW access: index 2, range 0 1 0",
        .arguments = "subcommand key#0",
    },
    {
        .name = "pfmerge",
        .summary = "Merges HyperLogLogs into one.",
        .since = "2.8.9",
        .group = "hyperloglog",
        .complexity = "O(N) to merge N HyperLogLogs, but with high constant times.",
        .key_specs = "RW access insert: index 1, range 0 1 0; RO access: index 2, range -1 1 0",
        .arguments = "destkey#0 [sourcekey+#1]",
    },
    {
        .name = "pfselftest",
        .summary = "Tests the HyperLogLog code; internal.",
        .since = "2.8.9",
        .group = "hyperloglog",
        .complexity = "N/A",
        .doc_flags = "syscmd",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kHyperloglog = kRows;

}  // namespace sorrel::exec::docs
