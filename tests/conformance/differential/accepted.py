# SPDX-License-Identifier: BSD-3-Clause
"""Differences that are known and meant, in one table: nothing else may ever differ.

Server A is expected to speak as Redis 8.0 does, and where it offers more its own row says so. What else stands here for another
reference holds only when exactly one of the two servers is of that kind; a row that matches nothing any more should be taken out. Each row is a reason, the kinds of the reference it
holds for, and a test of (command, reply, reply) which sees the reply of that kind last.
"""

import re
from typing import Callable, NamedTuple

from replies import same
from resp import NULL, Tagged, is_error, pairs_of


class Row(NamedTuple):
    reason: str
    holds_for: Callable
    covers: Callable


def _only_documentation_of(*names):
    """COMMAND DOCS that is the same but for these commands."""

    def others(value):
        pairs = pairs_of(value)
        return pairs and Tagged("%", [pair for pair in pairs if pair[0] not in names])

    def covers(args, ours, theirs):
        return tuple(word.upper() for word in args[:2]) == (b"COMMAND", b"DOCS") and same(args, others(ours), others(theirs))

    return covers


def redis_7(kind):
    return kind[0] == "redis" and kind[1] < (8, 0)


def valkey(kind):
    return kind[0] == "valkey"


def _as_numbers(value):
    """The same value with every text that is a finite float turned into the float that it spells."""
    if isinstance(value, Tagged) and isinstance(value.value, list):
        return Tagged(value.kind, [_as_numbers(item) for item in value.value])
    if isinstance(value, list):
        return [_as_numbers(item) for item in value]
    text = value.value if isinstance(value, Tagged) and value.kind == "," else value
    if not isinstance(text, bytes):
        return value
    try:
        return float(text)
    except ValueError:
        return value


def _score_text(args, ours, theirs):
    words = b" ".join(args[:2]).upper()
    return words.startswith((b"Z", b"~WALK Z")) and not is_error(ours) and not is_error(theirs) and _as_numbers(ours) == _as_numbers(theirs)


def _error_with(text):
    return lambda _args, _ours, theirs: is_error(theirs) and text in theirs.value


def _command_is(*words):
    return lambda args, _ours, _theirs: tuple(word.upper() for word in args[: len(words)]) == words


def _all_of(*tests):
    return lambda *given: all(test(*given) for test in tests)


def _both_errors(_args, ours, theirs):
    return is_error(ours) and is_error(theirs)


def sorrel(kind):
    return kind[0] == "sorrel"


