#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""maxmemory of a running server: what it refuses, what it evicts, and what it does not count."""

import os
import socket
import unittest

from running_server import ReplyError, RunningServer, wait_until

MIB = 1 << 20


class Eviction(unittest.TestCase):
    def start(self, *options):
        server = RunningServer("--enable-debug-command", "yes", "--save", "", *options)
        self.addCleanup(server.close)
        return server

    @staticmethod
    def info(server, field):
        for line in server.call("INFO", "everything").split("\r\n"):
            if line.startswith(field + ":"):
                return line.split(":")[1]
        raise AssertionError(f"INFO has no {field}")

    def used(self, server):
        return int(self.info(server, "used_memory")) - int(self.info(server, "mem_not_counted_for_evict"))

    def limit_above(self, server, bytes):
        limit = self.used(server) + bytes
        server.call("CONFIG", "SET", "maxmemory", limit)
        return limit

    def fill(self, client, count, size=1000, words=()):
        for i in range(count):
            client.call("SET", f"key:{i}", "v" * size, *words)

    def test_without_a_policy_writes_are_refused_at_the_limit_and_not_before(self):
        server = self.start()
        limit = self.limit_above(server, 2 * MIB)
        with server.client() as client:
            with self.assertRaisesRegex(ReplyError, "^OOM command not allowed"):
                self.fill(client, 5000)
            keys = client.call("DBSIZE")
            self.assertGreater(keys, 1000)
            self.assertLess(self.used(server), limit + MIB // 4)
            self.assertEqual(client.call("GET", "key:1"), "v" * 1000)
            with self.assertRaisesRegex(ReplyError, "^OOM"):
                client.call("EVAL", "return redis.call('SET', 'x', 'y')", 0)
            client.call("MULTI")
            with self.assertRaisesRegex(ReplyError, "^OOM"):
                client.call("SET", "x", "y")
            with self.assertRaisesRegex(ReplyError, "^EXECABORT"):
                client.call("EXEC")
            for i in range(500):
                client.call("DEL", f"key:{i}")
            client.call("SET", "x", "y")
            self.assertEqual(self.info(server, "evicted_keys"), "0")

    def test_every_policy_for_all_keys_keeps_to_the_limit_and_refuses_nothing(self):
        for policy in ("allkeys-lru", "allkeys-lfu", "allkeys-random"):
            with self.subTest(policy):
                server = self.start("--maxmemory-policy", policy)
                limit = self.limit_above(server, 8 * MIB)
                with server.client() as client:
                    self.fill(client, 20_000)
                    self.assertLess(self.used(server), limit + MIB // 4)
                    self.assertGreater(client.call("DBSIZE"), 5000)
                    self.assertGreater(int(self.info(server, "evicted_keys")), 10_000)

    def test_a_policy_for_keys_with_a_deadline_leaves_the_others_and_then_refuses(self):
        for policy in ("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"):
            with self.subTest(policy):
                server = self.start("--maxmemory-policy", policy)
                with server.client() as client:
                    for i in range(1000):
                        client.call("SET", f"kept:{i}", "v" * 1000)
                    self.limit_above(server, 2 * MIB)
                    self.fill(client, 5000, words=("EX", 1000))
                    self.assertEqual(client.call("EXISTS", *(f"kept:{i}" for i in range(1000))), 1000)
                    with self.assertRaisesRegex(ReplyError, "^OOM"):
                        for i in range(5000):
                            client.call("SET", f"more:{i}", "v" * 1000)
                    self.assertEqual(client.call("DBSIZE"), client.call("EXISTS", *(f"kept:{i}" for i in range(1000)), *(f"more:{i}" for i in range(5000))))

    def test_a_lowered_limit_is_met_without_a_command(self):
        server = self.start("--maxmemory-policy", "allkeys-lru")
        server.call("DEBUG", "POPULATE", 50_000, "key", 500)
        limit = self.used(server) - 10 * MIB
        server.call("CONFIG", "SET", "maxmemory", limit)
        wait_until(lambda: self.used(server) <= limit + 64 * 1024, "the keys over the limit to go")
        self.assertGreater(server.call("DBSIZE"), 10_000)

    def test_evictions_are_told_logged_and_loaded(self):
        server = self.start("--maxmemory-policy", "allkeys-random", "--appendonly", "yes", "--notify-keyspace-events", "Ee")
        self.limit_above(server, 2 * MIB)
        with server.client() as listener, server.client() as client:
            listener.call("SUBSCRIBE", "__keyevent@0__:evicted")
            self.fill(client, 4000)
            self.assertEqual(listener.reply()[1], "__keyevent@0__:evicted")
            client.call("CONFIG", "SET", "maxmemory", 0)
            digest = client.call("DEBUG", "DIGEST")
            client.call("DEBUG", "LOADAOF")
            self.assertEqual(client.call("DEBUG", "DIGEST"), digest)

    def test_replies_that_nobody_reads_drive_no_key_out(self):
        server = self.start("--maxmemory-policy", "allkeys-lru")
        server.call("SET", "large", "v" * (4 * MIB))
        for i in range(1000):
            server.call("SET", f"key:{i}", "v" * 100)
        self.limit_above(server, 2 * MIB)
        idle = []
        for _ in range(8):
            connection = socket.create_connection(("127.0.0.1", server.port))
            self.addCleanup(connection.close)
            connection.sendall(b"GET large\r\n" * 8)
            idle.append(connection)
        wait_until(lambda: int(self.info(server, "mem_not_counted_for_evict")) > 100 * MIB, "replies to pile up")
        for i in range(100):
            server.call("SET", f"other:{i}", "v")
        self.assertEqual(server.call("DBSIZE"), 1101)
        self.assertEqual(self.info(server, "evicted_keys"), "0")

    def test_shares_and_what_is_wrong(self):
        server = self.start("--maxmemory", "50%")
        half = int(server.call("CONFIG", "GET", "maxmemory")[1])
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        self.assertGreater(half, 0)
        self.assertLessEqual(half, machine // 2)
        server.call("CONFIG", "SET", "maxmemory", "100%")
        self.assertAlmostEqual(int(server.call("CONFIG", "GET", "maxmemory")[1]), 2 * half, delta=200)
        for option, value in (("maxmemory", "0%"), ("maxmemory", "101%"), ("maxmemory", "x%"), ("maxmemory", "%"), ("maxmemory-samples", "0"), ("maxmemory-policy", "lru"), ("maxmemory-eviction-tenacity", "101")):
            with self.subTest(value), self.assertRaises(ReplyError):
                server.call("CONFIG", "SET", option, value)


if __name__ == "__main__":
    unittest.main()
