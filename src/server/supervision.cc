// SPDX-License-Identifier: BSD-3-Clause
#include "supervision.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "log.h"

namespace sorrel::server {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Supervision::Supervision(Supervisor wanted) : wanted_(wanted), socket_(variable("NOTIFY_SOCKET")) {
  const bool any = wanted == Supervisor::kAuto;
  if ((any || wanted == Supervisor::kUpstart) && !variable("UPSTART_JOB").empty()) {
    kind_ = Supervisor::kUpstart;
  } else if ((any || wanted == Supervisor::kSystemd) && !socket_.empty()) {
    kind_ = Supervisor::kSystemd;
  }
}

std::string_view Supervision::name() const {
  switch (kind_) {
    case Supervisor::kUpstart:
      return "upstart";
    case Supervisor::kSystemd:
      return "systemd";
    default:
      return wanted_ == Supervisor::kNone ? "no" : "unknown";
  }
}

void Supervision::begin() const {
  if (kind_ != Supervisor::kNone) {
    log_notice("Supervised by {}: it will be told when the server is ready", name());
  } else if (wanted_ == Supervisor::kUpstart || wanted_ == Supervisor::kSystemd) {
    log_warning("Nobody supervises this server: the environment has no {}",
                wanted_ == Supervisor::kSystemd ? "NOTIFY_SOCKET" : "UPSTART_JOB");
  }
}

void Supervision::ready() const {
  if (kind_ == Supervisor::kUpstart) {
    ::raise(SIGSTOP);
  } else {
    notify("READY=1\nSTATUS=Ready to accept connections\n");
  }
}

void Supervision::stopping() const { notify("STOPPING=1\nSTATUS=Ending\n"); }

void Supervision::notify(std::string_view state) const {
  if (kind_ != Supervisor::kSystemd) {
    return;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) {
    log_warning("NOTIFY_SOCKET is too long for the name of a socket");
    return;
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') {
    address.sun_path[0] = '\0';  // a name that is in no file system
  }
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto* const target = reinterpret_cast<const sockaddr*>(&address);
  if (descriptor < 0 || ::sendto(descriptor, state.data(), state.size(),
                                 MSG_NOSIGNAL | MSG_DONTWAIT, target, length) < 0) {
    log_warning("Telling systemd failed: {}", std::generic_category().message(errno));
  }
  if (descriptor >= 0) {
    ::close(descriptor);
  }
}

}  // namespace sorrel::server
