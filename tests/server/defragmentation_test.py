#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Active defragmentation of a running server: it begins when much is wasted, leaves all data as it is, and rests when told so."""

import unittest

from running_server import ReplyError, RunningServer, wait_until

KEYS = 200_000
DELETE_FOUR_OF_FIVE = f"for i = 0, {KEYS - 1} do if i % 5 ~= 0 then redis.call('DEL', 'key:' .. i) end end"


class Defragmentation(unittest.TestCase):
    def start(self, *options):
        server = RunningServer("--enable-debug-command", "yes", "--save", "", "--active-defrag-ignore-bytes", "1mb", *options)
        self.addCleanup(server.close)
        return server

    @staticmethod
    def info(server, field):
        for line in server.call("INFO", "everything").split("\r\n"):
            if line.startswith(field + ":"):
                return int(line.split(":")[1])
        raise AssertionError(f"INFO has no {field}")

    def churn(self, server):
        server.call("DEBUG", "POPULATE", KEYS, "key", 40)
        server.call("EVAL", DELETE_FOUR_OF_FIVE, 0)
        self.assertEqual(server.call("DBSIZE"), KEYS // 5)

    def wait_for_the_end_of_a_pass(self, server):
        wait_until(lambda: self.info(server, "active_defrag_hits") > KEYS // 20, "keys to be moved")
        wait_until(lambda: self.info(server, "active_defrag_running") == 0, "the pass to end")

    def test_what_is_left_is_gathered(self):
        server = self.start("--activedefrag", "no")
        self.churn(server)
        digest = server.call("DEBUG", "DIGEST")
        self.assertEqual(self.info(server, "active_defrag_hits"), 0)
        server.call("CONFIG", "SET", "activedefrag", "yes")
        self.wait_for_the_end_of_a_pass(server)
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)
        self.assertEqual(server.call("DBSIZE"), KEYS // 5)
        self.assertIsNotNone(server.call("GET", "key:5"))
        self.assertIsNone(server.call("GET", "key:6"))
        self.assertGreater(self.info(server, "total_active_defrag_time"), 0)
        server.call("CONFIG", "RESETSTAT")
        self.assertEqual(self.info(server, "active_defrag_hits"), 0)

    def test_commands_and_snapshots_go_on_meanwhile(self):
        server = self.start("--appendonly", "yes", "--active-defrag-cycle-max", "1")
        self.churn(server)
        wait_until(lambda: self.info(server, "active_defrag_running"), "a pass to begin")
        with server.client() as client:
            for i in range(0, KEYS, 50):
                client.call("SET", f"key:{i}", "v" * (i % 100), "EX", 10_000 + i % 7)
                if i == KEYS // 2:
                    client.call("BGREWRITEAOF")
        server.call("CONFIG", "SET", "active-defrag-cycle-max", "90", "active-defrag-cycle-min", "90")
        self.wait_for_the_end_of_a_pass(server)
        wait_until(lambda: self.info(server, "aof_rewrite_in_progress") == 0, "the rewrite to end")
        digest = server.call("DEBUG", "DIGEST")
        server.call("DEBUG", "LOADAOF")
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)

    def test_a_share_that_is_none_is_refused(self):
        server = self.start()
        for value in ("0", "100", "-1", "x"):
            with self.assertRaises(ReplyError):
                server.call("CONFIG", "SET", "active-defrag-cycle-max", value)


if __name__ == "__main__":
    unittest.main()
