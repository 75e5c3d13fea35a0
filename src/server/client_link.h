// SPDX-License-Identifier: BSD-3-Clause
//
// A connection to another server for a few requests, plain or by TLS, with poll(2): no loop, no
// thread, and nothing that could wait longer than its timeout. The caller waits meanwhile, so it is
// for programs that do nothing else (the health check) and for a command that means to wait
// (MIGRATE). One thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sorrel/net/tls_context.h>
#include <sorrel/net/tls_stream.h>
#include <sorrel/resp/reply_reader.h>

namespace sorrel::server {

class ClientLink {
 public:
  // The timeout bounds all that is done from now on, or from the last renew().
  explicit ClientLink(std::chrono::nanoseconds timeout);
  ~ClientLink() { close(); }
  ClientLink(const ClientLink&) = delete;
  ClientLink& operator=(const ClientLink&) = delete;

  void renew();

  // Each returns an empty text, or what went wrong.
  std::string connect_tcp(const std::string& host, const std::string& port);
  std::string connect_unix(const std::string& path);
  // From now on by TLS. Requires: it is connected, and nothing was sent.
  std::string secure(const net::TlsContext& context, const std::string& host);
  std::string send(std::string_view bytes);

  // Returns: nullopt when none came; failure() then says why.
  std::optional<resp::Reply> read();
  const std::string& failure() const { return failure_; }

 private:
  using Clock = std::chrono::steady_clock;

  std::string connect_to(int family, const void* address, unsigned length);
  std::string wait_for(short events);
  std::string send_plain(std::string_view bytes);
  std::string send_encrypted(std::string_view bytes);
  bool fill();
  bool fill_decrypted();
  void close();

  std::chrono::nanoseconds timeout_;
  Clock::time_point deadline_;
  int descriptor_ = -1;
  std::unique_ptr<net::TlsStream> tls_;
  std::string unread_;
  std::string failure_;
};

}  // namespace sorrel::server
