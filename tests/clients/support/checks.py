# SPDX-License-Identifier: BSD-3-Clause
"""Counts comparisons and prints each in one line, with what is wrong below it."""


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, good, title, detail="", problems=()):
        self.passed += bool(good)
        self.failed += not good
        print(f"  {'ok  ' if good else 'FAIL'}  {title:<34} {detail}".rstrip(), flush=True)
        for problem in list(problems)[:10] if not good else ():
            print(f"          {problem}")

    def same(self, found, wanted, title, detail=""):
        """Compares two values of any kind."""
        self.that(found == wanted, title, detail, [f"{found!r} found", f"{wanted!r} expected"])

    def equal(self, found, wanted, title, unit):
        """Compares two dictionaries."""
        wrong = [
            f"{name}: {found.get(name)} found, {wanted.get(name)} expected"
            for name in sorted(found.keys() | wanted.keys())
            if found.get(name) != wanted.get(name)
        ]
        detail = f"{len(wanted):,} {unit}" + (f", {len(wrong):,} differ" if wrong else "")
        self.that(not wrong, title, detail, wrong)

    def summary(self):
        """The line that tests/clients/run reads."""
        return f"{self.passed} passed, {self.failed} failed"
