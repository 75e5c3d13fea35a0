# SPDX-License-Identifier: BSD-3-Clause
"""What the server writes when it dies of a signal, and when it is asked what its threads are doing.

A sanitizer reports deadly signals itself, so those tests are skipped in its builds; all of them are where it has
a thread of its own that no signal reaches.
"""

import os
import re
import signal
import time
import unittest

from running_server import RunningServer, program, wait_until

DONE = "STACK TRACE DONE"
DEADLY = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT)

needs_own_handlers = unittest.skipIf(os.environ.get("SORREL_SANITIZE"), "the sanitizer reports")


def threads(report):
    """The names of the threads whose stacks are there."""
    return re.findall(r"^Thread \d+ ([^(\n]+?)(?: \(has this signal\))?$", report, re.MULTILINE)


@unittest.skipIf("thread" in os.environ.get("SORREL_SANITIZE", ""), "the sanitizer's own thread does not answer")
class CrashReport(unittest.TestCase):
    def server(self, *options):
        server = RunningServer("--save", "", "--enable-debug-command", "yes", *options)
        self.addCleanup(server.close)
        return server

    def call_into_death(self, server, *words):
        """Returns: what the server wrote, once it is gone."""
        with server.client() as client:
            client.send(*words)
            with self.assertRaises((EOFError, ConnectionError)):
                client.reply()
        server.process.wait(30)
        return server.output.read_text(errors="replace")

    def kill_asleep(self, server, number):
        """Sends the signal while the main thread is in DEBUG SLEEP; the client is the caller's to close."""
        client = server.client()
        self.addCleanup(client.__exit__)
        client.send("DEBUG", "SLEEP", "3")
        wait_until(lambda: self.is_asleep(server), "the sleep")
        server.process.send_signal(number)
        return client

    def is_asleep(self, server):
        """Whether nobody is answered: the loop is within the command."""
        with server.client() as probe:
            probe.socket.settimeout(0.2)
            probe.send("PING")
            try:
                probe.line()
                return False
            except TimeoutError:
                return True

    def assert_whole(self, report):
        self.assertEqual(report.count("STACK TRACE -"), 1, report)
        self.assertEqual(report.count(DONE), 1, report)
        self.assertNotIn("did not answer", report)
        self.assertIn("log-lines", threads(report), report)

    @needs_own_handlers
    def test_each_deadly_signal_is_reported_and_kills(self):
        for number in DEADLY:
            with self.subTest(number.name):
                server = self.server("--appendonly", "yes")
                self.kill_asleep(server, number)
                self.assertEqual(server.process.wait(30), -number)
                report = server.output.read_text()
                self.assertRegex(report, rf"crashed by signal: {int(number)}, {number.name}, si_code: 0\n")
                self.assertIn(f"Sent by process {os.getpid()}, user {os.getuid()}\n", report)
                self.assert_whole(report)
                self.assertIn("append-log", threads(report))
                self.assertIn("sorrel::server::(anonymous)::debug_sleep+0x", report)
                self.assertIn("sorrel::persist::LogWriter::work+0x", report)
                self.assertIn("END OF THE CRASH REPORT", report)

    @needs_own_handlers
    def test_an_access_to_forbidden_memory(self):
        server = self.server()
        report = self.call_into_death(server, "DEBUG", "SEGFAULT")
        self.assertEqual(server.process.returncode, -signal.SIGSEGV)
        self.assert_whole(report)
        self.assertRegex(report, r"crashed by signal: 11, SIGSEGV, si_code: 2\n")
        self.assertRegex(report, r"Running: sorrel::server::debug_segfault\+0x")
        self.assertRegex(report, r"Accessing address: 0x[0-9a-f]+000\n")
        # The trace begins where it happened, not in the handler.
        self.assertRegex(report, r"\(has this signal\)\n  sorrel::server::debug_segfault\+0x")

    def test_assertions_and_panics(self):
        for word, text in (("ASSERT", "=== ASSERTION FAILED ==="), ("PANIC", "!!! Software Failure")):
            for leaves in ("yes", "no"):
                with self.subTest(word, leaves=leaves):
                    server = self.server("--use-exit-on-panic", leaves)
                    report = self.call_into_death(server, "DEBUG", word)
                    self.assertEqual(server.process.returncode, 1 if leaves == "yes" else -signal.SIGABRT)
                    self.assertIn(text, report)
                    self.assertIn(f"sorrel::server::debug_{word.lower()}+0x", report)
                    self.assert_whole(report)
                    self.assertNotIn("crashed by signal", report)

    def test_the_report_is_in_the_log_file(self):
        server = self.server("--logfile", "server.log")
        self.call_into_death(server, "DEBUG", "PANIC")
        with open(f"{server.directory}/server.log", encoding="utf-8") as file:
            log = file.read()
        self.assert_whole(log)
        self.assertIn("is starting", log)
        self.assertEqual(server.output.read_text(), "")

    @needs_own_handlers
    def test_it_can_be_switched_off(self):
        server = self.server("--crash-log-enabled", "no")
        self.assertNotIn("STACK TRACE", self.call_into_death(server, "DEBUG", "SEGFAULT"))
        server = self.server("--crash-log-enabled", "no")
        server.call("CONFIG", "SET", "crash-log-enabled", "yes")
        self.assert_whole(self.call_into_death(server, "DEBUG", "SEGFAULT"))
        server = self.server()
        server.call("CONFIG", "SET", "crash-log-enabled", "no")
        self.assertNotIn("STACK TRACE", self.call_into_death(server, "DEBUG", "SEGFAULT"))
        self.assertEqual(server.process.returncode, -signal.SIGSEGV)

    def test_an_alarm_is_not_the_end(self):
        server = self.server()
        client = self.kill_asleep(server, signal.SIGALRM)
        self.assertEqual(client.reply(), "OK")
        report = wait_until(lambda: DONE in server.output.read_text() and server.output.read_text(), "the stacks")
        self.assert_whole(report)
        self.assertIn("Received SIGALRM", report)
        self.assertIn("debug_sleep+0x", report)
        self.assertEqual(server.call("PING"), "PONG")
        # And once more: a report leaves nothing behind.
        server.process.send_signal(signal.SIGALRM)
        wait_until(lambda: server.output.read_text().count(DONE) == 2, "the second one")
        self.assertEqual(server.call("PING"), "PONG")

    def test_the_watchdog(self):
        server = self.server()
        server.call("CONFIG", "SET", "watchdog-period", "50")
        self.assertEqual(server.call("CONFIG", "GET", "watchdog-period"), ["watchdog-period", "200"])
        # The loop that goes on keeps it from running out.
        until = time.monotonic() + 1
        while time.monotonic() < until:
            server.call("PING")
        self.assertNotIn("WATCHDOG", server.output.read_text())
        server.call("DEBUG", "SLEEP", "1")
        report = server.output.read_text()
        self.assert_whole(report)
        self.assertIn("WATCHDOG TIMER EXPIRED", report)
        self.assertIn("debug_sleep+0x", report)
        server.call("CONFIG", "SET", "watchdog-period", "0")
        server.call("DEBUG", "SLEEP", "1")
        self.assertEqual(server.output.read_text().count(DONE), 1)

    def test_a_trace_signal_that_nobody_asked_for(self):
        server = self.server()
        server.process.send_signal(signal.SIGUSR2)
        self.assertEqual(server.call("PING"), "PONG")


if __name__ == "__main__":
    program()
    unittest.main()
