#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that every public header compiles alone.

Each header under include/sorrel/ is given to the compiler as the only include of an empty source
file, twice over, so that a missing include and a missing guard are both found. Only the syntax is
checked and nothing is written, so no build folder can hide a failure. Compilations run in
parallel, as many as the machine has processors.

Usage: headers_standalone.py [--root FOLDER] [--compiler PROGRAM] [--flag=FLAG]...
"""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]


def compile_alone(compiler, flags, root, header):
    """Returns the compiler's complaints about one header; None when it has none."""
    name = header.relative_to(root / "include")
    source = f"#include <{name}>\n#include <{name}>\n"
    command = [compiler, *FLAGS, *flags, f"-I{root / 'include'}", "-fsyntax-only", "-x", "c++", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"{name} does not compile alone:\n{done.stderr}"


def main(arguments):
    parser = argparse.ArgumentParser(description="Compiles each public header alone.")
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--flag", action="append", default=[])
    options = parser.parse_args(arguments)
    root = pathlib.Path(options.root).resolve()
    headers = sorted((root / "include" / "sorrel").rglob("*.h"))
    if not headers:
        print("headers_standalone: no public header found")
        return 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        jobs = [pool.submit(compile_alone, options.compiler, options.flag, root, h) for h in headers]
        failures = [job.result() for job in jobs if job.result() is not None]
    for failure in failures:
        print(failure)
    print(f"headers_standalone: {len(headers)} headers, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
