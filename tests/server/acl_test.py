#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Users as an operator keeps them: in the configuration or in a file, at start and while it runs;
commands by other names; and that passwords are shown nowhere."""

import pathlib
import subprocess
import tempfile
import unittest

from running_server import LIMIT_S, ReplyError, RunningServer, program, wait_until

SECRET = "pa55w0rd-of-somebody"


class WithFolder(unittest.TestCase):
    """Gives each test an empty folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sorrel-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, text, name):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def serve(self, *options, **more):
        server = RunningServer(*options, **more)
        self.addCleanup(server.close)
        return server

    def refused(self, *words, says):
        done = subprocess.run([program(), *words, "--port", "0", "--loglevel", "nothing", "--dir", str(self.folder)],
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, 1, done)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, lines[0])


class UsersFile(WithFolder):
    """aclfile, ACL LOAD and ACL SAVE."""

    def test_start_save_and_start_again(self):
        path = self.file("# who there is\nuser alice on >secret ~a* +@all\n", "users.acl")
        path.chmod(0o640)
        server = self.serve("--aclfile", str(path))
        with server.client() as client:
            self.assertEqual(client.call("AUTH", "alice", "secret"), "OK")
            self.assertEqual(client.call("SET", "a1", "v"), "OK")
            with self.assertRaisesRegex(ReplyError, "^NOPERM No permissions to access a key"):
                client.call("SET", "b1", "v")
            self.assertEqual(client.call("ACL", "SETUSER", "bob", "on", ">x", "(~b +get)"), "OK")
            self.assertEqual(client.call("ACL", "SAVE"), "OK")
            lines = client.call("ACL", "LIST")
        self.assertEqual(path.read_text(encoding="utf-8"), "".join(line + "\n" for line in lines))
        self.assertEqual(path.stat().st_mode & 0o777, 0o640)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["users.acl"])
        server.stop()
        self.assertEqual(self.serve("--aclfile", str(path)).call("ACL", "LIST"), lines)

    def test_a_bad_file_stops_the_start_and_changes_nothing_later(self):
        bad = "user a on\nuser a off\nuser b +nope\n"
        path = self.file(bad, "users.acl")
        self.refused("--aclfile", str(path), says=["users.acl:2: Duplicate user 'a'", "users.acl:3: "])
        self.refused("--aclfile", str(self.folder / "none.acl"), says="none.acl")
        path.write_text("user a on nopass +@all\n", encoding="utf-8")
        server = self.serve("--aclfile", str(path))
        before = server.call("ACL", "LIST")
        path.write_text(bad, encoding="utf-8")
        with self.assertRaisesRegex(ReplyError, "users.acl:2: Duplicate user 'a' found.*users.acl:3: "):
            server.call("ACL", "LOAD")
        self.assertEqual(server.call("ACL", "LIST"), before)

    def test_saving_where_nothing_can_be_written(self):
        path = self.file("", "users.acl")
        server = self.serve("--aclfile", str(path))
        path.unlink()
        path.mkdir()
        with self.assertRaisesRegex(ReplyError, "error trying to save the ACLs"):
            server.call("ACL", "SAVE")
        self.assertIn("users.acl", server.output.read_text())

    def test_loading_closes_those_who_lose_by_it(self):
        path = self.file("", "users.acl")
        server = self.serve("--aclfile", str(path))
        server.call("ACL", "SETUSER", "kept", "on", "nopass", "+@all", "&c")
        server.call("ACL", "SAVE")
        server.call("ACL", "SETUSER", "gone", "on", "nopass", "+@all", "&c")
        server.call("ACL", "SETUSER", "kept", "&d")
        clients = {}
        for name, user, channel in [("stays", "kept", "c"), ("loses", "kept", "d"), ("goes", "gone", "c")]:
            clients[name] = server.client()
            self.addCleanup(clients[name].__exit__)
            clients[name].call("AUTH", user, "x")
            clients[name].call("SUBSCRIBE", channel)
        with server.client() as admin:
            self.assertEqual(admin.call("ACL", "LOAD"), "OK")
            self.assertEqual(admin.call("PUBLISH", "c", "m"), 1)
        self.assertEqual(clients["stays"].reply(), ["message", "c", "m"])
        self.assertEqual(clients["loses"].line(), "")
        self.assertEqual(clients["goes"].line(), "")


