#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The tools that operators have already, redis-cli and redis-benchmark, against this server.

They are those of the machine, and the tests are skipped where it has none. A tool must end with
status 0, say nothing on standard error, report no error reply and, where it counts something, count right.
"""

import os
import shutil
import subprocess
import unittest

from running_server import LIMIT_S, RunningServer

KEYS = 300


def unexpected(text):
    """The lines that tell of an error."""
    marks = ("ERR ", "error", "Error", "WRONGTYPE", "unknown command", "NOAUTH")
    return [line for line in text.splitlines() if any(mark in line for mark in marks)]


class ToolTest(unittest.TestCase):
    tool = ""

    @classmethod
    def setUpClass(cls):
        if shutil.which(cls.tool) is None:
            raise unittest.SkipTest(f"{cls.tool} is not installed")
        cls.server = RunningServer()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.server.call("FLUSHALL")

    def run_tool(self, *words, stdin=""):
        done = subprocess.run([self.tool, "-h", "127.0.0.1", "-p", str(self.server.port), *words], input=stdin,
                              capture_output=True, text=True, timeout=LIMIT_S * 2, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return done.stdout


class RedisCli(ToolTest):
    tool = "redis-cli"

    def fill(self):
        with self.server.client() as client:
            for i in range(KEYS):
                client.call("SET", f"string:{i}", "x" * (i + 1))
            for i in range(KEYS):
                client.call("ZADD", "sorted", i, f"member:{i}")

    def run_checked(self, *words, stdin=""):
        output = self.run_tool(*words, stdin=stdin)
        self.assertEqual(unexpected(output), [])
        return output

    def test_commands(self):
        self.assertEqual(self.run_checked("SET", "k", "v"), "OK\n")
        self.assertEqual(self.run_checked("-3", "HELLO", "3").splitlines()[0], "server redis")
        self.assertEqual(self.run_checked("-x", "SET", "k", stdin="from input"), "OK\n")
        self.assertEqual(self.run_checked("GET", "k"), "from input\n")
        self.assertEqual(self.run_checked("-r", "3", "INCR", "n"), "1\n2\n3\n")
        self.assertEqual(self.run_checked("-n", "2", "DBSIZE"), "0\n")

    def test_commands_from_input(self):
        self.assertEqual(self.run_checked(stdin="SET a 1\nINCR a\nGET a\n"), "OK\n2\n2\n")

    def test_scan(self):
        self.fill()
        keys = self.run_checked("--scan", "--pattern", "string:*").split()
        self.assertEqual(sorted(keys), sorted(f"string:{i}" for i in range(KEYS)))

    def test_big_keys(self):
        self.fill()
        output = self.run_checked("--bigkeys")
        self.assertIn(f"Sampled {KEYS + 1} keys in the keyspace!", output)
        # Versions of the tool differ in the quotes about a name.
        self.assertRegex(output, f"Biggest string found ['\"]+string:{KEYS - 1}['\"]+ has {KEYS} bytes")
        self.assertRegex(output, f"Biggest   zset found ['\"]+sorted['\"]+ has {KEYS} members")

    def test_memory_of_keys(self):
        self.fill()
        output = self.run_checked("--memkeys")
        self.assertIn(f"Sampled {KEYS + 1} keys in the keyspace!", output)
        self.assertRegex(output, "Biggest   zset found ['\"]+sorted['\"]+ has [0-9]+ bytes")

    def test_pipe(self):
        requests = "".join(f"*3\r\n$3\r\nSET\r\n$4\r\nk{i:03}\r\n$1\r\nv\r\n" for i in range(KEYS))
        output = self.run_tool("--pipe", stdin=requests)
        self.assertIn(f"errors: 0, replies: {KEYS}", output)
        self.assertEqual(self.server.call("DBSIZE"), KEYS)

    def test_pipe_counts_errors(self):
        done = subprocess.run(["redis-cli", "-p", str(self.server.port), "--pipe"], input="NOSUCH\r\nPING\r\n",
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertIn("errors: 1, replies: 2", done.stdout)

    def test_stat(self):
        self.fill()
        # It goes on until it is ended; two reports are enough.
        with subprocess.Popen(["redis-cli", "-p", str(self.server.port), "--stat", "-i", "0.01"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            lines = [process.stdout.readline() for _ in range(4)]
            process.terminate()
            process.communicate(timeout=LIMIT_S)
        self.assertIn("keys", lines[1])
        for line in lines[2:]:
            self.assertEqual(line.split()[0], str(KEYS + 1), lines)

    def test_latency(self):
        smallest, largest, _, samples = self.run_checked("--latency", "--raw", "-i", "1").split()
        self.assertGreaterEqual(int(largest), int(smallest))
        self.assertGreater(int(samples), 0)

    def test_info_fields_that_it_reads(self):
        self.assertRegex(self.run_checked("INFO", "server"), r"redis_version:\d")


class RedisBenchmark(ToolTest):
    tool = "redis-benchmark"
    tests = "ping,set,get,incr,mset"

    def check(self, *words):
        output = self.run_tool("-q", "-n", "1000", "-c", "10", *words)
        self.assertEqual(unexpected(output), [])
        return output

    def test_quiet(self):
        output = self.check("-t", self.tests)
        for name in ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"):
            self.assertIn(f"{name}: ", output)
        self.assertEqual(output.count(" requests per second"), 6)

    def test_pipelined_random_keys(self):
        self.check("-t", self.tests, "-P", "16", "-r", "1000", "-d", "100")
        self.assertGreater(self.server.call("DBSIZE"), 1)

    def test_command_of_ones_own(self):
        self.check("-r", "100", "ZADD", "board", "__rand_int__", "member:__rand_int__")
        self.assertGreater(self.server.call("ZCARD", "board"), 0)


if __name__ == "__main__":
    os.environ.pop("REDISCLI_AUTH", None)
    unittest.main(verbosity=2)
