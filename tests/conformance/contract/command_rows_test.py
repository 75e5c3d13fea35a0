#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares every row of Sorrel's command table with the contract, as a client sees it.

Usage: command_rows_test.py SERVER_PROGRAM

A server is started and asked for COMMAND, which tells all commands and their subcommands. Of each
the arity, the flags, the places of the keys, the ACL categories and the key specifications must be
the contract's, and a container must be one here, too.

The rule where Redis 8.0 and Valkey 9.1 differ: the values of commands.json are Redis 8.0.6's where it
has the command, else Valkey 9.1.2's, and a row follows them; what Valkey says otherwise stands in the
contract under `differs` and is not taken field by field, so that no row is a mixture. A row that
follows another server as a whole is named in FOLLOWS, with the reason.

Of the groups of data every command must be there but those of NOT_YET, which holds exactly the
missing ones: a command that comes, or goes, makes this test fail until the set says so. What is there
beside the contract stands in BEYOND, exactly as well.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "server"))

from running_server import RunningServer  # noqa: E402  (the path has to be set first)

# Commands whose row is another server's than the contract's main values, and why.
FOLLOWS = {}

# What the server has and the contract has not.
BEYOND = {"bigkeys", "delex", "hotkeys"}

DATA_GROUPS = {"generic", "string", "list", "set", "sorted-set", "hash", "stream", "bitmap", "hyperloglog", "geo"}

# Commands of these groups that are still to come.
NOT_YET = set()

FIELDS = ("arity", "flags", "keys", "acl_categories", "key_specs", "container")


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def key_spec(flat):
    """A key specification of COMMAND in the contract's terms; notes are prose and left out."""
    spec = pairs(flat)
    parts = {"flags": sorted(spec["flags"])}
    for name in ("begin_search", "find_keys"):
        search = pairs(spec[name])
        parts[name] = {"type": search["type"], "spec": pairs(search["spec"])}
    return parts


def told(row):
    """A row of COMMAND in the contract's terms."""
    name, arity, flags, first, last, step, categories, _tips, specs, subcommands = row
    return {"arity": arity, "flags": sorted(flags), "keys": [first, last, step],
            "acl_categories": sorted(categories), "key_specs": [key_spec(spec) for spec in specs],
            "container": bool(subcommands)}


def promised(command):
    row = {**command, **command.get("differs", {}).get(FOLLOWS.get(command["name"]), {})}
    specs = [{**spec, "flags": sorted(spec["flags"])} for spec in row.get("key_specs", [])]
    return {"arity": row["arity"], "flags": sorted(row.get("flags", [])),
            "keys": [row["first_key"], row["last_key"], row["step"]],
            "acl_categories": sorted(row["acl_categories"]),
            "key_specs": [{name: spec[name] for name in ("flags", "begin_search", "find_keys")} for spec in specs],
            "container": row.get("is_container", False)}


def all_rows(rows):
    """name -> row, of commands and subcommands."""
    found = {}
    for row in rows:
        found[row[0]] = told(row)
        found.update(all_rows(row[9]))
    return found


def differences(contract, rows):
    """Yields a line for everything that is not as it should be."""
    for name in sorted(rows.keys() & contract.keys()):
        want, have = promised(contract[name]), rows[name]
        for field in FIELDS:
            if want[field] != have[field]:
                yield f"{name}: {field}: expected {want[field]!r}, has {have[field]!r}"
    beyond = rows.keys() - contract.keys()
    for name in sorted(beyond ^ BEYOND):
        yield f"{name}: " + ("is in neither the contract nor BEYOND" if name in beyond else "is in BEYOND and not there")
    missing = {name for name, row in contract.items() if row["group"] in DATA_GROUPS} - rows.keys()
    for name in sorted(missing ^ NOT_YET):
        yield f"{name}: " + ("is missing, and not in NOT_YET" if name in missing else "is in NOT_YET, but there (or nowhere): take it out")
    for name in sorted(FOLLOWS.keys() - contract.keys()):
        yield f"{name}: is in FOLLOWS and not in the contract"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    commands = json.loads((HERE / "commands.json").read_text(encoding="utf-8"))["commands"]
    contract = {command["name"]: command for command in commands}
    with RunningServer(executable=sys.argv[1]) as server:
        rows = all_rows(server.call("COMMAND"))
    if len(rows) < 100:
        sys.exit(f"the server told {len(rows)} commands only")
    found = list(differences(contract, rows))
    for line in found:
        print(line)
    print(f"{len(rows)} rows compared, {len(NOT_YET)} commands not there yet, {len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