class Directives(WithFolder):
    """`user` in the configuration."""

    def test_users_of_the_configuration_and_rewriting_them(self):
        path = self.file("# kept\nuser default on nopass ~* +@all -flushdb\nuser alice on >secret (~a +get)\n", "c.conf")
        server = self.serve(words=[str(path)])
        for _ in range(2):
            with self.assertRaisesRegex(ReplyError, "^NOPERM User default has no permissions to run the 'flushdb'"):
                server.call("FLUSHDB")
            with self.assertRaisesRegex(ReplyError, "^NOPERM No permissions to access a channel"):
                server.call("PUBLISH", "c", "m")
            lines = server.call("ACL", "LIST")
            self.assertEqual(server.call("CONFIG", "REWRITE"), "OK")
            text = path.read_text(encoding="utf-8")
            self.assertTrue(text.startswith("# kept\nuser alice "), text)
            self.assertEqual(text.count("\nuser "), 2)
            server.stop()
            server = self.serve(words=[str(path)], port=server.port)
            self.assertEqual(server.call("ACL", "LIST"), lines)

    def test_an_untouched_default_user_is_not_written(self):
        path = self.file("timeout 5\n", "c.conf")
        server = self.serve(words=[str(path)])
        server.call("CONFIG", "SET", "requirepass", "secret")
        with server.client() as client:
            client.call("AUTH", "secret")
            client.call("CONFIG", "REWRITE")
        self.assertNotIn("user ", path.read_text(encoding="utf-8"))

    def test_what_is_wrong_stops_the_start(self):
        self.refused("--user", "foo", "--user", "foo", says="Duplicate user")
        self.refused("--user", "foo on +nope", says=["user 'foo'", "+nope", "Unknown command"])
        self.refused("--user", says="--user")
        conf = self.file("timeout 5\n\nuser alice on (+get\n", "c.conf")
        self.refused(str(conf), says=["c.conf, line 3", "Unmatched parenthesis"])
        users = self.file("", "users.acl")
        self.refused("--user", "foo on", "--aclfile", str(users), says="aclfile")


class Renamed(WithFolder):
    """rename-command, also in what the log repeats."""

    OPTIONS = ("--rename-command", "SET", "store", "--rename-command", "DEL", "", "--rename-command", "config",
               "CONFIG_of_ours_alone")

    def test_names(self):
        server = self.serve(*self.OPTIONS)
        self.assertEqual(server.call("STORE", "k", "v"), "OK")
        self.assertEqual(server.call("GET", "k"), "v")
        for words in (("SET", "k", "v"), ("DEL", "k"), ("CONFIG", "GET", "port")):
            with self.subTest(words=words), self.assertRaisesRegex(ReplyError, "^ERR unknown command"):
                server.call(*words)
        self.assertEqual(server.call("config_OF_OURS_alone", "GET", "port"), ["port", str(server.port)])
        with self.assertRaisesRegex(ReplyError, "Unknown Redis command"):
            server.call("EVAL", "return redis.call('set', 'k', 'w')", "0")
        self.assertEqual(server.call("EVAL", "return redis.call('store', 'k', 'w')", "0"), "OK")
        self.assertEqual(server.call("ACL", "SETUSER", "u", "+set", "-del"), "OK")
        self.assertEqual(server.call("COMMAND", "INFO", "set"), [None])
        self.assertEqual(server.call("COMMAND", "INFO", "store")[0][1], -3)

    def test_the_log_is_repeated_whatever_commands_are_called(self):
        log = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        server = self.serve(*self.OPTIONS, *log)
        server.call("STORE", "k", "v")
        server.call("STORE", "gone", "v", "EX", "100")
        server.call("EVAL", "redis.call('store', 's', 'w') redis.call('store', 't', 'w')", "0")
        server.call("GETDEL", "gone")
        directory = server.directory
        server.process.kill()
        server.process.wait()
        for options in ((), ("--rename-command", "SET", "x", "--rename-command", "GETDEL", "SET"), self.OPTIONS):
            again = RunningServer(*options, *log, "--dir", directory)
            try:
                self.assertEqual([again.call("GET", key) for key in ("k", "gone", "s", "t")], ["v", None, "w", "w"])
                again.process.kill()
                again.process.wait()
            finally:
                again.close()

    def test_what_is_wrong_stops_the_start(self):
        self.refused("--rename-command", "nope", "x", says=["--rename-command: ", "there is no command 'nope'"])
        self.refused("--rename-command", "get", "set", says="there is a command 'set' already")
        self.refused("--rename-command", "get", says="rename-command")


