// SPDX-License-Identifier: BSD-3-Clause
//
// The other end of a connection, for tests of the event loop: a blocking socket whose calls give up
// after some seconds, so that a lost wake-up fails a test instead of hanging it. One thread may
// send while another receives.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorrel::test {

class Peer {
 public:
  static Peer unconnected() { return Peer(AF_INET); }
  static Peer tcp(std::uint16_t port) {
    Peer peer(AF_INET);
    peer.connect_tcp(port);
    return peer;
  }
  static Peer local(const std::string& path) {
    Peer peer(AF_UNIX);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    peer.connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return peer;
  }

  ~Peer() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Peer(Peer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Peer& operator=(Peer&&) = delete;

  int descriptor() const { return descriptor_; }

  void connect_tcp(std::uint16_t port) {
    if (!try_connect_tcp(port)) {
      throw std::runtime_error("connect: " + std::string(std::strerror(errno)));
    }
  }
  bool try_connect_tcp(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        throw std::runtime_error("send: " + std::string(std::strerror(errno)));
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Returns: the next `count` bytes, or fewer when the stream ended, broke, or nothing came in
  // time.
  std::string receive(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t filled = 0;
    while (filled < count) {
      const ssize_t got = ::recv(descriptor_, bytes.data() + filled, count - filled, 0);
      if (got <= 0) {
        break;
      }
      filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
  }

  // Everything up to the orderly end of the stream; "(no end)" stands last when none came in time
  // or the connection was reset.
  std::string receive_to_end() {
    std::string bytes;
    std::vector<char> buffer(1 << 16);
    for (;;) {
      const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (got == 0) {
        return bytes;
      }
      if (got < 0) {
        return bytes + "(no end)";
      }
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  // Whether bytes or an end have arrived by now.
  bool has_news() const {
    pollfd entry{descriptor_, POLLIN, 0};
    return ::poll(&entry, 1, 0) != 0;
  }
  void finish_sending() { ::shutdown(descriptor_, SHUT_WR); }
  // Ends the connection by a reset instead of an orderly end.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(descriptor_, -1));
  }

 private:
  explicit Peer(int family) : descriptor_(::socket(family, SOCK_STREAM, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  void connect(const sockaddr* address, socklen_t size) {
    if (::connect(descriptor_, address, size) != 0) {
      throw std::runtime_error("connect: " + std::string(std::strerror(errno)));
    }
  }

  int descriptor_;
};

}  // namespace sorrel::test
