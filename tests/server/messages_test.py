#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A subscriber that does not read is cut off at its limit, and nobody else is."""

import unittest

from running_server import RunningServer, wait_until


class Messages(unittest.TestCase):
    def setUp(self):
        self.server = RunningServer("--client-output-buffer-limit", "pubsub", "1mb", "0", "0")
        self.addCleanup(self.server.close)

    def cut_off(self):
        text = self.server.call("INFO", "stats")
        return "client_output_buffer_limit_disconnections:1\r\n" in text

    def test_a_slow_subscriber_is_cut_off(self):
        with self.server.client() as slow, self.server.client() as publisher:
            slow.call("SUBSCRIBE", "c")
            heard = 1
            for _ in range(1000):
                heard = publisher.call("PUBLISH", "c", "x" * 100_000)
                if heard == 0:
                    break
            self.assertEqual(heard, 0)
            wait_until(self.cut_off, "the subscriber to be counted")
            self.assertEqual(publisher.call("PING"), "PONG")

    def test_one_message_above_the_limit(self):
        with self.server.client() as slow, self.server.client() as publisher:
            slow.call("SUBSCRIBE", "c")
            publisher.call("PUBLISH", "c", "x" * 2_000_000)
            wait_until(self.cut_off, "the subscriber to be counted")

    def test_replies_have_their_own_limit(self):
        with self.server.client() as client:
            client.call("SET", "k", "x" * 2_000_000)
            for _ in range(3):
                client.send("GET", "k")
            self.assertEqual([len(client.reply()) for _ in range(3)], [2_000_000] * 3)


if __name__ == "__main__":
    unittest.main()
