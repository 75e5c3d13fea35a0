// SPDX-License-Identifier: BSD-3-Clause
//
// The listening sockets are watched descriptors of the loop, which asks again at once while more
// connections wait. So that the loop does not spin when descriptors have run out, one is kept in
// reserve with which such a connection is accepted and closed.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include <sorrel/net/guest_listener.h>

namespace sorrel::net {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

bool parse(const std::string& text, std::uint16_t port, Address& address) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (text == "*" || ::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.size = sizeof v4;
    return true;
  }
  if (text == "::*" || ::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.size = sizeof v6;
    return true;
  }
  return false;
}

std::string describe(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address.storage);
  ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
}

Address own_address(int descriptor) {
  Address address;
  address.size = sizeof address.storage;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return address;
}

// Returns: a listening socket, or -1 with errno.
int open_listener(const Address& address, int backlog) {
  const int family = address.storage.ss_family;
  const int listener = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) {
    return -1;
  }
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) {
    ::setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
      ::listen(listener, backlog) != 0) {
    const int error = errno;
    ::close(listener);
    errno = error;
    return -1;
  }
  return listener;
}

int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

GuestListener::GuestListener(EventLoop& loop, EventLoop::Accept accept)
    : loop_(loop), accept_(std::move(accept)), reserve_(open_reserve()) {}

GuestListener::~GuestListener() {
  close();
  ::close(reserve_);
}

void GuestListener::turn_away(int listener) {
  ::close(reserve_);
  ::close(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  reserve_ = open_reserve();
}

std::string GuestListener::listen(const std::string& address, std::uint16_t port, int backlog) {
  Address parsed;
  if (!parse(address, port, parsed)) {
    return "Invalid bind address '" + address + "'";
  }
  const int listener = open_listener(parsed, backlog);
  if (listener < 0) {
    return "Could not create server TCP listening socket " + address + ":" + std::to_string(port) +
           ": " + std::generic_category().message(errno);
  }
  listeners_.push_back(listener);
  loop_.watch(listener, [this, listener] { accept_some(listener); });
  return {};
}

std::uint16_t GuestListener::port() const {
  if (listeners_.empty()) {
    return 0;
  }
  const Address address = own_address(listeners_.front());
  return ntohs(address.storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

void GuestListener::close() {
  for (const int listener : std::exchange(listeners_, {})) {
    loop_.unwatch(listener);
    ::close(listener);
  }
}

void GuestListener::accept_some(int listener) {
  constexpr int kMostAtOnce = 16;
  for (int i = 0; i < kMostAtOnce; ++i) {
    Address peer;
    peer.size = sizeof peer.storage;
    const int descriptor = ::accept4(listener, reinterpret_cast<sockaddr*>(&peer.storage),
                                     &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (errno == EMFILE || errno == ENFILE) {
        turn_away(listener);
      }
      return;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    loop_.serve(std::make_unique<Connection>(loop_, descriptor, describe(peer),
                                             describe(own_address(descriptor))),
                accept_);
  }
}

}  // namespace sorrel::net
