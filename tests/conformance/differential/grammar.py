# SPDX-License-Identifier: BSD-3-Clause
"""Random commands from one-line grammars.

A family of commands is a table of rows (weight, grammar). A grammar is the command as one would write
it in a manual, and compiles once into a tree of small functions:

    WORD        the word itself, in upper, lower or mixed case
    {slot}      one or more arguments made by the function that vocabulary.SLOTS has under this name
    ?X          X or nothing
    [X | Y]     one of them
    <X | Y>     some of them, in any order (options whose order does not matter)
    (X Y)       X, then Y: parentheses only group
    X+  X*      X one to four times; X no to three times

Every made command may then be damaged (a word too many, one too few, a wrong number), which is where the
errors that nobody thought of come from.
"""

import re

_TOKEN = re.compile(r"[\[\]<>()|?+*]|\{\w+\}|[\w~-]+")


def compile_grammar(text, slots):
    """Returns function(random, out): appends the arguments of one random command to the list out."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise ValueError(f"cannot read the grammar: {text} -> {tokens}")
    rest = list(reversed(tokens))
    node = _sequence(rest, slots, "")
    if rest:
        raise ValueError(f"unbalanced bracket in: {text}")
    return node


def _sequence(rest, slots, closers):
    parts = []
    while rest and rest[-1] not in closers.split(" "):
        parts.append(_one(rest, slots))
    if len(parts) == 1:
        return parts[0]

    def sequence(random, out):
        for part in parts:
            part(random, out)

    return sequence


def _one(rest, slots):
    if rest[-1] == "?":
        rest.pop()
        return _optional(_one(rest, slots))
    part = _plain(rest, slots)
    if rest and rest[-1] in "+*":
        part = _repeated(part, 1 if rest.pop() == "+" else 0)
    return part


def _plain(rest, slots):
    token = rest.pop()
    if token == "(":
        return _bracket(rest, slots, ")")[0]
    if token == "[":
        return _choice(_bracket(rest, slots, "]"))
    if token == "<":
        return _some(_bracket(rest, slots, ">"))
    if token[0] == "{":
        return _slot(slots[token[1:-1]])
    if token in "])>|+*":
        raise ValueError(f"{token} where a word should be")
    return _word(token)


def _bracket(rest, slots, closer):
    branches = [_sequence(rest, slots, f"| {closer}")]
    while rest and rest[-1] == "|":
        rest.pop()
        branches.append(_sequence(rest, slots, f"| {closer}"))
    if not rest or rest.pop() != closer:
        raise ValueError(f"no closing {closer}")
    return branches


def _word(token):
    forms = [token.upper().encode()] * 6 + [token.lower().encode()] * 3 + [token.capitalize().encode()]

    def word(random, out):
        out.append(forms[int(random.random() * 10)])

    return word


def _slot(make):
    def slot(random, out):
        made = make(random)
        if isinstance(made, bytes):
            out.append(made)
        else:
            out.extend(made)

    return slot


def _optional(part):
    def optional(random, out):
        if random.random() < 0.5:
            part(random, out)

    return optional


def _choice(branches):
    def choice(random, out):
        branches[int(random.random() * len(branches))](random, out)

    return choice


def _some(branches):
    def some(random, out):
        chosen = [branch for branch in branches if random.random() < 0.35]
        random.shuffle(chosen)
        for branch in chosen:
            branch(random, out)

    return some


def _repeated(part, least):
    def repeated(random, out):
        for _ in range(least + int(random.random() * 4)):
            part(random, out)

    return repeated


class Stream:
    """An endless stream of commands from the rows of some families: the same for the same random source."""

    def __init__(self, rows, slots, spoil, allowed, damage_rate=0.04):
        self._rows = [compile_grammar(text, slots) for _, text in rows]
        total, self._bounds = 0.0, []
        for weight, _ in rows:
            total += weight
            self._bounds.append(total)
        self._spoil, self._allowed, self._damage_rate = spoil, allowed, damage_rate

    def take(self, random, count):
        """The next `count` commands, each a tuple of bytes."""
        made = []
        while len(made) < count:
            out = []
            random.choices(self._rows, cum_weights=self._bounds)[0](random, out)
            if random.random() < self._damage_rate:
                out = self._spoil(random, out)
            if self._allowed(out):
                made.append(tuple(out))
        return made
