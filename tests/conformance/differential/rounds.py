# SPDX-License-Identifier: BSD-3-Clause
"""One round: both servers emptied, then a recorded list of commands sent to both and every reply judged.

A round depends on nothing but its commands, so that any part of its commands can be played again: that is what the
shrinker does. Besides the connection that the commands use there is a second one to look at the keyspace with, at intervals
and after each difference; a difference after which the keyspaces are still equal does not end a round.
"""

import time
from typing import NamedTuple, Optional

import keyspace
from link import SILENT, Link, exchange, leaves_queue_open
from replies import same
from resp import Tagged, is_error

BATCH = 200
DATABASES = 16
# Redis 8.0 drops the error of a failed AUTH while an earlier reply of the connection is still to be written, so that the
# replies of a pipeline no longer belong to its commands. What may authenticate is therefore sent alone.
SENT_ALONE = (b"AUTH", b"HELLO")
PRELUDE = (
    (b"CONFIG", b"SET", b"zset-max-listpack-entries", b"128"),
    (b"CONFIG", b"SET", b"zset-max-listpack-value", b"64"),
    (b"CONFIG", b"SET", b"hash-max-listpack-entries", b"512"),
    (b"CONFIG", b"SET", b"hash-max-listpack-value", b"64"),
    (b"CONFIG", b"SET", b"set-max-intset-entries", b"512"),
    (b"CONFIG", b"SET", b"set-max-listpack-entries", b"128"),
    (b"CONFIG", b"SET", b"set-max-listpack-value", b"64"),
    (b"CONFIG", b"SET", b"hll-sparse-max-bytes", b"3000"),
    # How often Redis looks whether a client has waited long enough.
    (b"CONFIG", b"SET", b"hz", b"500"),
    (b"CONFIG", b"SET", b"stream-node-max-entries", b"100"),
    (b"CONFIG", b"SET", b"stream-node-max-bytes", b"4096"),
    (b"FLUSHALL",),
)


class Difference(NamedTuple):
    """index: the command after which it was seen. probe: the command whose replies differ, another one when state is True.

    consequence: seen in the same batch after a difference that left the keyspaces unequal, so most likely caused by it.
    """

    index: int
    probe: tuple
    a: object
    b: object
    state: bool
    consequence: bool = False

    def signature(self):
        """What makes two differences the same one for shrinking and for reporting."""
        words = 2 if self.probe[0].upper() in (b"OBJECT", b"CLIENT", b"COMMAND", b"CONFIG", b"MEMORY", b"DEBUG", b"XINFO", b"XGROUP", b"~WALK", b"~DRAW", b"~POP") else 1
        head = b" ".join(self.probe[:words]).upper()
        return self.state, head, _sort_of_reply(self.a), _sort_of_reply(self.b)


def _alone(command):
    return command[0][:1] == b"~" or command[0].upper() in SENT_ALONE


def _sort_of_reply(value):
    if is_error(value):
        return "-" + " ".join(value.value.decode("latin-1").split("'")[0].split()[:4])
    if isinstance(value, Tagged):
        return value.kind
    return type(value).__name__


