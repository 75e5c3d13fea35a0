# SPDX-License-Identifier: BSD-3-Clause
"""Which random commands may be sent at all: a damaged command can be anything, and some things must not happen.

Not sent: what ends or stalls a server or the connection, what makes gigabytes, what makes the replies that follow
depend on the clock (a deadline within the next day, or the same distance from now twice under a GT or LT), and what changes settings that
the families did not mean to change. And nothing whose outcome the servers themselves leave to chance.
"""

import time

from vocabulary import LEX_KEYS, LONGEST_TTL_SECONDS, SET_LIMITS, SHORTEST_TTL_SECONDS

_DAY_SECONDS = 86400
_NOW_SECONDS = int(time.time())
_LARGEST_OFFSET = 1000
_STRING_LIMIT = 512 * 1024 * 1024
_MOST_DRAWN = 1000
_LARGEST_SET = 1000
_INT64 = range(-(1 << 63), 1 << 63)


def _integer(text):
    """The number that a server reads here, or None when it reads none."""
    try:
        value = int(text)
    except ValueError:
        return None
    return value if value in _INT64 and b"%d" % value == text else None


def _relative_ok(text, milliseconds, conditional):
    value = _integer(text)
    if value is None or value <= 0:
        return True
    seconds = value / 1000 if milliseconds else value
    if seconds < SHORTEST_TTL_SECONDS:
        return False
    return seconds <= LONGEST_TTL_SECONDS or not conditional or seconds > 1e13


def _absolute_ok(text, milliseconds):
    value = _integer(text)
    if value is None:
        return True
    seconds = value / 1000 if milliseconds else value
    return abs(seconds - _NOW_SECONDS) > _DAY_SECONDS


def _deadline_words_ok(args):
    """EX, PX, EXAT and PXAT wherever they stand."""
    for word, text in zip(args, args[1:]):
        upper = word.upper()
        if upper in (b"EX", b"PX") and not _relative_ok(text, upper == b"PX", False):
            return False
        if upper in (b"EXAT", b"PXAT") and not _absolute_ok(text, upper == b"PXAT"):
            return False
    return True


def _expire_ok(args):
    return len(args) < 3 or _relative_ok(args[2], args[0][:1] in b"pP", len(args) > 3)


def _expire_at_ok(args):
    return len(args) < 3 or _absolute_ok(args[2], args[0][:1] in b"pP")


def _field_expire_ok(args):
    return len(args) < 3 or _relative_ok(args[2], args[0][1:2] in b"pP", True)


def _field_expire_at_ok(args):
    return len(args) < 3 or _absolute_ok(args[2], args[0][1:2] in b"pP")


def _setrange_ok(args):
    offset = _integer(args[2]) if len(args) > 2 else None
    return offset is None or offset <= _LARGEST_OFFSET or offset >= _STRING_LIMIT


def _lset_ok(args):
    """Redis 8.0 keeps the lower 32 bits of this index, and so changes an element that was not meant."""
    index = _integer(args[2]) if len(args) > 2 else None
    return index is None or -(1 << 31) <= index < 1 << 31


def _draw_ok(args):
    count = _integer(args[2]) if len(args) > 2 else None
    return count is None or count >= -_MOST_DRAWN


def _pop_ok(args):
    """Only what takes nothing or all: which of the members go is a matter of chance."""
    if len(args) != 3:
        return len(args) != 2
    count = _integer(args[2])
    return count is None or count <= 0 or count > _LARGEST_SET


def _subcommand(*allowed):
    words = frozenset(allowed)
    return lambda args: len(args) < 2 or args[1].upper() in words


def _client_ok(args):
    word = args[1].upper() if len(args) > 1 else b""
    if word == b"KILL":
        return tuple(args[2:]) in HARMLESS_KILLS
    if word == b"REPLY":
        return args[2:3] not in ([b"OFF"], [b"SKIP"]) and args[2:3] and args[2].upper() not in (b"OFF", b"SKIP")
    return word not in (b"PAUSE", b"UNBLOCK", b"TRACKING", b"CACHING", b"NO-TOUCH", b"IMPORT-SOURCE", b"CAPA") or len(args) == 2


