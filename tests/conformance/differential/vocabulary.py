# SPDX-License-Identifier: BSD-3-Clause
"""The words that random commands are made of, and how a command is damaged.

There are few keys, so that types collide and options meet keys that exist; values sit on the boundaries
where servers go wrong: the edges of 64 bits, 44 and 45 bytes, empty and binary text, numbers that look like
numbers and are none. Deadlines that lie ahead are long and far apart, those given by the clock are fixed dates
of a far century or of the past: nothing depends on the moment at which a command runs.
"""

KEYS = (
    b"a", b"b", b"c", b"counter", b"float", b"str", b"long", b"", b"\x00\xff\r\n", b"key with space",
    b"k*[a-c]?\\", b"K", b"zs1", b"zs2", b"zs3", b"zbig", b"{tag}1",
    b"set1", b"set2", b"set3", b"stream1", b"stream2", b"h1", b"list1", b"hll1", b"geo1",
)  # fmt: skip
STRING_KEYS = KEYS[:9]
ZSET_KEYS = (b"zs1", b"zs2", b"zs3", b"zbig", b"{tag}1")
SET_KEYS = (b"set1", b"set2", b"set3", b"set4", b"ints", b"sbig")
# Sorted sets whose members all have the score 0: what a range by name is on any other set is left open by the servers.
LEX_KEYS = (b"lex1", b"lex2", b"lex3")

HASH_KEYS = (b"h1", b"h2", b"h3", b"hbig", b"{tag}h")

HLL_KEYS = (b"hll1", b"hll2", b"hll3", b"hll4", b"hll5", b"hll6", b"hll7", b"hll8")

LIST_KEYS = (b"list1", b"list2", b"list3", b"list4")

INTEGERS = (
    b"0", b"1", b"-1", b"2", b"3", b"10", b"-10", b"100", b"9999", b"10000", b"2147483647", b"-2147483649",
    b"4294967296", b"9007199254740993", b"9223372036854775807", b"9223372036854775806", b"-9223372036854775808",
    b"-9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616",
)  # fmt: skip
NOT_INTEGERS = (
    b"", b" 1", b"1 ", b"+5", b"-0", b"00", b"01", b"1.0", b"1e3", b"0x10", b"abc", b"one", b"-", b"+", b"\x001",
    b"1\x00", b"12345678901234567890123456789012345",
)  # fmt: skip
FLOATS = (
    b"0", b"1", b"-1", b"2", b"3", b"10", b"1.5", b"-1.5", b"0.1", b"0.2", b"3.14", b"0.30000000000000004", b"1e10",
    b"-1e-10", b"5.0e3", b"1e21", b"123456789.123456789", b"9007199254740993", b"1e17", b"1e-7", b".5", b"5.", b"+1.5",
    b"1E2", b"0x10", b"-0", b"-0.0", b"3.0", b"100000000000000000000",
)  # fmt: skip
EXTREME_FLOATS = (
    b"inf", b"-inf", b"+inf", b"Infinity", b"-INFINITY", b"1e308", b"-1e308", b"1.7976931348623157e308", b"4.9e-324",
    b"2.2250738585072014e-308", b"1e400", b"-1e400", b"1e-400", b"9223372036854775807", b"-9223372036854775808",
)  # fmt: skip
NOT_FLOATS = (b"nan", b"-nan", b"", b" 1", b"1 ", b"abc", b"1,5", b"1e", b"--1", b"1.5x", b"1\x00", b"in", b"0x")
TEXTS = (
    b"", b"hello", b"ohmytext", b"mynewtext", b"a", b"x" * 43, b"x" * 44, b"x" * 45, b"abc" * 100, b"\x00\x01\xff\r\n",
    b"\x80\x81", b"embedded\x00zero", b"with space", b"$3\r\nfoo\r\n", b"y" * 20, b"\xe2\x82\xac",
)  # fmt: skip

