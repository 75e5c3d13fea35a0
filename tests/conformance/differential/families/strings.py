# SPDX-License-Identifier: BSD-3-Clause
"""Strings and counters.

VALKEY_ROWS are options that Redis up to 8.0 has not; they are only sent when neither server is such a Redis.
"""

ROWS = (
    (10, "SET {skey} {value} < [NX | XX] | GET | [EX {ttl} | PX {ttl_ms} | EXAT {date} | PXAT {date_ms} | KEEPTTL] >"),
    (4, "SET {skey} {value}"),
    (1, "SET {skey} {value} <NX | XX | GET | EX {ttl} | PX {ttl_ms} | EXAT {date} | PXAT {date_ms} | KEEPTTL | {option}>"),
    (8, "GET {skey}"),
    (2, "GETDEL {skey}"),
    (5, "GETEX {skey} ?[EX {ttl} | PX {ttl_ms} | EXAT {date} | PXAT {date_ms} | PERSIST | EX {ttl} PERSIST | {option}]"),
    (3, "GETSET {skey} {value}"),
    (2, "SETNX {skey} {value}"),
    (2, "SETEX {skey} {ttl} {value}"),
    (2, "PSETEX {skey} {ttl_ms} {value}"),
    (5, "APPEND {skey} {value}"),
    (0.05, "[SET | GETSET] blob {blob}"),
    (0.05, "APPEND blob {value}"),
    (0.1, "[GET | STRLEN] blob"),
    (0.1, "GETRANGE blob {integer} {integer}"),
    (4, "STRLEN {skey}"),
    (4, "GETRANGE {skey} {index} {index}"),
    (2, "SUBSTR {skey} {index} {index}"),
    (4, "SETRANGE {skey} {offset} {value}"),
    (5, "INCR {skey}"),
    (3, "DECR {skey}"),
    (5, "INCRBY {skey} {integer}"),
    (3, "DECRBY {skey} {integer}"),
    (6, "INCRBYFLOAT {skey} {number}"),
    (4, "MGET [{key} | {skey}]+"),
    (3, "MSET ({skey} {value})+"),
    (2, "MSETNX ({skey} {value})+"),
    (3, "LCS {skey} {skey} < [LEN | IDX] | MINMATCHLEN {small} | WITHMATCHLEN >"),
)

VALKEY_ROWS = (
    (4, "SET {skey} {value} < IFEQ {value} | GET | [EX {ttl} | PXAT {date_ms} | KEEPTTL] >"),
    (2, "DELIFEQ {skey} {value}"),
    (2, "MSETEX 1 {skey} {value} < [NX | XX] | [EX {ttl} | PX {ttl_ms} | EXAT {date} | PXAT {date_ms} | KEEPTTL] >"),
    (2, "MSETEX 2 {skey} {value} {skey} {value} < [NX | XX] | [EX {ttl} | PXAT {date_ms} | KEEPTTL] >"),
    (1, "MSETEX {integer} ({skey} {value})+ ?{option}"),
)