TABLE = (
    Row(
        "A small integer that COPY made is an object of its own in Redis; in Sorrel no integer is an object",
        sorrel,
        lambda args, ours, theirs: args[1:] and args[1].upper() == b"REFCOUNT" and ours == 1 and theirs == 2147483647,
    ),
    Row(
        "The queue of a transaction of Redis still holds the texts that became values, so that they count twice until EXEC ends",
        sorrel,
        lambda args, ours, theirs: args[1:] and args[1].upper() == b"REFCOUNT" and ours == 2 and theirs == 1,
    ),
    Row(
        "CONFIG SET of Redis takes a size of more than 64 bits for the largest one before it looks at the bounds",
        sorrel,
        lambda args, ours, theirs: tuple(word.upper() for word in args[:2]) == (b"CONFIG", b"SET")
        and _both_errors(args, ours, theirs)
        and theirs.value.endswith(b"argument must be a memory value")
        and any(len(word) > 19 for word in args[3:]),
    ),
    Row(
        "COMMAND GETKEYS of Redis names the destination last when the number of keys is no number",
        sorrel,
        lambda args, ours, theirs: tuple(word.upper() for word in args[:2]) in ((b"COMMAND", b"GETKEYS"), (b"COMMAND", b"GETKEYSANDFLAGS"))
        and not args[4:5][0].isdigit()
        and isinstance(ours, list)
        and isinstance(theirs, list)
        and sorted(ours, key=repr) == sorted(theirs, key=repr),
    ),
    Row(
        "MEMORY USAGE of Redis measures a key that was set with a deadline of the past until something else meets it",
        sorrel,
        lambda args, ours, theirs: tuple(word.upper() for word in args[:2]) == (b"MEMORY", b"USAGE")
        and isinstance(ours, int)
        and theirs in (None, NULL),
    ),
    Row(
        "SET of Sorrel has IFEQ and BITCOUNT a range without an end, as Valkey's, and BITOP has more operations; it documents them",
        sorrel,
        _only_documentation_of(b"set", b"bitcount", b"bitop"),
    ),
    Row(
        "BITCOUNT of Sorrel takes a start without an end, as Valkey's",
        sorrel,
        lambda args, ours, _theirs: args[0].upper() == b"BITCOUNT" and len(args) == 3 and is_error(ours) and b"syntax" in ours.value,
    ),
    Row(
        "SORT of Redis changes the encoding of a sorted set that it only reads",
        sorrel,
        lambda args, ours, theirs: args[:1] == (b"OBJECT",) and args[2].startswith(b"sort:zset") and (ours, theirs) == (b"skiplist", b"listpack"),
    ),
    Row(
        "PFADD and PFCOUNT of Redis take a short HyperLogLog out of its object even when they change nothing",
        sorrel,
        lambda args, ours, theirs: args[0].upper() == b"OBJECT" and args[2:] and args[2].startswith(b"hll") and (ours, theirs) == (b"raw", b"embstr"),
    ),
    Row(
        "READONLY and READWRITE of Sorrel answer OK without a cluster, as Valkey's",
        sorrel,
        lambda args, ours, theirs: args[0].upper() in (b"READONLY", b"READWRITE") and is_error(ours) and theirs == Tagged("+", b"OK"),
    ),
    Row(
        "ROLE of Redis counts what it would send to replicas though it has none",
        sorrel,
        lambda args, ours, theirs: args[0].upper() == b"ROLE" and isinstance(ours, list) and isinstance(theirs, list) and ours[::2] == theirs[::2] == [b"master", []],
    ),
    Row(
        "CLIENT LIST of Sorrel takes the conditions of Valkey 9 and names the one that is wrong",
        sorrel,
        lambda args, ours, theirs: [word.upper() for word in args[:2]] == [b"CLIENT", b"LIST"] and is_error(ours) and ours.value == b"ERR syntax error" and is_error(theirs),
    ),
    Row("Redis 7.0 prints scores with 17 digits, 8.0 with as few as are needed", redis_7, _score_text),
    Row(
        "Redis 7.0 has no WITHSCORE and checks the arity of ZRANK and ZREVRANK exactly",
        redis_7,
        lambda args, _ours, theirs: args[0].upper() in (b"ZRANK", b"ZREVRANK") and len(args) > 3 and is_error(theirs),
    ),
    Row(
        "Redis 7.0 wants a command with an argument in COMMAND GETKEYS and says nothing more specific",
        redis_7,
        _all_of(lambda args, *_: args[1:2] and args[1].upper().startswith(b"GETKEYS"), _error_with(b"wrong number of arguments")),
    ),
    Row("Redis 7.0 has no CLIENT SETINFO", redis_7, _command_is(b"CLIENT", b"SETINFO")),
    Row("Redis 7.0 has no CLIENT NO-TOUCH", redis_7, _command_is(b"CLIENT", b"NO-TOUCH")),
    Row(
        "Redis 7.0 takes cursors that 8.0 refuses, and the other way round",
        redis_7,
        lambda args, ours, theirs: b"SCAN" in args[0].upper()
        and any(is_error(reply) and b"invalid cursor" in reply.value for reply in (ours, theirs)),
    ),
    Row(
        "Redis 7.0 keeps the compact form of a sorted set when zset-max-listpack-entries has been lowered since",
        redis_7,
        lambda args, ours, theirs: args[1:] and args[1].upper() == b"ENCODING" and {ours, theirs} == {b"skiplist", b"listpack"},
    ),
    Row(
        "Redis 7.0 has no listpack of a set's members",
        redis_7,
        lambda args, ours, theirs: args[1:] and args[1].upper() == b"ENCODING" and (ours, theirs) == (b"listpack", b"hashtable"),
    ),
    Row("CLIENT KILL of Redis 7.0 knows fewer filters", redis_7, _all_of(_command_is(b"CLIENT", b"KILL"), _both_errors)),
    Row("Command tables of Redis 7.0 differ in flags, key specifications and documentation", redis_7, _command_is(b"COMMAND", b"INFO")),
    Row("Documentation of Redis 7.0 lacks later arguments", redis_7, _command_is(b"COMMAND", b"DOCS")),
    Row("Command tables of Valkey differ in flags and tips", valkey, _command_is(b"COMMAND", b"INFO")),
    Row("Documentation of Valkey withdraws deprecations", valkey, _command_is(b"COMMAND", b"DOCS")),
    Row("Valkey names a SCAN of an unknown type", valkey, _error_with(b"unknown type name")),
    Row("Valkey keeps longer strings in one allocation", valkey, _command_is(b"OBJECT", b"ENCODING")),
    Row("Valkey tells -0 from 0 in scores", valkey, _score_text),
    Row(
        "GETEX of Valkey looks at its options before it looks at the key",
        valkey,
        lambda args, _ours, theirs: args[0].upper() == b"GETEX" and is_error(theirs) and b"WRONGTYPE" not in theirs.value,
    ),
    Row("Valkey shares no small integers", valkey, _command_is(b"OBJECT", b"REFCOUNT")),
    Row("CLIENT LIST of Valkey takes more filters and checks ids", valkey, _command_is(b"CLIENT", b"LIST")),
    Row("CLIENT KILL of Valkey knows more filters", valkey, _all_of(_command_is(b"CLIENT", b"KILL"), _both_errors)),
)


