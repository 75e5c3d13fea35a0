// SPDX-License-Identifier: BSD-3-Clause
//
// As much of HTTP/1.1 (RFC 9110 and 9112) as a page and a scraper need: GET and HEAD without a
// body. Bytes to a request and a response to bytes; no socket, no route. What is not understood to
// the letter is refused, and the connection with it: nobody guesses where the next request begins.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sorrel::server {

// A request line and its headers take no more than this.
inline constexpr std::size_t kMaxHttpRequestBytes = 8192;

// Lifetime: as the bytes that were parsed.
struct HttpRequest {
  std::string_view method;
  std::string_view path;           // without the query
  std::string_view host;           // empty when there is none (HTTP/1.0)
  std::string_view authorization;  // the header's value
  bool head = false;               // headers alone are wanted
  bool keep_alive = true;
};

struct HttpParsed {
  std::size_t consumed = 0;  // 0: the request is not whole yet
  int error = 0;             // a status: it is refused, and what follows with it
  std::string_view reason;   // of the error, for people
  HttpRequest request;
};

// Errors: 400 for what is malformed or has a body, 405 for another method, 413 for too many bytes,
// 505 for another version.
HttpParsed parse_http_request(std::string_view unread);

struct HttpResponse {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string_view body;   // Lifetime: the owner's
  std::string own_body;    // in its place if it is not empty
  std::string_view extra;  // header lines, each with its end

  std::string_view content() const { return own_body.empty() ? body : own_body; }
};

HttpResponse http_text(int status, std::string text);
// The status line and headers with the empty line behind them. `now_s`: Unix time.
std::string http_head(const HttpResponse& response, bool keep_alive, std::int64_t now_s);

struct HttpCredentials {
  std::string user;
  std::string password;
};
// What the header's value says if it is "Basic" with a well-formed pair.
std::optional<HttpCredentials> http_basic_credentials(std::string_view authorization);

// Whether a browser that was led here by a name of a stranger could have sent this host: a name
// with a dot in it that is no address.
bool http_host_is_foreign(std::string_view host);

}  // namespace sorrel::server
