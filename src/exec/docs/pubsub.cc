// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "pubsub". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "psubscribe",
        .summary = "Listens to the channels that match patterns.",
        .since = "2.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of patterns to subscribe to.",
        .arguments = "pattern:pattern+",
    },
    {
        .name = "publish",
        .summary = "Sends a message to a channel.",
        .since = "2.0.0",
        .group = "pubsub",
        .complexity = "O(N+M) where N is the number of clients subscribed to the receiving "
                      "channel and M is the total number of subscribed patterns (by any client).",
        .arguments = "channel message",
    },
    {
        .name = "pubsub",
        .summary = "Groups the commands for the state of channels.",
        .since = "2.8.0",
        .group = "pubsub",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "pubsub|channels",
        .summary = "Lists the channels that have subscribers.",
        .since = "2.8.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of active channels, and assuming constant "
                      "time pattern matching (relatively short channels and patterns)",
        .arguments = "[pattern:pattern]",
    },
    {
        .name = "pubsub|help",
        .summary = "Describes the subcommands of PUBSUB.",
        .since = "6.2.0",
        .group = "pubsub",
        .complexity = "O(1)",
    },
    {
        .name = "pubsub|numpat",
        .summary = "Counts the different patterns subscribed to.",
        .since = "2.8.0",
        .group = "pubsub",
        .complexity = "O(1)",
    },
    {
        .name = "pubsub|numsub",
        .summary = "Counts the subscribers of channels.",
        .since = "2.8.0",
        .group = "pubsub",
        .complexity = "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
        .arguments = "[channel+]",
    },
    {
        .name = "pubsub|shardchannels",
        .summary = "Lists the shard channels that have subscribers.",
        .since = "7.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of active shard channels, and assuming "
                      "constant time pattern matching (relatively short shard channels).",
        .arguments = "[pattern:pattern]",
    },
    {
        .name = "pubsub|shardnumsub",
        .summary = "Counts the subscribers of shard channels.",
        .since = "7.0.0",
        .group = "pubsub",
        .complexity = "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested "
                      "shard channels",
        .arguments = "[shardchannel+]",
    },
    {
        .name = "punsubscribe",
        .summary = "Stops listening to patterns.",
        .since = "2.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of patterns to unsubscribe.",
        .arguments = "[pattern:pattern+]",
    },
    {
        .name = "spublish",
        .summary = "Sends a message to a shard channel.",
        .since = "7.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of clients subscribed to the receiving shard "
                      "channel.",
        .key_specs = "not_key: index 1, range 0 1 0",
        .arguments = "shardchannel message",
    },
    {
        .name = "ssubscribe",
        .summary = "Listens to shard channels.",
        .since = "7.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of shard channels to subscribe to.",
        .key_specs = "not_key: index 1, range -1 1 0",
        .arguments = "shardchannel+",
    },
    {
        .name = "subscribe",
        .summary = "Listens to channels.",
        .since = "2.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of channels to subscribe to.",
        .arguments = "channel+",
    },
    {
        .name = "sunsubscribe",
        .summary = "Stops listening to shard channels.",
        .since = "7.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of shard channels to unsubscribe.",
        .key_specs = "not_key: index 1, range -1 1 0",
        .arguments = "[shardchannel+]",
    },
    {
        .name = "unsubscribe",
        .summary = "Stops listening to channels.",
        .since = "2.0.0",
        .group = "pubsub",
        .complexity = "O(N) where N is the number of channels to unsubscribe.",
        .arguments = "[channel+]",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kPubsub = kRows;

}  // namespace sorrel::exec::docs
