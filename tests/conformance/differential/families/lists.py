# SPDX-License-Identifier: BSD-3-Clause
"""Lists, in one listpack and in several nodes.

What a list's encoding is after CONFIG SET list-max-listpack-size is not compared: Redis keeps the limit that a list had when
it became a quicklist, Sorrel asks for the limit of now.
"""

ROWS = (
    (10, "[LPUSH | RPUSH] {list_key} {list_value}+"),
    (0.3, "[LPUSH | RPUSH] {list_key} {list_values}"),
    (3, "[LPUSHX | RPUSHX] {list_key} {list_value}+"),
    (6, "[LPOP | RPOP] {list_key} ?{small}"),
    (0.3, "[LPOP | RPOP] {list_key} {integer}"),
    (3, "LLEN {list_key}"),
    (4, "LINDEX {list_key} {index}"),
    (5, "LRANGE {list_key} {index} {index}"),
    (2, "LRANGE {list_key} 0 -1"),
    (5, "LSET {list_key} {index} {list_value}"),
    (4, "LREM {list_key} {index} {list_value}"),
    (0.7, "LTRIM {list_key} {index} {index}"),
    (5, "LINSERT {list_key} [BEFORE | AFTER | {option}] {list_value} {list_value}"),
    (6, "LPOS {list_key} {list_value} < RANK {index} | COUNT {small} | MAXLEN {small} | {option} >"),
    (5, "LMOVE {list_key} {list_key} [LEFT | RIGHT] [LEFT | RIGHT | {option}]"),
    (3, "RPOPLPUSH {list_key} {list_key}"),
    (4, "LMPOP {counted_lists} [LEFT | RIGHT | {option}] ?(COUNT {small})"),
    (3, "OBJECT ENCODING {list_key}"),
    (0.5, "[RENAME | COPY] {list_key} {list_key}"),
    (0.3, "MOVE {list_key} {db}"),
    (0.2, "DEL {list_key}+"),
    (0.05, "SET {list_key} {value}"),
    (0.3, "EXPIRE {list_key} {ttl}"),
)
