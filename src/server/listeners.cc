// SPDX-License-Identifier: BSD-3-Clause
//
// Where the server listens: at the start, and when CONFIG SET changes the port or the addresses.
// Clients that are connected stay so. One thread.
#include <unistd.h>

#include <string>

#include <sorrel/exec/identity.h>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {

std::string Server::listen() {
  log_notice("Running mode={}, port={}, PID: {}", exec::kServerMode, options_.port, ::getpid());
  if (std::string error = listen_tcp(); !error.empty()) {
    return fmt::format("Failed listening on port {} (tcp), aborting: {}", options_.port, error);
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
  if (loop_.port() == 0 && options_.unix_socket.empty()) {
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
}

// Listens at every address of `bind`; one that begins with a dash may fail.
std::string Server::listen_tcp() {
  if (options_.port == 0 || options_.bind.empty()) {
    return {};
  }
  std::size_t bound = 0;
  std::string last_error;
  for (const std::string& address : options_.bind) {
    const bool optional = address.starts_with('-');
    std::string error = loop_.listen_tcp(optional ? address.substr(1) : address,
                                         static_cast<std::uint16_t>(options_.port),
                                         static_cast<int>(options_.tcp_backlog));
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

// The table calls this again with the old values when it failed.
std::string Server::apply_addresses(std::string_view complaint) {
  loop_.close_tcp_listeners();
  if (const std::string error = listen_tcp(); !error.empty()) {
    log_warning("{}", error);
    return std::string(complaint);
  }
  apply_title();
  return {};
}

}  // namespace sorrel::server
