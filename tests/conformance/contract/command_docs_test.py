#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares Sorrel's documentation table with the contract, command by command.

Usage: command_docs_test.py DUMP_PROGRAM

DUMP_PROGRAM (command_doc_dump) prints the parsed rows in the shape of commands.json, which lies
beside this file. Every command of the contract must have a row whose since, group, complexity,
deprecation, history, tips, key specifications and argument tree are the contract's, and a summary
of one line. Key specification flags are a set on the wire, so their order does not count; notes and
display texts are not in the contract and are not compared.
"""

import json
import pathlib
import subprocess
import sys

# Commands whose row follows another server than the contract's main values, and why.
FOLLOWS = {
    "set": "valkey-9.1.2",  # offers IFEQ beside NX and XX
    "bitcount": "valkey-9.1.2",  # takes a range without an end
}
# Words that a command takes beyond the contract, as the last branches of its first argument.
BEYOND = {"bitop": ("DIFF", "DIFF1", "ANDOR", "ONE")}  # those of Redis 8.2

TEXTS = ("name", "since", "group", "complexity", "deprecated_since", "replaced_by")
LISTS = ("doc_flags", "history", "tips", "key_specs", "arguments")


def expected_row(command):
    other = FOLLOWS.get(command["name"])
    row = {**command, **command["differs"][other]} if other else command
    words = BEYOND.get(command["name"])
    if words:
        first, *rest = row["arguments"]
        branches = [{"name": word.lower(), "type": "pure-token", "token": word} for word in words]
        row = {**row, "arguments": [{**first, "arguments": first["arguments"] + branches}, *rest]}
    return row


def without_display_text(argument):
    kept = {name: value for name, value in argument.items() if name != "display_text"}
    if "arguments" in kept:
        kept["arguments"] = [without_display_text(child) for child in kept["arguments"]]
    return kept


def comparable(field, value):
    if field == "arguments":
        return [without_display_text(argument) for argument in value]
    if field == "key_specs":
        return [{"flags": sorted(spec["flags"]), "begin_search": spec["begin_search"],
                 "find_keys": spec["find_keys"]} for spec in value]
    return value


def differences(expected, actual):
    if actual is None:
        return ["has no row"]
    found = []
    for field in TEXTS + LISTS:
        empty = [] if field in LISTS else None
        want = comparable(field, expected.get(field, empty))
        have = comparable(field, actual.get(field, empty))
        if want != have:
            found.append(f"{field}: expected {want!r}, has {have!r}")
    summary = actual["summary"]
    if not summary or "\n" in summary or len(summary) > 100:
        found.append(f"summary: {summary!r} is not one short line")
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    contract_path = pathlib.Path(__file__).with_name("commands.json")
    commands = json.loads(contract_path.read_text(encoding="utf-8"))["commands"]
    names = "".join(command["name"] + "\n" for command in commands)
    dump = subprocess.run([sys.argv[1]], input=names, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in dump.stdout.splitlines()]
    if not commands or len(rows) != len(commands):
        sys.exit(f"{len(commands)} commands in the contract, {len(rows)} rows printed")
    failed = 0
    for command, row in zip(commands, rows):
        for difference in differences(expected_row(command), row):
            failed += 1
            print(f"{command['name']}: {difference}")
    print(f"{len(commands)} commands compared, {failed} differences")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
