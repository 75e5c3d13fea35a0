// SPDX-License-Identifier: BSD-3-Clause
//
// One client: its bytes go through the request parser to the executor, its replies to the
// connection's output. The bridge between net, which knows no commands, and exec, which knows no
// sockets. One thread.
#pragma once

#include <utility>

#include <sorrel/exec/session.h>
#include <sorrel/net/connection.h>
#include <sorrel/persist/log_writer.h>
#include <sorrel/resp/request_parser.h>

namespace sorrel::server {

class Server;

class ClientConnection final : public net::ConnectionHandler, public exec::Transport {
 public:
  ClientConnection(Server& server, net::Connection& connection);
  ~ClientConnection() override = default;
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  std::size_t on_input(std::string_view unread) override;
  std::size_t wanted() const override { return parser_.wanted(); }
  void on_closed() override;
  void on_secured() override;
  void on_tls_failure(std::string_view why) override;
  void on_output_limit() override;

  void close() override { connection_.close_after_output(); }
  exec::TransportStatistics statistics() const override;
  base::OutputBuffer& output() override { return connection_.output(); }
  void resume(bool logged) override;
  void send_soon() override;

  // Its replies wait until the log has settled the ticket, or a later one for which they wait then.
  void hold_for(persist::LogWriter::Ticket ticket);
  void release_from(persist::LogWriter::Ticket ticket);
  // Its replies of this turn tell of changes up to there in the log (EffectLog::end, not 0).
  // Returns: whether it was not noted yet in this turn.
  bool note(std::uint64_t log_end);
  std::uint64_t take_note() {
    connection_.keep_to_turn_end(false);
    return std::exchange(noted_end_, 0);
  }

  // Ends it at once, without what it still has to get.
  void evict();

  net::Connection& connection() { return connection_; }
  exec::Session& session() { return session_; }

  // For ClientMemory, which counts it.
  struct Counted {
    std::size_t bytes = 0;
    bool noted = false;  // is to be counted anew at the end of this turn
  };
  Counted& counted() { return counted_; }

 private:
  void protocol_error(std::string_view text);
  void choose_output_limit();

  Server& server_;
  net::Connection& connection_;
  exec::Session session_;
  resp::RequestParser parser_;
  persist::LogWriter::Ticket held_for_ = 0;  // 0: not held
  std::uint64_t noted_end_ = 0;              // 0: not noted
  Counted counted_;
};

}  // namespace sorrel::server
