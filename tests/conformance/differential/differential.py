#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sends the same random commands to two servers and compares every reply and everything they then hold.

The commands come in rounds; a round starts from empty servers and is made from the seed, its number and the families
alone. So `--seed S --only N` plays round N of any run again, whatever ran before it. Every difference is shrunk to the fewest
commands that show it and printed as lines for redis-cli. The exit status is 1 when there was one.

The unit of the closing line is the command: passed are the commands whose replies agreed, failed the differences found.
"""

import argparse
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import coverage
import safety
import vocabulary
from accepted import Accepted
from families import FAMILIES
from grammar import Stream
from resp import show
from rounds import Bench, first_like
from servers import Server
from shrink import cli_line, shrink

ROUND = 10_000
MOST_OF_A_ROUND = 200


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for side, default in (("a", None), ("b", os.environ.get("SORREL_REFERENCE_SERVER"))):
        place = parser.add_mutually_exclusive_group(required=default is None)
        place.add_argument(f"--{side}", metavar="HOST:PORT", help=f"server {side.upper()}, already running; it is emptied")
        place.add_argument(f"--{side}-server", metavar="COMMAND", default=default, help="command prefix to start it with")
    parser.add_argument("--commands", type=int, default=100_000, help="how many commands per protocol (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protocol", choices=("2", "3", "both"), default="both", help="both: rounds in turn (default)")
    parser.add_argument("--families", default="all", help="comma separated, of: " + ", ".join(FAMILIES))
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="ROUND", help="begin with this round")
    parser.add_argument("--only", type=int, metavar="ROUND", help="play only this round")
    parser.add_argument("--look-every", type=int, default=2000, help="commands between comparisons of the whole keyspace")
    parser.add_argument("--max-differences", type=int, default=5, help="stop after so many different ones (default %(default)s)")
    parser.add_argument("--coverage", action="store_true", help="list the commands of the contract that are not sent, and end")
    parser.add_argument("--no-accepted", action="store_true", help="report the accepted differences, too")
    chosen = parser.parse_args()
    if chosen.families != "all" and not set(chosen.families.split(",")) <= set(FAMILIES):
        parser.error("--families: known are " + ", ".join(FAMILIES))
    return chosen


def make_stream(names, kinds, accepted, unknown=frozenset()):
    """Returns the stream of commands of these families that both kinds of server have; none that begins with an unknown word."""
    slots, rows = dict(vocabulary.SLOTS), []
    modern = not any(kind[0] == "redis" for kind in kinds)
    for name in names:
        family = FAMILIES[name]
        slots.update(getattr(family, "SLOTS", {}))
        rows.extend(family.ROWS)
        if modern:
            rows.extend(getattr(family, "VALKEY_ROWS", ()))
    if unknown:
        rows = [row for row in rows if not coverage.words([row]) or coverage.words([row]) - unknown]
    if not rows:
        raise SystemExit(f"no command of these families is known to both servers: {', '.join(names)}")

    def allowed(args):
        word = args[1 if args[0][:1] == b"~" and len(args) > 1 else 0].upper()
        return word.decode("latin-1") not in unknown and safety.allowed(args) and accepted.sendable(args)

    return Stream(rows, slots, vocabulary.damage, allowed)


def unknown_words(names, servers):
    """The command words of these families that a server does not know."""
    asked = sorted(coverage.words(row for name in names for row in FAMILIES[name].ROWS))
    missing = set()
    for server in servers:
        rows = server.ask(b"COMMAND", b"INFO", *(word.encode() for word in asked))
        missing |= {word for word, row in zip(asked, rows) if not isinstance(row, list)}
    return frozenset(missing)


# SORT of Redis looks at what the number read before it has left in errno; this one leaves nothing.
_CLEAN_SLATE = (b"ZINCRBY", b"no such key", b"x", b"m")
_ENDS_QUEUE = (b"MULTI", b"EXEC", b"DISCARD", b"RESET", b"AUTH", b"HELLO")


def make_round(stream, seed, number, protocol, count):
    source = random.Random(f"{seed}/{number}/{protocol}")
    commands = []
    for command in stream.take(source, count):
        if [word.upper() for word in command] == [b"MULTI"]:
            queued = [inner for inner in stream.take(source, source.randint(0, 7)) if _may_be_queued(source, inner)]
            end = (b"EXEC",) if source.random() < 0.9 else (b"DISCARD",)
            for inner in (command, *queued, end):
                commands += _with_company(inner, protocol)
        else:
            commands += _with_company(command, protocol)
    return commands


def _may_be_queued(source, command):
    """Whether the command goes into a transaction; what is refused there only now and then."""
    word = command[0].upper()
    return word[:1] != b"~" and word not in _ENDS_QUEUE and (word != b"WATCH" or source.random() < 0.05)


def _with_company(command, protocol):
    """The command and what has to go before or after it."""
    word = command[0].upper()
    if word in (b"SORT", b"SORT_RO"):
        return [_CLEAN_SLATE, command]
    if word == b"RESET" and len(command) == 1:
        return [command, (b"HELLO", b"%d" % protocol)]
    return [command]


class Report:
    """What was found so far; prints a difference when it is of a new sort."""

    def __init__(self, seed, limit):
        self._seed, self._limit, self._seen = seed, limit, {}
        self.passed = self.failed = 0

    def full(self):
        return len(self._seen) >= self._limit

    def add(self, bench, number, start, commands, done, differences):
        """Takes in what playing the commands of a round from `start` on has shown."""
        own = [found for found in differences if not found.consequence]
        self.passed += done - len({found.index for found in differences if not found.state})
        self.failed += len(own)
        for found in own:
            key = found.signature()
            self._seen[key] = self._seen.get(key, 0) + 1
            if self._seen[key] == 1 and len(self._seen) <= self._limit:
                self._print(bench, number, start, commands, found)

    def _print(self, bench, number, start, commands, found):
        names = [f"{server.name} ({server.kind[0]} {'.'.join(map(str, server.kind[1]))})" for server in bench.servers]
        print(f"DIFFERENCE seed {self._seed} round {number} command {start + found.index} RESP{bench.protocol}")
        print(f"  {'in the keyspace, seen by' if found.state else 'in the reply to'}: {cli_line(found.probe)}")
        for name, reply in zip(names, (found.a, found.b)):
            print(f"  {name}: {show(reply)}")
        history = commands[: found.index + 1]

        def fails(part):
            if not all(safety.allowed(list(command)) for command in part):
                return False
            return first_like(bench.play(part, len(part) + 1)[1], found.signature()) is not None

        if not fails(history):
            print("  does not show when played again: it depends on time or chance")
        else:
            print("  fewest commands, from empty servers:")
            for command in shrink(history, fails):
                print("    " + cli_line(command))
        sys.stdout.flush()

    def summary(self):
        for (state, head, a, b), count in self._seen.items():
            print(f"seen {count} times{' in the keyspace' if state else ''}: {head.decode('latin-1')!r} ({a} / {b})")


def play_round(bench, report, number, commands, chosen):
    """Plays the whole round; after a difference in the keyspace the rest of it goes on from empty servers."""
    start, failed_before = 0, report.failed
    while start < len(commands) and not report.full() and report.failed < failed_before + MOST_OF_A_ROUND:
        try:
            done, differences = bench.play(commands[start:], chosen.look_every)
            report.add(bench, number, start, commands[start:], done, differences)
        except ConnectionError as trouble:
            where = f"seed {chosen.seed} round {number} RESP{bench.protocol} command {start}"
            raise SystemExit(f"{where}: a server cannot be reached any more: {trouble}") from None
        start += done


def run(chosen, servers):
    kinds = [server.kind for server in servers]
    names = list(FAMILIES) if chosen.families == "all" else chosen.families.split(",")
    accepted = Accepted(*kinds) if not chosen.no_accepted else Accepted(*kinds, table=(), withheld=())
    unknown = unknown_words(names, servers)
    if unknown:
        print(f"not sent, since a server does not know them: {' '.join(sorted(unknown)).lower()}")
    stream = make_stream(names, kinds, accepted, unknown)
    protocols = (2, 3) if chosen.protocol == "both" else (int(chosen.protocol),)
    numbers = [chosen.only] if chosen.only is not None else range(chosen.first, -(-chosen.commands // ROUND))
    report, begun = Report(chosen.seed, chosen.max_differences), time.monotonic()
    for number in numbers:
        for protocol in protocols:
            bench = Bench(servers, protocol, accepted)
            count = ROUND if chosen.only is not None else min(ROUND, chosen.commands - number * ROUND)
            commands = make_round(stream, chosen.seed, number, protocol, count)
            play_round(bench, report, number, commands, chosen)
        if report.full():
            print(f"stopped in round {number}: {chosen.max_differences} different differences")
            break
    report.summary()
    for reason, count in sorted(accepted.counts.items()):
        print(f"accepted {count} times: {reason}")
    print(f"seed {chosen.seed}, {len(names)} families, {time.monotonic() - begun:.0f} s; units below are commands compared")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def main():
    if "--coverage" in sys.argv[1:]:
        print("\n".join(coverage.report()))
        return 0
    chosen, servers = options(), []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        for side in "ab":
            address, command = getattr(chosen, side), getattr(chosen, f"{side}_server")
            servers.append(Server(side.upper(), address, None if address else command))
        return run(chosen, servers)
    finally:
        for server in servers:
            server.close()


if __name__ == "__main__":
    sys.exit(main())
