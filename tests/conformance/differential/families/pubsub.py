# SPDX-License-Identifier: BSD-3-Clause
"""Publishing, where nobody listens: what a subscriber receives is no reply, and is tested elsewhere."""

ROWS = (
    (3, "[PUBLISH | SPUBLISH] {text} {value}"),
    (1, "PUBSUB [CHANNELS | SHARDCHANNELS] ?{pattern}"),
    (1, "PUBSUB [NUMSUB | SHARDNUMSUB] {text}*"),
    (1, "PUBSUB NUMPAT"),
    (0.5, "PUBSUB [HELP | {nonsense} | NUMPAT {option} | CHANNELS {text} {text}]"),
)
