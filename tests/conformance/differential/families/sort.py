# SPDX-License-Identifier: BSD-3-Clause
"""SORT of lists, sets and sorted sets, by themselves and by values of other keys.

It has keys of its own. In Redis, SORT of a sorted set changes its encoding for good (accepted.py), so no other command that
shows that may meet these. Sets stay so small that the order of their members is that in which they came, and no
BY with ALPHA, which leaves equal elements as they lie, is asked of a sorted set, which Redis walks in the order of a hash table;
nor do these hold texts with a zero byte, which are equal to it up to there.
"""

from vocabulary import pick

LISTS = (b"sort:list1", b"sort:list2", b"sort:list3")
SETS = (b"sort:set1", b"sort:set2")
SORTED_SETS = (b"sort:zset1", b"sort:zset2")
ELEMENTS = tuple(b"%d" % number for number in range(-9, 31)) + (
    b"a", b"b", b"c", b"aa", b"", b"1.5", b"-2.5", b"1e3", b"inf", b"-inf", b"+7", b".5", b"007", b"1e400", b"1.0", b"0x10", b" 1", b"nan",
    b"3\x00x", b"3\x00y", b"\xff", b"x" * 70,
)  # fmt: skip
NUMBERS = ELEMENTS[:40]
MEMBERS = tuple(text for text in ELEMENTS if b"\x00" not in text and len(text) < 64)
# Several patterns for the same names, so that elements have weights and fields.
PATTERNS = (
    b"w:*", b"w:*", b"w:*", b"t:*", b"t:*", b"h:*->n", b"h:*->n", b"h:*->t", b"h:*->", b"h:*->->", b"h:*", b"*", b"x:*", b"sort:*", b"w:*->n", b"nosort", b"", b"#",
    b"w:**", b"*->n", b"w:*\x00", b"w\x00*", b"#\x00", b"h:*->n\x00", b"h:\x00*->n",
)  # fmt: skip
WEIGHTS = NUMBERS + (b"0.5", b"1e2", b"-0", b"", b"1e-400", b"inf") * 3 + (b"one", b"1 ", b"0x1", b"2\x00z")
TEXTS = (b"a", b"b", b"B", b"aa", b"", b"same", b"same", b"same", b"\xff", b"z\x001", b"z\x002", b"17")


def element(random):
    return pick(random, NUMBERS if random.random() < 0.9 else ELEMENTS)


def member(random):
    """Short, and without a zero byte."""
    return pick(random, NUMBERS if random.random() < 0.7 else MEMBERS)


def score(random):
    """Not -0, of which the encodings think differently."""
    return b"%d" % random.randint(-5, 12) if random.random() < 0.8 else pick(random, (b"1.5", b"-1e300", b"0.1", b"inf", b"-inf"))


def many(random):
    """Numbers in such number that orderings of a part take another way than those of a few."""
    return [pick(random, NUMBERS) for _ in range(random.randint(30, 90))]


def limits(random):
    def number():
        if random.random() < 0.9:
            return b"%d" % random.randint(-2, 25)
        return pick(random, (b"9223372036854775807", b"-9223372036854775808", b"0", b"-1", b"x", b"", b"9223372036854775808"))

    return [b"LIMIT", number(), number()]


def pattern(random):
    return pick(random, PATTERNS)


def names(*words):
    def name(random):
        return pick(random, words)

    return name


def named(prefix):
    def name(random):
        return prefix + pick(random, NUMBERS if random.random() < 0.9 else ELEMENTS)

    return name


SLOTS = {
    "sl": names(*LISTS), "ss": names(*SETS), "sz": names(*SORTED_SETS), "se": element, "sse": member, "sscore": score, "smany": many, "slimit": limits,
    "spattern": pattern, "sw": named(b"w:"), "st": named(b"t:"), "sh": named(b"h:"), "sweight": names(*WEIGHTS), "stext": names(*TEXTS),
    "sany": names(*LISTS, *SETS, *SORTED_SETS, b"sort:none", b"w:1"), "sall": names(b"w:*", b"t:*", b"h:*->n", b"h:*->t"),
}  # fmt: skip

ROWS = (
    (3, "RPUSH {sl} {se}+"),
    (1, "RPUSH {sl} {smany}"),
    (2, "LTRIM {sl} [0 | 5 | 20] [30 | 60 | -1]"),
    (2, "SADD {ss} {sse}+"),
    (1, "SREM {ss} {sse}+"),
    (2, "ZADD {sz} ({sscore} {sse})+"),
    (1, "ZREM {sz} {sse}+"),
    (0.3, "DEL {sany}"),
    (4, "SET {sw} {sweight}"),
    (4, "SET {st} {stext}"),
    (2, "HSET {sh} n {sweight} t {stext}"),
    (0.3, "DEL {sw} {st}"),
    (0.2, "SET {sw} {sweight} PXAT 1"),
    (4, "[SORT | SORT_RO] {sany} < ALPHA | [ASC | DESC] | {slimit} >"),
    (4, "[SORT | SORT_RO] {sl} BY {sall} < ALPHA | [ASC | DESC] | {slimit} | GET {spattern} >"),
    (3, "[SORT | SORT_RO] {ss} BY {sall} < [ASC | DESC] | {slimit} | GET {spattern} >"),
    (3, "[SORT | SORT_RO] {sz} BY {sall} < [ASC | DESC] | {slimit} | GET {spattern} >"),
    (4, "[SORT | SORT_RO] {sl} < ALPHA | BY {spattern} | [ASC | DESC] | {slimit} | GET {spattern} | GET {spattern} >"),
    (2, "SORT {sz} < BY nosort | [ASC | DESC] | {slimit} | GET {spattern} >"),
    (2, "SORT {sl} < ALPHA | BY {spattern} | [ASC | DESC] | {slimit} | GET {spattern} | GET {spattern} > STORE {sl}"),
    (1, "SORT {ss} < ALPHA | BY nosort | [ASC | DESC] | {slimit} | GET {spattern} > STORE {sl}"),
    (1, "SORT {sz} < BY nosort | [ASC | DESC] | {slimit} | GET {spattern} > STORE {sl}"),
    (1, "[SORT | SORT_RO] {sl} < ALPHA | BY {spattern} | {slimit} | GET {spattern} | STORE {sl} | {option} >"),
    (0.5, "COMMAND GETKEYS [SORT | SORT_RO | GEORADIUS g 1 2 3 km] {sl} < ALPHA | BY STORE | GET STORE | LIMIT STORE 2 | STORE {sl} | STORE STORE >"),
)
