# SPDX-License-Identifier: BSD-3-Clause
"""HyperLogLogs: their bytes, sparse and dense, must be the same on both servers, and so must every estimate.

Nothing damages a value here: how much of a damaged one is still usable is up to the server.
"""

ROWS = (
    (10, "PFADD {hkey} {elements}"),
    (3, "PFADD {hkey} {element}*"),
    (5, "PFCOUNT {hkey}"),
    (3, "PFCOUNT {hkey}+"),
    (3, "PFMERGE {hkey} {hkey}*"),
    (3, "GET {hkey}"),
    (1, "STRLEN {hkey}"),
    (1, "PFDEBUG [ENCODING | DECODE | {option}] {hkey}"),
    (0.1, "PFDEBUG [TODENSE | GETREG] {hkey}"),
    (1, "COPY {hkey} {hkey} ?REPLACE"),
    (1, "RENAME {hkey} {hkey}"),
    (1.5, "DEL {hkey}"),
    (0.3, "EXPIRE {hkey} {ttl}"),
    (0.1, "SET {hkey} {value}"),
    (0.2, "CONFIG SET hll-sparse-max-bytes [0 | 30 | 100 | 1000 | 3000 | 3000 | 16000]"),
)
