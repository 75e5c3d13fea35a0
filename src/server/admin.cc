// SPDX-License-Identifier: BSD-3-Clause
//
// Routes, and who may see them. /healthz and /readyz are open to all who reach the port, since
// probes have no passwords and learn one word; everything else asks for the server's password when
// there is one, and without one is for this machine alone while protected mode is on.
#include "admin.h"

#include <algorithm>

#include "admin_connection.h"
#include "log.h"
#include "metrics.h"
#include "server_state.h"
#include "status_json.h"
#include "web_files.h"

namespace sorrel::server {
namespace {

constexpr std::size_t kMostConnections = 64;
constexpr int kBacklog = 64;
constexpr std::int64_t kKeptNs = 250'000'000;

}  // namespace

Admin::Admin(Server& server)
    : server_(server),
      listener_(server.loop(), [this](net::Connection& connection) { return accept(connection); }) {
}

Admin::~Admin() {
  for (AdminConnection* const connection : connections_) {
    connection->detach();
  }
}

std::string Admin::listen() {
  const Options& options = server_.options();
  if (options.admin_port == 0) {
    return {};
  }
  for (const std::string& address : options.admin_bind) {
    const bool optional = address.starts_with('-');
    const std::string error =
        listener_.listen(optional ? address.substr(1) : address,
                         static_cast<std::uint16_t>(options.admin_port), kBacklog);
    if (!error.empty() && !optional) {
      return fmt::format("Failed listening on port {} (admin), aborting: {}", options.admin_port,
                         error);
    }
  }
  log_notice("Admin port: http://{}:{}/",
             options.admin_bind.empty() ? "*" : options.admin_bind.front(), options.admin_port);
  return {};
}

std::unique_ptr<net::ConnectionHandler> Admin::accept(net::Connection& connection) {
  const auto open = [](const AdminConnection* candidate) { return !candidate->closing(); };
  const auto count = std::count_if(connections_.begin(), connections_.end(), open);
  if (static_cast<std::size_t>(count) >= kMostConnections) {
    AdminConnection* oldest = nullptr;
    for (AdminConnection* const candidate : connections_) {
      if (open(candidate) &&
          (oldest == nullptr || candidate->waits_since_ns() < oldest->waits_since_ns())) {
        oldest = candidate;
      }
    }
    oldest->close();
  }
  auto handler =
      std::make_unique<AdminConnection>(*this, connection, server_.clock().monotonic_ns());
  connections_.push_back(handler.get());
  return handler;
}

void Admin::forget(AdminConnection& connection) { std::erase(connections_, &connection); }

void Admin::tick() {
  const std::int64_t now_ns = server_.clock().monotonic_ns();
  for (AdminConnection* const connection : connections_) {
    if (!connection->closing()) {
      connection->tick(now_ns);
    }
  }
}

std::string_view Admin::kept(Kept& kept, std::string (*make)(Server&)) {
  const std::int64_t now_ns = server_.clock().monotonic_ns();
  if (kept.text.empty() || now_ns - kept.made_ns >= kKeptNs) {
    kept.made_ns = now_ns;
    kept.text = make(server_);
  }
  return kept.text;
}

std::string_view why_not_ready(Server& server) {
  const exec::ServerState& state = server.executor().state();
  if (state.loading) return "loading the data";
  if (!state.disk_error.empty()) return "the append only log cannot be written";
  if (state.cannot_save) return "the last snapshot failed";
  if (state.out_of_memory) return "memory is full";
  if (!state.busy.empty()) return "a script runs too long";
  return {};
}

HttpResponse Admin::readiness() const {
  const std::string_view reason = why_not_ready(server_);
  return reason.empty() ? http_text(200, "ready")
                        : http_text(503, "not ready: " + std::string(reason));
}

// Whether the header names a user who is enabled and may run INFO.
bool Admin::may_look(std::string_view authorization) const {
  static const exec::User kNobody;
  const auto given = http_basic_credentials(authorization);
  if (!given) {
    return false;
  }
  const auto found = server_.executor().access().find(given->user);
  const exec::User& user = found != nullptr ? *found : kNobody;
  constexpr std::string_view kWords[] = {"info"};
  const exec::Command* const info = server_.commands().find(kWords[0]);
  return user.accepts(given->password) && user.enabled && !user.check(*info, kWords);
}

HttpResponse Admin::answer(const HttpRequest& request, std::string_view peer) {
  if (request.path == "/healthz") {
    return http_text(200, "alive");
  }
  if (request.path == "/readyz") {
    return readiness();
  }
  if (!server_.executor().access().default_user().needs_no_login()) {
    return may_look(request.authorization)
               ? authorized(request)
               : http_text(401, "the name and password of a user who may run INFO are needed");
  }
  if (server_.options().protected_mode && !is_local_address(peer)) {
    return http_text(403, "protected mode: without a password only this machine is served");
  }
  if (http_host_is_foreign(request.host)) {
    return http_text(403,
                     "without a password the server is reached by its address or a name without "
                     "dots, so that no page of a stranger can read it");
  }
  return authorized(request);
}

HttpResponse Admin::authorized(const HttpRequest& request) {
  HttpResponse response;
  if (request.path == "/metrics") {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = kept(metrics_, &metrics_text);
    return response;
  }
  if (request.path == "/status.json") {
    response.content_type = "application/json";
    response.body = kept(status_, &status_json);
    return response;
  }
  for (const WebFile& file : web_files()) {
    if (file.path == request.path) {
      response.content_type = file.content_type;
      response.body = file.content;
      return response;
    }
  }
  return http_text(404, "there are /, /metrics, /status.json, /healthz and /readyz");
}

}  // namespace sorrel::server
