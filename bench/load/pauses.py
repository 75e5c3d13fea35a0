# SPDX-License-Identifier: BSD-3-Clause
"""Whose a pause was: the server's, the machine's or the load generator's.

A pause is a span of time in which requests waited for longer than a millisecond (load_stretches.h).
On each core a thread that goes ahead of everything else wakes every quarter of a millisecond and notes
when it woke late (core_watch.h): then the machine below, or an interrupt, had the core, and no server
could have answered. The generator notes when it was busy for as long and left replies unread
(load_fleet.h). A pause is the server's unless such times make up at least half of the longest wait in
it; the other half may be the queue that a stop leaves behind.

Memory that the machine below hands out only when it is first touched is the server's pause, for the
server chose when to touch it and how much at once; the watch keeps waking meanwhile.
"""

OWNERS = ("server", "machine", "load")
GENERATOR = -1  # in place of a core


def covered_ms(spans, begin, end):
    """Milliseconds of [begin, end] that spans of (from, milliseconds) cover; the other times are seconds."""
    covered, reached = 0, begin
    for at, ms in sorted(spans):
        upto = min(end, at + ms / 1000)
        if upto > reached:
            covered += upto - max(at, reached)
            reached = upto
    return 1000 * covered


def owner(lates, begin, end, longest):
    near = [late for late in lates if late[1] < end and late[1] + late[2] / 1000 > begin]
    if covered_ms([late[1:] for late in near], begin, end) < longest / 2:
        return "server"
    parts = {of: covered_ms([late[1:] for late in near if (late[0] == GENERATOR) == (of == "load")], begin, end)
             for of in ("machine", "load")}
    return max(parts, key=parts.get)


def summary(pauses, seconds):
    """pauses: [from, span, longest wait], milliseconds but for the first."""
    return {"count": len(pauses), "per_second": len(pauses) / seconds if seconds else 0,
            "longest_ms": max((longest for _, _, longest in pauses), default=0), "sum_ms": sum(span for _, span, _ in pauses)}


def told_apart(result, begins, ends):
    """The pauses that began between two times of the monotonic clock.

    Returns: {owner: summary, ..., "late_ms": how long one core or the other was the machine's,
    "pauses": [(seconds since `begins`, span, longest wait, owner), ...]}."""
    begin, end = begins - result["monotonic"], ends - result["monotonic"]
    lates = [late for late in result["lates"] if begin - 1 < late[1] < end + 1]
    whose, told = {name: [] for name in OWNERS}, []
    for pause in result["pauses"]:
        at, span, longest = pause
        if begin <= at < end:
            name = owner(lates, at, at + span / 1000, longest)
            whose[name].append(pause)
            told.append((round(at - begin, 4), span, longest, name))
    out = {name: summary(found, end - begin) for name, found in whose.items()}
    out["late_ms"] = covered_ms([late[1:] for late in lates if late[0] != GENERATOR], begin, end)
    return {**out, "pauses": told}


def added(parts, seconds):
    """Several of told_apart() as one, over so many seconds in all, without the single pauses."""
    out = {"late_ms": sum(part["late_ms"] for part in parts)}
    for name in OWNERS:
        each = [part[name] for part in parts]
        count = sum(one["count"] for one in each)
        out[name] = {"count": count, "per_second": count / seconds if seconds else 0,
                     "longest_ms": max(one["longest_ms"] for one in each), "sum_ms": sum(one["sum_ms"] for one in each)}
    return out
