# SPDX-License-Identifier: BSD-3-Clause
"""The families of commands. A new one is a module beside these with a table ROWS, and a line here."""

from families import (
    bitmaps,
    blocking,
    connection,
    dump,
    generic,
    geo,
    hashes,
    hyperloglog,
    lists,
    pubsub,
    server,
    sets,
    sort,
    sorted_sets,
    streams,
    strings,
    transactions,
)

FAMILIES = {
    "connection": connection,
    "generic": generic,
    "string": strings,
    "list": lists,
    "set": sets,
    "sorted-set": sorted_sets,
    "hash": hashes,
    "stream": streams,
    "bitmap": bitmaps,
    "hyperloglog": hyperloglog,
    "geo": geo,
    "sort": sort,
    "dump": dump,
    "blocking": blocking,
    "transaction": transactions,
    "pubsub": pubsub,
    "server": server,
}
