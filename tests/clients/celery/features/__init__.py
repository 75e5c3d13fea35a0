# SPDX-License-Identifier: BSD-3-Clause
"""All features of Celery that are gone through, in this order.

Each module has a TITLE and run(bench). They share two workers, "one" and "two",
that take the queue "celery"; a module that needs more starts its own.
"""

from . import canvas, control, expiry, priorities, results, retries, routing, times, workers

FEATURES = {
    "results": results,
    "retries": retries,
    "times": times,
    "canvas": canvas,
    "control": control,
    "priorities": priorities,
    "workers": workers,
    "expiry": expiry,
    "routing": routing,
}
