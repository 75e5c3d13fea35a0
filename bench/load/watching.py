# SPDX-License-Identifier: BSD-3-Clause
"""A server's helpers and memory while it saves: seen from outside, in a thread of their own.

A helper is whatever does not answer clients: every thread but the first, and every child with its
threads. The Watch puts each helper that it sees on the cores set for helpers (a child that has just
been forked inherits the core of its parent, and would be measured as a slow server otherwise), and
adds up the memory of the server and its children.

Memory is Pss: a page that a parent and a forked child still share counts once, a page that one of
them has copied counts twice. The kernel walks the page tables for it, which takes milliseconds for
a gigabyte, so the looks are spaced such that they take a tenth of the time at most.
"""
import os
import threading
import time


def tasks_of(pid):
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def family(pid):
    """The process and all its descendants."""
    out = [pid]
    for task in tasks_of(pid):
        try:
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in file.read().split():
                    out += family(int(child))
        except OSError:
            continue
    return out


def pss_bytes(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
        except (OSError, StopIteration):
            continue  # it ended meanwhile
    return total


def cpu_seconds(pid):
    """User and system time of a process and of its children that have ended and were waited for."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(value) for value in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def stolen_ms():
    """Milliseconds, summed over the cores, that the machine below has given to others."""
    with open("/proc/stat") as file:
        return int(file.readline().split()[8]) * 1000 / os.sysconf("SC_CLK_TCK")


def at_once(task, level):
    """Gives a task a real-time priority, so that nothing without one can hold it up; what it starts gets none.

    Returns: whether that is allowed."""
    try:
        os.sched_setscheduler(task, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(level))
        return True
    except OSError:
        return False


class Watch(threading.Thread):
    """Runs until stop(). `largest` is the highest sum of Pss since the last restart_memory(), with `memory`."""

    STEP_SECONDS = 0.05

    def __init__(self, pid, helper_cpus, memory=True):
        super().__init__(daemon=True)
        self.pid, self.cpus, self.memory = pid, helper_cpus, memory
        self.largest = 0
        self.placed, self.ending = set(), threading.Event()

    def restart_memory(self):
        """Forgets the maximum. Returns: the sum of Pss now."""
        self.largest = now = pss_bytes(family(self.pid))
        return now

    def place_helpers(self, pids):
        for pid in pids:
            for task in tasks_of(pid):
                if task != self.pid and task not in self.placed:
                    try:
                        os.sched_setaffinity(task, self.cpus)
                        self.placed.add(task)
                    except OSError:
                        continue

    def run(self):
        look_at = 0
        while not self.ending.wait(self.STEP_SECONDS):
            pids = family(self.pid)
            self.place_helpers(pids)
            begin = time.monotonic()
            if self.memory and begin >= look_at:
                self.largest = max(self.largest, pss_bytes(pids))
                end = time.monotonic()
                look_at = end + 10 * (end - begin)

    def stop(self):
        self.ending.set()
        self.join()
