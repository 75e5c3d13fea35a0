// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "cluster". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "asking",
        .summary = "Lets the next command use a slot that is being imported.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
    },
    {
        .name = "cluster",
        .summary = "Groups the commands for the cluster.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "clusterscan",
        .summary = "Iterates over the keys of the whole cluster.",
        .since = "9.1.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of elements returned.",
        .tips = "nondeterministic_output request_policy:special response_policy:special",
        .key_specs = "not_key: index 1, range 0 1 0",
        .arguments = "cursor [MATCH=match-pattern:pattern] [COUNT=count:integer] [TYPE=type] "
                     "[SLOT=slot:integer]",
    },
    {
        .name = "cluster|addslots",
        .summary = "Assigns hash slots to this node.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of hash slot arguments",
        .arguments = "slot:integer+",
    },
    {
        .name = "cluster|addslotsrange",
        .summary = "Assigns ranges of hash slots to this node.",
        .since = "7.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of the slots between the start slot and "
                      "end slot arguments.",
        .arguments = "range{start-slot:integer end-slot:integer}+",
    },
    {
        .name = "cluster|bumpepoch",
        .summary = "Raises the configuration epoch of the cluster.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
    },
    {
        .name = "cluster|cancelslotmigrations",
        .summary = "Stops all slot migrations under way.",
        .since = "9.0.0",
        .group = "cluster",
        .complexity = "O(N), where N is the number of slot migration operations being cancelled.",
    },
    {
        .name = "cluster|count-failure-reports",
        .summary = "Counts the failure reports about a node.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of failure reports",
        .tips = "nondeterministic_output",
        .arguments = "node-id",
    },
    {
        .name = "cluster|countkeysinslot",
        .summary = "Counts the keys in a hash slot.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .arguments = "slot:integer",
    },
    {
        .name = "cluster|delslots",
        .summary = "Unassigns hash slots on this node.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of hash slot arguments",
        .arguments = "slot:integer+",
    },
    {
        .name = "cluster|delslotsrange",
        .summary = "Unassigns ranges of hash slots on this node.",
        .since = "7.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of the slots between the start slot and "
                      "end slot arguments.",
        .arguments = "range{start-slot:integer end-slot:integer}+",
    },
    {
        .name = "cluster|failover",
        .summary = "Makes this replica take over from its primary.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .arguments = "[options(FORCE | TAKEOVER)]",
    },
    {
        .name = "cluster|flushslot",
        .summary = "Deletes every key of a hash slot.",
        .since = "9.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of keys in the target slot",
        .arguments = "slot:integer [flush-type(ASYNC | SYNC)]",
    },
    {
        .name = "cluster|flushslots",
        .summary = "Unassigns all hash slots of this node.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
    },
    {
        .name = "cluster|forget",
        .summary = "Removes a node from this node's view of the cluster.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .arguments = "node-id",
    },
    {
        .name = "cluster|getkeysinslot",
        .summary = "Returns key names of a hash slot.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of requested keys",
        .tips = "nondeterministic_output",
        .arguments = "slot:integer count:integer",
    },
    {
        .name = "cluster|getslotmigrations",
        .summary = "Reports slot migrations, past and under way.",
        .since = "9.0.0",
        .group = "cluster",
        .complexity = "O(N), where N is the number of active slot import and export jobs.",
    },
    {
        .name = "cluster|help",
        .summary = "Describes the subcommands of CLUSTER.",
        .since = "5.0.0",
        .group = "cluster",
        .complexity = "O(1)",
    },
    {
        .name = "cluster|info",
        .summary = "Reports the state of the cluster.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
    },
    {
        .name = "cluster|keyslot",
        .summary = "Returns the hash slot that a key belongs to.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of bytes in the key",
        .arguments = "key",
    },
    {
        .name = "cluster|links",
        .summary = "Lists the connections between this node and its peers.",
        .since = "7.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of Cluster nodes",
        .tips = "nondeterministic_output",
    },
    {
        .name = "cluster|meet",
        .summary = "Introduces another node to this one.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .history = "4.0.0 Added the optional `cluster_bus_port` argument.",
        .arguments = "ip port:integer [cluster-bus-port:integer@4.0.0]",
    },
    {
        .name = "cluster|migrateslots",
        .summary = "Starts moving slot ranges to other nodes.",
        .since = "9.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of the slots between all start slot and "
                      "end slot arguments.",
        .arguments = "migration-group{slotsrange-token:SLOTSRANGE "
                     "range{start-slot:integer end-slot:integer}+ node-token:NODE node-id}+",
    },
    {
        .name = "cluster|myid",
        .summary = "Returns the identifier of this node.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
    },
    {
        .name = "cluster|myshardid",
        .summary = "Returns the identifier of this node's shard.",
        .since = "7.2.0",
        .group = "cluster",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
    },
    {
        .name = "cluster|nodes",
        .summary = "Returns the cluster's nodes as lines of text.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of Cluster nodes",
        .tips = "nondeterministic_output",
    },
    {
        .name = "cluster|replicas",
        .summary = "Lists the replicas of a primary.",
        .since = "5.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of replicas.",
        .tips = "nondeterministic_output",
        .arguments = "node-id",
    },
    {
        .name = "cluster|replicate",
        .summary = "Makes this node a replica of a primary.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .arguments = "node-id",
    },
    {
        .name = "cluster|reset",
        .summary = "Makes this node forget the cluster.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of known nodes. The command may execute a "
                      "FLUSHALL as a side effect.",
        .arguments = "[reset-type(HARD | SOFT)]",
    },
    {
        .name = "cluster|saveconfig",
        .summary = "Writes the cluster state to disk.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
    },
    {
        .name = "cluster|set-config-epoch",
        .summary = "Sets the configuration epoch of a new node.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .arguments = "config-epoch:integer",
    },
    {
        .name = "cluster|setslot",
        .summary = "Changes the owner or the migration state of a slot.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
        .arguments = "slot:integer subcommand(IMPORTING=importing~node-id | "
                     "MIGRATING=migrating~node-id | NODE=node~node-id | STABLE)",
    },
    {
        .name = "cluster|shards",
        .summary = "Returns the shards with their slots and nodes.",
        .since = "7.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of cluster nodes",
        .tips = "nondeterministic_output",
    },
    {
        .name = "cluster|slaves",
        .summary = "Lists the replicas of a primary; older name of CLUSTER REPLICAS.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the number of replicas.",
        .deprecated_since = "5.0.0",
        .replaced_by = "`CLUSTER REPLICAS`",
        .doc_flags = "deprecated",
        .tips = "nondeterministic_output",
        .arguments = "node-id",
    },
    {
        .name = "cluster|slot-stats",
        .summary = "Returns usage figures of hash slots.",
        .since = "8.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of slots based on arguments. "
                      "O(N*log(N)) with ORDERBY subcommand.",
        .tips = "nondeterministic_output request_policy:all_shards",
        .arguments = "filter(SLOTSRANGE=slotsrange{start-slot:integer end-slot:integer} | "
                     "ORDERBY=orderby{metric [LIMIT=limit:integer] [order(ASC | DESC)]})",
    },
    {
        .name = "cluster|slots",
        .summary = "Returns which nodes serve which slots.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(N) where N is the total number of Cluster nodes",
        .deprecated_since = "7.0.0",
        .replaced_by = "`CLUSTER SHARDS`",
        .doc_flags = "deprecated",
        .history = "4.0.0 Added node IDs.\n"
                   "7.0.0 Added additional networking metadata field.",
        .tips = "nondeterministic_output",
    },
    {
        .name = "cluster|syncslots",
        .summary = "Carries slot migration between nodes; internal.",
        .since = "9.0.0",
        .group = "cluster",
        .complexity = "Depends on subcommand.",
        .doc_flags = "syscmd",
    },
    {
        .name = "readonly",
        .summary = "Allows reads from this replica on this connection.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
    },
    {
        .name = "readwrite",
        .summary = "Ends the effect of READONLY.",
        .since = "3.0.0",
        .group = "cluster",
        .complexity = "O(1)",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kCluster = kRows;

}  // namespace sorrel::exec::docs
