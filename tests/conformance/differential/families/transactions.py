# SPDX-License-Identifier: BSD-3-Clause
"""Transactions. After a MULTI the runner puts a few commands of the other rows and then EXEC or, rarely, DISCARD.

What was watched is changed, or not, by the commands that come before the next MULTI.
"""

ROWS = (
    (4, "MULTI"),
    (2, "WATCH {key}+"),
    (0.3, "UNWATCH"),
    (0.2, "[EXEC | DISCARD]"),
    (0.2, "[EXEC | DISCARD | UNWATCH | MULTI | WATCH] {option}"),
    (0.1, "WATCH"),
    (4, "SET {skey} {value}"),
    (2, "[GET {skey} | INCR {skey} | HGETALL {hash} | SMEMBERS {set_key} | TTL {key} | DEL {key}]"),
)
