#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Moves values of every type and encoding between two servers by DUMP and RESTORE, there and back, and compares.

    exchange.py --server build/debug/sorrel [--with redis-server] [--with-from SORREL_REFERENCE_SERVER]

Each value is made by commands on the one server (A), carried to the other (B), and from there back to A under another
name. All three must hold the same: the contents as ordinary commands tell them, the digest of DEBUG DIGEST-VALUE, and the
deadlines of fields. Both servers are A in turn. A server that lacks a command is spared the values that need it. Exit
status 77 when there is no other server here.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "differential"))

from link import Link, exchange  # noqa: E402
from resp import Tagged, is_error  # noqa: E402
from servers import Server  # noqa: E402

SKIPPED = 77
FAR_MS = 4_102_444_800_000
# A consumer that never got anything cannot be said in the form that a Redis before 7.2 reads.
NEWER_STREAM = "stream with a consumer that got nothing"
NUMBERS = [b"%d" % number for number in (0, 1, -1, 12, 127, -128, 128, 4095, -4096, 32767, -32768, 32768, 8388607, -8388608,
                                         2147483647, -2147483648, 2147483648, 9223372036854775807, -9223372036854775808)]  # fmt: skip
TEXTS = [b"", b"a", b"007", b"1.5", b"\x00\xff\r\n", b"x" * 63, b"x" * 64, b"mixed" * 40, bytes(range(256)) * 17]
SCORES = [b"-inf", b"-1.5", b"-0.0", b"0.1", b"3", b"1e300", b"4.9e-324", b"12345678901234567", b"inf"]


def _each(command, key, words):
    return [(command, key, word) for word in words]


def _pairs(words):
    return [part for place, word in enumerate(words) for part in (b"f%d" % place, word)]


