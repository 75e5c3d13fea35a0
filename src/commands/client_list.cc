// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT INFO, LIST and KILL: the connections of all clients, by the executor's registry.
//
// A line holds every field that Redis 8.0 prints, in its order, because tools cut it by position as
// well as by name. What a session does not know (sizes of buffers) comes from its Transport.
//
// Invariant: a killed session is marked at once, so that within the same turn it is neither listed
// nor killed again; its connection goes when its Transport ends the turn. One thread.
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <string>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/executor.h>

#include "client.h"

namespace sorrel::commands {
namespace {

using exec::Context;
using exec::Outcome;
using exec::Session;

enum class ClientType { kNormal, kReplica, kPubsub, kPrimary };

std::optional<ClientType> client_type(std::string_view name) {
  struct Row {
    std::string_view name;
    ClientType type;
  };
  static constexpr std::array kTypes = std::to_array<Row>({
      {"normal", ClientType::kNormal},
      {"slave", ClientType::kReplica},
      {"replica", ClientType::kReplica},
      {"pubsub", ClientType::kPubsub},
      {"master", ClientType::kPrimary},
  });
  for (const Row& row : kTypes) {
    if (base::equals_ignoring_case(name, row.name)) {
      return row.type;
    }
  }
  return std::nullopt;
}

// Sessions neither subscribe nor replicate: all of them are normal clients.
ClientType type_of(const Session&) { return ClientType::kNormal; }

Outcome fail_unknown_type(Context& context, std::string_view name) {
  return context.fail_with("ERR", "Unknown client type '" + exec::errors::shown(name) + "'");
}

// One line being written: fields "name=value" parted by blanks.
class Line {
 public:
  explicit Line(std::string& out) : out_(out) {}

  void text(std::string_view name, std::string_view value) {
    begin(name);
    out_.append(value.substr(0, value.find('\0')));
  }
  template <class Integer>
  void number(std::string_view name, Integer value) {
    char digits[24];
    begin(name);
    out_.append(digits, std::to_chars(digits, std::end(digits), value).ptr);
  }

 private:
  void begin(std::string_view name) {
    if (!first_) {
      out_.push_back(' ');
    }
    first_ = false;
    out_.append(name);
    out_.push_back('=');
  }

  std::string& out_;
  bool first_ = true;
};

std::string flags_of(const Session& session) {
  std::string flags;
  if (session.parked != nullptr) {
    flags.push_back('b');
  }
  if (session.transaction != nullptr) {
    flags.push_back('x');
  }
  if (session.watch != nullptr && session.watch->touched) {
    flags.push_back('d');
  }
  if (session.close_after_reply) {
    flags.push_back('c');
  }
  if (session.address.starts_with('/')) {
    flags.push_back('U');
  }
  if (session.no_evict) {
    flags.push_back('e');
  }
  if (session.no_touch) {
    flags.push_back('T');
  }
  return flags.empty() ? "N" : flags;
}

// The words of the command that runs now: only the session that asks has any.
std::size_t argument_bytes(const Context& context, const Session& session) {
  std::size_t bytes = 0;
  if (&session == &context.session) {
    for (const std::string_view word : context.arguments) {
      bytes += word.size();
    }
  }
  return bytes;
}

// What Redis calls the client's memory; zeros for a session without a connection.
void append_memory(Line& line, const Context& context, const Session& session) {
  exec::TransportStatistics sizes;
  if (session.transport != nullptr) {
    sizes = session.transport->statistics();
  }
  line.number("qbuf", sizes.query_buffer_used);
  line.number("qbuf-free", sizes.query_buffer_free);
  line.number("argv-mem", argument_bytes(context, session));
  line.number("multi-mem", session.transaction == nullptr ? 0 : session.transaction->bytes());
  line.number("rbs", sizes.output_capacity);
  line.number("rbp", sizes.output_capacity);
  line.number("obl", sizes.output_pending);
  line.number("oll", 0);
  line.number("omem", 0);
  line.number("tot-mem", sizes.total_memory);
  line.text("events", sizes.output_pending == 0 ? "r" : "rw");
}

void append_line(std::string& out, const Context& context, const Session& session) {
  const std::int64_t now_ms = context.now_ms();
  const bool asking = &session == &context.session;
  Line line(out);
  line.number("id", session.id);
  line.text("addr", session.address);
  line.text("laddr", session.local_address);
  line.number("fd", session.descriptor);
  line.text("name", session.name);
  line.number("age", (now_ms - session.created_ms) / 1000);
  line.number("idle", asking ? 0 : (now_ms - session.last_interaction_ms) / 1000);
  line.text("flags", flags_of(session));
  line.number("db", session.database);
  line.number("sub", 0);
  line.number("psub", 0);
  line.number("ssub", 0);
  line.number("multi", session.transaction == nullptr
                           ? -1
                           : static_cast<std::int64_t>(session.transaction->queue.size()));
  line.number("watch", session.watch == nullptr ? 0 : session.watch->keys.size());
  append_memory(line, context, session);
  line.text("cmd", session.last_command == nullptr ? "NULL" : session.last_command->spec->name);
  line.text("user", session.user);
  line.number("redir", -1);
  line.number("resp", static_cast<int>(session.protocol));
  line.text("lib-name", session.library_name);
  line.text("lib-ver", session.library_version);
  line.number("io-thread", 0);
  out.push_back('\n');
}

Outcome reply_text(Context& context, std::string_view text) {
  context.reply.verbatim("txt", text);
  return Outcome::kOk;
}

Outcome list_by_id(Context& context) {
  static constexpr base::Error kInvalidId{"ERR", "Invalid client ID"};
  std::string text;
  exec::ArgumentReader read(context, 3);
  while (read.more()) {
    const std::int64_t id = read.integer(kInvalidId);
    const Session* session =
        id > 0 ? context.executor.sessions().find(static_cast<std::uint64_t>(id)) : nullptr;
    if (session != nullptr && !session->close_after_reply) {
      append_line(text, context, *session);
    }
  }
  return read.ok() ? reply_text(context, text) : context.fail(read.error());
}

struct KillFilter {
  std::optional<std::string_view> address;
  std::optional<std::string_view> local_address;
  std::optional<std::string_view> user;
  std::optional<ClientType> type;
  std::uint64_t id = 0;          // 0: any
  std::int64_t least_age_s = 0;  // 0: any
  bool spare_asking = true;

