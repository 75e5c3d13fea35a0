# SPDX-License-Identifier: BSD-3-Clause
"""DUMP and RESTORE.

The bytes of a payload are each server's own affair. `~EXCHANGE key other` therefore dumps the key on both servers and
restores both payloads under the other name on both, where they must become the same. RESTORE itself is sent with payloads made here: small values in old and new forms, and what is no value. Left
out is what Redis lets pass and Sorrel refuses: bytes behind the value, a value that reaches into the checksum, a NaN; and a
list of the time of one ziplist, which Redis alone calls a quicklist afterwards.
"""

from families.streams import stream_key
from vocabulary import SHORTEST_TTL_SECONDS, pick

_POLYNOMIAL = 0x95AC9329AC4BC9B5  # Jones, its bits reversed


def _table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        yield byte


_TABLE = tuple(_table())


def sealed(body, version=9):
    """A payload: the body with the version and CRC64 of all before."""
    payload, checksum = body + version.to_bytes(2, "little"), 0
    for byte in payload:
        checksum = _TABLE[(checksum ^ byte) & 0xFF] ^ checksum >> 8
    return payload + checksum.to_bytes(8, "little")


_MOMENT = (1_500_000_000_000).to_bytes(8, "little")
_ENTRIES = (
    b"\x01\x10" + b"\x00" * 7 + b"\x01" + b"\x00" * 7 + b"\x01" + b"88\x00\x00\x00\x16\x00\x02\x01\x01\x01\x01\x01\x81f\x02\x00\x01\x02\x01\x00\x01"
    b"\x00\x01\x81v\x02\x04\x01\x03\x01\x01\x01\x00\x01\x81w\x02\x04\x01\x00\x01\x02\x01\xdf\xff\x02\x01\x01\x81g\x02\x01\x01\x06\x01\xff"
)
_PENDING_ID = b"\x00" * 7 + b"\x01" + b"\x00" * 7 + b"\x01"
_FACTS = b"\x02\x03\x00\x01\x01\x02\x01\x03"  # length, last id, first id, largest deleted id, entries added
_GROUP = b"\x01\x01g\x01\x01\x81" + b"\xff" * 8 + b"\x01" + _PENDING_ID + _MOMENT + b"\x03\x01\x01c" + _MOMENT
_VALUES = (
    b"\x0f" + _ENTRIES + b"\x02\x03\x00\x00", b"\x0f" + _ENTRIES + b"\x02\x03\x00\x01\x01g\x01\x01" + _GROUP[14:] + b"\x01" + _PENDING_ID,
    b"\x13" + _ENTRIES + _FACTS + _GROUP + b"\x01" + _PENDING_ID, b"\x13\x00\x00\x05\x05\x00\x00\x05\x05\x01\x00",
    b"\x15" + _ENTRIES + _FACTS + _GROUP + _MOMENT + b"\x01" + _PENDING_ID, b"\x15" + _ENTRIES + _FACTS + b"\x00",
    b"\x19\x00\xd8\xc3,\xbb\x03\x00\x00\x1e\x1e\x00\x00\x00\x06\x00\x81f\x02\x81v\x02\xf4\x00\xd8\xc3,\xbb\x03\x00\x00\x09\x81g\x02\x01\x01\x00\x01\xff",
    b"\x14\x0f\x0f\x00\x00\x00\x03\x00\x81a\x02\x81b\x02\x01\x01\xff",
    b"\x00\x05hello", b"\x00\xc0\xfb", b"\x00\xc2\xff\xff\xff\x7f", b"\x00\x00", b"\x00\xc3\x09\x40\x64\x01aa\xe0\x57\x00\x01aa",
    b"\x00\x0d1234567890123", b"\x00\x2d" + b"x" * 45,
    b"\x01\x03\x01a\xc0\x05\x00",
    b"\x0e\x01\x0e\x0e\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\x01a\xff",
    b"\x12\x02\x02\x0a\x0a\x00\x00\x00\x01\x00\x81a\x02\xff\x02\x0a\x0a\x00\x00\x00\x01\x00\x81b\x02\xff",
    b"\x02\x03\x01a\x01b\xc0\x05", b"\x02\x02\xc0\x01\xc0\x02", b"\x0b\x0c\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x02\x00",
    b"\x03\x02\x01a\x031.5\x01b\xfe", b"\x05\x02\x01a\x00\x00\x00\x00\x00\x00\xf8\x3f\x01b\x00\x00\x00\x00\x00\x00\xf0\x7f",
    b"\x0c\x10\x10\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01a\x03\xf4\xff",
    b"\x11\x0f\x0f\x00\x00\x00\x02\x00\x81a\x02\x831.5\x04\xff",
    b"\x04\x02\x01f\x01v\x01g\xc0\x07", b"\x09\x07\x01\x01f\x01\x00v\xff", b"\x0d\x11\x11\x00\x00\x00\x0d\x00\x00\x00\x02\x00\x00\x01f\x03\x01v\xff",
    b"\x10\x0d\x0d\x00\x00\x00\x02\x00\x81f\x02\x81v\x02\xff",
)  # fmt: skip
_WORTHLESS = (
    b"", b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x04\x00", b"\x05\x00", b"\x06\x01a", b"\x07\x01a", b"\x08\x01a", b"\xf5\x01a", b"\xff",
    b"\x02\x02\x01a\x01a", b"\x05\x02\x01a" + b"\x00" * 8 + b"\x01a" + b"\x00" * 8, b"\x0a\x05abcde", b"\x0b\x05abcde", b"\x0c\x05abcde",
    b"\x0d\x05abcde", b"\x0e\x01\x05abcde", b"\x10\x05abcde", b"\x11\x05abcde", b"\x12\x01\x02\x05abcde", b"\x12\x01\x03\x01a", b"\x00\xc4a",
)  # fmt: skip
_UNSEALED = (b"", b"...", b"abcdefghij", sealed(b"\x00\x01a")[:-1] + b"?", sealed(b"\x00\x01a", 0x7FFF))
_SEALED_VALUES = tuple(map(sealed, _VALUES))
_SEALED_WORTHLESS = tuple(map(sealed, _WORTHLESS))


