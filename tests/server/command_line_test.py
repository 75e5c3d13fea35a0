#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The server as an operator meets it: its command line, its configuration, its start and its end.

A start that fails must say why in one line on standard error and exit with 1, never hang. The
program is that of the environment variable SORREL_PROGRAM.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from running_server import LIMIT_S, Client, ReplyError, RunningServer, free_port, program, wait_until


def run_program(*words, stdin="", executable=None, environment=None):
    """Runs the program to its end. Returns: the finished process."""
    return subprocess.run([executable or program(), *words], input=stdin, capture_output=True, text=True,
                          timeout=LIMIT_S, check=False, env={**os.environ, **(environment or {})})


class WithFolder(unittest.TestCase):
    """Gives each test an empty folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sorrel-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, text, name="test.conf"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def serve(self, *options, **more):
        server = RunningServer(*options, **more)
        self.addCleanup(server.close)
        return server


class Refusals(WithFolder):
    """Starts that must fail."""

    def refused(self, *words, says, stdin=""):
        done = run_program(*words, stdin=stdin)
        self.assertEqual(done.returncode, 1, done)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("sorrel: "), lines[0])
        self.assertIn(says, lines[0])

    def test_unknown_option(self):
        self.refused("--no-such-option", "1", says="--no-such-option: Bad directive")

    def test_bad_values(self):
        for name, value, says in [("port", "abc", "integer"), ("port", "70000", "between 0 and 65535"),
                                  ("port", "-1", "between 0 and 65535"), ("appendonly", "maybe", "'yes' or 'no'"),
                                  ("maxmemory", "12xb", "memory"), ("loglevel", "loud", "debug"),
                                  ("databases", "0", "between 1 and"), ("unixsocketperm", "9z", "")]:
            with self.subTest(name=name, value=value):
                self.refused(f"--{name}", value, says=f"--{name}: ")
                self.refused(f"--{name}", value, says=says)

    def test_missing_and_surplus_values(self):
        self.refused("--port", says="--port: wrong number of arguments")
        self.refused("--port", "--appendonly", "yes", says="--port: wrong number of arguments")
        self.refused("--port", "1", "2", says="--port: wrong number of arguments")

    def test_option_without_a_name(self):
        self.refused("--", says="'--'")
        self.refused('--port "6', says="bad option")

    def test_unreadable_file(self):
        self.refused(str(self.folder / "none.conf"), says="none.conf'")
        self.refused(str(self.folder), says="can't open config file")

    def test_two_files(self):
        first = self.file("")
        self.refused(first, self.file("", "other.conf"), says="more than one configuration file")

    def test_bad_line_is_named_by_its_number(self):
        path = self.file("# comment\n\nport 0\nfoo bar\nport x\n")
        self.refused(path, says="line 4: 'foo bar'")
        self.refused(self.file("port 0\nport x\n"), says="line 2: 'port x'")
        self.refused(self.file('port 0\n\nrequirepass "open\n'), says="line 3")
        self.refused(self.file("port 0\nport\n"), says="line 2")

    def test_bad_line_of_standard_input(self):
        self.refused("-", stdin="port 0\nfoo bar\n", says="standard input, line 2: 'foo bar'")

    def test_bad_include(self):
        self.refused(self.file("port 0\ninclude /does/not/exist.conf\n"), says="line 2: can't include")
        inner = self.file("maxclients none\n", "inner.conf")
        self.refused(self.file(f"include {inner}\n"), says="inner.conf, line 1: 'maxclients none'")

    def test_file_that_includes_itself(self):
        path = self.folder / "loop.conf"
        path.write_text(f"include {path}\n", encoding="utf-8")
        self.refused(str(path), says="can't include")

    def test_folder_that_is_not_there(self):
        self.refused("--dir", str(self.folder / "none"), says="can't chdir")

    def test_port_that_is_taken(self):
        server = self.serve()
        self.refused("--port", str(server.port), "--bind", "127.0.0.1", "--loglevel", "nothing", "--dir",
                     str(self.folder), says=str(server.port))
        self.assertEqual(server.call("PING"), "PONG")

    def test_socket_that_cannot_be_made(self):
        self.refused("--port", "0", "--unixsocket", str(self.folder / "none" / "socket"), says="none/socket")

    def test_log_file_that_cannot_be_written(self):
        self.refused("--port", "0", "--logfile", str(self.folder), says="log file")


class Answers(WithFolder):
    """Runs that end by themselves, with status 0."""

    def test_version(self):
        for word in ("-v", "--version"):
            done = run_program(word)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"^Sorrel server v=\d+\.\d+\.\d+ redis=\d+\.\d+\.\d+ bits=64\n$")

    def test_help(self):
        for word in ("-h", "--help"):
            done = run_program(word)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith("Usage: "))

    def test_under_the_name_of_the_other_server(self):
        link = self.folder / "redis-server"
        link.symlink_to(program())
        self.assertEqual(run_program("--version", executable=str(link)).returncode, 0)
        server = self.serve(executable=str(link))
        self.assertEqual(server.call("PING"), "PONG")


class Configuration(WithFolder):
    """Where values come from, and which wins."""

    def value(self, server, name):
        return server.call("CONFIG", "GET", name)[1]

    def test_file_then_command_line(self):
        path = self.file("maxmemory 100mb\ntimeout 7\n# comment\n  \nrequirepass \"\"\n")
        server = self.serve("--timeout", "9", words=[path])
        self.assertEqual(self.value(server, "maxmemory"), str(100 * 1024 * 1024))
        self.assertEqual(self.value(server, "timeout"), "9")

    def test_standard_input(self):
        server = self.serve("-", stdin="timeout 11\nmaxmemory 1gb\n")
        self.assertEqual(self.value(server, "timeout"), "11")
        self.assertEqual(self.value(server, "maxmemory"), str(1 << 30))

    def test_name_and_value_in_one_word(self):
        server = self.serve("--maxmemory 2mb", "--save", "")
        self.assertEqual(self.value(server, "maxmemory"), str(2 << 20))

    def test_include(self):
        inner = self.file("timeout 12\nmaxclients 77\n", "inner.conf")
        server = self.serve(words=[self.file(f"maxclients 66\ninclude {inner}\ntimeout 13\n")])
        self.assertEqual(self.value(server, "timeout"), "13")
        self.assertEqual(self.value(server, "maxclients"), "77")

    def test_rewrite_and_start_again(self):
        path = self.file("# kept\ntimeout 5\nmaxclients 100\n")
        server = self.serve(words=[path])
        server.call("CONFIG", "SET", "timeout", "21", "maxmemory", "3mb", "requirepass", "a b\"c")
        with server.client() as client:
            client.call("AUTH", 'a b"c')
            self.assertEqual(client.call("CONFIG", "REWRITE"), "OK")
        text = pathlib.Path(path).read_text(encoding="utf-8")
        self.assertIn("# kept\ntimeout 21\nmaxclients 100\n", text)
        self.assertEqual(server.stop(), 0)
        # Started from the file alone.
        again = self.serve(words=[path], port=server.port)
        with again.client() as client:
            with self.assertRaisesRegex(ReplyError, "^NOAUTH"):
                client.call("PING")
            self.assertEqual(client.call("AUTH", 'a b"c'), "OK")
            self.assertEqual(client.call("CONFIG", "GET", "timeout"), ["timeout", "21"])
            self.assertEqual(client.call("CONFIG", "GET", "maxmemory"), ["maxmemory", str(3 << 20)])

    def test_rewrite_without_a_file(self):
        with self.assertRaisesRegex(ReplyError, "without a config file"):
            self.serve().call("CONFIG", "REWRITE")


class ProcessTitle(WithFolder):
    """What ps shows of the server, in the place of its command line."""

    def shown(self, server):
        words = pathlib.Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        return words.rstrip(b"\0").decode()

    def test_template(self):
        path = self.file("timeout 5\n")
        server = self.serve("--requirepass", "", words=[path])
        self.assertEqual(self.shown(server), f"{program()} 127.0.0.1:{server.port}")
        server.call("CONFIG", "SET", "proc-title-template", "a {port} {tls-port} {config-file} {server-mode}")
        self.assertEqual(self.shown(server), f"a {server.port} 0 {path}")
        server.call("CONFIG", "SET", "proc-title-template", "x" * 100_000)
        self.assertRegex(self.shown(server), "^x+$")
        server.call("CONFIG", "SET", "proc-title-template", "short")
        self.assertEqual(self.shown(server), "short")

    def test_switched_off(self):
        server = self.serve("--set-proc-title", "no")
        self.assertIn("--set-proc-title\0no", self.shown(server))


class EndOfTheServer(WithFolder):
    """How it stops, and what it leaves."""

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            pid_file = self.folder / f"pid.{number}"
            server = self.serve("--pidfile", str(pid_file))
            self.assertEqual(int(pid_file.read_text()), server.process.pid)
            self.assertEqual(server.stop(number), 0)
            self.assertFalse(pid_file.exists())

    def test_hang_up_does_not_end_it(self):
        server = self.serve()
        server.process.send_signal(signal.SIGHUP)
        self.assertEqual(server.call("PING"), "PONG")

    def test_shutdown(self):
        server = self.serve("--appendonly", "yes")
        with server.client() as client:
            client.call("SET", "k", "v")
            client.send("SHUTDOWN")
            self.assertEqual(client.line(), "")
        self.assertEqual(server.process.wait(LIMIT_S), 0)

    def test_stops_with_clients_connected(self):
        server = self.serve()
        with server.client() as client:
            client.call("PING")
            self.assertEqual(server.stop(), 0)
            self.assertEqual(client.line(), "")

    def test_in_the_background(self):
        port = free_port()
        pid_file = self.folder / "pid"
        done = run_program("--port", str(port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--daemonize", "yes",
                           "--pidfile", str(pid_file), "--logfile", str(self.folder / "log"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        pid = int(wait_until(lambda: pid_file.exists() and pid_file.read_text().strip(), "the pid file"))
        try:
            wait_until(lambda: subprocess.run([program(), "healthcheck", "--port", str(port)],
                                              capture_output=True, check=False).returncode == 0, "an answer")
        finally:
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not pid_file.exists(), "the pid file to be gone")


class Access(WithFolder):
    """Who may come in."""

    def test_unix_socket(self):
        path = str(self.folder / "socket")
        server = self.serve("--port", "0", "--unixsocket", path, "--unixsocketperm", "700", address=path)
        self.assertEqual(server.call("PING"), "PONG")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o700)
        self.assertEqual(run_program("healthcheck", "--socket", path).returncode, 0)
        self.assertEqual(server.stop(), 0)
        self.assertFalse(os.path.exists(path))

    def test_socket_left_by_a_crash(self):
        path = str(self.folder / "socket")
        options = ["--port", "0", "--unixsocket", path]
        self.serve(*options, address=path).stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(path))
        self.assertEqual(self.serve(*options, address=path).call("PING"), "PONG")

    def test_health_check(self):
        server = self.serve("--requirepass", "secret")
        at = ["healthcheck", "--port", str(server.port)]
        self.assertEqual(run_program(*at, "--password", "secret").returncode, 0)
        self.assertEqual(run_program(*at, environment={"SORREL_PASSWORD": "secret"}).returncode, 0)
        self.assertEqual(run_program(*at, environment={"REDISCLI_AUTH": "secret"}).returncode, 0)
        for words in ([], ["--password", "wrong"]):
            done = run_program(*at, *words)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1), done)
        self.assertNotIn("wrong", run_program(*at, "--password", "wrong").stderr)
        self.assertEqual(run_program(*at, "--bogus").returncode, 2)
        self.assertEqual(run_program("healthcheck", "--port", str(free_port())).returncode, 1)

    def test_password(self):
        server = self.serve("--requirepass", "secret")
        with server.client() as client:
            with self.assertRaisesRegex(ReplyError, "^NOAUTH Authentication required"):
                client.call("GET", "k")
            with self.assertRaisesRegex(ReplyError, "^WRONGPASS"):
                client.call("AUTH", "guess")
            self.assertEqual(client.call("AUTH", "secret"), "OK")
            self.assertIsNone(client.call("GET", "k"))

    def test_most_clients(self):
        server = self.serve("--maxclients", "3")
        clients = []
        try:
            def three_are_in():
                # The connection that asked whether the server answers may still be leaving.
                clients.append(server.client())
                try:
                    return clients[-1].call("PING") == "PONG" and len(clients) == 3
                except ReplyError:
                    clients.pop().__exit__()
                    return False
            wait_until(three_are_in, "three connections")
            with server.client() as late:
                self.assertEqual(late.line(), "-ERR max number of clients reached")
                self.assertEqual(late.line(), "")
            self.assertEqual(clients[0].call("PING"), "PONG")
            clients[0].call("QUIT")
            wait_until(lambda: re.search(r"connected_clients:2\b", clients[1].call("INFO", "clients")), "room")
            self.assertEqual(server.call("PING"), "PONG")
        finally:
            for client in clients:
                client.__exit__()

    def test_reader_that_is_too_slow(self):
        server = self.serve("--client-output-buffer-limit", "normal", "1mb", "0", "0")
        with server.client() as slow, server.client() as other:
            other.call("SET", "k", "x" * 1_000_000)
            request = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
            asked = 200
            slow.socket.sendall(request * asked)
            wait_until(lambda: "connected_clients:1\r" in other.call("INFO", "clients"), "the slow one to be closed")
            received = 0
            try:
                while data := slow.socket.recv(1 << 20):
                    received += len(data)
            except ConnectionResetError:
                pass
            self.assertLess(received, asked * 1_000_000)
            self.assertEqual(other.call("STRLEN", "k"), 1_000_000)

    def test_protected_mode(self):
        inside = pathlib.Path(__file__).with_name("protected_mode.py")
        done = subprocess.run(["unshare", "--net", "--map-root-user", sys.executable, "-B", str(inside)],
                              capture_output=True, text=True, timeout=2 * LIMIT_S, check=False)
        if "unshare failed" in done.stderr or "Operation not permitted" in done.stderr:
            self.skipTest("no network of its own may be made here")
        self.assertEqual(done.returncode, 0, done.stderr)
        without, with_password, switched_off, local = done.stdout.splitlines()
        self.assertTrue(without.startswith("-DENIED "), without)
        self.assertTrue(with_password.startswith("-NOAUTH "), with_password)
        self.assertEqual(switched_off, "+PONG")
        self.assertEqual(local, "+PONG")


if __name__ == "__main__":
    unittest.main(verbosity=2)
