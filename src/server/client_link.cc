// SPDX-License-Identifier: BSD-3-Clause
//
// Non-blocking sockets, and a poll with what is left of the time before each step that may wait.
#include "client_link.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <netdb.h>

namespace sorrel::server {
namespace {

constexpr std::size_t kLongestReply = 64 * 1024;

std::string reason_of(int error) { return std::generic_category().message(error); }

}  // namespace

ClientLink::ClientLink(std::chrono::nanoseconds timeout) : timeout_(timeout) { renew(); }

void ClientLink::renew() { deadline_ = Clock::now() + timeout_; }

void ClientLink::close() {
  if (tls_ != nullptr) {
    tls_->say_farewell();
    tls_.reset();
  }
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
}

std::string ClientLink::wait_for(short events) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    pollfd entry{descriptor_, events, 0};
    const int ready =
        left.count() <= 0
            ? 0
            : ::poll(&entry, 1, static_cast<int>(std::min<long>(left.count(), 1 << 30)));
    if (ready > 0) {
      return {};
    }
    if (ready == 0) {
      return "no answer in time";
    }
    if (errno != EINTR) {
      return reason_of(errno);
    }
  }
}

std::string ClientLink::connect_to(int family, const void* address, unsigned length) {
  close();
  descriptor_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    return reason_of(errno);
  }
  if (::connect(descriptor_, static_cast<const sockaddr*>(address), length) == 0) {
    return {};
  }
  if (errno != EINPROGRESS && errno != EINTR) {
    return reason_of(errno);
  }
  if (std::string failure = wait_for(POLLOUT); !failure.empty()) {
    return failure;
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? std::string() : reason_of(error);
}

std::string ClientLink::connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return "the path of the socket is too long";
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return connect_to(AF_UNIX, &address, sizeof address);
}

std::string ClientLink::connect_tcp(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return ::gai_strerror(error);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  std::string failure = "no address";
  for (const addrinfo* entry = found; entry != nullptr && !failure.empty();
       entry = entry->ai_next) {
    failure = connect_to(entry->ai_family, entry->ai_addr, entry->ai_addrlen);
  }
  return failure;
}

std::string ClientLink::secure(const net::TlsContext& context, const std::string& host) {
  tls_ = net::TlsStream::connect(context, descriptor_, host);
  if (tls_ == nullptr) {
    return "no memory for TLS";
  }
  for (;;) {
    static_cast<void>(tls_->read({}));
    if (std::string failure = send_encrypted({}); !failure.empty() || tls_->established()) {
      return failure;
    }
    if (tls_->end() != net::TlsStream::End::kNone) {
      return "TLS: " + std::string(tls_->failure());
    }
    if (std::string failure = wait_for(POLLIN); !failure.empty()) {
      return failure;
    }
  }
}

std::string ClientLink::send(std::string_view bytes) {
  return tls_ == nullptr ? send_plain(bytes) : send_encrypted(bytes);
}

std::string ClientLink::send_encrypted(std::string_view bytes) {
  while (!bytes.empty() || tls_->unsent()) {
    if (!tls_->unsent()) {
      const iovec plain{const_cast<char*>(bytes.data()), bytes.size()};
      bytes.remove_prefix(tls_->encrypt({&plain, 1}));
    }
    const auto sent = tls_->send();
    if (sent == net::TlsStream::Sent::kBroken) {
      return reason_of(errno);
    }
    if (tls_->end() == net::TlsStream::End::kBroken && !tls_->unsent()) {
      return "TLS: " + std::string(tls_->failure());
    }
    if (sent == net::TlsStream::Sent::kBlocked) {
      if (std::string failure = wait_for(POLLOUT); !failure.empty()) {
        return failure;
      }
    }
  }
  return {};
}

std::string ClientLink::send_plain(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (std::string failure = wait_for(POLLOUT); !failure.empty()) {
        return failure;
      }
    } else if (errno != EINTR) {
      return reason_of(errno);
    }
  }
  return {};
}

std::optional<resp::Reply> ClientLink::read() {
  for (;;) {
    resp::ReadResult result = resp::read_reply(unread_);
    if (result.status == resp::ReadStatus::kComplete) {
      unread_.erase(0, result.consumed);
      return std::move(result.reply);
    }
    if (result.status == resp::ReadStatus::kMalformed || unread_.size() > kLongestReply) {
      failure_ = "the answer is not one of this protocol";
      return std::nullopt;
    }
    if (!fill()) {
      return std::nullopt;
    }
  }
}

// What has been decrypted already gives no more news of the socket: it is asked for first.
bool ClientLink::fill_decrypted() {
  for (;;) {
    char bytes[4096];
    if (const std::size_t got = tls_->read(bytes); got != 0) {
      unread_.append(bytes, got);
      return true;
    }
    if (tls_->end() != net::TlsStream::End::kNone) {
      failure_ = tls_->end() == net::TlsStream::End::kInOrder
                     ? "the server closed the connection"
                     : "TLS: " + std::string(tls_->failure());
      return false;
    }
    failure_ = tls_->has_more() ? std::string() : wait_for(POLLIN);
    if (!failure_.empty()) {
      return false;
    }
  }
}

// Returns: whether something came.
bool ClientLink::fill() {
  if (tls_ != nullptr) {
    return fill_decrypted();
  }
  for (;;) {
    failure_ = wait_for(POLLIN);
    if (!failure_.empty()) {
      return false;
    }
    char bytes[4096];
    const ssize_t got = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (got > 0) {
      unread_.append(bytes, static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0) {
      failure_ = "the server closed the connection";
      return false;
    }
    if (errno != EAGAIN && errno != EINTR) {
      failure_ = reason_of(errno);
      return false;
    }
  }
}

}  // namespace sorrel::server
