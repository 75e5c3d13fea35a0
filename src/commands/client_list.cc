// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT INFO and CLIENT LIST: the connections of all clients, by the executor's registry.
//
// A line holds every field that Redis 8.0 prints, in its order, because tools cut it by position as
// well as by name. What a session does not know (sizes of buffers) comes from its Transport.
// One thread.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>

#include <sorrel/exec/executor.h>

#include "client.h"
#include "client_filter.h"

namespace sorrel::commands {
namespace {

using exec::Context;
using exec::Outcome;
using exec::Session;

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

// What Redis calls the client's memory.
void append_memory(Line& line, const Context& context, const Session& session,
                   const exec::TransportStatistics& sizes) {
  line.number("qbuf", sizes.query_buffer_used);
  line.number("qbuf-free", sizes.query_buffer_free);
  line.number("argv-mem", argument_bytes(context, session));
  line.number("multi-mem", session.transaction == nullptr ? 0 : session.transaction->bytes());
  line.number("rbs", sizes.output_capacity);
  line.number("rbp", sizes.output_capacity);
  // The first chunk stands for Redis' fixed buffer, the others for its list of replies.
  constexpr std::size_t kChunk = base::OutputBuffer::kChunkBytes;
  const std::size_t beyond = std::max(sizes.output_capacity, kChunk) - kChunk;
  line.number("obl", std::min(sizes.output_pending, kChunk));
  line.number("oll", (beyond + kChunk - 1) / kChunk);
  line.number("omem", beyond);
  line.number("tot-mem", sizes.total_memory);
  line.text("events", sizes.output_pending == 0 ? "r" : "rw");
}

void append_line(std::string& out, const Context& context, const Session& session) {
  const std::int64_t now_ms = context.now_ms();
  const bool asking = &session == &context.session;
  // Zeros for a session without a connection.
  exec::TransportStatistics transport;
  if (session.transport != nullptr) {
    transport = session.transport->statistics();
  }
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
  line.number("sub", session.subscriptions.channels);
  line.number("psub", session.subscriptions.patterns);
  line.number("ssub", session.subscriptions.shard_channels);
  line.number("multi", session.transaction == nullptr
                           ? -1
                           : static_cast<std::int64_t>(session.transaction->queue.size()));
  line.number("watch", session.watch == nullptr ? 0 : session.watch->keys.size());
  append_memory(line, context, session, transport);
  line.text("cmd", session.last_command == nullptr ? "NULL" : session.last_command->spec->name);
  line.text("user", session.user);
  line.number("redir",
              session.tracking.on ? static_cast<std::int64_t>(session.tracking.redirect) : -1);
  line.number("resp", static_cast<int>(session.protocol));
  line.text("lib-name", session.library_name);
  line.text("lib-ver", session.library_version);
  line.number("io-thread", 0);
  line.number("tot-net-in", transport.bytes_in);
  line.number("tot-net-out", transport.bytes_out);
  line.number("tot-cmds", session.commands);
  out.push_back('\n');
}

Outcome reply_text(Context& context, std::string_view text) {
  context.reply.verbatim("txt", text);
  return Outcome::kOk;
}

void append_listed(std::string& text, const Context& context, const ClientFilter& filter) {
  const exec::SessionRegistry& registry = context.executor.sessions();
  const auto append_if_meant = [&](const Session& session) {
    if (filter.meets(session, context)) {
      append_line(text, context, session);
    }
  };
  if (const auto* ids = filter.ids(); ids != nullptr) {
    for (const std::int64_t id : *ids) {
      const Session* session = id > 0 ? registry.find(static_cast<std::uint64_t>(id)) : nullptr;
      if (session != nullptr) {
        append_if_meant(*session);
      }
    }
    return;
  }
  for (const auto& [id, session] : registry.sessions()) {
    append_if_meant(*session);
  }
}

}  // namespace

Outcome client_info(Context& context) {
  std::string text;
  append_line(text, context, context.session);
  return reply_text(context, text);
}

Outcome client_list(Context& context) {
  static constexpr base::Error kInvalidId{"ERR", "Invalid client ID"};
  ClientFilter filter({INT64_MIN, kInvalidId, kInvalidId});
  if (const Outcome outcome = filter.read(context, 2); outcome != Outcome::kOk) {
    return outcome;
  }
  std::string text;
  append_listed(text, context, filter);
  return reply_text(context, text);
}

}  // namespace sorrel::commands
