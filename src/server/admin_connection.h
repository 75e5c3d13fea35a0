// SPDX-License-Identifier: BSD-3-Clause
//
// One connection of the admin port: requests in, responses out, one at a time. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sorrel/net/connection.h>

#include "http.h"

namespace sorrel::server {

class Admin;

class AdminConnection final : public net::ConnectionHandler {
 public:
  AdminConnection(Admin& admin, net::Connection& connection, std::int64_t now_ns);

  std::size_t on_input(std::string_view unread) override;
  void on_closed() override;

  // Goes on with a request that came behind another one, or closes when it has taken too long.
  void tick(std::int64_t now_ns);
  // Nobody is asked any more.
  void detach() { admin_ = nullptr; }

  void close() { connection_.close_now(); }
  bool closing() const { return connection_.closing(); }
  // When something of it was last done with.
  std::int64_t waits_since_ns() const { return since_ns_; }

 private:
  void respond(const HttpResponse& response, bool keep_alive, bool head);

  Admin* admin_;
  net::Connection& connection_;
  std::int64_t since_ns_;
  bool partial_ = false;  // a part of a request has come
  bool rests_ = false;    // another request has come and waits for the next tick
};

}  // namespace sorrel::server
