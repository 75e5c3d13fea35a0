# SPDX-License-Identifier: BSD-3-Clause
"""The verdict of the gate: what was counted beside what the baseline says.

Counts are instructions for each request, by workload ("strings/get"). The baseline is a JSON file:

  built_with                 what the figures depend on beside the source: compiler, allocator, C library
  instructions_per_request   workload: instructions, sorted by name

A workload fails when it takes more than 5 % more than the baseline says, when the baseline does not
know it, and when it is in the baseline and was not counted: the file then has to change in the same
commit. One that shrank by more than 5 % passes, and is named, so that the baseline can be renewed
before the gain is lost again.
"""
import json

TOLERANCE = 0.05
REMEDY = "./dev instructions --update"


class Row:
    """One workload: its name, instructions in the baseline and now (None: there are none)."""

    def __init__(self, name, before, now):
        self.name = name
        self.before = before
        self.now = now

    @property
    def ratio(self):
        return self.now / self.before if self.before and self.now is not None else None

    @property
    def complaint(self):
        """Why it fails; empty when it passes."""
        if self.before is None:
            return "not in the baseline"
        if self.now is None:
            return "not counted"
        return "grew" if self.now > self.before * (1 + TOLERANCE) else ""

    @property
    def remark(self):
        shrank = not self.complaint and self.now < self.before * (1 - TOLERANCE)
        return "shrank" if shrank else self.complaint


def compare(baseline, counted):
    """Rows of all workloads of either, by name."""
    return [Row(name, baseline.get(name), counted.get(name)) for name in sorted({*baseline, *counted})]


def figure(value, form):
    return "-" if value is None else form % value


def table(rows):
    width = max([len(row.name) for row in rows] + [len("workload")])
    yield "%-*s %12s %12s %8s" % (width, "workload", "baseline", "now", "ratio")
    for row in rows:
        yield ("%-*s %12s %12s %8s  %s" % (width, row.name, figure(row.before, "%.1f"), figure(row.now, "%.1f"),
                                           figure(row.ratio, "%.3f"), row.remark)).rstrip()


def differences(before, now):
    """Says in what the baseline was built otherwise."""
    for what in sorted({*before, *now}):
        if before.get(what) != now.get(what):
            yield "The baseline's %s is %s, here it is %s: figures may differ for that reason alone." % (
                what.replace("_", " "), before.get(what, "unknown"), now.get(what, "unknown"))


def verdict(baseline, counted, built_with, only=""):
    """Prints the table and what follows from it. Returns: the exit status.

    `only`: workloads whose name does not contain it are left out of both."""
    known = {name: value for name, value in baseline["instructions_per_request"].items() if only in name}
    rows = compare(known, counted)
    print("\n".join(table(rows)))
    remarks = list(differences(baseline["built_with"], built_with))
    failed = [row for row in rows if row.complaint]
    for row in failed:
        remarks.append("%s: %s%s." % (row.name, row.complaint,
                                      " by %.1f %%" % (100 * (row.ratio - 1)) if row.complaint == "grew" else ""))
    if failed:
        remarks.append("What is meant to cost that is put into the baseline by %s, in the same commit." % REMEDY)
    shrunk = sum(row.remark == "shrank" for row in rows)
    if shrunk:
        remarks.append("%d shrank by more than %.0f %%: renew the baseline by %s, so that it stays so."
                       % (shrunk, 100 * TOLERANCE, REMEDY))
    print("".join("\n" + remark for remark in remarks))
    print("instructions: %d passed, %d failed" % (len(rows) - len(failed), len(failed)))
    return 1 if failed or not rows else 0


def read_baseline(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write_baseline(path, counted, built_with):
    figures = {name: round(value, 1) for name, value in counted.items()}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"built_with": built_with, "instructions_per_request": figures}, file, indent=2, sort_keys=True)
        file.write("\n")
