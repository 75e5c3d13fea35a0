#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""TLS as an operator and a client meet it: certificates good and bad, who is let in, reloading them under load.

What an attacker would try is here, too: plain text, garbage, mutated and unfinished handshakes. The
certificates are made at the start of the run; without `openssl` the tests are skipped.
"""

import os
import pathlib
import random
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

from certificates import Authority, TlsServer, have_openssl, openssl
from running_server import LIMIT_S, Client, ReplyError, RunningServer, free_port, program, wait_until

REFUSED = "ERR CONFIG SET failed (possibly related to argument '{}') - Unable to update TLS configuration. Check server logs."
CLOSED = (OSError, EOFError)  # ssl.SSLError is an OSError


class WithCertificates(unittest.TestCase):
    """An authority with a certificate for the server and one for clients."""

    @classmethod
    def setUpClass(cls):
        if not have_openssl():
            raise unittest.SkipTest("openssl is not installed")
        folder = tempfile.TemporaryDirectory(prefix="sorrel-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.authority = Authority(folder.name)
        cls.pair = cls.authority.issue("server")
        cls.client_pair = cls.authority.issue("client")
        cls.stranger = Authority(folder.name, "stranger")
        cls.known = cls.authority.context(cls.client_pair)
        cls.nameless = cls.authority.context()

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self, *options, **more):
        server = TlsServer(self.authority, self.pair, *options, **more)
        self.addCleanup(server.close)
        return server

    def answers(self, server, context, **more):
        """Whether a client of this context is served; a refusal may show only when it reads."""
        try:
            with server.tls_client(context, **more) as client:
                return client.call("PING") == "PONG"
        except CLOSED:
            return False

    def set_refused(self, server, *words):
        with self.assertRaises(ReplyError) as caught:
            server.call("CONFIG", "SET", *words)
        return str(caught.exception)


class Starts(WithCertificates):
    """A start with bad certificates says in one line what is wrong with which option."""

    def refused(self, says, **settings):
        options = {"tls-port": str(free_port()), "port": "0", "bind": "127.0.0.1", "tls-cert-file": self.pair[0],
                   "tls-key-file": self.pair[1], "tls-ca-cert-file": str(self.authority.cert)}
        options.update({name.replace("_", "-"): value for name, value in settings.items()})
        words = [word for name, value in options.items() if value is not None for word in (f"--{name}", value)]
        done = subprocess.run([program(), *words, "--dir", self.folder], capture_output=True, text=True, timeout=LIMIT_S,
                              check=False)
        self.assertEqual(done.returncode, 1, done)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("sorrel: TLS: "), lines[0])
        self.assertIn(says, lines[0])

    def test_files_that_lack_or_are_bad(self):
        with open(self.path("text"), "w", encoding="utf-8") as file:
            file.write("not a certificate\n")
        self.refused("tls-cert-file is not set", tls_cert_file=None)
        self.refused("tls-key-file is not set", tls_key_file=None)
        for option in ("tls_cert_file", "tls_key_file", "tls_ca_cert_file", "tls_dh_params_file", "tls_client_cert_file"):
            name = option.replace("_", "-")
            with self.subTest(option=name):
                self.refused(f"{name} '/no/such/file': No such file or directory", **{option: "/no/such/file"})
                self.refused(f"{name} '{self.path('text')}': ", **{option: self.path("text")})
        self.refused("tls-key-file", tls_key_file=self.client_pair[1])  # of another certificate
        self.refused("tls-client-key-file is not set", tls_client_cert_file=self.client_pair[0])

    def test_values_that_mean_nothing(self):
        self.refused("tls-protocols 'TLSv9'", tls_protocols="TLSv9")
        self.refused("tls-protocols", tls_protocols="TLSv1.3 SSLv3")
        self.refused("tls-ciphers 'NO-SUCH-CIPHER'", tls_ciphers="NO-SUCH-CIPHER")
        self.refused("tls-ciphersuites", tls_ciphersuites="NO_SUCH_SUITE")

    def test_clients_cannot_be_verified_without_an_authority(self):
        self.refused("tls-auth-clients", tls_ca_cert_file=None)
        self.refused("tls-auth-clients", tls_ca_cert_file=None, tls_auth_clients="optional")

    def test_an_encrypted_key(self):
        cert, key = self.authority.issue("locked", password="1234")
        self.refused("it is encrypted, and tls-key-file-pass is not set", tls_cert_file=cert, tls_key_file=key)
        self.refused("does not open it", tls_cert_file=cert, tls_key_file=key, tls_key_file_pass="wrong")
        server = TlsServer(self.authority, (cert, key), "--tls-key-file-pass", "1234")
        self.addCleanup(server.close)
        self.assertTrue(self.answers(server, self.known))

    def test_by_tls_alone(self):
        path = self.path("socket")
        server = TlsServer(self.authority, self.pair, "--port", "0", "--bind", "127.0.0.1", "--unixsocket", path, address=path)
        self.addCleanup(server.close)
        self.assertTrue(self.answers(server, self.known))
        fields = server.info("server")
        self.assertEqual(fields["tcp_port"], str(server.tls_port))
        self.assertEqual(fields["listener1"], f"name=tls,bind=127.0.0.1,port={server.tls_port}")
        wait_until(lambda: "Ready to accept connections tls" in server.output.read_text(), "the log")


class Handshakes(WithCertificates):
    """Who is let in."""

    def test_protocols(self):
        server = self.serve()
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            context = self.authority.context(self.client_pair)
            context.minimum_version = context.maximum_version = version
            with server.tls_client(context) as client:
                self.assertEqual(client.socket.version(), name)
                self.assertEqual(client.call("SET", "k", name), "OK")
                self.assertEqual(client.call("GET", "k"), name)
            other = "TLSv1.3" if name == "TLSv1.2" else "TLSv1.2"
            server.call("CONFIG", "SET", "tls-protocols", other)
            self.assertFalse(self.answers(server, context))
            server.call("CONFIG", "SET", "tls-protocols", "")

    def test_ciphers_and_whose_order_counts(self):
        server = self.serve("--tls-protocols", "TLSv1.2", "--tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
        context = self.authority.context(self.client_pair)
        context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
        for preference, cipher in (("no", "ECDHE-ECDSA-AES256-GCM-SHA384"), ("yes", "ECDHE-ECDSA-AES128-GCM-SHA256")):
            server.call("CONFIG", "SET", "tls-prefer-server-ciphers", preference)
            with server.tls_client(context) as client:
                self.assertEqual(client.socket.cipher()[0], cipher)
        context.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
        self.assertFalse(self.answers(server, context))

    def test_client_certificates(self):
        server = self.serve()
        foreign = self.authority.context(self.stranger.issue("foreign"))
        for value, without, with_foreign in (("yes", False, False), ("optional", True, False), ("no", True, True)):
            with self.subTest(value=value):
                server.call("CONFIG", "SET", "tls-auth-clients", value)
                self.assertTrue(self.answers(server, self.known))
                self.assertEqual(self.answers(server, self.nameless), without)
                self.assertEqual(self.answers(server, foreign), with_foreign)
        wait_until(lambda: "TLS with client 127.0.0.1" in server.output.read_text(), "the log")
        self.assertGreater(int(server.info("tls")["tls_failures"]), 0)

    def test_the_server_is_verified(self):
        server = self.serve()
        with self.assertRaises(ssl.SSLCertVerificationError):
            server.tls_client(self.stranger.context(self.client_pair))

    def test_sessions_are_resumed_unless_that_is_off(self):
        server = self.serve()
        context = self.authority.context(self.client_pair)
        for caching in (True, False):
            server.call("CONFIG", "SET", "tls-session-caching", "yes" if caching else "no")
            with server.tls_client(context) as client:
                client.call("PING")
                session = client.socket.session
            if not caching and (session is None or not session.has_ticket):
                continue
            with server.tls_client(context, session=session) as client:
                client.call("PING")
                self.assertEqual(client.socket.session_reused, caching)

    def test_farewells(self):
        server = self.serve()
        client = server.tls_client(self.known)
        self.assertEqual(client.call("PING"), "PONG")
        client.stream.close()
        client.socket.unwrap().close()  # raises unless the server says farewell, too
        client = server.tls_client(self.known)
        self.assertEqual(client.call("QUIT"), "OK")
        self.assertEqual(client.socket.recv(1), b"")  # as well
        client.__exit__()

    def test_no_more_clients_than_maxclients(self):
        server = self.serve("--maxclients", "2")
        with server.client() as one, server.tls_client(self.known) as two:
            self.assertEqual((one.call("PING"), two.call("PING")), ("PONG", "PONG"))
            self.assertFalse(self.answers(server, self.known))
        wait_until(lambda: self.answers(server, self.known), "room for a client")

    def test_protected_mode_tells_who_it_refuses(self):
        inside = pathlib.Path(__file__).with_name("protected_mode_tls.py")
        done = subprocess.run(["unshare", "--net", "--map-root-user", sys.executable, "-B", str(inside), self.folder],
                              capture_output=True, text=True, timeout=2 * LIMIT_S, check=False)
        if "unshare failed" in done.stderr or "Operation not permitted" in done.stderr:
            self.skipTest("no network of its own may be made here")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertTrue(lines[0].startswith("-DENIED "), lines)
        self.assertEqual(lines[1:], ["", "-NOAUTH Authentication required."])


class Traffic(WithCertificates):
    """What goes over it is what goes over a plain connection."""

    def setUp(self):
        self.server = self.serve()

    def client(self):
        return self.server.tls_client(self.known)

    def test_large_values_both_ways(self):
        value = "".join(random.Random(1).choices("abcdefgh", k=3_000_000))
        with self.client() as client:
            for _ in range(3):
                self.assertEqual(client.call("SET", "k", value), "OK")
                self.assertEqual(client.call("GET", "k"), value)
        self.assertEqual(self.server.call("STRLEN", "k"), len(value))

    def test_pipelines(self):
        count = 20_000
        with self.client() as client:
            requests = b"".join(b"*2\r\n$4\r\nECHO\r\n$%d\r\n%d\r\n" % (len(str(i)), i) for i in range(count))
            sender = threading.Thread(target=client.socket.sendall, args=(requests,))
            sender.start()
            for i in range(count):
                self.assertEqual(client.reply(), str(i))
            sender.join()

    def test_a_reply_waits_for_a_reader_who_is_slow(self):
        self.server.call("SET", "k", "x" * 1_000_000)
        with self.client() as slow, self.client() as other:
            slow.socket.sendall(b"GET k\r\n" * 20)
            for _ in range(50):
                self.assertEqual(other.call("PING"), "PONG")
            for _ in range(20):
                self.assertEqual(len(slow.reply()), 1_000_000)

    def test_requests_in_small_pieces(self):
        with self.client() as client:
            for byte in b"*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n":
                client.socket.sendall(bytes([byte]))
            self.assertEqual(client.reply(), "hello")

    def test_messages_and_those_who_wait(self):
        with self.client() as reader, self.client() as waiter, self.client() as writer:
            reader.send("HELLO", "3")
            while reader.line() != "modules":  # the last field
                pass
            self.assertEqual(reader.line(), "*0")
            reader.send("SUBSCRIBE", "news")
            self.assertEqual([reader.line() for _ in range(6)], [">3", "$9", "subscribe", "$4", "news", ":1"])
            waiter.send("BLPOP", "list", 0)
            self.assertEqual(writer.call("PUBLISH", "news", "it rains"), 1)
            self.assertEqual([reader.line() for _ in range(7)], [">3", "$7", "message", "$4", "news", "$8", "it rains"])
            wait_until(lambda: self.server.info("clients")["blocked_clients"] == "1", "the waiter")
            writer.call("RPUSH", "list", "a")
            self.assertEqual(waiter.reply(), ["list", "a"])

    def test_replies_that_wait_for_the_disk(self):
        server = self.serve("--appendonly", "yes", "--appendfsync", "always")
        with server.tls_client(self.known) as client:
            client.socket.sendall(b"INCR n\r\n" * 1000)
            self.assertEqual([client.reply() for _ in range(1000)], list(range(1, 1001)))

    def test_client_list_and_kill(self):
        with self.client() as client:
            number = client.call("CLIENT", "ID")
            self.assertIn(f"laddr=127.0.0.1:{self.server.tls_port}", client.call("CLIENT", "INFO"))
            self.assertEqual(self.server.call("CLIENT", "KILL", "ID", number), 1)
            with self.assertRaises(CLOSED):
                client.call("PING")

    def test_migrate(self):
        here = self.serve("--tls-cluster", "yes", "--tls-client-cert-file", self.client_pair[0], "--tls-client-key-file",
                          self.client_pair[1])
        here.call("SET", "moved", "v" * 500_000)
        self.assertEqual(here.call("MIGRATE", "127.0.0.1", self.server.tls_port, "moved", 0, 5000), "OK")
        self.assertEqual(self.server.call("STRLEN", "moved"), 500_000)
        here.call("SET", "stays", "v")
        with self.assertRaises(ReplyError):
            here.call("MIGRATE", "127.0.0.1", self.server.port, "stays", 0, 5000)  # does not speak TLS
        self.assertEqual(here.call("GET", "stays"), "v")


class Reloads(WithCertificates):
    """CONFIG SET reads the files anew; what is bad changes nothing."""

    def shown(self, server):
        with server.tls_client(self.known) as client:
            client.call("PING")
            return client.socket.getpeercert()["subject"][0][0][1]

    def test_other_files(self):
        server = self.serve()
        other = self.authority.issue("other")
        with server.tls_client(self.known) as early:
            self.assertEqual(self.shown(server), "server")
            server.call("CONFIG", "SET", "tls-cert-file", other[0], "tls-key-file", other[1])
            self.assertEqual(self.shown(server), "other")
            self.assertEqual(early.call("PING"), "PONG")

    def test_the_same_files_with_other_content(self):
        current = self.path("current.crt"), self.path("current.key")
        for source, target in zip(self.pair, current):
            shutil.copy(source, target)
        server = TlsServer(self.authority, current)
        self.addCleanup(server.close)
        self.assertEqual(self.shown(server), "server")
        for source, target in zip(self.authority.issue("renewed"), current):
            shutil.copy(source, target)
        self.assertEqual(self.shown(server), "server")
        server.call("CONFIG", "SET", "tls-cert-file", current[0])
        self.assertEqual(self.shown(server), "renewed")

    def test_what_is_bad_is_refused(self):
        server = self.serve()
        for words in (["tls-cert-file", "/no/such/file"], ["tls-key-file", self.client_pair[1]], ["tls-cert-file", ""],
                      ["tls-ciphers", "NONE-SUCH"], ["tls-protocols", "SSLv2"], ["tls-ca-cert-file", self.pair[1]],
                      ["tls-cert-file", self.client_pair[0]]):
            with self.subTest(words=words):
                before = server.call("CONFIG", "GET", words[0])
                self.assertEqual(self.set_refused(server, *words), REFUSED.format(words[0]))
                self.assertEqual(server.call("CONFIG", "GET", words[0]), before)
                self.assertEqual(self.shown(server), "server")
        wait_until(lambda: "tls-cert-file '/no/such/file': No such file or directory" in server.output.read_text(), "the log")

    def test_the_port(self):
        server = self.serve()
        with server.tls_client(self.known) as early:
            port = free_port()
            self.assertEqual(early.call("CONFIG", "SET", "tls-port", port), "OK")
            self.assertFalse(self.answers(server, self.known))
            server.tls_address = ("127.0.0.1", port)
            self.assertTrue(self.answers(server, self.known))
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))
                taken.listen()
                self.assertIn("Unable to listen on this port", self.set_refused(server, "tls-port", taken.getsockname()[1]))
            self.assertTrue(self.answers(server, self.known))
            # The same port for the one and for the other.
            early.call("CONFIG", "SET", "tls-port", 0)
            early.call("CONFIG", "SET", "port", port)
            with Client(("127.0.0.1", port)) as plain:
                self.assertEqual(plain.call("PING"), "PONG")
                plain.call("CONFIG", "SET", "port", 0)
                plain.call("CONFIG", "SET", "tls-port", port)
            self.assertTrue(self.answers(server, self.known))
            self.assertEqual(early.call("PING"), "PONG")

    def test_switching_it_on_at_run_time(self):
        with RunningServer() as server:
            port = free_port()
            self.assertEqual(self.set_refused(server, "tls-port", port), REFUSED.format("tls-port"))
            # As long as nobody uses them the files are only names.
            server.call("CONFIG", "SET", "tls-key-file", "/no/such/file")
            server.call("CONFIG", "SET", "tls-cert-file", self.pair[0], "tls-key-file", self.pair[1], "tls-ca-cert-file",
                        str(self.authority.cert), "tls-port", port)
            with ssl.create_default_context(cafile=str(self.authority.cert)).wrap_socket(
                    socket.create_connection(("127.0.0.1", port)), server_hostname="localhost"):
                pass
            server.call("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2")
            socket.create_connection(("127.0.0.2", port)).close()

    def test_under_load(self):
        server = self.serve()
        pairs = [self.pair, self.authority.issue("second")]
        failures = []
        ended = threading.Event()

        def load(number):
            try:
                context = self.authority.context(self.client_pair)
                with server.tls_client(context) as lasting:
                    count = 0
                    while not ended.is_set() or count < 20:
                        with server.tls_client(context) as client:
                            if client.call("ECHO", "x" * 20_000) != "x" * 20_000:
                                raise AssertionError("a reply was damaged")
                        count += 1
                        if lasting.call("INCR", f"n{number}") != count:
                            raise AssertionError("a reply was lost")
            except Exception as failure:  # pylint: disable=broad-except
                failures.append(failure)

        threads = [threading.Thread(target=load, args=(i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        with server.client() as admin:
            for i in range(60):
                cert, key = pairs[i % 2]
                admin.call("CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key)
                with self.assertRaises(ReplyError):
                    admin.call("CONFIG", "SET", "tls-key-file", "/no/such/file")
        ended.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_passwords_are_kept_out_of_the_slow_log(self):
        server = self.serve("--slowlog-log-slower-than", "0")
        server.call("CONFIG", "SET", "tls-key-file-pass", "sesame", "tls-client-key-file-pass", "sesame")
        self.assertNotIn("sesame", str(server.call("SLOWLOG", "GET", "-1")))


class Attacks(WithCertificates):
    """Bytes that are no TLS, or not quite, end their own connection and nothing else."""

    def setUp(self):
        self.server = self.serve("--tls-session-caching", "no")

    def tearDown(self):
        self.assertTrue(self.answers(self.server, self.known))

    def hello(self):
        """The bytes with which a client begins."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.known.wrap_bio(incoming, outgoing, server_hostname="localhost")
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read()

    def send(self, data, finish=True):
        """Sends this to the TLS port. Returns: all that came, when the server has closed the connection."""
        with socket.create_connection(self.server.tls_address, LIMIT_S) as raw:
            try:
                raw.sendall(data)
                if finish:
                    raw.shutdown(socket.SHUT_WR)
                parts = []
                while part := raw.recv(65536):
                    parts.append(part)
                return b"".join(parts)
            except ConnectionResetError:
                return b""

    def test_plain_text_to_the_tls_port(self):
        answer = self.send(b"*1\r\n$4\r\nPING\r\n", finish=False)
        self.assertNotIn(b"PONG", answer)
        answer = self.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", finish=False)
        self.assertNotIn(b"HTTP", answer)

    def test_a_tls_client_at_the_plain_port(self):
        with self.assertRaises(CLOSED):
            self.known.wrap_socket(socket.create_connection(("127.0.0.1", self.server.port), LIMIT_S), server_hostname="localhost")
        self.assertEqual(self.server.call("PING"), "PONG")

    def test_who_leaves_early(self):
        before = int(self.server.info("tls")["tls_failures"])
        hello = self.hello()
        for length in (0, 1, 4, 5, 6, 50, len(hello) - 1, len(hello)):
            self.send(hello[:length])
        self.assertGreaterEqual(int(self.server.info("tls")["tls_failures"]), before + 7)

    def test_garbage(self):
        dice = random.Random(7)
        for size in (1, 5, 100, 20_000, 300_000):
            self.send(dice.randbytes(size))
            self.send(b"\x16\x03\x01" + dice.randbytes(size))

    def test_a_handshake_without_an_end(self):
        # A message of the length that its header says, in records that never make it whole.
        record = b"\x16\x03\x01\x3f\xff" + b"\x01\x00\xff\xff" + b"\x00" * (0x3fff - 4)
        self.send(record + (b"\x16\x03\x01\x3f\xff" + b"\x00" * 0x3fff) * 40, finish=False)

    def test_mutated_handshakes(self):
        dice = random.Random(20)
        hello = self.hello()
        for _ in range(600):
            mutant = bytearray(hello)
            for _ in range(dice.randint(1, 4)):
                kind = dice.randrange(4)
                at = dice.randrange(len(mutant))
                if kind == 0:
                    mutant[at] = dice.randrange(256)
                elif kind == 1:
                    mutant[at] ^= 1 << dice.randrange(8)
                elif kind == 2:
                    del mutant[at:at + dice.randint(1, 20)]
                else:
                    mutant[at:at] = dice.randbytes(dice.randint(1, 20))
                if not mutant:
                    mutant = bytearray(b"\x16")
            self.send(bytes(mutant))
        self.assertEqual(self.server.info("clients")["connected_clients"], "1")

    def test_mutated_records_after_the_handshake(self):
        dice = random.Random(21)
        for _ in range(60):
            with socket.create_connection(self.server.tls_address, LIMIT_S) as raw:
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                client = self.known.wrap_bio(incoming, outgoing, server_hostname="localhost")
                while True:
                    try:
                        client.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        raw.sendall(outgoing.read())
                        incoming.write(raw.recv(65536))
                raw.sendall(outgoing.read())
                client.write(b"SET k v\r\n" * 20)
                record = bytearray(outgoing.read())
                record[dice.randrange(len(record))] ^= 1 << dice.randrange(8)
                try:
                    raw.sendall(record)
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(65536):
                        pass
                except OSError:
                    pass
        self.assertEqual(self.server.call("EXISTS", "k"), 0)

    def test_handshakes_byte_by_byte(self):
        with socket.create_connection(self.server.tls_address, LIMIT_S) as raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = self.known.wrap_bio(incoming, outgoing, server_hostname="localhost")

            def push():
                for byte in outgoing.read():
                    raw.sendall(bytes([byte]))

            def pull():
                incoming.write(raw.recv(3))

            while True:
                try:
                    client.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    push()
                    pull()
            client.write(b"PING\r\n")
            push()
            while True:
                try:
                    self.assertEqual(client.read(7), b"+PONG\r\n")
                    break
                except ssl.SSLWantReadError:
                    pull()

    def test_unfinished_handshakes_keep_nobody_waiting(self):
        idle = [socket.create_connection(self.server.tls_address, LIMIT_S) for _ in range(200)]
        try:
            for i, raw in enumerate(idle):
                raw.sendall(self.hello()[:i])
            self.assertTrue(self.answers(self.server, self.known))
            self.assertEqual(self.server.call("PING"), "PONG")
        finally:
            for raw in idle:
                raw.close()
        wait_until(lambda: self.server.info("clients")["connected_clients"] == "1", "the end of them")

    def test_thousands_of_handshakes_leave_nothing(self):
        def shake(count):
            with self.server.client() as admin:
                for i in range(count):
                    with self.server.tls_client(self.known) as client:
                        client.call("SET", "k", "x" * (i % 3000))
                wait_until(lambda: self.server.info("clients")["connected_clients"] == "2", "them to be gone")
                return int([line for line in admin.call("INFO", "memory").splitlines() if line.startswith("used_memory:")][0][12:])

        if os.environ.get("SORREL_SANITIZE"):
            shake(500)  # the sanitizer looks for what was left itself
            return
        first = shake(700)
        last = shake(2000)
        self.assertLess(last - first, 200_000)  # a hundred bytes for each


