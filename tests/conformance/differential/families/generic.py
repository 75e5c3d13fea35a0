# SPDX-License-Identifier: BSD-3-Clause
"""Commands on keys of any type: existence, deadlines, moving about, and walking the keyspace.

`~WALK` is no command of a server: it stands for a SCAN (ZSCAN ...) followed from cursor 0 back to 0, and its reply for
everything that was found on the way. `~DRAW` stands for a command that draws at random, followed by a look at what was
drawn: its reply is how many there were and how many of them exist. `~EXPIRE key` sets a deadline of one millisecond and
waits until the key is seen to be gone.
"""

ROWS = (
    (4, "DEL {key}+"),
    (2, "UNLINK {key}+"),
    (3, "EXISTS {key}+"),
    (2, "TOUCH {key}+"),
    (4, "TYPE {key}"),
    (3, "EXPIRE {key} {ttl} [? [NX | XX | GT | LT] | <NX | XX | GT | LT>]"),
    (3, "PEXPIRE {key} {ttl_ms} [? [NX | XX | GT | LT] | <NX | XX | GT | LT>]"),
    (3, "EXPIREAT {key} {date} [? [NX | XX | GT | LT] | <NX | XX | GT | LT>]"),
    (3, "PEXPIREAT {key} {date_ms} [? [NX | XX | GT | LT] | <NX | XX | GT | LT>]"),
    (0.05, "~EXPIRE {key}"),
    (2, "TTL {key}"),
    (2, "PTTL {key}"),
    (3, "EXPIRETIME {key}"),
    (3, "PEXPIRETIME {key}"),
    (2, "PERSIST {key}"),
    (1, "RENAME {key} {key}"),
    (2, "RENAME [{skey} {skey} | {zkey} {zkey}]"),
    (3, "RENAMENX [{key} {key} | {skey} {skey} | {zkey} {zkey}]"),
    (4, "COPY [{key} {key} | {skey} {skey} | {zkey} {zkey}] <DB {db} | REPLACE>"),
    (3, "MOVE {key} {db}"),
    (0.3, "SWAPDB {db} {db}"),
    (1, "~DRAW RANDOMKEY"),
    (0.1, "RANDOMKEY ?{option}"),
    (2, "KEYS {pattern}"),
    (1, "~WALK SCAN <MATCH {pattern} | COUNT {small} | TYPE [string | zset | list | nosuch]>"),
    (1, "SCAN [0 | {integer}] <MATCH {pattern} | COUNT {integer} | TYPE {option}>"),
    (4, "OBJECT [ENCODING | REFCOUNT] {key}"),
    (1, "OBJECT [IDLETIME | FREQ] {key}"),
    (0.3, "OBJECT [HELP | {nonsense} | {nonsense} {key}]"),
)
