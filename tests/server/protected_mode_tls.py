#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a client from another address is told by TLS: run as protected_mode.py is, in a network of its own.

    protected_mode_tls.py FOLDER       FOLDER holds ca.crt, server.crt, server.key, client.crt and client.key

Prints the first line that such a client gets in protected mode, what it gets then (nothing: an end),
and the first line when a password is set.
"""

import pathlib
import ssl
import sys

from certificates import TlsClient
from protected_mode import FOREIGN, set_up_network
from running_server import RunningServer, free_port


def main(folder):
    set_up_network()
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "client.crt", folder / "client.key")
    for options in ([], ["--requirepass", "secret"]):
        port = free_port()
        with RunningServer("--bind", "127.0.0.1", FOREIGN, "--tls-port", str(port), "--tls-cert-file", str(folder / "server.crt"),
                           "--tls-key-file", str(folder / "server.key"), "--tls-ca-cert-file", str(folder / "ca.crt"), *options):
            with TlsClient((FOREIGN, port), context) as client:
                client.send("PING")
                print(client.line())
                if not options:
                    print(client.line())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
