# SPDX-License-Identifier: BSD-3-Clause
"""Servers under measurement: finding, starting, pinning, filling and asking them.

A server is either started here (a command; it is ended here, too) or given by address (it is only
talked to, and never emptied unless that was allowed). Every started server listens on 127.0.0.1 at
a port that was free, works in a directory of its own, and is pinned to one core.

Processor time comes from the kernel's scheduler accounting (/proc/PID/task/*/schedstat): user and
system time of every thread in nanoseconds. It is far steadier on a busy machine than throughput.
"""
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
OPTIONS = ["--port", "{port}", "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]


class Refused(Exception):
    """The server answered with an error; its text is the argument."""


class Client:
    """A blocking connection. Replies are int, str, None, list or Refused (returned, not raised).

    Of RESP3 it knows nulls, maps (as flat lists) and pushes (as lists among the replies)."""

    def __init__(self, host, port, timeout=120):
        self.socket = socket.create_connection((host, port), timeout)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, *commands):
        self.socket.sendall(b"".join(encode(command) for command in commands))

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            length = int(rest)
            return None if length < 0 else self.file.read(length + 2)[:-2].decode("latin-1")
        if kind in b"*>~%":
            return [self.read() for _ in range(int(rest) * (2 if kind == b"%" else 1))]
        if kind == b"_":
            return None
        if kind == b":":
            return int(rest)
        return Refused(rest.decode("latin-1")) if kind == b"-" else rest.decode("latin-1")

    def ask(self, *command):
        self.send(command)
        reply = self.read()
        if isinstance(reply, Refused):
            raise reply
        return reply

    def load(self, commands, chunk=2000):
        """Sends an iterable of commands in pipelines; the first error stops it. Returns: how many."""
        batch, done = [], 0

        def flush():
            # Sent from a thread, so that neither side can wait for the other with full buffers.
            sender = threading.Thread(target=self.send, args=batch)
            sender.start()
            errors = [reply for reply in (self.read() for _ in batch) if isinstance(reply, Refused)]
            sender.join()
            if errors:
                raise errors[0]

        for command in commands:
            batch.append(command)
            done += 1
            if len(batch) == chunk:
                flush()
                batch = []
        if batch:
            flush()
        return done


def encode(command):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_unknown_command(text):
    return "unknown command" in text.lower()


def status_bytes(pid, field):
    """A field of /proc/PID/status that is given in kB, in bytes."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise KeyError(field)


def settled_rss(pid, limit_seconds=10):
    """Resident bytes once they have not moved in ten looks in a row, a twentieth second apart."""
    end, last, same = time.monotonic() + limit_seconds, -1, 0
    while same < 10 and time.monotonic() < end:
        now = status_bytes(pid, "VmRSS")
        same = same + 1 if now == last else 0
        last = now
        time.sleep(0.05)
    return last


def cpu_ns(pid):
    """Nanoseconds that all threads of a process have run; None where the kernel does not tell."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
            except FileNotFoundError:
                continue
    except OSError:
        return None
    return total


