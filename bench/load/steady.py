# SPDX-License-Identifier: BSD-3-Clause
"""A server asked at a fixed rate while something happens to it: what `snapshot` and `tail` share.

The loop of the server has a core (--server-cpu), the load generator another, and both have real-time
priority where that is allowed. The same rule for all servers: whatever else belongs to one, threads and
forked children, has ordinary priority, may go to either core (--helper-cpus) and gets what the two
leave of it, so that nobody waits for it as nobody would on a machine with cores to spare.

The generator is bench_fixed_rate: it says how many requests a second the server does when each client
waits for its reply, and then asks at a rate whose latencies count from when a request was due.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

import servers as fleet
import watching

LOAD_LEVEL, SERVER_LEVEL = 2, 1  # real-time priorities; the higher goes first
QUANTILES = ("p50_us", "p99_us", "p99.9_us", "max_us")
VERBS = ("get", "set")


class Failed(Exception):
    """A server or the generator did not do what the measurement needs; the argument says what."""


def add_options(p):
    p.add_argument("--server", action="append", default=[], metavar="NAME=COMMAND",
                   help="one more server, or one in place of a found one of that name")
    p.add_argument("--given-only", action="store_true", help="only the servers given by --server")
    p.add_argument("--build", default="release", help="which build/ directory to find Sorrel and the generator in")
    p.add_argument("--keys", type=int)
    p.add_argument("--connections", type=int, default=50)
    p.add_argument("--set-percent", type=int, default=50)
    p.add_argument("--rounds", type=int)
    p.add_argument("--server-cpu", type=int, default=0)
    p.add_argument("--load-cpu", type=int, default=1)
    p.add_argument("--json", metavar="FILE", help="write every figure there")


def add_rate_options(p):
    """Those of a load at a fixed rate."""
    p.add_argument("--rate", type=int, default=0, help="requests a second, in place of half of the measured capacity")
    p.add_argument("--rest", type=float, help="seconds at rest of each round")
    p.add_argument("--helper-cpus", type=lambda text: {int(word) for word in text.split(",")}, metavar="N[,N...]",
                   help="default: those of the server and of the load")
    p.add_argument("--tick-us", type=int, default=200, help="requests due within so many microseconds are sent together")
    p.add_argument("--plot", metavar="FILE", help="write the time lines there, as SVG")


def parser(text):
    return argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)


def settle(options):
    options.warmup = 2
    options.helper_cpus = options.helper_cpus or {options.server_cpu, options.load_cpu}


def chosen(options):
    """The servers of the run, all of them commands; ends the program when there are none. Takes its place on the load's core."""
    servers = [s for s in fleet.choose(options.server, not options.given_only, options.build) if not s.floor]
    if not servers or any(not s.command for s in servers):
        sys.exit("no server to measure" if not servers else "servers are started here: give NAME=COMMAND")
    os.sched_setaffinity(0, {options.load_cpu})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left behind
    return servers


def generator_words(options, server):
    program = fleet.first_file(os.environ.get("SORREL_FIXED_RATE"),
                               os.path.join(fleet.TOP, "build", options.build, "bench", "bench_fixed_rate"))
    if not program:
        sys.exit(f"there is no build/{options.build}/bench/bench_fixed_rate: ./dev build {options.build} bench_fixed_rate")
    return [program, "--host", server.host, "--port", str(server.port), "--connections", str(options.connections),
            "--keys", str(options.keys), "--set-percent", str(options.set_percent)]


def checked(text, status):
    """The generator's result. Raises Failed when a request was not answered, or with an error."""
    lines = text.strip().splitlines()
    result = json.loads(lines[-1]) if lines else None
    if result is None or status:
        raise Failed("the generator failed" if result is None else f"{result['unanswered']} requests unanswered")
    if result["refused"] or result["missing"]:
        raise Failed(f"{result['refused']} refused ({result['first_refusal']}), {result['missing']} keys missing")
    return result


def begin_generator(options, server, way, ahead=True, **pipes):
    """`ahead`: with real-time priority. The lateness that is printed tells whether it was needed."""
    process = subprocess.Popen(generator_words(options, server) + list(way), stdout=subprocess.PIPE, text=True, **pipes)
    if ahead:
        watching.at_once(process.pid, LOAD_LEVEL)
    return process


def generate(options, server, *way):
    process = begin_generator(options, server, way)
    text, _ = process.communicate()
    return checked(text, process.returncode)


class Load:
    """bench_fixed_rate at its rate; begin(name) starts a stretch and returns when it has begun."""

    def __init__(self, options, server, rate, *way):
        way = ["--rate", str(rate), "--tick-us", str(options.tick_us), "--stretches", "--timeline", *way]
        self.process = begin_generator(options, server, way, stdin=subprocess.PIPE, bufsize=1)

    def begin(self, name):
        self.process.stdin.write(name + "\n")
        line = self.process.stdout.readline()
        if not line:
            raise Failed("the generator ended")
        return json.loads(line)["monotonic"]

    def end(self):
        text, _ = self.process.communicate()
        return checked(text, self.process.returncode)


def start(options, server, words, memory=True):
    """Starts the server. Returns: the watch over it, running; `memory`: whether it looks at that, too."""
    helpers = ",".join(map(str, options.helper_cpus))
    places = [word for name in ("bgsave_cpulist", "aof_rewrite_cpulist", "bio_cpulist") for word in ("--" + name, helpers)]
    server.start(options.server_cpu, words + places)
    watching.at_once(server.pid, SERVER_LEVEL)
    watch = watching.Watch(server.pid, options.helper_cpus, memory)
    watch.start()
    return watch


def find_rate(options, server):
    """Returns: requests a second that the server does, and those it is to be asked."""
    capacity = generate(options, server, "--capacity", "--seconds", str(options.capacity_seconds))["per_second"]
    return capacity, options.rate or max(1000, int(capacity) // 200 * 100)


def quantiles(stretches, verb):
    """The median of several stretches' quantiles, and the longest wait of all."""
    each = {q: [stretch[verb][q] for stretch in stretches] for q in QUANTILES}
    return {q: max(v) if q == "max_us" else statistics.median(v) for q, v in each.items()}


def tenths_around(timeline, at, before, after):
    """Points of a time line for plot.time_lines: (seconds from `at`, p99, longest), in ms."""
    points = [(tenth["at"] + 0.05 - at, tenth["p99_us"] / 1000, tenth["max_us"] / 1000) for tenth in timeline if tenth["count"]]
    return [point for point in points if -before <= point[0] <= after]


def cpu_per_request(options, server, seconds, *way):
    """Microseconds of the server's processor time for each request of a closed load, without its first second.

    Requests are those that the server counts, so what it did for the clients to connect is left out."""
    process = begin_generator(options, server, ["--capacity", "--seconds", str(seconds + 2), *way], ahead=False)
    try:
        time.sleep(1)
        client = server.client()
        looks = []
        for _ in range(2):
            info = client.ask("INFO", "stats")
            looks.append((fleet.cpu_ns(server.pid), int(info.split("total_commands_processed:")[1].split()[0])))
            time.sleep(seconds if len(looks) == 1 else 0)
        client.close()
        text, _ = process.communicate()
        checked(text, process.returncode)
    finally:
        process.kill()
    (cpu, count), (cpu_end, count_end) = looks
    return (cpu_end - cpu) / 1000 / (count_end - count), (count_end - count) / seconds


def write_json(path, facts):
    with open(path, "w") as file:
        json.dump(facts, file, indent=1)
        file.write("\n")
