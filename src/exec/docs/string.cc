// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "string". Versions, complexities, key specifications and arguments are what Redis 8.0
// reports (for commands that only Valkey has, what Valkey 9.1 reports, and for DELEX what is served
// of Redis 8.4's); the summaries and the notes are ours. The languages of the fields are described
// in sorrel/exec/command_doc.h; the contract test compares the rows of the contract's commands with
// tests/conformance/contract/commands.json.
//
// Invariant: sorted by name. Threads: constants.
#include "tables.h"

namespace sorrel::exec::docs {
namespace {

constexpr CommandDoc kRows[] = {
    {
        .name = "append",
        .summary = "Adds text at the end of a string, creating it if needed.",
        .since = "2.0.0",
        .group = "string",
        .complexity = "O(1). The amortized time complexity is O(1) assuming the appended value "
                      "is small and the already present value is of any size, since the dynamic "
                      "string library used by Redis will double the free space available on "
                      "every reallocation.",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 value",
    },
    {
        .name = "decr",
        .summary = "Subtracts one from an integer.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "decrby",
        .summary = "Subtracts a number from an integer.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 decrement:integer",
    },
    {
        .name = "delex",
        .summary = "Deletes a key, or only if its string equals the given value.",
        .since = "8.4.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RM delete: index 1, range 0 1 0",
        .arguments = "key#0 [IFEQ=ifeq-value]",
    },
    {
        .name = "delifeq",
        .summary = "Deletes a string if it equals the given value.",
        .since = "9.0.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RM delete: index 1, range 0 1 0",
        .arguments = "key#0 value",
    },
    {
        .name = "get",
        .summary = "Returns the string at a key.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "getdel",
        .summary = "Returns the string at a key and deletes the key.",
        .since = "6.2.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RW access delete: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "getex",
        .summary = "Returns the string at a key and may change its expiry.",
        .since = "6.2.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0 -- RW and UPDATE because the "
                     "expiry may change",
        .arguments = "key#0 [expiration(EX=seconds:integer | PX=milliseconds:integer | "
                     "EXAT=unix-time-seconds:unix-time | "
                     "PXAT=unix-time-milliseconds:unix-time | PERSIST)]",
    },
    {
        .name = "getrange",
        .summary = "Returns the part of a string between two offsets.",
        .since = "2.4.0",
        .group = "string",
        .complexity = "O(N) where N is the length of the returned string. The complexity is "
                      "ultimately determined by the returned length, but because creating a "
                      "substring from an existing string is very cheap, it can be considered "
                      "O(1) for small strings.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 start:integer end:integer",
    },
    {
        .name = "getset",
        .summary = "Stores a new string and returns the old one.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .deprecated_since = "6.2.0",
        .replaced_by = "`SET` with the `!GET` argument",
        .doc_flags = "deprecated",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 value",
    },
    {
        .name = "incr",
        .summary = "Adds one to an integer.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "incrby",
        .summary = "Adds a number to an integer.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 increment:integer",
    },
    {
        .name = "incrbyfloat",
        .summary = "Adds a floating-point number to a number.",
        .since = "2.6.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 increment:double",
    },
    {
        .name = "lcs",
        .summary = "Finds the longest common subsequence of two strings.",
        .since = "7.0.0",
        .group = "string",
        .complexity = "O(N*M) where N and M are the lengths of s1 and s2, respectively",
        .key_specs = "RO access: index 1, range 1 1 0",
        .arguments = "key1#0 key2#0 [LEN] [IDX] [MINMATCHLEN=min-match-len:integer] [WITHMATCHLEN]",
    },
    {
        .name = "mget",
        .summary = "Returns the strings at several keys.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(N) where N is the number of keys to retrieve.",
        .tips = "request_policy:multi_shard",
        .key_specs = "RO access: index 1, range -1 1 0",
        .arguments = "key+#0",
    },
    {
        .name = "mset",
        .summary = "Stores several strings at once.",
        .since = "1.0.1",
        .group = "string",
        .complexity = "O(N) where N is the number of keys to set.",
        .tips = "request_policy:multi_shard response_policy:all_succeeded",
        .key_specs = "OW update: index 1, range -1 2 0",
        .arguments = "data{key#0 value}+",
    },
    {
        .name = "msetex",
        .summary = "Stores several strings with a common expiry.",
        .since = "9.1.0",
        .group = "string",
        .complexity = "O(N) where N is the number of keys to set.",
        .tips = "request_policy:multi_shard response_policy:all_succeeded",
        .key_specs = "OW update: index 1, keynum 0 1 2",
        .arguments = "numkeys:integer data{key#0 value}+ [condition(NX | XX)] "
                     "[expiration(EX=seconds:integer | PX=milliseconds:integer | "
                     "EXAT=unix-time-seconds:unix-time | "
                     "PXAT=unix-time-milliseconds:unix-time | KEEPTTL)]",
    },
    {
        .name = "msetnx",
        .summary = "Stores several strings if none of the keys exists.",
        .since = "1.0.1",
        .group = "string",
        .complexity = "O(N) where N is the number of keys to set.",
        .key_specs = "OW insert: index 1, range -1 2 0",
        .arguments = "data{key#0 value}+",
    },
    {
        .name = "psetex",
        .summary = "Stores a string that expires after milliseconds.",
        .since = "2.6.0",
        .group = "string",
        .complexity = "O(1)",
        .deprecated_since = "2.6.12",
        .replaced_by = "`SET` with the `PX` argument",
        .doc_flags = "deprecated",
        .key_specs = "OW update: index 1, range 0 1 0",
        .arguments = "key#0 milliseconds:integer value",
    },
    {
        .name = "set",
        .summary = "Stores a string, on a condition and with an expiry if wanted.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .history = "2.6.12 Added the `EX`, `PX`, `NX` and `XX` options.\n"
                   "6.0.0 Added the `KEEPTTL` option.\n"
                   "6.2.0 Added the `GET`, `EXAT` and `PXAT` option.\n"
                   "7.0.0 Allowed the `NX` and `GET` options to be used together.\n"
                   "8.1.0 Added the `IFEQ` option.",
        .key_specs = "RW access update variable_flags: index 1, range 0 1 0 -- RW and ACCESS "
                     "because `GET` returns the old value",
        .arguments = "key#0 value "
                     "[condition(NX@2.6.12 | XX@2.6.12 | IFEQ=comparison-value@8.1.0)] "
                     "[GET@6.2.0] [expiration(EX=seconds:integer@2.6.12 | "
                     "PX=milliseconds:integer@2.6.12 | EXAT=unix-time-seconds:unix-time@6.2.0 | "
                     "PXAT=unix-time-milliseconds:unix-time@6.2.0 | KEEPTTL@6.0.0)]",
    },
    {
        .name = "setex",
        .summary = "Stores a string that expires after seconds.",
        .since = "2.0.0",
        .group = "string",
        .complexity = "O(1)",
        .deprecated_since = "2.6.12",
        .replaced_by = "`SET` with the `EX` argument",
        .doc_flags = "deprecated",
        .key_specs = "OW update: index 1, range 0 1 0",
        .arguments = "key#0 seconds:integer value",
    },
    {
        .name = "setnx",
        .summary = "Stores a string if the key does not exist.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(1)",
        .deprecated_since = "2.6.12",
        .replaced_by = "`SET` with the `NX` argument",
        .doc_flags = "deprecated",
        .key_specs = "OW insert: index 1, range 0 1 0",
        .arguments = "key#0 value",
    },
    {
        .name = "setrange",
        .summary = "Overwrites part of a string from an offset on.",
        .since = "2.2.0",
        .group = "string",
        .complexity = "O(1), not counting the time taken to copy the new string in place. "
                      "Usually, this string is very small so the amortized complexity is O(1). "
                      "Otherwise, complexity is O(M) with M being the length of the value "
                      "argument.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 offset:integer value",
    },
    {
        .name = "strlen",
        .summary = "Returns the length of a string in bytes.",
        .since = "2.2.0",
        .group = "string",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "substr",
        .summary = "Returns part of a string; older name of GETRANGE.",
        .since = "1.0.0",
        .group = "string",
        .complexity = "O(N) where N is the length of the returned string. The complexity is "
                      "ultimately determined by the returned length, but because creating a "
                      "substring from an existing string is very cheap, it can be considered "
                      "O(1) for small strings.",
        .deprecated_since = "2.0.0",
        .replaced_by = "`GETRANGE`",
        .doc_flags = "deprecated",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 start:integer end:integer",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kString = kRows;

}  // namespace sorrel::exec::docs
