# SPDX-License-Identifier: BSD-3-Clause
"""Tasks that call each other: chains, groups, chords and callbacks."""

from celery import chain, chord, group
from celery.exceptions import ChordError

import tasks
from bench import until

TITLE = "chains, groups and chords"
add, total, told = tasks.add, tasks.total, tasks.told


def run(bench):
    checks = bench.checks
    result = chain(add.s(1, 2), add.s(3), add.si(10, 20), add.s(4))()
    checks.same((result.get(60), result.parent.parent.get(60)), (34, 6), "a chain hands on values")
    checks.same(group(add.s(n, 1) for n in range(20))().get(60), list(range(1, 21)), "a group keeps its order")
    checks.same(group(add.s(1), add.s(2)).apply_async((10,)).get(60), [11, 12], "a group takes a value")
    checks.same(chord((add.s(n, n) for n in range(25)), total.s())().get(60), 600, "a chord sums its header")
    nested = chord([add.s(1, 1) | add.s(1), chord([add.s(2, 2), add.s(3, 3)], total.s()), add.s(4, 4)], total.s())
    checks.same(nested().get(60), 3 + 10 + 8, "chords and chains within a chord")
    piped = add.s(1, 1) | group(add.s(10), add.s(20), add.s(30)) | total.s() | add.s(1000)
    checks.same(piped().get(60), 12 + 22 + 32 + 1000, "a chord within a chain")
    many = group(chord([add.s(n, 1), add.s(n, 2)], total.s()) for n in range(15))()
    checks.same(many.get(60), [2 * n + 3 for n in range(15)], "many chords at once")
    checks.same(add.chunks(((n, n) for n in range(10)), 4)().get(60), [[0, 2, 4, 6], [8, 10, 12, 14], [16, 18]], "chunks")
    checks.same(add.starmap([(1, 2), (3, 4)]).delay().get(60), [3, 7], "a map over arguments")
    checks.same(tasks.grow.delay(1).get(60), 10, "a task puts another in its place")
    failures(bench)
    # A chord counts its parts in keys that go when its body was called.
    results = bench.redis(1)
    left = lambda: [key for key in results.keys("celery-taskset-meta-*.[jts]") if results.ttl(key) <= 0]
    until(lambda: not left(), "the chords' counts are gone or will go")
    checks.that(True, "chords leave nothing for ever")


def failures(bench):
    checks = bench.checks
    body = chord([add.s(1, 1), tasks.fail.s("bad part"), add.s(2, 2)], total.s())()
    until(lambda: body.state == "FAILURE", "the chord has failed")
    error = body.result
    checks.that(isinstance(error, ChordError) and "bad part" in str(error), "a failed part fails the chord", str(error))
    checks.same(bench.noted("began", body.id), [], "its body is not called")

    linked = told.s().set(task_id="linked")
    checks.same(add.apply_async((1, 2), link=linked).get(60), 3, "a task with a callback")
    checks.same(result_of("linked"), ["told", 3], "gives it its value")
    errback = told.s().set(task_id="errback")
    failed = tasks.fail.apply_async(("x",), link_error=errback)
    checks.same(result_of("errback"), ["told", failed.id], "an error calls its own")
    stopped = chain(tasks.fail.s("stop"), add.s(1))()
    until(lambda: stopped.parent.state == "FAILURE" and failed.state == "FAILURE", "the chain's first task has failed")
    checks.same(bench.noted("began", stopped.id), [], "a chain stops at a failure")


def result_of(identifier):
    return tasks.app.AsyncResult(identifier).get(60)
