# SPDX-License-Identifier: BSD-3-Clause
"""Hashes, below and above the size at which their compact form ends, and the deadlines of their fields.

`~EXPIRE key field` gives a field a deadline of one millisecond and waits until the hash has one field less. Conditions on
the key (HSETEX NX, XX), which only Valkey has, are left out.
"""

ROWS = (
    (10, "HSET {hash} ({field} {value})+"),
    (0.4, "HSET {hash} {many_fields}"),
    (2, "HMSET {hash} ({field} {value})+"),
    (3, "HSETNX {hash} {field} {value}"),
    (5, "HGET {hash} {field}"),
    (3, "HMGET {hash} {field}+"),
    (2, "HGETALL {hash}"),
    (1, "[HKEYS | HVALS] {hash}"),
    (3, "HLEN {hash}"),
    (2, "HSTRLEN {hash} {field}"),
    (2, "HEXISTS {hash} {field}"),
    (5, "HDEL {hash} {field}+"),
    (5, "HINCRBY {hash} {field} {integer}"),
    (5, "HINCRBYFLOAT {hash} {field} {number}"),
    (1, "HRANDFIELD {hash} ?({count} ?WITHVALUES)"),
    (1, "~DRAW HRANDFIELD {hash} ?{count}"),
    (1, "~WALK HSCAN {hash} < MATCH {pattern} | COUNT {small} | NOVALUES >"),
    (1, "HSCAN {hash} [0 | {integer}] < MATCH {pattern} | COUNT {integer} | NOVALUES | {option} >"),
    (4, "HEXPIRE {hash} {ttl} ?[NX | XX | GT | LT] {fields}"),
    (4, "HPEXPIRE {hash} {ttl_ms} ?[NX | XX | GT | LT] {fields}"),
    (5, "HEXPIREAT {hash} {date} ?[NX | XX | GT | LT] {fields}"),
    (6, "HPEXPIREAT {hash} {date_ms} ?[NX | XX | GT | LT] {fields}"),
    (2, "[HTTL | HPTTL] {hash} {fields}"),
    (3, "[HEXPIRETIME | HPEXPIRETIME] {hash} {fields}"),
    (3, "HPERSIST {hash} {fields}"),
    (3, "HGETDEL {hash} {fields}"),
    (5, "HGETEX {hash} ?[EX {ttl} | PX {ttl_ms} | EXAT {date} | PXAT {date_ms} | PERSIST | {option}] {fields}"),
    (6, "HSETEX {hash} < [FNX | FXX] | [EX {ttl} | PX {ttl_ms} | EXAT {date} | PXAT {date_ms} | KEEPTTL] > {field_values}"),
    (1, "HSETEX {hash} <FNX | FXX | EX {ttl} | PX {ttl_ms} | EXAT {date} | PXAT {date_ms} | KEEPTTL | {option}> {field_values}"),
    (0.03, "~EXPIRE {hash} {field}"),
    (1, "[RENAME | COPY] {hash} {hash}"),
    (0.5, "COPY {hash} {hash} DB {db} REPLACE"),
    (0.5, "MOVE {hash} {db}"),
    (0.3, "DEL {hash}+"),
    (0.3, "[EXPIREAT {hash} {date} | PERSIST {hash}]"),
    (0.1, "SET {hash} {value}"),
    (2, "OBJECT ENCODING {hash}"),
    (0.05, "CONFIG SET hash-max-listpack-entries [0 | 4 | 512]"),
    (0.05, "CONFIG SET hash-max-listpack-value [0 | 2 | 64]"),
)
