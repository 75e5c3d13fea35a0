# SPDX-License-Identifier: BSD-3-Clause
"""The server under test as a child process: started, killed, started again.

It gets a free port of 127.0.0.1, a directory of its own that outlives the kill,
and the log as its only persistence. It runs in its own process group, so that
SIGKILL also reaches a server behind a wrapper command such as nice.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import redis


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, command, *options):
        self.port = free_port()
        self.directory = tempfile.mkdtemp(prefix="sorrel-clients-")
        self.output = os.path.join(self.directory, "server.out")
        self.arguments = shlex.split(command) + ["--port", str(self.port)]
        self.arguments += ["--bind", "127.0.0.1", "--dir", self.directory, "--save", ""]
        self.arguments += options
        self.process = None

    def start(self, patience_seconds=120):
        """Returns the seconds until it served, its log loaded."""
        began = time.monotonic()
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                self.arguments, stdout=output, stderr=output, start_new_session=True
            )
        client = self.client()
        while True:
            try:
                client.ping()
                client.close()
                return time.monotonic() - began
            except redis.exceptions.ConnectionError:
                ended = self.process.poll() is not None
            if ended or time.monotonic() - began > patience_seconds:
                raise RuntimeError("the server does not serve:\n" + self.last_words())
            time.sleep(0.01)

    def client(self):
        return redis.Redis(host="127.0.0.1", port=self.port, decode_responses=True)

    def kill(self):
        """SIGKILL. Returns the moment just before it, on the monotonic clock."""
        moment = time.monotonic()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return moment

    def last_words(self):
        with open(self.output, encoding="utf-8", errors="replace") as output:
            return "".join(output.readlines()[-20:])

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory)
