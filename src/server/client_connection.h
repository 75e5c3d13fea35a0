// SPDX-License-Identifier: BSD-3-Clause
//
// One client: its bytes go through the request parser to the executor, its replies to the
// connection's output. The bridge between net, which knows no commands, and exec, which knows no
// sockets. One thread.
#pragma once

#include <sorrel/exec/session.h>
#include <sorrel/net/connection.h>
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
  void on_output_limit() override;

  void close() override { connection_.close_after_output(); }
  exec::TransportStatistics statistics() const override;
  base::OutputBuffer& output() override { return connection_.output(); }
  void resume(bool logged) override;
  void send_soon() override;

  net::Connection& connection() { return connection_; }
  exec::Session& session() { return session_; }

 private:
  void protocol_error(std::string_view text);
  void choose_output_limit();

  Server& server_;
  net::Connection& connection_;
  exec::Session session_;
  resp::RequestParser parser_;
};

}  // namespace sorrel::server
