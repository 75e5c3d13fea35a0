// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "bitmap". Versions, complexities, key specifications and arguments are what Redis 8.0
// reports (for commands that only Valkey has, what Valkey 9.1 reports); the summaries and the notes
// are ours. BITCOUNT follows Valkey 9.1, and BITOP has the operations of Redis 8.2, too. The
// languages of the fields are described in sorrel/exec/command_doc.h; the contract test compares
// every row with tests/conformance/contract/commands.json.
//
// Invariant: sorted by name. Threads: constants.
#include "tables.h"

namespace sorrel::exec::docs {
namespace {

constexpr CommandDoc kRows[] = {
    {
        .name = "bitcount",
        .summary = "Counts the bits that are set in a string.",
        .since = "2.6.0",
        .group = "bitmap",
        .complexity = "O(N)",
        .history =
            "7.0.0 Added the `BYTE|BIT` option.\n"
            "8.0.0 `end` made optional; when called without argument the command reports the last "
            "BYTE.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 [range{start:integer "
                     "[end-unit-block{end:integer [unit(BYTE | BIT)@7.0.0]}]}]",
    },
    {
        .name = "bitfield",
        .summary = "Reads and changes integers packed in a string.",
        .since = "3.2.0",
        .group = "bitmap",
        .complexity = "O(1) for each subcommand specified",
        .key_specs = "RW access update variable_flags: index 1, range 0 1 0 -- RW and ACCESS "
                     "because subcommands read and write",
        .arguments = "key#0 [operation(GET=get-block{encoding offset:integer} | "
                     "write{[OVERFLOW=overflow-block(WRAP | SAT | FAIL)] "
                     "write-operation(SET=set-block{encoding offset:integer value:integer} | "
                     "INCRBY=incrby-block{encoding offset:integer increment:integer})})+]",
    },
    {
        .name = "bitfield_ro",
        .summary = "Reads integers packed in a string.",
        .since = "6.0.0",
        .group = "bitmap",
        .complexity = "O(1) for each subcommand specified",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 [GET=get-block{encoding offset:integer}++]",
    },
    {
        .name = "bitop",
        .summary = "Combines strings bit by bit and stores the result.",
        .since = "2.6.0",
        .group = "bitmap",
        .complexity = "O(N)",
        .key_specs = "OW update: index 2, range 0 1 0; RO access: index 3, range -1 1 0",
        .arguments =
            "operation(AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE) destkey#0 key+#1",
    },
    {
        .name = "bitpos",
        .summary = "Finds the first bit that is set or clear.",
        .since = "2.8.7",
        .group = "bitmap",
        .complexity = "O(N)",
        .history = "7.0.0 Added the `BYTE|BIT` option.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 bit:integer [range{start:integer "
                     "[end-unit-block{end:integer [unit(BYTE | BIT)@7.0.0]}]}]",
    },
    {
        .name = "getbit",
        .summary = "Returns the bit at an offset.",
        .since = "2.2.0",
        .group = "bitmap",
        .complexity = "O(1)",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 offset:integer",
    },
    {
        .name = "setbit",
        .summary = "Sets or clears the bit at an offset.",
        .since = "2.2.0",
        .group = "bitmap",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 offset:integer value:integer",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kBitmap = kRows;

}  // namespace sorrel::exec::docs
