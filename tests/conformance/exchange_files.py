#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Has two servers load each other's RDB files, with every type and encoding in them, and compares what they then hold.

    exchange_files.py --server build/debug/sorrel [--with redis-server] [--with-from SORREL_REFERENCE_SERVER]

One server (A) is filled with the values of exchange.py, each under its own name, in two databases, some with deadlines,
and a library of functions; under settings that choose the encodings: as they are, all small, all large. It saves; the
other one (B) starts with the file, and must hold the same. Both servers are A in turn. Exit status 77 when there is no
other server here.
"""

import argparse
import os
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import exchange  # noqa: E402
from exchange import FAR_MS, NEWER_STREAM, SKIPPED, Peer  # noqa: E402
from link import Link  # noqa: E402
from resp import is_error  # noqa: E402

LIBRARY = b"#!lua name=files\nredis.register_function('files_answer', function() return 42 end)\n"
LIMITS = (b"hash-max-listpack-entries", b"hash-max-listpack-value", b"set-max-listpack-entries", b"set-max-listpack-value",
          b"set-max-intset-entries", b"zset-max-listpack-entries", b"zset-max-listpack-value")  # fmt: skip
SETTINGS = {
    "as they are": [],
    "all small": [(limit, b"100000") for limit in LIMITS] + [(b"list-max-listpack-size", b"-5"), (b"rdbcompression", b"no")],
    "all large": [(limit, b"0") for limit in LIMITS] + [(b"list-max-listpack-size", b"1"), (b"stream-node-max-entries", b"3")],
}
DATABASES = (b"0", b"9")


class FilePeer(Peer):
    """A server that can begin again with another's file."""

    def file(self):
        return pathlib.Path(self.server._directory.name) / "dump.rdb"

    def configure(self, settings):
        for name, value in settings:
            # A server before 7.2 has no listpacks for sets.
            reply = self.ask(b"CONFIG", b"SET", name, value)
            if is_error(reply) and b"set-max-listpack" not in name:
                raise SystemExit(f"{self.name}: {name}: {reply.value}")

    def must(self, *command):
        reply = self.ask(*command)
        if is_error(reply):
            raise SystemExit(f"{self.name}: {command[:3]} -> {reply.value}")
        return reply

    def begin_again(self, path):
        """Restarts the server with a copy of that file. Returns the error that it gives, or None."""
        self.link.close()
        self.server.end()
        shutil.copy(path, self.file())
        try:
            self.server.ensure()
        except SystemExit as failure:
            return str(failure)
        self.link = Link(self.server, 2)
        return None


def recipe_for(name, other):
    """Whether the other server can hold the value."""
    return not (name == NEWER_STREAM and other.server.kind < ("redis", (7, 2)))


def fill(peer, other):
    """Returns {(database, key): name of the recipe} of what was made."""
    peer.must(b"FUNCTION", b"LOAD", LIBRARY)
    made = {}
    for place, (name, commands) in enumerate(exchange.recipes()):
        new = any(command[0].startswith(b"HPEXPIRE") for command in commands)
        if not recipe_for(name, other) or (new and not (other.server.kind[0] == "sorrel" or other.server.kind >= ("redis", (7, 4)))):
            continue
        key = b"key %d" % place
        database = DATABASES[place % len(DATABASES)]
        peer.must(b"SELECT", database)
        replies = [peer.ask(*(key if word == b"k" else word for word in command)) for command in commands]
        unknown = [reply for reply in replies if is_error(reply) and b"unknown command" in reply.value]
        if unknown:
            peer.must(b"DEL", key)
            continue
        if place % 3 == 0:
            peer.must(b"PEXPIREAT", key, b"%d" % (FAR_MS + place))
        made[database, key] = name
    return made


def held(peer, made):
    contents = {}
    for database, key in made:
        peer.must(b"SELECT", database)
        contents[database, key] = (*peer.contents(key)[:2], peer.ask(b"PEXPIRETIME", key))
    sizes = []
    for database in DATABASES:
        peer.must(b"SELECT", database)
        sizes.append(peer.ask(b"DBSIZE"))
    return contents, sizes, peer.ask(b"FCALL", b"files_answer", b"0")


def differences(before, after, made):
    lines = [f"sizes of the databases: {before[1]} -> {after[1]}"] if before[1] != after[1] else []
    if before[2] != after[2]:
        lines.append(f"the function: {before[2]!r} -> {after[2]!r}")
    for place, name in made.items():
        if before[0][place] != after[0][place]:
            lines.append(f"{name}: {before[0][place]!r:.700}\n    -> {after[0][place]!r:.700}")
    return lines


def one_way(make_a, make_b, version):
    good = True
    for name, settings in SETTINGS.items():
        a, b = make_a(), make_b()
        try:
            a.configure(settings)
            if a.server.kind[0] == "sorrel" and version:
                a.configure([(b"rdb-save-version", b"%d" % version)])
            made = fill(a, b)
            before = held(a, made)
            a.must(b"SAVE")
            wrong = b.begin_again(a.file())
            lines = [wrong] if wrong else differences(before, held(b, made), made)
            print(f"{a.name} -> {b.name}, {name}: {len(made)} keys, {len(lines)} differ")
            for line in lines:
                print("  " + line)
            good = good and not lines
        finally:
            a.close()
            b.close()
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--with", dest="others", action="append", default=[], metavar="COMMAND")
    parser.add_argument("--with-from", dest="other_from", metavar="VARIABLE")
    arguments = parser.parse_args()
    commands = exchange.others(arguments)
    if not commands:
        print("skipped: no other server here")
        return SKIPPED
    good = True
    for command in commands:
        began = time.monotonic()
        kind = probe(command)
        # What Redis 7.0 reads is version 10; Valkey takes no other's version above 11.
        version = 10 if kind < ("redis", (7, 2)) else None
        good = one_way(lambda: FilePeer("sorrel", arguments.server), lambda c=command: FilePeer("other", c), version) and good
        good = one_way(lambda c=command: FilePeer("other", c), lambda: FilePeer("sorrel", arguments.server), None) and good
        print(f"{command}: {time.monotonic() - began:.1f} s")
    return 0 if good else 1


def probe(command):
    peer = FilePeer("other", command)
    try:
        return peer.server.kind
    finally:
        peer.close()


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