class Tools(WithCertificates):
    """Clients and tools that people have."""

    def files(self):
        return ["--cacert", str(self.authority.cert), "--cert", self.client_pair[0], "--key", self.client_pair[1]]

    def test_redis_cli(self):
        if shutil.which("redis-cli") is None:
            self.skipTest("redis-cli is not installed")
        server = self.serve()

        def cli(*words, stdin=""):
            return subprocess.run(["redis-cli", "-h", "127.0.0.1", "-p", str(server.tls_port), "--tls", *self.files(), *words],
                                  input=stdin, capture_output=True, text=True, timeout=LIMIT_S, check=False)

        done = cli("SET", "k", "v")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "OK\n", ""), done)
        mass = "".join(f"SET key:{i} {'x' * 200}\r\n" for i in range(10_000))
        done = cli("--pipe", stdin=mass)
        self.assertIn("errors: 0, replies: 10000", done.stdout)
        self.assertEqual(server.call("DBSIZE"), 10_001)

    def test_redis_py(self):
        try:
            import redis  # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("redis-py is not installed")
        server = self.serve("--requirepass", "sesame")
        client = redis.Redis(host="localhost", port=server.tls_port, password="sesame", ssl=True, ssl_ca_certs=str(self.authority.cert),
                             ssl_certfile=self.client_pair[0], ssl_keyfile=self.client_pair[1])
        pipe = client.pipeline()
        for i in range(2000):
            pipe.set(f"k{i}", "x" * i)
        pipe.execute()
        self.assertEqual(client.strlen("k1999"), 1999)
        listener = client.pubsub()
        listener.subscribe("c")
        self.assertEqual(listener.get_message(timeout=LIMIT_S)["type"], "subscribe")
        client.publish("c", "m")
        self.assertEqual(listener.get_message(timeout=LIMIT_S)["data"], b"m")
        client.close()

    def test_the_health_check(self):
        server = self.serve()
        at = [program(), "healthcheck", "--port", str(server.tls_port)]

        def status(*words):
            return subprocess.run([*at, *words], capture_output=True, text=True, timeout=LIMIT_S, check=False)

        self.assertEqual(status("--tls", *self.files()).returncode, 0)
        self.assertEqual(status("--host", "localhost", "--tls", *self.files()).returncode, 0)
        self.assertEqual(status("--tls", "--insecure", *self.files()[2:]).returncode, 0)
        for words, says in ((["--tls"], "certificate verify failed"), (["--tls", *self.files()[:2]], ""), ([], ""),
                            (["--tls", "--cacert", "/no/such/file"], "No such file")):
            done = status(*words, "--timeout", "5")
            self.assertEqual(done.returncode, 1, done)
            self.assertEqual(len(done.stderr.splitlines()), 1, done)
            self.assertIn(says, done.stderr)
        self.assertEqual(status("--tls", "--cert").returncode, 2)

    def test_another_client_of_openssl(self):
        server = self.serve("--tls-auth-clients", "no")
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.tls_port}", "-CAfile", str(self.authority.cert),
                               "-verify_return_error", "-quiet"], input="PING\r\nQUIT\r\n", capture_output=True, text=True,
                              timeout=LIMIT_S, check=False)
        self.assertIn("+PONG", done.stdout)

    def test_dh_parameters(self):
        path = self.path("dh.pem")
        openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", path)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost", "-CA", self.authority.cert, "-CAkey", self.authority.key, "-keyout", self.path("rsa.key"),
                "-out", self.path("rsa.crt"))
        server = TlsServer(self.authority, (self.path("rsa.crt"), self.path("rsa.key")), "--tls-dh-params-file", path)
        self.addCleanup(server.close)
        context = self.authority.context(self.client_pair)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("DHE-RSA-AES256-GCM-SHA384")
        self.assertTrue(self.answers(server, context))


if __name__ == "__main__":
    unittest.main(verbosity=2)
