// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "transactions". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "discard",
        .summary = "Drops a transaction and what it queued.",
        .since = "2.0.0",
        .group = "transactions",
        .complexity = "O(N), when N is the number of queued commands",
    },
    {
        .name = "exec",
        .summary = "Runs the commands of a transaction.",
        .since = "1.2.0",
        .group = "transactions",
        .complexity = "Depends on commands in the transaction",
    },
    {
        .name = "multi",
        .summary = "Begins a transaction.",
        .since = "1.2.0",
        .group = "transactions",
        .complexity = "O(1)",
    },
    {
        .name = "unwatch",
        .summary = "Stops watching all keys.",
        .since = "2.2.0",
        .group = "transactions",
        .complexity = "O(1)",
    },
    {
        .name = "watch",
        .summary = "Makes the next transaction depend on keys not changing.",
        .since = "2.2.0",
        .group = "transactions",
        .complexity = "O(1) for every key.",
        .key_specs = "RO: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kTransactions = kRows;

}  // namespace sorrel::exec::docs
