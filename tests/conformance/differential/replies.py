# SPDX-License-Identifier: BSD-3-Clause
"""When two replies whose bytes differ are nevertheless the same reply.

The rule is found by the command alone, so that a command recorded anywhere can be judged again. Without a rule, and
always when either reply is an error, replies must be equal byte for byte; floats are compared as text like everything else.
"""

from resp import NULL, NULL_ARRAY, Tagged, is_error, items_of, pairs_of
from vocabulary import FUTURE_SECONDS

TOLERANCE_SECONDS = 1
TOLERANCE_MS = 2000
_DATES = frozenset(FUTURE_SECONDS)


def _near(tolerance):
    def near(_args, a, b):
        return isinstance(a, int) and isinstance(b, int) and min(a, b) > 0 and abs(a - b) <= tolerance

    return near


def _same_moment(unit, tolerance):
    """Deadlines: those that were given by the clock are exact, those that were counted from now may lie a little apart."""

    def same(_args, a, b):
        if not (isinstance(a, int) and isinstance(b, int)) or min(a, b) <= 0:
            return False
        return a // unit not in _DATES and b // unit not in _DATES and abs(a - b) <= tolerance

    return same


def _unordered(_args, a, b):
    a, b = items_of(a), items_of(b)
    return a is not None and b is not None and sorted(map(repr, a)) == sorted(map(repr, b))


def _members_of_a_set(_args, a, b):
    """In any order, but as the same kind of reply."""
    return type(a) is type(b) and getattr(a, "kind", None) == getattr(b, "kind", None) and _unordered(_args, a, b)


def _command_rows(_args, a, b):
    """COMMAND INFO but for the order of sets and for the notes on keys, which are prose."""
    return _sorted_deeply(_without_notes(a)) == _sorted_deeply(_without_notes(b))


def _without_notes(value):
    if isinstance(value, Tagged) and value.kind == "%":
        return Tagged("%", [(name, _without_notes(item)) for name, item in value.value if name != b"notes"])
    if isinstance(value, Tagged) and isinstance(value.value, list):
        return Tagged(value.kind, _without_notes(value.value))
    if isinstance(value, list):
        if value[:1] == [b"notes"]:
            value = value[2:]
        return [_without_notes(item) for item in value]
    return value


def _sorted_deeply(value):
    if isinstance(value, Tagged) and isinstance(value.value, list):
        return Tagged(value.kind, _sorted_deeply(value.value))
    if isinstance(value, (list, tuple)) and not isinstance(value, Tagged):
        return sorted((_sorted_deeply(item) for item in value), key=repr)
    return value


def _same_shape(_args, a, b):
    """The same type on the wire: for ids, addresses, clocks, sizes and prose."""
    if isinstance(a, Tagged) and isinstance(b, Tagged):
        return a.kind == b.kind and (a.value is None) == (b.value is None)
    return type(a) is type(b)


def _page(_args, a, b):
    """One page of a scan: which elements it holds is up to the server."""
    return all(
        isinstance(page, list) and len(page) == 2 and isinstance(page[0], bytes) and page[0].isdigit() and isinstance(page[1], list)
        for page in (a, b)
    )


def _same_pairs(_args, a, b):
    """A map whose order is the server's own."""
    a, b = pairs_of(a), pairs_of(b)
    return a is not None and b is not None and sorted(map(repr, a)) == sorted(map(repr, b))


def _each(rule):
    """The rule for each element of two arrays of one length."""

    def each(args, a, b):
        return (
            isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and all(x == y or rule(args, x, y) for x, y in zip(a, b))
        )

    return each


def _drawn(args, a, b):
    """ZRANDMEMBER and its like: as many in one reply as in the other, none twice unless the count is negative, all of them when there are fewer."""
    if len(args) == 2:
        return isinstance(a, bytes) and isinstance(b, bytes)
    if not isinstance(a, list) or not isinstance(b, list) or len(a) != len(b):
        return False
    draws = [_members(reply, len(args) > 3) for reply in (a, b)]
    if draws[0] is None or draws[1] is None or len(draws[0]) != len(draws[1]):
        return False
    if int(args[2]) < 0:
        return True
    if len(draws[0]) < int(args[2]):
        return sorted(draws[0]) == sorted(draws[1])
    return all(len(set(draw)) == len(draw) for draw in draws)


def _members(reply, scored):
    if not scored:
        members = reply
    elif reply and isinstance(reply[0], list):
        members = [pair[0] for pair in reply if len(pair) == 2 and _is_score_or_value(pair[1])]
    else:
        members = reply[::2]
    return members if all(isinstance(item, bytes) for item in members) else None


def _is_score_or_value(item):
    return isinstance(item, bytes) or isinstance(item, Tagged) and item.kind == ","


def _greeting(_args, a, b):
    """HELLO but for what names the server: its name, version, modules, and the id of the connection."""
    return _without(a, (b"server", b"version", b"id", b"modules")) == _without(b, (b"server", b"version", b"id", b"modules"))


def _documentation(_args, a, b):
    """COMMAND DOCS but for the prose: every project writes its own summaries."""
    return _without_prose(a) == _without_prose(b)


def _without_prose(value):
    pairs = pairs_of(value)
    if pairs is None:
        return value
    return [(name, _without(fields, (b"summary",))) for name, fields in pairs]


def _without(value, names):
    pairs = pairs_of(value)
    if pairs is None:
        return value
    return sorted((pair for pair in pairs if pair[0] not in names), key=repr)


_ANY = frozenset((b"radix-tree-keys", b"radix-tree-nodes"))
_AGES = frozenset((b"idle", b"inactive", b"seen-time", b"active-time"))