def _stream(key):
    yield from ((b"XADD", key, b"%d-%d" % (1 + n // 3, n % 3), b"name", b"n%d" % n, b"value", b"%d" % n) for n in range(1, 300))
    yield from ((b"XADD", key, b"200-%d" % n, b"f%d" % n, b"v") for n in range(20))
    yield (b"XADD", key, b"201-0", b"bytes", bytes(range(256)), b"long", b"x" * 5000)
    yield (b"XDEL", key, b"5-0", b"50-1", b"200-3")
    yield (b"XGROUP", b"CREATE", key, b"readers", b"0")
    yield (b"XGROUP", b"CREATE", key, b"late", b"$")
    yield (b"XREADGROUP", b"GROUP", b"readers", b"anna", b"COUNT", b"30", b"STREAMS", key, b">")
    yield (b"XREADGROUP", b"GROUP", b"readers", b"bert", b"COUNT", b"5", b"STREAMS", key, b">")
    yield (b"XACK", key, b"readers", b"1-1", b"2-0")


def recipes():
    """Yields (name, commands that make the value under the key b"k")."""
    key = b"k"
    for place, text in enumerate(TEXTS + NUMBERS):
        yield f"string {place}", [(b"SET", key, text)]
    yield "string of 100,000 bytes", [(b"SET", key, b"compress me " * 8000)]
    for name, count in (("small", 1), ("large", 40)):
        yield f"list, {name}", _each(b"RPUSH", key, (TEXTS + NUMBERS) * count)
    yield "list with a huge element", _each(b"RPUSH", key, [b"a", b"h" * 20000, b"b", b"z" * 70000])
    yield "set of integers", [(b"SADD", key, *NUMBERS[:12])]
    yield "set of wide integers", [(b"SADD", key, *NUMBERS)]
    yield "set, small", [(b"SADD", key, *TEXTS[:6], *NUMBERS)]
    yield "set, large", [(b"SADD", key, *TEXTS, *NUMBERS, *(b"m%d" % n for n in range(600)))]
    yield "set of many integers", [(b"SADD", key, *(b"%d" % (n * 7) for n in range(600)))]
    scored = [part for place, score in enumerate(SCORES) for part in (score, b"m%d" % place)]
    yield "sorted set, small", [(b"ZADD", key, *scored, b"7", b"12")]
    yield "sorted set, large", [(b"ZADD", key, *scored, b"1", bytes(range(256)))]
    yield "sorted set of many", [(b"ZADD", key, *(part for n in range(500) for part in (b"%d.25" % (n % 50), b"m%d" % n)))]
    yield "hash, small", [(b"HSET", key, *_pairs(TEXTS[:6] + NUMBERS))]
    yield "hash, large", [(b"HSET", key, *_pairs(TEXTS + NUMBERS))]
    yield "hash of many", [(b"HSET", key, *_pairs([b"%d" % n for n in range(1000)]))]
    for name, values in (("small", TEXTS[:5]), ("large", TEXTS)):
        yield f"hash with field deadlines, {name}", [
            (b"HSET", key, *_pairs(values)),
            (b"HPEXPIREAT", key, b"%d" % FAR_MS, b"FIELDS", b"2", b"f0", b"f3"),
            (b"HPEXPIREAT", key, b"%d" % (FAR_MS + 12345), b"FIELDS", b"1", b"f1"),
        ]
    yield "stream", list(_stream(key))
    yield NEWER_STREAM, [*_stream(key), (b"XGROUP", b"CREATECONSUMER", key, b"late", b"nobody")]
    yield "stream without entries", [(b"XADD", key, b"5-5", b"a", b"b"), (b"XDEL", key, b"5-5"), (b"XGROUP", b"CREATE", key, b"g", b"5-5")]
    yield "HyperLogLog, sparse", [(b"PFADD", key, *(b"e%d" % n for n in range(50)))]
    yield "HyperLogLog, dense", [(b"PFADD", key, *(b"e%d" % n for n in range(5000)))]


def fields_of(reply):
    """A map, or a flat array, as a dictionary."""
    value = reply.value if isinstance(reply, Tagged) else reply
    flat = value if value and not isinstance(value[0], (list, tuple)) else [part for pair in value for part in pair]
    return dict(zip(flat[::2], flat[1::2]))


def stream_facts(peer, key):
    """What XINFO STREAM FULL tells, without what depends on the moment or the version."""
    full = fields_of(peer.ask(b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"))
    facts = {name: full[name] for name in (b"length", b"last-generated-id", b"max-deleted-entry-id", b"entries-added", b"entries")}
    for group in map(fields_of, full[b"groups"]):
        consumers = [fields_of(consumer) for consumer in group[b"consumers"]]
        facts[group[b"name"]] = (
            [group[name] for name in (b"last-delivered-id", b"entries-read", b"lag", b"pending")],
            [[consumer[name] for name in (b"name", b"seen-time", b"pending")] for consumer in consumers],
        )
    return facts


class Peer:
    """One server and what is asked of it."""

    def __init__(self, name, command):
        self.server = Server(name, command=command + " --enable-debug-command yes")
        self.link = Link(self.server, 2)
        self.name = f"{name} {'.'.join(map(str, self.server.kind[1]))}"

    def ask(self, *command):
        exchange([self.link], [command])
        return self.link.replies(1)[0][1]

    def make(self, commands):
        """Makes a value under b"k". Returns whether the server has all of these commands."""
        self.ask(b"FLUSHALL")
        for command in commands:
            reply = self.ask(*command)
            if is_error(reply):
                if b"unknown command" in reply.value:
                    return False
                raise SystemExit(f"{self.name}: {command[:3]} -> {reply.value}")
        return True

    def contents(self, key):
        kind = self.ask(b"TYPE", key)
        kind = kind.value if isinstance(kind, Tagged) else kind
        if kind == b"string":
            held = self.ask(b"GET", key)
        elif kind == b"list":
            held = self.ask(b"LRANGE", key, b"0", b"-1")
        elif kind == b"set":
            held = sorted(self.ask(b"SMEMBERS", key))
        elif kind == b"zset":
            flat = self.ask(b"ZRANGE", key, b"0", b"-1", b"WITHSCORES")
            held = [(member, float(score)) for member, score in zip(flat[::2], flat[1::2])]
        elif kind == b"hash":
            held = sorted(self.deadlines_of(key, fields_of(self.ask(b"HGETALL", key))))
        elif kind == b"stream":
            held = (self.ask(b"XRANGE", key, b"-", b"+"), stream_facts(self, key))
        else:
            held = None
        digest = self.ask(b"DEBUG", b"DIGEST-VALUE", key)
        # Others spell scores in another way before they digest them; a Redis before 8.0 all numbers.
        alike = kind != b"zset" and (self.server.kind[0] == "sorrel" or self.server.kind >= ("redis", (8, 0)))
        return kind, held, None if is_error(digest) or not alike else digest

    def deadlines_of(self, key, pairs):
        deadlines = self.ask(b"HPEXPIRETIME", key, b"FIELDS", b"%d" % len(pairs), *pairs)
        if is_error(deadlines):
            deadlines = [-1] * len(pairs)
        return [(field, value, deadline) for (field, value), deadline in zip(pairs.items(), deadlines)]

    def close(self):
        self.link.close()
        self.server.close()


def carry(origin, origin_key, target, target_key):
    """Returns the error, or None."""
    payload = origin.ask(b"DUMP", origin_key)
    if not isinstance(payload, bytes):
        return f"{origin.name} did not dump: {payload!r}"
    reply = target.ask(b"RESTORE", target_key, b"0", payload, b"REPLACE")
    return f"{target.name} refused what {origin.name} dumped: {reply.value!r}, {payload[:200]!r}" if is_error(reply) else None


def there_and_back(a, b, reads_field_deadlines):
    passed, failures, spared = 0, [], 0
    for name, commands in recipes():
        new = any(command[0].startswith(b"HPEXPIRE") for command in commands)
        old = name == NEWER_STREAM and b.server.kind < ("redis", (7, 2))
        if old or (new and not reads_field_deadlines) or not b.make(commands) or not a.make(commands):
            spared += 1
            continue
        b.ask(b"FLUSHALL")
        wrong = carry(a, b"k", b, b"there") or carry(b, b"there", a, b"back")
        if not wrong:
            made, there, back = a.contents(b"k"), b.contents(b"there"), a.contents(b"back")
            if made[:2] != there[:2] or made != back or (there[2] is not None and made[2] is not None and made[2] != there[2]):
                wrong = f"made {made!r:.1500}\n  there {there!r:.1500}\n  back {back!r:.1500}"
        if wrong:
            failures.append(f"FAILED {name}: {a.name} -> {b.name} -> {a.name}: {wrong}")
        else:
            passed += 1
    print(f"{a.name} -> {b.name} -> {a.name}: {passed} passed, {len(failures)} failed, {spared} spared")
    for failure in failures:
        print("  " + failure)
    return not failures


def others(arguments):
    commands = list(arguments.others)
    if arguments.other_from and os.environ.get(arguments.other_from):
        commands.append(os.environ[arguments.other_from])
    return [command for command in commands if shutil.which(shlex.split(command)[0])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--with", dest="others", action="append", default=[], metavar="COMMAND")
    parser.add_argument("--with-from", dest="other_from", metavar="VARIABLE")
    arguments = parser.parse_args()
    commands = others(arguments)
    if not commands:
        print("skipped: no other server here")
        return SKIPPED
    good = True
    for command in commands:
        ours, other = Peer("sorrel", arguments.server), Peer("other", command)
        try:
            # What Valkey writes of fields with deadlines goes one way only: it reads no other server's.
            newer = other.server.kind[0] == "redis"
            good = there_and_back(ours, other, newer) and good
            good = there_and_back(other, ours, newer) and good
        finally:
            ours.close()
            other.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
