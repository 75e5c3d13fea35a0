# SPDX-License-Identifier: BSD-3-Clause
"""Streams: entries, ranges, consumer groups and what is pending in them.

Ids come from a clock of the round's own, which every stream shares: an entry added is mostly a new one, and what is asked for
mostly near the last ones. An id that the server makes from its clock (`*`) is asked of the key `ahead` alone, whose ids lie
so far in the future that the next one follows from the last. Idle times are nothing, or so long that a few seconds do not matter.
"""

from vocabulary import KEYS, integer, pick, value

STREAM_KEYS = (b"stream1", b"stream2", b"stream3")
GROUPS = (b"g1", b"g2", b"g3", b"a group", b"")
CONSUMERS = (b"alice", b"bob", b"carol", b"", b"\x00\xff")
FIELDS = (b"f", b"g", b"h", b"", b"temperature", b"\x00\x01")
ODD_IDS = (
    b"0", b"0-0", b"0-1", b"0-*", b"1", b"1-1", b"5-5", b"18446744073709551615-18446744073709551615", b"18446744073709551615", b"18446744073709551614-5",
    b"18446744073709551616", b"1-18446744073709551616", b"9223372036854775808-1", b"-", b"+", b"$", b">", b"abc", b"", b"1-", b"-1", b"1-2-3", b"1-x",
    b"(1-1", b"(", b"(-", b"(+", b" 1-1", b"01-01", b"1-+1", b"\x001-1",
)  # fmt: skip
IDLE_TIMES = (b"0", b"0", b"0", b"500000", b"500000", b"1000000000000")
CLAIMED_IDLE_TIMES = (b"0", b"1000000", b"1000000", b"100000000", b"-1", b"abc")
CLAIMED_TIMES = (b"0", b"1500000000000", b"4102444800000", b"-1", b"abc")


def stream_key(random):
    return pick(random, STREAM_KEYS if random.random() < 0.975 else KEYS)


def _clock(random, step):
    random.stream_clock = getattr(random, "stream_clock", 0) + step
    return random.stream_clock


def new_id(random):
    """Above all that were, mostly."""
    dice = random.random()
    if dice < 0.86:
        return b"%d-%d" % (_clock(random, int(random.random() < 0.8)), _sequence(random))
    if dice < 0.94:
        return b"%d-*" % _clock(random, random.randint(0, 1))
    return b"%d" % _clock(random, 1) if dice < 0.96 else known_id(random)


def _sequence(random):
    return 0 if random.random() < 0.8 else random.randint(0, 3)


def known_id(random):
    """Of one of the last entries, perhaps."""
    dice = random.random()
    if dice > 0.97:
        return pick(random, ODD_IDS)
    ms = max(0, _clock(random, 0) - int(random.random() ** 3 * 150))
    return b"%d" % ms if dice < 0.2 else b"%d-%d" % (ms, _sequence(random))


def new_last_id(random):
    """For XSETID: beyond all there is, so that what is added next is refused until the clock has caught up."""
    return b"%d-%d" % (_clock(random, 0) + random.randint(-3, 3), random.randint(0, 5)) if random.random() < 0.8 else known_id(random)


def bound(random):
    dice = random.random()
    if dice < 0.3:
        return pick(random, (b"-", b"+"))
    return (b"(" if dice < 0.45 else b"") + known_id(random)


def first_and_last(random):
    dice = random.random()
    return [b"-", b"+"] if dice < 0.3 else [b"-", bound(random)] if dice < 0.4 else [bound(random), bound(random)]


def last_and_first(random):
    return first_and_last(random)[::-1]


def group(random):
    return pick(random, GROUPS[:2] if random.random() < 0.94 else GROUPS)


def consumer(random):
    return pick(random, CONSUMERS[:3] if random.random() < 0.9 else CONSUMERS)


def entry(random):
    """Field and value pairs, often the fields of the entry before."""
    dice = random.random()
    if dice < 0.4:
        return [b"f", b"%d" % random.randint(0, 99), b"g", value(random)]
    out = []
    for _ in range(random.randint(1, 4)):
        out += [pick(random, FIELDS), value(random)]
    return out + ([b"odd"] if dice > 0.98 else [])


