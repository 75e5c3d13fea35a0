#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Client side caching and MONITOR between real connections: who tracks, who changes, who is told.

And the rates of INFO, which need a server whose time goes by.
"""

import re
import unittest

from running_server import RunningServer, wait_until

CHANNEL = "__redis__:invalidate"


class Tracking(unittest.TestCase):
    def setUp(self):
        self.server = RunningServer()
        self.addCleanup(self.server.close)
        self.reader, self.writer, self.told = (self.client() for _ in range(3))
        self.redirect = ("REDIRECT", self.told.call("CLIENT", "ID"))
        self.told.call("SUBSCRIBE", CHANNEL)

    def client(self):
        client = self.server.client()
        self.addCleanup(client.__exit__)
        return client

    def field(self, name):
        found = re.search(rf"^{name}:(.*)\r$", self.server.call("INFO"), re.MULTILINE)
        return int(found.group(1))

    def track(self, *options):
        self.assertEqual(self.reader.call("CLIENT", "TRACKING", "ON", *self.redirect, *options), "OK")

    def test_messages_arrive_without_a_request(self):
        self.track()
        self.reader.call("GET", "k")
        self.writer.call("SET", "k", "v")
        self.assertEqual(self.told.reply(), ["message", CHANNEL, ["k"]])
        self.reader.call("GET", "k")
        self.writer.call("PEXPIRE", "k", 20)
        self.assertEqual(self.told.reply(), ["message", CHANNEL, ["k"]])
        self.reader.call("GET", "k")
        # Nobody touches it: its time comes.
        self.assertEqual(self.told.reply(), ["message", CHANNEL, ["k"]])

    def test_broadcast_is_one_message_for_a_pipeline(self):
        self.track("BCAST", "PREFIX", "user:", "PREFIX", "item:")
        self.writer.call("MULTI")
        for key in ("user:2", "item:1", "other", "user:1"):
            self.writer.call("SET", key, "v")
        self.writer.call("EXEC")
        self.assertEqual(self.told.reply(), ["message", CHANNEL, ["item:1"]])
        self.assertEqual(self.told.reply(), ["message", CHANNEL, ["user:1", "user:2"]])

    def test_broadcast_tells_of_what_expires(self):
        self.track("BCAST", "NOLOOP")
        self.reader.call("SET", "k", "v", "PX", 20)
        self.assertEqual(self.told.reply(), ["message", CHANNEL, ["k"]])

    def test_figures(self):
        self.track()
        self.reader.call("MGET", "a", "b", "c")
        self.writer.call("CLIENT", "TRACKING", "ON")
        self.writer.call("GET", "a")
        with self.server.client() as third:
            third.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x", "PREFIX", "y")
            self.assertEqual(self.field("tracking_clients"), 3)
            self.assertEqual(self.field("tracking_total_prefixes"), 2)
        self.assertEqual(self.field("tracking_total_keys"), 3)
        self.assertEqual(self.field("tracking_total_items"), 4)
        wait_until(lambda: self.field("tracking_clients") == 2, "the third to be gone")
        self.assertEqual(self.field("tracking_total_prefixes"), 0)

    def test_a_lower_limit_forgets_without_a_request(self):
        self.track()
        for i in range(250):
            self.reader.call("GET", f"key{i}")
        self.writer.call("CONFIG", "SET", "tracking-table-max-keys", 1)
        heard = {self.told.reply()[2][0] for _ in range(249)}
        self.assertEqual(len(heard), 249)
        self.assertEqual(self.field("tracking_total_keys"), 1)
        self.assertEqual(self.told.call("PING"), ["pong", ""])

    def test_a_killed_target_is_noticed(self):
        self.track()
        self.reader.call("GET", "k")
        self.assertEqual(self.writer.call("CLIENT", "KILL", "ID", self.redirect[1]), 1)
        self.writer.call("SET", "k", "v")
        self.assertIn(" flags=tR ", self.reader.call("CLIENT", "INFO"))


class Monitor(unittest.TestCase):
    def start(self, *options):
        server = RunningServer(*options)
        self.addCleanup(server.close)
        return server

    def test_lines(self):
        server = self.start("--unixsocket", "socket")
        with server.client() as monitor, server.client() as client:
            self.assertEqual(monitor.call("MONITOR"), "OK")
            port = client.socket.getsockname()[1]
            client.call("SET", "k", 'a "b"\n')
            self.assertRegex(monitor.reply(),
                             rf'^\d+\.\d{{6}} \[0 127\.0\.0\.1:{port}\] "SET" "k" "a \\"b\\"\\n"$')
            with type(client)(f"{server.directory}/socket") as local:
                local.call("PING")
            self.assertRegex(monitor.reply(), r'^\d+\.\d{6} \[0 unix:\S*socket\] "PING"$')
            monitor.call("RESET")
            client.call("PING")
            self.assertEqual(monitor.call("ECHO", "quiet"), "quiet")

    def test_one_that_does_not_read_is_cut_off(self):
        server = self.start("--client-output-buffer-limit", "normal", "1mb", "0", "0")
        with server.client() as monitor, server.client() as client:
            monitor.call("MONITOR")

            def cut_off():
                client.call("SET", "k", "x" * 100_000)
                return "client_output_buffer_limit_disconnections:1\r\n" in client.call("INFO", "stats")

            wait_until(cut_off, "the monitor to be cut off")
            self.assertEqual(client.call("PING"), "PONG")

    def test_who_waits_is_not_idle(self):
        server = self.start("--timeout", "1")
        with server.client() as monitor, server.client() as listener, server.client() as waiting:
            monitor.call("MONITOR")
            listener.call("SUBSCRIBE", "c")
            waiting.send("BLPOP", "list", 0)
            with server.client() as idle:
                idle.call("PING")
                self.assertEqual(idle.stream.read(1), b"")
            self.assertEqual(server.call("PUBLISH", "c", "m"), 1)
            self.assertEqual(server.call("RPUSH", "list", "x"), 1)
            self.assertEqual(waiting.reply(), ["list", "x"])
            self.assertEqual(listener.reply(), ["message", "c", "m"])


class Rates(unittest.TestCase):
    def rate(self, client):
        info = client.call("INFO", "stats")
        return int(re.search(r"instantaneous_ops_per_sec:(\d+)", info).group(1))

    def test_they_begin_anew(self):
        with RunningServer() as server, server.client() as client:
            def works():
                client.socket.sendall(b"PING\r\n" * 1000)
                for _ in range(1000):
                    client.line()
                return self.rate(client) > 1000

            wait_until(works, "the rate of a server that works")
            client.call("CONFIG", "RESETSTAT")
            self.assertLess(self.rate(client), 500)


if __name__ == "__main__":
    unittest.main()
