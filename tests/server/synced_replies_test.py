#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Under appendfsync always: which replies wait for the disk, and which flow, while a sync takes as long as we like."""

import os
import pathlib
import select
import tempfile
import unittest

from running_server import RunningServer, wait_until


class SyncedReplies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sorrel-test-")
        self.addCleanup(folder.cleanup)
        self.held = pathlib.Path(folder.name, "held")
        self.server = RunningServer("--appendonly", "yes", "--appendfsync", "always", "--save", "", environment={
            "LD_PRELOAD": os.environ["HELD_SYNC_LIBRARY"], "HELD_SYNC": str(self.held),
            # A sanitizer wants to be the first library; it works behind this one all the same.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
        self.addCleanup(self.server.close)
        self.addCleanup(self.release)
        self.writer, self.reader = self.client(), self.client()

    def client(self):
        client = self.server.client()
        self.addCleanup(client.__exit__)
        return client

    def hold(self):
        self.held.touch()

    def release(self):
        self.held.unlink(missing_ok=True)

    def silent(self, client):
        """Whether nothing has come, after the server has answered another client twice."""
        for _ in range(2):
            self.server.call("PING")
        return not select.select([client.socket], [], [], 0)[0]

    def writes(self, *words):
        """The writer's command runs, and its sync does not end."""
        before = self.changes()
        self.hold()
        self.writer.send(*words)
        wait_until(lambda: self.changes() != before, "the write to run")
        self.assertTrue(self.silent(self.writer), f"{words} did not wait")

    def changes(self):
        text = self.server.call("INFO", "persistence")
        return next(line for line in text.splitlines() if line.startswith("rdb_changes_since_last_save"))

    def waits(self, *words):
        """Asserts that the reply comes only when the disk is let go on. Returns: the reply."""
        self.reader.send(*words)
        self.assertTrue(self.silent(self.reader), f"{words} did not wait")
        self.release()
        reply = self.reader.reply()
        self.writer.reply()
        return reply

    def flows(self, *words):
        return self.reader.call(*words)

    def test_reads_of_what_is_not_synced_wait(self):
        self.writes("SET", "a", "1")
        self.assertEqual(self.waits("GET", "a"), "1")
        self.writes("SET", "a", "2")
        self.assertEqual(self.waits("SET", "a", "3", "NX"), None)
        self.writes("HSET", "h", "f", "v")
        self.assertEqual(self.waits("HGETALL", "h"), ["f", "v"])
        self.writes("XADD", "s", "1-1", "f", "v")
        self.assertEqual(self.waits("XREAD", "STREAMS", "s", "0"), [["s", [["1-1", ["f", "v"]]]]])
        self.writes("DEL", "a")
        self.assertEqual(self.waits("EXISTS", "x", "a"), 0)
        self.writes("RENAME", "h", "g")
        self.assertEqual(self.waits("TYPE", "h"), "none")
        self.writes("FLUSHALL")
        self.assertEqual(self.waits("GET", "whatever"), None)

    def test_reads_of_all_keys_wait(self):
        self.writes("SET", "a", "1")
        self.assertEqual(self.waits("DBSIZE"), 1)
        self.writes("SET", "b", "1")
        self.assertEqual(sorted(self.waits("KEYS", "*")), ["a", "b"])

    def test_reads_within_others_wait(self):
        self.writes("SET", "a", "1")
        self.assertEqual(self.waits("EVAL", "return redis.call('GET', 'a')", "0"), "1")
        self.reader.call("MULTI")
        self.reader.call("GET", "a")
        self.writes("EVAL", "return redis.call('INCR', KEYS[1])", "1", "a")
        self.assertEqual(self.waits("EXEC"), ["2"])

    def test_other_keys_flow(self):
        self.writer.call("SET", "other", "v")
        self.writes("SET", "a", "1")
        self.assertEqual(self.flows("GET", "other"), "v")
        self.assertEqual(self.flows("GET", "nothing"), None)
        self.assertEqual(self.flows("EVAL", "return redis.call('GET', KEYS[1])", "1", "other"), "v")
        self.assertTrue(self.silent(self.writer))
        self.release()
        self.assertEqual(self.writer.reply(), "OK")
        self.assertEqual(self.flows("GET", "a"), "1")

    def test_a_pipeline_is_answered_in_order(self):
        self.writer.call("SET", "other", "v")
        self.writes("SET", "a", "1")
        for key in ("other", "a", "other"):
            self.reader.send("GET", key)
        self.release()
        self.assertEqual([self.reader.reply() for _ in range(3)], ["v", "1", "v"])
        self.assertEqual(self.writer.reply(), "OK")

    def test_another_policy_holds_nobody(self):
        self.writer.call("CONFIG", "SET", "appendfsync", "everysec")
        self.hold()
        self.assertEqual(self.writer.call("SET", "a", "1"), "OK")
        self.assertEqual(self.flows("GET", "a"), "1")


if __name__ == "__main__":
    unittest.main()
