# SPDX-License-Identifier: BSD-3-Clause
"""Bits of strings, and integers made of them. Offsets stay small: a bit far out makes a string as long.

VALKEY_ROWS are options that Redis up to 8.0 has not; they are only sent when neither server is such a Redis.
"""

ROWS = (
    (8, "SETBIT {skey} {bit_offset} {bit}"),
    (4, "GETBIT {skey} {bit_offset}"),
    (3, "BITCOUNT {skey}"),
    (4, "BITCOUNT {skey} {bit_range} {bit_range} ?[BYTE | BIT | {option}]"),
    (4, "BITPOS {skey} {bit} ?({bit_range} ?({bit_range} ?[BYTE | BIT | {option}]))"),
    (4, "BITOP [AND | OR | XOR] {skey} {skey}+"),
    (1, "BITOP NOT {skey} {skey}"),
    (0.5, "BITOP [NOT | {option}] {skey} [{skey} | {key}]+"),
    (4, "BITFIELD {skey} [GET {field_type} {field_offset} | SET {field_type} {field_offset} {integer}]+"),
    (
        6,
        "BITFIELD {skey} (?(OVERFLOW [WRAP | SAT | FAIL])"
        " [GET {field_type} {field_offset} | SET {field_type} {field_offset} {integer} | INCRBY {field_type} {field_offset} {integer}])+",
    ),
    (1, "BITFIELD {skey} (?(OVERFLOW {option}) [GET | SET | INCRBY | {option}] {field_type} {field_offset} ?{integer})*"),
    (2, "BITFIELD_RO {skey} (GET {field_type} {field_offset})*"),
    (0.5, "BITFIELD_RO {skey} [GET {field_type} {field_offset} | SET {field_type} {field_offset} {integer}]+"),
    (0.5, "SET {skey} {blob}"),
    (2, "SET {skey} {value}"),
)

VALKEY_ROWS = ((2, "BITCOUNT {skey} {bit_range}"),)
