# SPDX-License-Identifier: BSD-3-Clause
"""Commands that may wait. Nobody else sends anything meanwhile, so they find something, or get nothing after a moment.

The moments are of a few milliseconds; in a transaction none of these commands waits.
"""

ROWS = (
    (6, "[BLPOP | BRPOP] {list_key}+ {timeout}"),
    (4, "BLMOVE {list_key} {list_key} [LEFT | RIGHT] [LEFT | RIGHT | {option}] {timeout}"),
    (3, "BRPOPLPUSH {list_key} {list_key} {timeout}"),
    (4, "BLMPOP {timeout} {counted_lists} [LEFT | RIGHT | {option}] ?(COUNT {small})"),
    (6, "[BZPOPMIN | BZPOPMAX] {zkey}+ {timeout}"),
    (4, "BZMPOP {timeout} {counted_keys} [MIN | MAX | {option}] ?(COUNT {small})"),
    (2, "[XREAD | XREAD COUNT 2] BLOCK {moment} STREAMS {stream_name} [0 | 5-1 | 9-9 | {last}]"),
    (2, "XREADGROUP GROUP {group_name} {reader} BLOCK {moment} STREAMS {stream_name} [0 | {fresh}]"),
    (1, "XGROUP CREATE {stream_name} {group_name} 0 ?MKSTREAM"),
    (2, "XADD {stream_name} {short_id} f {value}"),
    (1, "XTRIM {stream_name} MAXLEN 0"),
    (1, "[WAIT 0 {moment} | WAIT 1 {moment} | WAIT {integer} {option} | WAIT {small} {bad_moment}]"),
    (1, "[WAITAOF 0 0 {moment} | WAITAOF 0 1 {moment} | WAITAOF 1 0 {moment} | WAITAOF {small} {option} {bad_moment}]"),
    (6, "[LPUSH | RPUSH] {list_key} {list_value}+"),
    (3, "ZADD {zkey} ({score} {member})+"),
    (1, "DEL [{list_key} | {zkey}]+"),
    (0.2, "SET {list_key} {value}"),
)


def _one_of(*words):
    return lambda random: words[int(random.random() * len(words))]


SLOTS = {
    "moment": _one_of(b"1", b"1", b"2", b"9", b"-1", b"abc", b"1.5", b"9223372036854775808"),
    "bad_moment": _one_of(b"-1", b"abc", b"", b"1.5"),
    "stream_name": _one_of(b"stream1", b"stream2", b"list1"),
    "group_name": _one_of(b"g1", b"g2"),
    "reader": _one_of(b"alice", b"bob"),
    "short_id": _one_of(*(b"%d-1" % number for number in range(1, 40))),
    "last": _one_of(b"$"),
    "fresh": _one_of(b">"),
}  # fmt: skip
