// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "generic". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "copy",
        .summary = "Copies a value to another key.",
        .since = "6.2.0",
        .group = "generic",
        .complexity = "O(N) worst case for collections, where N is the number of nested items. "
                      "O(1) for string values.",
        .key_specs = "RO access: index 1, range 0 1 0; OW update: index 2, range 0 1 0",
        .arguments = "source#0 destination#1 [DB=destination-db:integer] [REPLACE]",
    },
    {
        .name = "del",
        .summary = "Deletes keys.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(N) where N is the number of keys that will be removed. When a key to "
                      "remove holds a value other than a string, the individual complexity for "
                      "this key is O(M) where M is the number of elements in the list, set, "
                      "sorted set or hash. Removing a single key that holds a string value is "
                      "O(1).",
        .tips = "request_policy:multi_shard response_policy:agg_sum",
        .key_specs = "RM delete: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "dump",
        .summary = "Returns a value in serialised form.",
        .since = "2.6.0",
        .group = "generic",
        .complexity = "O(1) to access the key and additional O(N*M) to serialize it, where N is "
                      "the number of Redis objects composing the value and M their average "
                      "size. For small string values the time complexity is thus O(1)+O(1*M) "
                      "where M is small, so simply O(1).",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "exists",
        .summary = "Counts how many of the keys exist.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(N) where N is the number of keys to check.",
        .history = "3.0.3 Accepts multiple `key` arguments.",
        .tips = "request_policy:multi_shard response_policy:agg_sum",
        .key_specs = "RO: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "expire",
        .summary = "Lets a key expire after seconds.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .history = "7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 seconds:integer [condition(NX | XX | GT | LT)@7.0.0]",
    },
    {
        .name = "expireat",
        .summary = "Lets a key expire at a Unix time in seconds.",
        .since = "1.2.0",
        .group = "generic",
        .complexity = "O(1)",
        .history = "7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 unix-time-seconds:unix-time [condition(NX | XX | GT | LT)@7.0.0]",
    },
    {
        .name = "expiretime",
        .summary = "Returns the Unix time, in seconds, at which a key expires.",
        .since = "7.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "keys",
        .summary = "Returns every key name that matches a pattern.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(N) with N being the number of keys in the database, under the "
                      "assumption that the key names in the database and the given pattern have "
                      "limited length.",
        .tips = "request_policy:all_shards nondeterministic_output_order",
        .arguments = "pattern:pattern",
    },
    {
        .name = "migrate",
        .summary = "Moves keys to another server.",
        .since = "2.6.0",
        .group = "generic",
        .complexity = "This command actually executes a DUMP+DEL in the source instance, and a "
                      "RESTORE in the target instance. See the pages of these commands for time "
                      "complexity. Also an O(N) data transfer between the two instances is "
                      "performed.",
        .history = "3.0.0 Added the `COPY` and `REPLACE` options.\n"
                   "3.0.6 Added the `KEYS` option.\n"
                   "4.0.7 Added the `AUTH` option.\n"
                   "6.0.0 Added the `AUTH2` option.",
        .tips = "nondeterministic_output",
        .key_specs = "RW access delete: index 3, range 0 1 0; RW access delete incomplete: "
                     "keyword KEYS -2, range -1 1 0",
        .arguments = "host port:integer key-selector(key#0 | empty-string:'') "
                     "destination-db:integer timeout:integer [COPY@3.0.0] [REPLACE@3.0.0] "
                     "[authentication(AUTH=auth@4.0.7~password | "
                     "AUTH2=auth2{username password}@6.0.0)] [KEYS=keys+#1@3.0.6~key]",
    },
    {
        .name = "move",
        .summary = "Puts a key into another database and takes it out of this one.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 db:integer",
    },
    {
        .name = "object",
        .summary = "Groups the commands that look inside a value.",
        .since = "2.2.3",
        .group = "generic",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "object|encoding",
        .summary = "Names the internal encoding of a value.",
        .since = "2.2.3",
        .group = "generic",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
        .key_specs = "RO: index 2, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "object|freq",
        .summary = "Returns the access frequency of a key.",
        .since = "4.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
        .key_specs = "RO: index 2, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "object|help",
        .summary = "Describes the subcommands of OBJECT.",
        .since = "6.2.0",
        .group = "generic",
        .complexity = "O(1)",
    },
    {
        .name = "object|idletime",
        .summary = "Returns the seconds since a key was last accessed.",
        .since = "2.2.3",
        .group = "generic",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
        .key_specs = "RO: index 2, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "object|refcount",
        .summary = "Returns the reference count of a value.",
        .since = "2.2.3",
        .group = "generic",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
        .key_specs = "RO: index 2, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "persist",
        .summary = "Takes the expiry off a key.",
        .since = "2.2.0",
        .group = "generic",
        .complexity = "O(1)",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "pexpire",
        .summary = "Lets a key expire after milliseconds.",
        .since = "2.6.0",
        .group = "generic",
        .complexity = "O(1)",
        .history = "7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 milliseconds:integer [condition(NX | XX | GT | LT)@7.0.0]",
    },
    {
        .name = "pexpireat",
        .summary = "Lets a key expire at a Unix time in milliseconds.",
        .since = "2.6.0",
        .group = "generic",
        .complexity = "O(1)",
        .history = "7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 unix-time-milliseconds:unix-time [condition(NX | XX | GT | LT)@7.0.0]",
    },
    {
        .name = "pexpiretime",
        .summary = "Returns the Unix time, in milliseconds, at which a key expires.",
        .since = "7.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "pttl",
        .summary = "Returns the milliseconds that a key has left.",
        .since = "2.6.0",
        .group = "generic",
        .complexity = "O(1)",
        .history = "2.8.0 Added the -2 reply.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "randomkey",
        .summary = "Returns the name of some key.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .tips = "request_policy:all_shards response_policy:special nondeterministic_output",
    },
    {
        .name = "rename",
        .summary = "Gives a key another name, replacing what was there.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .key_specs = "RW access delete: index 1, range 0 1 0; OW update: index 2, range 0 1 0",
        .arguments = "key#0 newkey#1",
    },
    {
        .name = "renamenx",
        .summary = "Gives a key another name that is not taken.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .history = "3.2.0 The command no longer returns an error when source and destination "
                   "names are the same.",
        .key_specs = "RW access delete: index 1, range 0 1 0; OW insert: index 2, range 0 1 0",
        .arguments = "key#0 newkey#1",
    },
    {
        .name = "restore",
        .summary = "Creates a key from a serialised value.",
        .since = "2.6.0",
        .group = "generic",
        .complexity = "O(1) to create the new key and additional O(N*M) to reconstruct the "
                      "serialized value, where N is the number of Redis objects composing the "
                      "value and M their average size. For small string values the time "
                      "complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However "
                      "for sorted set values the complexity is O(N*M*log(N)) because inserting "
                      "values into sorted sets is O(log(N)).",
        .history = "3.0.0 Added the `REPLACE` modifier.\n"
                   "5.0.0 Added the `ABSTTL` modifier.\n"
                   "5.0.0 Added the `IDLETIME` and `FREQ` options.",
        .key_specs = "OW update: index 1, range 0 1 0",
        .arguments = "key#0 ttl:integer serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0] "
                     "[IDLETIME=seconds:integer@5.0.0] [FREQ=frequency:integer@5.0.0]",
    },
    {
        .name = "scan",
        .summary = "Iterates over the key names of the database.",
        .since = "2.8.0",
        .group = "generic",
        .complexity = "O(1) for every call. O(N) for a complete iteration, including enough "
                      "command calls for the cursor to return back to 0. N is the number of "
                      "elements inside the collection.",
        .history = "6.0.0 Added the `TYPE` subcommand.",
        .tips = "nondeterministic_output request_policy:special response_policy:special",
        .arguments = "cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer] "
                     "[TYPE=type@6.0.0]",
    },
    {
        .name = "sort",
        .summary = "Sorts a list, set or sorted set; may store the result.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(N+M*log(M)) where N is the number of elements in the list or set to "
                      "sort, and M the number of returned elements. When the elements are not "
                      "sorted, complexity is O(N).",
        .key_specs = "RO access: index 1, range 0 1 0; RO access: unknown, unknown -- BY and "
                     "GET: the names derive from the elements, so they are not known in "
                     "advance; OW update: unknown, unknown -- STORE: it may stand anywhere, so "
                     "its place is not known in advance",
        .arguments = "key#0 [BY=by-pattern:pattern#1~pattern] "
                     "[LIMIT=limit{offset:integer count:integer}] "
                     "[GET=get-pattern:pattern++#1~pattern] [order(ASC | DESC)] [sorting:ALPHA] "
                     "[STORE=destination#2]",
    },
    {
        .name = "sort_ro",
        .summary = "Sorts a list, set or sorted set without storing.",
        .since = "7.0.0",
        .group = "generic",
        .complexity = "O(N+M*log(M)) where N is the number of elements in the list or set to "
                      "sort, and M the number of returned elements. When the elements are not "
                      "sorted, complexity is O(N).",
        .key_specs = "RO access: index 1, range 0 1 0; RO access: unknown, unknown -- BY and "
                     "GET: the names derive from the elements, so they are not known in advance",
        .arguments = "key#0 [BY=by-pattern:pattern#1~pattern] "
                     "[LIMIT=limit{offset:integer count:integer}] "
                     "[GET=get-pattern:pattern++#1~pattern] [order(ASC | DESC)] [sorting:ALPHA]",
    },
    {
        .name = "touch",
        .summary = "Marks keys as just accessed and counts those that exist.",
        .since = "3.2.1",
        .group = "generic",
        .complexity = "O(N) where N is the number of keys that will be touched.",
        .tips = "request_policy:multi_shard response_policy:agg_sum",
        .key_specs = "RO: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "ttl",
        .summary = "Returns the seconds that a key has left.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .history = "2.8.0 Added the -2 reply.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "type",
        .summary = "Names the type of a value.",
        .since = "1.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "unlink",
        .summary = "Deletes keys and frees their memory later.",
        .since = "4.0.0",
        .group = "generic",
        .complexity = "O(1) for each key removed regardless of its size. Then the command does "
                      "O(N) work in a different thread in order to reclaim memory, where N is "
                      "the number of allocations the deleted objects where composed of.",
        .tips = "request_policy:multi_shard response_policy:agg_sum",
        .key_specs = "RM delete: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "wait",
        .summary = "Waits until replicas have received this connection's writes.",
        .since = "3.0.0",
        .group = "generic",
        .complexity = "O(1)",
        .tips = "request_policy:all_shards response_policy:agg_min",
        .arguments = "numreplicas:integer timeout:integer",
    },
    {
        .name = "waitaof",
        .summary = "Waits until this connection's writes are on disk here and on replicas.",
        .since = "7.2.0",
        .group = "generic",
        .complexity = "O(1)",
        .tips = "request_policy:all_shards response_policy:agg_min",
        .arguments = "numlocal:integer numreplicas:integer timeout:integer",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kGeneric = kRows;

}  // namespace sorrel::exec::docs
