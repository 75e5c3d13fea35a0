// SPDX-License-Identifier: BSD-3-Clause
//
// Readiness is level-triggered and each ready client is read once, so that none is served at the
// cost of the others. Room to write is only waited for after a socket refused bytes.
#include "load_fleet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace sorrel::load {
namespace {

constexpr std::uint32_t kOtherTag = 0xffffffff;
constexpr std::int64_t kSecondNs = 1'000'000'000;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int connect_to(const std::string& address, std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
    throw std::runtime_error("not an IPv4 address: " + address);
  }
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0 ||
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    fail("connecting");
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

}  // namespace

LoadFleet::LoadFleet(const std::string& address, std::uint16_t port, std::size_t count,
                     OnReply on_reply)
    : poll_(::epoll_create1(EPOLL_CLOEXEC)),
      waits_for_room_(count),
      on_reply_(std::move(on_reply)) {
  if (poll_ < 0) {
    fail("epoll");
  }
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  clients_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    clients_.emplace_back(connect_to(address, port));
    add(clients_[i].descriptor(), EPOLLIN, static_cast<std::uint32_t>(i));
  }
}

LoadFleet::~LoadFleet() { ::close(poll_); }

void LoadFleet::add(int descriptor, std::uint32_t events, std::uint32_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u32 = tag;
  if (::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    fail("epoll");
  }
}

void LoadFleet::watch_also(int descriptor) { add(descriptor, EPOLLIN, kOtherTag); }

void LoadFleet::ignore(int descriptor) { ::epoll_ctl(poll_, EPOLL_CTL_DEL, descriptor, nullptr); }

std::size_t LoadFleet::under_way() const {
  std::size_t sum = 0;
  for (const LoadConnection& client : clients_) {
    sum += client.under_way();
  }
  return sum;
}

void LoadFleet::flush(std::size_t i) {
  clients_[i].flush();
  if (clients_[i].has_unsent() == waits_for_room_[i]) {
    return;
  }
  waits_for_room_[i] = !waits_for_room_[i];
  epoll_event event{};
  event.events = EPOLLIN | (waits_for_room_[i] ? EPOLLOUT : 0U);
  event.data.u32 = static_cast<std::uint32_t>(i);
  ::epoll_ctl(poll_, EPOLL_CTL_MOD, clients_[i].descriptor(), &event);
}

void LoadFleet::note_busy() {
  const std::int64_t now = now_ns();
  if (woke_ns_ != 0 && now - woke_ns_ > kLongBusyNs) {
    busy_.push_back({woke_ns_, now});
  }
}

bool LoadFleet::wait(std::int64_t timeout_ns) {
  note_busy();
  std::array<epoll_event, 64> events{};
  const timespec limit{static_cast<std::time_t>(timeout_ns / kSecondNs),
                       static_cast<long>(timeout_ns % kSecondNs)};
  const int ready =
      ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  if (ready < 0 && errno != EINTR) {
    fail("waiting");
  }
  woke_ns_ = now_ns();
  bool other = false;
  for (int n = 0; n < ready; ++n) {
    const epoll_event& event = events[static_cast<std::size_t>(n)];
    const std::size_t i = event.data.u32;
    if (i == kOtherTag) {
      other = true;
      continue;
    }
    if ((event.events & EPOLLOUT) != 0) {
      flush(i);
    }
    if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) {
      const std::vector<Reply>& replies = clients_[i].receive();
      const std::int64_t at_ns = now_ns();
      for (const Reply& reply : replies) {
        on_reply_(reply, at_ns);
      }
    }
  }
  return other;
}

void Chooser::ask(LoadConnection& client, std::int64_t due_ns) {
  const std::uint64_t dice = random_();
  const std::uint64_t key = random_() % keys_;
  if (dice % 100 < set_percent_) {
    store(client, key, due_ns);
  } else {
    client.get(key, due_ns);
  }
}

void Chooser::store(LoadConnection& client, std::uint64_t key, std::int64_t due_ns) {
  static constexpr char kDigits[] = "0123456789abcdef";
  char value[kValueBytes];
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kValueBytes; ++i, bits >>= 4) {
    if (i % 16 == 0) {
      bits = random_();
    }
    value[i] = kDigits[bits & 15];
  }
  client.set(key, value, due_ns);
}

}  // namespace sorrel::load
