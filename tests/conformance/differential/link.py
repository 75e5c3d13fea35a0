# SPDX-License-Identifier: BSD-3-Clause
"""The two connections over which a stream of commands is sent to both servers at once.

A batch is written to both sockets while both are read, so neither side can block the other. It is
closed by an ECHO of a word that occurs nowhere else: a reply buffer that ends in this word is whole,
and two equal buffers mean that every reply of the batch was equal, without parsing any of them.
"""

import selectors
import time

from resp import BadReply, Tagged, encode, parse

ANSWER_LIMIT_SECONDS = 30
CLOSED = Tagged("closed", "the connection was closed before this reply")
SILENT = Tagged("silent", f"no reply came within {ANSWER_LIMIT_SECONDS} seconds")
GARBLED = Tagged("garbled", "the reply stream cannot be parsed from here on")


class Link:
    """One connection: what has been received of the current batch, and why it ended."""

    def __init__(self, server, protocol):
        self.server = server
        self.socket = server.connect()
        self.socket.setblocking(False)
        self.received = bytearray()
        self.unsent = b""
        self.trouble = None
        if protocol == 3:
            exchange([self], [(b"HELLO", b"3")])

    def close(self):
        self.socket.close()

    def replies(self, count):
        """The (raw bytes, value) of each of `count` replies; what is missing is made up from the trouble."""
        data, position, found = bytes(self.received), 0, []
        trouble = self.trouble
        while len(found) < count:
            try:
                value, end = parse(data, position)
            except (IndexError, BadReply):
                trouble = trouble or GARBLED
                break
            found.append((data[position:end], value))
            position = end
        found.extend([(b"", trouble or GARBLED)] * (count - len(found)))
        return found


_serial = iter(range(1, 1 << 62))


def leaves_queue_open(commands):
    """Whether there is a MULTI without its end: what comes next would be queued instead of answered."""
    is_open = False
    for command in commands:
        if len(command) == 1 and command[0].upper() in (b"MULTI", b"EXEC", b"DISCARD", b"RESET"):
            is_open = command[0].upper() == b"MULTI"
    return is_open


def exchange(links, commands):
    """Sends the commands to every link and waits until each has answered all, closed or fallen silent.

    A transaction that they leave open is discarded.
    """
    word = b"~end-of-batch-%016d~" % next(_serial)
    payload = b"".join(map(encode, commands))
    if leaves_queue_open(commands):
        payload += encode((b"DISCARD",))
    payload += encode((b"ECHO", word))
    ending = b"$%d\r\n%b\r\n" % (len(word), word)
    with selectors.DefaultSelector() as selector:
        for link in links:
            link.received = bytearray()
            link.unsent = memoryview(payload)
            if link.trouble is None:
                selector.register(link.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, link)
        limit = time.monotonic() + ANSWER_LIMIT_SECONDS
        while selector.get_map():
            for key, events in selector.select(1.0):
                _pump(selector, key.data, events, ending)
            if time.monotonic() > limit:
                for key in list(selector.get_map().values()):
                    key.data.trouble = SILENT
                    selector.unregister(key.fileobj)


def _pump(selector, link, events, ending):
    try:
        if events & selectors.EVENT_WRITE:
            link.unsent = link.unsent[link.socket.send(link.unsent) :]
            if not link.unsent:
                selector.modify(link.socket, selectors.EVENT_READ, link)
        if events & selectors.EVENT_READ:
            chunk = link.socket.recv(1 << 18)
            if not chunk:
                raise ConnectionError
            link.received += chunk
            if link.received.endswith(ending) and not link.unsent:
                del link.received[-len(ending) :]
                selector.unregister(link.socket)
    except BlockingIOError:
        return
    except OSError:
        link.trouble = CLOSED
        selector.unregister(link.socket)
