#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the machine is told: systemd and upstart when the server is ready, the kernel what it may end first, the log's forms."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from running_server import LIMIT_S, ReplyError, RunningServer, free_port, program, wait_until


class Supervised(unittest.TestCase):
    def listen(self, name):
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.settimeout(LIMIT_S)
        receiver.bind(name)
        return receiver

    def test_systemd(self):
        with tempfile.TemporaryDirectory(prefix="sorrel-test-") as folder:
            for path in (os.path.join(folder, "notify"), f"\0sorrel-test-{os.getpid()}"):
                for wanted in ("systemd", "auto"):
                    receiver = self.listen(path)
                    environment = {"NOTIFY_SOCKET": path.replace("\0", "@")}
                    # In the background nobody would find it: the option gives way.
                    with RunningServer("--supervised", wanted, "--daemonize", "yes", environment=environment) as server:
                        self.assertIn("READY=1\n", receiver.recv(4096).decode())
                        self.assertIn("process_supervised:systemd\r\n", server.call("INFO", "server"))
                        server.stop()
                        self.assertIn("STOPPING=1\n", receiver.recv(4096).decode())
                    receiver.close()
                    if path[0] != "\0":
                        os.unlink(path)

    def test_nobody_is_there(self):
        with RunningServer("--supervised", "systemd", environment={"NOTIFY_SOCKET": ""}) as server:
            self.assertIn("process_supervised:unknown\r\n", server.call("INFO", "server"))
            wait_until(lambda: "Nobody supervises this server" in server.output.read_text(), "the log")
        with RunningServer("--supervised", "systemd", environment={"NOTIFY_SOCKET": "/no/such/socket"}) as server:
            wait_until(lambda: "Telling systemd failed" in server.output.read_text(), "the log")
            self.assertEqual(server.call("PING"), "PONG")
        with RunningServer(environment={"NOTIFY_SOCKET": "/no/such/socket"}) as server:
            self.assertIn("process_supervised:no\r\n", server.call("INFO", "server"))

    def test_upstart(self):
        with tempfile.TemporaryDirectory(prefix="sorrel-test-") as folder:
            process = subprocess.Popen([program(), "--supervised", "upstart", "--port", str(free_port()), "--bind", "127.0.0.1",
                                        "--dir", folder], stdout=subprocess.DEVNULL, env={**os.environ, "UPSTART_JOB": "sorrel"})
            try:
                _, status = os.waitpid(process.pid, os.WUNTRACED)
                self.assertTrue(os.WIFSTOPPED(status))
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(LIMIT_S), 0)
            finally:
                process.kill()
                process.wait()


class OomScore(unittest.TestCase):
    def setUp(self):
        self.server = RunningServer()
        self.addCleanup(self.server.close)

    def score(self):
        return int(pathlib.Path(f"/proc/{self.server.process.pid}/oom_score_adj").read_text())

    def set(self, *words):
        return self.server.call("CONFIG", "SET", *words)

    def test_it_follows_the_options(self):
        before = self.score()
        self.set("oom-score-adj-values", "10 20 30")
        self.assertEqual(self.score(), before)
        self.set("oom-score-adj", "yes")
        self.assertEqual(self.score(), before + 10)
        self.set("oom-score-adj-values", "15 20 30")
        self.assertEqual(self.score(), before + 15)
        self.set("oom-score-adj", "absolute", "oom-score-adj-values", f"{before + 17} 0 0")
        self.assertEqual(self.score(), before + 17)
        self.set("oom-score-adj", "no")
        self.assertEqual(self.score(), before)

    def test_bad_values(self):
        for wrong in ("1 2", "1 2 3 4", "2001 0 0", "0 0 -2001", "a b c"):
            with self.assertRaises(ReplyError):
                self.set("oom-score-adj-values", wrong)
        self.assertEqual(self.server.call("CONFIG", "GET", "oom-score-adj-values")[1], "0 200 800")

    def test_what_the_kernel_refuses(self):
        if os.geteuid() == 0:
            self.skipTest("root may do it")
        self.set("oom-score-adj-values", "-1000 0 0")
        with self.assertRaises(ReplyError):
            self.set("oom-score-adj", "yes")
        self.assertEqual(self.server.call("CONFIG", "GET", "oom-score-adj")[1], "no")


class Lines(unittest.TestCase):
    def lines(self, format_name):
        with RunningServer("--log-format", format_name, "--enable-debug-command", "yes") as server:
            server.call("DEBUG", "LOG", 'a "quoted"\n\\word\t\u00e9')
            text = wait_until(lambda: "quoted" in server.output.read_text(errors="replace") and server.output.read_text(errors="replace"),
                              "the line")
            return server.process.pid, text

    def test_json(self):
        pid, text = self.lines("json")
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            self.assertEqual(list(line), ["pid", "role", "timestamp", "level", "message"])
            self.assertEqual((line["pid"], line["role"]), (pid, "master"))
            self.assertRegex(line["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$")
            self.assertIn(line["level"], ("notice", "warning"))
        self.assertTrue(any('a "quoted"\n\\word\t\u00e9' in line["message"] for line in lines), text)

    def test_logfmt(self):
        pid, text = self.lines("logfmt")
        for line in text.splitlines():
            self.assertRegex(line, rf'^pid={pid} role=master timestamp="[^"]+" level=(notice|warning) message="[^"]*"$')

    def test_at_run_time(self):
        with RunningServer() as server:
            server.call("CONFIG", "SET", "log-format", "json")
            server.stop()
            text = server.output.read_text()
        self.assertTrue(re.search(r"^\d+:M \d\d \w{3} \d{4} ", text), text)
        self.assertEqual(json.loads(text.splitlines()[-1])["message"], "Sorrel is now ready to exit, bye bye...")


class SystemLog(unittest.TestCase):
    def test_options(self):
        # /dev/log belongs to the machine: where there is none nothing is lost but the line.
        with RunningServer("--syslog-enabled", "yes", "--syslog-ident", "sorrel-test", "--syslog-facility", "LOCAL7") as server:
            self.assertEqual(server.call("CONFIG", "GET", "syslog-*"), ["syslog-enabled", "yes", "syslog-ident", "sorrel-test",
                                                                       "syslog-facility", "local7"])
            wait_until(lambda: "Ready to accept connections tcp" in server.output.read_text(), "the log")


if __name__ == "__main__":
    unittest.main(verbosity=2)