def threshold(random):
    """What trimming leaves, exactly."""
    return _trimming(random, (b"=", b""))


def rough_threshold(random):
    """What trimming leaves, about; with a limit to the work."""
    out = _trimming(random, (b"~",))
    return out + [b"LIMIT", pick(random, (b"0", b"1", b"10", b"1000", b"-1", b"abc"))] if random.random() < 0.4 else out


def odd_threshold(random):
    out = _trimming(random, (b"=", b"", b"~", b"~"))
    return out + [b"LIMIT", integer(random)] if random.random() < 0.6 else out


def _trimming(random, signs):
    sign = pick(random, signs)
    if random.random() < 0.5:
        words = [b"MAXLEN", sign, b"%d" % int(random.random() ** 0.5 * 250) if random.random() < 0.95 else integer(random)]
    else:
        early = b"%d" % max(0, _clock(random, 0) - random.randint(50, 250))
        words = [b"MINID", sign, early if random.random() < 0.8 else known_id(random)]
    return [word for word in words if word or word is not sign]


def idle_time(random):
    return pick(random, IDLE_TIMES) if random.random() < 0.95 else pick(random, (b"-1", b"abc", b"", b"9223372036854775807"))


def read_from(random):
    """STREAMS, keys, and as many ids; rarely not as many."""
    return _streams(random, lambda: pick(random, (b"0", b"$", b"+", known_id(random), known_id(random), known_id(random))))


def deliver_from(random):
    return _streams(random, lambda: b">" if random.random() < 0.75 else pick(random, (b"0", known_id(random), b"$")))


def _streams(random, make_id):
    count = pick(random, (1, 1, 1, 2, 3))
    keys = [stream_key(random) for _ in range(count)]
    ids = [make_id() for _ in range(count if random.random() < 0.98 else count + 1)]
    return [b"STREAMS"] + keys + ids


def ids(random):
    return [known_id(random) for _ in range(random.randint(1, 6))]


def last_of_all(random):
    """The id `$`."""
    return b"$"


def next_id(random):
    """The id that the server makes."""
    return b"*"


def id_ahead(random):
    return b"99999999999999-%d" % random.randint(1, 20)


def many(random):
    """A number of entries for COUNT."""
    return b"%d" % random.randint(1, 20) if random.random() < 0.9 else integer(random)


def few(random):
    return b"%d" % random.randint(0, 40) if random.random() < 0.9 else integer(random)


SLOTS = {
    "stream": stream_key, "new_id": new_id, "id": known_id, "last_id": new_last_id, "between": first_and_last, "between_back": last_and_first,
    "group": group, "consumer": consumer, "entry": entry, "trim": threshold, "rough_trim": rough_threshold, "odd_trim": odd_threshold,
    "idle_ms": idle_time, "claimed_idle": lambda random: pick(random, CLAIMED_IDLE_TIMES), "claimed_time": lambda random: pick(random, CLAIMED_TIMES),
    "read_from": read_from, "deliver_from": deliver_from, "ids": ids, "end": last_of_all, "next_id": next_id, "id_ahead": id_ahead,
    "many": many, "few": few,
}  # fmt: skip

