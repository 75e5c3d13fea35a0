# SPDX-License-Identifier: BSD-3-Clause
"""What happens to a server while others ask it: keys that come, expire and go, walks over all of them.

An event has prepare(), before the stretch at rest, wait(), between the two stretches, and run(), which
returns when it is over. Each acts as one more client of the server, or as ten.
"""
import time

import servers as fleet

VALUE = b"v" * 32


def batches(command, count, element, size=1000):
    """Commands that give `big` so many elements; element(i) is the list of words for one."""
    for start in range(0, count, size):
        words = [command, b"big"]
        for i in range(start, min(start + size, count)):
            words += element(i)
        yield words


def fillers(n):
    """type -> commands that make a collection of n elements"""
    return {
        "set": lambda: batches(b"SADD", n, lambda i: [b"member:%012d" % i]),
        "hash": lambda: batches(b"HSET", n, lambda i: [b"field:%012d" % i, b"value"]),
        "sorted set": lambda: batches(b"ZADD", n, lambda i: [b"%d" % (i * 7919 % 1000003), b"member:%012d" % i]),
        "list": lambda: batches(b"RPUSH", n, lambda i: [b"item:%012d" % i]),
        "stream": lambda: ((b"XADD", b"big", b"%d-1" % (i + 1), b"f", b"v") for i in range(n)),
    }


def store_keys(client, count):
    """Keys other:0 ... with values of 32 bytes."""
    client.load(([b"MSET"] + [word for i in range(start, min(start + 100, count)) for word in (b"other:%012d" % i, VALUE)]
                 for start in range(0, count, 100)), chunk=20)


class Event:
    """Requires: prepare(), wait() and run() in this order, by one thread."""

    stretch_rounds = None  # how many rounds make sense; None: as many as wanted

    def __init__(self, options, server):
        self.options, self.server, self.client = options, server, server.client()

    def prepare(self):
        pass

    def wait(self):
        pass


class Growth(Event):
    """--grow new keys at --grow-rate a second, by ten clients in pipelines of 16; never faster, after a stall either."""

    stretch_rounds = 1
    CLIENTS, DEPTH, TICK = 10, 16, 0.001

    def run(self):
        clients = [self.server.client() for _ in range(self.CLIENTS)]
        request = b"*3\r\n$3\r\nSET\r\n$16\r\nnew:%012d\r\n$32\r\n" + VALUE + b"\r\n"
        owed = [0] * self.CLIENTS
        sent, begin, count, rate = 0, time.monotonic(), self.options.grow, self.options.grow_rate
        while sent < count:
            behind = (time.monotonic() - begin) * rate - sent
            if behind > rate / 20:
                begin += behind / rate
            for _ in range(min(int(behind) // self.DEPTH, 2 * self.CLIENTS)):
                turn = sent // self.DEPTH % self.CLIENTS
                self.take_replies(clients[turn], owed[turn])
                owed[turn] = min(self.DEPTH, count - sent)
                clients[turn].socket.sendall(b"".join([request % i for i in range(sent, sent + owed[turn])]))
                sent += owed[turn]
            time.sleep(self.TICK)
            if count - sent < self.DEPTH:
                break
        for client, left in zip(clients, owed):
            self.take_replies(client, left)
            client.close()

    @staticmethod
    def take_replies(client, count):
        wanted = 5 * count
        while wanted > 0:
            got = client.socket.recv(wanted)
            if not got or b"-" in got:
                raise RuntimeError(f"a new key was refused: {got[:100]!r}")
            wanted -= len(got)


class Expiry(Event):
    """--expiring keys whose deadline is the same millisecond, which comes when the stretch has just begun."""

    def prepare(self):
        count, client = self.options.expiring, self.client
        self.before = client.ask("DBSIZE")
        begin = time.monotonic()
        store_keys(client, count)
        # Deadlines take about as long to set as the keys, though they come one by one.
        self.at = time.time() + 4 * (time.monotonic() - begin) + 4 + self.options.rest
        when = b"%d" % (self.at * 1000)
        client.load((b"PEXPIREAT", b"other:%012d" % i, when) for i in range(count))
        left = self.at - self.options.rest - 2 - time.time()
        if left < 0:
            raise RuntimeError("the deadlines came before all were set")
        time.sleep(left)

    def wait(self):
        time.sleep(max(0, self.at - time.time() - 0.2))

    def run(self):
        while self.client.ask("DBSIZE") > self.before:
            time.sleep(0.02)


class Unlink(Event):
    """UNLINK of a collection of --elements; over when nothing waits to be freed and memory does not fall any more."""

    LIMIT_SECONDS = 20

    def __init__(self, options, server, kind):
        super().__init__(options, server)
        self.kind = kind

    def prepare(self):
        self.client.load(fillers(self.options.elements)[self.kind](), chunk=20)

    def run(self):
        self.client.ask("UNLINK", "big")
        end, least, last_fall = time.monotonic() + self.LIMIT_SECONDS, 1 << 62, time.monotonic()
        while time.monotonic() < min(end, last_fall + 1.5):
            time.sleep(0.05)
            resident = fleet.status_bytes(self.server.pid, "VmRSS")
            if resident < least - (1 << 20) or int(self.server.info("memory").get("lazyfree_pending_objects", 0)):
                least, last_fall = min(least, resident), time.monotonic()


class Keys(Event):
    """KEYS with a pattern that matches none of --others keys, once a second."""

    TIMES = 5

    def prepare(self):
        if not self.client.ask("EXISTS", "other:%012d" % 0):
            store_keys(self.client, self.options.others)

    def run(self):
        for _ in range(self.TIMES):
            if self.client.ask("KEYS", "nothing:*"):
                raise RuntimeError("KEYS found what is not there")
            time.sleep(1)


class Scan(Keys):
    """SCAN with COUNT 1000 over all keys, without a pause, for as long as five seconds at least."""

    def run(self):
        end = time.monotonic() + self.TIMES
        while time.monotonic() < end:
            cursor, seen = "0", 0
            while True:
                cursor, found = self.client.ask("SCAN", cursor, "COUNT", "1000")
                seen += len(found)
                if cursor == "0":
                    break
            if seen < self.options.others:
                raise RuntimeError(f"SCAN found {seen} of {self.options.others} keys")


EVENTS = {
    "growth": Growth,
    "expiry": Expiry,
    "unlink set": lambda options, server: Unlink(options, server, "set"),
    "unlink sorted set": lambda options, server: Unlink(options, server, "sorted set"),
    "keys": Keys,
    "scan": Scan,
}
