# SPDX-License-Identifier: BSD-3-Clause
"""Running bench_instructions under callgrind, and reading what it counted.

Whatever could make one machine's count another's is taken away or fixed: the environment (its size
moves the stack), the allocator's timers, and the C library's choice of memcpy and its like, which
goes by the processor; -ERMS and -FSRM, because callgrind counts each byte of a `rep movsb`.
Bitmaps and HyperLogLog choose AVX2 by themselves, as nearly every x86-64 machine of today has it.
"""
import os
import re
import subprocess

ENVIRONMENT = {
    "LC_ALL": "C",
    "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-ERMS,-FSRM",
}
WORKLOAD = re.compile(r"^desc: Trigger: Client Request: (\S+)$", re.MULTILINE)
TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)


class Failed(Exception):
    """The program or valgrind failed; its text is the argument."""


def ask(program, *arguments):
    result = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0:
        raise Failed("%s %s: %s" % (program, " ".join(arguments), result.stderr.strip()))
    return result.stdout


def totals_by_workload(texts):
    """Instructions of each workload, from the texts of callgrind's files."""
    found = {}
    for text in texts:
        workload = WORKLOAD.search(text)
        totals = TOTALS.search(text)
        if workload and totals:
            found[workload.group(1)] = int(totals.group(1))
    return found


def per_request(totals, printed):
    """Instructions for each request. `printed`: lines of a workload and how many requests it was.

    Errors: Failed when a workload was run and not counted."""
    requests = {name: int(count) for name, count in (line.split() for line in printed.splitlines())}
    missing = sorted(requests.keys() - totals.keys())
    if missing:
        raise Failed("not counted by callgrind: " + " ".join(missing))
    return {name: totals[name] / requests[name] for name in requests}


def count(program, family, folder):
    """Counts the workloads of a family; callgrind's files stay in `folder`, which is empty."""
    result = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=%s/out" % folder,
         program, family],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=folder,
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **ENVIRONMENT})
    if result.returncode != 0:
        raise Failed("%s: %s" % (family, result.stderr.strip()))
    texts = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            texts.append(file.read())
    return per_request(totals_by_workload(texts), result.stdout)