MEMBERS = (
    b"a", b"b", b"c", b"d", b"e", b"f", b"A", b"aa", b"ab", b"abc", b"", b"10", b"-5", b"007", b"1.5", b"9223372036854775807",
    b"\x00\xff", b"m" * 64, b"m" * 65, b"with space", b"\xc3\xa9",
)  # fmt: skip
MANY_MEMBERS = tuple(b"m%d" % number for number in range(170))
MANY_NUMBERS = tuple(b"%d" % number for number in range(-20, 700))
# Where the widths of integers in an intset and in a listpack end.
WIDE_NUMBERS = (b"127", b"128", b"32767", b"32768", b"-32769", b"8388608", b"-2147483649", b"4294967296", b"-9223372036854775808")
LEX_BOUNDS = (
    b"-", b"+", b"[a", b"(a", b"[b", b"(c", b"[e", b"(f", b"[", b"(", b"[m5", b"(m90", b"[\xff", b"(zz", b"[aa", b"a", b"",
    b"--", b"+inf",
)  # fmt: skip
PATTERNS = (
    b"*", b"?", b"z*", b"*s*", b"[a-c]", b"[^a]", b"k\\**", b"zs[12]", b"zs[2-1]", b"*\xff*", b"", b"K", b"[", b"[]", b"a*b",
    b"**", b"zs?", b"\\a", b"m1*", b"{tag}*", b"[a-", b"[^",
)  # fmt: skip

FUTURE_SECONDS = tuple(range(4102444800, 4102444800 + 20 * 86400, 86400))
PAST_SECONDS = (1, 1000000000, 1500000000)
BAD_TIMES = (b"0", b"-1", b"-9223372036854775808", b"9223372036854775807", b"9223372036854775808", b"9223372036854775",
             b"-9223372036854775", b"abc", b"", b"1.5", b" 5")  # fmt: skip
SHORTEST_TTL_SECONDS, LONGEST_TTL_SECONDS = 100_000, 30_000_000

OPTION_WORDS = (
    b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR", b"GET", b"EX", b"PX", b"EXAT", b"PXAT", b"KEEPTTL", b"PERSIST", b"WITHSCORES",
    b"WITHSCORE", b"LIMIT", b"BYLEX", b"BYSCORE", b"REV", b"WEIGHTS", b"AGGREGATE", b"SUM", b"MIN", b"MAX", b"MATCH",
    b"COUNT", b"TYPE", b"REPLACE", b"DB", b"LEN", b"IDX", b"MINMATCHLEN", b"WITHMATCHLEN", b"STORE", b"zset", b"nonsense",
    b"FIELDS", b"FNX", b"FXX", b"NOVALUES", b"WITHVALUES", b"NOMKSTREAM", b"MKSTREAM", b"MAXLEN", b"MINID", b"~", b"=", b"NOACK", b"JUSTID",
    b"FORCE", b"IDLE", b"STREAMS", b"ENTRIESREAD", b"FULL",
)  # fmt: skip


def pick(random, words):
    return words[int(random.random() * len(words))]


def integer(random):
    dice = random.random()
    if dice < 0.55:
        return b"%d" % random.randint(-20, 20)
    return pick(random, INTEGERS if dice < 0.88 else NOT_INTEGERS)


def index(random):
    """A position in a string or a sorted set: mostly small."""
    return b"%d" % random.randint(-8, 12) if random.random() < 0.8 else integer(random)


def small(random):
    return b"%d" % random.randint(0, 6) if random.random() < 0.9 else integer(random)


def count(random):
    """How many elements to draw: never so many below zero that the reply would not end."""
    return b"%d" % random.randint(-12, 20) if random.random() < 0.9 else pick(random, (b"1000", b"abc", b"", b"0", b"-0"))


def offset(random):
    """Where to write into a string: near, or beyond what any string may reach."""
    if random.random() < 0.85:
        return b"%d" % random.randint(0, 60)
    return pick(random, (b"-1", b"600", b"536870912", b"536870913", b"4294967296", b"9223372036854775807", b"abc", b""))


def number(random):
    dice = random.random()
    if dice < 0.75:
        return pick(random, FLOATS)
    return pick(random, EXTREME_FLOATS if dice < 0.9 else NOT_FLOATS)


def score(random):
    dice = random.random()
    if dice < 0.5:
        return b"%d" % random.randint(-5, 12)
    if dice < 0.9:
        return pick(random, FLOATS)
    return pick(random, EXTREME_FLOATS if dice < 0.98 else NOT_FLOATS)


