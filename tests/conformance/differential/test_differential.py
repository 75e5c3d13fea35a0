#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the differential tester: it must find what is planted, shrink it, and stay silent about what is meant.

The servers are toys in this process, so nothing needs to be installed. They have real sockets, so batching, framing and the
closing of connections are the real ones.
"""

import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import coverage
import differential
import safety
import vocabulary
from accepted import TABLE, Accepted
from families import FAMILIES
from grammar import compile_grammar
from link import leaves_queue_open
from replies import same
from resp import NULL_ARRAY, BadReply, Tagged, encode, parse
from rounds import Bench, first_like
from shrink import cli_line, shrink
from toy_server import ToyServer

REDIS_8, REDIS_7, VALKEY = ("redis", (8, 0)), ("redis", (7, 0)), ("valkey", (9, 1))
SORREL = ("sorrel", (0, 1))


def toy_commands(seed, count):
    """SET, GET, INCR and DEL on four keys, some of which hold words that cannot be counted."""
    source, commands = random.Random(seed), []
    for _ in range(count):
        key = source.choice((b"a", b"b", b"c", b"d"))
        commands.append(source.choice([(b"INCR", key), (b"INCR", key), (b"GET", key), (b"SET", key, b"3"), (b"DEL", key)]))
    return commands


def counts_past_seven(_store, args, reply):
    return b":8\r\n" if args[0] == b"INCR" and reply == b":7\r\n" else reply


def forgets_a_delete(store, args, reply):
    if args[0] == b"DEL" and reply == b":1\r\n" and args[1] == b"b":
        store[b"b"] = b"left"
    return reply


def hangs_up(_store, args, reply):
    return None if args[:2] == [b"GET", b"c"] and reply != b"$-1\r\n" else reply


class PlantedFault(unittest.TestCase):
    def play(self, fault, commands, **how):
        servers = [ToyServer("A", fault), ToyServer("B")]
        for server in servers:
            self.addCleanup(server.close)
        self.bench = Bench(servers, 2, Accepted(REDIS_8, REDIS_8))
        return self.bench.play(commands, **how)

    def shortest(self, commands, found):
        return shrink(commands[: found.index + 1], lambda part: first_like(self.bench.play(part)[1], found.signature()))

    def test_equal_servers_show_no_difference(self):
        commands = toy_commands(1, 3000)
        self.assertEqual(self.play(None, commands), (3000, []))

    def test_wrong_reply_is_found_and_shrunk(self):
        commands = toy_commands(2, 3000)
        _, differences = self.play(counts_past_seven, commands)
        found = differences[0]
        self.assertEqual((found.probe[0], found.a, found.b, found.state), (b"INCR", 8, 7, False))
        self.assertEqual(commands[found.index], found.probe)
        shortest = self.shortest(commands, found)
        key = found.probe[1]
        self.assertIn(shortest, ([(b"SET", key, b"3")] + [(b"INCR", key)] * 4, [(b"INCR", key)] * 7))

    def test_round_goes_on_while_keyspaces_are_equal(self):
        commands = [(b"SET", b"a", b"6"), (b"INCR", b"a")] * 3
        done, differences = self.play(counts_past_seven, commands)
        self.assertEqual((done, [found.index for found in differences]), (6, [1, 3, 5]))

    def test_wrong_keyspace_is_found_and_shrunk(self):
        commands = [(b"SET", b"b", b"1"), (b"GET", b"a"), (b"SET", b"a", b"1"), (b"DEL", b"a"), (b"DEL", b"b")]
        _, differences = self.play(forgets_a_delete, commands)
        self.assertTrue(differences[0].state)
        self.assertEqual(self.shortest(commands, differences[0]), [(b"SET", b"b", b"1"), (b"DEL", b"b")])

    def test_what_follows_a_wrong_keyspace_is_taken_for_its_consequence(self):
        commands = [(b"SET", b"b", b"1"), (b"DEL", b"b"), (b"DEL", b"b"), (b"GET", b"b")]
        _, differences = self.play(forgets_a_delete, commands)
        self.assertEqual([(found.index, found.consequence) for found in differences][:2], [(2, False), (3, True)])
        report = differential.Report(1, 5)
        report.add(None, 0, 0, commands, 4, [found._replace(consequence=True) for found in differences])
        self.assertEqual((report.passed, report.failed), (2, 0))

    def test_closed_connection_is_found_and_shrunk(self):
        commands = [(b"SET", b"a", b"1"), (b"SET", b"c", b"1"), (b"GET", b"a"), (b"GET", b"c"), (b"GET", b"a")]
        _, differences = self.play(hangs_up, commands)
        self.assertEqual(differences[0].a.kind, "closed")
        # How much of the batch was answered before the close is up to the network, so only the cause is sure to be kept.
        shortest = self.shortest(commands + [(b"GET", b"a")], differences[0]._replace(index=4))
        self.assertIn((b"SET", b"c", b"1"), shortest)
        self.assertIn((b"GET", b"c"), shortest)


class Shrinker(unittest.TestCase):
    def test_finds_two_commands_far_apart_and_drops_their_extra_arguments(self):
        noise = [(b"PING",)] * 400
        commands = noise + [(b"SET", b"k", b"v", b"GET")] + noise + [(b"GET", b"k", b"x")] + noise

        def fails(part):
            words = [command[:2] for command in part]
            return (b"SET", b"k") in words and (b"GET", b"k") in words[words.index((b"SET", b"k")) :]

        self.assertEqual(shrink(commands, fails), [(b"SET", b"k"), (b"GET", b"k")])

    def test_drops_arguments_that_only_go_in_pairs(self):
        def fails(part):
            return all(len(command) % 2 == 0 for command in part) and any(b"bad" in command for command in part)

        self.assertEqual(shrink([(b"ZADD", b"k", b"1", b"a", b"2", b"bad", b"3", b"c")], fails), [(b"ZADD", b"bad")])

    def test_keeps_within_its_budget(self):
        trials = []
        shrink([(b"PING",)] * 1000, lambda part: trials.append(1) or len(part) > 500, budget=20)
        self.assertLessEqual(len(trials), 20)

    def test_lines_can_be_given_to_redis_cli(self):
        self.assertEqual(cli_line((b"SET", b"a\x00\"\\", b"", b"x y")), 'SET "a\\x00\\"\\\\" "" "x y"')


class Judging(unittest.TestCase):
    def test_type_on_the_wire_matters(self):
        for a, b in ((1, b"1"), (None, NULL_ARRAY), (Tagged("+", b"OK"), b"OK"), (Tagged(",", b"1"), b"1"), ([], NULL_ARRAY)):
            self.assertFalse(same((b"GET", b"k"), a, b))

    def test_order_matters_only_where_it_should(self):
        self.assertTrue(same((b"keys", b"*"), [b"a", b"b"], [b"b", b"a"]))
        self.assertFalse(same((b"keys", b"*"), [b"a", b"b"], [b"b", b"b"]))
        self.assertFalse(same((b"ZRANGE", b"k", b"0", b"-1"), [b"a", b"b"], [b"b", b"a"]))

    def test_time_left_may_differ_a_little_but_not_between_none_and_some(self):
        self.assertTrue(same((b"TTL", b"k"), 100000, 100001))
        self.assertFalse(same((b"TTL", b"k"), 100000, 100003))
        self.assertFalse(same((b"TTL", b"k"), -1, -2))

    def test_deadline_given_by_the_clock_is_exact(self):
        given = vocabulary.FUTURE_SECONDS[0] * 1000
        self.assertFalse(same((b"PEXPIRETIME", b"k"), given, given + 1))
        self.assertTrue(same((b"PEXPIRETIME", b"k"), 1_900_000_000_000, 1_900_000_000_001))

    def test_members_of_a_set_may_come_in_any_order_but_as_the_same_kind(self):
        self.assertTrue(same((b"SMEMBERS", b"k"), [b"a", b"b"], [b"b", b"a"]))
        self.assertFalse(same((b"SMEMBERS", b"k"), [b"a", b"b"], Tagged("~", [b"a", b"b"])))
        self.assertFalse(same((b"HVALS", b"k"), [b"a", b"b"], [b"b", b"b"]))

    def test_of_a_stream_only_moments_and_nodes_may_differ(self):
        def facts(nodes, length, seen, delivered, times):
            consumer = [b"name", b"c", b"seen-time", seen, b"pel-count", 1, b"pending", [[b"1-1", delivered, times]]]
            group = [b"name", b"g", b"lag", 500, b"pending", [[b"1-1", b"c", delivered, times]], b"consumers", [consumer]]
            return [b"length", length, b"radix-tree-nodes", nodes, b"entries", [[b"1-1", [b"f", b"v"]]], b"groups", [group]]

        command = (b"XINFO", b"STREAM", b"k", b"FULL")
        here = facts(1, 5, 1_900_000_000_000, 1_900_000_000_000, 2)
        self.assertTrue(same(command, here, facts(3, 5, 1_900_000_000_500, 1_900_000_000_999, 2)))
        self.assertFalse(same(command, here, facts(1, 6, 1_900_000_000_000, 1_900_000_000_000, 2)))
        self.assertFalse(same(command, here, facts(1, 5, 1_900_000_009_000, 1_900_000_000_000, 2)))
        self.assertFalse(same(command, here, facts(1, 5, 1_900_000_000_000, 1_900_000_009_000, 2)))
        self.assertFalse(same(command, here, facts(1, 5, 1_900_000_000_000, 1_900_000_000_000, 3)))

    def test_pending_entries_may_have_waited_a_little_longer(self):
        command, entry = (b"XPENDING", b"k", b"g", b"-", b"+", b"9"), [b"1-1", b"c", 20, 1]
        self.assertTrue(same(command, [entry], [[b"1-1", b"c", 24, 1]]))
        self.assertFalse(same(command, [entry], [[b"1-1", b"d", 20, 1]]))
        self.assertFalse(same(command[:3], [1, b"1-1", b"1-1", [[b"c", b"1"]]], [2, b"1-1", b"1-1", [[b"c", b"1"]]]))

    def test_each_reply_of_a_transaction_is_judged_by_its_command(self):
        bench = Bench([], 2, Accepted(REDIS_8, REDIS_8))
        bench._commands = [(b"MULTI",), (b"WATCH", b"k"), (b"SMEMBERS", b"k"), (b"LRANGE", b"l", b"0", b"-1"), (b"EXEC",)]
        answers = bench._answers(4, (b"EXEC",), [[b"a", b"b"], [b"x"]], [[b"b", b"a"], [b"y"]])
        self.assertEqual([bench._equal(*answer) for answer in answers], [True, False])
        self.assertEqual([answer[0][0] for answer in answers], [b"SMEMBERS", b"LRANGE"])

    def test_drawn_members_are_counted(self):
        self.assertTrue(same((b"ZRANDMEMBER", b"k", b"2"), [b"a", b"b"], [b"c", b"a"]))
        self.assertFalse(same((b"ZRANDMEMBER", b"k", b"2"), [b"a", b"b"], [b"a", b"a"]))
        self.assertFalse(same((b"ZRANDMEMBER", b"k", b"3"), [b"a", b"b"], [b"c", b"a"]))

    def test_errors_are_compared_as_text(self):
        self.assertFalse(same((b"KEYS",), Tagged("-", b"ERR a"), Tagged("-", b"ERR b")))

    def test_accepted_only_between_the_kinds_they_were_written_for(self):
        given = (b"ZSCORE", b"k", b"m"), b"0.1", b"0.10000000000000001"
        self.assertTrue(Accepted(REDIS_8, REDIS_7).covers(*given))
        self.assertFalse(Accepted(REDIS_8, REDIS_8).covers(*given))
        self.assertFalse(Accepted(REDIS_7, REDIS_7).covers(*given))
        self.assertFalse(Accepted(REDIS_8, REDIS_7).covers(given[0], b"0.1", b"0.2"))

    def test_accepted_sees_the_reference_last_on_either_side(self):
        command, ours, theirs = (b"ZRANK", b"k", b"m", b"WITHSCORE"), NULL_ARRAY, Tagged("-", b"ERR wrong number of arguments")
        self.assertTrue(Accepted(REDIS_8, REDIS_7).covers(command, ours, theirs))
        self.assertTrue(Accepted(REDIS_7, REDIS_8).covers(command, theirs, ours))
        self.assertFalse(Accepted(REDIS_8, REDIS_7).covers(command, theirs, ours))

    def test_few_rows_are_accepted_between_two_servers_of_the_contract(self):
        self.assertEqual([row.reason for row in TABLE if row.holds_for(REDIS_8)], [])
        mine = [row.reason for row in TABLE if row.holds_for(SORREL)]
        first_words = ["A", "The", "CONFIG", "COMMAND", "MEMORY", "SET", "BITCOUNT", "SORT", "PFADD", "READONLY", "ROLE", "CLIENT"]
        self.assertEqual([reason.split()[0] for reason in mine], first_words)

    def test_the_documentation_of_other_commands_is_still_compared(self):
        def docs(set_since, get_since):
            return Tagged("%", [(b"set", [b"since", set_since]), (b"get", [b"since", get_since])])

        accepted = Accepted(SORREL, REDIS_8)
        command = (b"COMMAND", b"DOCS", b"SET", b"GET")
        self.assertTrue(accepted.covers(command, docs(b"1", b"1"), docs(b"2", b"1")))
        self.assertFalse(accepted.covers(command, docs(b"1", b"1"), docs(b"2", b"2")))

    def test_notes_on_keys_are_prose(self):
        def row(notes, flags):
            return [[b"set", -3, [[b"notes", notes, b"flags", [Tagged("+", flags)]]]]]

        command = (b"COMMAND", b"INFO", b"SET")
        self.assertTrue(same(command, row(b"one way", b"RW"), row(b"another", b"RW")))
        self.assertFalse(same(command, row(b"one way", b"RW"), row(b"one way", b"RO")))


class Wire(unittest.TestCase):
    def test_whole_replies_in_both_protocols(self):
        cases = {
            b"*2\r\n$1\r\na\r\n*-1\r\n": [b"a", NULL_ARRAY],
            b"%1\r\n+k\r\n,1.5\r\n": Tagged("%", [(Tagged("+", b"k"), Tagged(",", b"1.5"))]),
            b"~1\r\n#t\r\n": Tagged("~", [Tagged("#", True)]),
            b"=7\r\ntxt:a\r\n\r\n": Tagged("=", b"txt:a\r\n"),
        }
        for data, value in cases.items():
            self.assertEqual(parse(data), (value, len(data)))

    def test_every_part_of_a_reply_is_not_whole(self):
        data = b"*3\r\n$3\r\na\r\n\r\n:5\r\n%1\r\n+a\r\n_\r\n"
        for length in range(len(data)):
            self.assertRaises(IndexError, parse, data[:length])

    def test_what_is_no_reply(self):
        for data in (b"?\r\n", b":x\r\n", b"$1\r\nabc\r\n", b"$-2\r\n", b"#x\r\n", b"\r\n"):
            self.assertRaises(BadReply, parse, data)

    def test_request(self):
        self.assertEqual(encode((b"GET", b"")), b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n")


class Coverage(unittest.TestCase):
    def test_every_command_of_the_contract_has_a_row_or_a_reason(self):
        names = coverage.contract()
        sent, reasons = coverage.sent(names), coverage.not_sent(names)
        self.assertEqual([name for name in names if name not in sent and name not in reasons], [])
        self.assertEqual([name for name in sorted(sent) if name in reasons], [])
        self.assertEqual([name for name, given in reasons.items() if len(given) > 1], [])

    def test_words_of_a_row(self):
        self.assertEqual(coverage.words([(1, "[GET | ~WALK SCAN | SET {skey}] {value}"), (1, "{nonsense}"), (1, "~EXPIRE {key}")]), {"GET", "SCAN", "SET"})
        self.assertEqual(coverage.heads("XINFO [STREAM {stream} | GROUPS]"), {("XINFO", "STREAM"), ("XINFO", "GROUPS")})

    def test_unknown_words_are_not_sent(self):
        kinds = (REDIS_8, REDIS_8)
        stream = differential.make_stream(["transaction", "blocking"], kinds, Accepted(*kinds), frozenset({"BLPOP", "WATCH", "BZMPOP"}))
        words = {command[0].upper() for command in differential.make_round(stream, 1, 0, 2, 5000)}
        self.assertFalse(words & {b"BLPOP", b"WATCH", b"BZMPOP"})
        self.assertLess({b"BRPOP", b"MULTI", b"XREAD"}, words)


class Transactions(unittest.TestCase):
    def round(self):
        kinds = (REDIS_8, REDIS_8)
        return differential.make_round(differential.make_stream(["transaction", "set"], kinds, Accepted(*kinds)), 3, 0, 2, 4000)

    def test_every_transaction_is_ended_and_holds_ordinary_commands(self):
        is_open, ended = False, 0
        for command in self.round():
            word = command[0].upper()
            if is_open:
                self.assertFalse(command[0].startswith(b"~"), command)
                self.assertFalse(word == b"MULTI" and len(command) == 1)
            if len(command) == 1 and word in (b"MULTI", b"EXEC", b"DISCARD"):
                ended += is_open and word != b"MULTI"
                is_open = word == b"MULTI"
        self.assertFalse(is_open)
        self.assertGreater(ended, 50)

    def test_no_batch_ends_within_one(self):
        commands = self.round()
        start = 0
        while start < len(commands):
            part = Bench._next_part(commands, start)
            self.assertFalse(leaves_queue_open(part))
            start += len(part)

    def test_one_that_is_left_open_is_seen(self):
        self.assertTrue(leaves_queue_open([(b"multi",), (b"EXEC", b"x"), (b"GET", b"k")]))
        self.assertFalse(leaves_queue_open([(b"MULTI",), (b"GET", b"k"), (b"exec",)]))
        self.assertFalse(leaves_queue_open([(b"MULTI", b"x")]))


class Generating(unittest.TestCase):
    def stream(self, *names, kinds=(REDIS_8, REDIS_8)):
        return differential.make_stream(names or list(FAMILIES), kinds, Accepted(*kinds))

    def test_grammar_operators(self):
        make = compile_grammar("SET {k} ?NX [A | (B C)] < X | Y >  (V {k})+", {"k": lambda source: b"key"})
        seen = set()
        for seed in range(300):
            out = []
            make(random.Random(seed), out)
            self.assertEqual(out[0].upper(), b"SET")
            self.assertEqual((out[1], out[-1], out[-2].upper()), (b"key", b"key", b"V"))
            seen.update(word.upper() for word in out)
        self.assertEqual(seen, {b"SET", b"KEY", b"NX", b"A", b"B", b"C", b"X", b"Y", b"V"})

    def test_unbalanced_grammar_is_refused(self):
        for text in ("SET [A | B", "SET A ]", "SET {k", "SET (A"):
            self.assertRaises((ValueError, KeyError), compile_grammar, text, {"k": None})

    def test_a_round_is_made_from_seed_and_number_alone(self):
        first = differential.make_round(self.stream(), 5, 3, 2, 500)
        self.assertEqual(first, differential.make_round(self.stream(), 5, 3, 2, 500))
        self.assertNotEqual(first, differential.make_round(self.stream(), 5, 4, 2, 500))

    def test_every_row_of_every_family_is_used(self):
        for name, family in FAMILIES.items():
            words = {row[1].split()[0] for row in family.ROWS if row[1][0] not in "[{"}
            made = {command[0].upper().decode("latin-1") for command in differential.make_round(self.stream(name), 1, 0, 2, 30000)}
            self.assertEqual(words - made, set(), name)

    def test_options_of_valkey_are_sent_only_where_no_server_is_a_redis(self):
        def words(kinds):
            return {command[0].upper() for command in differential.make_round(self.stream("string", kinds=kinds), 1, 0, 2, 3000)}

        self.assertIn(b"DELIFEQ", words((("sorrel", (0, 1)), VALKEY)))
        self.assertNotIn(b"DELIFEQ", words((("sorrel", (0, 1)), REDIS_8)))

    def test_nothing_dangerous_is_sent(self):
        dangerous = (
            b"SHUTDOWN", b"DEBUG SLEEP 5", b"DEBUG SEGFAULT", b"CLIENT PAUSE 1000", b"CLIENT REPLY OFF", b"CLIENT KILL TYPE normal",
            b"SETRANGE k 400000000 x", b"ZRANDMEMBER k -9223372036854775807", b"EXPIRE k 10", b"SET k v PX 5000", b"CONFIG SET port 1",
            b"CONFIG REWRITE", b"BZPOPMIN k 0", b"ZRANGEBYLEX zs1 - +", b"ZADD lex1 5 m", b"RENAME zs1 lex1",
            b"BLPOP k 0", b"BLPOP k 1", b"BLPOP k 0.5", b"BLPOP k -1e-10", b"BLMPOP 0 1 k LEFT", b"XREAD BLOCK 0 STREAMS s $", b"XREAD BLOCK 500 STREAMS s $",
            b"WAIT 1 0", b"WAITAOF 1 1 0", b"XADD s * f v", b"XADD s MAXLEN ~ 5 * f v", b"XADD ahead * f v", b"RENAME ahead s", b"SPOP k", b"SPOP k 3",
            b"XCLAIM s g c 100 1-1", b"XPENDING s g IDLE 1000 - + 5", b"XAUTOCLAIM s g c 20 0", b"XCLAIM s g c 0 1-1 IDLE 77",
        )  # fmt: skip
        for command in dangerous:
            self.assertFalse(safety.allowed(command.split(b" ")), command)

    def test_ordinary_commands_are_sent(self):
        for command in (b"SET k v EX 100000", b"EXPIRE k -1", b"ZADD lex1 NX 0 m", b"SETRANGE k 536870912 x", b"CLIENT GETNAME", b"PING",
                        b"BLPOP k 0.01", b"BLPOP k abc", b"BLMPOP 0.001 1 k LEFT", b"XREAD BLOCK 5 STREAMS s $", b"WAIT 0 5", b"XADD s 5-* f v",
                        b"XADD ahead NOMKSTREAM * f v", b"SPOP k 0", b"XCLAIM s g c 0 1-1 IDLE 1000000", b"XPENDING s g IDLE 0 - + 5"):
            self.assertTrue(safety.allowed(command.split(b" ")), command)


if __name__ == "__main__":
    unittest.main()
