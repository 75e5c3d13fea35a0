# SPDX-License-Identifier: BSD-3-Clause
"""Tables of what keyspace events commands cause: reading them, and playing them to a server.

A table (events/*.events) is commands with the events they cause below them, in order:

    > SET k v
      new:k set:k
    > GET nokey
      keymiss:nokey
    > EVAL "syntax error" 0
      (error)

`> words` is sent on connection 1, `2> words` on connection 2; words are quoted as for a shell. No line
below: no event. An event is its name and its key, with @db unless that is 0. `(error)` stands first
when the reply is an error. Each table starts in an empty server.

    >>       the command waits for something (a blocking pop): its reply is not waited for
    >~       events may come later than the reply (a key expires): they are waited for
    #        a comment
    @plain   what follows can be run only as it stands, not within MULTI or a script; until @end
"""

import re
import shlex

from running_server import ReplyError, wait_until

# The class of each event.
CLASSES = {
    "g": "del expire persist rename_from rename_to move_from move_to copy_to restore",
    "$": "set setrange append incrby incrbyfloat setbit pfadd",
    "l": "lpush rpush lpop rpop linsert lset lrem ltrim sortstore",
    "s": "sadd srem spop sinterstore sunionstore sdiffstore",
    "h": "hset hdel hincrby hincrbyfloat hexpire hpersist hexpired",
    "z": "zadd zincr zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax "
         "zunionstore zinterstore zdiffstore zrangestore geosearchstore georadiusstore",
    "t": "xadd xdel xtrim xsetid xgroup-create xgroup-setid xgroup-destroy "
         "xgroup-createconsumer xgroup-delconsumer",
    "x": "expired",
    "n": "new",
    "m": "keymiss",
}
CLASS_OF = {name: letter for letter, names in CLASSES.items() for name in names.split()}

LINE = re.compile(r"(\d*)(>>?)(~?) (.*)")


class Step:
    """One command. `expected` is a list of texts, the events below it."""

    def __init__(self, number, client, waits, late, words, plain):
        self.number, self.client, self.words = number, client, words
        self.waits, self.late, self.plain = waits, late, plain
        self.expected = []


def read_table(path):
    """Returns: the steps, and the lines of the file, for whoever fills it in."""
    steps, plain = [], False
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("  "):
            steps[-1].expected = line.split()
        elif line in ("@plain", "@end"):
            plain = line == "@plain"
        elif line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            if match is None:
                raise ValueError(f"{path.name}:{number}: not a line of a table: {line}")
            client, arrow, late, words = match.groups()
            steps.append(Step(number, int(client or 1), arrow == ">>", late == "~",
                              shlex.split(words), plain))
    return steps, lines


def selected(expected, classes):
    """Those of the expected texts that a server tells which tells these classes only."""
    return [text for text in expected
            if text.startswith("(") or CLASS_OF[text.split(":")[0]] in classes]


class Player:
    """Plays tables to a running server. `within` says how: None, "transaction", "script"."""

    def __init__(self, server, classes, within=None):
        self.server, self.within = server, within
        self.late = []  # messages that were read before their time
        server.call("CONFIG", "SET", "notify-keyspace-events", "KE" + classes)
        self.clients = {}
        self.subscriber = server.client()
        self.subscriber.call("PSUBSCRIBE", "__key*__:*")
        self.subscriber.call("SUBSCRIBE", "fence")
        self.control = server.client()
        self.control.call("FLUSHALL")
        self.fences = 0

    def close(self):
        for client in (self.subscriber, self.control, *self.clients.values()):
            client.__exit__()

    def run(self, step, least=None):
        """Runs a step. Returns: what it caused. Late events are waited for until there are `least`."""
        caused = self.reply_of(step)
        caused += self.events()
        if step.late and least is not None:
            wait_until(lambda: caused.extend(self.events()) or len(caused) >= least,
                       f"events of line {step.number}: {caused}")
        return caused

    def client(self, number):
        if number not in self.clients:
            self.clients[number] = self.server.client()
            self.clients[number].owed = 0
        return self.clients[number]

    def reply_of(self, step):
        client = self.client(step.client)
        if step.waits:
            self.wait(client, step)
            return []
        while client.owed:
            client.owed -= 1
            self.answer(client)
        return ["(error)"] if self.call(client, step) else []

    def wait(self, client, step):
        before = self.blocked()
        client.send(*step.words)
        client.owed += 1
        wait_until(lambda: self.blocked() > before, f"the client of line {step.number} to wait")

    def blocked(self):
        return int(re.search(r"blocked_clients:(\d+)", self.control.call("INFO", "clients"))[1])

    def call(self, client, step):
        """Returns: whether the reply is an error."""
        if self.within == "transaction" and not step.plain:
            client.call("MULTI")
            client.send(*step.words)
            if self.answer(client):
                client.call("DISCARD")
                return True
            client.send("EXEC")
            assert client.line() == "*1"
        elif self.within == "script" and not step.plain:
            client.send("EVAL", "return redis.call(unpack(ARGV))", 0, *step.words)
        else:
            client.send(*step.words)
        return self.answer(client)

    @staticmethod
    def answer(client):
        try:
            client.reply()
            return False
        except ReplyError:
            return True

    def events(self):
        """All events that have been told since the last call, each by both of its messages."""
        self.fences += 1
        self.control.call("PUBLISH", "fence", self.fences)
        messages = []
        while True:
            message = self.subscriber.reply()
            if message[0] == "message":
                break
            messages.append(message[2:])
        assert len(messages) % 2 == 0, messages
        return [self.merged(*pair) for pair in zip(messages[::2], messages[1::2])]

    @staticmethod
    def merged(by_key, by_event):
        space = re.fullmatch(r"__keyspace@(\d+)__:(.*)", by_key[0], re.DOTALL)
        event = re.fullmatch(r"__keyevent@(\d+)__:(.*)", by_event[0], re.DOTALL)
        assert space and event, (by_key, by_event)
        assert (space[1], space[2], by_key[1]) == (event[1], by_event[1], event[2]), (by_key, by_event)
        return f"{by_key[1]}:{space[2]}" + (f"@{space[1]}" if space[1] != "0" else "")
