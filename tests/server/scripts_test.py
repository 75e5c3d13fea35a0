#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Scripts that run too long, over real connections: others are told BUSY, and SCRIPT KILL ends whatever it is."""

import select
import unittest

from running_server import ReplyError, RunningServer, wait_until

# Each would run for ever.
ENDLESS = {
    "a loop": "while true do end",
    "a loop of protected calls": "while true do pcall(function() while true do end end) end",
    "a protected call that swallows": "while true do pcall(error, 'x') end",
    "a handler that swallows": "while true do xpcall(function() while true do end end, function() return 1 end) end",
    "a handler that loops": "xpcall(error, function() while true do end end)",
    "a coroutine": "coroutine.wrap(function() while true do end end)()",
    "coroutines in protected calls": "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    "coroutines that are resumed":
        "local c = coroutine.create(function() while true do coroutine.yield() end end) while true do coroutine.resume(c) end",
    "calls of commands": "while true do redis.pcall('get', 'k') end",
    "loaded code": "loadstring('while true do end')()",
    "a metamethod": "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) while true do pcall(function() return t[1] end) end",
    "a sort": "local t = {} for i = 1, 100 do t[i] = i end while true do pcall(table.sort, t, function() while true do end end) end",
    "an iterator": "for _ in function() return 1 end do end",
    "a growing string": "local s = '' while true do s = (s .. 'x'):sub(-100) end",
    "a pattern that goes back and forth": "return ('a'):rep(1e5):find('.-.-.-.-b')",
    "a replacement of what is never found": "local s = ('a'):rep(3e5) while true do s:gsub('a-b', '') end",
    "patterns in protected calls": "while true do pcall(function() for w in ('a'):rep(1e5):gmatch('.-.-.-.-b') do end end) end",
    "long strings": "while true do local s = ('x'):rep(1e6) end",
    "what is made of a long string": "local s = ('x'):rep(1e6) while true do s:upper() end",
    "a search in a long string": "local s = ('x'):rep(1e7) while true do s:find('y', 1, true) end",
}


class Scripts(unittest.TestCase):
    def setUp(self):
        self.server = RunningServer("--busy-reply-threshold", "20", "--appendonly", "yes")
        self.addCleanup(self.server.close)

    def busy(self):
        try:
            self.server.call("GET", "k")
        except ReplyError as error:
            return str(error).startswith("BUSY ")
        return False

    def run_until_busy(self, client, script):
        client.send("EVAL", script, "0")
        wait_until(self.busy, "the server to be busy")

    def test_any_loop_is_killed(self):
        for what, script in ENDLESS.items():
            with self.subTest(what), self.server.client() as client:
                self.run_until_busy(client, script)
                self.assertEqual(self.server.call("SCRIPT", "KILL"), "OK")
                with self.assertRaisesRegex(ReplyError, "Script killed by user with SCRIPT KILL"):
                    client.reply()
                self.assertEqual(client.call("PING"), "PONG")
                self.assertEqual(client.call("EVAL", "return 'next'", "0"), "next")

    def test_a_reply_is_kept_until_the_log_has_the_write(self):
        """A write that came in the same turn before the script: what it answers is not in the log yet."""
        with self.server.client() as writer, self.server.client() as client:
            self.assertEqual([writer.call("PING"), client.call("PING")], ["PONG", "PONG"])
            self.server.pause()
            writer.send("SET", "k", "v")
            client.send("EVAL", "while true do end", "0")
            self.server.resume()
            wait_until(self.busy, "the server to be busy")
            self.assertFalse(select.select([writer.socket], [], [], 0)[0], "the reply has left")
            self.assertEqual(self.server.call("SCRIPT", "KILL"), "OK")
            self.assertEqual(writer.reply(), "OK")

    def test_what_has_written_is_not_killed(self):
        with self.server.client() as client:
            self.run_until_busy(client, "redis.call('set', 'k', 'v') while redis.call('get', 'go') == false do end")
            with self.assertRaisesRegex(ReplyError, "^UNKILLABLE "):
                self.server.call("SCRIPT", "KILL")
            with self.assertRaisesRegex(ReplyError, "^BUSY "):
                self.server.call("SHUTDOWN")

    def test_shutdown_without_saving_ends_it_and_keeps_nothing_of_it(self):
        self.server.call("SET", "before", "v")
        with self.server.client() as client:
            self.run_until_busy(client, "redis.call('set', 'k', 'v') while true do end")
            try:
                self.server.call("SHUTDOWN", "NOSAVE")
            except (OSError, EOFError):
                pass
        wait_until(lambda: self.server.process.poll() is not None, "the server to end")
        again = RunningServer("--appendonly", "yes", "--dir", self.server.directory)
        self.addCleanup(again.close)
        self.assertEqual(again.call("GET", "before"), "v")
        self.assertIsNone(again.call("GET", "k"))

    def test_who_waits_is_served_when_the_script_has_ended(self):
        with self.server.client() as waiting, self.server.client() as client:
            waiting.send("BLPOP", "list", "0")
            wait_until(lambda: "blocked_clients:1\r\n" in self.server.call("INFO", "clients"), "the client to wait")
            self.run_until_busy(client, "redis.call('rpush', 'list', 'x') for i = 1, 2e8 do end return redis.call('lpop', 'list')")
            self.assertEqual(client.reply(), "x")
            self.server.call("RPUSH", "list", "y")
            self.assertEqual(waiting.reply(), ["list", "y"])

    def test_who_is_to_be_cut_off_is_cut_off_meanwhile(self):
        with self.server.client() as client, self.server.client() as other:
            self.run_until_busy(client, "while true do end")
            other.socket.sendall(b"*1\r\n$-5\r\n")
            self.assertEqual(other.line(), "-ERR Protocol error: invalid bulk length")
            self.assertEqual(other.line(), "")
            self.assertEqual(self.server.call("SCRIPT", "KILL"), "OK")

    def test_nothing_runs_that_could_be_killed(self):
        with self.assertRaisesRegex(ReplyError, "^NOTBUSY "):
            self.server.call("SCRIPT", "KILL")


if __name__ == "__main__":
    unittest.main()
