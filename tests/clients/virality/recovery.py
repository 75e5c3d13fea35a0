# SPDX-License-Identifier: BSD-3-Clause
"""What may be found on a server that was killed, and how to go on from there.

A worker sends each batch as three pipelines and ends the third with its
progress key. The log of a server is one order of all commands, so what a
restart brings back must be, for each worker, a prefix of what that worker
sent: every batch up to the one named by its progress key, and then some number
m of the effects of the next, torn batch.

explain() looks for these numbers m. Each key bounds them: its value, less what
the other workers may have added, leaves few prefixes of one worker possible,
and what that excludes narrows the other keys in turn, until nothing moves. A
value that no prefix explains is a hole or an invention, and a failure. The
result is nearly always exact, as most keys of a batch are one worker's own.

recovery.mjs is the same in JavaScript.
"""


class Torn:
    """The torn batch of one worker: its effects in order, and low <= m <= high."""

    def __init__(self, effects, low, high):
        self.effects, self.low, self.high = effects, low, high
        # For each name the steps (m, sum): the sum of its deltas from m on.
        self.steps = {}
        for m, (name, delta) in enumerate(effects, 1):
            steps = self.steps.setdefault(name, [(0, 0)])
            steps.append((m, steps[-1][1] + delta))

    def segments(self, name):
        """Yields (first m, last m, sum), cut to low..high."""
        steps = self.steps[name]
        for at, (start, value) in enumerate(steps):
            end = steps[at + 1][0] - 1 if at + 1 < len(steps) else len(self.effects)
            if start <= self.high and end >= self.low:
                yield max(start, self.low), min(end, self.high), value

    def bounds(self, name):
        values = [value for _, _, value in self.segments(name)]
        return min(values), max(values)

    def restrict(self, name, low_value, high_value):
        """Keeps the m whose sum for name is in range. Returns whether that
        changed anything; None when no m is left."""
        fits = [s for s in self.segments(name) if low_value <= s[2] <= high_value]
        if not fits:
            return None
        before = self.low, self.high
        self.low, self.high = fits[0][0], fits[-1][1]
        return before != (self.low, self.high)


def explain(base, found, torn):
    """Narrows the torn batches until found = base + prefixes is explained.
    Returns the list of problems: empty when every value is explained."""
    touching = {}
    for one in torn:
        for name in one.steps:
            touching.setdefault(name, []).append(one)
    problems = [
        f"{name}: {found.get(name, 0)} found, {base.get(name, 0)} acknowledged"
        for name in base.keys() | found.keys()
        if name not in touching and base.get(name, 0) != found.get(name, 0)
    ]
    moved, refuted = True, set()
    while moved:
        moved = False
        for name, owners in touching.items():
            if name in refuted:
                continue
            surplus = found.get(name, 0) - base.get(name, 0)
            for one in owners:
                rest = [other.bounds(name) for other in owners if other is not one]
                high = surplus - sum(low for low, _ in rest)
                low = surplus - sum(high for _, high in rest)
                changed = one.restrict(name, low, high)
                if changed is None:
                    refuted.add(name)
                    problems.append(f"{name}: no prefix of what was in flight gives +{surplus}")
                    break
                moved = moved or changed
    return problems


def completion(base, found, torn):
    """What is still to be added to each name so that all torn batches are whole."""
    target = dict(base)
    for one in torn:
        for name, delta in one.effects:
            target[name] = target.get(name, 0) + delta
    missing = {name: value - found.get(name, 0) for name, value in target.items()}
    return {name: delta for name, delta in missing.items() if delta}
