# SPDX-License-Identifier: BSD-3-Clause
"""Results live as long as they are told to."""

from celery import chord

import tasks
from bench import until

TITLE = "expiry of results"
SECONDS = 2


def run(bench):
    checks, results = bench.checks, bench.redis(1)
    endless = [key for key in results.keys("*") if not 0 < results.ttl(key) <= 3600]
    checks.that(not endless, "every result will expire", f"{results.dbsize()} keys", endless)

    worker = bench.worker("brief", queues="brief", result_expires=SECONDS)
    header = [tasks.add.s(n, n).set(queue="brief") for n in range(3)]
    body = chord(header, tasks.total.s().set(queue="brief"))()
    checks.same(body.get(60), 6, "a chord of short lives")
    keys = [f"celery-task-meta-{one.id}" for one in [body, *body.parent]]
    longest = max(results.ttl(key) for key in keys)
    checks.that(longest <= SECONDS, "results have the worker's term", f"{SECONDS} s")
    until(lambda: results.exists(*keys) == 0, "the results are gone")
    checks.same(tasks.app.AsyncResult(body.id).state, "PENDING", "as if never done")
    worker.kill()
