# SPDX-License-Identifier: BSD-3-Clause
"""A server in thirty lines of commands, for testing the differential tester itself: one with faults planted on request.

It knows strings in one database and what a round needs to begin and to look at a keyspace. A fault is a function
(store, args, reply) that returns the reply to give instead; it may change the store.
"""

import socket
import socketserver
import threading

from resp import encode, parse


_ARITY = {b"SET": 3, b"GET": 2, b"INCR": 2, b"DEL": 2, b"ECHO": 2, b"TYPE": 2}


class ToyServer:
    """Has what servers.Server has for a bench: name, kind, connect, ensure, end."""

    def __init__(self, name, fault=None):
        self.name, self.kind = name, ("redis", (8, 0))
        self._store, self._fault, self._lock = {}, fault, threading.Lock()
        toy = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self):
                toy.serve(self.request)

        self._listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self._listener.daemon_threads = True
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def connect(self):
        return socket.create_connection(self._listener.server_address, timeout=10)

    def ensure(self):
        return False

    def end(self):
        pass

    def close(self):
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()

    def serve(self, link):
        data = b""
        while True:
            chunk = link.recv(65536)
            if not chunk:
                return
            data, position, replies = data + chunk, 0, []
            while position < len(data):
                try:
                    args, position = parse(data, position)
                except IndexError:
                    break
                with self._lock:
                    replies.append(self._answer(args))
                if replies[-1] is None:
                    return
            data = data[position:]
            link.sendall(b"".join(replies))

    def _answer(self, args):
        """The bytes of the reply, or None to close the connection."""
        reply = self._run(args[0].upper(), args)
        return self._fault(self._store, args, reply) if self._fault else reply

    def _run(self, word, args):
        store = self._store
        if len(args) < _ARITY.get(word, 1):
            return b"-ERR wrong number of arguments\r\n"
        if word == b"ECHO":
            return _bulk(args[1])
        if word == b"FLUSHALL":
            store.clear()
        if word == b"SET":
            store[args[1]] = args[2]
        if word == b"GET":
            return _bulk(store[args[1]]) if args[1] in store else b"$-1\r\n"
        if word == b"INCR":
            store[args[1]] = b"%d" % (int(store.get(args[1], b"0")) + 1)
            return b":%b\r\n" % store[args[1]]
        if word == b"DEL":
            return b":%d\r\n" % (store.pop(args[1], None) is not None)
        if word == b"DBSIZE":
            return b":%d\r\n" % len(store)
        if word == b"SCAN":
            return b"*2\r\n$1\r\n0\r\n" + encode(list(store))
        if word == b"TYPE":
            return b"+string\r\n" if args[1] in store else b"+none\r\n"
        if word == b"PEXPIRETIME":
            return b":-1\r\n"
        return b"+OK\r\n"


def _bulk(text):
    return b"$%d\r\n%b\r\n" % (len(text), text)
