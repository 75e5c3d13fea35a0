// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "scripting". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "eval",
        .summary = "Runs a Lua script.",
        .since = "2.6.0",
        .group = "scripting",
        .complexity = "Depends on the script that is executed.",
        .key_specs = "RW access update: index 2, keynum 0 1 1 -- a script may do anything with "
                     "its keys, so they count as read and updated",
        .arguments = "script numkeys:integer [key+#0] [arg+]",
    },
    {
        .name = "eval_ro",
        .summary = "Runs a Lua script that only reads.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "Depends on the script that is executed.",
        .key_specs = "RO access: index 2, keynum 0 1 1 -- a script may read any of its keys",
        .arguments = "script numkeys:integer [key+#0] [arg+]",
    },
    {
        .name = "evalsha",
        .summary = "Runs a cached Lua script by its digest.",
        .since = "2.6.0",
        .group = "scripting",
        .complexity = "Depends on the script that is executed.",
        .key_specs = "RW access update: index 2, keynum 0 1 1",
        .arguments = "sha1 numkeys:integer [key+#0] [arg+]",
    },
    {
        .name = "evalsha_ro",
        .summary = "Runs a cached Lua script that only reads, by its digest.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "Depends on the script that is executed.",
        .key_specs = "RO access: index 2, keynum 0 1 1",
        .arguments = "sha1 numkeys:integer [key+#0] [arg+]",
    },
    {
        .name = "fcall",
        .summary = "Calls a function of a loaded library.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "Depends on the function that is executed.",
        .key_specs = "RW access update: index 2, keynum 0 1 1 -- a function may do anything "
                     "with its keys, so they count as read and updated",
        .arguments = "function numkeys:integer [key+#0] [arg+]",
    },
    {
        .name = "fcall_ro",
        .summary = "Calls a function that only reads.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "Depends on the function that is executed.",
        .key_specs = "RO access: index 2, keynum 0 1 1 -- a function may read any of its keys",
        .arguments = "function numkeys:integer [key+#0] [arg+]",
    },
    {
        .name = "function",
        .summary = "Groups the commands for function libraries.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "function|delete",
        .summary = "Unloads a library with all its functions.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(1)",
        .tips = "request_policy:all_shards response_policy:all_succeeded",
        .arguments = "library-name",
    },
    {
        .name = "function|dump",
        .summary = "Returns all libraries in serialised form.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(N) where N is the number of functions",
    },
    {
        .name = "function|flush",
        .summary = "Deletes all libraries.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(N) where N is the number of functions deleted",
        .tips = "request_policy:all_shards response_policy:all_succeeded",
        .arguments = "[flush-type(ASYNC | SYNC)]",
    },
    {
        .name = "function|help",
        .summary = "Describes the subcommands of FUNCTION.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(1)",
    },
    {
        .name = "function|kill",
        .summary = "Stops a running function that has written nothing.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(1)",
        .tips = "request_policy:all_shards response_policy:one_succeeded",
    },
    {
        .name = "function|list",
        .summary = "Lists libraries and their functions.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(N) where N is the number of functions",
        .tips = "nondeterministic_output_order",
        .arguments = "[LIBRARYNAME=library-name-pattern] [WITHCODE]",
    },
    {
        .name = "function|load",
        .summary = "Loads a library from source.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(1) (considering compilation time is redundant)",
        .tips = "request_policy:all_shards response_policy:all_succeeded",
        .arguments = "[REPLACE] function-code",
    },
    {
        .name = "function|restore",
        .summary = "Loads libraries from their serialised form.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(N) where N is the number of functions on the payload",
        .tips = "request_policy:all_shards response_policy:all_succeeded",
        .arguments = "serialized-value [policy(FLUSH | APPEND | REPLACE)]",
    },
    {
        .name = "function|stats",
        .summary = "Reports the running function and the engines.",
        .since = "7.0.0",
        .group = "scripting",
        .complexity = "O(1)",
        .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
    },
    {
        .name = "script",
        .summary = "Groups the commands for the script cache.",
        .since = "2.6.0",
        .group = "scripting",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "script|debug",
        .summary = "Sets the debugging mode of scripts.",
        .since = "3.2.0",
        .group = "scripting",
        .complexity = "O(1)",
        .arguments = "mode(YES | SYNC | NO)",
    },
    {
        .name = "script|exists",
        .summary = "Tells which digests are in the script cache.",
        .since = "2.6.0",
        .group = "scripting",
        .complexity = "O(N) with N being the number of scripts to check (so checking a single "
                      "script is an O(1) operation).",
        .tips = "request_policy:all_shards response_policy:agg_logical_and",
        .arguments = "sha1+",
    },
    {
        .name = "script|flush",
        .summary = "Empties the script cache.",
        .since = "2.6.0",
        .group = "scripting",
        .complexity = "O(N) with N being the number of scripts in cache",
        .history = "6.2.0 Added the `ASYNC` and `SYNC` flushing mode modifiers.",
        .tips = "request_policy:all_nodes response_policy:all_succeeded",
        .arguments = "[flush-type(ASYNC | SYNC)@6.2.0]",
    },
    {
        .name = "script|help",
        .summary = "Describes the subcommands of SCRIPT.",
        .since = "5.0.0",
        .group = "scripting",
        .complexity = "O(1)",
    },
    {
        .name = "script|kill",
        .summary = "Stops a running script that has written nothing.",
        .since = "2.6.0",
        .group = "scripting",
        .complexity = "O(1)",
        .tips = "request_policy:all_shards response_policy:one_succeeded",
    },
    {
        .name = "script|load",
        .summary = "Puts a script into the cache without running it.",
        .since = "2.6.0",
        .group = "scripting",
        .complexity = "O(N) with N being the length in bytes of the script body.",
        .tips = "request_policy:all_nodes response_policy:all_succeeded",
        .arguments = "script",
    },
    {
        .name = "script|show",
        .summary = "Returns the source of a cached script.",
        .since = "8.0.0",
        .group = "scripting",
        .complexity = "O(1).",
        .arguments = "sha1",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kScripting = kRows;

}  // namespace sorrel::exec::docs
