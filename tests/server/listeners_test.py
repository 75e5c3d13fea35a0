#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""CONFIG SET port and bind: the server listens elsewhere, or as before when it cannot."""

import os
import socket
import tempfile
import unittest

from running_server import Client, ReplyError, RunningServer, free_port

REFUSED_PORT = "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs."
REFUSED_ADDRESS = "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses."


class Listeners(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sorrel-test-")
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "socket")
        self.server = RunningServer("--unixsocket", self.path)
        self.addCleanup(self.server.close)
        self.client = Client(self.path)
        self.addCleanup(self.client.__exit__)

    def refuses(self, name, value, text):
        with self.assertRaises(ReplyError) as caught:
            self.client.call("CONFIG", "SET", name, value)
        self.assertEqual(str(caught.exception), text)

    def listens(self, port, address="127.0.0.1"):
        try:
            with Client((address, port)) as client:
                return client.call("PING") == "PONG"
        except ConnectionRefusedError:
            return False

    def test_another_port(self):
        port = free_port()
        with self.server.client() as old:
            self.assertEqual(old.call("CONFIG", "SET", "port", port), "OK")
            self.assertTrue(self.listens(port))
            self.assertFalse(self.listens(self.server.port))
            self.assertEqual(old.call("PING"), "PONG")
            self.assertIn(f"tcp_port:{port}\r\n", old.call("INFO", "server"))

    def test_a_port_that_is_taken(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            self.refuses("port", other.getsockname()[1], REFUSED_PORT)
        self.assertTrue(self.listens(self.server.port))
        self.assertEqual(self.client.call("CONFIG", "GET", "port"), ["port", str(self.server.port)])

    def test_no_port(self):
        self.client.call("CONFIG", "SET", "port", 0)
        self.assertFalse(self.listens(self.server.port))
        self.client.call("CONFIG", "SET", "port", self.server.port)
        self.assertTrue(self.listens(self.server.port))

    def test_another_address(self):
        self.client.call("CONFIG", "SET", "bind", "127.0.0.2")
        self.assertTrue(self.listens(self.server.port, "127.0.0.2"))
        self.assertFalse(self.listens(self.server.port))
        self.client.call("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.3")
        self.assertTrue(self.listens(self.server.port))
        self.assertTrue(self.listens(self.server.port, "127.0.0.3"))

    def test_addresses_that_are_none(self):
        for wrong in ("999.999.999.999", "127.0.0.1 192.0.2.1", "name"):
            self.refuses("bind", wrong, REFUSED_ADDRESS)
            self.assertTrue(self.listens(self.server.port))
        self.client.call("CONFIG", "SET", "bind", "127.0.0.1 -192.0.2.1")
        self.assertTrue(self.listens(self.server.port))

    def test_no_address(self):
        self.client.call("CONFIG", "SET", "bind", "")
        self.assertFalse(self.listens(self.server.port))
        self.assertEqual(self.client.call("CONFIG", "GET", "bind"), ["bind", ""])
        self.client.call("CONFIG", "SET", "bind", "127.0.0.1")
        self.assertTrue(self.listens(self.server.port))


class InfoOfTheLoop(unittest.TestCase):
    def test_times_grow(self):
        with RunningServer("--appendonly", "yes") as server:
            fields = {}
            for section in ("stats", "debug"):
                server.call("SET", "k", "v")
                for line in server.call("INFO", section).splitlines():
                    name, _, value = line.partition(":")
                    fields[name] = value
            for name in ("eventloop_cycles", "eventloop_duration_sum", "eventloop_cmd_per_cycle_max", "eventloop_duration_max"):
                self.assertGreater(int(fields[name]), 0, name)
            self.assertNotIn("eventloop_duration_aof_sum", server.call("INFO", "everything"))

    def test_a_request_above_the_limit_is_counted(self):
        with RunningServer("--client-query-buffer-limit", "1mb", "--proto-max-bulk-len", "1gb") as server:
            with self.assertRaises((EOFError, OSError)):
                server.call("SET", "k", "x" * 3_000_000)
            self.assertIn("client_query_buffer_limit_disconnections:1\r\n", server.call("INFO", "stats"))


if __name__ == "__main__":
    unittest.main()
