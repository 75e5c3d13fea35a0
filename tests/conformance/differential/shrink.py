# SPDX-License-Identifier: BSD-3-Clause
"""From the commands of a round to the few that still show a difference.

First everything after the difference is dropped, then blocks of halving size (delta debugging: Zeller and Hildebrandt,
"Simplifying and Isolating Failure-Inducing Input", 2002), then arguments in pairs and one by one. `fails` plays a list of commands from an empty server
and says whether the same difference is still seen.
"""


import time


def shrink(commands, fails, budget=1500, budget_seconds=120):
    """The shortest list found within so many trials and seconds. Requires: fails(commands)."""
    trials = _Trials(fails, budget, time.monotonic() + budget_seconds)
    shortest = _fewer(list(commands), trials)
    return _shorter(shortest, trials)


class _Trials:
    def __init__(self, fails, budget, end):
        self._fails, self._left, self._end = fails, budget, end

    def spent(self):
        return self._left <= 0 or time.monotonic() > self._end

    def fails(self, commands):
        if self.spent():
            return False
        self._left -= 1
        return bool(self._fails(commands))


def _fewer(commands, trials):
    size = max(1, len(commands) // 2)
    while True:
        start, removed = 0, False
        while start < len(commands):
            candidate = commands[:start] + commands[start + size :]
            if candidate and trials.fails(candidate):
                commands, removed = candidate, True
            else:
                start += size
        if (size == 1 and not removed) or trials.spent():
            return commands
        size = max(1, size // 2)


def _shorter(commands, trials):
    for place in range(len(commands)):
        for width in (2, 1):
            start = len(commands[place]) - width
            while start > 0:
                shorter = commands[place][:start] + commands[place][start + width :]
                candidate = commands[:place] + [shorter] + commands[place + 1 :]
                if trials.fails(candidate):
                    commands = candidate
                start = min(start - 1, len(commands[place]) - width)
    return commands


def cli_line(command):
    """The command as redis-cli takes it."""
    if command[0].upper() == b"~WALK":
        return cli_line(command[1:]) + "   # followed from cursor 0 until cursor 0"
    if command[0].upper() == b"~DBSIZE":
        return "DBSIZE   # after a SCAN from cursor 0 until cursor 0"
    if command[0].upper() == b"~DRAW":
        return cli_line(command[1:]) + "   # then look up what was drawn"
    if command[0].upper() == b"~POP":
        return cli_line(command[1:]) + "   # then look up what went, and put it back"
    if command[0].upper() == b"~EXCHANGE":
        return cli_line((b"DUMP", command[1])) + "   # then RESTORE under " + cli_line(command[2:]) + " what either server gave"
    if command[0].upper() == b"~EXPIRE":
        key, fields = command[1:2], command[2:]
        if fields:
            return cli_line((b"HPEXPIRE", *key, b"1", b"FIELDS", b"1", fields[0])) + "   # then wait until the field is gone"
        return cli_line((b"PEXPIRE", *key, b"1")) + "   # then wait until the key is gone"
    return " ".join(map(_quoted, command))


def _quoted(argument):
    if argument and all(33 <= byte < 127 and byte not in b"\"'\\#" for byte in argument):
        return argument.decode()
    out = []
    for byte in argument:
        if byte in b'"\\':
            out.append("\\" + chr(byte))
        else:
            out.append(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}")
    return '"' + "".join(out) + '"'
