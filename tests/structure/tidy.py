#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs clang-tidy over every source file of a build, in parallel, and remembers what was clean.

Files under src/ get the checks of .clang-tidy; tests and benchmarks get clang's own warnings only,
and two cheap checks, because the macros of their libraries break most of the others. A file that was
clean is not checked again while nothing that matters has changed: its text with all includes and
comments, its flags, the checks. An entry of the cache is named by the hash of these: never stale.

Usage: tidy.py --build FOLDER --cache FOLDER [--root FOLDER]
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

TIDY = "clang-tidy-14"
CLANG = "clang++-14"
WARNINGS_ONLY = "--checks=-*,clang-diagnostic-*,bugprone-use-after-move,misc-unused-using-decls"
CLANG_KNOWS_LESS = "-Wno-unknown-warning-option"
DROPPED_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ"}
DROPPED = {"-c", "-MD", "-MMD"}


def flags_of(entry):
    """The compiler flags of an entry of the compilation database: no compiler, output or input."""
    words = shlex.split(entry["command"])
    while words and not words[0].startswith("-"):
        words.pop(0)
    flags = []
    skip = False
    for word in words:
        if skip or word in DROPPED or word in DROPPED_WITH_VALUE or word == entry["file"]:
            skip = word in DROPPED_WITH_VALUE and not skip
        else:
            flags.append(word)
    return flags


def fingerprint(entry, flags, checks):
    """Names the exact question that is put to clang-tidy; None when the file does not preprocess."""
    command = [CLANG, *flags, CLANG_KNOWS_LESS, "-w", "-E", "-C", entry["file"]]
    done = subprocess.run(command, cwd=entry["directory"], capture_output=True, check=False)
    if done.returncode != 0:
        return None
    digest = hashlib.sha256(done.stdout)
    digest.update("\0".join([*flags, checks]).encode())
    return digest.hexdigest()


def check(entry, root, build, cache, config):
    """Returns (file, seconds, complaints or None)."""
    start = time.monotonic()
    relative = pathlib.Path(entry["file"]).relative_to(root)
    extra = [] if relative.parts[0] == "src" else [WARNINGS_ONLY]
    mark = fingerprint(entry, flags_of(entry), config + "".join(extra))
    if mark is not None and (cache / mark).exists():
        return relative, 0.0, None
    command = [TIDY, "--quiet", f"-p={build}", *extra, f"--extra-arg={CLANG_KNOWS_LESS}", entry["file"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0 and mark is not None:
        (cache / mark).touch()
    complaints = None if done.returncode == 0 else done.stdout or done.stderr
    return relative, time.monotonic() - start, complaints


def entries_of(build, root):
    """One entry for each source file of the project that the build compiles."""
    with open(build / "compile_commands.json", encoding="utf-8") as file:
        database = json.load(file)
    inside = {}
    for entry in database:
        path = pathlib.Path(entry["file"])
        if root in path.parents and build not in path.parents:
            inside.setdefault(path, entry)
    return [inside[path] for path in sorted(inside)]


def main(arguments):
    parser = argparse.ArgumentParser(description="Runs clang-tidy over a build's sources.")
    parser.add_argument("--build", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    options = parser.parse_args(arguments)
    root = pathlib.Path(options.root).resolve()
    build = pathlib.Path(options.build).resolve()
    cache = pathlib.Path(options.cache)
    cache.mkdir(parents=True, exist_ok=True)
    config = (root / ".clang-tidy").read_text(encoding="utf-8")
    failed = checked = 0
    entries = entries_of(build, root)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        jobs = [pool.submit(check, entry, root, build, cache, config) for entry in entries]
        for job in concurrent.futures.as_completed(jobs):
            relative, seconds, complaints = job.result()
            checked += seconds > 0.0
            if complaints is not None:
                failed += 1
                print(f"{relative}:\n{complaints}", flush=True)
    print(f"tidy: {len(entries)} files, {checked} checked anew, {failed} with complaints")
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
