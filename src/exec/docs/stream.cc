// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "stream". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "xack",
        .summary = "Acknowledges entries that a consumer group delivered.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1) for each message ID processed.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 group id+",
    },
    {
        .name = "xadd",
        .summary = "Appends an entry to a stream, trimming it if wanted.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1) when adding a new entry, O(N) when trimming where N being the "
                      "number of entries evicted.",
        .history = "6.2.0 Added the `NOMKSTREAM` option, `MINID` trimming strategy and the "
                   "`LIMIT` option.\n"
                   "7.0.0 Added support for the `<ms>-*` explicit ID form.",
        .tips = "nondeterministic_output",
        .key_specs = "RW update: index 1, range 0 1 0 -- UPDATE rather than INSERT because the "
                     "command may also trim",
        .arguments = "key#0 [NOMKSTREAM@6.2.0] [trim{strategy(MAXLEN | MINID@6.2.0) "
                     "[operator(equal:'=' | approximately:'~')] threshold "
                     "[LIMIT=count:integer@6.2.0]}] id-selector(auto-id:'*' | id) "
                     "data{field value}+",
    },
    {
        .name = "xautoclaim",
        .summary = "Takes over pending entries that lay idle, by scanning for them.",
        .since = "6.2.0",
        .group = "stream",
        .complexity = "O(1) if COUNT is small.",
        .history = "7.0.0 Added an element to the reply array, containing deleted entries the "
                   "command cleared from the PEL",
        .tips = "nondeterministic_output",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 group consumer min-idle-time start [COUNT=count:integer] [JUSTID]",
    },
    {
        .name = "xclaim",
        .summary = "Takes over pending entries by their identifiers.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(log N) with N being the number of messages in the PEL of the consumer "
                      "group.",
        .tips = "nondeterministic_output",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 group consumer min-idle-time id+ [IDLE=ms:integer] "
                     "[TIME=unix-time-milliseconds:unix-time] [RETRYCOUNT=count:integer] "
                     "[FORCE] [JUSTID] [LASTID=lastid]",
    },
    {
        .name = "xdel",
        .summary = "Deletes entries of a stream.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1) for each single item to delete in the stream, regardless of the "
                      "stream size.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 id+",
    },
    {
        .name = "xgroup",
        .summary = "Groups the commands for consumer groups.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "xgroup|create",
        .summary = "Adds a consumer group to a stream.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .history = "7.0.0 Added the `entries_read` named argument.",
        .key_specs = "RW insert: index 2, range 0 1 0",
        .arguments = "key#0 group id-selector(id | new-id:'$') [MKSTREAM] "
                     "[ENTRIESREAD=entriesread:integer~entries-read]",
    },
    {
        .name = "xgroup|createconsumer",
        .summary = "Creates a consumer in a group.",
        .since = "6.2.0",
        .group = "stream",
        .complexity = "O(1)",
        .key_specs = "RW insert: index 2, range 0 1 0",
        .arguments = "key#0 group consumer",
    },
    {
        .name = "xgroup|delconsumer",
        .summary = "Deletes a consumer and its pending entries.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .key_specs = "RW delete: index 2, range 0 1 0",
        .arguments = "key#0 group consumer",
    },
    {
        .name = "xgroup|destroy",
        .summary = "Deletes a consumer group.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(N) where N is the number of entries in the group's pending entries "
                      "list (PEL).",
        .key_specs = "RW delete: index 2, range 0 1 0",
        .arguments = "key#0 group",
    },
    {
        .name = "xgroup|help",
        .summary = "Describes the subcommands of XGROUP.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
    },
    {
        .name = "xgroup|setid",
        .summary = "Sets the last delivered identifier of a group.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .history = "7.0.0 Added the optional `entries_read` argument.",
        .key_specs = "RW update: index 2, range 0 1 0",
        .arguments = "key#0 group id-selector(id | new-id:'$') "
                     "[ENTRIESREAD=entriesread:integer~entries-read]",
    },
    {
        .name = "xinfo",
        .summary = "Groups the commands that describe streams.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "xinfo|consumers",
        .summary = "Describes the consumers of a group.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .history = "7.2.0 Added the `inactive` field, and changed the meaning of `idle`.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 2, range 0 1 0",
        .arguments = "key#0 group",
    },
    {
        .name = "xinfo|groups",
        .summary = "Describes the consumer groups of a stream.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .history = "7.0.0 Added the `entries-read` and `lag` fields",
        .key_specs = "RO access: index 2, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "xinfo|help",
        .summary = "Describes the subcommands of XINFO.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
    },
    {
        .name = "xinfo|stream",
        .summary = "Describes a stream.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .history = "6.0.0 Added the `FULL` modifier.\n"
                   "7.0.0 Added the `max-deleted-entry-id`, `entries-added`, "
                   "`recorded-first-entry-id`, `entries-read` and `lag` fields\n"
                   "7.2.0 Added the `active-time` field, and changed the meaning of `seen-time`.",
        .key_specs = "RO access: index 2, range 0 1 0",
        .arguments = "key#0 [full-block{FULL [COUNT=count:integer]}]",
    },
    {
        .name = "xlen",
        .summary = "Counts the entries of a stream.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "xpending",
        .summary = "Describes the entries that a group delivered without acknowledgement.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(N) with N being the number of elements returned, so asking for a small "
                      "fixed number of entries per call is O(1). O(M), where M is the total "
                      "number of entries scanned when used with the IDLE filter. When the "
                      "command returns just the summary and the list of consumers is small, it "
                      "runs in O(1) time; otherwise, an additional O(N) time for iterating "
                      "every consumer.",
        .history = "6.2.0 Added the `IDLE` option and exclusive range intervals.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 group [filters{[IDLE=min-idle-time:integer@6.2.0] start end "
                     "count:integer [consumer]}]",
    },
    {
        .name = "xrange",
        .summary = "Returns the entries between two identifiers.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(N) with N being the number of elements being returned. If N is "
                      "constant (e.g. always asking for the first 10 elements with COUNT), you "
                      "can consider it O(1).",
        .history = "6.2.0 Added exclusive ranges.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 start end [COUNT=count:integer]",
    },
    {
        .name = "xread",
        .summary = "Returns new entries of streams, waiting for some if wanted.",
        .since = "5.0.0",
        .group = "stream",
        .key_specs = "RO access: keyword STREAMS 1, range -1 1 2",
        .arguments = "[COUNT=count:integer] [BLOCK=milliseconds:integer] "
                     "STREAMS=streams{key+#0 id+}",
    },
    {
        .name = "xreadgroup",
        .summary = "Returns new or pending entries to a consumer of a group.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "For each stream mentioned: O(M) with M being the number of elements "
                      "returned. If M is constant (e.g. always asking for the first 10 elements "
                      "with COUNT), you can consider it O(1). On the other side when XREADGROUP "
                      "blocks, XADD will pay the O(N) time in order to serve the N clients "
                      "blocked on the stream getting new data.",
        .key_specs = "RO access: keyword STREAMS 4, range -1 1 2",
        .arguments = "GROUP=group-block{group consumer} [COUNT=count:integer] "
                     "[BLOCK=milliseconds:integer] [NOACK] STREAMS=streams{key+#0 id+}",
    },
    {
        .name = "xrevrange",
        .summary = "Returns the entries between two identifiers, newest first.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(N) with N being the number of elements returned. If N is constant "
                      "(e.g. always asking for the first 10 elements with COUNT), you can "
                      "consider it O(1).",
        .history = "6.2.0 Added exclusive ranges.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 end start [COUNT=count:integer]",
    },
    {
        .name = "xsetid",
        .summary = "Sets the last identifier of a stream; internal.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(1)",
        .history = "7.0.0 Added the `entries_added` and `max_deleted_entry_id` arguments.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 last-id [ENTRIESADDED=entries-added:integer@7.0.0] "
                     "[MAXDELETEDID=max-deleted-id@7.0.0]",
    },
    {
        .name = "xtrim",
        .summary = "Removes the oldest entries of a stream.",
        .since = "5.0.0",
        .group = "stream",
        .complexity = "O(N), with N being the number of evicted entries. Constant times are "
                      "very small however, since entries are organized in macro nodes "
                      "containing multiple entries that can be released with a single "
                      "deallocation.",
        .history = "6.2.0 Added the `MINID` trimming strategy and the `LIMIT` option.",
        .tips = "nondeterministic_output",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 trim{strategy(MAXLEN | MINID@6.2.0) "
                     "[operator(equal:'=' | approximately:'~')] threshold "
                     "[LIMIT=count:integer@6.2.0]}",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kStream = kRows;

}  // namespace sorrel::exec::docs