class Secrets(WithFolder):
    """No password is in the slow log, in what monitors see, or in the server's own log."""

    def test_nothing_tells_a_password(self):
        server = self.serve("--slowlog-log-slower-than", "0", "--slowlog-max-len", "1000", "--loglevel", "debug")
        with server.client() as monitor, server.client() as client:
            monitor.call("MONITOR")
            for words in (["ACL", "SETUSER", "u", "on", ">" + SECRET, "+@all", "~*"], ["AUTH", "u", SECRET],
                          ["AUTH", "u", SECRET + "x"], ["HELLO", "2", "AUTH", "u", SECRET],
                          ["HELLO", "2", "AUTH", "u", SECRET + "y"], ["CONFIG", "SET", "requirepass", SECRET],
                          ["MIGRATE", "127.0.0.1", "1", "", "0", "1", "AUTH", SECRET, "KEYS", "none"],
                          ["MIGRATE", "127.0.0.1", "1", "", "0", "1", "AUTH2", "u", SECRET, "KEYS", "none"],
                          ["ACL", "SETUSER", "u", "<" + SECRET]):
                try:
                    client.call(*words)
                except ReplyError:
                    pass
            client.call("ECHO", "last")
            shown = []
            while not shown or '"ECHO"' not in shown[-1]:
                shown.append(monitor.line())
            slow = client.call("SLOWLOG", "GET", "-1")
        self.assertGreater(len(slow), 8)
        for text in (str(slow), str(shown), server.output.read_text()):
            self.assertNotIn(SECRET, text)


class Disconnected(WithFolder):
    """Who loses a channel by SETUSER, or his user by DELUSER, is closed; who loses neither is not."""

    def test_channels_and_users(self):
        server = self.serve()
        server.call("ACL", "SETUSER", "u", "on", "nopass", "+@all", "&c", "&p*")
        clients = {}
        for name, words in {"channel": ("SUBSCRIBE", "c"), "pattern": ("PSUBSCRIBE", "p*"),
                            "shard": ("SSUBSCRIBE", "p1"), "none": ("PING",)}.items():
            clients[name] = server.client()
            self.addCleanup(clients[name].__exit__)
            clients[name].call("AUTH", "u", "x")
            clients[name].call(*words)
        server.call("ACL", "SETUSER", "u", "resetchannels", "&c")
        self.assertEqual(clients["pattern"].line(), "")
        self.assertEqual(clients["shard"].line(), "")
        self.assertEqual(server.call("PUBLISH", "c", "m"), 1)
        self.assertEqual(clients["channel"].reply(), ["message", "c", "m"])
        self.assertEqual(clients["none"].call("ACL", "WHOAMI"), "u")
        self.assertEqual(clients["none"].call("ACL", "DELUSER", "u"), 1)
        self.assertEqual(clients["none"].line(), "")
        self.assertEqual(clients["channel"].line(), "")
        wait_until(lambda: "user=u" not in server.call("CLIENT", "LIST"), "them to be gone")


if __name__ == "__main__":
    unittest.main()
