# SPDX-License-Identifier: BSD-3-Clause
"""The families of commands. A new one is a module beside these with a table ROWS, and a line here."""

from families import connection, generic, server, sorted_sets, strings

FAMILIES = {
    "connection": connection,
    "generic": generic,
    "string": strings,
    "sorted-set": sorted_sets,
    "server": server,
}
