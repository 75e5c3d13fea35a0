# SPDX-License-Identifier: BSD-3-Clause
"""Random calls of the libraries that scripts find, as Lua chunks of one line each.

Each chunk returns run(function, arguments...) of show.lua. Half of what is to be decoded is
damaged, because errors must be the same, too. Left out is what differs from run to run (addresses),
what would only cost memory, and two things that differ on purpose or are Lua's: as keys, numbers
above those of an int (the cjson of Redis may lose what they hold) and strings of 32 bytes or more
(the Lua of Redis has a hash of its own for them, so tables are walked in another order).
"""

import random
import struct

NUMBERS = (
    "0 1 -1 2 3 5 7 10 31 32 -32 -33 127 128 -128 -129 255 256 32767 32768 -32768 -32769 65535 65536 1e5 1e10 "
    "2^31 2^31-1 -2^31 -2^31-1 2^32 2^32-1 2^53 -2^53 2^63 -2^63 2^64 -2^64 1e14 99999999999999 1e15 123456789012345 "
    "0.5 -0.5 0.1 1/3 -1/3 1.5 3.14159 1e-5 1e-7 1e100 1e300 5e-324 1.7976931348623157e308 16777217 16777216 0/-1 1/0 -1/0 0/0 "
    "3.4028234663852886e38 3.5e38 1e39 1e-45 2.5 -2.5 1e21 1e22"
).split()
KEY_NUMBERS = "0 1 -1 100 255 65536 0.5 -0.5 0.1 1/3 1.5 1e-5 5e-324 -2^31 -2^53 -2^63 -2^64 -1/0 2.5".split()
STRINGS = [b"", b"a", b"b", b"key", b"x" * 31, b"x" * 32, b"12", b"0x1F", b"1e3", b"a\x00b", b"\xff\xfe", b"/\\\"", b"\x01\x1f\x7f",
           b"\xc3\xa9", b"\xe2\x82\xac", b"\n\r\t\b\f", b"nan", b"y" * 200]  # fmt: skip
WORDS = ["true", "false", "nil", "cjson.null"]
SETTINGS = [
    "cjson.encode_sparse_array(true)", "cjson.encode_sparse_array(true,1,0)", "cjson.encode_sparse_array(false,3,2)",
    "cjson.encode_max_depth(%d)", "cjson.decode_max_depth(%d)", "cjson.encode_number_precision(%d)",
    "cjson.encode_invalid_numbers(true)", "cjson.encode_invalid_numbers('null')", "cjson.decode_invalid_numbers(false)",
    "cjson.encode_keep_buffer(false)", "local cjson=cjson.new()",
]  # fmt: skip


def lua_string(data):
    """Any bytes as a Lua literal."""
    return '"' + "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else "\\%03d" % c for c in data) + '"'


