// SPDX-License-Identifier: BSD-3-Clause
//
// Where the server listens, and with which certificates: at the start, and when CONFIG SET changes
// the ports, the addresses or the files. Clients that are connected stay so. One thread.
#include <unistd.h>

#include <string>

#include <sorrel/exec/identity.h>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

constexpr std::string_view kBadPort = "Unable to listen on this port. Check server logs.";
constexpr std::string_view kBadAddresses = "Failed to bind to specified addresses.";
constexpr std::string_view kBadCertificates =
    "Unable to update TLS configuration. Check server logs.";

void tell_certificate(const net::TlsContext& context) {
  const std::int64_t left_s = context.certificate_expires_in_s();
  if (left_s < 0) {
    log_warning("TLS: the certificate {} has expired", context.certificate_serial());
  } else {
    log_notice("TLS: the certificate {} is valid for {} more days", context.certificate_serial(),
               left_s / 86'400);
  }
}

}  // namespace

std::string Server::listen() {
  supervision_.begin();
  static_cast<void>(apply_oom_score());
  log_notice("Running mode={}, port={}, PID: {}", exec::kServerMode, options_.any_port(),
             ::getpid());
  if (std::string error = read_certificates(); !error.empty()) {
    return error;
  }
  if (std::string error = listen_at(options_.port, net::Security::kPlain); !error.empty()) {
    return fmt::format("Failed listening on port {} (tcp), aborting: {}", options_.port, error);
  }
  if (std::string error = listen_at(options_.tls_port, net::Security::kTls); !error.empty()) {
    return fmt::format("Failed listening on port {} (tls), aborting: {}", options_.tls_port, error);
  }
  if (!options_.unix_socket.empty()) {
    std::string error = loop_.listen_unix(
        options_.unix_socket, {options_.unix_socket_permissions, options_.unix_socket_group},
        static_cast<int>(options_.tcp_backlog));
    if (!error.empty()) {
      return error;
    }
  }
  if (std::string error = admin_.listen(); !error.empty()) {
    return error;
  }
  if (loop_.port() == 0 && loop_.port(net::Security::kTls) == 0 && options_.unix_socket.empty()) {
    return "Configured to listen nowhere: neither an address and a port, nor a Unix socket";
  }
  apply_title();
  log_notice("Server initialized");
  return {};
}

void Server::announce_ready() {
  if (loop_.port() != 0) {
    log_notice("Ready to accept connections tcp");
  }
  if (!options_.unix_socket.empty()) {
    log_notice("Ready to accept connections unix");
  }
  if (loop_.port(net::Security::kTls) != 0) {
    log_notice("Ready to accept connections tls");
  }
  supervision_.ready();
}

// Listens at every address of `bind`; one that begins with a dash may fail.
std::string Server::listen_at(std::int64_t port, net::Security security) {
  if (port == 0 || options_.bind.empty()) {
    return {};
  }
  std::size_t bound = 0;
  std::string last_error;
  for (const std::string& address : options_.bind) {
    const bool optional = address.starts_with('-');
    std::string error =
        loop_.listen_tcp(optional ? address.substr(1) : address, static_cast<std::uint16_t>(port),
                         static_cast<int>(options_.tcp_backlog), security);
    if (error.empty()) {
      ++bound;
    } else if (optional) {
      log_verbose("{}", error);
    } else {
      return error;
    }
    last_error = error;
  }
  return bound == 0 ? last_error : std::string();
}

// The table calls each of these again with the old values when it failed.
std::string Server::listen_again(std::int64_t port, net::Security security,
                                 std::string_view complaint) {
  loop_.close_tcp_listeners(security);
  if (const std::string error = listen_at(port, security); !error.empty()) {
    log_warning("{}", error);
    return std::string(complaint);
  }
  apply_title();
  return {};
}

std::string Server::apply_port() {
  return listen_again(options_.port, net::Security::kPlain, kBadPort);
}

std::string Server::apply_tls_port() {
  std::string error = apply_tls();
  return !error.empty() ? error : listen_again(options_.tls_port, net::Security::kTls, kBadPort);
}

std::string Server::apply_addresses() {
  std::string error = listen_again(options_.port, net::Security::kPlain, kBadAddresses);
  return !error.empty() ? error
                        : listen_again(options_.tls_port, net::Security::kTls, kBadAddresses);
}

// Files are read only when something uses them, so that they can be named before.
std::string Server::read_certificates() {
  const bool connects = options_.tls_cluster || options_.tls_replication;
  net::TlsContext::Made incoming;
  net::TlsContext::Made outgoing;
  if (options_.tls_port != 0) {
    incoming = net::TlsContext::for_server(options_.tls);
  }
  if (options_.tls_port != 0 || connects) {
    outgoing = net::TlsContext::for_client(options_.tls);
  }
  for (const net::TlsContext::Made* made : {&incoming, &outgoing}) {
    if (!made->error.empty()) {
      return "TLS: " + made->error;
    }
  }
  if (incoming.context != nullptr) {
    tell_certificate(*incoming.context);
  }
  loop_.set_tls(std::move(incoming.context));
  outgoing_tls_ = connects ? std::move(outgoing.context) : nullptr;
  return {};
}

std::string Server::apply_tls() {
  if (const std::string error = read_certificates(); !error.empty()) {
    log_warning("{}", error);
    return std::string(kBadCertificates);
  }
  return {};
}

}  // namespace sorrel::server
