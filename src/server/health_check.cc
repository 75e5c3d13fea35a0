// SPDX-License-Identifier: BSD-3-Clause
//
// A client of one PING; the timeout bounds the whole of it. The password is never printed.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/net/tls_context.h>
#include <sorrel/server/health_check.h>

#include "client_link.h"

namespace sorrel::server {
namespace {

constexpr int kHealthy = 0;
constexpr int kUnhealthy = 1;
constexpr int kBadArguments = 2;

struct Request {
  std::string host = "127.0.0.1";
  std::string port = "6379";
  std::string socket;
  std::string user;
  std::string password;
  double timeout_s = 5;
  bool tls = false;
  net::TlsSettings certificates;
};

void append_word(std::string& bytes, std::string_view word) {
  bytes += "$" + std::to_string(word.size()) + "\r\n";
  bytes.append(word).append("\r\n");
}

std::string connect(ClientLink& link, const Request& request) {
  if (!request.socket.empty()) {
    return link.connect_unix(request.socket);
  }
  std::string failure = link.connect_tcp(request.host, request.port);
  if (!failure.empty() || !request.tls) {
    return failure;
  }
  const net::TlsContext::Made tls = net::TlsContext::for_client(request.certificates);
  return tls.context == nullptr ? "TLS: " + tls.error : link.secure(*tls.context, request.host);
}

// Returns: an empty text when the server is well, or why it is not.
std::string probe(const Request& request) {
  ClientLink link(std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(request.timeout_s)));
  std::string failure = connect(link, request);
  std::string bytes;
  if (!request.password.empty()) {
    bytes = request.user.empty() ? "*2\r\n" : "*3\r\n";
    append_word(bytes, "AUTH");
    if (!request.user.empty()) {
      append_word(bytes, request.user);
    }
    append_word(bytes, request.password);
  }
  bytes += "*1\r\n$4\r\nPING\r\n";
  failure = failure.empty() ? link.send(bytes) : failure;
  if (!failure.empty()) {
    return failure;
  }
  for (const std::string_view wanted : {"OK", "PONG"}) {
    if (wanted == "OK" && request.password.empty()) {
      continue;
    }
    const auto answer = link.read();
    if (!answer) {
      return link.failure();
    }
    if (answer->kind != resp::Reply::Kind::kSimple || answer->text != wanted) {
      return (answer->kind == resp::Reply::Kind::kError ? "-" : "+") + answer->text;
    }
  }
  return {};
}

// Takes an option that is one word. Returns: whether it is one.
bool take_flag(const std::string& name, Request& request) {
  if (name == "--tls") {
    request.tls = true;
  } else if (name == "--insecure") {
    request.certificates.verify_server = false;
  } else {
    return false;
  }
  return true;
}

// Where an option that is a text goes; null for others.
std::string* text_of(const std::string& name, Request& request) {
  const std::pair<std::string_view, std::string*> texts[] = {
      {"--host", &request.host},
      {"--socket", &request.socket},
      {"--user", &request.user},
      {"--password", &request.password},
      {"--cacert", &request.certificates.ca_cert_file},
      {"--cacertdir", &request.certificates.ca_cert_dir},
      {"--cert", &request.certificates.client_cert_file},
      {"--key", &request.certificates.client_key_file}};
  for (const auto& [known, target] : texts) {
    if (name == known) {
      return target;
    }
  }
  return nullptr;
}

// Takes the arguments. Returns: an empty text, or what is wrong with them.
std::string parse(const std::vector<std::string>& arguments, Request& request) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (take_flag(name, request)) {
      continue;
    }
    if (++i == arguments.size()) {
      return "'" + name + "' is unknown or lacks its value";
    }
    const std::string& value = arguments[i];
    if (std::string* const target = text_of(name, request); target != nullptr) {
      *target = value;
    } else if (name == "--port") {
      const auto port = base::parse_integer(value);
      if (!port || *port < 1 || *port > 65535) {
        return "--port must be a number from 1 to 65535";
      }
      request.port = value;
    } else if (name == "--timeout") {
      const auto timeout = base::parse_double(value);
      if (!timeout || !(*timeout > 0) || *timeout > 3600) {
        return "--timeout must be a number of seconds above 0 and up to 3600";
      }
      request.timeout_s = *timeout;
    } else {
      return "unknown option '" + name + "'";
    }
  }
  return {};
}

}  // namespace

int health_check(const std::vector<std::string>& arguments) {
  Request request;
  for (const char* name : {"REDISCLI_AUTH", "SORREL_PASSWORD"}) {
    if (const char* value = std::getenv(name); value != nullptr) {
      request.password = value;
    }
  }
  if (const std::string wrong = parse(arguments, request); !wrong.empty()) {
    std::cerr << "sorrel healthcheck: " << wrong << std::endl;
    return kBadArguments;
  }
  const std::string failure = probe(request);
  if (!failure.empty()) {
    const std::string target =
        request.socket.empty() ? request.host + ":" + request.port : request.socket;
    std::cerr << "sorrel healthcheck: " << target << ": " << failure << std::endl;
    return kUnhealthy;
  }
  return kHealthy;
}

}  // namespace sorrel::server
