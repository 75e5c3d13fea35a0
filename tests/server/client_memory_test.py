#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""maxmemory-clients: who goes when clients hold too much, and that CLIENT LIST tells what they hold."""

import unittest

from running_server import Client, ReplyError, RunningServer, wait_until

MB = 1024 * 1024
CLOSED = (OSError, EOFError)


class ClientMemory(unittest.TestCase):
    def setUp(self):
        self.server = RunningServer()
        self.addCleanup(self.server.close)
        self.control = self.client("control")
        self.control.call("CLIENT", "NO-EVICT", "ON")

    def client(self, name):
        client = self.server.client()
        self.addCleanup(client.__exit__)
        client.call("CLIENT", "SETNAME", name)
        return client

    def limit(self, value):
        self.control.call("CONFIG", "SET", "maxmemory-clients", value)

    def listed(self):
        """name -> the fields of its line."""
        lines = self.control.call("CLIENT", "LIST").splitlines()
        fields = (dict(part.split("=", 1) for part in line.split(" ")) for line in lines)
        return {line["name"]: line for line in fields}

    def total(self, name):
        line = self.listed().get(name)
        return None if line is None else int(line["tot-mem"])

    def evicted(self):
        lines = self.control.call("INFO", "stats").splitlines()
        return int([line for line in lines if line.startswith("evicted_clients:")][0].partition(":")[2])

    def unfinished(self, name, size):
        """A client that has sent so many bytes of an argument that is longer."""
        client = self.client(name)
        client.socket.sendall(b"*2\r\n$3\r\nGET\r\n$%d\r\n" % (size + 1) + b"v" * size)
        wait_until(lambda: int(self.listed()[name]["qbuf"]) >= size, "its bytes")
        return client

    def gone(self, client):
        try:
            while client.socket.recv(1 << 20):
                pass
        except OSError:
            pass
        return True

    def test_the_largest_go_and_no_more_than_need_be(self):
        clients = {name: self.unfinished(name, size) for name, size in
                   (("small", 100_000), ("middle", 600_000), ("large", 3 * MB), ("larger", 4 * MB))}
        self.limit(2 * MB)
        self.assertEqual(set(self.listed()) - {"control"}, {"small", "middle"})
        self.assertEqual(self.evicted(), 2)
        self.assertTrue(self.gone(clients["large"]) and self.gone(clients["larger"]))
        self.limit(500_000)
        self.assertEqual(set(self.listed()) - {"control"}, {"small"})
        self.limit(0)
        self.control.call("CONFIG", "RESETSTAT")
        self.assertEqual(self.evicted(), 0)
        wait_until(lambda: "Evicting client: id=" in self.server.output.read_text(), "the log")

    def test_input(self):
        self.limit(3 * MB)
        client = self.client("input")
        client.call("SET", "k", "v" * MB)
        with self.assertRaises(CLOSED):
            client.call("SET", "k", "v" * 8 * MB)
        self.assertNotIn("input", self.listed())

    def test_output(self):
        self.control.call("SET", "k", "v" * MB)
        self.limit(20 * MB)
        client = self.client("output")
        client.socket.sendall(b"GET k\r\n" * 60)
        wait_until(lambda: "output" not in self.listed(), "the end of who does not read")
        self.assertEqual(self.evicted(), 1)

    def test_what_is_sent_to_who_does_not_read(self):
        self.limit(20 * MB)
        listener = self.client("listener")
        listener.call("SUBSCRIBE", "c")
        while self.control.call("PUBLISH", "c", "m" * MB) == 1:
            pass
        self.assertNotIn("listener", self.listed())

    def test_what_a_client_keeps(self):
        for name, words in (("queue", ["SET", "k", "v" * 1000]), ("watch", ["WATCH", "{}" + "k" * 1000]),
                            ("listen", ["SUBSCRIBE", "{}" + "c" * 1000]), ("prefix", ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "{:09}"])):
            with self.subTest(name=name):
                self.limit(400_000)
                client = self.client(name)
                if name == "queue":
                    client.call("MULTI")
                before = self.total(name)
                with self.assertRaises(CLOSED):
                    for i in range(100_000):
                        client.call(*[word.format(i) for word in words])
                self.assertGreater(i, 50)
                self.assertNotIn(name, self.listed())
                # And what it has kept is not counted for ever.
                self.limit(0)
                again = self.client(name + "-again")
                self.assertLess(abs(self.total(name + "-again") - before), 20_000)
                again.__exit__()

    def test_what_is_given_back_counts_no_more(self):
        client = self.client("transaction")
        empty = self.total("transaction")
        client.call("MULTI")
        for _ in range(100):
            client.call("SET", "k", "v" * 1000)
        full = self.total("transaction")
        self.assertGreater(full, empty + 100_000)
        self.assertGreaterEqual(int(self.listed()["transaction"]["multi-mem"]), 100_000)
        client.call("DISCARD")
        client.call("WATCH", *[f"key:{i}" for i in range(1000)])
        self.assertGreater(self.total("transaction"), empty + 20_000)
        client.call("UNWATCH")
        client.call("SUBSCRIBE", *[f"channel:{i}" for i in range(1000)])
        for _ in range(999):
            client.reply()
        self.assertGreater(self.total("transaction"), empty + 20_000)
        client.call("UNSUBSCRIBE")
        for _ in range(999):
            client.reply()
        self.assertLess(self.total("transaction") - empty, 20_000)

    def test_who_may_not_be_evicted(self):
        kept = self.unfinished("kept", 100)
        kept.socket.sendall(b"v" + b"\r\n")
        self.assertEqual(kept.reply(), None)
        kept.call("CLIENT", "NO-EVICT", "ON")
        kept.socket.sendall(b"*2\r\n$3\r\nGET\r\n$4000001\r\n" + b"v" * 4_000_000)
        wait_until(lambda: int(self.listed()["kept"]["qbuf"]) >= 4_000_000, "its bytes")
        self.limit(MB)
        other = self.client("other")  # goes at once, or with what it does next
        with self.assertRaises(CLOSED):
            for _ in range(1000):
                other.call("PING")
        self.assertIn("kept", self.listed())
        kept.socket.sendall(b"v\r\n")
        self.assertEqual(kept.reply(), None)
        kept.call("CLIENT", "NO-EVICT", "OFF")
        wait_until(lambda: "kept" not in self.listed() or self.total("kept") < MB, "it to be small, or gone")

    def test_a_part_of_maxmemory(self):
        self.assertEqual(self.control.call("CONFIG", "GET", "maxmemory-clients"), ["maxmemory-clients", "0"])
        self.control.call("CONFIG", "SET", "maxmemory", 200 * MB)
        self.limit("1%")
        self.assertEqual(self.control.call("CONFIG", "GET", "maxmemory-clients"), ["maxmemory-clients", "1%"])
        self.unfinished("small", 300_000)  # which may take twice as much
        with self.client("large") as large:
            large.socket.sendall(b"*2\r\n$3\r\nGET\r\n$9000000\r\n")
            try:
                large.socket.sendall(b"v" * 3 * MB)
            except OSError:
                pass
            wait_until(lambda: "large" not in self.listed(), "the larger one to go")
        self.assertIn("small", self.listed())
        self.control.call("CONFIG", "SET", "maxmemory", 0)
        self.unfinished("free", 5 * MB)  # of nothing there is no part, and no limit
        for wrong in ("101%", "-1%", "x%", "%", "some", "-1"):
            with self.assertRaises(ReplyError):
                self.limit(wrong)


if __name__ == "__main__":
    unittest.main(verbosity=2)
