# SPDX-License-Identifier: BSD-3-Clause
"""A server under test, and a client of a few lines: for the tests of this folder.

A server gets an empty directory and a free port of 127.0.0.1, and is gone with everything that it
wrote when the test ends. Whatever is waited for is waited for by asking again, never by sleeping a
fixed time; LIMIT_S only bounds a failing run.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

LIMIT_S = 30


def program():
    """The server's program, which ctest names."""
    return os.environ["SORREL_PROGRAM"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what):
    """Asks until condition() is true and gives what it returned."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.005)


class Client:
    """One connection; call() gives the reply as text, list, integer or None; an error is raised as ReplyError.

    Errors within a list are values of it.
    """

    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(LIMIT_S)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def send(self, *words):
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            data = str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(parts))

    def line(self):
        return self.stream.readline().decode().rstrip("\r\n")

    def reply(self):
        value = self.value()
        if isinstance(value, ReplyError):
            raise value
        return value

    def value(self):
        line = self.line()
        if not line:
            raise EOFError("the connection was closed")
        kind, rest = line[0], line[1:]
        if kind == "-":
            return ReplyError(rest)
        if kind == ":":
            return int(rest)
        if kind == "$":
            return None if rest == "-1" else self.stream.read(int(rest) + 2)[:-2].decode(
                errors="backslashreplace")
        if kind == "*":
            return None if rest == "-1" else [self.value() for _ in range(int(rest))]
        return rest

    def call(self, *words):
        self.send(*words)
        return self.reply()


class ReplyError(Exception):
    """An error reply; its text is that of the reply."""


class RunningServer:
    """Starts the program with these words of the command line and waits until it answers.

    `words` come first (a file, "-"), then --port and --dir, then `options`. Without `port` none is
    given, and `address` is then the caller's to say.
    """

    def __init__(self, *options, words=(), stdin=None, port=None, address=None, executable=None,
                 environment=None):
        self.directory = tempfile.mkdtemp(prefix="sorrel-test-")
        self.output = pathlib.Path(self.directory, "output.txt")
        command = [executable or program(), *words]
        if address is None:
            self.port = port or free_port()
            command += ["--port", str(self.port), "--bind", "127.0.0.1"]
            address = ("127.0.0.1", self.port)
        self.address = address
        command += ["--dir", self.directory, *options]
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
        if stdin is not None:
            self.process.stdin.write(stdin.encode())
            self.process.stdin.close()
        try:
            wait_until(self.answers, "the server to answer")
        except BaseException:
            self.close()
            raise

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended at start: {self.output.read_text()}")
        try:
            with Client(self.address) as client:
                client.send("PING")
                # NOAUTH is an answer, too; LOADING is none yet.
                line = client.line()
                return line != "" and not line.startswith("-LOADING")
        except OSError:
            return False

    def client(self):
        return Client(self.address)

    def call(self, *words):
        with self.client() as client:
            return client.call(*words)

    def stop(self, number=signal.SIGTERM):
        """Returns: the exit status."""
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)

    def pause(self):
        """Every thread of it has stopped when this returns; what is sent then is there together at resume()."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
