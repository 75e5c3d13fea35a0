# SPDX-License-Identifier: BSD-3-Clause
"""Connection commands: greetings, the selected database, names, and the errors of the rest."""

ROWS = (
    (1, "PING ?{text}"),
    (1, "ECHO {text}"),
    (0.05, "ECHO {blob}"),
    (6, "SELECT {db}"),
    (1, "CLIENT GETNAME"),
    (1, "CLIENT SETNAME {value}"),
    (0.6, "CLIENT SETINFO [LIB-NAME | LIB-VER | NOSUCH] {value}"),
    (0.3, "CLIENT [ID | INFO | LIST | HELP]"),
    (0.3, "CLIENT NO-EVICT [ON | OFF | {option}]"),
    (0.2, "CLIENT NO-TOUCH"),
    (0.2, "CLIENT REPLY [ON | {nonsense}]"),
    (0.3, "CLIENT LIST [ID {integer} | TYPE {option} | {option}]"),
    (0.5, "CLIENT KILL ?[{nonsense} | ID | ID {integer} | ADDR {text} | TYPE nosuch | USER nosuch | SKIPME maybe]"),
    (0.5, "CLIENT {nonsense} {value}*"),
    (0.2, "CLIENT"),
    (0.3, "HELLO [4 | 1 | {option} | {nonsense}] ?SETNAME"),
    (0.2, "RESET"),
    (0.1, "[READONLY | READWRITE]"),
    (0.3, "AUTH [{text} | nosuch {text} | default {text}] ?{text}"),
    (0.5, "{nonsense} {value}*"),
)
