#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""WAITAOF with a real log: a client waits until what it wrote itself is synced, and no longer than it said."""

import time
import unittest

from running_server import ReplyError, RunningServer, wait_until

NO_LOG = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."


class WaitAof(unittest.TestCase):
    def setUp(self):
        self.server = RunningServer("--appendonly", "yes", "--appendfsync", "no")
        self.addCleanup(self.server.close)
        self.client = self.server.client()
        self.addCleanup(self.client.__exit__)

    def waiting(self):
        text = self.server.call("INFO", "clients")
        return "blocked_clients:1\r\n" in text

    def begin_to_wait(self, *words):
        self.client.send(*words)
        wait_until(self.waiting, "the client to wait")

    def test_waits_for_its_own_writes_alone(self):
        self.assertEqual(self.client.call("WAITAOF", "1", "0", "0"), [1, 0])
        self.server.call("SET", "other", "v")
        self.assertEqual(self.client.call("WAITAOF", "1", "0", "0"), [1, 0])
        self.client.call("SET", "own", "v")
        self.assertEqual(self.client.call("WAITAOF", "0", "0", "0"), [0, 0])
        begin = time.monotonic()
        self.assertEqual(self.client.call("WAITAOF", "1", "0", "60"), [0, 0])
        self.assertGreaterEqual(time.monotonic() - begin, 0.059)

    def test_a_sync_answers(self):
        for policy in ("everysec", "always"):
            self.server.call("CONFIG", "SET", "appendfsync", "no")
            self.client.call("SET", "own", policy)
            self.begin_to_wait("WAITAOF", "1", "0", "0")
            self.server.call("CONFIG", "SET", "appendfsync", policy)
            self.assertEqual(self.client.reply(), [1, 0])

    def test_a_pipeline_is_answered_in_order(self):
        for policy in ("everysec", "always"):
            self.server.call("CONFIG", "SET", "appendfsync", policy)
            self.client.send("SET", "own", "v")
            self.client.send("WAITAOF", "1", "0", "0")
            self.client.send("GET", "own")
            self.assertEqual([self.client.reply() for _ in range(3)], ["OK", [1, 0], "v"])

    def test_replicas_are_waited_for_in_vain(self):
        self.server.call("CONFIG", "SET", "appendfsync", "always")
        self.client.call("SET", "own", "v")
        begin = time.monotonic()
        self.assertEqual(self.client.call("WAITAOF", "1", "1", "60"), [1, 0])
        self.assertGreaterEqual(time.monotonic() - begin, 0.059)

    def test_within_a_transaction_nothing_waits(self):
        self.client.call("MULTI")
        self.client.call("SET", "own", "v")
        self.client.call("WAITAOF", "1", "0", "0")
        self.assertEqual(self.client.call("EXEC"), ["OK", [0, 0]])

    def test_others_end_the_waiting(self):
        number = self.client.call("CLIENT", "ID")
        self.client.call("SET", "own", "v")
        self.begin_to_wait("WAITAOF", "1", "0", "0")
        self.assertEqual(self.server.call("CLIENT", "UNBLOCK", number), 1)
        self.assertEqual(self.client.reply(), [0, 0])
        self.begin_to_wait("WAITAOF", "1", "0", "0")
        self.server.call("CLIENT", "UNBLOCK", number, "ERROR")
        with self.assertRaisesRegex(ReplyError, "UNBLOCKED client unblocked via CLIENT UNBLOCK"):
            self.client.reply()
        self.begin_to_wait("WAITAOF", "1", "0", "0")
        self.server.call("CONFIG", "SET", "appendonly", "no")
        with self.assertRaisesRegex(ReplyError, NO_LOG):
            self.client.reply()
        with self.assertRaisesRegex(ReplyError, NO_LOG):
            self.client.call("WAITAOF", "1", "0", "0")

    def test_one_that_goes_while_it_waits(self):
        with self.server.client() as leaving:
            leaving.call("SET", "own", "v")
            leaving.send("WAITAOF", "1", "0", "0")
            wait_until(self.waiting, "the client to wait")
        wait_until(lambda: not self.waiting(), "the client to be gone")
        self.server.call("CONFIG", "SET", "appendfsync", "always")
        self.client.call("SET", "own", "w")
        self.assertEqual(self.client.call("WAITAOF", "1", "0", "0"), [1, 0])


if __name__ == "__main__":
    unittest.main()
