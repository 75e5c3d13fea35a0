#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the gate of instruction counts can fail, and that it names what it should.

Baselines are planted beside counts; what is read from callgrind's files and from the baseline in the
repository is proved likewise. Nothing here runs valgrind.
"""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

INSTRUCTIONS = pathlib.Path(__file__).resolve().parents[2] / "bench" / "instructions"
sys.path.insert(0, str(INSTRUCTIONS))

import callgrind  # noqa: E402  (the path has to be set first)
import gate  # noqa: E402

BUILT_WITH = {"compiler": "GCC 12.2.0", "allocator": "jemalloc-5.3.0"}


def verdict(known, counted, built_with=BUILT_WITH, only=""):
    """Returns (exit status, output)."""
    baseline = {"built_with": BUILT_WITH, "instructions_per_request": known}
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = gate.verdict(baseline, counted, built_with, only)
    return status, output.getvalue()


class Verdict(unittest.TestCase):
    def assert_last_line(self, output, line):
        self.assertEqual(output.splitlines()[-1], line)

    def test_refuses_growth_of_six_percent(self):
        status, output = verdict({"strings/get": 1000, "strings/set": 1000},
                                 {"strings/get": 1060, "strings/set": 1000})
        self.assertEqual(status, 1)
        self.assertIn("strings/get: grew by 6.0 %", output)
        self.assertIn("./dev instructions --update", output)
        self.assert_last_line(output, "instructions: 1 passed, 1 failed")

    def test_accepts_growth_of_four_percent(self):
        status, output = verdict({"strings/get": 1000}, {"strings/get": 1040})
        self.assertEqual(status, 0, output)
        self.assertIn("1.040", output)
        self.assertNotIn("--update", output)
        self.assert_last_line(output, "instructions: 1 passed, 0 failed")

    def test_the_bound_is_five_percent(self):
        self.assertEqual(verdict({"a/b": 1000}, {"a/b": 1050})[0], 0)
        self.assertEqual(verdict({"a/b": 1000}, {"a/b": 1050.1})[0], 1)

    def test_one_that_grew_is_not_made_good_by_others(self):
        self.assertEqual(verdict({"a/b": 1000, "a/c": 1000}, {"a/b": 1060, "a/c": 500})[0], 1)

    def test_names_what_shrank_and_accepts_it(self):
        status, output = verdict({"a/b": 1000, "a/c": 1000}, {"a/b": 940, "a/c": 960})
        self.assertEqual(status, 0, output)
        self.assertIn("1 shrank", output)
        self.assertIn("./dev instructions --update", output)

    def test_refuses_a_workload_without_baseline(self):
        status, output = verdict({"a/b": 1000}, {"a/b": 1000, "a/new": 10})
        self.assertEqual(status, 1)
        self.assertIn("a/new: not in the baseline", output)

    def test_refuses_a_baseline_without_workload(self):
        status, output = verdict({"a/b": 1000, "a/gone": 10}, {"a/b": 1000})
        self.assertEqual(status, 1)
        self.assertIn("a/gone: not counted", output)

    def test_refuses_to_have_counted_nothing(self):
        self.assertEqual(verdict({}, {})[0], 1)
        self.assertEqual(verdict({"a/b": 1000}, {}, only="c")[0], 1)

    def test_leaves_out_what_was_not_asked_for(self):
        status, output = verdict({"a/b": 1000, "c/d": 1000}, {"a/b": 1000}, only="a/")
        self.assertEqual(status, 0, output)
        self.assertNotIn("c/d", output)

    def test_names_another_compiler_and_compares_all_the_same(self):
        other = {**BUILT_WITH, "compiler": "GCC 13.1.0"}
        status, output = verdict({"a/b": 1000}, {"a/b": 1060}, other)
        self.assertEqual(status, 1)
        self.assertIn("compiler is GCC 12.2.0, here it is GCC 13.1.0", output)
        self.assertNotIn("allocator", output)
        self.assertNotIn("here it is", verdict({"a/b": 1000}, {"a/b": 1000})[1])


class Files(unittest.TestCase):
    def test_a_baseline_is_sorted_and_read_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "baseline.json"
            gate.write_baseline(path, {"b/a": 2.04, "a/b": 1.06}, BUILT_WITH)
            text = path.read_text(encoding="utf-8")
            self.assertLess(text.index("a/b"), text.index("b/a"))
            self.assertEqual(gate.read_baseline(path),
                             {"built_with": BUILT_WITH, "instructions_per_request": {"a/b": 1.1, "b/a": 2.0}})

    def test_the_baseline_of_the_repository_is_as_update_writes_it(self):
        path = INSTRUCTIONS / "baseline.json"
        baseline = gate.read_baseline(path)
        with tempfile.TemporaryDirectory() as folder:
            again = pathlib.Path(folder) / "baseline.json"
            gate.write_baseline(again, baseline["instructions_per_request"], baseline["built_with"])
            self.assertEqual(path.read_text(encoding="utf-8"), again.read_text(encoding="utf-8"))
        self.assertTrue(all(value > 0 for value in baseline["instructions_per_request"].values()))

    def test_totals_are_read_by_workload(self):
        texts = [
            "version: 1\ndesc: Trigger: Program termination\ntotals: 7\n",
            "version: 1\ndesc: Trigger: Client Request: a/b\n\nfn=(1) x\n0 5\nsummary: 1000\n\ntotals: 1000\n",
        ]
        self.assertEqual(callgrind.totals_by_workload(texts), {"a/b": 1000})

    def test_counts_are_for_each_request(self):
        self.assertEqual(callgrind.per_request({"a/b": 1000}, "a/b 8\n"), {"a/b": 125})

    def test_refuses_a_workload_that_was_not_counted(self):
        with self.assertRaisesRegex(callgrind.Failed, "a/c"):
            callgrind.per_request({"a/b": 1000}, "a/b 8\na/c 8\n")


class Baseline(unittest.TestCase):
    def test_every_family_has_figures(self):
        figures = json.loads((INSTRUCTIONS / "baseline.json").read_text(encoding="utf-8"))
        families = {name.split("/")[0] for name in figures["instructions_per_request"]}
        self.assertLessEqual({"strings", "keys", "lists", "hashes", "sets", "sorted_sets", "streams", "bitmaps",
                              "hyperloglog", "geo", "transactions", "scripts", "pubsub", "protocol", "log"}, families)


if __name__ == "__main__":
    unittest.main(verbosity=1)
