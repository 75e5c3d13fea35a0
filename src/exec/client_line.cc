// SPDX-License-Identifier: BSD-3-Clause
//
// The fields of the line, and where each comes from.
#include <algorithm>
#include <charconv>
#include <iterator>

#include <sorrel/exec/client_line.h>

namespace sorrel::exec {
namespace {

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

// What Redis calls the client's memory.
void append_memory(Line& line, const LineView& view, const Session& session,
                   const TransportStatistics& sizes) {
  line.number("qbuf", sizes.query_buffer_used);
  line.number("qbuf-free", sizes.query_buffer_free);
  line.number("argv-mem", &session == view.running ? view.argument_bytes : 0);
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

}  // namespace

void append_client_line(std::string& out, const Session& session, const LineView& view) {
  const std::int64_t now_ms = view.now_ms;
  const bool asking = &session == view.running;
  // Zeros for a session without a connection.
  TransportStatistics transport;
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
  line.text("flags", client_flags(session));
  line.number("db", session.database);
  line.number("sub", session.subscriptions.channels);
  line.number("psub", session.subscriptions.patterns);
  line.number("ssub", session.subscriptions.shard_channels);
  line.number("multi", session.transaction == nullptr
                           ? -1
                           : static_cast<std::int64_t>(session.transaction->queue.size()));
  line.number("watch", session.watch == nullptr ? 0 : session.watch->keys.size());
  append_memory(line, view, session, transport);
  line.text("cmd", session.last_command == nullptr ? "NULL" : session.last_command->spec->name);
  line.text("user", session.user_name());
  line.number("redir",
              session.tracking.on ? static_cast<std::int64_t>(session.tracking.redirect) : -1);
  line.number("resp", static_cast<int>(session.protocol));
  line.text("lib-name", session.library_name);
  line.text("lib-ver", session.library_version);
  line.number("io-thread", 0);
  line.number("tot-net-in", transport.bytes_in);
  line.number("tot-net-out", transport.bytes_out);
  line.number("tot-cmds", session.commands);
}

std::string client_flags(const Session& session) {
  std::string flags;
  const auto add = [&](bool on, char letter) {
    if (on) {
      flags.push_back(letter);
    }
  };
  add(session.monitor, 'O');
  add(session.subscriptions.any(), 'P');
  add(session.transaction != nullptr, 'x');
  add(session.parked != nullptr || session.postponed, 'b');
  add(session.tracking.on, 't');
  add(session.tracking.broken, 'R');
  add(session.tracking.broadcast, 'B');
  add(session.watch != nullptr && session.watch->touched, 'd');
  add(session.close_after_reply, 'c');
  add(session.on_unix_socket(), 'U');
  add(session.no_evict, 'e');
  add(session.no_touch, 'T');
  return flags.empty() ? "N" : flags;
}

}  // namespace sorrel::exec
