# SPDX-License-Identifier: BSD-3-Clause
"""Which commands of the contract the grammars send, and why the others are not sent.

A command that is in neither list, or in both, makes a test fail: so a new command gets a row, or a reason.
"""

import collections
import json
import pathlib
import random

from families import FAMILIES
from grammar import compile_grammar

CONTRACT = pathlib.Path(__file__).resolve().parents[1] / "contract" / "commands.json"
_TRIES = 150

# Reason -> commands; a name with a star stands for the command and all its subcommands.
_NOT_SENT = {
    "it ends the server, the connection or what the server otherwise does, or takes long": "shutdown quit failover migrate module*",
    "it writes files, of which the servers here have none": "save bgsave bgrewriteaof config|rewrite",
    "it turns the connection into a stream of something else": (
        "monitor sync psync replconf subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe client|tracking client|caching "
        "client|getredir client|trackinginfo client|capa client|import-source"
    ),
    "it makes another server of it": "replicaof slaveof",
    "it holds up all clients, or another one": "client|pause client|unpause client|unblock",
    "it is about a cluster, and each server here is alone": "asking cluster* clusterscan",
    "it runs a program, which needs a grammar of its own": "eval eval_ro evalsha evalsha_ro fcall fcall_ro function* script*",
    "it changes who may do what; the answers are tested by scripts": "acl*",
    "it tells how fast or how busy the server was": "latency* commandlog* lolwut",
    "Redis 8.0 fails it, or never ends it, once hll-sparse-max-bytes is not the usual one": "pfselftest",
}


class _Marks(dict):
    """For every slot an argument that is no word of any command."""

    def __missing__(self, name):
        return lambda _random: b"\x00"


def heads(text):
    """The pairs of the first two words, in upper case, that a grammar makes."""
    make, source, found = compile_grammar(text, _Marks()), random.Random(1), set()
    for _ in range(_TRIES):
        out = []
        make(source, out)
        words = [word.upper().decode("latin-1") for word in out]
        if words[0] in ("~WALK", "~DRAW", "~POP"):
            del words[0]
        found.add((words[0], words[1] if len(words) > 1 else ""))
    return found


def words(rows):
    """The command words, in upper case, that these rows make; without the runner's own, which begin with ~."""
    return {word for _, text in rows for word, _ in heads(text) if word[0] not in "~\x00"}


def contract():
    return [command["name"] for command in json.loads(CONTRACT.read_text())["commands"]]


def sent(names):
    """The commands among these names that some family has a row for."""
    known, found = set(names), set()
    for family in FAMILIES.values():
        for _, text in (*family.ROWS, *getattr(family, "VALKEY_ROWS", ())):
            for word, second in heads(text):
                found |= {word.lower(), f"{word}|{second}".lower()} & known
    return found


def not_sent(names):
    """name -> the reasons given, for the commands among these names that have any."""
    reasons = collections.defaultdict(list)
    for reason, patterns in _NOT_SENT.items():
        for pattern in patterns.split():
            for name in names:
                stem = pattern.rstrip("*").rstrip("|")
                if name == pattern or pattern.endswith("|*") and name == stem or pattern.endswith("*") and (name + "|").startswith(stem + "|"):
                    reasons[name].append(reason)
    return dict(reasons)


def report():
    """Lines for a person: how many commands are sent, and why each other one is not."""
    names = contract()
    covered, reasons = sent(names), not_sent(names)
    yield f"{len(covered)} of {len(names)} commands of the contract have a row; not sent:"
    grouped = collections.defaultdict(list)
    for name in names:
        if name not in covered:
            grouped[", ".join(reasons.get(name, ["NO REASON"]))].append(name)
    for reason, those in grouped.items():
        yield f"  {reason}: {' '.join(those)}"
