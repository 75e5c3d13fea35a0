# SPDX-License-Identifier: BSD-3-Clause
"""Workers are asked, told and listened to: all of it by messages to every worker."""

import threading

import tasks
from bench import until
from celery.exceptions import TaskRevokedError, TimeLimitExceeded

TITLE = "control, revocation and events"
NAMES = ["one@test", "two@test"]


def run(bench):
    checks, control = bench.checks, tasks.app.control
    inspect = control.inspect(destination=NAMES, timeout=10)
    checks.same(sorted(inspect.ping()), NAMES, "workers answer")
    registered = inspect.registered()
    checks.that(all("tasks.add" in registered[name] for name in NAMES), "and tell their tasks")
    checks.same([inspect.stats()[name]["pool"]["max-concurrency"] for name in NAMES], [2, 2], "and their pools")

    holds = [tasks.hold_late.delay("control", n) for n in range(4)]  # late ones: none is fetched beyond them
    bench.await_noted("began", *[one.id for one in holds])
    active = inspect.active()
    found = sorted(task["id"] for name in NAMES for task in active[name])
    checks.same(found, sorted(one.id for one in holds), "and what they do")
    revoked_in_hand(bench, holds)
    bench.open_gate("control")
    checks.same([one.get(60) for one in holds[1:]], [1, 2, 3], "the others go on")
    revoked_before(bench, inspect)
    limits(bench)
    queues(bench)
    events(bench)


def revoked(result):
    try:
        result.get(60)
        return False
    except TaskRevokedError:
        return True


def revoked_in_hand(bench, holds):
    tasks.app.control.revoke(holds[0].id, terminate=True, signal="SIGKILL")
    bench.checks.that(revoked(holds[0]), "a running task is revoked")
    bench.checks.same(tasks.add.delay(2, 3).get(60), 5, "its place is taken again")


def revoked_before(bench, inspect):
    later = tasks.add.apply_async((1, 1), countdown=5)
    scheduled = lambda: {t["request"]["id"] for tasks_of in inspect.scheduled().values() for t in tasks_of}
    until(lambda: later.id in scheduled(), "the task is scheduled")
    replies = tasks.app.control.revoke(later.id, reply=True, destination=NAMES, timeout=10)
    bench.checks.same(sorted(name for reply in replies for name in reply), NAMES, "all workers hear of a revocation")
    bench.checks.that(revoked(later) and not bench.noted("began", later.id), "a waiting task is revoked")


def limits(bench):
    bench.checks.same(tasks.outlast.apply_async(("never",), soft_time_limit=1).get(60), "warned", "a soft limit of time")
    try:
        tasks.hold.apply_async(("never",), time_limit=1).get(60)
        limited = False
    except TimeLimitExceeded:
        limited = True
    bench.checks.that(limited, "a hard limit of time")


def queues(bench):
    extra = tasks.add.apply_async((3, 4), queue="extra")
    replies = tasks.app.control.add_consumer("extra", reply=True, destination=["one@test"], timeout=10)
    bench.checks.same((len(replies), extra.get(60)), (1, 7), "a worker takes another queue")
    replies = tasks.app.control.cancel_consumer("extra", reply=True, destination=["one@test"], timeout=10)
    queues_of = lambda: [q["name"] for q in tasks.app.control.inspect(["one@test"], timeout=10).active_queues()["one@test"]]
    until(lambda: queues_of() == ["celery"], "the other queue is left")
    bench.checks.same(len(replies), 1, "and leaves it")


def events(bench):
    heard, listening, enough = {}, threading.Event(), threading.Event()

    def hear(event):
        if event["type"] == "worker-heartbeat":
            listening.set()
        if "uuid" in event:
            heard.setdefault(event["uuid"], []).append(event["type"])

    def listen():
        with tasks.app.connection() as connection:
            receiver = tasks.app.events.Receiver(connection, handlers={"*": hear})
            while not enough.is_set():
                try:
                    receiver.capture(limit=None, timeout=0.5, wakeup=False)
                except TimeoutError:
                    pass

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        tasks.app.control.enable_events()
        until(listening.is_set, "a heartbeat is heard")
        good, bad = tasks.add.delay(1, 1), tasks.fail.delay("told")
        wanted = [["task-received", "task-started", f"task-{end}"] for end in ("succeeded", "failed")]
        until(lambda: all(len(heard.get(one.id, [])) >= 3 for one in (good, bad)), "the tasks' events are heard")
        bench.checks.same([heard[good.id], heard[bad.id]], wanted, "events of a task's life")
    finally:
        enough.set()
        listener.join()
        tasks.app.control.disable_events()
