// SPDX-License-Identifier: BSD-3-Clause
//
// A client of one PING, on plain sockets with poll(2): no loop, no thread, nothing that could hang
// longer than its timeout, which bounds the whole of it. The password is never printed.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <netdb.h>

#include <sorrel/base/numbers.h>
#include <sorrel/server/health_check.h>

namespace sorrel::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHealthy = 0;
constexpr int kUnhealthy = 1;
constexpr int kBadArguments = 2;
constexpr std::size_t kLongestLine = 4096;

struct Request {
  std::string host = "127.0.0.1";
  std::string port = "6379";
  std::string socket;
  std::string user;
  std::string password;
  double timeout_s = 5;
};

std::string reason_of(int error) { return std::generic_category().message(error); }

class Probe {
 public:
  explicit Probe(const Request& request)
      : request_(request),
        deadline_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(request.timeout_s))) {}
  ~Probe() { close(); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // Returns: an empty text when the server is well, or why it is not.
  std::string run();

 private:
  std::string connect_unix();
  std::string connect_tcp();
  std::string connect_to(int family, const sockaddr* address, socklen_t length);
  std::string send(std::string_view bytes);
  // One line of an answer, without its end.
  std::optional<std::string> read_line(std::string& failure);
  // Returns: an empty text once the descriptor is ready.
  std::string wait_for(short events);
  void close() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
      descriptor_ = -1;
    }
  }

  const Request& request_;
  Clock::time_point deadline_;
  int descriptor_ = -1;
  std::string unread_;
};

std::string Probe::wait_for(short events) {
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

std::string Probe::connect_to(int family, const sockaddr* address, socklen_t length) {
  close();
  descriptor_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    return reason_of(errno);
  }
  if (::connect(descriptor_, address, length) == 0) {
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

std::string Probe::connect_unix() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (request_.socket.size() >= sizeof address.sun_path) {
    return "the path of the socket is too long";
  }
  std::memcpy(address.sun_path, request_.socket.data(), request_.socket.size());
  return connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

std::string Probe::connect_tcp() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(request_.host.c_str(), request_.port.c_str(), &hints, &found);
      error != 0) {
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

std::string Probe::send(std::string_view bytes) {
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

std::optional<std::string> Probe::read_line(std::string& failure) {
  for (;;) {
    if (const std::size_t end = unread_.find("\r\n"); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 2);
      return line;
    }
    if (unread_.size() > kLongestLine) {
      failure = "the answer is not one of this protocol";
      return std::nullopt;
    }
    failure = wait_for(POLLIN);
    if (!failure.empty()) {
      return std::nullopt;
    }
    char bytes[512];
    const ssize_t got = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (got > 0) {
      unread_.append(bytes, static_cast<std::size_t>(got));
    } else if (got == 0) {
      failure = "the server closed the connection";
      return std::nullopt;
    } else if (errno != EAGAIN && errno != EINTR) {
      failure = reason_of(errno);
      return std::nullopt;
    }
  }
}

void append_word(std::string& bytes, std::string_view word) {
  bytes += "$" + std::to_string(word.size()) + "\r\n";
  bytes.append(word).append("\r\n");
}

std::string Probe::run() {
  std::string failure = request_.socket.empty() ? connect_tcp() : connect_unix();
  std::string bytes;
  if (!request_.password.empty()) {
    bytes = request_.user.empty() ? "*2\r\n" : "*3\r\n";
    append_word(bytes, "AUTH");
    if (!request_.user.empty()) {
      append_word(bytes, request_.user);
    }
    append_word(bytes, request_.password);
  }
  bytes += "*1\r\n$4\r\nPING\r\n";
  failure = failure.empty() ? send(bytes) : failure;
  if (!failure.empty()) {
    return failure;
  }
  if (!request_.password.empty()) {
    const auto answer = read_line(failure);
    if (!answer || *answer != "+OK") {
      return answer ? *answer : failure;
    }
  }
  const auto answer = read_line(failure);
  if (!answer) {
    return failure;
  }
  return *answer == "+PONG" ? std::string() : *answer;
}

// Takes the arguments. Returns: an empty text, or what is wrong with them.
std::string parse(const std::vector<std::string>& arguments, Request& request) {
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string& name = arguments[i];
    if (i + 1 == arguments.size()) {
      return "'" + name + "' is unknown or lacks its value";
    }
    const std::string& value = arguments[i + 1];
    if (name == "--host") {
      request.host = value;
    } else if (name == "--port") {
      const auto port = base::parse_integer(value);
      if (!port || *port < 1 || *port > 65535) {
        return "--port must be a number from 1 to 65535";
      }
      request.port = value;
    } else if (name == "--socket") {
      request.socket = value;
    } else if (name == "--user") {
      request.user = value;
    } else if (name == "--password") {
      request.password = value;
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
  const std::string failure = Probe(request).run();
  if (!failure.empty()) {
    const std::string target =
        request.socket.empty() ? request.host + ":" + request.port : request.socket;
    std::cerr << "sorrel healthcheck: " << target << ": " << failure << std::endl;
    return kUnhealthy;
  }
  return kHealthy;
}

}  // namespace sorrel::server