  bool meets(const Session& session, const Context& context) const {
    return !session.close_after_reply && (!address || session.address == *address) &&
           (!local_address || session.local_address == *local_address) &&
           (!user || session.user == *user) && (!type || type_of(session) == *type) &&
           (id == 0 || session.id == id) && !(spare_asking && &session == &context.session) &&
           (context.now_ms() / 1000 - session.created_ms / 1000) >= least_age_s;
  }
};

// The options whose errors are static. Returns: whether the next word was one of them.
bool read_plain_option(exec::ArgumentReader& read, KillFilter& filter) {
  static constexpr base::Error kBadId{"ERR", "client-id should be greater than 0"};
  static constexpr base::Error kBadAge{"ERR", "maxage is not an integer or out of range"};
  static constexpr base::Error kSmallAge{"ERR", "maxage should be greater than 0"};
  if (read.word_with("id", 1)) {
    filter.id = static_cast<std::uint64_t>(read.integer_in(1, INT64_MAX, kBadId));
  } else if (read.word_with("maxage", 1)) {
    filter.least_age_s = read.integer(kBadAge);
    if (filter.least_age_s <= 0) {
      read.fail(kSmallAge);
    }
  } else if (read.word_with("addr", 1)) {
    filter.address = read.text();
  } else if (read.word_with("laddr", 1)) {
    filter.local_address = read.text();
  } else if (read.word_with("skipme", 1)) {
    filter.spare_asking = read.word("yes");
    if (!filter.spare_asking && !read.word("no")) {
      read.fail(exec::errors::kSyntax);
    }
  } else {
    return false;
  }
  return true;
}

// Marks and closes all that meet the filter. Returns: how many.
std::int64_t kill(Context& context, const KillFilter& filter) {
  std::int64_t killed = 0;
  for (const auto& [id, session] : context.executor.sessions().sessions()) {
    if (!filter.meets(*session, context)) {
      continue;
    }
    ++killed;
    session->close_after_reply = true;
    if (session != &context.session && session->transport != nullptr) {
      session->transport->close();
    }
  }
  return killed;
}

}  // namespace

Outcome client_info(Context& context) {
  std::string text;
  append_line(text, context, context.session);
  return reply_text(context, text);
}

Outcome client_list(Context& context) {
  std::optional<ClientType> type;
  if (context.argument_count() == 4 && context.argument_is(2, "type")) {
    type = client_type(context.argument(3));
    if (!type) {
      return fail_unknown_type(context, context.argument(3));
    }
  } else if (context.argument_count() > 3 && context.argument_is(2, "id")) {
    return list_by_id(context);
  } else if (context.argument_count() != 2) {
    return context.fail_syntax();
  }
  std::string text;
  for (const auto& [id, session] : context.executor.sessions().sessions()) {
    if (!session->close_after_reply && (!type || type_of(*session) == *type)) {
      append_line(text, context, *session);
    }
  }
  return reply_text(context, text);
}

Outcome client_kill(Context& context) {
  static constexpr base::Error kNoSuchClient{"ERR", "No such client"};
  KillFilter filter;
  if (context.argument_count() == 3) {
    filter.address = context.argument(2);
    filter.spare_asking = false;
    return kill(context, filter) == 0 ? context.fail(kNoSuchClient) : exec::reply_ok(context);
  }
  exec::ArgumentReader read(context, 2);
  while (read.more()) {
    if (read.word_with("type", 1)) {
      const std::string_view name = read.text();
      filter.type = client_type(name);
      if (!filter.type) {
        return fail_unknown_type(context, name);
      }
    } else if (read.word_with("user", 1)) {
      filter.user = read.text();
      if (*filter.user != "default") {
        return context.fail_with("ERR", "No such user '" + exec::errors::shown(*filter.user) + "'");
      }
    } else if (!read_plain_option(read, filter)) {
      read.fail(exec::errors::kSyntax);
    }
  }
  return read.ok() ? exec::reply_integer(context, kill(context, filter))
                   : context.fail(read.error());
}

Outcome client_unblock(Context& context) {
  auto how = exec::Executor::Unblock::kTimeout;
  if (context.argument_count() == 4) {
    if (context.argument_is(3, "error")) {
      how = exec::Executor::Unblock::kError;
    } else if (!context.argument_is(3, "timeout")) {
      return context.fail_with("ERR", "CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
  } else if (context.argument_count() > 4) {
    return context.fail_subcommand();
  }
  const auto id = base::parse_integer(context.argument(2));
  if (!id) {
    return context.fail(exec::errors::kNotInteger);
  }
  exec::Session* session =
      *id > 0 ? context.executor.sessions().find(static_cast<std::uint64_t>(*id)) : nullptr;
  if (session == nullptr || session->parked == nullptr || session->close_after_reply) {
    return exec::reply_integer(context, 0);
  }
  context.executor.unblock(*session, how);
  return exec::reply_integer(context, 1);
}

}  // namespace sorrel::commands
