# SPDX-License-Identifier: BSD-3-Clause
"""Server commands: the whole keyspace, what the server says about commands and settings, and the errors of the rest.

`~DBSIZE` is a DBSIZE after a walk over all keys, which has removed what had expired.
"""

from vocabulary import pick

_NAMES = (
    b"get", b"SET", b"getex", b"incrbyfloat", b"mset", b"lcs", b"append", b"setrange", b"del", b"copy", b"expire", b"scan", b"rename",
    b"move", b"zadd", b"zrange", b"zunionstore", b"zinter", b"zmpop", b"zscan", b"zrandmember", b"zrangestore", b"ping", b"echo",
    b"select", b"dbsize", b"flushall", b"nosuch", b"swapdb", b"touch", b"zintercard", b"persist", b"randomkey",
)  # fmt: skip


def name(random):
    return pick(random, _NAMES)


def glob(random):
    return pick(random, (b"incr*", b"decr*", b"zr*", b"no*such", b"z?ank", b"getdel"))


SLOTS = {"name": name, "glob": glob}

ROWS = (
    (1, "~DBSIZE"),
    (0.2, "DBSIZE {option}"),
    (0.06, "FLUSHDB ?[ASYNC | SYNC | {option}]"),
    (0.02, "FLUSHALL ?[ASYNC | SYNC | {option}]"),
    (0.5, "[FLUSHDB | FLUSHALL] {nonsense}"),
    (0.5, "COMMAND GETKEYS [{name} {key}* | GET {key} | MSET ({key} {value})+ | ZUNIONSTORE {key} {counted_keys}]"),
    (0.5, "COMMAND GETKEYS [SET {key} {value} GET | ZADD {key} 1 a | COPY {key} {key} | ZMPOP {counted_keys} MIN]"),
    (0.5, "COMMAND GETKEYSANDFLAGS [SET {key} {value} ?GET | GET {key} | MSET ({key} {value})+ | COPY {key} {key}]"),
    (0.5, "COMMAND [GETKEYS | GETKEYSANDFLAGS] [ZMPOP {counted_keys} MIN | ZINTER {counted_keys} | ZRANGESTORE {key} {key} 0 1]"),
    (0.5, "COMMAND INFO {name}+"),
    (0.3, "COMMAND DOCS {name}"),
    (0.1, "COMMAND LIST FILTERBY [PATTERN {glob} | MODULE nosuch | ACLCAT nosuch | {option}]"),
    (0.4, "COMMAND {nonsense} {value}*"),
    (0.5, "CONFIG GET [maxmemory | zset-max-listpack-entries | zset-max-listpack-value | nosuch | {nonsense}]+"),
    (0.5, "CONFIG SET [no-such-setting {value} | maxmemory abc | maxmemory | no-such-setting 1 no-such-setting 2]"),
    (0.4, "CONFIG [{nonsense} {value}* | GET | SET | RESETSTAT {value}]"),
    (0.4, "MEMORY [USAGE {key} ?(SAMPLES {integer}) | USAGE {key} {option} | {nonsense} {value}* | USAGE]"),
    (0.3, "DEBUG [{nonsense} {value}* | OBJECT {key} | JMAP]"),
    (0.2, "[TIME | LASTSAVE] ?{nonsense}"),
    (0.2, "SLOWLOG [LEN | GET {nonsense} | {nonsense} | HELP]"),
    (0.2, "SWAPDB {value} {value}"),
    (0.1, "ROLE ?{option}"),
    (0.1, "INFO [server | clients | keyspace | everything | nosuch]"),
    (0.1, "CONFIG [RESETSTAT | HELP]"),
    (0.1, "SLOWLOG RESET"),
    (0.1, "MEMORY [DOCTOR | HELP | MALLOC-STATS | PURGE | STATS]"),
    (0.1, "COMMAND [HELP | COUNT]"),
)