HARMLESS_KILLS = frozenset(
    [(), (b"ID",), (b"ID", b"abc"), (b"ID", b"999999999"), (b"127.0.0.1:1",), (b"ADDR", b"127.0.0.1:1"), (b"TYPE", b"nosuch"),
     (b"USER", b"nosuch"), (b"SKIPME", b"maybe"), (b"LADDR", b"127.0.0.1:1"), (b"nosuch", b"1"), (b"ID", b"0"), (b"ID", b"-1")]
)  # fmt: skip
_SETTABLE = (
    b"zset-max-listpack-entries", b"zset-max-listpack-value", b"hash-max-listpack-entries", b"hash-max-listpack-value",
    b"set-max-listpack-value", b"hll-sparse-max-bytes", b"stream-node-max-entries", b"stream-node-max-bytes", b"no-such-setting",
)  # fmt: skip
_SET_LIMIT_NAMES = [b"set-max-intset-entries", b"set-max-listpack-entries"]


def _config_ok(args):
    word = args[1].upper() if len(args) > 1 else b""
    if word == b"SET":
        pairs = [(name.lower(), value) for name, value in zip(args[2::2], args[3::2])]
        if tuple(value for _, value in pairs) in SET_LIMITS and [name for name, _ in pairs] == _SET_LIMIT_NAMES:
            return len(args) == 6
        return all(name in _SETTABLE or (name, value) == (b"maxmemory", b"abc") for name, value in pairs)
    return word != b"REWRITE"


def _command_ok(args):
    """Not what lists every command there is: the servers may have different ones."""
    if len(args) == 1:
        return False
    if args[1].upper() == b"COUNT":
        return True
    return len(args) > 2 or args[1].upper() not in (b"INFO", b"DOCS", b"LIST")


def _restore_ok(args):
    absolute = any(arg.upper() == b"ABSTTL" for arg in args[4:])
    return len(args) < 3 or (_absolute_ok(args[2], True) if absolute else _relative_ok(args[2], True, False))


_NEVER = frozenset(
    b"SHUTDOWN QUIT MONITOR SUBSCRIBE PSUBSCRIBE SSUBSCRIBE SYNC PSYNC REPLICAOF SLAVEOF FAILOVER SAVE BGSAVE BGREWRITEAOF "
    b"PUNSUBSCRIBE UNSUBSCRIBE SUNSUBSCRIBE MODULE MIGRATE ACL SCRIPT FUNCTION CLUSTER REPLCONF".split()
)


_AHEAD = b"ahead"
_AHEAD_COMMANDS = frozenset((b"DEL", b"XTRIM", b"XLEN", b"XRANGE", b"XREVRANGE", b"XINFO", b"XDEL", b"TYPE", b"OBJECT"))


def _xadd_ok(args):
    """An id that follows from the clock may only be asked of the stream that is ahead of it; see families/streams.py."""
    if _AHEAD in args:
        made = args[2:3] == [b"NOMKSTREAM"] or args[2:3] and args[2].startswith(b"99999999999999-")
        return args.index(_AHEAD) == 1 and args.count(_AHEAD) == 1 and bool(made)
    return b"*" not in args[2:]


def _ahead_ok(word, args):
    return _AHEAD not in args or word in _AHEAD_COMMANDS or word == b"XADD"


def _claim_ok(args):
    """Idle times and moments that are compared: none within what a run takes. Redis drops a moment that lies ahead."""
    for word, text in zip(args[1:], args[2:]):
        time_word = word.upper()
        number = _integer(text) if time_word in (b"IDLE", b"TIME") else None
        if number is not None and (0 < number < 500_000 or time_word == b"TIME" and abs(number - _NOW_SECONDS * 1000) < 86_400_000):
            return False
    idle = _integer(args[4]) if len(args) > 4 else None
    return idle is None or not 0 < idle < 500_000


def _pending_ok(args):
    return all(word.upper() != b"IDLE" or not 0 < (_integer(text) or 0) < 500_000 for word, text in zip(args, args[1:]))


_LONGEST_WAIT_SECONDS = 0.02


def _wait_ok(text, seconds):
    """A wait that is over at once, or never begins because the time cannot be read."""
    try:
        value = float(text) if seconds else int(text)
    except ValueError:
        return True
    if text.strip() != text or not text.isascii():
        return False
    wait = value * (1 if seconds else 0.001)
    # Not a little less than nothing: servers take it for 0, which is for ever.
    return wait <= -0.001 or value != value or 1e-4 <= wait <= _LONGEST_WAIT_SECONDS or value > 1e30


