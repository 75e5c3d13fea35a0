# SPDX-License-Identifier: BSD-3-Clause
"""Places: few keys, many places in each, and those where servers go wrong.

Near the poles, on both sides of the date line, on the edges of the map and of the grid's cells, at one spot many
times (so that many distances are equal), and scores that are no places. Radii and boxes from nothing to infinite, some at
the lengths at which the grid of a search changes.
"""

from vocabulary import KEYS, pick

PLACE_KEYS = (b"geo1", b"geo2", b"geo3")
NAMES = tuple(b"p%d" % number for number in range(260))
LONGITUDES = (b"0", b"180", b"-180", b"90", b"-90", b"179.99999999", b"-179.999", b"1e-9", b"-0", b"0x10", b"13.361389")
LATITUDES = (
    b"0", b"85.05112878", b"-85.05112878", b"66", b"66.0001", b"-66.5", b"80", b"80.1", b"-81", b"85", b"-85", b"45", b"38.115556",
)  # fmt: skip
BAD_DEGREES = (b"180.0000001", b"-181", b"86", b"-85.1", b"inf", b"nan", b"1e300", b"abc", b"", b" 1", b"1\x00")
LENGTHS = (
    b"0", b"1", b"0.5", b"1e-9", b"100", b"5009431.5925", b"10018863.185", b"20037726.37", b"20037726.38", b"20015000", b"20020734.1",
    b"5e7", b"1e308", b"inf", b"0x10", b"-0",
)  # fmt: skip
BAD_LENGTHS = (b"-1", b"-inf", b"nan", b"abc", b"", b"1e400", b" 1")
UNITS = (b"m", b"km", b"ft", b"mi")
METRES = {b"m": 1, b"km": 1000, b"ft": 0.3048, b"mi": 1609.34}


def longitude(random):
    dice = random.random()
    if dice < 0.6:
        return b"%.9f" % random.uniform(-180, 180)
    if dice < 0.8:
        return b"%d" % random.randint(-180, 180)
    return pick(random, LONGITUDES if dice < 0.99 else BAD_DEGREES)


def latitude(random):
    dice = random.random()
    if dice < 0.45:
        return b"%.9f" % random.uniform(-85.05, 85.05)
    if dice < 0.6:
        return b"%.9f" % (random.choice((-1, 1)) * random.uniform(80, 85.05112878))
    if dice < 0.8:
        return b"%d" % random.randint(-85, 85)
    return pick(random, LATITUDES if dice < 0.99 else BAD_DEGREES)


def point(random):
    """Anywhere, or in a small town where many places are near each other."""
    if random.random() < 0.6:
        return [longitude(random), latitude(random)]
    return [b"%.5f" % (15 + random.gauss(0, 0.02)), b"%.4f" % (37 + random.gauss(0, 0.02))]


def place(random):
    return point(random) + [pick(random, NAMES)]


def many_places(random):
    """So many that a set outgrows its compact form; many of them at the same few spots."""
    spots = [point(random) for _ in range(random.randint(2, 12))]
    out = []
    for name in NAMES[random.randint(0, 100) : random.randint(120, 260)]:
        out += (pick(random, spots) if random.random() < 0.3 else point(random)) + [name]
    return out


def length(random, unit):
    dice = random.random()
    if dice < 0.15:
        return pick(random, LENGTHS if dice < 0.14 else BAD_LENGTHS)
    metres = 10 ** random.uniform(0, 7.5) if dice < 0.7 else random.uniform(0, 5000)
    return b"%.6f" % (metres / METRES[unit])


def unit(random):
    word = pick(random, UNITS)
    if random.random() < 0.02:
        return word, pick(random, (b"miles", b"", b"cm", b"k", b"KMS"))
    return word, word.upper() if random.random() < 0.2 else word


def radius(random):
    word, written = unit(random)
    return [length(random, word), written]


def box(random):
    word, written = unit(random)
    return [length(random, word), length(random, word), written]


