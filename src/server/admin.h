// SPDX-License-Identifier: BSD-3-Clause
//
// The admin port: what scrapers, probes and people look at, by HTTP. It only reads. Its connections
// live in the server's own loop, so that a health check says whether the loop turns; they are no
// clients, are few, and have to be quick: who is slow is closed, and when there are too many, who
// has been waiting longest makes room.
//
// What /metrics and /status.json show is made at most four times a second, however many ask: a
// scrape costs bounded time. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/net/guest_listener.h>

#include "http.h"

namespace sorrel::server {

class Server;
class AdminConnection;

class Admin {
 public:
  explicit Admin(Server& server);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  // Where the options say, if at all. Returns: an empty text, or why it could not.
  std::string listen();
  void close() { listener_.close(); }
  // Every tenth of a second: who waited goes on, who is slow is closed.
  void tick();

  // `peer`: the address that asks.
  HttpResponse answer(const HttpRequest& request, std::string_view peer);

  Server& server() { return server_; }
  void forget(AdminConnection& connection);

 private:
  // Text that is made anew when it has become old.
  struct Kept {
    std::int64_t made_ns = 0;
    std::string text;
  };

  std::unique_ptr<net::ConnectionHandler> accept(net::Connection& connection);
  HttpResponse authorized(const HttpRequest& request);
  HttpResponse readiness() const;
  bool may_look(std::string_view authorization) const;
  std::string_view kept(Kept& kept, std::string (*make)(Server&));

  Server& server_;
  net::GuestListener listener_;
  std::vector<AdminConnection*> connections_;
  Kept metrics_;
  Kept status_;
};

// Why the server should get no requests now; empty when it should.
std::string_view why_not_ready(Server& server);

}  // namespace sorrel::server
