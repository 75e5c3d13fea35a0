# SPDX-License-Identifier: BSD-3-Clause
"""One list for each priority: the first worker finds them all filled and takes them in order."""

import tasks

TITLE = "priorities"
PRIORITIES = [5, 0, 3, 5, 9, 1, 0]


def run(bench):
    results = [
        tasks.in_order.apply_async((number,), queue="ranked", priority=priority)
        for number, priority in enumerate(PRIORITIES)
    ]
    lists = [f"ranked\x06\x16{priority}" if priority else "ranked" for priority in range(10)]
    lengths = [bench.redis(0).llen(name) for name in lists]
    bench.checks.same(lengths, [PRIORITIES.count(n) for n in range(10)], "a list for each priority")
    worker = bench.worker("ranked", queues="ranked", concurrency=1)
    for result in results:
        result.get(60)
    number_of = {result.id: number for number, result in enumerate(results)}
    order = [number_of[entry["id"]] for entry in bench.noted("began") if entry["id"] in number_of]
    wanted = sorted(range(len(PRIORITIES)), key=lambda number: PRIORITIES[number])
    bench.checks.same(order, wanted, "done in order of priority", f"{len(order)} tasks")
    worker.kill()