def payload(random):
    dice = random.random()
    return pick(random, _SEALED_VALUES if dice < 0.8 else _SEALED_WORTHLESS if dice < 0.93 else _UNSEALED)


def life(random):
    """The second argument of RESTORE without ABSTTL."""
    if random.random() < 0.7:
        return b"0"
    return pick(random, (b"-1", b"abc", b"", b"%d" % (random.randrange(SHORTEST_TTL_SECONDS, 20_000_000, 20) * 1000)))


def idle(random):
    return pick(random, (b"0", b"1", b"100", b"3600", b"-1", b"abc", b"-9223372036854775808"))


def frequency(random):
    return pick(random, (b"0", b"1", b"255", b"256", b"-1", b"abc"))


SLOTS = {"stream": stream_key, "payload": payload, "life": life, "idle": idle, "frequency": frequency}

ROWS = (
    (3, "~EXCHANGE {key} {key}"),
    (2, "~EXCHANGE {zkey} {zkey}"),
    (4, "~EXCHANGE [{stream} {stream} | {hash} {hash} | {list_key} {list_key} | {set_key} {set_key} | {hkey} {hkey}]"),
    (1, "DUMP {key}"),
    (4, "RESTORE {key} {life} {payload} <REPLACE | IDLETIME {idle} | FREQ {frequency} | {option}>"),
    (3, "RESTORE {key} {life} {payload} REPLACE"),
    (2, "RESTORE {key} {date_ms} {payload} ABSTTL ?REPLACE"),
    (0.2, "RESTORE-ASKING {key} {life} {payload} ?REPLACE"),
    (0.2, "RESTORE {key} ?{life}"),
)
