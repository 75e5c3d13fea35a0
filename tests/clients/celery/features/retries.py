# SPDX-License-Identifier: BSD-3-Clause
"""A task that fails is sent again with a growing pause, and gives up at its limit."""

import tasks
from bench import until

TITLE = "retries"
PAUSE = 0.1


def run(bench):
    checks = bench.checks
    result = tasks.retry_growing.delay(3, PAUSE)
    checks.same(result.get(60), 3, "three failures, then success")
    at = [entry["at"] for entry in bench.noted("began", result.id)]
    pauses = [later - earlier for earlier, later in zip(at, at[1:])]
    good = len(pauses) == 3 and all(pause >= PAUSE * 2**number for number, pause in enumerate(pauses))
    checks.that(good, "pauses grow", ", ".join(f"{pause:.2f} s" for pause in pauses))

    waiting = tasks.retry_growing.delay(1, 1.0)
    until(lambda: waiting.state == "RETRY", "the pause can be seen")
    checks.same((waiting.get(60), waiting.state), (1, "SUCCESS"), "a retry is a state that ends")

    vain = tasks.retry_in_vain.delay("for good")
    try:
        vain.get(60)
        error = None
    except ValueError as raised:
        error = str(raised)
    checks.same((error, len(bench.noted("began", vain.id))), ("for good", 3), "gives up after its retries")
