# SPDX-License-Identifier: BSD-3-Clause
"""Certificates for tests, made anew each time by the machine's `openssl`, and clients that use them.

Keys are of the curve P-256, which is quick to make. Nothing of it is worth keeping.
"""

import pathlib
import shutil
import socket
import ssl
import subprocess

from running_server import LIMIT_S, Client, RunningServer, free_port


def have_openssl():
    return shutil.which("openssl") is not None


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=LIMIT_S)


class Authority:
    """Signs certificates. Files are named after what they belong to, in its folder."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.cert = self.folder / f"{name}.crt"
        self.key = self.folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.cert)

    def issue(self, name, password=None):
        """Returns: the paths of a certificate and of its key, encrypted if there is a password."""
        cert, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        protection = ["-passout", f"pass:{password}"] if password else ["-nodes"]
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", *protection, "-days", "30",
                "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext",
                "basicConstraints=critical,CA:FALSE", "-CA", self.cert, "-CAkey", self.key, "-keyout", key, "-out", cert)
        return str(cert), str(key)

    def context(self, pair=None):
        """What a client of servers with its certificates needs; `pair` is what it shows itself."""
        context = ssl.create_default_context(cafile=str(self.cert))
        if pair:
            context.load_cert_chain(*pair)
        return context


class TlsClient(Client):
    """As Client, by TLS."""

    def __init__(self, address, context, **more):
        super().__init__(address)
        self.stream.close()
        # The request would wait for the acknowledgement of the handshake's last message.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost", **more)
        except BaseException:
            self.socket.close()
            raise
        self.stream = self.socket.makefile("rb")


class TlsServer(RunningServer):
    """A server with a plain port, for the test's own questions, and a TLS port beside it."""

    def __init__(self, authority, pair, *options, **more):
        self.authority = authority
        self.tls_port = free_port()
        self.tls_address = ("127.0.0.1", self.tls_port)
        super().__init__("--tls-port", str(self.tls_port), "--tls-cert-file", pair[0], "--tls-key-file", pair[1],
                         "--tls-ca-cert-file", str(authority.cert), "--loglevel", "verbose", *options, **more)

    def tls_client(self, context, **more):
        return TlsClient(self.tls_address, context, **more)

    def info(self, section):
        lines = (line.partition(":") for line in self.call("INFO", section).splitlines())
        return {name: value for name, colon, value in lines if colon}
