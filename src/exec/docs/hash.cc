// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "hash". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "hdel",
        .summary = "Deletes fields of a hash.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of fields to be removed.",
        .history = "2.4.0 Accepts multiple `field` arguments.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 field+",
    },
    {
        .name = "hexists",
        .summary = "Tells whether a hash has a field.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0 field",
    },
    {
        .name = "hexpire",
        .summary = "Lets fields of a hash expire after seconds.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 seconds:integer [condition(NX | XX | GT | LT)] "
                     "FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hexpireat",
        .summary = "Lets fields of a hash expire at a Unix time in seconds.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 unix-time-seconds:unix-time [condition(NX | XX | GT | LT)] "
                     "FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hexpiretime",
        .summary = "Returns the Unix times, in seconds, at which fields expire.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hget",
        .summary = "Returns the value of a field.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(1)",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 field",
    },
    {
        .name = "hgetall",
        .summary = "Returns all fields and values of a hash.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the size of the hash.",
        .tips = "nondeterministic_output_order",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "hgetdel",
        .summary = "Returns the values of fields and deletes the fields.",
        .since = "8.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RW access delete: index 1, range 0 1 0",
        .arguments = "key#0 FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hgetex",
        .summary = "Returns the values of fields and may change their expiry.",
        .since = "8.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RW access update: index 1, range 0 1 0 -- RW and UPDATE because the "
                     "expiry may change",
        .arguments = "key#0 [expiration(EX=seconds:integer | PX=milliseconds:integer | "
                     "EXAT=unix-time-seconds:unix-time | "
                     "PXAT=unix-time-milliseconds:unix-time | PERSIST)] "
                     "FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hincrby",
        .summary = "Adds a number to the integer in a field.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 field increment:integer",
    },
    {
        .name = "hincrbyfloat",
        .summary = "Adds a floating-point number to the number in a field.",
        .since = "2.6.0",
        .group = "hash",
        .complexity = "O(1)",
        .key_specs = "RW access update: index 1, range 0 1 0",
        .arguments = "key#0 field increment:double",
    },
    {
        .name = "hkeys",
        .summary = "Returns the field names of a hash.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the size of the hash.",
        .tips = "nondeterministic_output_order",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "hlen",
        .summary = "Counts the fields of a hash.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "hmget",
        .summary = "Returns the values of several fields.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of fields being requested.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 field+",
    },
    {
        .name = "hmset",
        .summary = "Sets several fields; older form of HSET.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of fields being set.",
        .deprecated_since = "4.0.0",
        .replaced_by = "`HSET` with multiple field-value pairs",
        .doc_flags = "deprecated",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 data{field value}+",
    },
    {
        .name = "hpersist",
        .summary = "Takes the expiry off fields of a hash.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hpexpire",
        .summary = "Lets fields of a hash expire after milliseconds.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 milliseconds:integer [condition(NX | XX | GT | LT)] "
                     "FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hpexpireat",
        .summary = "Lets fields of a hash expire at a Unix time in milliseconds.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 unix-time-milliseconds:unix-time [condition(NX | XX | GT | LT)] "
                     "FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hpexpiretime",
        .summary = "Returns the Unix times, in milliseconds, at which fields expire.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hpttl",
        .summary = "Returns the milliseconds that fields have left.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hrandfield",
        .summary = "Returns random fields of a hash.",
        .since = "6.2.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of fields returned",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 [options{count:integer [WITHVALUES]}]",
    },
    {
        .name = "hscan",
        .summary = "Iterates over the fields of a hash.",
        .since = "2.8.0",
        .group = "hash",
        .complexity = "O(1) for every call. O(N) for a complete iteration, including enough "
                      "command calls for the cursor to return back to 0. N is the number of "
                      "elements inside the collection.",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer] "
                     "[NOVALUES]",
    },
    {
        .name = "hset",
        .summary = "Sets fields of a hash.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(1) for each field/value pair added, so O(N) to add N field/value pairs "
                      "when the command is called with multiple field/value pairs.",
        .history = "4.0.0 Accepts multiple `field` and `value` arguments.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 data{field value}+",
    },
    {
        .name = "hsetex",
        .summary = "Sets fields of a hash with an expiry, on a condition if wanted.",
        .since = "8.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of fields being set.",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 [condition(FNX | FXX)] [expiration(EX=seconds:integer | "
                     "PX=milliseconds:integer | EXAT=unix-time-seconds:unix-time | "
                     "PXAT=unix-time-milliseconds:unix-time | KEEPTTL)] "
                     "FIELDS=fields{numfields:integer data{field value}+}",
    },
    {
        .name = "hsetnx",
        .summary = "Sets a field that does not exist yet.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(1)",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 field value",
    },
    {
        .name = "hstrlen",
        .summary = "Returns the length of a field's value.",
        .since = "3.2.0",
        .group = "hash",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0 field",
    },
    {
        .name = "httl",
        .summary = "Returns the seconds that fields have left.",
        .since = "7.4.0",
        .group = "hash",
        .complexity = "O(N) where N is the number of specified fields",
        .tips = "nondeterministic_output",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 FIELDS=fields{numfields:integer field+}",
    },
    {
        .name = "hvals",
        .summary = "Returns all values of a hash.",
        .since = "2.0.0",
        .group = "hash",
        .complexity = "O(N) where N is the size of the hash.",
        .tips = "nondeterministic_output_order",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kHash = kRows;

}  // namespace sorrel::exec::docs
