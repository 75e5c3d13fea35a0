# SPDX-License-Identifier: BSD-3-Clause
"""What is sent in the crash run and what has to come of it: a seeded list of orders.

An order is one task, a chain of three or a chord of four parts and a body; its
tasks have names of their own, so that each can be found again. Every result
follows from the order alone, so that the model needs no server.
"""

import random

from celery import chain, chord

import tasks

ARCHIVE = "archive"  # nobody takes from this queue until the last kill is over
PARTS = 4


class Order:
    def __init__(self, number, dice):
        self.number = number
        self.kind = dice.choices(("task", "chain", "chord"), (14, 3, 2))[0]
        self.archived = self.kind == "task" and dice.random() < 0.25
        self.countdown = self.failures = 0
        if self.kind == "task" and not self.archived and dice.random() < 0.3:
            self.countdown = dice.uniform(0.05, 1.5)
        elif dice.random() < 0.2:
            self.failures = dice.randint(1, 2)
        self.names = [f"o{number}.{at}" for at in range({"task": 1, "chain": 3, "chord": PARTS + 1}[self.kind])]

    def number_of(self, name):
        return self.number * 7 + int(name.split(".")[1])

    def before(self, name):
        """The tasks of the order whose end makes this one begin."""
        at = self.names.index(name)
        if self.kind == "chord":
            return self.names[:-1] if name == self.names[-1] else []
        return self.names[:at][-1:]

    def attempts(self, name):
        return 1 + (self.failures if name == self.names[0] else 0)

    def result(self, name):
        return sum(map(self.result, self.before(name))) + self.number_of(name) * 3 + 1

    def signature(self, name, *before):
        failures = self.failures if name == self.names[0] else 0
        step = tasks.crash_step.s(*before, self.number_of(name), failures=failures)
        return step.set(task_id=name, queue=ARCHIVE if self.archived else "celery")

    def send(self):
        """Sends it once; raises what goes wrong, and part of it may have been sent then."""
        first = self.signature(self.names[0], 0)
        if self.kind == "task":
            first.apply_async(retry=False, countdown=self.countdown or None)
        elif self.kind == "chain":
            chain(first, *map(self.signature, self.names[1:])).apply_async(retry=False)
        else:
            header = [first, *(self.signature(name, 0) for name in self.names[1:-1])]
            chord(header)(self.signature(self.names[-1]), retry=False)


def make_orders(number_of_tasks, seed):
    dice = random.Random(seed)
    orders, number = [], 0
    while number < number_of_tasks:
        orders.append(Order(len(orders), dice))
        number += len(orders[-1].names)
    return orders
