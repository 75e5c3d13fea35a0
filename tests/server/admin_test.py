#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The admin port: the page, the metrics, the probes; bad requests, slow ones, too many of them.

The metrics are read by a strict parser of the text format: every family has its HELP and TYPE
before its lines, which stand together, and no line comes twice.
"""

import base64
import http.client
import json
import re
import socket
import unittest

from running_server import LIMIT_S, ReplyError, RunningServer, free_port, wait_until

LABELS = re.compile(r'(?:^|,)([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


def parse_metrics(text):
    """{(name, ((label, value), ...)): number}, and the types by family."""
    samples, types, helped, finished, family = {}, {}, set(), set(), None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in helped, line
            helped.add(name)
            finished.add(family)
            family = name
            assert family not in finished, line
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and kind in ("gauge", "counter", "histogram", "summary"), line
            types[name] = kind
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name, labels, number = match.groups()
        bare = name
        if name != family and name.endswith(SUFFIXES.get(types[family], ("never",))):
            bare = name.rsplit("_", 1)[0]
        assert bare == family, line
        pairs = []
        if labels is not None:
            assert LABELS.sub("", labels) == "", line
            pairs = LABELS.findall(labels)
        key = (name, tuple(pairs))
        assert key not in samples, line
        samples[key] = float(number)
    check_histograms(samples)
    return samples, types


def check_histograms(samples):
    last = {}
    for (name, labels), value in samples.items():
        if name.endswith("_bucket"):
            own = (name, tuple(pair for pair in labels if pair[0] != "le"))
            bound = float(dict(labels)["le"])
            assert own not in last or (last[own][0] < bound and last[own][1] <= value), (name, labels)
            last[own] = (bound, value)
    for (name, labels), (bound, value) in last.items():
        assert bound == float("inf")
        assert samples[(name.removesuffix("_bucket") + "_count", labels)] == value


class AdminTest(unittest.TestCase):
    def start(self, *options, **more):
        self.admin_port = free_port()
        server = RunningServer("--admin-port", str(self.admin_port), *options, **more)
        self.addCleanup(server.close)
        return server

    def connect(self, host="127.0.0.1"):
        connection = http.client.HTTPConnection(host, self.admin_port, timeout=LIMIT_S)
        self.addCleanup(connection.close)
        return connection

    def get(self, path, headers={}, method="GET"):
        connection = self.connect()
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def raw(self, data):
        """What comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.admin_port), timeout=LIMIT_S) as plain:
            plain.sendall(data)
            received = b""
            while piece := plain.recv(65536):
                received += piece
        return received

    def metrics(self):
        status, headers, body = self.get("/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return parse_metrics(body)


class Contents(AdminTest):
    def test_off_unless_asked_for(self):
        with RunningServer() as server:
            self.assertEqual(server.call("CONFIG", "GET", "admin-port"), ["admin-port", "0"])
            self.assertNotIn("name=admin", server.call("INFO", "server"))
            with self.assertRaises(ReplyError):
                server.call("CONFIG", "SET", "admin-port", free_port())

    def test_metrics(self):
        server = self.start()
        with server.client() as client:
            for i in range(100):
                client.call("SET", f"key{i}", "v")
            client.call("SET", "big", "x" * 100_000, "EX", 1000)
            client.call("GET", "big")
            client.call("GET", "missing")
            with self.assertRaises(ReplyError):
                client.call("LPUSH", "big", "x")
            client.call("SELECT", 5)
            client.call("SET", 'odd "key"\\', "x" * 5000)
            wait_until(lambda: len(client.call("BIGKEYS")) == 2, "the walk to find both")
        samples, types = self.metrics()
        self.assertEqual(samples[("redis_up", ())], 1)
        self.assertEqual(samples[("redis_connected_clients", ())], 0)
        self.assertEqual(samples[("redis_db_keys", (("db", "db0"),))], 101)
        self.assertEqual(samples[("redis_db_keys_expiring", (("db", "db0"),))], 1)
        self.assertEqual(samples[("redis_db_keys", (("db", "db5"),))], 1)
        self.assertEqual(samples[("redis_keyspace_hits_total", ())], 1)
        self.assertEqual(samples[("redis_keyspace_misses_total", ())], 1)
        self.assertEqual(samples[("redis_commands_total", (("cmd", "set"),))], 102)
        self.assertEqual(samples[("redis_commands_failed_calls_total", (("cmd", "lpush"),))], 1)
        self.assertEqual(samples[("redis_errors_total", (("err", "WRONGTYPE"),))], 1)
        self.assertEqual(samples[("redis_commands_latencies_usec_count", (("cmd", "get"),))], 2)
        self.assertEqual(samples[("sorrel_ready", ())], 1)
        self.assertEqual(types["redis_commands_processed_total"], "counter")
        self.assertGreater(samples[("redis_memory_used_bytes", ())], 100_000)
        self.assertGreater(samples[("sorrel_turn_duration_seconds_count", ())], 100)
        big = {labels: value for (name, labels), value in samples.items() if name == "sorrel_big_key_bytes"}
        self.assertIn((("db", "db0"), ("type", "string"), ("key", "big")), big)
        self.assertIn((("db", "db5"), ("type", "string"), ("key", r"odd \"key\"\\")), big)

    def test_scrapes_are_no_clients(self):
        server = self.start()
        with server.client() as client:
            first = re.search(r"total_connections_received:(\d+)", client.call("INFO", "stats")).group(1)
            for _ in range(5):
                self.metrics()
            last = re.search(r"total_connections_received:(\d+)", client.call("INFO", "stats")).group(1)
            self.assertEqual(first, last)
            self.assertEqual(len(client.call("CLIENT", "LIST").splitlines()), 1)

    def test_status_json(self):
        server = self.start("--latency-monitor-threshold", "5", "--enable-debug-command", "yes")
        with server.client() as client:
            client.call("SET", "\x01 odd", "v")
            client.call("DEBUG", "SLEEP", "0.02")
        status, headers, body = self.get("/status.json")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        found = json.loads(body)
        self.assertEqual(found["not_ready"], "")
        self.assertEqual(found["databases"], [{"db": 0, "keys": 1, "expires": 0}])
        self.assertIn("set", [command["name"] for command in found["commands"]])
        self.assertEqual([spike["event"] for spike in found["spikes"]], ["command"])
        self.assertEqual(found["slow"][0]["words"], "DEBUG SLEEP 0.02")
        self.assertEqual(found["hot"][0]["key"], "\x01 odd")
        self.assertEqual(found["about"]["tcp_port"], str(server.port))
        self.assertEqual(sum(found["histogram"]), sum(command["calls"] for command in found["commands"]))

    def test_page_names_nothing_outside(self):
        self.start()
        _, headers, page = self.get("/")
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotRegex(page, r"(?:src|href)=\"(?:https?:)?//")
        self.assertNotRegex(page, r" style=| on[a-z]+=")
        for name in sorted(set(re.findall(r'(?:src|href)="([^"#]+)"', page))):
            status, _, body = self.get("/" + name)
            self.assertEqual(status, 200, name)
            self.assertTrue(body, name)
            if name.endswith((".js", ".css")):
                self.assertNotRegex(body, r"https?://(?!www\.w3\.org/2000/svg)")

    def test_unknown_paths(self):
        self.start()
        for path in ("/x", "/metrics/", "/..", "/index.html", "/Metrics"):
            self.assertEqual(self.get(path)[0], 404, path)
        self.assertEqual(self.get("/metrics?name=x")[0], 200)


class Probes(AdminTest):
    def test_ready_and_alive(self):
        self.start()
        self.assertEqual(self.get("/healthz")[::2], (200, "alive\n"))
        self.assertEqual(self.get("/readyz")[::2], (200, "ready\n"))

    def test_not_ready_while_memory_is_full(self):
        server = self.start()
        server.call("CONFIG", "SET", "maxmemory", 1)
        self.assertEqual(self.get("/readyz")[::2], (503, "not ready: memory is full\n"))
        self.assertEqual(self.get("/healthz")[0], 200)
        self.assertEqual(self.metrics()[0][("sorrel_ready", ())], 0)
        server.call("CONFIG", "SET", "maxmemory", 0)
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_not_ready_while_loading(self):
        server = self.start("--key-load-delay", "500", "--enable-debug-command", "yes")
        with server.client() as client, server.client() as other:
            client.call("DEBUG", "POPULATE", 4000)
            client.send("DEBUG", "RELOAD")
            wait_until(lambda: "loading:1\r\n" in other.call("INFO", "persistence"), "loading to begin")
            self.assertEqual(self.get("/readyz")[::2], (503, "not ready: loading the data\n"))
            self.assertEqual(self.get("/healthz")[0], 200)
            self.assertEqual(self.metrics()[0][("redis_loading_dump_file", ())], 1)
            self.assertEqual(client.reply(), "OK")
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_answers_while_a_script_runs_too_long(self):
        server = self.start("--busy-reply-threshold", "10")
        with server.client() as client, server.client() as other:
            client.send("EVAL", "while true do end", 0)
            wait_until(lambda: self.get("/readyz")[0] == 503, "the script to be too long")
            self.assertEqual(self.get("/readyz")[2], "not ready: a script runs too long\n")
            self.metrics()
            self.assertEqual(other.call("SCRIPT", "KILL"), "OK")
            with self.assertRaises(ReplyError):
                client.reply()


class Access(AdminTest):
    def header(self, user, password):
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def test_password(self):
        self.start("--requirepass", "se:cret")
        status, headers, _ = self.get("/metrics")
        self.assertEqual(status, 401)
        self.assertTrue(headers["WWW-Authenticate"].startswith("Basic "))
        for user, password in (("default", "wrong"), ("default", ""), ("other", "se:cret"), ("default", "se:cretx")):
            self.assertEqual(self.get("/metrics", self.header(user, password))[0], 401, (user, password))
        for path in ("/", "/metrics", "/status.json", "/status.js"):
            self.assertEqual(self.get(path)[0], 401, path)
            self.assertEqual(self.get(path, self.header("default", "se:cret"))[0], 200, path)
        self.assertEqual(self.get("/healthz")[0], 200)
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_the_password_of_now(self):
        server = self.start()
        self.assertEqual(self.get("/metrics")[0], 200)
        server.call("CONFIG", "SET", "requirepass", "new")
        self.assertEqual(self.get("/metrics")[0], 401)
        self.assertEqual(self.get("/metrics", self.header("default", "new"))[0], 200)

    def test_users_with_rights(self):
        server = self.start()
        server.call("ACL", "SETUSER", "watcher", "on", ">w", "+info")
        server.call("ACL", "SETUSER", "other", "on", ">o", "+get", "~*")
        server.call("ACL", "SETUSER", "resting", "off", ">r", "+@all")
        with server.client() as client:
            client.call("ACL", "SETUSER", "default", "resetpass", ">d")
            for user, password, status in (("watcher", "w", 200), ("default", "d", 200), ("other", "o", 401),
                                           ("resting", "r", 401), ("watcher", "d", 401)):
                self.assertEqual(self.get("/status.json", self.header(user, password))[0], status, user)
            self.assertEqual(self.get("/status.json")[0], 401)

    def test_names_of_strangers(self):
        self.start()
        self.assertEqual(self.get("/status.json", {"Host": "evil.example"})[0], 403)
        self.assertEqual(self.get("/status.json", {"Host": "localhost:1"})[0], 200)
        self.assertEqual(self.get("/status.json", {"Host": "sorrel:1"})[0], 200)

    def test_an_address_that_cannot_be_had(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with self.assertRaisesRegex(AssertionError, r"Failed listening on port \d+ \(admin\)"):
                RunningServer("--admin-port", str(taken.getsockname()[1]))


class Requests(AdminTest):
    def test_bad_requests(self):
        self.start()
        for data, status in (
                (b"GET\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"\x16\x03\x01\x02\x00\n", 400),
                (b"*1\r\n$4\r\nPING\r\n\r\n", 400), (b"GET / HTTP/1.1\nHost: a\n\n", 400),
                (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", 400),
                (b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 405),
                (b"OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", 405), (b"GET / HTTP/3\r\n\r\n", 505),
                (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 413),
                (b"x" * 100_000, 413)):
            with self.subTest(data=data[:60]):
                answer = self.raw(data)
                self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), answer[:80])
                self.assertIn(b"\r\nConnection: close\r\n", answer)
        self.assertEqual(self.get("/healthz")[0], 200)

    def test_head_has_no_body(self):
        self.start()
        status, headers, body = self.get("/", method="HEAD")
        self.assertEqual((status, body), (200, ""))
        self.assertGreater(int(headers["Content-Length"]), 1000)

    def test_a_connection_is_kept(self):
        self.start()
        connection = self.connect()
        for _ in range(3):
            connection.request("GET", "/healthz")
            self.assertEqual(connection.getresponse().read(), b"alive\n")
        own = connection.sock
        connection.request("GET", "/healthz", headers={"Connection": "close"})
        self.assertEqual(connection.getresponse().read(), b"alive\n")
        self.assertIsNotNone(own)

    def test_many_requests_in_one_piece_are_all_answered(self):
        self.start()
        request = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = self.raw(request * 4 + b"GET /readyz HTTP/1.0\r\n\r\n")
        self.assertEqual(answer.count(b"alive\n"), 4)
        self.assertTrue(answer.endswith(b"ready\n"))

    def test_a_request_in_single_bytes(self):
        self.start()
        with socket.create_connection(("127.0.0.1", self.admin_port), timeout=LIMIT_S) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /healthz HTTP/1.0\r\n\r\n":
                plain.sendall(bytes([byte]))
            self.assertIn(b"alive\n", plain.recv(65536))

    def test_the_silent_make_room(self):
        server = self.start()
        silent = [socket.create_connection(("127.0.0.1", self.admin_port), timeout=LIMIT_S) for _ in range(80)]
        for plain in silent:
            self.addCleanup(plain.close)
            try:
                plain.sendall(b"GET / HT")
            except OSError:
                pass  # it has made room already
        self.assertEqual(self.get("/healthz")[0], 200)
        try:
            self.assertEqual(silent[0].recv(10), b"")
        except ConnectionResetError:
            pass
        self.assertEqual(server.call("PING"), "PONG")

    def test_the_slow_are_told_and_closed(self):
        self.start()
        answer = self.raw(b"GET / HTTP/1.1\r\nHost: a\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), answer[:80])

    def test_ends_with_the_server(self):
        server = self.start()
        with socket.create_connection(("127.0.0.1", self.admin_port), timeout=LIMIT_S) as plain:
            self.assertEqual(self.get("/healthz")[0], 200)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(plain.recv(10), b"")


if __name__ == "__main__":
    unittest.main()