def _waits_last_ok(args):
    return len(args) < 2 or _wait_ok(args[-1], True)


def _waits_first_ok(args):
    return len(args) < 2 or _wait_ok(args[1], True)


def _read_ok(args):
    return all(word.upper() != b"BLOCK" or _wait_ok(time_word, False) for word, time_word in zip(args, args[1:]))


def _wait_for_replicas_ok(args):
    return _wait_ok(args[-1], False)


_LEX_COMMANDS = (b"ZRANGEBYLEX", b"ZREVRANGEBYLEX", b"ZLEXCOUNT", b"ZREMRANGEBYLEX")
_LEX_READERS_AND_REMOVERS = (b"DEL", b"ZREM", b"ZCARD", b"MOVE", b"SET", b"ZRANGE", b"ZSCORE", b"EXISTS", b"TYPE", b"ZRANK", b"OBJECT")


def _lex_ok(word, args):
    """Ranges by name only on sets of equal scores, and those sets only changed so that their scores stay equal."""
    keys = [arg in LEX_KEYS for arg in args[1:3]]
    if word in _LEX_COMMANDS or any(arg.upper() == b"BYLEX" for arg in args):
        return keys == [True, True] if word == b"ZRANGESTORE" else keys[:1] != [False]
    if word == b"ZADD" and keys[:1] == [True]:
        pairs = args[2:]
        while pairs and pairs[0].upper() in (b"NX", b"XX", b"CH"):
            del pairs[0]
        return len(pairs) % 2 == 0 and all(score == b"0" for score in pairs[::2])
    if word in (b"RENAME", b"RENAMENX", b"COPY"):
        return len(keys) < 2 or keys[0] == keys[1]
    return word in _LEX_READERS_AND_REMOVERS or not any(arg in LEX_KEYS for arg in args)


_RULES = {
    b"RESTORE": _restore_ok, b"RESTORE-ASKING": _restore_ok,
    b"EXPIRE": _expire_ok, b"PEXPIRE": _expire_ok, b"SETEX": _expire_ok, b"PSETEX": _expire_ok,
    b"HEXPIRE": _field_expire_ok, b"HPEXPIRE": _field_expire_ok, b"HEXPIREAT": _field_expire_at_ok,
    b"HPEXPIREAT": _field_expire_at_ok,
    b"EXPIREAT": _expire_at_ok, b"PEXPIREAT": _expire_at_ok, b"SETRANGE": _setrange_ok, b"ZRANDMEMBER": _draw_ok,
    b"SRANDMEMBER": _draw_ok, b"HRANDFIELD": _draw_ok, b"CLIENT": _client_ok, b"CONFIG": _config_ok,
    b"COMMAND": _command_ok, b"LSET": _lset_ok, b"SPOP": _pop_ok,
    b"SET": _deadline_words_ok, b"GETEX": _deadline_words_ok, b"MSETEX": _deadline_words_ok, b"HSETEX": _deadline_words_ok,
    b"HGETEX": _deadline_words_ok,
    b"XADD": _xadd_ok, b"XCLAIM": _claim_ok, b"XAUTOCLAIM": _claim_ok, b"XPENDING": _pending_ok, b"XREAD": _read_ok, b"XREADGROUP": _read_ok,
    b"BLPOP": _waits_last_ok, b"BRPOP": _waits_last_ok, b"BLMOVE": _waits_last_ok, b"BRPOPLPUSH": _waits_last_ok,
    b"BZPOPMIN": _waits_last_ok, b"BZPOPMAX": _waits_last_ok, b"BLMPOP": _waits_first_ok, b"BZMPOP": _waits_first_ok,
    b"WAIT": _wait_for_replicas_ok, b"WAITAOF": _wait_for_replicas_ok,
    b"DBSIZE": lambda args: len(args) > 1,
    b"DEBUG": _subcommand(b"NOSUCH", b"OBJECT", b"JMAP"), b"MEMORY": _subcommand(b"USAGE", b"NOSUCH", b"HELP", b"DOCTOR", b"MALLOC-STATS", b"PURGE", b"STATS"),
}  # fmt: skip


def allowed(args):
    word = args[0].upper()
    if word == b"~DRAW" and len(args) > 1:
        return allowed(args[1:])
    if word in _NEVER or not _lex_ok(word, args) or not _ahead_ok(word, args):
        return False
    rule = _RULES.get(word)
    return rule is None or bool(rule(args))
