// SPDX-License-Identifier: BSD-3-Clause
//
// A generated table of facts, maintained by hand since: the documentation of the commands of the
// group "list". Versions, complexities, key specifications and arguments are what Redis 8.0
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
        .name = "blmove",
        .summary = "Moves an element between lists, waiting for one if needed.",
        .since = "6.2.0",
        .group = "list",
        .complexity = "O(1)",
        .key_specs = "RW access delete: index 1, range 0 1 0; RW insert: index 2, range 0 1 0",
        .arguments = "source#0 destination#1 wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT) "
                     "timeout:double",
    },
    {
        .name = "blmpop",
        .summary = "Pops elements from the first list that has any, waiting if needed.",
        .since = "7.0.0",
        .group = "list",
        .complexity = "O(N+M) where N is the number of provided keys and M is the number of "
                      "elements returned.",
        .key_specs = "RW access delete: index 2, keynum 0 1 1",
        .arguments = "timeout:double numkeys:integer key+#0 where(LEFT | RIGHT) "
                     "[COUNT=count:integer]",
    },
    {
        .name = "blpop",
        .summary = "Pops the first element of one of several lists, waiting if needed.",
        .since = "2.0.0",
        .group = "list",
        .complexity = "O(N) where N is the number of provided keys.",
        .history = "6.0.0 `timeout` is interpreted as a double instead of an integer.",
        .key_specs = "RW access delete: index 1, range -2 1 0",
        .arguments = "key+#0 timeout:double",
    },
    {
        .name = "brpop",
        .summary = "Pops the last element of one of several lists, waiting if needed.",
        .since = "2.0.0",
        .group = "list",
        .complexity = "O(N) where N is the number of provided keys.",
        .history = "6.0.0 `timeout` is interpreted as a double instead of an integer.",
        .key_specs = "RW access delete: index 1, range -2 1 0",
        .arguments = "key+#0 timeout:double",
    },
    {
        .name = "brpoplpush",
        .summary = "Moves the last element of a list to the head of another, waiting if needed.",
        .since = "2.2.0",
        .group = "list",
        .complexity = "O(1)",
        .deprecated_since = "6.2.0",
        .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
        .doc_flags = "deprecated",
        .history = "6.0.0 `timeout` is interpreted as a double instead of an integer.",
        .key_specs = "RW access delete: index 1, range 0 1 0; RW insert: index 2, range 0 1 0",
        .arguments = "source#0 destination#1 timeout:double",
    },
    {
        .name = "lindex",
        .summary = "Returns the element at an index of a list.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(N) where N is the number of elements to traverse to get to the element "
                      "at index. This makes asking for the first or the last element of the "
                      "list O(1).",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 index:integer",
    },
    {
        .name = "linsert",
        .summary = "Inserts an element beside another one of a list.",
        .since = "2.2.0",
        .group = "list",
        .complexity = "O(N) where N is the number of elements to traverse before seeing the "
                      "value pivot. This means that inserting somewhere on the left end on the "
                      "list (head) can be considered O(1) and inserting somewhere on the right "
                      "end (tail) is O(N).",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 where(BEFORE | AFTER) pivot element",
    },
    {
        .name = "llen",
        .summary = "Counts the elements of a list.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(1)",
        .key_specs = "RO: index 1, range 0 1 0",
        .arguments = "key#0",
    },
    {
        .name = "lmove",
        .summary = "Moves an element from one end of a list to an end of another.",
        .since = "6.2.0",
        .group = "list",
        .complexity = "O(1)",
        .key_specs = "RW access delete: index 1, range 0 1 0; RW insert: index 2, range 0 1 0",
        .arguments = "source#0 destination#1 wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT)",
    },
    {
        .name = "lmpop",
        .summary = "Pops elements from the first of several lists that has any.",
        .since = "7.0.0",
        .group = "list",
        .complexity = "O(N+M) where N is the number of provided keys and M is the number of "
                      "elements returned.",
        .key_specs = "RW access delete: index 1, keynum 0 1 1",
        .arguments = "numkeys:integer key+#0 where(LEFT | RIGHT) [COUNT=count:integer]",
    },
    {
        .name = "lpop",
        .summary = "Pops elements from the head of a list.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(N) where N is the number of elements returned",
        .history = "6.2.0 Added the `count` argument.",
        .key_specs = "RW access delete: index 1, range 0 1 0",
        .arguments = "key#0 [count:integer@6.2.0]",
    },
    {
        .name = "lpos",
        .summary = "Finds the positions of an element in a list.",
        .since = "6.0.6",
        .group = "list",
        .complexity = "O(N) where N is the number of elements in the list, for the average "
                      "case. When searching for elements near the head or the tail of the list, "
                      "or when the MAXLEN option is provided, the command may run in constant "
                      "time.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 element [RANK=rank:integer] [COUNT=num-matches:integer] "
                     "[MAXLEN=len:integer]",
    },
    {
        .name = "lpush",
        .summary = "Adds elements at the head of a list, creating it if needed.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(1) for each element added, so O(N) to add N elements when the command "
                      "is called with multiple arguments.",
        .history = "2.4.0 Accepts multiple `element` arguments.",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 element+",
    },
    {
        .name = "lpushx",
        .summary = "Adds elements at the head of a list that exists.",
        .since = "2.2.0",
        .group = "list",
        .complexity = "O(1) for each element added, so O(N) to add N elements when the command "
                      "is called with multiple arguments.",
        .history = "4.0.0 Accepts multiple `element` arguments.",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 element+",
    },
    {
        .name = "lrange",
        .summary = "Returns the elements of a list between two indexes.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(S+N) where S is the distance of start offset from HEAD for small "
                      "lists, from nearest end (HEAD or TAIL) for large lists; and N is the "
                      "number of elements in the specified range.",
        .key_specs = "RO access: index 1, range 0 1 0",
        .arguments = "key#0 start:integer stop:integer",
    },
    {
        .name = "lrem",
        .summary = "Removes elements that equal a value from a list.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(N+M) where N is the length of the list and M is the number of elements "
                      "removed.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 count:integer element",
    },
    {
        .name = "lset",
        .summary = "Replaces the element at an index of a list.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(N) where N is the length of the list. Setting either the first or the "
                      "last element of the list is O(1).",
        .key_specs = "RW update: index 1, range 0 1 0",
        .arguments = "key#0 index:integer element",
    },
    {
        .name = "ltrim",
        .summary = "Keeps only the elements between two indexes of a list.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(N) where N is the number of elements to be removed by the operation.",
        .key_specs = "RW delete: index 1, range 0 1 0",
        .arguments = "key#0 start:integer stop:integer",
    },
    {
        .name = "rpop",
        .summary = "Pops elements from the tail of a list.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(N) where N is the number of elements returned",
        .history = "6.2.0 Added the `count` argument.",
        .key_specs = "RW access delete: index 1, range 0 1 0",
        .arguments = "key#0 [count:integer@6.2.0]",
    },
    {
        .name = "rpoplpush",
        .summary = "Moves the last element of a list to the head of another.",
        .since = "1.2.0",
        .group = "list",
        .complexity = "O(1)",
        .deprecated_since = "6.2.0",
        .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments",
        .doc_flags = "deprecated",
        .key_specs = "RW access delete: index 1, range 0 1 0; RW insert: index 2, range 0 1 0",
        .arguments = "source#0 destination#1",
    },
    {
        .name = "rpush",
        .summary = "Adds elements at the tail of a list, creating it if needed.",
        .since = "1.0.0",
        .group = "list",
        .complexity = "O(1) for each element added, so O(N) to add N elements when the command "
                      "is called with multiple arguments.",
        .history = "2.4.0 Accepts multiple `element` arguments.",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 element+",
    },
    {
        .name = "rpushx",
        .summary = "Adds elements at the tail of a list that exists.",
        .since = "2.2.0",
        .group = "list",
        .complexity = "O(1) for each element added, so O(N) to add N elements when the command "
                      "is called with multiple arguments.",
        .history = "4.0.0 Accepts multiple `element` arguments.",
        .key_specs = "RW insert: index 1, range 0 1 0",
        .arguments = "key#0 element+",
    },
};
static_assert(is_sorted_by_name(kRows));

}  // namespace

constinit const Table kList = kRows;

}  // namespace sorrel::exec::docs
