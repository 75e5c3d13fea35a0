#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""MIGRATE between servers: two of ours, and to Redis and back where this machine has one.

A value that has moved is on the target with its type, contents and time to live, and gone from the source (but with COPY);
one that the target refused is still here.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

from running_server import Client, ReplyError, RunningServer, free_port, wait_until


def connects(port):
    try:
        with Client(("127.0.0.1", port)) as client:
            return client.call("PING") == "PONG"
    except OSError:
        return False


VALUES = {
    "text": ("SET", "text", "x" * 3000),
    "number": ("SET", "number", "12345"),
    "zset": ("ZADD", "zset", "1", "a", "2.5", "b", "inf", "c"),
    "set": ("SADD", "set", "1", "2", "three"),
    "list": ("RPUSH", "list", "a", "b", "3"),
    "hash": ("HSET", "hash", "f", "v", "g", "7"),
    "stream": ("XADD", "stream", "5-1", "f", "v"),
}
READ = {
    "text": ("GET", "text"), "number": ("GET", "number"), "zset": ("ZRANGE", "zset", "0", "-1", "WITHSCORES"),
    "set": ("SORT", "set", "ALPHA"), "list": ("LRANGE", "list", "0", "-1"), "hash": ("HGETALL", "hash"),
    "stream": ("XRANGE", "stream", "-", "+"),
}  # fmt: skip


class Migrate(unittest.TestCase):
    def setUp(self):
        self.source, self.target = RunningServer(), RunningServer()
        self.addCleanup(self.source.close)
        self.addCleanup(self.target.close)
        for command in VALUES.values():
            self.source.call(*command)

    def move(self, source, port, *keys, options=()):
        return source.call("MIGRATE", "127.0.0.1", str(port), "", "2", "5000", *options, "KEYS", *keys)

    def contents(self, client):
        return {name: client.call(*READ[name]) for name in VALUES}

    def test_all_types_with_their_deadline(self):
        before = self.contents(self.source)
        self.source.call("PEXPIRE", "list", "100000")
        self.assertEqual(self.move(self.source, self.target.port, *VALUES, "none"), "OK")
        self.assertEqual(self.source.call("DBSIZE"), 0)
        with self.target.client() as client:
            client.call("SELECT", "2")
            self.assertEqual(self.contents(client), before)
            self.assertTrue(0 < client.call("PTTL", "list") <= 100000)
            self.assertEqual(client.call("TTL", "hash"), -1)

    def test_copy_and_what_is_refused(self):
        self.assertEqual(self.move(self.source, self.target.port, "text", options=("COPY",)), "OK")
        self.assertEqual(self.source.call("EXISTS", "text"), 1)
        with self.assertRaises(ReplyError) as refused:
            self.move(self.source, self.target.port, "text", "number")
        self.assertIn("Target instance replied with error: BUSYKEY", str(refused.exception))
        self.assertEqual((self.source.call("EXISTS", "text"), self.source.call("EXISTS", "number")), (1, 0))
        self.assertEqual(self.move(self.source, self.target.port, "text", options=("REPLACE",)), "OK")
        self.assertEqual(self.source.call("EXISTS", "text"), 0)

    def test_a_target_with_a_password(self):
        self.target.call("CONFIG", "SET", "requirepass", "secret")
        with self.assertRaises(ReplyError):
            self.move(self.source, self.target.port, "text")
        self.assertEqual(self.source.call("EXISTS", "text"), 1)
        self.assertEqual(self.move(self.source, self.target.port, "text", options=("AUTH", "secret")), "OK")
        self.assertEqual(self.move(self.source, self.target.port, "number", options=("AUTH2", "default", "secret")), "OK")
        self.assertNotIn("secret", str(self.source.call("SLOWLOG", "GET")))

    @unittest.skipIf(shutil.which("redis-server") is None, "redis-server is not installed")
    def test_to_redis_and_back(self):
        before = self.contents(self.source)
        port, folder = free_port(), tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        redis = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
                                 stdout=subprocess.DEVNULL)
        self.addCleanup(redis.wait)
        self.addCleanup(redis.kill)
        wait_until(lambda: connects(port), "redis-server")
        self.assertEqual(self.move(self.source, port, *VALUES), "OK")
        with Client(("127.0.0.1", port)) as client:
            client.call("SELECT", "2")
            self.assertEqual(self.contents(client), before)
            self.assertEqual(client.call("MIGRATE", "127.0.0.1", str(self.target.port), "", "0", "5000", "KEYS", *VALUES), "OK")
        self.assertEqual(self.contents(self.target), before)


if __name__ == "__main__":
    unittest.main()