class Bench:
    """The two servers and how they are compared."""

    def __init__(self, servers, protocol, accepted):
        self.servers, self.protocol, self.accepted = servers, protocol, accepted

    def play(self, commands, look_every=2000):
        """Sends the commands to emptied servers, up to the first batch that leaves the keyspaces unequal.

        Returns (commands sent, differences in the order they were seen).
        """
        for server in self.servers:
            server.ensure()
        links = [Link(server, self.protocol) for server in self.servers]
        watchers = [Link(server, self.protocol) for server in self.servers]
        try:
            exchange(watchers, PRELUDE)
            return self._play(links, watchers, commands, look_every)
        finally:
            for link in links + watchers:
                link.close()
                if link.trouble is SILENT:
                    link.server.end()

    def _play(self, links, watchers, commands, look_every):
        differences, done, next_look = [], 0, look_every
        self._commands = commands
        while done < len(commands):
            part = self._next_part(commands, done)
            found = list(self._send(links, part, done))
            done += len(part)
            look = done >= next_look or done == len(commands) or bool(found)
            differences += found
            if any(link.trouble for link in links):
                done = found[-1].index + 1 if found else done
                break
            if look:
                next_look = done + look_every
                wrong = self._look(watchers, done - 1)
                if wrong:
                    seen = found + wrong
                    differences = differences[: len(differences) - len(found)] + seen[:1]
                    differences += [later._replace(consequence=True) for later in seen[1:]]
                    break
        return done, differences

    @staticmethod
    def _next_part(commands, start):
        """Up to a batch of ordinary commands, more to end a transaction, or a single one that needs several exchanges."""
        stop = start + 1
        if not _alone(commands[start]):
            while stop < len(commands) and not _alone(commands[stop]) and (stop - start < BATCH or leaves_queue_open(commands[start:stop])):
                stop += 1
        return commands[start:stop]

    def _send(self, links, part, start):
        if part[0][0].startswith(b"~"):
            a, b = self._special(links, part[0])
            if not self._equal(part[0], a, b):
                yield Difference(start, part[0], a, b, False)
            return
        exchange(links, part)
        if links[0].received == links[1].received and not links[0].trouble and not links[1].trouble:
            return
        both = zip(part, links[0].replies(len(part)), links[1].replies(len(part)))
        for place, (command, (raw_a, a), (raw_b, b)) in enumerate(both):
            if raw_a == raw_b and raw_a:
                continue
            answers = self._answers(start + place, command, a, b)
            wrong = next((answer for answer in answers if not self._equal(*answer)), None)
            if wrong:
                yield Difference(start + place, *wrong, False)
                if not raw_a or not raw_b:
                    return

    def _answers(self, index, command, a, b):
        """The reply or, of an EXEC, the replies of the commands that it ran."""
        if command[0].upper() == b"EXEC" and isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            queued = queued_before(self._commands, index)
            if len(queued) == len(a):
                return list(zip(queued, a, b))
        return [(command, a, b)]

    @staticmethod
    def _special(links, command):
        word, rest = command[0].upper(), command[1:]
        if word == b"~WALK" and rest and rest[0].upper() in keyspace.SCANS:
            return [keyspace.walk(link, rest) for link in links]
        if word == b"~DRAW" and rest and rest[0].upper() in keyspace.DRAWS:
            return [keyspace.draw(link, rest) for link in links]
        if word == b"~POP" and len(rest) > 1 and rest[0].upper() in keyspace.POPS:
            return [keyspace.pop(link, rest) for link in links]
        if word == b"~DBSIZE":
            return [keyspace.size(link) for link in links]
        if word == b"~EXPIRE" and rest:
            return keyspace.expire_now(links, rest, time.monotonic, time.sleep)
        if word == b"~EXCHANGE" and len(rest) > 1:
            return keyspace.exchange_value(links, rest[0], rest[1])
        return [None, None]

    def _equal(self, command, a, b):
        if any(isinstance(reply, Tagged) and reply.kind in ("closed", "silent", "garbled") for reply in (a, b)):
            return False
        return same(command, a, b) or self.accepted.covers(command, a, b)

    def _look(self, watchers, index):
        """The first difference between the keyspaces, in a list; an empty list when there is none."""
        for command, a, b in keyspace.contents(watchers, DATABASES):
            if not self._equal(command, a, b):
                return [Difference(index, command, a, b, True)]
        return []


def queued_before(commands, index):
    """The commands that an EXEC at this place runs if it runs any."""
    start = index
    while start > 0 and [word.upper() for word in commands[start - 1]] != [b"MULTI"]:
        start -= 1
    return [command for command in commands[start:index] if command[0].upper() not in (b"MULTI", b"WATCH")]


def first_like(differences, signature) -> Optional[Difference]:
    return next((found for found in differences if found.signature() == signature), None)
