# SPDX-License-Identifier: BSD-3-Clause
"""Sets in all three forms, and the algebra of sorted sets over them.

What SPOP takes is a matter of chance, and with it everything after. So it is sent where it takes nothing or all, and
`~POP` looks at what went and puts it back.
"""

ROWS = (
    (8, "SADD {set_key} {set_member}+"),
    (2, "SADD {set_key} {few_numbers}"),
    (0.7, "SADD {set_key} {many_set_members}"),
    (5, "SREM {set_key} {set_member}+"),
    (0.7, "SREM {set_key} {many_set_members}"),
    (2, "SCARD {set_key}"),
    (4, "SISMEMBER {set_key} {set_member}"),
    (3, "SMISMEMBER {set_key} {set_member}+"),
    (3, "SMEMBERS {set_key}"),
    (4, "SMOVE {set_key} {set_key} {set_member}"),
    (3, "[SUNION | SINTER | SDIFF] {set_key}+"),
    (1, "SDIFF {set_key} {set_key}+ {set_key}+"),
    (4, "[SUNIONSTORE | SINTERSTORE | SDIFFSTORE] {set_key} {set_key}+"),
    (2, "SDIFFSTORE {set_key} {set_key} {set_key}+ {set_key}+"),
    (3, "SINTERCARD {counted_set_keys} ?(LIMIT {small})"),
    (0.5, "SINTERCARD {counted_set_keys} < LIMIT {integer} | {option} >"),
    (0.3, "SPOP {set_key} [1000 | 9223372036854775807 | 0 | -1 | abc]"),
    (1, "~POP SPOP {set_key} ?{small}"),
    (0.3, "~POP SPOP {set_key} [100 | 130 | 300]"),
    (2, "SRANDMEMBER {set_key} ?{count}"),
    (1, "~DRAW SRANDMEMBER {set_key} ?{count}"),
    (1, "~WALK SSCAN {set_key} < MATCH {pattern} | COUNT {small} >"),
    (1, "SSCAN {set_key} [0 | {integer}] < MATCH {pattern} | COUNT {integer} | {option} >"),
    (2, "OBJECT ENCODING {set_key}"),
    (0.4, "DEL {set_key}+"),
    (0.5, "[RENAME | COPY] {set_key} {set_key}"),
    (0.3, "EXPIRE {set_key} {ttl}"),
    (0.1, "SET {set_key} {value}"),
    (1, "ZADD {zkey} ({score} {set_member})+"),
    (2, "[ZUNION | ZINTER] {set_or_zset_keys} < AGGREGATE [SUM | MIN | MAX] | WITHSCORES >"),
    (1, "ZDIFF {set_or_zset_keys} ?WITHSCORES"),
    (1, "[ZUNIONSTORE | ZINTERSTORE] {zkey} {set_or_zset_keys} ?(AGGREGATE [SUM | MIN | MAX])"),
    (0.5, "ZDIFFSTORE {zkey} {set_or_zset_keys}"),
    (0.5, "ZINTERCARD {set_or_zset_keys} ?(LIMIT {small})"),
    (0.1, "CONFIG SET {set_limits}"),
    (0.05, "CONFIG SET set-max-listpack-value [0 | 2 | 64]"),
)
