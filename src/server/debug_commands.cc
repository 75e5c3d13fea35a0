// SPDX-License-Identifier: BSD-3-Clause
//
// DEBUG: what tests and the curious ask of a server. One command with a table of its own, because
// an unknown word and a wrong number of arguments are the same error here, and because the whole
// of it is closed unless enable-debug-command opens it: to everybody, or to clients of this
// machine. One thread.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <fmt/format.h>

#include <sorrel/base/numbers.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

#include "debug_digest.h"
#include "debug_handlers.h"
#include "log.h"
#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

Outcome debug_sleep(Context& context) {
  const double seconds = std::strtod(std::string(context.argument(2)).c_str(), nullptr);
  if (seconds > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }
  return exec::reply_ok(context);
}

// About what a snapshot would hold of the value, without its compression: lengths take one to five
// bytes, whole numbers their own width, a score eight.
std::size_t length_bytes(std::size_t length) { return length < 64 ? 1 : length < 16'384 ? 2 : 5; }

std::size_t serialized_length(const types::List& list) {
  std::size_t bytes = length_bytes(list.chunks().remaining());
  for (auto it = list.chunks(); it.valid(); it.next()) {
    const std::size_t length = (*it).bytes.size();
    bytes += 1 + length_bytes(length) + length;
  }
  return bytes;
}

std::size_t serialized_length(const keyspace::Record& record) {
  if (record.type() == keyspace::Type::kList) {
    return serialized_length(record.collection<types::List>());
  }
  if (record.type() == keyspace::Type::kSortedSet) {
    const auto& set = record.collection<types::SortedSet>();
    std::size_t bytes = length_bytes(set.size());
    for (auto it = set.forward(); it.valid(); it.next()) {
      bytes += length_bytes(it->member.size()) + it->member.size() + sizeof it->score;
    }
    return bytes;
  }
  if (record.type() == keyspace::Type::kSet) {
    const auto& set = record.collection<types::Set>();
    if (set.encoding() != types::SetEncoding::kHashtable) {
      return length_bytes(set.compact_bytes().size()) + set.compact_bytes().size();
    }
    std::size_t bytes = length_bytes(set.size());
    set.for_each([&](const types::Set::Member& member) {
      bytes += length_bytes(member.bytes.size()) + member.bytes.size();
    });
    return bytes;
  }
  if (record.type() == keyspace::Type::kHash) {
    const auto& hash = record.collection<types::Hash>();
    std::size_t bytes = length_bytes(hash.size());
    hash.for_each([&](const types::Hash::Entry& entry) {
      char scratch[base::kMaxIntegerText];
      for (const types::Hash::Text& text : {entry.field, entry.value}) {
        const std::size_t length = text.text(scratch).size();
        bytes += length_bytes(length) + length;
      }
      bytes += entry.deadline_ms == types::Hash::kNever ? 0 : sizeof entry.deadline_ms;
    });
    return bytes;
  }
  if (record.type() == keyspace::Type::kStream) {
    const auto& stream = record.collection<types::Stream>();
    std::size_t bytes = length_bytes(stream.node_count());
    for (auto node = stream.node_from(types::kLeastStreamId); node;
         node = stream.node_from(*node->first.next())) {
      bytes += sizeof node->first + length_bytes(node->listpack.size()) + node->listpack.size();
    }
    return bytes;
  }
  if (record.encoding() == keyspace::Encoding::kInteger) {
    const std::int64_t value = record.integer();
    if (value >= INT8_MIN && value <= INT8_MAX) {
      return 2;
    }
    if (value >= INT16_MIN && value <= INT16_MAX) {
      return 3;
    }
    if (value >= INT32_MIN && value <= INT32_MAX) {
      return 5;
    }
  }
  return length_bytes(record.string_length()) + record.string_length();
}

// What a quicklist is made of, as Redis describes it: its nodes, and what they hold.
std::string describe_nodes(const types::List& list, std::int64_t limit) {
  std::size_t bytes = 0;
  auto it = list.chunks();
  const std::uint64_t nodes = it.remaining();
  for (; it.valid(); it.next()) {
    bytes += (*it).bytes.size();
  }
  const double average = static_cast<double>(list.size()) / static_cast<double>(nodes);
  return fmt::format(
      " ql_nodes:{} ql_avg_node:{:.2f} ql_listpack_max:{} ql_compressed:0 ql_uncompressed_size:{}",
      nodes, average, std::clamp<std::int64_t>(limit, -5, INT16_MAX), bytes);
}

Outcome debug_object(Context& context) {
  const keyspace::Record* record = context.database.peek(context.keyspace.key(context.argument(2)));
  if (record == nullptr) {
    return context.fail(exec::errors::kNoSuchKey);
  }
  const std::uint32_t idle = context.keyspace.access().idle_seconds(record->access());
  std::string nodes;
  if (record->encoding_name() == "quicklist") {
    nodes = describe_nodes(record->collection<types::List>(),
                           context.keyspace.settings().list_max_listpack_size);
  }
  context.reply.simple(fmt::format(
      "Value at:{} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}{}",
      static_cast<const void*>(record), record->encoding_name(), serialized_length(*record),
      record->access(), idle, nodes));
  return Outcome::kOk;
}

Outcome debug_set_active_expire(Context& context) {
  const long on = std::strtol(std::string(context.argument(2)).c_str(), nullptr, 10);
  context.state<Server>().set_active_expire(on != 0);
  return exec::reply_ok(context);
}

Outcome debug_change_repl_id(Context& context) {
  log_notice("Changing the replication id after receiving DEBUG CHANGE-REPL-ID");
  context.state<Server>().new_replication_id();
  return exec::reply_ok(context);
}

Outcome debug_digest(Context& context) {
  context.reply.simple(hexadecimal(digest_keyspace(context.keyspace)));
  return Outcome::kOk;
}

Outcome debug_digest_value(Context& context) {
  context.reply.array(context.argument_count() - 2);
  for (const std::string_view name : context.arguments.subspan(2)) {
    const keyspace::Record* record = context.database.peek(context.keyspace.key(name));
    context.reply.simple(hexadecimal(record == nullptr ? Digest{} : digest_record(*record)));
  }
  return Outcome::kOk;
}

Outcome debug_listpack(Context& context) {
  const keyspace::Record* record = context.database.peek(context.keyspace.key(context.argument(2)));
  if (record == nullptr) {
    return context.fail(exec::errors::kNoSuchKey);
  }
  if (!record->encoding_name().starts_with("listpack")) {
    return context.fail_with("ERR", "Not a listpack encoded object.");
  }
  if (record->type() == keyspace::Type::kSortedSet) {
    for (auto it = record->collection<types::SortedSet>().forward(); it.valid(); it.next()) {
      log_notice("DEBUG LISTPACK: {} {}", base::quote(it->member), it->score);
    }
  } else if (record->type() == keyspace::Type::kSet) {
    record->collection<types::Set>().for_each([](const types::Set::Member& member) {
      char scratch[base::kMaxIntegerText];
      log_notice("DEBUG LISTPACK: {}", base::quote(member.text(scratch)));
    });
  } else if (record->type() == keyspace::Type::kHash) {
    record->collection<types::Hash>().for_each([](const types::Hash::Entry& entry) {
      char field[base::kMaxIntegerText];
      char value[base::kMaxIntegerText];
      log_notice("DEBUG LISTPACK: {} {}", base::quote(entry.field.text(field)),
                 base::quote(entry.value.text(value)));
    });
  } else if (record->type() == keyspace::Type::kList) {
    char scratch[base::kMaxIntegerText];
    for (auto it = record->collection<types::List>().forward(); it.valid(); it.next()) {
      log_notice("DEBUG LISTPACK: {}", base::quote(it->text(scratch)));
    }
  }
  context.reply.simple("Listpack structure printed on stdout");
  return Outcome::kOk;
}

// Empties the keyspace and loads it from the log again. What is read is no new effect.
Outcome debug_loadaof(Context& context) {
  context.effects.suppress();
  if (const std::string error = context.state<Server>().reload_log(); !error.empty()) {
    log_warning("DEBUG LOADAOF: {}", error);
    return context.fail_with("ERR", "Error trying to load the AOF files, check server logs.");
  }
  return exec::reply_ok(context);
}

// The data written as a snapshot and loaded again. Nothing changed, so nothing is repeated.
Outcome debug_reload(Context& context) {
  bool save = true;
  bool flush = true;
  bool merge = false;
  for (std::size_t i = 2; i < context.argument_count(); ++i) {
    if (context.argument_is(i, "NOFLUSH")) {
      flush = false;
    } else if (context.argument_is(i, "MERGE")) {
      merge = true;
    } else if (context.argument_is(i, "NOSAVE")) {
      save = false;
    } else {
      return context.fail_with("ERR",
                               "DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  context.effects.suppress();
  if (const std::string error = context.state<Server>().reload_image(save, flush, merge);
      !error.empty()) {
    log_warning("DEBUG RELOAD: {}", error);
    return context.fail_with("ERR", "Error trying to load the RDB dump, check server logs.");
  }
  return exec::reply_ok(context);
}

Outcome debug_set_skip_checksum_validation(Context& context) {
  const long on = std::strtol(std::string(context.argument(2)).c_str(), nullptr, 10);
  context.state<Server>().dump_settings().check_sum = on == 0;
  return exec::reply_ok(context);
}

Outcome debug_set_disable_deny_scripts(Context& context) {
  const long on = std::strtol(std::string(context.argument(2)).c_str(), nullptr, 10);
  context.state<Server>().scripting().settings().allow_noscript = on != 0;
  return exec::reply_ok(context);
}

Outcome debug_log(Context& context) {
  log_warning("DEBUG LOG: {}", context.argument(2));
  return exec::reply_ok(context);
}

Outcome debug_error(Context& context) {
  const std::string_view text = context.argument(2);
  const std::size_t blank = text.find(' ');
  return context.fail_with(text.substr(0, blank),
                           blank == std::string_view::npos ? "" : text.substr(blank + 1));
}

Outcome debug_protocol(Context& context);
Outcome debug_help(Context& context);

struct Subcommand {
  std::string_view name;
  std::size_t least;  // words behind the name
  std::size_t most;
  Outcome (*handler)(Context&);
};
constexpr std::size_t kAny = SIZE_MAX;

constexpr Subcommand kSubcommands[] = {
    {"aof-flush-sleep", 1, 1, &debug_aof_flush_sleep},
    {"assert", 0, kAny, &debug_assert},
    {"change-repl-id", 0, 0, &debug_change_repl_id},
    {"dict-resizing", 1, 1, &debug_dict_resizing},
    {"digest", 0, 0, &debug_digest},
    {"digest-value", 0, kAny, &debug_digest_value},
    {"error", 1, 1, &debug_error},
    {"help", 0, 0, &debug_help},
    {"htstats", 1, 2, &debug_htstats},
    {"listpack", 1, 1, &debug_listpack},
    {"loadaof", 0, 0, &debug_loadaof},
    {"log", 1, 1, &debug_log},
    {"object", 1, 1, &debug_object},
    {"panic", 0, 0, &debug_panic},
    {"pause-cron", 1, 1, &debug_pause_cron},
    {"populate", 1, 3, &debug_populate},
    {"protocol", 1, 1, &debug_protocol},
    {"quicklist-packed-threshold", 1, 1, &debug_quicklist_packed_threshold},
    {"reload", 0, kAny, &debug_reload},
    {"replybuffer", 2, 2, &debug_reply_buffer},
    {"segfault", 0, 0, &debug_segfault},
    {"set-active-expire", 1, 1, &debug_set_active_expire},
    {"set-disable-deny-scripts", 1, 1, &debug_set_disable_deny_scripts},
    {"set-skip-checksum-validation", 1, 1, &debug_set_skip_checksum_validation},
    {"sleep", 1, 1, &debug_sleep},
};

// One sample of each kind of reply, for those who test a client's parser.
Outcome debug_protocol(Context& context) {
  resp::ReplyWriter& reply = context.reply;
  const auto is = [&](std::string_view word) { return context.argument_is(2, word); };
  const auto numbers = [&] {
    for (int i = 0; i < 3; ++i) {
      reply.integer(i);
    }
  };
  if (is("string")) {
    reply.bulk("Hello World");
  } else if (is("integer")) {
    reply.integer(12345);
  } else if (is("double")) {
    reply.real(3.141);
  } else if (is("bignum")) {
    reply.big_number("1234567999999999999999999999999999999");
  } else if (is("null")) {
    reply.null();
  } else if (is("array")) {
    reply.array(3);
    numbers();
  } else if (is("set")) {
    reply.set(3);
    numbers();
  } else if (is("map")) {
    reply.map(3);
    for (int i = 0; i < 3; ++i) {
      reply.integer(i);
      reply.boolean(i == 1);
    }
  } else if (is("attrib") && reply.resp3()) {
    reply.attribute(1);
    reply.bulk("key-popularity");
    reply.array(2);
    reply.bulk("key:123");
    reply.integer(90);
    reply.bulk("Some real reply following the attribute");
  } else if (is("push") && reply.resp3()) {
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.integer(42);
    reply.bulk("Some real reply following the push reply");
  } else if (is("attrib") || is("push")) {
    reply.bulk(is("push") ? "Some real reply following the push reply"
                          : "Some real reply following the attribute");
  } else if (is("verbatim")) {
    reply.verbatim("txt", "This is a verbatim\nstring");
  } else if (is("true") || is("false")) {
    reply.boolean(is("true"));
  } else {
    return context.fail_with("ERR",
                             "Wrong protocol type name. Please use one of the following: "
                             "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim"
                             "|true|false");
  }
  return Outcome::kOk;
}

constexpr std::array kHelp = std::to_array<std::string_view>({
    "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "AOF-FLUSH-SLEEP <microseconds>",
    "    Wait so long before a turn's changes are handed to the log.",
    "ASSERT",
    "    End by an assertion that fails.",
    "CHANGE-REPL-ID",
    "    Take a new replication id.",
    "DICT-RESIZING <0|1>",
    "    Taken without effect: indexes grow and shrink in small steps and are never held.",
    "DIGEST",
    "    A digest of all data, whatever the order of keys.",
    "DIGEST-VALUE <key> [<key> ...]",
    "    A digest of each key's value.",
    "ERROR <text>",
    "    Answer with this error.",
    "HTSTATS <database> [full]",
    "    How full a database's index is.",
    "LISTPACK <key>",
    "    Write a listpack's entries to the server's log.",
    "LOADAOF",
    "    Empty the keyspace and load it from the append only file again.",
    "LOG <text>",
    "    Write a line to the server's log.",
    "OBJECT <key>",
    "    Internals of a key's value.",
    "PANIC",
    "    End as after a mistake that leaves no way on.",
    "PAUSE-CRON <0|1>",
    "    Stop the work of every tenth of a second.",
    "POPULATE <count> [<prefix>] [<bytes>]",
    "    Create strings key:0, key:1 ... that are not there yet, each of so many bytes. They are",
    "    not written to the log.",
    "PROTOCOL <type>",
    "    A sample reply: string, integer, double, bignum, null, array, set, map, attrib, push,",
    "    verbatim, true, false.",
    "QUICKLIST-PACKED-THRESHOLD <bytes>",
    "    Taken without effect: it tunes the other server's lists.",
    "RELOAD",
    "    Save all data to the snapshot's file, empty the keyspace and load the file again.",
    "    Options: NOSAVE (load what is there), NOFLUSH (do not empty it), MERGE (replace keys that",
    "    are there).",
    "REPLYBUFFER RESIZING <0|1>, REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|ms>",
    "    Taken without effect: a buffer that has been sent is given back at once.",
    "SEGFAULT",
    "    End by an access to memory that is not there.",
    "SET-ACTIVE-EXPIRE <0|1>",
    "    Whether expired keys go on their own, without being asked for.",
    "SET-DISABLE-DENY-SCRIPTS <0|1>",
    "    Whether scripts may call what is forbidden to them, but run no scripts.",
    "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
    "    Whether RESTORE takes payloads with a wrong checksum.",
    "SLEEP <seconds>",
    "    Stop the server for that long.",
    "HELP",
    "    Print this help.",
});

Outcome debug_help(Context& context) {
  context.reply.array(kHelp.size());
  for (const std::string_view line : kHelp) {
    context.reply.simple(line);
  }
  return Outcome::kOk;
}

Outcome debug(Context& context) {
  if (!context.session.protected_commands) {
    return context.fail(exec::errors::kDebugNotAllowed);
  }
  const std::size_t given = context.argument_count() - 2;
  for (const Subcommand& subcommand : kSubcommands) {
    if (given >= subcommand.least && given <= subcommand.most &&
        context.argument_is(1, subcommand.name)) {
      return subcommand.handler(context);
    }
  }
  return context.fail_subcommand();
}

constexpr exec::CommandSpec kRows[] = {
    {"debug",
     -2,
     traits::kAdmin | traits::kLoading | traits::kNoscript | traits::kStale | traits::kProtected,
     {},
     acl::kAdmin | acl::kDangerous | acl::kSlow,
     &debug},
};

}  // namespace

void add_debug_commands(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
