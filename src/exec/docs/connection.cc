// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "connection". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "auth",
        .summary = "Logs the connection in.",
        .since = "1.0.0",
        .group = "connection",
        .complexity = "O(N) where N is the number of passwords defined for the user",
        .history = "6.0.0 Added ACL style (username and password).",
        .arguments = "[username@6.0.0] password",
    },
    {
        .name = "client",
        .summary = "Groups the commands for connections.",
        .since = "2.4.0",
        .group = "connection",
        .complexity = "Depends on subcommand.",
    },
    {
        .name = "client|caching",
        .summary = "Tells whether the next command's keys are tracked.",
        .since = "6.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "mode(YES | NO)",
    },
    {
        .name = "client|capa",
        .summary = "Declares what this client is able to do.",
        .since = "8.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "capability+",
    },
    {
        .name = "client|getname",
        .summary = "Returns the name of this connection.",
        .since = "2.6.9",
        .group = "connection",
        .complexity = "O(1)",
    },
    {
        .name = "client|getredir",
        .summary = "Returns where invalidation messages are redirected.",
        .since = "6.0.0",
        .group = "connection",
        .complexity = "O(1)",
    },
    {
        .name = "client|help",
        .summary = "Describes the subcommands of CLIENT.",
        .since = "5.0.0",
        .group = "connection",
        .complexity = "O(1)",
    },
    {
        .name = "client|id",
        .summary = "Returns the identifier of this connection.",
        .since = "5.0.0",
        .group = "connection",
        .complexity = "O(1)",
    },
    {
        .name = "client|import-source",
        .summary = "Marks this connection as the source of an import.",
        .since = "8.1.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "enabled(ON | OFF)",
    },
    {
        .name = "client|info",
        .summary = "Describes this connection.",
        .since = "6.2.0",
        .group = "connection",
        .complexity = "O(1)",
        .tips = "nondeterministic_output",
    },
    {
        .name = "client|kill",
        .summary = "Closes connections that match the filters.",
        .since = "2.4.0",
        .group = "connection",
        .complexity = "O(N) where N is the number of client connections",
        .history = "2.8.12 Added new filter format.\n"
                   "2.8.12 `ID` option.\n"
                   "3.2.0 Added `master` type in for `TYPE` option.\n"
                   "5.0.0 Replaced `slave` `TYPE` with `replica`. `slave` still supported for "
                   "backward compatibility.\n"
                   "6.2.0 `LADDR` option.\n"
                   "7.4.0 `MAXAGE` option.",
        .arguments = "filter(old-format!2.8.12~ip:port | "
                     "new-format([ID=client-id:integer@2.8.12] | [TYPE=client-type(NORMAL | "
                     "MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB)@2.8.12] | [USER=username] "
                     "| [ADDR=addr~ip:port] | [LADDR=laddr@6.2.0~ip:port] | [SKIPME=skipme(YES "
                     "| NO)] | [MAXAGE=maxage:integer@7.4.0])+)",
    },
    {
        .name = "client|list",
        .summary = "Describes the open connections.",
        .since = "2.4.0",
        .group = "connection",
        .complexity = "O(N) where N is the number of client connections",
        .history = "2.8.12 Added unique client `id` field.\n"
                   "5.0.0 Added optional `TYPE` filter.\n"
                   "6.0.0 Added `user` field.\n"
                   "6.2.0 Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the "
                   "optional `ID` filter.\n"
                   "7.0.0 Added `resp`, `multi-mem`, `rbs` and `rbp` fields.\n"
                   "7.0.3 Added `ssub` field.\n"
                   "7.2.0 Added `lib-name` and `lib-ver` fields.\n"
                   "7.4.0 Added `watch` field.\n"
                   "8.0.0 Added `io-thread` field.",
        .tips = "nondeterministic_output",
        .arguments = "[TYPE=client-type(NORMAL | MASTER | REPLICA | PUBSUB)@5.0.0] "
                     "[ID=client-id:integer+@6.2.0]",
    },
    {
        .name = "client|no-evict",
        .summary = "Exempts this connection from client eviction.",
        .since = "7.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "enabled(ON | OFF)",
    },
    {
        .name = "client|no-touch",
        .summary = "Keeps this connection's reads from updating access times.",
        .since = "7.2.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "enabled(ON | OFF)",
    },
    {
        .name = "client|pause",
        .summary = "Holds back commands of all clients for a while.",
        .since = "3.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .history = "6.2.0 `CLIENT PAUSE WRITE` mode added along with the `mode` option.",
        .arguments = "timeout:integer [mode(WRITE | ALL)@6.2.0]",
    },
    {
        .name = "client|reply",
        .summary = "Chooses which commands get a reply.",
        .since = "3.2.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "action(ON | OFF | SKIP)",
    },
    {
        .name = "client|setinfo",
        .summary = "Records the name or version of the client library.",
        .since = "7.2.0",
        .group = "connection",
        .complexity = "O(1)",
        .tips = "request_policy:all_nodes response_policy:all_succeeded",
        .arguments = "attr(LIB-NAME=libname | LIB-VER=libver)",
    },
    {
        .name = "client|setname",
        .summary = "Gives this connection a name.",
        .since = "2.6.9",
        .group = "connection",
        .complexity = "O(1)",
        .tips = "request_policy:all_nodes response_policy:all_succeeded",
        .arguments = "connection-name",
    },
    {
        .name = "client|tracking",
        .summary = "Turns invalidation messages for client-side caching on or off.",
        .since = "6.0.0",
        .group = "connection",
        .complexity = "O(1). Some options may introduce additional complexity.",
        .arguments = "status(ON | OFF) [REDIRECT=client-id:integer] [PREFIX=prefix++] [BCAST] "
                     "[OPTIN] [OPTOUT] [NOLOOP]",
    },
    {
        .name = "client|trackinginfo",
        .summary = "Reports this connection's tracking state.",
        .since = "6.2.0",
        .group = "connection",
        .complexity = "O(1)",
    },
    {
        .name = "client|unblock",
        .summary = "Wakes another client from a blocking command.",
        .since = "5.0.0",
        .group = "connection",
        .complexity = "O(log N) where N is the number of client connections",
        .arguments = "client-id:integer [unblock-type(TIMEOUT | ERROR)]",
    },
    {
        .name = "client|unpause",
        .summary = "Lets paused clients go on.",
        .since = "6.2.0",
        .group = "connection",
        .complexity = "O(N) Where N is the number of paused clients",
    },
    {
        .name = "echo",
        .summary = "Returns its argument.",
        .since = "1.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "message",
    },
    {
        .name = "hello",
        .summary = "Chooses the protocol version and may log in.",
        .since = "6.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .history = "6.2.0 `protover` made optional; when called without arguments the command "
                   "reports the current connection's context.",
        .arguments = "[arguments{protover:integer [AUTH=auth{username password}] "
                     "[SETNAME=clientname]}]",
    },
    {
        .name = "ping",
        .summary = "Answers, to show that the server is there.",
        .since = "1.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .tips = "request_policy:all_shards response_policy:all_succeeded",
        .arguments = "[message]",
    },
    {
        .name = "quit",
        .summary = "Says goodbye: the server answers and hangs up.",
        .since = "1.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .deprecated_since = "7.2.0",
        .replaced_by = "just closing the connection",
        .doc_flags = "deprecated",
    },
    {
        .name = "reset",
        .summary = "Brings the connection back to its first state.",
        .since = "6.2.0",
        .group = "connection",
        .complexity = "O(1)",
    },
    {
        .name = "select",
        .summary = "Switches to another database.",
        .since = "1.0.0",
        .group = "connection",
        .complexity = "O(1)",
        .arguments = "index:integer",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kConnection = kRows;

}  // namespace sorrel::exec::docs
