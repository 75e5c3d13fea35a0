# SPDX-License-Identifier: BSD-3-Clause
"""What a scenario works with: the server, workers in processes of their own, their journal.

Nothing here judges by the clock: `until` waits for a condition, and its patience
only bounds how long a failure takes.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

import redis

import tasks

PATIENCE_SECONDS = 120
FOLDER = pathlib.Path(__file__).resolve().parent
# What the server refuses reaches a worker's log in one of these ways.
REFUSAL = re.compile(r"ResponseError|WRONGTYPE|NOSCRIPT|\bERR |AuthenticationError|InvalidResponse|ProtocolError")


def until(condition, what, patience=PATIENCE_SECONDS):
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {patience} s in vain: {what}")
        time.sleep(0.02)


class Worker:
    """A `celery worker` with its pool, in a process group of its own."""

    def __init__(self, name, settings, queues, concurrency, log, options):
        self.name = f"{name}@test"
        self.log = log
        command = ["/usr/bin/python3", "-m", "celery", "-A", "tasks", "worker", "-n", self.name, "-Q", queues]
        command += ["-c", str(concurrency), "-f", str(log), "-l", "INFO", *options]
        environment = {**os.environ, "SORREL_CELERY": json.dumps(settings)}
        with open(f"{log}.out", "ab") as output:
            self.process = subprocess.Popen(
                command, cwd=FOLDER, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def kill(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        self.process.wait()

    def ask_to_stop(self):
        """A warm shutdown: it finishes what it does, and gives back what it has not begun."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)


class Bench:
    def __init__(self, server, checks):
        self.server = server
        self.checks = checks
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="celery-", dir=server.directory))
        self.workers = []
        self.entries = []
        self.read_to = 0
        tasks.configure(server.port)

    def redis(self, database):
        return redis.Redis(host="127.0.0.1", port=self.server.port, db=database, decode_responses=True)

    # ---- workers

    def start_worker(self, name, queues="celery", concurrency=2, options=(), **settings):
        settings = {
            "server": {"port": self.server.port, **settings},
            "journal": str(self.folder / "journal"),
            "gates": str(self.folder),
        }
        log = self.folder / f"{name}.log"
        worker = Worker(name, settings, queues, concurrency, log, options)
        self.workers.append(worker)
        return worker

    def await_ready(self, *workers):
        for worker in workers:
            ready = lambda: any(entry["worker"] == worker.name for entry in self.noted("ready"))
            until(lambda: ready() or worker.process.poll() is not None, f"{worker.name} is ready")
            if not ready():
                raise RuntimeError(f"{worker.name} ended: {pathlib.Path(f'{worker.log}.out').read_text()[-2000:]}")

    def worker(self, name, **options):
        """Starts a worker without its talk to the others, and waits until it is ready."""
        quiet = ["--without-gossip", "--without-mingle", *options.pop("options", ())]
        worker = self.start_worker(name, options=quiet, **options)
        self.await_ready(worker)
        return worker

    def stop(self, *workers):
        for worker in workers:
            worker.ask_to_stop()
        for worker in workers:
            try:
                worker.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.checks.that(False, "a worker stops when asked to", worker.name)
                worker.kill()

    def open_gate(self, name):
        (self.folder / name).touch()

    # ---- what the workers noted

    def journal(self):
        """All that was noted so far."""
        path = self.folder / "journal"
        if path.exists():
            with open(path, "rb") as journal:
                journal.seek(self.read_to)
                text = journal.read()
            complete = text[: text.rfind(b"\n") + 1]
            self.read_to += len(complete)
            self.entries += map(json.loads, complete.splitlines())
        return self.entries

    def noted(self, what, identifier=None):
        return [e for e in self.journal() if e["what"] == what and identifier in (None, e.get("id"))]

    def await_noted(self, what, *identifiers):
        for identifier in identifiers:
            until(lambda: self.noted(what, identifier), f"{identifier} {what}")

    def refusals(self):
        """Lines of the workers' logs that tell of a command that the server refused."""
        lines = []
        for path in self.folder.glob("*.log*"):
            lines += [f"{path.name}: {line}" for line in path.read_text().splitlines() if REFUSAL.search(line)]
        return lines

    def close(self):
        for worker in self.workers:
            worker.kill()
