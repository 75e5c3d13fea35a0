// SPDX-License-Identifier: BSD-3-Clause
//
// A request that comes in the same piece as another one waits for the next tenth of a second, so
// that a long row of them cannot hold up the loop.
#include "admin_connection.h"

#include "admin.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kRequestNs = 5 * kSecondNs;    // for all bytes of one
constexpr std::int64_t kResponseNs = 20 * kSecondNs;  // for taking all of one
constexpr std::int64_t kIdleNs = 90 * kSecondNs;      // longer than scrapers usually pause

}  // namespace

AdminConnection::AdminConnection(Admin& admin, net::Connection& connection, std::int64_t now_ns)
    : admin_(&admin), connection_(connection), since_ns_(now_ns) {}

void AdminConnection::on_closed() {
  if (admin_ != nullptr) {
    admin_->forget(*this);
  }
}

void AdminConnection::respond(const HttpResponse& response, bool keep_alive, bool head) {
  base::OutputBuffer& output = connection_.output();
  output.append(http_head(response, keep_alive, admin_->server().clock().wall_ms() / 1000));
  if (!head) {
    output.append(response.content());
  }
  if (!keep_alive) {
    connection_.close_after_output();
  }
}

std::size_t AdminConnection::on_input(std::string_view unread) {
  const std::int64_t now_ns = admin_->server().clock().monotonic_ns();
  const HttpParsed parsed = parse_http_request(unread);
  if (parsed.consumed == 0) {
    // Time counts from the first byte: each further one does not buy more.
    since_ns_ = partial_ ? since_ns_ : now_ns;
    partial_ = true;
    return 0;
  }
  since_ns_ = now_ns;
  partial_ = false;
  if (parsed.error != 0) {
    respond(http_text(parsed.error, std::string(parsed.reason)), false, false);
    return parsed.consumed;
  }
  const HttpRequest& request = parsed.request;
  respond(admin_->answer(request, connection_.address()), request.keep_alive, request.head);
  if (!request.keep_alive) {
    return unread.size();
  }
  if (parsed.consumed < unread.size()) {
    rests_ = true;
    connection_.pause_input();
  }
  return parsed.consumed;
}

void AdminConnection::tick(std::int64_t now_ns) {
  if (rests_ && connection_.output().empty()) {
    rests_ = false;
    since_ns_ = now_ns;
    connection_.resume_input();
  }
  const std::int64_t waited_ns = now_ns - since_ns_;
  if (!connection_.output().empty()) {
    if (waited_ns > kResponseNs) connection_.close_now();
  } else if (partial_ && waited_ns > kRequestNs) {
    respond(http_text(408, "the request took too long"), false, false);
  } else if (waited_ns > kIdleNs) {
    connection_.close_now();
  }
}

}  // namespace sorrel::server
