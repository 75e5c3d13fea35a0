// SPDX-License-Identifier: BSD-3-Clause
//
// The floor under every figure of bench/load: an epoll loop that reads, counts the requests in what
// it read and writes that many fixed replies. It parses nothing, stores nothing and knows no
// command, so its processor time per request is what the kernel takes for the sockets, and no
// server that answers every request over epoll can be cheaper.
//
// A request is counted by the `*` that opens it, so a partial read needs no state; the load
// generator sends no other `*` in the workloads that this program takes part in. Each readiness
// costs one read and one write, like a turn of a server's loop. One thread; 127.0.0.1 only.
//
// Usage: bench_bare_loop PORT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view kReply = "+OK\r\n";
constexpr std::size_t kReadBytes = 64 * 1024;

// Returns: a listening socket on 127.0.0.1, or -1 with errno set.
int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 511) != 0) {
    return -1;
  }
  return listener;
}

void watch(int poll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

// One turn of one connection. The replies to one read fit an empty socket buffer, and the load
// generator waits for them before it sends more: the write is never partial.
// Returns: false when the connection is to be closed.
bool serve(int connection, const std::string& replies) {
  static std::array<char, kReadBytes> buffer;
  const ssize_t got = ::read(connection, buffer.data(), buffer.size());
  if (got <= 0) {
    return false;
  }
  const auto requests =
      static_cast<std::size_t>(std::count(buffer.begin(), buffer.begin() + got, '*'));
  const std::size_t bytes = requests * kReply.size();
  return bytes == 0 || ::write(connection, replies.data(), bytes) == static_cast<ssize_t>(bytes);
}

[[noreturn]] void loop(int listener) {
  std::string replies;
  for (std::size_t i = 0; i < kReadBytes; ++i) {
    replies += kReply;
  }
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(poll, listener);
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor != listener) {
        if (!serve(descriptor, replies)) {
          ::close(descriptor);
        }
        continue;
      }
      const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      const int on = 1;
      ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(poll, connection);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc == 2 ? std::atoi(argv[1]) : 0;
  if (port < 1 || port > 65535) {
    std::fputs("usage: bench_bare_loop PORT\n", stderr);
    return 2;
  }
  const int listener = listen_on(static_cast<std::uint16_t>(port));
  if (listener < 0) {
    std::perror("bench_bare_loop");
    return 1;
  }
  loop(listener);
}