def place_key(random):
    return pick(random, PLACE_KEYS if random.random() < 0.97 else KEYS)


def name(random):
    return pick(random, NAMES if random.random() < 0.97 else (b"none", b""))


def odd_score(random):
    """Scores that ZADD may give to a place, few of them places."""
    return pick(random, (
        b"-1", b"0", b"0.5", b"4503599627370495", b"4503599627370496", b"9007199254740992", b"13510798882111488", b"1e17", b"-1e300",
        b"inf", b"-inf", b"9223372036854775807", b"1e19", b"18446744073709551616", b"3479099956230698.5",
    ))  # fmt: skip


def count(random):
    return b"%d" % random.choice((1, 1, 2, 3, 5, 7, 10, 40, 100, 1000)) if random.random() < 0.97 else pick(random, (b"0", b"-1", b"x"))


SLOTS = {
    "gkey": place_key, "place": place, "many_places": many_places, "point": point, "radius": radius, "box": box, "name": name,
    "odd_score": odd_score, "gcount": count,
}  # fmt: skip

_FROM = "[FROMMEMBER {name} | FROMLONLAT {point}]"
_BY = "[BYRADIUS {radius} | BYBOX {box}]"
_COUNT = "[COUNT {gcount} | COUNT {gcount} ANY]"
_WITH = "WITHDIST | WITHHASH | WITHCOORD"

ROWS = (
    (4, "GEOADD {gkey} {place}+"),
    (1, "GEOADD {gkey} < [NX | XX] | CH > {place}+"),
    (0.3, "GEOADD {gkey} <NX | XX | CH | {option}> {place}+"),
    (0.4, "GEOADD {gkey} {many_places}"),
    (0.2, "ZADD {gkey} {odd_score} {name}"),
    (0.5, "ZREM {gkey} {name}+"),
    (2, "GEOPOS {gkey} {name}*"),
    (2, "GEOHASH {gkey} {name}*"),
    (3, "GEODIST {gkey} {name} {name} ?[m | km | ft | mi | {option}]"),
    (12, f"GEOSEARCH {{gkey}} {_FROM} {_BY} ?[ASC | DESC] ?{_COUNT} < {_WITH} >"),
    (3, f"GEOSEARCH {{gkey}} {_BY} < {_COUNT} | ASC | DESC | {_WITH} | {{option}} > {_FROM}"),
    (1, f"GEOSEARCH {{gkey}} {_FROM} {_BY} < {_FROM} | {_BY} | ANY | STOREDIST >"),
    (3, f"GEOSEARCHSTORE {{gkey}} {{gkey}} {_FROM} {_BY} ?[ASC | DESC] ?{_COUNT} ?STOREDIST"),
    (0.3, f"GEOSEARCHSTORE {{gkey}} {{gkey}} {_FROM} {_BY} < {_WITH} | ANY >"),
    (4, f"[GEORADIUS | GEORADIUS_RO] {{gkey}} {{point}} {{radius}} < [ASC | DESC] | {_COUNT} | {_WITH} >"),
    (1, f"GEORADIUS {{gkey}} {{point}} {{radius}} < {_COUNT} | [STORE | STOREDIST] {{gkey}} | DESC >"),
    (4, f"[GEORADIUSBYMEMBER | GEORADIUSBYMEMBER_RO] {{gkey}} {{name}} {{radius}} < [ASC | DESC] | {_COUNT} | {_WITH} >"),
    (1, f"GEORADIUSBYMEMBER {{gkey}} {{name}} {{radius}} < {_COUNT} | [STORE | STOREDIST] {{gkey}} | {_WITH} >"),
    (0.2, f"[GEORADIUS_RO | GEORADIUSBYMEMBER_RO] {{gkey}} {{point}} {{radius}} [STORE | STOREDIST] {{gkey}}"),
    (0.1, "DEL {gkey}"),
    (0.05, "CONFIG SET zset-max-listpack-entries [0 | 4 | 128]"),
)
