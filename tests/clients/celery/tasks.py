# SPDX-License-Identifier: BSD-3-Clause
"""The Celery application under test: its tasks and the journal that its workers keep.

The journal is a file to which each worker appends what it does, one JSON object a
line, so that what was done is known without asking the server under test: "ready"
of a worker, "began" and "stored" of a task, the latter when the server has
acknowledged its result. Workers find their settings in the environment.
"""

import json
import os
import time

from celery import Celery, signals
from celery.exceptions import SoftTimeLimitExceeded

SETTINGS = json.loads(os.environ.get("SORREL_CELERY", "{}"))


def configure(port, broker_db=0, result_db=1, visibility_timeout=3600, result_expires=3600):
    """Points the application to a server; broker and results lie in two databases of it."""
    app.conf.update(
        broker_url=f"redis://127.0.0.1:{port}/{broker_db}",
        result_backend=f"redis://127.0.0.1:{port}/{result_db}",
        result_expires=result_expires,
        result_extended=True,
        broker_transport_options={
            "visibility_timeout": visibility_timeout,
            "unacked_mutex_expire": 5,
            "priority_steps": list(range(10)),
            "queue_order_strategy": "priority",
        },
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )


app = Celery("tasks")
if SETTINGS:
    configure(**SETTINGS["server"])


def note(what, **fields):
    if not SETTINGS:
        return
    line = json.dumps({"what": what, "at": time.time(), "pid": os.getpid(), **fields}) + "\n"
    journal = os.open(SETTINGS["journal"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(journal, line.encode())
    os.close(journal)


@signals.worker_ready.connect
def worker_is_ready(sender, **_):
    note("ready", worker=sender.hostname)


@signals.task_prerun.connect
def task_begins(task_id, task, **_):
    redelivered = bool((task.request.delivery_info or {}).get("redelivered"))
    note("began", id=task_id, name=task.name, worker=task.request.hostname, redelivered=redelivered)


@signals.task_success.connect
def result_is_stored(sender, **_):
    note("stored", id=sender.request.id)


def wait_for_gate(gate):
    """Returns when the driver has opened the gate, which is a file."""
    while not os.path.exists(os.path.join(SETTINGS["gates"], gate)):
        time.sleep(0.01)


@app.task
def echo(*args, **kwargs):
    return [list(args), kwargs]


@app.task
def add(x, y):
    return x + y


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def fail(reason):
    raise ValueError(reason)


@app.task(ignore_result=True)
def silent():
    return "unheard"


@app.task
def told(what):
    """A callback: for a result it is called with the value, for an error with the task's id."""
    return ["told", what]


@app.task(bind=True, track_started=True)
def progress(self, gate):
    wait_for_gate(gate + "-1")
    self.update_state(state="PROGRESS", meta={"half": "way"})
    wait_for_gate(gate + "-2")
    return "there"


@app.task
def hold(gate, value=None):
    wait_for_gate(gate)
    return value


@app.task(acks_late=True)
def hold_late(gate, value=None):
    wait_for_gate(gate)
    return value


@app.task(bind=True)
def retry_growing(self, failures, pause):
    if self.request.retries < failures:
        raise self.retry(countdown=pause * 2**self.request.retries, max_retries=failures)
    return self.request.retries


@app.task(autoretry_for=(ValueError,), retry_kwargs={"countdown": 0.05, "max_retries": 2})
def retry_in_vain(reason):
    raise ValueError(reason)


@app.task(bind=True)
def grow(self, number):
    """Puts another task in its own place until it is ten."""
    return self.replace(grow.s(number + 1)) if number < 10 else number


@app.task
def outlast(gate):
    try:
        wait_for_gate(gate)
    except SoftTimeLimitExceeded:
        return "warned"


@app.task(acks_late=True)
def in_order(number):
    return number


@app.task(bind=True, acks_late=True)
def crash_step(self, before, number, failures=0):
    """A step of an order of the crash run: adds its number to whatever came before."""
    time.sleep(number % 12 / 1000)
    if self.request.retries < failures:
        raise self.retry(countdown=0.05, max_retries=failures)
    return (sum(before) if isinstance(before, list) else before) + number * 3 + 1
