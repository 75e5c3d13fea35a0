# SPDX-License-Identifier: BSD-3-Clause
"""Workers at full house, killed, and asked to stop: no task is lost, none done twice but those in hand.

A message that a worker holds stays in the server's `unacked` until it is
acknowledged, for a late task after its end. A worker that starts puts back what
lies there for longer than the visibility timeout. The lists are the broker's own,
in a database of its own, so that no other worker puts anything back.
"""

import time

import tasks
from bench import until

TITLE = "workers that die"
DATABASE = 2
VISIBILITY_SECONDS = 4
TASKS = 18


def run(bench):
    settings = {"broker_db": DATABASE, "visibility_timeout": VISIBILITY_SECONDS}
    broker = bench.redis(DATABASE)
    full_house(bench, broker, settings)
    killed(bench, broker, settings)
    stopped(bench, broker, settings)


def send(bench, task, *args, queue):
    """Sends to the database of this feature, not to that of the application."""
    url = f"redis://127.0.0.1:{bench.server.port}/{DATABASE}"
    with tasks.app.connection_for_write(url) as connection:
        return task.apply_async(args, queue=queue, connection=connection)


def times_begun(bench, results):
    return [len(bench.noted("began", result.id)) for result in results]


def full_house(bench, broker, settings):
    workers = [bench.start_worker(f"full-{n}", "full", 4, ["--without-gossip", "--without-mingle"], **settings) for n in range(3)]
    bench.await_ready(*workers)
    held = [send(bench, tasks.hold_late, "full", n, queue="full") for n in range(TASKS)]
    begun = lambda: [result for result in held if bench.noted("began", result.id)]
    until(lambda: len(begun()) == 12, "every place of every worker is taken")
    bench.checks.same(broker.hlen("unacked"), 12, "in hand of three workers at once", "12 tasks")
    bench.open_gate("full")
    bench.checks.same([result.get(60) for result in held], list(range(TASKS)), "all are done")
    bench.checks.same(times_begun(bench, held), [1] * TASKS, "each of them once")
    until(lambda: broker.hlen("unacked") == 0, "all are acknowledged")
    for worker in workers:
        worker.kill()


def killed(bench, broker, settings):
    checks = bench.checks
    victim = bench.worker("victim", queues="deadly", **settings)
    early = send(bench, tasks.hold, "deadly", "early", queue="deadly")
    bench.await_noted("began", early.id)
    until(lambda: broker.hlen("unacked") == 0, "the early task is acknowledged")
    late = [send(bench, tasks.hold_late, "deadly", n, queue="deadly") for n in range(6)]
    bench.await_noted("began", late[0].id)
    until(lambda: broker.hlen("unacked") == 2, "one late task is in hand and one is fetched")
    victim.kill()
    checks.same((broker.hlen("unacked"), broker.llen("deadly")), (2, 4), "killed with two tasks, four left")
    newest = max(score for _, score in broker.zrange("unacked_index", 0, -1, withscores=True))
    until(lambda: time.time() > newest + VISIBILITY_SECONDS, "the dead worker's time is over")
    bench.open_gate("deadly")
    heir = bench.worker("heir", queues="deadly", **settings)
    checks.same([result.get(60) for result in late], list(range(6)), "another worker does them all")
    checks.same(times_begun(bench, late), [2, 1, 1, 1, 1, 1], "again what was in hand")
    again = [any(entry["redelivered"] for entry in bench.noted("began", result.id)) for result in late]
    checks.same(again, [True, True, False, False, False, False], "two are known to be redelivered")
    checks.same((times_begun(bench, [early]), early.state), ([1], "PENDING"), "not what was acknowledged early")
    until(lambda: broker.exists("unacked", "unacked_index", "deadly") == 0, "nothing is left")
    checks.that(True, "and nothing is left")
    heir.kill()


def stopped(bench, broker, settings):
    checks = bench.checks
    worker = bench.worker("leaver", queues="leaving", **settings)
    held = [send(bench, tasks.hold_late, "leaving", n, queue="leaving") for n in range(5)]
    early = send(bench, tasks.hold, "leaving", "early", queue="leaving")
    bench.await_noted("began", held[0].id, held[1].id)
    worker.ask_to_stop()
    until(lambda: "Warm shutdown" in worker.log.read_text() + worker.log.with_name(f"{worker.log.name}.out").read_text(), "it was heard")
    bench.open_gate("leaving")
    bench.await_noted("stored", held[0].id, held[1].id)
    until(lambda: broker.hlen("unacked") == 0, "it holds nothing any more")
    worker.kill()  # It would go within half a minute.
    # What it finishes after it gave up its messages is given back all the same, by Celery's order of things.
    done, back = sum(times_begun(bench, held)), broker.llen("leaving")
    checks.that(6 - done <= back <= 6, "a worker that stops gives back", f"{back} of 6 tasks, {done} of them done")
    last = bench.worker("last", queues="leaving", **settings)
    checks.same([result.get(60) for result in [*held, early]], [*range(5), "early"], "another does the rest")
    times = times_begun(bench, [*held, early])
    checks.same((max(times[:2]) <= 2, times[2:]), (True, [1] * 4), "none twice but what was in hand", f"{sum(times) - 6} tasks")
    last.kill()