class Server:
    """One server. `floor` marks the bare loop, which answers everything and knows nothing."""

    def __init__(self, name, command=None, address=None, floor=False):
        self.name, self.command, self.floor = name, command, floor
        self.host, self.port = address or ("127.0.0.1", None)
        self.process = self.directory = self.pid = None
        self.version = ""

    def label(self):
        """The name with the version, unless the name says the version already."""
        told = ".".join(self.version.split(".")[:2])
        return self.name if not told or told in self.name else f"{self.name} {self.version}"

    def arguments(self, extra):
        if "{port}" in self.command:
            words = shlex.split(self.command)
        else:
            words = shlex.split(self.command) + OPTIONS + extra
        return [w.replace("{port}", str(self.port)).replace("{dir}", self.directory) for w in words]

    def start(self, cpu=None, extra=()):
        """Starts it (when it is a command) and waits until it answers PING with PONG or +OK."""
        if self.command:
            self.port = free_port()
            self.directory = tempfile.mkdtemp(prefix="sorrel-load-")
            words = self.arguments(list(extra))
            if cpu is not None:
                words = ["taskset", "-c", str(cpu)] + words
            self.log = open(os.path.join(self.directory, "log"), "w+b")
            self.process = subprocess.Popen(words, cwd=self.directory, stdin=subprocess.DEVNULL,
                                            stdout=self.log, stderr=subprocess.STDOUT)
            self.pid = self.process.pid
        self.wait_ready()
        if not self.floor:
            self.identify()
        return self

    def wait_ready(self, limit_seconds=30):
        end = time.monotonic() + limit_seconds
        problem = "no answer"
        while time.monotonic() < end:
            if self.process and self.process.poll() is not None:
                raise RuntimeError(f"{self.name}: ended at start: {self.last_words()}")
            try:
                client = Client(self.host, self.port, 5)
                try:
                    client.ask("PING")
                    return
                finally:
                    client.close()
            except (OSError, Refused) as error:
                problem = str(error)
                time.sleep(0.02)
        raise RuntimeError(f"{self.name}: {problem}")

    def last_words(self):
        self.log.flush()
        self.log.seek(0)
        lines = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def identify(self):
        info = self.info("server")
        own = info.get("sorrel_version") or info.get("valkey_version") or info.get("redis_version")
        self.version = own or ""
        pid = int(info.get("process_id", 0))
        # The process id that INFO gives is right for a wrapper command, too, but not when the
        # server counts processes in a namespace of its own: then only a child of ours is known.
        local = self.host in ("127.0.0.1", "localhost", "::1")
        if pid and local and os.path.isdir(f"/proc/{pid}") and (not self.process or self.is_ours(pid)):
            self.pid = pid

    def is_ours(self, pid):
        while pid > 1:
            if pid == self.process.pid:
                return True
            try:
                with open(f"/proc/{pid}/stat") as file:
                    pid = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                return False
        return False

    def client(self):
        return Client(self.host, self.port)

    def ask(self, *command):
        client = self.client()
        try:
            return client.ask(*command)
        finally:
            client.close()

    def info(self, section):
        pairs = (line.split(":", 1) for line in self.ask("INFO", section).splitlines() if ":" in line)
        return dict(pairs)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.log.close()
            shutil.rmtree(self.directory, ignore_errors=True)
            self.process = None


def first_file(*candidates):
    for path in candidates:
        if path and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def found(build="release"):
    """Sorrel, every peer on this machine and the bare loop, in that order."""
    servers = []
    own = os.environ.get("SORREL_SERVER") or first_file(os.path.join(TOP, "build", build, "sorrel"))
    if own:
        servers.append(Server("sorrel", command=own))
    for program in ("redis-server", "valkey-server"):
        if shutil.which(program):
            servers.append(Server(program.split("-")[0], command=shutil.which(program)))
    if os.environ.get("SORREL_REFERENCE_SERVER"):
        servers.append(Server("reference", command=os.environ["SORREL_REFERENCE_SERVER"]))
    floor = first_file(os.environ.get("SORREL_BARE_LOOP"),
                       os.path.join(TOP, "build", build, "bench", "bench_bare_loop"),
                       os.path.join(TOP, "build", build, "bench_bare_loop"))
    if floor:
        servers.append(Server("bare loop", command=shlex.quote(floor) + " {port}", floor=True))
    return servers


def parse(text):
    """NAME=COMMAND or NAME=HOST:PORT (or NAME=PORT) as a Server."""
    name, _, what = text.partition("=")
    if not name or not what:
        raise ValueError(f"not NAME=COMMAND or NAME=HOST:PORT: {text}")
    host, _, port = what.rpartition(":")
    if port.isdigit() and " " not in what and "/" not in what:
        return Server(name, address=(host or "127.0.0.1", int(port)))
    return Server(name, command=what)


def choose(given, with_found, build="release"):
    """The servers of a run: a name given replaces one found; the bare loop stays last."""
    named = [parse(text) for text in given]
    names = {server.name for server in named}
    base = [s for s in (found(build) if with_found else []) if s.name not in names]
    own = [s for s in named + base if s.name == "sorrel"]
    rest = [s for s in base if s.name != "sorrel" and not s.floor] + [s for s in named if s.name != "sorrel"]
    return own + rest + [s for s in base if s.floor]


def machine():
    """What the figures depend on, without naming the machine."""
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "cores": os.cpu_count(), "kernel": os.uname().release.split("-")[0]}
