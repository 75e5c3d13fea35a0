#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the tables of docs/compatibility.md: every command of the contract, done or not, and why.

The server itself says which commands it has (COMMAND LIST) and what they are (COMMAND INFO); the
contract (contract/commands.json) says which there are. What neither knows, the reasons, stands in
the tables below. A command that is there but described otherwise than in the contract, and for
which no reason is given, fails the run: nothing differs by accident. So does one that no script of
tests/scripts sends: the page says "done" of what is proven.

    python3 tests/conformance/compatibility.py --server build/release/sorrel [--check]
"""

import json
import pathlib
import re
import sys

import pages

SCRIPTS = pages.ROOT / "tests" / "scripts"
CONTRACT = pathlib.Path(__file__).resolve().parent / "contract" / "commands.json"

GROUPS = ["connection", "generic", "string", "sorted-set", "server", "list", "hash", "set", "stream", "bitmap", "hyperloglog",
          "geo", "transactions", "pubsub", "scripting", "cluster"]

# What a command that is there does otherwise than Redis 8.0.
DIFFERS = {
    "bitcount": "takes a start without an end, as Valkey does",
    "bitfield": "`SAT` makes a number that is far too small the smallest one, not the largest; `#n` beyond 64 bits is refused",
    "bitop": "`DIFF`, `DIFF1`, `ANDOR` and `ONE` of Redis 8.2 too",
    "client|capa": "from Valkey",
    "client|import-source": "from Valkey; there is no import mode, so it is always refused",
    "client|kill": "with the conditions of Valkey 9 too",
    "client|list": "with the conditions of Valkey 9 too; the line is that of Redis",
    "client|tracking": "of its own `FLUSHALL` and `FLUSHDB` a client is told behind the reply, as of everything else; the null in such a message is spelled in the protocol of who gets it",
    "debug": "what tests need; see `DEBUG HELP`",
    "delifeq": "from Valkey",
    "geosearch": "without `BYPOLYGON` of Valkey 9",
    "geosearchstore": "without `BYPOLYGON` of Valkey 9",
    "info": "fields of features that do not exist yet are 0 or left out",
    "latency|doctor": "advice in Sorrel's own words",
    "latency|graph": "the same figures, drawn in another way",
    "memory|doctor": "advice in Sorrel's own words",
    "memory|malloc-stats": "the allocator's main figures in Sorrel's own words",
    "memory|stats": "fields of features that do not exist yet are 0",
    "memory|usage": "bytes are Sorrel's, and smaller; exact, so that `SAMPLES` changes nothing",
    "msetex": "from Valkey",
    "pfdebug": "without `SIMD`, a switch of Redis' own code",
    "readonly": "answers OK outside cluster mode, as Valkey does",
    "readwrite": "answers OK outside cluster mode, as Valkey does",
    "role": "always a master without replicas",
    "wait": "there are no replicas yet: the time alone ends the waiting",
    "waitaof": "the same for replicas; within a transaction the writes of that do not count as synced",
    "script|debug": "there is no debugger: `YES` and `SYNC` are refused",
    "script|show": "from Valkey",
    "shutdown": "waits for nothing, so that `ABORT` finds nothing to abort",
}

# Why a command is not there, by its name or by the beginning of it, the longest one first.
NOT_YET = {
    "commandlog": "SLOWLOG is there",
    "failover": "no replication yet",
    "lolwut": "not written yet",
    "module": "modules are outside the contract; the list is not there yet",
    "psync": "no replication yet",
    "replconf": "no replication yet",
    "replicaof": "no replication yet",
    "slaveof": "no replication yet",
    "sync": "no replication yet",
}

# The same for a group of which nothing is there.
GROUP_NOT_YET = {
    "cluster": "no cluster mode yet",
    "pubsub": "no publish/subscribe yet",
}

# What the server has beside the contract.
BEYOND = {
    "bigkeys": "the keys that take most memory: `BIGKEYS [COUNT n]`, n maps with `key`, `db`, `type`, `bytes` and `elements`",
    "delex": "DELIFEQ in the spelling of Redis 8.4: `DELEX key [IFEQ value]`",
    "hotkeys": "the keys that are used most, by estimate: `HOTKEYS [COUNT n]`, n maps with `key`, `db`, `uses-per-second`, "
    "`writes-per-second` and `percent`; another command than that of Redis 8.6",
}


def words_of(values):
    return sorted(value.value.decode() for value in values)


def described(info):
    """A reply of COMMAND INFO in the contract's terms."""
    return {
        "arity": info[1],
        "flags": words_of(info[2]),
        "keys": [info[3], info[4], info[5]],
        "acl_categories": words_of(info[6]),
    }