def redis_7_or_valkey(kind):
    return redis_7(kind) or valkey(kind)


def _odd_bounds(args):
    """A score in hexadecimal or after a space, or a LIMIT that begins before the first element."""
    words = [arg.upper() for arg in args]
    odd = any(word.lstrip(b"(+-").startswith((b"0X", b" ")) for word in words)
    early = any(here == b"LIMIT" and after[:1] == b"-" for here, after in zip(words, words[1:]))
    return words[0].startswith(b"Z") and (odd or early)


def _name_with_zero(args):
    return b"SETNAME" in (arg.upper() for arg in args[:4]) and any(b"\x00" in arg for arg in args)


def _size_with_zero(args):
    return args[0].upper() == b"CONFIG" and any(b"\x00" in arg for arg in args)


def _estimate_elsewhere(args):
    """The row of PFADD and PFCOUNT above knows a HyperLogLog by its key."""
    return args[0].upper() in (b"PFADD", b"PFCOUNT") and not all(key.startswith(b"hll") for key in args[1:2])


def _spoils_an_estimate(args):
    return args[0].upper() in (b"APPEND", b"SETRANGE", b"SETBIT", b"BITFIELD") and any(key.startswith(b"hll") for key in args[1:2])


def _newer_bit_operation(args):
    return args[0].upper() == b"BITOP" and len(args) > 1 and args[1].upper() in (b"DIFF", b"DIFF1", b"ANDOR", b"ONE")


def _overflowing_count(args):
    return args[0].upper() in (b"XGROUP", b"XSETID") and any(len(word) > 18 and word.isdigit() for word in args[2:])


def _untold_debug(args):
    return args[0].upper() == b"PFDEBUG" and len(args) > 1 and args[1].upper() in (b"TODENSE", b"GETREG")


def _long_replacement(args):
    return args[0].upper() in (b"LSET", b"LINSERT") and any(len(text) > 250 for text in args[3:5])


def _endless_restore(args):
    """The sum of such a time and the present is more than 63 bits hold."""
    return args[0].upper() in (b"RESTORE", b"RESTORE-ASKING") and len(args) > 2 and args[2].isdigit() and len(args[2]) > 18


def _sort_of_another_key(args):
    """See families/sort.py: these keys alone may change their encoding."""
    return args[0].upper() in (b"SORT", b"SORT_RO") and len(args) > 1 and not args[1].startswith((b"sort:", b"w:"))


def _odd_member_for_sort(args):
    """A long one would make the set a hash table, and SORT BY a constant shows the order of that.

    It also shows that of texts that are equal up to a zero byte; and -0 is kept by one encoding of a sorted set alone.
    """
    adds = args[0].upper() in (b"SADD", b"ZADD", b"ZINCRBY") and args[1:2] and args[1].startswith(b"sort:")
    return adds and any(len(arg) > 64 or b"\x00" in arg or arg in (b"-0", b"-0.0") for arg in args)