class Cases:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def next(self):
        """One chunk."""
        make = self.random.choice([
            self.json_encode, self.json_decode, self.json_decode, self.json_setting, self.message_pack, self.message_unpack,
            self.message_unpack, self.struct_pack, self.struct_unpack, self.struct_unpack, self.struct_size, self.bits,
        ])  # fmt: skip
        return make()

    def chance(self, of):
        return self.random.randrange(of) == 0

    def some(self, most):
        return range(self.random.randrange(most + 1))

    # ---- values ---------------------------------------------------------------------------------

    def number(self):
        kind = self.random.randrange(6)
        if kind < 3:
            return self.random.choice(NUMBERS)
        if kind == 3:
            return str(self.random.randrange(-1000, 1000))
        if kind == 4:
            return repr(self.random.uniform(-1e6, 1e6))
        return "%.17g" % struct.unpack("d", struct.pack("Q", self.random.randrange(1 << 62)))

    def bytes(self):
        if self.chance(3):
            return bytes(self.random.randrange(256) for _ in self.some(12))
        return self.random.choice(STRINGS)

    def key(self):
        kind = self.random.randrange(20)
        if kind < 8:
            return "[%s]" % lua_string(self.bytes()[:31])
        if kind < 15:
            return "[%d]" % self.random.randrange(-1, 14)
        if kind < 19:
            return "[%s]" % self.random.choice(KEY_NUMBERS)
        return "[true]"

    def value(self, depth=4):
        kind = self.random.randrange(12)
        if kind < 4:
            return self.number()
        if kind < 7:
            return lua_string(self.bytes())
        if kind < 9 or depth == 0:
            return self.random.choice(WORDS + (["cjson.encode"] if self.chance(8) else []))
        if kind < 11:
            return "{%s}" % ",".join(self.value(depth - 1) for _ in self.some(5))
        return "{%s}" % ",".join(f"{self.key()}={self.value(depth - 1)}" for _ in self.some(5))

    def damaged(self, data, alphabet):
        """The same bytes, or with a few changes."""
        data = bytearray(data)
        if self.chance(2):
            return bytes(data)
        for _ in range(self.random.randrange(1, 4)):
            place = self.random.randrange(len(data) + 1)
            kind = self.random.randrange(4)
            if kind == 0:
                del data[place:]
            elif kind == 1:
                del data[place : place + 1]
            elif kind == 2:
                data[place:place] = bytes([self.random.choice(alphabet)])
            else:
                data[place : place + 1] = bytes([self.random.choice(alphabet)])
        return bytes(data)

    # ---- cjson ----------------------------------------------------------------------------------

    def setting(self):
        if not self.chance(3):
            return ""
        text = self.random.choice(SETTINGS)
        return (text % self.random.randrange(1, 5) if "%d" in text else text) + " "

    def json_encode(self):
        return f"{self.setting()}return run(cjson.encode,{self.value()})"

    def json_setting(self):
        name = self.random.choice([
            "encode_sparse_array", "encode_max_depth", "decode_max_depth", "encode_number_precision", "encode_keep_buffer",
            "encode_invalid_numbers", "decode_invalid_numbers", "encode", "decode",
        ])  # fmt: skip
        words = ["true", "false", "nil", "'on'", "'off'", "'null'", "'x'", "{}", "2^31", "2^32+3", "14", "15"]
        values = [self.random.choice(words) if self.chance(2) else self.number() for _ in self.some(4)]
        return f"return run(cjson.{','.join([name] + values)})..run(cjson.{name})"

    def json_number(self):
        return self.random.choice([
            b"0", b"-0", b"1", b"-1", b"12345678901234567890", b"0.1", b"1.", b".5", b"-.5", b"01", b"1e5", b"1E+5", b"1e-5", b"1e",
            b"1e400", b"1e-400", b"0x1F", b"0x1p3", b"-0x", b"inf", b"-Infinity", b"nan", b"NaN", b"+1", b"nan(1)", b"2.5e-310",
            b"123456789.123456789", b"--1", b"9007199254740993", b"%d" % self.random.randrange(10**6),
            repr(self.random.uniform(-1, 1)).encode(),
        ])  # fmt: skip

    def json_string(self):
        parts = [b"a", b"\\n", b"\\u0041", b"\\u00e9", b"\\u20AC", b"\\ud83d\\ude00", b"\\ud83d", b"\\ude00", b"\\u0000", b"\\u00", b"\\q",
                 b"\\\\", b'\\"', b"\\/", b"\\b\\f\\r\\t", b"\xff", b"\x01", b" ", b"x" * 20]  # fmt: skip
        weights = [8, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2]
        return b'"%b"' % b"".join(self.random.choices(parts, weights, k=self.random.randrange(5)))

    def json_text(self, depth=4):
        blank = self.random.choice([b"", b"", b"", b" ", b"\n", b"\t\r"])
        kind = self.random.randrange(10)
        if kind < 3:
            return blank + self.json_number()
        if kind < 5:
            return blank + self.json_string()
        if kind < 7 or depth == 0:
            return blank + self.random.choice([b"true", b"false", b"null"])
        if kind < 9:
            return blank + b"[%b]" % b",".join(self.json_text(depth - 1) for _ in self.some(4)) + blank
        pairs = (self.json_string() + blank + b":" + self.json_text(depth - 1) for _ in self.some(4))
        return blank + b"{%b}" % b",".join(pairs) + blank

    def json_decode(self):
        text = self.damaged(self.json_text(), b'[]{}:,"\\u\x00 01-+.eEnNiItfax/\xff\n')
        return f"{self.setting()}return run(cjson.decode,{lua_string(text)})"

    # ---- cmsgpack -------------------------------------------------------------------------------

    def message_pack(self):
        return "return run(%s)" % ",".join(["cmsgpack.pack"] + [self.value(5) for _ in self.some(3)])

    def message(self, depth=4):
        def packed(code, value):
            return struct.pack(">" + code, value & ((1 << 8 * struct.calcsize(code)) - 1))

        pick = self.random.randrange(12)
        if pick < 2:
            return bytes([self.random.choice([0xC0, 0xC2, 0xC3, self.random.randrange(128), self.random.randrange(224, 256)])])
        if pick < 5:
            tag, code = self.random.choice([(0xCC, "B"), (0xCD, "H"), (0xCE, "I"), (0xCF, "Q"), (0xD0, "B"), (0xD1, "H"), (0xD2, "I"), (0xD3, "Q")])
            return bytes([tag]) + packed(code, self.random.choice([0, 1, -1, 127, 128, 1 << 15, 1 << 31, 1 << 53, 1 << 63, self.random.getrandbits(64)]))
        if pick < 7:
            code, tag = self.random.choice([("f", 0xCA), ("d", 0xCB)])
            return bytes([tag]) + struct.pack(">" + code, self.random.choice([0.0, -0.0, 1.5, 0.1, 1e30, float("inf"), self.random.uniform(-9, 9)]))
        if pick < 9 or depth == 0:
            text = self.bytes()[:40]
            if len(text) < 32 and self.chance(2):
                return bytes([0xA0 + len(text)]) + text
            tag, code = self.random.choice([(0xD9, "B"), (0xDA, "H"), (0xDB, "I")])
            return bytes([tag]) + packed(code, len(text)) + text
        is_map = self.chance(2)
        count = self.random.randrange(5)
        items = b"".join(self.message(depth - 1) for _ in range(count * (2 if is_map else 1)))
        if self.chance(2):
            return bytes([(0x80 if is_map else 0x90) + count]) + items
        if self.chance(2):
            return bytes([0xDE if is_map else 0xDC]) + packed("H", count) + items
        return bytes([0xDF if is_map else 0xDD]) + packed("I", count) + items

    def message_unpack(self):
        text = self.damaged(b"".join(self.message() for _ in self.some(3)), range(256))
        if self.chance(4):
            text = bytes(self.random.randrange(256) for _ in self.some(20))
        name = self.random.choice(["unpack", "unpack", "unpack_one", "unpack_limit"])
        numbers = [str(self.random.randrange(-2, 12)) if not self.chance(10) else self.number() for _ in self.some(2)]
        return "return run(%s)" % ",".join([f"cmsgpack.{name}", lua_string(text)] + ([] if name == "unpack" else numbers))

    # ---- struct ---------------------------------------------------------------------------------

    def format(self):
        parts = []
        for _ in self.some(7):
            letter = self.random.choice("bBhHlLTiIiIfdsccx<>! !" + ("zn5=-@'" if self.chance(6) else ""))
            numbers = ["", "0", "1", "2", "3", "4", "5", "7", "8", "9", "12", "16", "32", "33", "2147483648", "99999999999"]
            weights = [20, 2, 4, 4, 4, 4, 2, 2, 4, 2, 1, 2, 1, 1, 1, 1]
            parts.append(letter + (self.random.choices(numbers, weights)[0] if letter in "iIc!" else ""))
        return "".join(parts)

    def struct_pack(self):
        form = self.format()
        values = []
        for letter in form:
            if letter in "bBhHlLTiIfd":
                values.append(self.number() if not self.chance(20) else self.value(0))
            elif letter in "sc":
                values.append(lua_string(self.bytes()) if not self.chance(20) else self.value(0))
        if self.chance(8):
            values = values[:-1]
        return "return run(%s)" % ",".join(["struct.pack", lua_string(form.encode())] + values)

    def struct_unpack(self):
        data = bytes(self.random.choice([0, 0, 1, 2, 3, 65, 255, self.random.randrange(256)]) for _ in self.some(40))
        offset = [str(self.random.randrange(-3, 12)) if not self.chance(10) else self.number()] if self.chance(3) else []
        return "return run(%s)" % ",".join(["struct.unpack", lua_string(self.format().encode()), lua_string(data)] + offset)

    def struct_size(self):
        return f"return run(struct.size,{lua_string(self.format().encode())})"

    # ---- bit ------------------------------------------------------------------------------------

    def bits(self):
        name = self.random.choice("tobit tohex bnot band bor bxor lshift rshift arshift rol ror bswap".split())
        values = [self.number() if not self.chance(20) else self.value(0) for _ in self.some(4)]
        return "return run(%s)" % ",".join([f"bit.{name}"] + values)
