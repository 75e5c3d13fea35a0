# SPDX-License-Identifier: BSD-3-Clause
"""How a server ends while it saves or loads, and how it does not.

Saving and loading are slowed down by rdb-key-save-delay and key-load-delay, so that there is time to ask.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from running_server import Client, ReplyError, RunningServer, free_port, program, wait_until


class Shutdown(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sorrel-shutdown-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def server(self, *options):
        server = RunningServer("--dir", self.directory, "--enable-debug-command", "yes", *options)
        self.addCleanup(server.close)
        return server

    def unfinished(self, server):
        return pathlib.Path(self.directory, f"temp-{server.process.pid}.rdb")

    def fill(self, server):
        with server.client() as client:
            for i in range(100):
                client.call("SET", i, i)

    def begin_slow_end(self, server):
        """SIGINT, and the last snapshot takes ten seconds and more."""
        self.fill(server)
        server.call("CONFIG", "SET", "rdb-key-save-delay", "100000")
        server.process.send_signal(signal.SIGINT)
        wait_until(self.unfinished(server).exists, "the snapshot's file")
        self.assertIsNone(server.process.poll())

    def test_who_insists_ends_the_last_snapshot(self):
        server = self.server("--save", "900", "1")
        self.begin_slow_end(server)
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(30), 1)
        self.assertFalse(self.unfinished(server).exists())
        self.assertFalse(pathlib.Path(self.directory, "dump.rdb").exists())
        self.assertIn("You insist", server.output.read_text())

    def test_sigterm_does_not_insist(self):
        server = self.server("--save", "900", "1")
        self.fill(server)
        server.call("CONFIG", "SET", "rdb-key-save-delay", "10000")
        server.process.send_signal(signal.SIGINT)
        wait_until(self.unfinished(server).exists, "the snapshot's file")
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(30), 0)
        self.assertEqual(self.server("--save", "").call("DBSIZE"), 100)

    def test_nosave_removes_the_file_of_a_snapshot_under_way(self):
        server = self.server("--save", "900", "1")
        self.fill(server)
        server.call("CONFIG", "SET", "rdb-key-save-delay", "10000000")
        server.call("BGSAVE")
        wait_until(self.unfinished(server).exists, "the snapshot's file")
        with server.client() as client:
            client.send("SHUTDOWN", "NOSAVE")
            with self.assertRaises((EOFError, ConnectionError)):
                client.reply()
        self.assertEqual(server.process.wait(30), 0)
        self.assertFalse(self.unfinished(server).exists())

    def test_a_shutdown_that_waits_is_taken_back(self):
        server = self.server("--save", "")
        with self.assertRaisesRegex(ReplyError, "^ERR No shutdown in progress.$"):
            server.call("SHUTDOWN", "ABORT")
        server.call("DEBUG", "PAUSE-CRON", "1")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "scheduling shutdown" in server.output.read_text(), "the signal")
        self.assertEqual(server.call("SHUTDOWN", "ABORT"), "OK")
        server.call("DEBUG", "PAUSE-CRON", "0")
        with self.assertRaises(ReplyError):
            server.call("SHUTDOWN", "ABORT")
        self.assertEqual(server.call("PING"), "PONG")
        server.call("DEBUG", "PAUSE-CRON", "1")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.output.read_text().count("scheduling shutdown") == 2, "the signal")
        server.call("DEBUG", "PAUSE-CRON", "0")
        self.assertEqual(server.process.wait(30), 0)

    def start_loading(self, *options):
        """Starts the program without waiting for the end of its loading. Returns: the process, and its address."""
        port = free_port()
        process = subprocess.Popen([program(), "--port", str(port), "--bind", "127.0.0.1", "--dir", self.directory,
                                    "--enable-debug-command", "yes", *options], stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def is_loading():
            try:
                with Client(("127.0.0.1", port)) as client:
                    return "\nloading:1\r\n" in client.call("INFO", "persistence")
            except OSError:
                return False

        wait_until(is_loading, "the server to load")
        return process, ("127.0.0.1", port)

    def test_clients_come_and_go_while_a_slow_load_goes_on(self):
        for log in ("no", "yes"):
            with self.subTest(appendonly=log):
                shutil.rmtree(self.directory)
                os.mkdir(self.directory)
                server = self.server("--save", "", "--appendonly", log, "--aof-use-rdb-preamble", "no")
                with server.client() as client:
                    for i in range(100):
                        client.call("MSET", *[word for j in range(20) for word in (f"k{i}:{j}", "x" * 100)])
                if log == "no":
                    server.call("SAVE")
                server.stop()
                process, address = self.start_loading(
                    "--appendonly", log, "--key-load-delay", "20000" if log == "no" else "100000",
                    "--loading-process-events-interval-bytes", "1024")
                with Client(address) as client:
                    # The delay is a test's to take away; it is then loaded at once.
                    with self.assertRaisesRegex(ReplyError, "^LOADING "):
                        client.call("GET", "k0:0")
                    self.assertEqual(client.call("CONFIG", "SET", "key-load-delay", "0"), "OK")
                    wait_until(lambda: client.call("INFO", "persistence").count("\nloading:0\r\n"), "the load's end")
                    self.assertEqual(client.call("DBSIZE"), 2000)
                process.terminate()
                self.assertEqual(process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
