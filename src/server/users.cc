// SPDX-License-Identifier: BSD-3-Clause
//
// The server's part in its users: where they come from at start, the file that they are kept in,
// and what the options about them apply.
#include <sys/random.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "log.h"
#include "replace_file.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

std::string reason_of(int error) {
  return error == 0 ? std::string() : std::generic_category().message(error);
}

void draw(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t drawn = ::getrandom(bytes.data(), bytes.size(), 0);
    if (drawn >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(drawn));
    } else if (errno != EINTR) {
      throw std::runtime_error("no random bytes: " + reason_of(errno));
    }
  }
}

}  // namespace

void Server::connect_users() {
  acl::Shell& shell = acl_.shell();
  shell.file_name = options_.acl_file;
  shell.read_file = [this](std::string& text) {
    return reason_of(persist::read_file(*disk_, options_.acl_file, text));
  };
  shell.replace_file = [this](std::string_view text) {
    return reason_of(replace_file(options_.acl_file, text));
  };
  shell.log = [](std::string_view text) { log_warning("{}", text); };
  shell.draw = &draw;
  apply_access();
  apply_password();
}

std::string Server::load_users() {
  if (options_.acl_file.empty()) {
    return acl_.add_configured(options_.users);
  }
  if (!options_.users.empty()) {
    return options_.users.front().origin +
           ": users are named by the configuration and kept in a file (aclfile), too: it must be "
           "one of both, or nobody knows who may do what";
  }
  if (!options_.password.empty()) {
    log_warning("requirepass says nothing: the users' file {} has the passwords",
                options_.acl_file);
  }
  return acl_.load_file(nullptr);
}

std::vector<std::string> Server::user_directives() const {
  return options_.acl_file.empty() ? acl_.directives(options_.password)
                                   : std::vector<std::string>();
}

void Server::apply_password() { acl_.set_password(options_.password); }

void Server::apply_access() {
  acl_.set_all_channels(options_.acl_all_channels);
  executor_.access().log().set_max_entries(static_cast<std::size_t>(options_.acl_log_entries));
}

}  // namespace sorrel::server
