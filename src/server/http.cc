// SPDX-License-Identifier: BSD-3-Clause
//
// Lines end in CR LF and nothing else; a header's name is a token with the colon right behind it; a
// folded header, a second Host and any framing of a body are refused.
#include "http.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <time.h>

#include <sorrel/base/text.h>

namespace sorrel::server {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool is_token_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 ||
         (byte != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}
// A path and its query: visible ASCII.
bool is_target(std::string_view text) {
  return text.starts_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}
bool is_version(std::string_view text) {
  constexpr std::string_view kName = "HTTP/";
  return text.starts_with(kName) &&
         text.find_first_not_of("0123456789.", kName.size()) == std::string_view::npos;
}
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Cut at the first `separator`; all of it when there is none.
std::string_view take_until(std::string_view& text, std::string_view separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + separator.size(), text.size()));
  return part;
}

HttpParsed refused(std::string_view unread, int status, std::string_view reason) {
  return {unread.size(), status, reason, {}};
}

// Whether a comma-separated list holds the word, in any case.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (base::equals_ignoring_case(trimmed(take_until(list, ",")), word)) return true;
  }
  return false;
}

// What headers say beside the request itself.
struct Reading {
  HttpRequest request;
  std::string_view version;
  int error = 0;
  std::string_view reason;

  void refuse(int status, std::string_view why) {
    if (error == 0) {
      error = status;
      reason = why;
    }
  }
};

void read_request_line(std::string_view line, Reading& reading) {
  HttpRequest& request = reading.request;
  request.method = take_until(line, " ");
  std::string_view target = take_until(line, " ");
  reading.version = line;
  if (!is_token(request.method) || !is_target(target)) {
    return reading.refuse(400, "malformed request line");
  }
  if (reading.version != "HTTP/1.1" && reading.version != "HTTP/1.0") {
    const bool other = is_version(reading.version);
    return reading.refuse(other ? 505 : 400,
                          other ? "HTTP/1.1 is spoken here" : "malformed request line");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return reading.refuse(405, "only GET and HEAD are served");
  }
  request.head = request.method == "HEAD";
  request.keep_alive = reading.version == "HTTP/1.1";
  request.path = take_until(target, "?");
}

void read_header(std::string_view line, Reading& reading) {
  HttpRequest& request = reading.request;
  if (line.find(':') == std::string_view::npos) {
    return reading.refuse(400, "a header without a colon");
  }
  const std::string_view name = take_until(line, ":");
  const std::string_view value = trimmed(line);
  if (!is_token(name) || !is_field_value(value)) {
    return reading.refuse(400, "malformed header");
  }
  const auto is = [&](std::string_view word) { return base::equals_ignoring_case(name, word); };
  if (is("host")) {
    if (!request.host.empty() || value.empty()) reading.refuse(400, "Host is needed once");
    request.host = value;
  } else if (is("authorization")) {
    if (!request.authorization.empty()) reading.refuse(400, "two Authorization headers");
    request.authorization = value;
  } else if (is("connection")) {
    if (lists(value, "close")) request.keep_alive = false;
    if (lists(value, "keep-alive") && reading.version == "HTTP/1.0") request.keep_alive = true;
  } else if (is("transfer-encoding") || (is("content-length") && value != "0")) {
    reading.refuse(400, "a request has no body here");
  }
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

std::string http_date(std::int64_t now_s) {
  const auto seconds = static_cast<time_t>(now_s);
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Base64 (RFC 4648) with its padding; nothing else may stand in it.
std::optional<std::string> base64_bytes(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffffffU;
    // The second, third and fourth digit of a group each complete a byte.
    if (i % 4 != 0) {
      bytes += static_cast<char>(bits >> (6 - 2 * (i % 4)) & 0xffU);
    }
  }
  return bytes;
}

}  // namespace

HttpParsed parse_http_request(std::string_view unread) {
  const std::size_t end = unread.find(kHeadEnd);
  if (end == std::string_view::npos || end + kHeadEnd.size() > kMaxHttpRequestBytes) {
    if (unread.size() > kMaxHttpRequestBytes) {
      return refused(unread, 413, "a request has at most 8192 bytes");
    }
    // A line that ends in a line feed alone would be waited for in vain.
    const std::size_t bare = unread.find('\n');
    if (bare != std::string_view::npos && (bare == 0 || unread[bare - 1] != '\r')) {
      return refused(unread, 400, "a line ends in CR LF");
    }
    return {};
  }
  Reading reading;
  std::string_view lines = unread.substr(0, end);
  read_request_line(take_until(lines, kLineEnd), reading);
  while (!lines.empty() && reading.error == 0) {
    read_header(take_until(lines, kLineEnd), reading);
  }
  if (reading.version == "HTTP/1.1" && reading.request.host.empty()) {
    reading.refuse(400, "Host is needed once");
  }
  if (reading.error != 0) {
    return refused(unread, reading.error, reading.reason);
  }
  return {end + kHeadEnd.size(), 0, {}, reading.request};
}

HttpResponse http_text(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.own_body = std::move(text);
  response.own_body += '\n';
  if (status == 401) {
    response.extra = "WWW-Authenticate: Basic realm=\"sorrel\", charset=\"UTF-8\"\r\n";
  } else if (status == 405) {
    response.extra = "Allow: GET, HEAD\r\n";
  }
  return response;
}

std::string http_head(const HttpResponse& response, bool keep_alive, std::int64_t now_s) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n"
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
      "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'\r\n{}Connection: {}\r\n\r\n",
      response.status, reason_phrase(response.status), http_date(now_s), response.content_type,
      response.content().size(), response.extra, keep_alive ? "keep-alive" : "close");
}

std::optional<HttpCredentials> http_basic_credentials(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() < kScheme.size() ||
      !base::equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  const auto pair = base64_bytes(trimmed(authorization.substr(kScheme.size())));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return std::nullopt;
  }
  return HttpCredentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

bool http_host_is_foreign(std::string_view host) {
  if (host.starts_with('[')) {
    return false;  // an IPv6 address
  }
  const std::string_view name = host.substr(0, host.find(':'));
  const bool address = name.find_first_not_of("0123456789.") == std::string_view::npos;
  return name.find('.') != std::string_view::npos && !address &&
         !base::equals_ignoring_case(name, "localhost.");
}

}  // namespace sorrel::server
