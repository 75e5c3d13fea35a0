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

    def test_what_is_acknowledged_outlives_the_process(self):
        """Whenever no sync is under way; under no there is none at all."""
        for words in (["SET", "key"], ["APPEND", "key"]):
            server = self.server("--appendonly", "yes", "--appendfsync", "no")
            for size in [1] * 20 + [1000] * 20 + [3_000_000] * 2:
                with self.subTest(words=words, size=size):
                    server.call(*words, "x" * size)
                    length = server.call("STRLEN", "key")
                    server.call(*words, "y" * size)
                    self.kill(server)
                    server = self.server("--appendonly", "yes", "--appendfsync", "no")
                    self.assertEqual(server.call("GETRANGE", "key", length if words[0] == "APPEND" else 0, -1), "y" * size)
            self.kill(server)
            shutil.rmtree(f"{self.directory}/appendonlydir")

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
                client.socket.sendall(b"BGREWRITEAOF\r\nCONFIG SET appendonly no\r\n")  # within one turn
                client.reply()
                client.reply()
            server.call("CONFIG", "SET", "appendonly", "yes")
            self.wait_until_idle(server)
        # Each is told of, though its increment was not there yet.
        wait_until(lambda: server.output.read_text().count("Killing AOF child") == 5, "the lines of the log")
        self.kill(server)
        self.assertEqual(self.server("--appendonly", "yes").call("DEBUG", "DIGEST"), digest)

    def test_cancel_says_what_it_cancelled(self):
        server = self.server("--rdb-key-save-delay", "10000000")
        server.call("SET", "a", 1)
        server.call("SET", "b", 1)
        server.call("BGREWRITEAOF")
        self.assertEqual(server.call("BGSAVE", "SCHEDULE"), "Background saving scheduled")
        self.assertEqual(server.call("BGSAVE", "CANCEL"), "Scheduled background saving cancelled")
        server = self.server("--rdb-key-save-delay", "10000000")
        server.call("SET", "a", 1)
        server.call("SET", "b", 1)
        server.call("BGSAVE")
        self.assertEqual(server.call("BGSAVE", "CANCEL"), "Background saving cancelled")
        self.wait_until_idle(server)
        with self.assertRaisesRegex(ReplyError, "not in progress or scheduled"):
            server.call("BGSAVE", "CANCEL")

    def pipeline(self, server, *commands):
        with server.client() as client:
            for words in commands:
                client.send(*words)
            return [client.value() for _ in commands]

    def is_kept(self, server):
        """What is written now survives kill -9, and the log is on for good."""
        idle = "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n"
        wait_until(lambda: idle in server.call("INFO", "persistence"), "the base")
        server.call("SET", "last", 1)
        digest = server.call("DEBUG", "DIGEST")
        self.kill(server)
        server = self.server("--appendonly", "yes")
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)
        self.kill(server)
        shutil.rmtree(f"{self.directory}/appendonlydir")

    def test_a_log_switched_on_during_another_rewrite(self):
        for commands in ([["BGREWRITEAOF"]], [["CONFIG", "SET", "appendonly", "yes"], ["CONFIG", "SET", "appendonly", "no"]]):
            with self.subTest(commands):
                server = self.server("--appendfsync", "always")
                self.fill(server)
                replies = self.pipeline(server, *commands, ["CONFIG", "SET", "appendonly", "yes"])
                self.assertEqual(replies[-1], "OK")
                self.is_kept(server)

    def test_a_first_base_that_fails_holds_nobody(self):
        server = self.server("--appendfsync", "always")
        self.fill(server)
        base = pathlib.Path(self.directory, "appendonlydir", "temp-rewriteaof-appendonly.aof.base")
        base.mkdir(parents=True)
        server.call("CONFIG", "SET", "appendonly", "yes")
        wait_until(lambda: "Background AOF rewrite failed" in server.output.read_text(), "the failure")
        for number in range(20):
            server.call("SET", f"meanwhile:{number}", number)
        base.rmdir()
        wait_until(lambda: self.field(server, "aof_rewrite_in_progress") == "0", "the last failure")
        server.call("BGREWRITEAOF")  # it is tried again by itself, but after three failures in a minute only
        wait_until(lambda: self.field(server, "aof_last_bgrewrite_status") == "ok", "the base")
        self.is_kept(server)

    def test_a_log_is_switched_on_when_the_data_is_there(self):
        server = self.server()
        self.fill(server)
        server.call("SAVE")
        with server.client() as client:
            # DEBUG RELOAD serves others meanwhile; a start does, too.
            client.send("DEBUG", "RELOAD")
            while True:
                try:
                    self.assertEqual(server.call("CONFIG", "SET", "appendonly", "yes"), "OK")
                    break
                except ReplyError as error:
                    self.assertRegex(str(error), "^LOADING ")
            self.assertEqual(client.reply(), "OK")
        self.is_kept(server)

    def test_a_log_that_cannot_be_made_is_not_on(self):
        server = self.server()
        pathlib.Path(self.directory, "appendonlydir").write_text("")
        with self.assertRaisesRegex(ReplyError, "Unable to turn on AOF"):
            server.call("CONFIG", "SET", "appendonly", "yes")
        self.assertEqual(server.call("CONFIG", "GET", "appendonly"), ["appendonly", "no"])

    def test_a_damaged_manifest_is_nobody_s_to_overwrite(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always")
        digest = self.fill(server)
        self.kill(server)
        os.rename(f"{self.directory}/appendonlydir", f"{self.directory}/aside")
        server = self.server()
        os.rename(f"{self.directory}/aside", f"{self.directory}/appendonlydir")
        manifest = pathlib.Path(self.directory, "appendonlydir", "appendonly.aof.manifest")
        text = manifest.read_text()
        for damage in (lambda: manifest.write_text(text[:-3]), manifest.unlink):
            damage()
            for _ in range(2):
                with self.assertRaisesRegex(ReplyError, "Unable to turn on AOF"):
                    server.call("CONFIG", "SET", "appendonly", "yes")
            manifest.write_text(text)
        self.kill(server)
        self.assertEqual(self.server("--appendonly", "yes").call("DEBUG", "DIGEST"), digest)

    def test_a_directory_that_is_removed_is_made_by_a_rewrite(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always")
        self.fill(server)
        shutil.rmtree(f"{self.directory}/appendonlydir")
        server.call("BGREWRITEAOF")
        wait_until(lambda: self.field(server, "aof_rewrite_in_progress") == "0", "the rewrite")
        self.assertEqual(self.field(server, "aof_last_bgrewrite_status"), "ok")
        self.is_kept(server)

    def test_fewer_databases_than_the_log_has(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always")
        self.fill(server)
        self.kill(server)
        with self.assertRaisesRegex(AssertionError, "has keys in database 3, and there are only 2"):
            self.server("--appendonly", "yes", "--databases", "2")

    def test_a_flush_is_on_disk_when_it_is_answered(self):
        server = self.server()
        server.call("CONFIG", "SET", "save", "3600 1")
        self.fill(server)
        server.call("SAVE")
        server.call("FLUSHALL")
        self.kill(server)
        self.assertEqual(self.server().call("DBSIZE"), 0)

    def test_an_older_file_does_not_win_in_silence(self):
        def age(path, seconds):
            os.utime(path, (1_000_000_000 + seconds, 1_000_000_000 + seconds))

        warning = "But it was off when dump.rdb was written"
        server = self.server("--appendonly", "yes", "--appendfsync", "always")
        self.fill(server)
        log = pathlib.Path(self.directory, "appendonlydir")
        # As at any orderly end with save points: the snapshot is later, and holds nothing more.
        server.call("SAVE")
        self.kill(server)
        for file in log.iterdir():
            age(file, 0)
        server = self.server("--appendonly", "yes")
        self.assertNotIn(warning, server.output.read_text())
        server.call("CONFIG", "SET", "appendonly", "no")
        server.call("SAVE")
        self.kill(server)
        for _ in range(2):
            for file in log.iterdir():
                age(file, 0)
            server = self.server("--appendonly", "yes")
            self.assertIn(warning, server.output.read_text())
            self.kill(server)
            # In use again, and off again by the configuration.
            self.assertNotIn("#LEFT", (log / "appendonly.aof.manifest").read_text())
            age(f"{self.directory}/dump.rdb", -1000)
            server = self.server()
            self.assertIn("seconds after dump.rdb, which is loaded", server.output.read_text())
            server.call("SAVE")
            self.kill(server)

    def test_a_flush_in_the_log_saves_nothing_while_it_is_loaded(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no")
        server.call("SAVE")
        image = pathlib.Path(self.directory, "dump.rdb")
        image.write_bytes(b"whatever")
        server.call("FLUSHALL")
        self.fill(server)
        self.kill(server)
        # The other options of server() say --save "" first.
        server = self.server("--appendonly", "yes", "--save", "3600 1", "--key-load-delay", "100",
                             "--loading-process-events-interval-bytes", "1024")
        self.assertEqual(image.read_bytes(), b"whatever")

    def test_history_is_kept_when_it_is_asked_for(self):
        server = self.server("--appendonly", "yes", "--aof-disable-auto-gc", "yes")
        server.call("BGREWRITEAOF")
        self.wait_until_idle(server)
        files = {file.name for file in pathlib.Path(self.directory, "appendonlydir").iterdir()}
        self.assertLess({"appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof"}, files)
        server.call("CONFIG", "SET", "aof-disable-auto-gc", "no")
        files = {file.name for file in pathlib.Path(self.directory, "appendonlydir").iterdir()}
        self.assertEqual(files, {"appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest"})

    def test_names_are_no_paths(self):
        for name, value in (("appendfilename", "a/b"), ("appendfilename", ""), ("appenddirname", "a/b"), ("appenddirname", "")):
            with self.assertRaisesRegex(AssertionError, f"{name} can't be a path, just a"):
                self.server(f"--{name}", value)

    def test_a_rewrite_that_cannot_begin_is_over(self):
        server = self.server("--appendonly", "yes")
        shutil.rmtree(f"{self.directory}/appendonlydir")
        pathlib.Path(self.directory, "appendonlydir").write_text("")
        self.pipeline(server, ["BGREWRITEAOF"], ["SAVE"])
        wait_until(lambda: self.field(server, "aof_rewrite_in_progress") == "0", "the end")
        self.assertEqual(self.field(server, "aof_last_bgrewrite_status"), "err")
        self.assertEqual(server.call("BGSAVE"), "Background saving started")

    def test_a_flush_begins_a_rewrite_anew(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always", "--rdb-key-save-delay", "10000")
        self.fill(server)
        server.call("BGREWRITEAOF")
        wait_until(lambda: self.field(server, "aof_rewrite_in_progress") == "1", "the rewrite")
        self.pipeline(server, ["FLUSHALL"], ["SET", "later", 1], ["CONFIG", "SET", "rdb-key-save-delay", 0])
        self.is_kept(server)

    def test_two_servers_do_not_share_a_log(self):
        first = self.server("--appendonly", "yes")
        first.call("SET", "k", 1)
        with self.assertRaisesRegex(AssertionError, "is in use by another server"):
            self.server("--appendonly", "yes")
        second = self.server("--appenddirname", "other", "--appendonly", "yes")
        second.close()
        third = self.server()
        with self.assertRaisesRegex(ReplyError, "Unable to turn on AOF|appendonly"):
            third.call("CONFIG", "SET", "appendonly", "yes")
            wait_until(lambda: self.field(third, "aof_last_bgrewrite_status") == "err", "the failure")
            self.assertIn("is in use by another server", third.output.read_text())
            raise ReplyError("appendonly stays off")
        self.kill(third)
        self.kill(first)
        self.assertEqual(self.server("--appendonly", "yes").call("GET", "k"), "1")

    def test_nothing_begins_empty_beside_data(self):
        server = self.server("--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no")
        digest = self.fill(server)
        self.kill(server)
        directory = pathlib.Path(self.directory, "appendonlydir")
        manifest = directory / "appendonly.aof.manifest"
        text = manifest.read_text()
        for damage in (manifest.unlink, lambda: manifest.write_text("file\n")):
            damage()
            with self.subTest(manifest.exists()):
                with self.assertRaisesRegex(AssertionError, "appendonly is off and there is no dump.rdb"):
                    self.server()
            manifest.write_text(text)
        # What a version before Redis 7 leaves: one file.
        old = pathlib.Path(self.directory, "appendonly.aof")
        old.write_bytes((directory / "appendonly.aof.1.incr.aof").read_bytes())
        shutil.rmtree(directory)
        server = self.server()
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)
        server.call("SAVE")
        self.kill(server)
        # And where the log was switched on in its configuration and never written to.
        old.write_bytes(b"")
        server = self.server("--appendonly", "yes")
        self.assertEqual(server.call("DEBUG", "DIGEST"), digest)
        self.kill(server)
        shutil.rmtree(directory)
        directory.mkdir()
        manifest.write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
        (directory / "appendonly.aof.1.incr.aof").write_bytes(b"")
        self.assertEqual(self.server("--appendonly", "yes").call("DEBUG", "DIGEST"), digest)

    def test_save_points_as_one_word(self):
        server = RunningServer("--dir", self.directory, "--save", "60 1 300 5")
        self.addCleanup(server.close)
        self.assertEqual(server.call("CONFIG", "GET", "save"), ["save", "60 1 300 5"])

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
            self.assertEqual(self.check(*words)[0], 1)


if __name__ == "__main__":
    unittest.main()
