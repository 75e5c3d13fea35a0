#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Keyspace events: for each command of the tables in events/, the same as the reference server tells.

Every table is played as it stands, each command within MULTI and EXEC, within a script, and once for
each class alone. The reference server, where SORREL_REFERENCE_SERVER names one, is played the same,
which proves the tables; `notifications_test.py --fill` writes down what it tells where nothing stands.
"""

import os
import pathlib
import sys
import unittest

from event_table import CLASSES, Player, read_table, selected
from running_server import RunningServer

TABLES = sorted((pathlib.Path(__file__).parent / "events").glob("*.events"))
REFERENCE = os.environ.get("SORREL_REFERENCE_SERVER")
ALL = "".join(CLASSES)


def started(executable):
    return RunningServer("--enable-debug-command", "yes", "--save", "", executable=executable)


class Notifications(unittest.TestCase):
    def play(self, classes, within=None, tables=TABLES):
        for name, executable in (("sorrel", None), ("reference", REFERENCE)):
            if name == "sorrel" or executable:
                with started(executable) as server:
                    for path in tables:
                        with self.subTest(table=path.stem, server=name, classes=classes):
                            self.play_table(server, path, classes, within)

    def play_table(self, server, path, classes, within):
        player = Player(server, classes, within)
        self.addCleanup(player.close)
        wrong = []
        for step in read_table(path)[0]:
            expected = selected(step.expected, classes)
            caused = player.run(step, len(expected))
            if caused != expected:
                wrong.append(f"{path.name}:{step.number}: {' '.join(step.words)}\n"
                             f"  expected {' '.join(expected)}\n  got      {' '.join(caused)}")
        if wrong:
            self.fail("\n" + "\n".join(wrong))

    def test_as_they_stand(self):
        self.play(ALL)

    def test_within_transactions(self):
        self.play(ALL, "transaction")

    def test_within_scripts(self):
        self.play(ALL, "script")

    def test_each_class_alone(self):
        for letter in CLASSES:
            self.play(letter, tables=[path for path in TABLES if self.tells_all_late(path, letter)])

    def test_selected_at_start(self):
        with RunningServer("--notify-keyspace-events", "lgE") as server, server.client() as listener:
            self.assertEqual(server.call("CONFIG", "GET", "notify-keyspace-events"),
                             ["notify-keyspace-events", "glE"])
            listener.call("SUBSCRIBE", "__keyevent@0__:rpush")
            server.call("RPUSH", "list", "element")
            self.assertEqual(listener.reply(), ["message", "__keyevent@0__:rpush", "list"])

    @staticmethod
    def tells_all_late(path, classes):
        """Whether nothing is waited for that would not be told."""
        return all(selected(step.expected, classes) for step in read_table(path)[0] if step.late)


def fill(path):
    """Writes what the reference tells below each command."""
    steps, lines = read_table(path)
    told = {}
    with started(REFERENCE) as server:
        player = Player(server, ALL)
        for step in steps:
            told[step.number] = player.run(step, len(step.expected) or 1)
        player.close()
    filled = []
    for number, line in enumerate(lines, 1):
        if not line.startswith("  "):
            filled.append(line)
            filled += ["  " + " ".join(told[number])] if told.get(number) else []
    path.write_text("\n".join(filled) + "\n")


if __name__ == "__main__":
    if "--fill" in sys.argv:
        for table in TABLES:
            fill(table)
    else:
        unittest.main()