def score_bound(random):
    dice = random.random()
    if dice < 0.25:
        return b"-inf" if dice < 0.12 else b"+inf"
    if dice < 0.95:
        return (b"(" if random.random() < 0.3 else b"") + score(random)
    return pick(random, (b"(", b"((1", b"[1", b"(abc", b"", b"-", b"+", b"1)", b"(-inf", b"(+inf"))


def rank_or_bound(random):
    return pick(random, (index, score_bound, lex))(random)


def lex(random):
    return pick(random, LEX_BOUNDS)


def member(random):
    return pick(random, MEMBERS if random.random() < 0.8 else MANY_MEMBERS)


def many_members(random):
    """Score and member pairs in such number that a sorted set outgrows its compact form."""
    out = []
    for name in MANY_MEMBERS[random.randint(0, 60) : random.randint(60, 170)]:
        out += [b"%d" % random.randint(0, 40), name]
    return out or [b"1", b"m0"]


def zero_members(random):
    return [b"0" if place % 2 == 0 else word for place, word in enumerate(many_members(random))]


def hash_key(random):
    return pick(random, HASH_KEYS if random.random() < 0.96 else KEYS)


def field(random):
    """Mostly one of a few, so that a hash stays small."""
    return pick(random, MEMBERS[:9] if random.random() < 0.6 else MEMBERS if random.random() < 0.8 else MANY_MEMBERS)


def many_fields(random):
    """Field and value pairs in such number that a hash outgrows its compact form."""
    out = []
    for number in range(random.randint(0, 400), random.randint(400, 700)):
        out += [b"m%d" % number, value(random)]
    return out or [b"m0", b"v"]


def fields(random):
    """FIELDS, their number and that many; now and then a number that does not fit."""
    return _fields_with(random, lambda: [field(random)])


def field_values(random):
    return _fields_with(random, lambda: [field(random), value(random)])


def _fields_with(random, one):
    count = random.randint(1, 4)
    words = [word for _ in range(count) for word in one()]
    if random.random() < 0.06:
        count = pick(random, (b"0", b"-1", b"5", b"abc", b"9223372036854775807", b"2147483648", b"9223372036854775808", b"01"))
        return [b"FIELDS", count] + words
    return [random.choice((b"FIELDS", b"fields")), b"%d" % count] + words


def set_member(random):
    dice = random.random()
    if dice < 0.5:
        return pick(random, MANY_NUMBERS[:60])
    return pick(random, MEMBERS if dice < 0.8 else MANY_MEMBERS if dice < 0.9 else WIDE_NUMBERS)


def few_numbers(random):
    """Integers, in such number that a set of them stays an intset."""
    first = random.randint(0, 100)
    return list(MANY_NUMBERS[first : first + random.randint(1, 90)])


