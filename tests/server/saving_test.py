# SPDX-License-Identifier: BSD-3-Clause
"""What is on disk after a command, and what the server begins with.

A snapshot and a log each survive kill -9; a setting that would leave data aside does not; a snapshot that
fails refuses writes; both checks of files say what is whole and repair what is not.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from running_server import ReplyError, RunningServer, program, wait_until


class Saving(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sorrel-saving-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def server(self, *options):
        server = RunningServer("--dir", self.directory, "--save", "", "--enable-debug-command", "yes", *options)
        self.addCleanup(server.close)
        return server

    def field(self, server, name):
        for line in server.call("INFO", "persistence").splitlines():
            if line.startswith(name + ":"):
                return line.partition(":")[2]
        self.fail(f"no field {name}")

    def fill(self, server):
        with server.client() as client:
            client.call("SET", "text", "x" * 3000)
            client.call("RPUSH", "list", *range(3000))
            client.call("ZADD", "board", *[word for i in range(3000) for word in (i, f"m{i}")])
            client.call("HSET", "hash", *[word for i in range(1000) for word in (f"f{i}", i)])
            client.call("EXPIRE", "text", 100000)
            client.call("SELECT", 3)
            client.call("SET", "other", 1)
        return server.call("DEBUG", "DIGEST")

    def wait_until_idle(self, server):
        wait_until(lambda: self.field(server, "rdb_bgsave_in_progress") == "0"
                   and self.field(server, "aof_rewrite_in_progress") == "0", "the snapshot")

    def kill(self, server):
        server.process.kill()
        server.process.wait()

    def test_a_snapshot_is_there_after_a_kill(self):
        for command in ("SAVE", "BGSAVE"):
            with self.subTest(command):
                server = self.server()
                digest = self.fill(server)
                server.call(command)
                self.wait_until_idle(server)
                self.assertEqual(self.field(server, "rdb_last_bgsave_status"), "ok")
                self.assertEqual(self.field(server, "rdb_changes_since_last_save"), "0")
                server.call("SET", "later", 1)
                self.kill(server)
                self.assertEqual(self.server().call("DEBUG", "DIGEST"), digest)

    def test_a_log_is_switched_on_and_rewritten(self):
        server = self.server("--appendfsync", "always")
        self.fill(server)
        server.call("CONFIG", "SET", "appendonly", "yes")
        server.call("SET", "while", 1)
        self.wait_until_idle(server)
        for preamble in ("no", "yes"):
            server.call("CONFIG", "SET", "aof-use-rdb-preamble", preamble)
            server.call("BGREWRITEAOF")
            server.call("INCR", "while")
            self.wait_until_idle(server)
            self.assertEqual(self.field(server, "aof_last_bgrewrite_status"), "ok")
        server.call("INCR", "while")
        digest = server.call("DEBUG", "DIGEST")
        self.kill(server)
        server = self.server("--appendonly", "yes")
        self.assertEqual(server.call("GET", "while"), "4")
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)

    def test_a_rewrite_that_is_being_prepared_ends_with_the_log(self):
        server = self.server("--appendonly", "yes")
        digest = self.fill(server)
        for _ in range(5):
            with server.client() as client:
                client.send("BGREWRITEAOF")
                client.send("CONFIG", "SET", "appendonly", "no")
                client.reply()
                client.reply()
            server.call("CONFIG", "SET", "appendonly", "yes")
            self.wait_until_idle(server)
        self.kill(server)
        self.assertEqual(self.server("--appendonly", "yes").call("DEBUG", "DIGEST"), digest)

    def test_a_snapshot_alone_becomes_the_base_of_a_log(self):
        server = self.server()
        digest = self.fill(server)
        server.call("SAVE")
        self.kill(server)
        server = self.server("--appendonly", "yes")
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)
        self.kill(server)
        os.remove(f"{self.directory}/dump.rdb")
        self.assertEqual(self.server("--appendonly", "yes").call("DEBUG", "DIGEST"), digest)

    def test_a_log_alone_is_loaded_though_it_is_off(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always")
        digest = self.fill(server)
        self.kill(server)
        server = self.server()
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)
        self.assertIn("its data is loaded", server.output.read_text())

    def test_a_snapshot_that_fails_refuses_writes(self):
        server = self.server()
        server.call("CONFIG", "SET", "save", "3600 1")
        os.mkdir(f"{self.directory}/dump.rdb")
        server.call("BGSAVE")
        wait_until(lambda: self.field(server, "rdb_last_bgsave_status") == "err", "the failure")
        with self.assertRaisesRegex(ReplyError, "^MISCONF Redis is configured to save RDB snapshots"):
            server.call("SET", "k", 1)
        os.rmdir(f"{self.directory}/dump.rdb")
        server.call("SAVE")
        self.assertEqual(server.call("SET", "k", 1), "OK")

    def test_the_end_saves_when_there_are_save_points(self):
        server = self.server()
        server.call("CONFIG", "SET", "save", "3600 1")
        digest = self.fill(server)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.server().call("DEBUG", "DIGEST"), digest)

    def check(self, *words):
        done = subprocess.run([program(), *words], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_damage_is_found_and_repaired(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always")
        self.fill(server)
        server.call("SAVE")
        self.kill(server)
        log = pathlib.Path(self.directory, "appendonlydir", "appendonly.aof.1.incr.aof")
        for command, file in (("check-rdb", pathlib.Path(self.directory, "dump.rdb")), ("check-aof", log)):
            with self.subTest(command):
                self.assertEqual(self.check(command, str(file))[0], 0)
                whole = file.read_bytes()
                file.write_bytes(whole[:-7])
                self.assertEqual(self.check(command, str(file))[0], 1)
                fix = ("--fix", "--yes") if command == "check-aof" else ("--fix",)
                self.assertEqual(self.check(command, *fix, str(file))[0], 0)
                self.assertEqual(self.check(command, str(file))[0], 0)
        for words in (("check-rdb",), ("check-aof", "--what", "x"), ("check-rdb", "a", "b")):
            self.assertEqual(self.check(*words)[0], 2)


if __name__ == "__main__":
    unittest.main()
