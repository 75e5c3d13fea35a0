# SPDX-License-Identifier: BSD-3-Clause
"""Hundreds of tasks go through three workers while the server is killed with SIGKILL.

All tasks are acknowledged late. At a kill the workers are stopped until the server
is back and was looked at: what it holds then, in its lists and in `unacked`, with
what the workers noted, must be all that was ever acknowledged. Then everything goes
on, and in the end each order has its results; a task was done again only if it lay
in `unacked` at a kill, if a task before it was done again, or if it was sent again.

Two things Celery does not promise, and both are counted: a worker takes a message
from its list before it notes it in `unacked`, so each can lose one in a kill; and a
part of a chord that cannot be counted because the server is gone is not counted
again. Such orders are sent anew.
"""

import json
import random
import signal
import threading
import time
from collections import Counter

import redis
from kombu.exceptions import OperationalError

import plan
import tasks
from bench import until

WORKERS = 3
PLACES = 2
SENDERS = 2
AHEAD = 80  # orders sent and not begun, so that sending goes on all the time
VISIBILITY_SECONDS = 8
ERRORS = (redis.exceptions.RedisError, OperationalError, OSError)


class CrashRun:
    def __init__(self, bench, number_of_tasks, kills, seed, spoils):
        self.bench, self.checks, self.server = bench, bench.checks, bench.server
        self.kills, self.spoils = kills, spoils
        self.dice = random.Random(seed + 1)
        self.orders = plan.make_orders(number_of_tasks, seed)
        self.order_of = {name: order for order in self.orders for name in order.names}
        self.acknowledged = set()  # numbers of orders
        self.sent = Counter()  # how often it was tried to send an order
        self.pending = list(reversed(self.orders))
        self.lock = threading.Lock()
        self.orders_begun = 0
        self.broken = []  # errors of sending
        self.unacked = set()  # names of tasks that lay there at a kill
        self.settings = {"visibility_timeout": VISIBILITY_SECONDS}
        self.broker, self.results = bench.redis(0), bench.redis(1)

    def run(self):
        began = time.monotonic()
        tasks.configure(self.server.port, **self.settings)
        self.workers = [self.start_worker(f"crash-{number}") for number in range(WORKERS)]
        self.bench.await_ready(*self.workers)
        waiter = self.start_waiting()
        senders = [threading.Thread(target=self.send_all, daemon=True) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for number in range(self.kills):
            self.kill((number + self.dice.uniform(0.2, 0.8)) / self.kills)
        until(lambda: self.watch() and not any(sender.is_alive() for sender in senders), "everything is sent", 600)
        self.bench.open_gate("waiting")
        waiter.join()
        self.checks.same(self.waited_for, "arrived", "a result waited for all the time")
        self.finish()
        print(f"  load: {len(self.order_of)} tasks in {time.monotonic() - began:.1f} s, recovery included")
        self.spoil("end")
        self.compare()

    def start_worker(self, name, queues="celery"):
        return self.bench.start_worker(name, queues, PLACES, ["--without-gossip", "--without-mingle"], **self.settings)

    def start_waiting(self):
        """A client that waits for one result from before the first kill until after the last."""
        self.waited_for = None
        result = tasks.hold.delay("waiting", "arrived")
        self.bench.await_noted("began", result.id)

        def wait():
            self.waited_for = result.get(600)

        waiter = threading.Thread(target=wait, daemon=True)
        waiter.start()
        return waiter

    # ---- sending

    def begun(self):
        return {entry["id"] for entry in list(self.bench.entries) if entry["what"] == "began"}

    def send_all(self):
        while True:
            with self.lock:
                ahead = len(self.acknowledged) - self.orders_begun
                order = self.pending.pop() if self.pending and ahead < AHEAD else None
            if order is not None:
                self.send(order)
            elif not self.pending:
                return
            else:
                time.sleep(0.02)

    def send(self, order):
        while True:
            self.sent[order.number] += 1
            try:
                order.send()
                break
            except ERRORS as error:
                self.broken.append(f"{type(error).__name__}: {error}")
                until(self.serves, "the server serves again")
        self.acknowledged.add(order.number)

    def serves(self):
        try:
            return self.broker.ping()
        except ERRORS:
            return False

    # ---- killing

    def watch(self):
        """Reads the journal; returns how many orders were begun. For the main thread alone."""
        self.bench.journal()
        begun = self.begun()
        archived = sum(order.archived for order in self.orders if order.number in self.acknowledged)
        self.orders_begun = len({name.split(".")[0] for name in begun if name in self.order_of}) + archived
        return self.orders_begun

    def kill(self, share):
        goal = share * len(self.orders)
        until(lambda: self.watch() >= goal, f"{goal:.0f} orders are begun", 600)
        time.sleep(self.dice.uniform(0, 0.03))  # somewhere within what goes on, not just after a task began
        acknowledged = set(self.acknowledged)  # before the kill, so that no later one is asked for
        self.server.kill()
        for worker in self.workers:
            worker.signal(signal.SIGSTOP)
        loading = self.server.start()
        print(f"  kill -9 after {share:.1%} of the orders were begun; serving again after {loading:.2f} s")
        self.spoil("restart")
        self.check_loss(acknowledged)
        for worker in self.workers:
            worker.signal(signal.SIGCONT)

    def messages(self, queue):
        return [json.loads(message)["headers"]["id"] for message in self.broker.lrange(queue, 0, -1)]

    def check_loss(self, acknowledged):
        unacked = {json.loads(entry)[0]["headers"]["id"] for entry in self.broker.hvals("unacked")}
        self.unacked |= unacked
        waiting, archive = set(self.messages("celery")), set(self.messages(plan.ARCHIVE))
        self.watch()
        begun = self.begun()
        orders = [order for order in self.orders if order.number in acknowledged]
        archived = [order.names[0] for order in orders if order.archived]
        lost = [name for name in archived if name not in archive]
        self.checks.that(not lost, "sent, acknowledged and missing", f"{len(lost)} of {len(archived)}", lost)

        first = lambda order: order.names[:-1] if order.kind == "chord" else order.names[:1]
        names = [name for order in orders if not order.archived for name in first(order)]
        lost = [name for name in names if name not in waiting | unacked | begun]
        detail = f"{len(lost)} of {len(names)}; {len(waiting)} wait, {len(unacked)} in hand"
        self.checks.that(len(lost) <= WORKERS, "lost between list and hand", detail, lost)

        stored = [entry["id"] for entry in self.bench.noted("stored") if entry["id"] in self.order_of]
        values = self.values(stored)
        lost = [name for name in stored if values[name] != self.order_of[name].result(name)]
        self.checks.that(not lost, "results acknowledged and missing", f"{len(lost)} of {len(stored)}", lost)

    def values(self, names):
        found = self.results.mget([f"celery-task-meta-{name}" for name in names]) if names else []
        return {name: text and json.loads(text)["result"] for name, text in zip(names, found)}

    # ---- the end

    def is_idle(self):
        """Nothing waits and nothing is in hand. A message on its way between the two is seen by neither."""
        with self.broker.pipeline() as pipe:
            seen = pipe.llen("celery").llen(plan.ARCHIVE).hlen("unacked").execute()
        return not any(seen)

    def wait_until_idle(self, worker):
        """A worker that starts puts back what is in `unacked` for too long: so a new one now and then."""
        seen = 0
        deadline = time.monotonic() + 600
        started = time.time()
        while seen < 10:
            time.sleep(0.05)
            seen = seen + 1 if self.is_idle() else 0
            if time.monotonic() > deadline:
                raise RuntimeError("waited 600 s in vain: all messages are done")
            oldest = self.broker.zrange("unacked_index", 0, 0, withscores=True)
            visible = oldest[0][1] + VISIBILITY_SECONDS if oldest else None
            if visible and started < visible < time.time() - 0.5:
                self.bench.stop(worker)
                started = time.time()
                worker = self.start_worker(f"{worker.name.split('@')[0]}-again", f"celery,{plan.ARCHIVE}")
                self.bench.await_ready(worker)
        return worker

    def incomplete(self):
        values = self.values(list(self.order_of))
        return [o for o in self.orders if any(values[name] != o.result(name) for name in o.names)]

    def finish(self):
        last = self.start_worker("last", f"celery,{plan.ARCHIVE}")
        self.bench.await_ready(last)
        last = self.wait_until_idle(last)
        stuck = self.incomplete()
        unexplained = [o.names[0] for o in stuck if not self.unacked & set(o.names)]
        detail = f"{len(stuck)} orders, {len(unexplained)} of them not in hand"
        self.checks.that(len(unexplained) <= WORKERS * self.kills, "orders sent anew", detail, unexplained)
        for order in stuck:
            self.send(order)
        last = self.wait_until_idle(last)
        self.bench.stop(last, *self.workers)

    def compare(self):
        checks = self.checks
        wanted = {name: order.result(name) for name, order in self.order_of.items()}
        checks.equal(self.values(list(wanted)), wanted, "all results as planned", "tasks")
        self.compare_executions()
        left = [key for key in self.broker.keys("*") if not key.startswith("_kombu.binding.")]
        checks.that(not left, "no message is left", "", left)
        counts = self.results.keys("celery-taskset-meta-*")
        again = sum(self.sent[order.number] > 1 or bool(self.unacked & set(order.names)) for order in self.orders)
        checks.that(len(counts) <= 3 * again, "no count of a chord is left", f"{len(counts)} of those in hand", counts)
        endless = [key for key in self.results.keys("celery-task*") if not 0 < self.results.ttl(key) <= 3600]
        checks.that(not endless, "every result will expire", f"{self.results.dbsize()} keys", endless)
        refusals = self.bench.refusals()
        checks.that(not refusals, "no command was refused", f"{len(self.broken)} orders cut off in sending", refusals)

    def compare_executions(self):
        self.bench.journal()
        times = Counter(entry["id"] for entry in self.bench.noted("began"))
        free = lambda o: self.sent[o.number] > 1 or any(name in self.unacked for name in o.names)
        wrong, again = [], 0
        for name, order in self.order_of.items():
            extra = times[name] - order.attempts(name)
            again += max(extra, 0)
            if extra < 0 or (extra > 0 and not free(order)):
                wrong.append(f"{name}: {times[name]} times instead of {order.attempts(name)}")
        self.checks.that(not wrong, "none done twice without need", f"{again} done again, {len(self.unacked)} were in hand", wrong)

    # ---- damage

    def spoil(self, moment):
        for row in self.spoils:
            if row["when"] == moment:
                stored = next(e["id"] for e in self.bench.noted("stored") if e["id"] in self.order_of)
                words = {"@result": f"celery-task-meta-{stored}", "@archive": plan.ARCHIVE}
                database = self.results if row["database"] == "results" else self.broker
                database.execute_command(*[words.get(word, word) for word in row["command"]])
