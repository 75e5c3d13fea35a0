#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes inputs for rdb_file_fuzz to begin with: one file for each value of the exchange test, as a server saves it.

    rdb_file_seeds.py DIRECTORY --server build/debug/sorrel [--with redis-server] ...

Each server is given the values one at a time and saves; the header of the file becomes the byte by which the fuzzer chooses
one, the checksum is left out. Large files are passed over.
"""

import argparse
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))

import exchange  # noqa: E402
from exchange_files import FilePeer, LIBRARY  # noqa: E402

# As in rdb_file_fuzz.cc.
HEADERS = [b"REDIS0012", b"REDIS0011", b"REDIS0010", b"REDIS0009", b"REDIS0006", b"REDIS0003", b"VALKEY080", b"REDIS0001"]
MOST_BYTES = 3000
CHECKSUM_BYTES = 8
COMPACT_LIMITS = [(b"hash-max-listpack-entries", b"2"), (b"zset-max-listpack-entries", b"2"), (b"set-max-intset-entries", b"2")]


def seeds_of(command, settings):
    peer = FilePeer("seeds", command)
    try:
        peer.configure(settings + [(b"rdbcompression", b"no")])
        for _, commands in exchange.recipes():
            if not peer.make(commands):
                continue
            peer.must(b"SET", b"other", b"value", b"PX", b"100000000")
            peer.must(b"FUNCTION", b"FLUSH")
            peer.must(b"FUNCTION", b"LOAD", LIBRARY)
            peer.must(b"SAVE")
            image = peer.file().read_bytes()
            if len(image) <= MOST_BYTES:
                yield bytes([HEADERS.index(image[:9])]) + image[9:-CHECKSUM_BYTES]
    finally:
        peer.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--server", required=True)
    parser.add_argument("--with", dest="others", action="append", default=[], metavar="COMMAND")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for command in [arguments.server, *arguments.others]:
        for settings in ([], COMPACT_LIMITS):
            for seed in seeds_of(command, settings):
                (arguments.directory / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main()
