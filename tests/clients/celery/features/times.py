# SPDX-License-Identifier: BSD-3-Clause
"""Tasks wait for their time, given as a pause or as a moment, and are not done when too late."""

import datetime
import time

import tasks
from celery.exceptions import TaskRevokedError

TITLE = "countdown, ETA and expiry of tasks"
PAUSES = [0.9, 0.1, 0.6, 0.3, 0.7, 0.2, 0.5, 0.4]


def run(bench):
    checks = bench.checks
    due = {}
    for number, pause in enumerate(PAUSES):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=pause)
        when = {"eta": moment} if number % 2 else {"countdown": pause}
        due[tasks.add.apply_async((number, 1), **when)] = moment.timestamp()
    checks.same([result.get(60) for result in due], list(range(1, len(PAUSES) + 1)), "all are done", f"{len(PAUSES)} tasks")
    early = [result.id for result, moment in due.items() if bench.noted("began", result.id)[0]["at"] < moment]
    checks.that(not early, "none before its time", "", early)

    late = tasks.add.apply_async((1, 1), countdown=0.5, expires=0.1)
    soon = tasks.add.apply_async((1, 1), countdown=0.1, expires=time.time() + 600)
    try:
        late.get(60)
        revoked = False
    except TaskRevokedError:
        revoked = True
    checks.same((revoked, bench.noted("began", late.id)), (True, []), "none that came too late")
    checks.same(soon.get(60), 2, "but those in time")