ROWS = (
    (16, "XADD {stream} {new_id} {entry}"),
    (2, "XADD {stream} ?NOMKSTREAM ?{trim} {new_id} {entry}"),
    (1, "XADD {stream} < NOMKSTREAM | {rough_trim} > {new_id} {entry}"),
    (0.5, "XADD {stream} < NOMKSTREAM | {odd_trim} | KEEPREF | {option} > [{new_id} | {id}] {entry}"),
    (2, "XLEN {stream}"),
    (3, "XRANGE {stream} {between} ?(COUNT {many})"),
    (3, "XREVRANGE {stream} {between_back} ?(COUNT {many})"),
    (0.5, "[XRANGE | XREVRANGE] {stream} {id} {id} < COUNT {integer} | COUNT | {option} >"),
    (4, "XREAD ?(COUNT {many}) {read_from}"),
    (0.3, "XREAD < COUNT {integer} | NOACK | GROUP {group} {consumer} | {option} > {read_from}"),
    (12, "XREADGROUP GROUP {group} {consumer} < COUNT {many} | NOACK > {deliver_from}"),
    (1, "XREADGROUP GROUP {group} {consumer} STREAMS {stream} {id}"),
    (0.5, "XREADGROUP < GROUP {group} {consumer} | COUNT {integer} | NOACK | {option} > {deliver_from}"),
    (5, "XGROUP CREATE {stream} {group} [0 | {end} | {id}] < MKSTREAM | ENTRIESREAD {few} >"),
    (2, "XGROUP SETID {stream} {group} [0 | {end} | {id}] ?(ENTRIESREAD {few})"),
    (0.3, "XGROUP [CREATE | SETID] {stream} {group} {id} < MKSTREAM | ENTRIESREAD {integer} | {option} >"),
    (0.15, "XGROUP DESTROY {stream} {group}"),
    (2, "XGROUP CREATECONSUMER {stream} {group} {consumer}"),
    (0.6, "XGROUP DELCONSUMER {stream} {group} {consumer}"),
    (0.2, "XGROUP [HELP | {nonsense} | {option} {stream}]"),
    (5, "XACK {stream} {group} {ids}"),
    (4, "XCLAIM {stream} {group} {consumer} {idle_ms} {ids} < IDLE {claimed_idle} | RETRYCOUNT {few} | FORCE | JUSTID >"),
    (2, "XCLAIM {stream} {group} {consumer} {idle_ms} {ids} < TIME {claimed_time} | LASTID {id} | FORCE | JUSTID >"),
    (0.5, "XCLAIM {stream} {group} {consumer} {integer} {ids} < IDLE {integer} | TIME | RETRYCOUNT {integer} | LASTID | {option} >"),
    (3, "XAUTOCLAIM {stream} {group} {consumer} {idle_ms} [0 | - | {id}] < COUNT {many} | JUSTID >"),
    (0.3, "XAUTOCLAIM {stream} {group} {consumer} {integer} {id} < COUNT {integer} | JUSTID | {option} >"),
    (3, "XPENDING {stream} {group}"),
    (4, "XPENDING {stream} {group} ?(IDLE {idle_ms}) {between} {many} ?{consumer}"),
    (0.4, "XPENDING {stream} {group} ?(IDLE {integer}) {id} {id} {integer} ?{option}"),
    (1.5, "XINFO STREAM {stream}"),
    (1.5, "XINFO STREAM {stream} FULL ?(COUNT {few})"),
    (1.5, "XINFO GROUPS {stream}"),
    (1.5, "XINFO CONSUMERS {stream} {group}"),
    (0.3, "XINFO [HELP | {nonsense} | STREAM {stream} [FULL {option} | COUNT {integer} | FULL COUNT {integer} {option}] | {option} {stream}]"),
    (0.7, "XSETID {stream} {last_id} < ENTRIESADDED {few} | MAXDELETEDID {id} >"),
    (0.3, "XSETID {stream} {id} < ENTRIESADDED {integer} | MAXDELETEDID {id} | {option} >"),
    (0.7, "XTRIM {stream} {trim}"),
    (1, "XTRIM {stream} {rough_trim}"),
    (0.4, "XTRIM {stream} {odd_trim} ?{option}"),
    (5, "XDEL {stream} {ids}"),
    (1, "XADD ahead {id_ahead} {entry}"),
    (2, "XADD ahead NOMKSTREAM {next_id} {entry}"),
    (0.5, "[XREVRANGE ahead + - | XLEN ahead | XINFO STREAM ahead]"),
    (0.1, "[DEL ahead | XTRIM ahead MAXLEN {few}]"),
    (0.2, "[RENAME | COPY] {stream} {stream}"),
    (0.15, "COPY {stream} {stream} DB {db} REPLACE"),
    (0.1, "MOVE {stream} {db}"),
    (0.1, "DEL {stream}"),
    (0.3, "[EXPIREAT {stream} {date} | PERSIST {stream} | EXPIRE {stream} {ttl}]"),
    (0.03, "SET {stream} {value}"),
    (0.5, "OBJECT ENCODING {stream}"),
    (0.1, "CONFIG SET stream-node-max-entries [0 | 1 | 3 | 10 | 100]"),
    (0.05, "CONFIG SET stream-node-max-bytes [0 | 40 | 300 | 4096]"),
)