def promised(row):
    return {
        "arity": row["arity"],
        "flags": sorted(row.get("flags", [])),
        "keys": [row["first_key"], row["last_key"], row["step"]],
        "acl_categories": sorted(row["acl_categories"]),
    }


def reason_of(name, group):
    for length in range(len(name), 0, -1):
        if name[:length] in NOT_YET:
            return NOT_YET[name[:length]]
    if group in GROUP_NOT_YET:
        return GROUP_NOT_YET[group]
    raise pages.PageError(f"{name} is not there, and compatibility.py gives no reason in NOT_YET")


def ask(server):
    """name -> what COMMAND INFO says of it."""
    names = sorted(server.ask(b"COMMAND", b"LIST"))
    infos = server.ask(b"COMMAND", b"INFO", *names)
    return {name.decode(): described(info) for name, info in zip(names, infos)}


def sent_by_scripts():
    """Script -> the commands as it sends them, in lower case, one a line."""
    sent = {}
    for path in sorted(SCRIPTS.rglob("*.resp")):
        lines = re.findall(r'^(?:\d*> |@raw ).*$', path.read_text(encoding="utf-8"), re.MULTILINE)
        sent[path] = "\n".join(lines).lower()
    return sent


def script_of(name, sent):
    """A link to the script that proves a command: the one named after it, or the first that sends it."""
    words = r"^\d*> *" + r'"?\s+"?'.join(re.escape(word) for word in name.split("|")) + r"\b"
    found = [path for path, lines in sent.items() if re.search(words, lines, re.MULTILINE)]
    if not found:
        raise pages.PageError(f"the server has {name}, but no script in tests/scripts sends it")
    own = [path for path in found if path.stem == name.replace("|", "_")]
    path = (own or found)[0]
    return f"[{path.name}](../{path.relative_to(pages.ROOT).as_posix()})"


def check_tables(have, contract):
    """The reasons must be about something."""
    for name in DIFFERS:
        if name not in contract:
            raise pages.PageError(f"DIFFERS names {name}, which is not in the contract")
    for name in have:
        if name not in contract and name not in BEYOND:
            raise pages.PageError(f"the server has {name}, which neither the contract nor BEYOND knows")
    for name, info in have.items():
        if name in contract and info != promised(contract[name]) and not contract[name].get("is_container"):
            expected = promised(contract[name])
            fields = ", ".join(f"{field} {info[field]} for {expected[field]}" for field in info if info[field] != expected[field])
            raise pages.PageError(f"{name} is described otherwise than in the contract: {fields}")


def state_of(row, have, contract):
    """(state, note) of one command of the contract."""
    name = row["name"]
    if name not in have:
        return "not yet", reason_of(name, row["group"])
    note = DIFFERS.get(name, "")
    subcommands = [other for other in contract if other.startswith(name + "|")]
    there = sum(other in have for other in subcommands)
    if there < len(subcommands):
        note = f"{there} of {len(subcommands)} subcommands so far"
    return ("differs" if note else "done"), note


def group_tables(contract, have):
    sections, summary, sent = [], [], sent_by_scripts()
    for group in GROUPS:
        rows = sorted((row for row in contract.values() if row["group"] == group), key=lambda row: row["name"])
        states = {row["name"]: state_of(row, have, contract) for row in rows}
        counts = [sum(state == wanted for state, _ in states.values()) for wanted in ("done", "differs", "not yet")]
        summary.append([group, *(str(count) for count in counts), str(len(rows))])
        lines = []
        for name, (state, note) in states.items():
            container = contract[name].get("is_container")
            proof = script_of(name, sent) if name in have and not container else ""
            lines.append(["`" + name.upper().replace("|", " ") + "`", state, proof, note])
        sections.append(f"### {group}\n\n" + pages.table(["command", "state", "script", "note"], lines))
    totals = [str(sum(int(line[column]) for line in summary)) for column in range(1, 5)]
    summary.append(["**all**", *totals])
    overview = pages.table(["group", "done", "differs", "not yet", "of"], summary)
    beyond = pages.table(["beside the contract", ""], [["`" + n.upper() + "`", t] for n, t in BEYOND.items() if n in have])
    return overview + "\n\n" + beyond, "\n\n".join(sections)


def parts_of(server):
    with open(CONTRACT, encoding="utf-8") as file:
        contract = {row["name"]: row for row in json.load(file)["commands"]}
    missing = {row["group"] for row in contract.values()} - set(GROUPS)
    if missing:
        raise pages.PageError(f"groups without a place in GROUPS: {sorted(missing)}")
    have = ask(server)
    check_tables(have, contract)
    overview, commands = group_tables(contract, have)
    return {"overview": overview, "commands": commands}


if __name__ == "__main__":
    sys.exit(pages.main("compatibility", "docs/compatibility.md", parts_of, sys.argv[1:]))
