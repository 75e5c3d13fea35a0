# SPDX-License-Identifier: BSD-3-Clause
"""Walks, draws, and the comparison of everything that two servers hold.

The comparison is made of ordinary commands whose replies are judged like any others; it is written down as a list
of (command, reply of A, reply of B) so that a difference in the keyspace is shown just as one in a reply.
"""

from link import exchange
from resp import NULL, Tagged, is_error, items_of, pairs_of

_CONTENTS = {
    b"string": lambda key: (b"GET", key),
    b"zset": lambda key: (b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"),
    b"hash": lambda key: (b"HGETALL", key),
    b"list": lambda key: (b"LRANGE", key, b"0", b"-1"),
    b"set": lambda key: (b"SMEMBERS", key),
    b"stream": lambda key: (b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"),
}
_WALK_LIMIT = 100_000
POPS = (b"SPOP",)
SCANS = (b"SCAN", b"ZSCAN", b"SSCAN", b"HSCAN")
DRAWS = {
    b"RANDOMKEY": lambda _command, drawn: (b"EXISTS",) + drawn,
    b"ZRANDMEMBER": lambda command, drawn: (b"ZMSCORE", command[1]) + drawn,
    b"SRANDMEMBER": lambda command, drawn: (b"SMISMEMBER", command[1]) + drawn,
    b"HRANDFIELD": lambda command, drawn: (b"HMGET", command[1]) + drawn,
}


def walk(link, command):
    """Follows a scan from cursor 0 back to 0. Returns the first reply that is no page, or all that was found, in order."""
    word = command[0].upper()
    place = 1 if word == b"SCAN" else 2
    if len(command) < place:
        return _ask(link, command)
    cursor, found = b"0", []
    for _ in range(_WALK_LIMIT):
        page = _ask(link, command[:place] + (cursor,) + command[place:])
        if not (isinstance(page, list) and len(page) == 2 and isinstance(page[1], list)):
            return page
        cursor = page[0]
        items = page[1]
        single = word in (b"SCAN", b"SSCAN") or any(option.upper() in (b"NOVALUES", b"NOSCORES") for option in command[place:])
        found += items if single else zip(items[::2], items[1::2])
        if cursor == b"0":
            return Tagged("found", [list(item) if isinstance(item, tuple) else item for item in sorted(set(found))])
    return Tagged("found", f"no end of the scan after {_WALK_LIMIT} pages")


def draw(link, command):
    """Draws at random and looks up what was drawn. Returns how many there were, how many distinct ones, and how many that do exist.

    The number of distinct ones is left out for a negative count, where it is a matter of chance.
    """
    reply = _ask(link, command)
    drawn = tuple(reply) if isinstance(reply, list) else (reply,)
    if len(command) > 3 and isinstance(reply, list):
        return Tagged("found", f"{len(reply)} drawn, with scores")
    if not drawn or not all(isinstance(name, bytes) for name in drawn):
        return reply
    found = _ask(link, DRAWS[command[0].upper()](command, drawn))
    present = sum(value not in (None, NULL) for value in found) if isinstance(found, list) else found
    repeats = len(command) > 2 and command[2].startswith(b"-")
    facts = f"{len(drawn)} drawn, {'any' if repeats else len(set(drawn))} distinct, {present} present"
    return Tagged("found", facts + ("" if isinstance(reply, list) else ", not as an array"))


def pop(link, command):
    """Takes members out at random, then makes the set anew, for its form may depend on which ones went.

    Returns how many there were, and whether they had been there and then were not.
    """
    before = _members(link, command[1])
    reply = _ask(link, command)
    popped = [reply] if isinstance(reply, bytes) else items_of(reply)
    if before is None or not popped:
        return reply
    after = _members(link, command[1])
    right = set(popped) | after == before and len(popped) == len(before) - len(after)
    _ask(link, (b"DEL", command[1]))
    _ask(link, (b"SADD", command[1]) + tuple(sorted(before)))
    shape = type(reply).__name__ + getattr(reply, "kind", "")
    return Tagged("found", f"{len(popped)} popped as {shape}, {'all right' if right else 'wrong'}")


def _members(link, key):
    members = items_of(_ask(link, (b"SMEMBERS", key)))
    return None if members is None else set(members)


def _ask(link, command):
    exchange([link], [command])
    return link.replies(1)[0][1]


def contents(links, databases):
    """Yields (command, reply of A, reply of B) for all that the servers hold, on connections of its own."""
    for number in range(databases):
        select = (b"SELECT", b"%d" % number)
        yield from _both(links, [select])
        walks = [walk(link, (b"SCAN", b"COUNT", b"100")) for link in links]
        yield (b"~WALK", b"SCAN"), walks[0], walks[1]
        if walks[0] != walks[1] or not isinstance(walks[0].value, list):
            return
        yield from _both(links, [(b"DBSIZE",)])
        yield from _both(links, [ask + (key,) for key in walks[0].value for ask in _ABOUT])
        exchange(links, [(b"TYPE", key) for key in walks[0].value])
        types = [value.value for _, value in links[1].replies(len(walks[0].value)) if isinstance(value, Tagged)]
        readers = [_CONTENTS[kind](key) for kind, key in zip(types, walks[0].value) if kind in _CONTENTS]
        yield from _both(links, readers)
        hashes = [key for kind, key in zip(types, walks[0].value) if kind == b"hash"]
        yield from _both(links, _deadlines_of_fields(links[1], hashes))


def _deadlines_of_fields(link, keys):
    """The commands that ask for the deadlines of all fields, where the server knows of such."""
    commands = []
    for key in keys:
        fields = _ask(link, (b"HKEYS", key))
        command = (b"HPEXPIRETIME", key, b"FIELDS", b"%d" % len(fields)) + tuple(sorted(fields)) if fields else None
        if command and not is_error(_ask(link, command)):
            commands.append(command)
    return commands


_ABOUT = ((b"TYPE",), (b"PEXPIRETIME",), (b"OBJECT", b"ENCODING"))


def _both(links, commands):
    if not commands:
        return
    exchange(links, commands)
    for command, (_, a), (_, b) in zip(commands, links[0].replies(len(commands)), links[1].replies(len(commands))):
        yield command, a, b


def size(link):
    """DBSIZE after a walk: without one, keys that a SET gave a deadline of the past are counted until something meets them."""
    walk(link, (b"SCAN", b"COUNT", b"1000"))
    return _ask(link, (b"DBSIZE",))


def exchange_value(links, key, other):
    """Dumps the key on both links and restores each of the two payloads on both.

    Returns for each link what DUMP said when there was nothing, else what both payloads became there. That of the first stays.
    """
    dumped = [_ask(link, (b"DUMP", key)) for link in links]
    if not all(isinstance(payload, bytes) for payload in dumped):
        return [isinstance(payload, bytes) or payload for payload in dumped]
    return [Tagged("found", [_restored(link, other, payload) for payload in reversed(dumped)]) for link in links]


def _restored(link, key, payload):
    """The reply of RESTORE, the form of the value, and all of it in an order that does not depend on the server."""
    reply = _ask(link, (b"RESTORE", key, b"0", payload, b"REPLACE"))
    kind = _ask(link, (b"TYPE", key))
    reader = _CONTENTS.get(kind.value) if isinstance(kind, Tagged) else None
    contents = _ask(link, reader(key)) if reader else None
    if reader and kind.value == b"set":
        contents = sorted(items_of(contents) or ())
    if reader and kind.value in (b"hash", b"stream"):
        contents = sorted((pair for pair in pairs_of(contents) or () if not pair[0].startswith(b"radix-tree-")), key=repr)
        contents = [list(pair) for pair in contents]
    return [reply, kind, _ask(link, (b"OBJECT", b"ENCODING", key)), contents]


def expire_now(links, words, clock, wait):
    """Gives the key, or the field of a hash, a deadline of one millisecond on every link and waits until it is gone from all.

    Returns the replies.
    """
    if len(words) > 1:
        return _expire_field_now(links, words[0], words[1], clock, wait)
    key = words[0]
    exchange(links, [(b"PEXPIRE", key, b"1")])
    replies = [link.replies(1)[0][1] for link in links]
    limit = clock() + 5
    while clock() < limit:
        exchange(links, [(b"EXISTS", key)])
        left = [link.replies(1)[0][1] for link in links]
        if all(reply == 0 or is_error(reply) or not isinstance(reply, int) for reply in left):
            return replies
        wait(0.001)
    return [Tagged("~", [reply, Tagged("+", b"EXISTS 5 s later: %d" % count)]) for reply, count in zip(replies, left)]


def _expire_field_now(links, key, field, clock, wait):
    before = [_ask(link, (b"HLEN", key)) for link in links]
    replies = [_ask(link, (b"HPEXPIRE", key, b"1", b"FIELDS", b"1", field)) for link in links]
    limit = clock() + 5
    while clock() < limit and replies[0] == replies[1] == [1]:
        if all(_ask(link, (b"HLEN", key)) == count - 1 for link, count in zip(links, before)):
            break
        wait(0.001)
    return replies
