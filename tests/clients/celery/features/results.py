# SPDX-License-Identifier: BSD-3-Clause
"""Values go to the worker and back; states, failures and progress are stored."""

from celery import group

import tasks
from bench import until

TITLE = "tasks and results"
VALUES = [None, True, -1.5, 2**53, "Grüße, 世界 \u0000", [], {"a": [1, {"b": None}]}, "x" * 1_000_000]
MANY = 300


def run(bench):
    checks = bench.checks
    result = tasks.echo.delay(*VALUES, word="näh")
    checks.same(result.get(60) == [VALUES, {"word": "näh"}], True, "values go there and back", "a megabyte in one")
    checks.same((result.state, result.name, result.kwargs), ("SUCCESS", "tasks.echo", {"word": "näh"}), "state and call are stored")

    failed = tasks.fail.delay("reason")
    try:
        failed.get(60)
        error = None
    except ValueError as raised:
        error = str(raised)
    checks.same((error, failed.state), ("reason", "FAILURE"), "a failure comes back as such")
    checks.that("in fail" in failed.traceback, "with its traceback")

    results = bench.redis(1)
    key = lambda one: f"celery-task-meta-{one.id}"
    unheard = tasks.silent.delay()
    until(lambda: bench.noted("stored", unheard.id), "the silent task is done")
    checks.same(results.exists(key(unheard)), 0, "no result when none is wanted")
    result.forget()
    checks.same(results.exists(key(result)), 0, "a result can be forgotten")

    going = tasks.progress.delay("progress")
    until(lambda: going.state == "STARTED", "the task is known to be started")
    bench.open_gate("progress-1")
    until(lambda: going.state == "PROGRESS", "progress is told")
    checks.same(going.info, {"half": "way"}, "progress while it goes on")
    bench.open_gate("progress-2")
    checks.same(going.get(60), "there", "then its end")

    many = group(tasks.add.s(n, n) for n in range(MANY)).apply_async()
    checks.same(many.get(120), [2 * n for n in range(MANY)], "many results are joined", f"{MANY} tasks")
    begun = [len(bench.noted("began", one.id)) for one in many]
    checks.same(begun, [1] * MANY, "each task begun once")
