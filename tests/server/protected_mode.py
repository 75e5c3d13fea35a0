#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a client from another address is told: run in a network namespace of its own.

The namespace holds nothing but a loopback device, which gets a second address that is none of
127.0.0.0/8; so a foreign client can be had without listening where anybody could reach it. Prints
the first line that such a client gets: by default, with a password set, with protected mode off;
and then what a client from 127.0.0.1 gets by default.
"""

import fcntl
import socket
import struct

from running_server import Client, RunningServer

FOREIGN = "10.11.12.13"
SIOCSIFADDR, SIOCSIFFLAGS = 0x8916, 0x8914
IFF_UP = 1


def set_up_network():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", IFF_UP, b""))
        address = struct.pack("16sHH4s8s", b"lo:1", socket.AF_INET, 0, socket.inet_aton(FOREIGN), b"")
        fcntl.ioctl(control, SIOCSIFADDR, address)


def first_line(server, host):
    with Client((host, server.port)) as client:
        client.send("PING")
        return client.line()


def main():
    set_up_network()
    # The last --bind wins.
    everywhere = ["--bind", "127.0.0.1", FOREIGN]
    for options in ([], ["--requirepass", "secret"], ["--protected-mode", "no"]):
        with RunningServer(*everywhere, *options) as server:
            print(first_line(server, FOREIGN))
    with RunningServer(*everywhere) as server:
        print(first_line(server, "127.0.0.1"))


if __name__ == "__main__":
    main()
