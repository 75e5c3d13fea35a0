# SPDX-License-Identifier: BSD-3-Clause
"""A server as a child process and the little of the protocol that the crash tests speak.

The server is SORREL_SERVER, or build/release/sorrel. It listens on a free port of 127.0.0.1 and its
data lies in a directory that outlives its death. Standard library only.
"""

import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def server_command():
    command = os.environ.get("SORREL_SERVER", str(ROOT / "build/release/sorrel"))
    words = shlex.split(command)
    if not os.access(words[0], os.X_OK):
        skip(f"no server at {words[0]}: build it, or name one in SORREL_SERVER")
    return words


# A test that is told to end still ends its server.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class ReplyError(Exception):
    """An error reply of the server."""


class Client:
    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.replies = self.socket.makefile("rb")

    def send(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(parts))

    def receive(self):
        line = self.replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server is gone")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise ReplyError(rest.decode())
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.replies.read(size + 2)[:-2]
        if kind == b"*":
            return [self.receive() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def call(self, *words):
        self.send(*words)
        return self.receive()

    def close(self):
        self.socket.close()


class Server:
    def __init__(self, directory, *options):
        self.directory = directory
        self.options = options
        self.output = os.path.join(directory, "server.out")
        self.process = None
        self.port = 0

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        words = server_command() + ["--port", str(self.port), "--bind", "127.0.0.1"]
        words += ["--dir", self.directory, "--appendonly", "yes", "--save", "", *self.options]
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(words, stdout=output, stderr=output)
        deadline = time.monotonic() + 60
        while True:
            try:
                client = Client(self.port)
                client.call("PING")
                return client
            except (OSError, ReplyError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the server does not serve:\n" + self.last_words())
                time.sleep(0.005)

    def connect(self):
        return Client(self.port)

    def wait_until_written(self, client):
        """Until the log holds everything, so that a kill loses nothing under any policy."""
        while b"aof_buffer_length:0\r\n" not in client.call("INFO", "persistence"):
            time.sleep(0.005)

    def last_words(self):
        with open(self.output, "rb") as output:
            return output.read()[-3000:].decode(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(60)

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