def _stream_facts(_args, a, b):
    """XINFO but for the moments, which may lie a little apart, and for how many nodes there are."""
    return _same_facts(a, b, None)


def _same_facts(a, b, name):
    if name in _ANY:
        return isinstance(a, int) and isinstance(b, int)
    if name in _AGES:
        return _same_age(a, b)
    if name == b"pending" and isinstance(a, list):
        return _each(_same_delivery)((), a, b)
    pairs = [pairs_of(reply) if _is_map(reply) else None for reply in (a, b)]
    if pairs[0] is not None and pairs[1] is not None and type(a) is type(b):
        return len(pairs[0]) == len(pairs[1]) and all(
            left[0] == right[0] and _same_facts(left[1], right[1], left[0]) for left, right in zip(*pairs)
        )
    if name in (None, b"groups", b"consumers") and isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same_facts(left, right, None) for left, right in zip(a, b))
    return a == b and type(a) is type(b)


def _is_map(reply):
    return isinstance(reply, Tagged) and reply.kind == "%" or isinstance(reply, list) and reply[:1] and isinstance(reply[0], bytes)


def _same_age(a, b):
    return isinstance(a, int) and isinstance(b, int) and (a == b or min(a, b) >= 0 and abs(a - b) <= TOLERANCE_MS)


def _same_delivery(_args, a, b):
    """[id, consumer, moment, count] or [id, moment, count]."""
    if not (isinstance(a, list) and isinstance(b, list) and len(a) == len(b) >= 3):
        return False
    return a[:-2] == b[:-2] and a[-1] == b[-1] and _same_age(a[-2], b[-2])


def _pending(args, a, b):
    return len(args) > 3 and _each(_same_delivery)(args, a, b)


_RULES = {
    b"XPENDING": _pending,
    b"TTL": _near(TOLERANCE_SECONDS),
    b"PTTL": _near(TOLERANCE_MS),
    b"EXPIRETIME": _same_moment(1, 2),
    b"PEXPIRETIME": _same_moment(1000, TOLERANCE_MS),
    b"KEYS": _unordered,
    b"DUMP": _same_shape,
    b"RANDOMKEY": _same_shape,
    b"SCAN": _page,
    b"ZSCAN": _page,
    b"HSCAN": _page,
    b"HRANDFIELD": _drawn,
    b"HGETALL": _same_pairs,
    b"HKEYS": _unordered,
    b"HVALS": _unordered,
    b"HTTL": _each(_near(TOLERANCE_SECONDS)),
    b"HPTTL": _each(_near(TOLERANCE_MS)),
    b"HEXPIRETIME": _each(_same_moment(1, 2)),
    b"HPEXPIRETIME": _each(_same_moment(1000, TOLERANCE_MS)),
    b"ZRANDMEMBER": _drawn,
    b"SRANDMEMBER": _drawn,
    b"SSCAN": _page,
    b"SMEMBERS": _members_of_a_set,
    b"SUNION": _members_of_a_set,
    b"SINTER": _members_of_a_set,
    b"SDIFF": _members_of_a_set,
    b"SPOP": _members_of_a_set,
    b"HELLO": _greeting,
    b"TIME": _same_shape,
    b"INFO": _same_shape,
    b"LASTSAVE": _same_shape,
}
_CONTAINER_RULES = {
    (b"OBJECT", b"IDLETIME"): lambda _args, a, b: isinstance(a, int) and isinstance(b, int) and abs(a - b) <= 3,
    (b"OBJECT", b"HELP"): _same_shape,
    (b"CLIENT", b"ID"): _same_shape,
    (b"CLIENT", b"INFO"): _same_shape,
    (b"CLIENT", b"LIST"): _same_shape,
    (b"CLIENT", b"HELP"): _same_shape,
    (b"MEMORY", b"USAGE"): _same_shape,
    (b"MEMORY", b"HELP"): _same_shape,
    (b"MEMORY", b"DOCTOR"): _same_shape,
    (b"MEMORY", b"STATS"): _same_shape,
    (b"MEMORY", b"MALLOC-STATS"): _same_shape,
    (b"COMMAND", b"HELP"): _same_shape,
    (b"COMMAND", b"COUNT"): _same_shape,
    (b"CONFIG", b"HELP"): _same_shape,
    (b"PUBSUB", b"HELP"): _same_shape,
    (b"SLOWLOG", b"LEN"): _same_shape,
    (b"SLOWLOG", b"GET"): _same_shape,
    (b"SLOWLOG", b"HELP"): _same_shape,
    (b"XINFO", b"STREAM"): _stream_facts,
    (b"XINFO", b"CONSUMERS"): _stream_facts,
    (b"XINFO", b"HELP"): _same_shape,
    (b"XGROUP", b"HELP"): _same_shape,
    (b"CONFIG", b"GET"): lambda _args, a, b: _without(a, ()) == _without(b, ()),
    (b"COMMAND", b"INFO"): _command_rows,
    (b"COMMAND", b"DOCS"): _documentation,
    (b"COMMAND", b"LIST"): _unordered,
}


def same(args, a, b):
    """Whether the two parsed replies to this command count as equal."""
    if a == b and type(a) is type(b):
        return True
    if is_error(a) or is_error(b) or a is None or b is None or NULL in (a, b) or NULL_ARRAY in (a, b):
        return False
    rule = _RULES.get(args[0].upper())
    if rule is None and len(args) > 1:
        rule = _CONTAINER_RULES.get((args[0].upper(), args[1].upper()))
    return rule is not None and rule(args, a, b)
