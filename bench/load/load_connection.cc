// SPDX-License-Identifier: BSD-3-Clause
//
// Requests are written from two templates, replies are cut at their lengths; what is not whole yet
// stays in the input for the next read.
#include "load_connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace sorrel::load {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kKeyDigits = 12;

void append_key(std::string& out, std::uint64_t key) {
  char digits[kKeyDigits];
  for (std::size_t i = kKeyDigits; i-- > 0; key /= 10) {
    digits[i] = static_cast<char>('0' + key % 10);
  }
  out.append("$16\r\nkey:");
  out.append(digits, kKeyDigits);
  out.append("\r\n");
}

[[noreturn]] void fail(const std::string& what, std::string_view line) {
  throw std::runtime_error(what + ": " + std::string(line.substr(0, 80)));
}

}  // namespace

LoadConnection::LoadConnection(int descriptor) : descriptor_(descriptor) {
  ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

LoadConnection::LoadConnection(LoadConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      under_way_(std::move(other.under_way_)),
      unsent_(std::move(other.unsent_)),
      input_(std::move(other.input_)),
      parsed_(other.parsed_) {}

LoadConnection::~LoadConnection() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void LoadConnection::get(std::uint64_t key, std::int64_t due_ns) {
  unsent_.append("*2\r\n$3\r\nGET\r\n");
  append_key(unsent_, key);
  under_way_.push_back({due_ns, Verb::kGet});
}

void LoadConnection::set(std::uint64_t key, const char (&value)[kValueBytes], std::int64_t due_ns) {
  unsent_.append("*3\r\n$3\r\nSET\r\n");
  append_key(unsent_, key);
  static_assert(kValueBytes == 32);
  unsent_.append("$32\r\n");
  unsent_.append(value, kValueBytes);
  unsent_.append("\r\n");
  under_way_.push_back({due_ns, Verb::kSet});
}

void LoadConnection::flush() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0 && errno == EAGAIN) {
      return;
    }
    if (sent < 0) {
      throw std::system_error(errno, std::generic_category(), "sending");
    }
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
}

const std::vector<Reply>& LoadConnection::receive() {
  // What the last call returned pointed into the input; only now may it go.
  replies_.clear();
  input_.erase(0, std::exchange(parsed_, 0));
  static std::array<char, kReadBytes> buffer;
  const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    return replies_;
  }
  if (got <= 0) {
    throw std::runtime_error("the server closed the connection");
  }
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  while (take_reply()) {
  }
  return replies_;
}

// Returns: whether a whole reply stood at parsed_, and was taken.
bool LoadConnection::take_reply() {
  const std::size_t end = input_.find("\r\n", parsed_);
  if (end == std::string::npos) {
    return false;
  }
  const std::string_view line(input_.data() + parsed_, end - parsed_);
  if (line.empty() || under_way_.empty()) {
    fail("a reply to no request", line);
  }
  Reply reply{under_way_.front(), Outcome::kDone, {}};
  std::size_t next = end + 2;
  if (line[0] == '-') {
    reply.outcome = Outcome::kRefused;
    reply.text = line.substr(1);
  } else if (reply.request.verb == Verb::kSet) {
    if (line != "+OK") {
      fail("not a reply to SET", line);
    }
  } else if (line == "$-1") {
    reply.outcome = Outcome::kMissing;
  } else {
    std::size_t length = 0;
    const auto [stop, problem] =
        std::from_chars(line.data() + 1, line.data() + line.size(), length);
    if (line[0] != '$' || problem != std::errc{} || stop != line.data() + line.size() ||
        length != kValueBytes) {
      fail("not a reply to GET", line);
    }
    next += kValueBytes + 2;
    if (input_.size() < next) {
      return false;
    }
  }
  under_way_.pop_front();
  replies_.push_back(reply);
  parsed_ = next;
  return true;
}

}  // namespace sorrel::load