def _saturated_from_far_below(args):
    """A number so far below what the field holds that the difference leaves 64 bits: Redis takes it for one that is too large."""
    words = [arg.upper() for arg in args]
    return words[0] == b"BITFIELD" and b"SAT" in words and any(re.fullmatch(rb"-\d{19}", word) for word in words)


def _sort_set_as_it_lies(args):
    """The limits of the sets' own family may have made even a small one a hash table."""
    words = [arg.upper() for arg in args]
    unsorted = b"BY" in words and any(word == b"BY" and b"*" not in pattern for word, pattern in zip(words, args[1:]))
    return words[0] in (b"SORT", b"SORT_RO") and unsorted and args[1:2] and args[1].startswith(b"sort:set")


def _huge_claim(args):
    return args[0].upper() == b"XAUTOCLAIM" and any(re.fullmatch(rb"\d{8,}", arg) for arg in args[5:])


def _hsetex_of_key(args):
    return args[0].upper() == b"HSETEX" and any(arg.upper() in (b"NX", b"XX") for arg in args[2:])


def _set_limit(args):
    return args[0].upper() == b"CONFIG" and any(word.lower().startswith(b"set-max-") for word in args)


class Withheld(NamedTuple):
    reason: str
    holds_for: Callable
    covers: Callable


# Commands that are not sent because what they leave behind would differ, and with it everything after them. What only a
# Valkey has (SET IFEQ, DELIFEQ, MSETEX) is in the families' own VALKEY_ROWS.
WITHHELD = (
    Withheld("Redis 8.0 reads odd scores, score bounds and limits in its own way", redis_7_or_valkey, _odd_bounds),
    Withheld("SORT of Redis changes the encoding of a sorted set", sorrel, _sort_of_another_key),
    Withheld("a damaged HyperLogLog is found by some commands of Redis only; Sorrel looks at all of it, and takes bytes behind it", sorrel, _spoils_an_estimate),
    Withheld("BITOP of Sorrel has the operations of Redis 8.2", sorrel, _newer_bit_operation),
    Withheld("the counts of a stream overflow in Redis in other places", sorrel, _overflowing_count),
    Withheld("PFDEBUG of Redis changes the form of a value and does not tell those who watch it", sorrel, _untold_debug),
    Withheld("LSET and LINSERT of long texts: Sorrel divides nodes in other places", sorrel, _long_replacement),
    Withheld("RESTORE of Redis lets an endless time to live overflow into the past", sorrel, _endless_restore),
    Withheld("CONFIG SET of Redis reads a size as far as its first zero byte", sorrel, _size_with_zero),
    Withheld("PFADD and PFCOUNT of Redis take a short HyperLogLog out of its object", sorrel, _estimate_elsewhere),
    Withheld("SORT BY a constant shows how a set lies in its hash table", sorrel, _odd_member_for_sort),
    Withheld("SORT BY a constant shows how a set lies", sorrel, _sort_set_as_it_lies),
    Withheld("XAUTOCLAIM of Redis wants memory for as many ids as COUNT says, and has no consumer made when there is none", sorrel, _huge_claim),
    Withheld("Redis saturates a number that is far too small to the largest one", sorrel, _saturated_from_far_below),
    Withheld("HSETEX of Sorrel has conditions on the key, as Valkey's", sorrel, _hsetex_of_key),
    Withheld("Redis 7.0 has no limits of a set's listpack", redis_7, _set_limit),
    Withheld("Redis 8.0 reads a client name only as far as its first zero byte", redis_7, _name_with_zero),
)


class Accepted:
    """The rows that hold between two kinds of server."""

    def __init__(self, kind_a, kind_b, table=TABLE, withheld=WITHHELD):
        self._rows = []
        self._withheld = [row for row in withheld if row.holds_for(kind_a) != row.holds_for(kind_b)]
        for row in table:
            if row.holds_for(kind_a) != row.holds_for(kind_b):
                self._rows.append((row, row.holds_for(kind_a)))
        self.counts = {}

    def sendable(self, args):
        return not any(row.covers(args) for row in self._withheld)

    def covers(self, args, a, b):
        """Whether a row explains why these replies differ; counts it."""
        for row, swapped in self._rows:
            if row.covers(args, b, a) if swapped else row.covers(args, a, b):
                self.counts[row.reason] = self.counts.get(row.reason, 0) + 1
                return True
        return False
