# SPDX-License-Identifier: BSD-3-Clause
"""A server under test: one that already runs, or one that is started here and ended here.

A started server listens on a free loopback port, keeps nothing on disk and has a fresh directory as
its working directory. It can be started again after a crash, on another port, so that a crash can be
shrunk like any other difference. Only the process that was started here is ever ended.
"""

import os
import shlex
import socket
import subprocess
import tempfile
import time

from resp import encode, parse

START_LIMIT_SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Where a server listens. kind is read from INFO: ("redis", (8, 0)) and its like."""

    def __init__(self, name, address=None, command=None):
        self.name = name
        self._command = _with_absolute_program(shlex.split(command)) if command else None
        self._process = None
        self._directory = None
        if address:
            host, _, port = address.rpartition(":")
            self.host, self.port = host or "127.0.0.1", int(port)
        else:
            self._directory = tempfile.TemporaryDirectory(prefix="differential-")
            self._start()
        self.kind = self._read_kind()

    def connect(self, timeout=30.0):
        link = socket.create_connection((self.host, self.port), timeout=timeout)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def ensure(self):
        """Starts the server again when it was started here and has died. Returns whether it had."""
        if self._process is None or self._process.poll() is None:
            return False
        self._start()
        return True

    def end(self):
        """Ends the process if it was started here and still runs; ensure() starts another."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self):
        self.end()
        if self._directory is not None:
            self._directory.cleanup()

    def ask(self, *args):
        """One command on a connection of its own."""
        with self.connect() as link:
            link.sendall(encode(args))
            data = b""
            while True:
                chunk = link.recv(65536)
                if not chunk:
                    raise ConnectionError(f"server {self.name} closed the connection")
                data += chunk
                try:
                    return parse(data)[0]
                except IndexError:
                    continue

    def _start(self):
        self.host, self.port = "127.0.0.1", free_port()
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with open(f"{self._directory.name}/log", "ab") as log:
            self._process = subprocess.Popen(
                self._command + options, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._directory.name
            )
        limit = time.monotonic() + START_LIMIT_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > limit:
                with open(f"{self._directory.name}/log", errors="replace") as log:
                    raise SystemExit(f"server {self.name} did not start: {log.read()[-2000:]}")
            time.sleep(0.02)

    def _answers(self):
        try:
            # Anything but "still loading" is an answer.
            return not getattr(self.ask(b"PING"), "value", b"").startswith(b"LOADING")
        except OSError:
            return False

    def _read_kind(self):
        fields = {}
        for line in self.ask(b"INFO", b"server").decode("latin-1").splitlines():
            name, _, value = line.partition(":")
            fields[name] = value
        if "sorrel_version" in fields:
            return "sorrel", _version(fields["sorrel_version"])
        if "valkey_version" in fields:
            return "valkey", _version(fields["valkey_version"])
        return "redis", _version(fields.get("redis_version", "0.0"))


def _with_absolute_program(words):
    """A program given by a path from here is still found from the server's own directory."""
    return [os.path.abspath(words[0]) if os.sep in words[0] else words[0]] + words[1:]


def _version(text):
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
