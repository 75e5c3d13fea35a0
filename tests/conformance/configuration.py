#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the tables of docs/configuration.md: every option, its default, and what it does.

Names and defaults are what a running server answers to CONFIG GET *, and whether an option can be
changed at run time is what it answers to CONFIG SET. What an option means stands in ACTED_ON below;
the options that are only accepted are those of src/server/inert_options.cc. An option that is in
neither fails the run, and so does a meaning without an option.

    python3 tests/conformance/configuration.py --server build/release/sorrel [--check]
"""

import re
import sys

import pages

INERT = pages.ROOT / "src" / "server" / "inert_options.cc"
OPTIONS = pages.ROOT / "src" / "server" / "options.cc"

# What the server that is asked was started with in place of the default.
STARTED_WITH = {"port": "6379", "bind": "* -::*", "dir": "(where the server is started)"}

ACTED_ON = {
    "Network": {
        "bind": "Addresses to listen on. `*` and `::*` are all of IPv4 and IPv6; one with `-` in front may be missing.",
        "port": "TCP port; 0 for none.",
        "admin-port": "Port of the [admin page](operations.md#observe), the metrics and the probes, by HTTP; 0 for none.",
        "admin-bind": "Addresses that it listens on, in the form of `bind`.",
        "tcp-backlog": "Connections that may wait to be accepted.",
        "unixsocket": "Path of a Unix socket to listen on, beside TCP or (with `port 0`) alone.",
        "unixsocketperm": "Its permissions, octal; 0 leaves what the umask makes.",
        "timeout": "Seconds after which an idle client is closed; 0 for never.",
        "tcp-keepalive": "Seconds between probes of a silent connection; 0 for none.",
        "maxclients": "Clients at a time. Lowered at start, with a line in the log, when the system allows fewer open files.",
        "protected-mode": "Without a password, only clients of this machine are served.",
        "requirepass": "The password of the user `default`; empty for none. See [security](security.md).",
        "aclfile": "The file of users, which `ACL LOAD` reads and `ACL SAVE` writes; empty: they are in the configuration.",
        "acl-pubsub-default": "`resetchannels`: a new user may use no channel of publish/subscribe; `allchannels`: all of them.",
        "acllog-max-len": "Entries that `ACL LOG` keeps.",
        "proto-max-bulk-len": "The longest argument, and the longest string.",
        "client-query-buffer-limit": "A client with more unread input than this is closed.",
        "client-output-buffer-limit": "`class hard soft seconds`: a client that lets more than `hard` bytes wait, or more than `soft` for so many "
        "seconds, is closed; 0 is no limit. The class `pubsub` is for clients that listen to channels; `replica` has no members yet.",
    },
    "TLS": {
        "tls-port": "TCP port that speaks TLS, beside `port` or (with `port 0`) in its place; 0 for none.",
        "tls-cert-file": "The server's certificate, with those that lead to its authority behind it. The files of this table are read again whenever "
        "one of them is set, to the same name, too; what is not good changes nothing. See [security](security.md).",
        "tls-key-file": "The key of that certificate.",
        "tls-key-file-pass": "What opens that key when it is encrypted.",
        "tls-client-cert-file": "What the server shows where it is a client itself (`MIGRATE` with `tls-cluster`); empty: its own certificate.",
        "tls-client-key-file": "The key of that.",
        "tls-client-key-file-pass": "What opens that key.",
        "tls-ca-cert-file": "Authorities whose certificates are accepted.",
        "tls-ca-cert-dir": "The same as a directory, prepared by `openssl rehash`.",
        "tls-auth-clients": "Whether clients show a certificate: `yes`, `no` or `optional`.",
        "tls-protocols": "Of `TLSv1`, `TLSv1.1`, `TLSv1.2` and `TLSv1.3` those that are spoken; empty: the last two.",
        "tls-ciphers": "Ciphers up to TLS 1.2, as OpenSSL names them; empty: OpenSSL's choice.",
        "tls-ciphersuites": "The same for TLS 1.3.",
        "tls-prefer-server-ciphers": "Whether their order here counts, not the client's.",
        "tls-session-caching": "Whether clients may resume a session.",
        "tls-session-cache-size": "How many sessions are kept; 0 for no limit.",
        "tls-session-cache-timeout": "For how many seconds.",
        "tls-dh-params-file": "Parameters of Diffie-Hellman; empty: OpenSSL chooses what fits the key.",
        "tls-cluster": "Whether `MIGRATE` speaks TLS.",
        "tls-replication": "Nothing yet: there are no replicas.",
        "max-new-tls-connections-per-cycle": "How many handshakes go on in one turn of the loop, each of which takes about a millisecond.",
    },
    "General": {
        "databases": "How many numbered databases there are.",
        "dir": "The working directory: the snapshot and the log's folder lie in it. `CONFIG SET` needs `enable-protected-configs`.",
        "daemonize": "Run in the background.",
        "pidfile": "A file that holds the process id while the server runs.",
        "loglevel": "`debug`, `verbose`, `notice`, `warning` or `nothing`.",
        "logfile": "The server's own log; empty for standard output.",
        "log-format": "The form of its lines: `legacy` (Redis'), `logfmt` or `json`. The report of a crash keeps its own.",
        "syslog-enabled": "Whether it goes to the system's log, too.",
        "syslog-ident": "By what name it does.",
        "syslog-facility": "`user`, or `local0` to `local7`.",
        "supervised": "Whom to tell that the server is ready: `systemd` (a datagram to `NOTIFY_SOCKET`), `upstart` (it stops itself once), `auto` or `no`. "
        "With either `daemonize` has no effect.",
        "oom-score-adj": "Whether the kernel's score of who ends first when memory is short is changed: `no`, `yes` or `relative` (to what it was at the start), `absolute`.",
        "oom-score-adj-values": "By how much: for a primary, a replica, a background process; the last two do not exist here.",
        "crash-log-enabled": "Whether a crash is reported in the log, with the stacks of all threads.",
        "enable-protected-configs": "Who may set `dir` and `dbfilename` at run time: `no`, `local` or `yes`.",
        "enable-debug-command": "Who may use `DEBUG`: `no`, `local` (clients of this machine) or `yes`.",
        "busy-reply-threshold": "Milliseconds after which a script no longer runs alone: others are answered with `BUSY` and may kill it; 0 for never.",
        "slowlog-log-slower-than": "Microseconds from which on a command is kept by `SLOWLOG`; negative for none.",
        "slowlog-max-len": "How many of them are kept.",
        "latency-monitor-threshold": "Milliseconds from which on `LATENCY` keeps what held up the server; 0 for none.",
        "latency-tracking": "Whether each command keeps a histogram of its times, for `INFO latencystats` and `LATENCY HISTOGRAM`.",
        "latency-tracking-info-percentiles": "Which percentiles of them are shown, numbers from 0 to 100.",
        "tracking-table-max-keys": "How many keys are remembered for `CLIENT TRACKING`; beyond that any of them is declared changed. 0 for no limit.",
        "notify-keyspace-events": "Keyspace events to publish: `K` (a channel for each key) or `E` (one for each event), and the classes `g$lshzxetd`, "
        "which are `A` together, `n` (new keys), `m` (keys that are not there). Empty: none.",
        "set-proc-title": "Whether the process shows what it serves as its title.",
        "proc-title-template": "How that title is made: `{title}`, `{listen-addr}`, `{server-mode}`, `{port}`, `{tls-port}`, `{unixsocket}`, `{config-file}`.",
        "shutdown-on-sigint": "What `SIGINT` does: `default`, or of `save`, `nosave`, `now`, `force` some.",
        "shutdown-on-sigterm": "The same for `SIGTERM`.",
    },
    "Memory": {
        "maxmemory-clients": "What all clients together may hold (buffers, queued commands, what they watch and listen to), in bytes or per cent of "
        "`maxmemory`; above it those that hold most are closed, but for those with `CLIENT NO-EVICT ON`. 0 for no limit.",
        "maxmemory": "Bytes that data may take; 0 for no limit. `75%` is that share of what there is for the process: the machine's memory, or its container's limit. What waits in clients' buffers and for the log is not counted.",
        "maxmemory-policy": "Which keys go when memory is full: `noeviction`, or the longest unused (`lru`), the least often used (`lfu`), those with the nearest deadline (`ttl`) or any (`random`), of "
                            "all keys (`allkeys-`) or of those with a deadline (`volatile-`). Under `noeviction`, and when there is no such key, commands that may need memory are refused with `OOM`.",
        "maxmemory-samples": "Keys that are drawn for each that goes, under the `lru` and `lfu` policies.",
        "maxmemory-eviction-tenacity": "How long a command may wait for room: so many times 50 microseconds; what is left then goes with the next ones. 100: as long as it takes.",
        "lfu-log-factor": "How slowly the count of accesses grows.",
        "lfu-decay-time": "Minutes after which the count of a key that is not accessed falls by one; 0 for never.",
        "activedefrag": "Whether keys, members and fields that are left after many have gone are gathered, so that the memory between them becomes free. Redis' default is no.",
        "active-defrag-ignore-bytes": "Nothing is gathered while less is wasted.",
        "active-defrag-threshold-lower": "Nor while less is wasted, in per cent of what is in use.",
        "active-defrag-threshold-upper": "Per cent wasted from which on as much time is spent as is allowed.",
        "active-defrag-cycle-min": "Per cent of the time that it takes when little is wasted.",
        "active-defrag-cycle-max": "The same when much is.",
        "hll-sparse-max-bytes": "Bytes, its header of 16 included, up to which a HyperLogLog stays in its sparse form.",
        "set-max-intset-entries": "Integers up to which a set of nothing else stays one sorted block.",
        "set-max-listpack-entries": "Members up to which any other set stays one compact block.",
        "set-max-listpack-value": "Bytes of a member up to which it does.",
        "hash-max-listpack-entries": "Fields up to which a hash stays one compact block.",
        "hash-max-listpack-value": "Bytes of a field or value up to which it does.",
        "list-max-listpack-size": "Size of a list's nodes: entries, or -1 to -5 for 4 to 64 KiB.",
        "stream-node-max-bytes": "Bytes of a stream's node; 0 for no limit.",
        "stream-node-max-entries": "Entries of a stream's node; 0 for no limit.",
        "zset-max-listpack-entries": "Entries up to which a sorted set stays one compact block.",
        "zset-max-listpack-value": "Bytes of a member up to which it does.",
    },
    "Snapshots": {
        "save": "`seconds changes`, repeated: save after so many seconds if there were so many changes. Empty: only when asked, and not at the end either.",
        "dbfilename": "The snapshot's file in `dir`; `CONFIG SET` needs `enable-protected-configs`.",
        "rdbcompression": "Whether strings that it makes shorter are compressed, on the thread that writes.",
        "rdbchecksum": "Whether a snapshot ends with a checksum, and whether that is looked at.",
        "rdb-save-version": "The version of the format: 10 for Redis 7.0, 11 for 7.2, 12 for 7.4 and later. What needs a newer one (deadlines of fields) is "
        "written all the same.",
        "rdb-save-incremental-fsync": "Sync the file every few megabytes, so that no sync is long.",
        "stop-writes-on-bgsave-error": "Whether writes are refused (`MISCONF`) after a snapshot of the save points failed.",
        "snapshot-buffer-limit": "What a snapshot or a rewrite may need beside the data, for old values that commands change before they are written; "
        "near it commands that write wait for the disk.",
    },
    "The append-only log": {
        "appendonly": "Keep a log of every change, and load it at start. Switched on at run time it begins with a snapshot of what is there.",
        "appendfsync": "`always`, `everysec` or `no`: when a change is safe; see [operations](operations.md).",
        "appenddirname": "The log's folder, within `dir`.",
        "appendfilename": "How the names of its files begin.",
        "auto-aof-rewrite-percentage": "Rewrite the log when it has grown by so many percent since the last time; 0 for never.",
        "auto-aof-rewrite-min-size": "Not below this size.",
        "aof-use-rdb-preamble": "Whether the base is an RDB image; else it is commands.",
        "aof-rewrite-incremental-fsync": "Sync the new base every few megabytes.",
        "aof-timestamp-enabled": "Note the time in the log, at most once a second, so that `sorrel check-aof --truncate-to-timestamp` can go back to it.",
        "aof-checksum-interval": "After how many bytes a checksum stands in the log, as an annotation that Redis passes over; 0 for none.",
        "aof-load-truncated": "`yes` cuts a torn end at the last whole record and says so; `no` refuses to start.",
        "aof-load-broken": "`yes` leaves a damaged stretch out, with a copy of the file kept, and goes on; `no` refuses to start.",
        "aof-load-broken-max-size": "The most that may be left out of one file; 0 for no limit.",
    },
}


def inert_names(list_name, text):
    """name -> alias, of one list of inert_options.cc."""
    found = re.search(list_name + r"\[\] = \{(.*?)\n\};", text, re.DOTALL)
    if found is None:
        raise pages.PageError(f"{INERT.name} has no list {list_name}")
    return dict(re.findall(r'\{"([^"]+)", "[^"]*", "([^"]*)"\}', found.group(1)))


def acted_aliases():
    """name -> alias, of the rows of options.cc and of the shorter rows of the types."""
    text = OPTIONS.read_text(encoding="utf-8")
    rows = re.findall(r'\.name = "([^"]+)"(.*?)\}\);', text, re.DOTALL)
    long = {name: alias.group(1) for name, rest in rows if (alias := re.search(r'\.alias = "([^"]+)"', rest))}
    return long | dict(re.findall(r'\b(?:entries|bytes)\("([^"]+)", [\w.]+, "([^"]+)"\);', text))


def ask(server):
    """name -> value of every option, older names included."""
    flat = [text.decode() for text in server.ask(b"CONFIG", b"GET", b"*")]
    return dict(zip(flat[::2], flat[1::2]))


def when_it_changes(server, name, value):
    reply = server.ask(b"CONFIG", b"SET", name.encode(), value.encode())
    text = reply.value.decode()
    if "protected" in text:
        return "who is trusted"
    if text != "OK" and "immutable" not in text:
        raise pages.PageError(f"CONFIG SET {name} to its own value {value!r}: {text}")
    return "yes" if text == "OK" else "at start only"


def check_names(values, passed_over, only_default, aliases):
    acted = {name for options in ACTED_ON.values() for name in options}
    known = acted | set(passed_over) | set(only_default)
    for name in sorted(set(values) - known - set(aliases.values())):
        raise pages.PageError(f"say in ACTED_ON of configuration.py what {name} does")
    for name in sorted(known - set(values)):
        raise pages.PageError(f"the server has no option {name}")


def shown(value):
    return f"`{value}`" if value else "(empty)"


def acted_on(server, values, aliases):
    sections = []
    for title, options in ACTED_ON.items():
        rows = []
        for name, meaning in options.items():
            older = f" Older name: `{aliases[name]}`." if name in aliases else ""
            default = STARTED_WITH.get(name, values[name])
            when = when_it_changes(server, name, values[name])
            rows.append([f"`{name}`", default if default.startswith("(") else shown(default), when, meaning + older])
        sections.append(f"### {title}\n\n" + pages.table(["option", "default", "CONFIG SET", "meaning"], rows))
    return "\n\n".join(sections)


def listed(names, values):
    return pages.table(["option", "value shown", "older name"],
                       [[f"`{n}`", shown(values[n]), f"`{alias}`" if alias else ""] for n, alias in sorted(names.items())])


def parts_of(server):
    text = INERT.read_text(encoding="utf-8")
    passed_over, only_default = inert_names("kPassedOver", text), inert_names("kOnlyDefault", text)
    aliases = {**acted_aliases(), **{n: a for n, a in {**passed_over, **only_default}.items() if a}}
    values = ask(server)
    check_names(values, passed_over, only_default, aliases)
    return {
        "acted on": acted_on(server, values, aliases),
        "passed over": listed(passed_over, values),
        "only the default": listed(only_default, values),
    }


if __name__ == "__main__":
    sys.exit(pages.main("configuration", "docs/configuration.md", parts_of, sys.argv[1:]))