def many_set_members(random):
    """Members in such number that a set outgrows one of its compact forms."""
    words = MANY_NUMBERS if random.random() < 0.6 else MANY_MEMBERS
    first = random.randint(0, len(words) // 3)
    return list(words[first : first + random.randint(1, len(words))])


def set_limits(random):
    """The listpack's limit is never above the intset's: else the form of a result depends on the order of its members."""
    intset, listpack = pick(random, SET_LIMITS)
    return [b"set-max-intset-entries", intset, b"set-max-listpack-entries", listpack]


SET_LIMITS = ((b"512", b"128"), (b"512", b"128"), (b"16", b"8"), (b"4", b"4"), (b"4", b"0"), (b"0", b"0"))


def value(random):
    dice = random.random()
    if dice < 0.3:
        return b"%d" % random.randint(-30, 30)
    return pick(random, INTEGERS if dice < 0.45 else FLOATS if dice < 0.55 else NOT_INTEGERS if dice < 0.6 else TEXTS)


def ttl(random):
    """Seconds from now: bad, or long and hardly ever the same twice, so that no two deadlines are near each other."""
    if random.random() < 0.15:
        return pick(random, BAD_TIMES)
    return b"%d" % random.randrange(SHORTEST_TTL_SECONDS, LONGEST_TTL_SECONDS, 20)


def ttl_ms(random):
    if random.random() < 0.15:
        return pick(random, BAD_TIMES)
    return b"%d" % (random.randrange(SHORTEST_TTL_SECONDS, LONGEST_TTL_SECONDS, 20) * 1000 + random.randint(0, 999))


def date(random):
    dice = random.random()
    if dice < 0.1:
        return pick(random, BAD_TIMES)
    return b"%d" % pick(random, PAST_SECONDS if dice < 0.2 else FUTURE_SECONDS)


def date_ms(random):
    dice = random.random()
    if dice < 0.1:
        return pick(random, BAD_TIMES)
    return b"%d" % (pick(random, PAST_SECONDS if dice < 0.2 else FUTURE_SECONDS) * 1000 + random.choice((0, 0, 1, 499, 500, 999)))


def key(random):
    return pick(random, KEYS)


def string_key(random):
    return pick(random, STRING_KEYS if random.random() < 0.94 else KEYS)


def zset_key(random):
    return pick(random, ZSET_KEYS if random.random() < 0.95 else KEYS)


def set_key(random):
    return pick(random, SET_KEYS if random.random() < 0.95 else KEYS)


def set_or_zset_keys(random):
    """numkeys and that many keys, of sorted and of plain sets."""
    keys = [pick(random, (set_key, zset_key))(random) for _ in range(random.randint(1, 4))]
    return [b"%d" % len(keys)] + keys


def counted_set_keys(random):
    keys = [set_key(random) for _ in range(random.randint(1, 4))]
    if random.random() < 0.07:
        return [pick(random, (b"0", b"-1", b"5", b"abc", b"9223372036854775807"))] + keys
    return [b"%d" % len(keys)] + keys


def lex_key(random):
    return pick(random, LEX_KEYS)


def counted_keys(random):
    """numkeys and that many keys; now and then a number that does not fit."""
    keys = [zset_key(random) for _ in range(random.randint(1, 4))]
    if random.random() < 0.07:
        return [pick(random, (b"0", b"-1", b"5", b"abc", b"9223372036854775807"))] + keys
    return [b"%d" % len(keys)] + keys


def weighted_keys(random):
    """numkeys, keys and, half of the time, a weight for each."""
    out = counted_keys(random)
    if random.random() < 0.5:
        out += [b"WEIGHTS"] + [score(random) for _ in out[1:]]
    return out


def database(random):
    if random.random() < 0.07:
        return pick(random, (b"16", b"-1", b"abc", b"", b"9223372036854775808"))
    return b"%d" % random.randint(0, 2)


def limit(random):
    if random.random() < 0.1:
        return [b"LIMIT", integer(random), integer(random)]
    return [b"LIMIT", b"%d" % random.randint(-1, 6), b"%d" % random.randint(-1, 6)]


def text(random):
    return pick(random, TEXTS)


def blob(random):
    """A text around the sizes of buffers, up to 200,000 bytes."""
    size = pick(random, (1000, 16384, 32767, 65535, 65536, 200000)) - random.randint(0, 40)
    return (b"%d." % random.randint(0, 999) * (size // 2 + 1))[:size]


def pattern(random):
    return pick(random, PATTERNS)


def bit(random):
    return pick(random, (b"0", b"1")) if random.random() < 0.93 else pick(random, (b"2", b"-1", b"abc", b"", b"01"))


def bit_offset(random):
    """Near, or beyond any string; never so far that a string would grow huge."""
    if random.random() < 0.9:
        return b"%d" % random.randint(0, 400)
    return pick(random, (b"9000", b"-1", b"4294967296", b"9223372036854775807", b"9223372036854775808", b"abc", b"", b"07"))


def field_type(random):
    if random.random() < 0.07:
        return pick(random, (b"u64", b"i65", b"u0", b"i0", b"I8", b"u08", b"i-1", b"8", b"u", b"", b"u8x"))
    return b"i%d" % random.randint(1, 64) if random.random() < 0.5 else b"u%d" % random.randint(1, 63)


def field_offset(random):
    return b"#%d" % random.randint(0, 6) if random.random() < 0.3 else bit_offset(random)


def bit_range(random):
    """Where a range of bits or bytes begins or ends: counted from either end, within and beyond."""
    return b"%d" % random.randint(-330, 330) if random.random() < 0.5 else index(random)


def hll_key(random):
    return pick(random, HLL_KEYS if random.random() < 0.96 else KEYS)


def element(random):
    return b"e%d" % random.randint(0, 60000) if random.random() < 0.9 else value(random)


def elements(random):
    """Some or, rarely, so many that a HyperLogLog turns from its sparse into its dense form."""
    count = random.choice((1, 2, 3, 10, 60)) if random.random() < 0.97 else 3000
    return [b"e%d" % random.randint(0, 60000) for _ in range(count)]


def list_key(random):
    return pick(random, LIST_KEYS if random.random() < 0.95 else KEYS)


def list_value(random):
    """An element of a list: few, so that they meet again, and now and then a large one, so that lists get nodes."""
    dice = random.random()
    if dice < 0.7:
        return pick(random, (b"a", b"b", b"c", b"1", b"2", b"01", b"-7", b"300", b"40000", b""))
    if dice < 0.95:
        return value(random)
    return b"%d" % random.randint(0, 3) * pick(random, (70, 600, 2000, 4096, 8185, 8193, 9000))


def list_values(random):
    """Elements in such number that a list outgrows one node."""
    return [b"element%d" % random.randint(0, 400) for _ in range(random.randint(100, 900))]


def counted_lists(random):
    """numkeys and that many keys of lists; now and then a number that does not fit."""
    keys = [list_key(random) for _ in range(random.randint(1, 4))]
    return [counted_keys(random)[0] if random.random() < 0.07 else b"%d" % len(keys)] + keys


def timeout(random):
    """Of a command that finds something, or may not wait, or waits but a moment."""
    return b"0.001" if random.random() < 0.6 else pick(random, (b"0.01", b"-1", b"abc", b"", b"1e400", b"nan", b"-0.1", b"1 "))


def option(random):
    return pick(random, OPTION_WORDS)


def nonsense(random):
    return pick(random, (b"nosuch", b"", b"GETT", b"no\r\nsuch", b"\x00", b"x" * 150, b"foo'bar", b"SETT"))


SLOTS = {
    "integer": integer, "index": index, "small": small, "count": count, "offset": offset, "number": number,
    "score": score, "bound": score_bound, "lex": lex, "rank_or_bound": rank_or_bound, "member": member,
    "many_members": many_members, "zero_members": zero_members, "value": value, "ttl": ttl, "ttl_ms": ttl_ms,
    "date": date, "date_ms": date_ms, "key": key, "skey": string_key, "zkey": zset_key, "lkey": lex_key,
    "set_key": set_key, "set_member": set_member, "many_set_members": many_set_members, "few_numbers": few_numbers,
    "set_limits": set_limits, "set_or_zset_keys": set_or_zset_keys, "counted_set_keys": counted_set_keys,
    "counted_keys": counted_keys, "weighted_keys": weighted_keys, "db": database, "limit": limit,
    "bit": bit, "bit_offset": bit_offset, "field_type": field_type, "field_offset": field_offset, "bit_range": bit_range,
    "hash": hash_key, "field": field, "many_fields": many_fields, "fields": fields, "field_values": field_values,
    "hkey": hll_key, "element": element, "elements": elements,
    "list_key": list_key, "list_value": list_value, "list_values": list_values, "counted_lists": counted_lists,
    "timeout": timeout,
    "text": text, "blob": blob, "pattern": pattern, "option": option, "nonsense": nonsense,
}  # fmt: skip


def damage(random, args):
    """A copy of the command with one thing wrong or at least different; the command word itself stays."""
    out = list(args)
    place = random.randint(1, len(out))
    dice = random.randint(0, 5)
    if dice == 0 and len(out) > 1:
        del out[max(1, place - 1)]
    elif dice == 1:
        out.insert(place, option(random))
    elif dice == 2 and len(out) > 1:
        out[max(1, place - 1)] = integer(random)
    elif dice == 3 and len(out) > 1:
        out[max(1, place - 1)] = pick(random, (key, value, option, number, lex))(random)
    elif dice == 4 and len(out) > 2:
        other = random.randint(1, len(out) - 1)
        out[other], out[max(1, place - 1)] = out[max(1, place - 1)], out[other]
    else:
        out.append(value(random))
    return out
