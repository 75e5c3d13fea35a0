# SPDX-License-Identifier: BSD-3-Clause
"""RESP2 and RESP3 on the wire, as little of it as comparing two servers needs.

Requests are always arrays of bulk strings. Replies are cut out of a buffer one at a time, so that
the bytes of each reply stay at hand: two replies with the same bytes are equal and nothing else about
them needs to be looked at. Only when the bytes differ are the values compared.

A value keeps the type it had on the wire: an integer is an int, a bulk string is bytes, an array is a
list, the null bulk string is None, and everything else is a Tagged pair of its type byte and its
content. So `+1`, `:1`, `$1\\r\\n1` and `,1` are four different values.
"""

from typing import NamedTuple


class Tagged(NamedTuple):
    """A reply of a type that Python has no unmistakable value for: kind is its type byte."""

    kind: str
    value: object


class BadReply(Exception):
    """The bytes at hand are not a reply in either protocol."""


NULL_ARRAY = Tagged("*", None)
NULL = Tagged("_", None)


def encode(args):
    """The request bytes of one command."""
    parts = [b"*%d\r\n" % len(args)]
    for arg in args:
        parts.append(b"$%d\r\n%b\r\n" % (len(arg), arg))
    return b"".join(parts)


def parse(data, start=0):
    """Returns (value, position after it). Raises IndexError when the reply is not whole yet."""
    end = data.find(b"\r\n", start)
    if end < 0:
        raise IndexError("no whole line")
    kind, line, after = data[start : start + 1], data[start + 1 : end], end + 2
    if kind == b":":
        return _number(line), after
    if kind in b"$=!":
        return _bulk(data, kind, line, after)
    if kind in b"*~>%":
        return _aggregate(data, kind, line, after)
    if kind in b"+-,(":
        return Tagged(kind.decode(), line), after
    if kind == b"#" and line in (b"t", b"f"):
        return Tagged("#", line == b"t"), after
    if kind == b"_" and not line:
        return NULL, after
    raise BadReply(f"no reply begins like this: {data[start:start + 40]!r}")


def _number(text):
    try:
        return int(text)
    except ValueError:
        raise BadReply(f"not a number: {text[:40]!r}") from None


def _bulk(data, kind, line, after):
    length = _number(line)
    if length == -1 and kind == b"$":
        return None, after
    if length < 0:
        raise BadReply(f"bulk length {length}")
    stop = after + length
    if len(data) < stop + 2:
        raise IndexError("no whole bulk string")
    if data[stop : stop + 2] != b"\r\n":
        raise BadReply(f"bulk string without its end: {data[after:stop + 2][-40:]!r}")
    text = data[after:stop]
    return (text if kind == b"$" else Tagged(kind.decode(), text)), stop + 2


def _aggregate(data, kind, line, after):
    count = _number(line)
    if count == -1 and kind == b"*":
        return NULL_ARRAY, after
    if count < 0:
        raise BadReply(f"{kind!r} of {count} elements")
    items = []
    for _ in range(count * 2 if kind == b"%" else count):
        item, after = parse(data, after)
        items.append(item)
    if kind == b"*":
        return items, after
    if kind == b"%":
        return Tagged("%", list(zip(items[::2], items[1::2]))), after
    return Tagged(kind.decode(), items), after


def is_error(value):
    return isinstance(value, Tagged) and value.kind in "-!"


def items_of(value):
    """The elements of an array, set or push; None for anything else."""
    if isinstance(value, list):
        return value
    if isinstance(value, Tagged) and value.kind in "~>" and value.value is not None:
        return value.value
    return None


def pairs_of(value):
    """The pairs of a map, or of the flat array that stands for one in RESP2; None for anything else."""
    if isinstance(value, Tagged) and value.kind == "%":
        return value.value
    if isinstance(value, list) and len(value) % 2 == 0:
        return list(zip(value[::2], value[1::2]))
    return None


def show(value, limit=400):
    """One line for a person to read."""
    text = _show(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def _show(value):
    if isinstance(value, int):
        return f"(integer) {value}"
    if isinstance(value, bytes):
        return '"' + repr(value)[2:-1].replace('"', '\\"') + '"'
    if value is None:
        return "(nil)"
    if isinstance(value, list):
        return "[" + ", ".join(_show(item) for item in value) + "]"
    if not isinstance(value, Tagged):
        return str(value)
    if value == NULL_ARRAY:
        return "(nil array)"
    if value == NULL:
        return "(null)"
    if len(value.kind) > 1:
        return f"({value.kind}) {_show(value.value)}"
    if value.kind in "-!":
        return "(error) " + value.value.decode("latin-1")
    if value.kind == "%":
        return "{" + ", ".join(f"{_show(key)}: {_show(item)}" for key, item in value.value) + "}"
    if isinstance(value.value, list):
        return value.kind + "[" + ", ".join(_show(item) for item in value.value) + "]"
    if isinstance(value.value, bytes):
        return value.kind + value.value.decode("latin-1")
    return f"{value.kind}{value.value}"
