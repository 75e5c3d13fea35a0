// SPDX-License-Identifier: BSD-3-Clause
//
// Turns. A connection stands in active_ at most once, with what is known of it in its flags; it is
// taken out when it is read out and has nothing to send. Connections end only in flush(), so that
// no handler pulls one away beneath another.
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sorrel/net/event_loop.h>

#include "reactor.h"

namespace sorrel::net {
namespace {

constexpr std::size_t kSharedInput = 64 * 1024;
constexpr int kMaxEvents = 512;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t now_seconds() { return now_ns() / 1'000'000'000 + 1; }

}  // namespace

EventLoop::EventLoop() : reactor_(std::make_unique<Reactor>()), shared_input_(kSharedInput) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  reactor_->connections.assign(epoll_);
  reactor_->arm_connections(*this);
}

EventLoop::~EventLoop() {
  for (Connection* connection : all_) {
    delete connection;
  }
  close_listeners();
  // Watched descriptors are their owners' to close.
  for (Reactor::Watched& item : reactor_->watched) {
    if (item.descriptor.is_open()) {
      item.descriptor.release();
    }
  }
}

void EventLoop::adopt(int descriptor, std::string address, std::string local_address) {
  ++statistics_.connections_accepted;
  auto connection =
      std::make_unique<Connection>(*this, descriptor, std::move(address), std::move(local_address));
  auto handler = accept_(*connection);
  if (handler == nullptr) {
    connection->write_once();
    connection->shut_down();
    return;
  }
  connection->set_handler(std::move(handler));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = connection.get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return;
  }
  const auto index = static_cast<std::size_t>(descriptor);
  if (all_.size() <= index) {
    all_.resize(index + 1);
  }
  all_[index] = connection.release();
  ++connections_;
}

void EventLoop::queue(Connection& connection) {
  if (!connection.queued_) {
    connection.queued_ = true;
    active_.push_back(&connection);
  }
}

// Under load the set is ready again as soon as it was served, so it is asked again at once instead
// of going through asio, whose share of a turn (two system calls) is then paid once for many. The
// bound gives timers and listeners their chance.
void EventLoop::turn() {
  if (aside_) {
    turn_aside();
    return;
  }
  constexpr int kMaxRounds = 16;
  for (int round = 0; round < kMaxRounds; ++round) {
    begin_turn();
    const int count = collect_events();
    read_connections(shared_input_);
    run_turn_end();
    if (count < 2) {
      return;
    }
  }
  reactor_->post_turn(*this);
}

int EventLoop::collect_events() {
  std::array<epoll_event, kMaxEvents> events;
  const int count = ::epoll_wait(epoll_, events.data(), kMaxEvents, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
      connection.readable_ = true;
    }
    if ((event.events & EPOLLOUT) != 0) {
      connection.writable_ = true;
    }
    if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
      connection.peer_ended_ = true;
    }
    if ((event.events & EPOLLERR) != 0 && connection.closing()) {
      connection.closed_ = true;  // nobody is there to take the rest of the output
    }
    queue(connection);
  }
  return count;
}

void EventLoop::read_connections(std::vector<char>& shared) {
  // Handlers may queue further connections; those wait for the next turn or for flush().
  const std::size_t count = active_.size();
  for (std::size_t i = 0; i < count; ++i) {
    Connection& connection = *active_[i];
    if (connection.handled_ || connection.held_ || connection.closing()) {
      continue;
    }
    if (connection.offer_) {
      connection.offer_again();
    }
    if (connection.readable_ && connection.has_room() && !connection.held_ &&
        !connection.closing()) {
      connection.readable_ = connection.read_once(shared);
    }
  }
}

// The list of active connections is only added to: the turn that is interrupted goes on with it,
// and settles all of them at its end.
void EventLoop::turn_aside() {
  collect_events();
  read_connections(aside_input_);
  for (std::size_t i = 0; i < active_.size(); ++i) {
    Connection& connection = *active_[i];
    if (connection.handled_ || connection.held_) {
      continue;
    }
    bool sent = connection.output_.empty();
    if (!connection.closed_ && connection.writable_) {
      sent = connection.write_once();
    }
    if (connection.closed_ || (connection.close_after_output_ && sent)) {
      connection.shut_down();  // it ends with the turn; the other side is told now
    }
  }
}

void EventLoop::serve_others() {
  aside_input_.resize(kSharedInput);
  aside_ = true;
  constexpr int kMaxEventsAside = 64;
  for (int i = 0; i < kMaxEventsAside && reactor_->context.poll_one() != 0; ++i) {
  }
  turn_aside();
  aside_ = false;
  reactor_->end_aside(*this);
}

void EventLoop::begin_turn() {
  if (!aside_) {
    turn_began_ns_ = now_ns();
  }
}

void EventLoop::run_turn_end() {
  if (aside_) {
    return;
  }
  if (turn_end_) {
    turn_end_();
  } else {
    flush();
  }
  const auto took = static_cast<std::uint64_t>(now_ns() - turn_began_ns_);
  ++statistics_.turns;
  statistics_.busy_ns += took;
  statistics_.longest_ns = std::max(statistics_.longest_ns, took);
  // A connection that is not read out, or whose socket would take more, gives no new edge.
  if (!active_.empty()) {
    reactor_->post_turn(*this);
  }
}

void EventLoop::flush() {
  spare_.swap(active_);
  for (Connection* connection : spare_) {
    settle(*connection);
  }
  spare_.clear();
}

void EventLoop::settle(Connection& connection) {
  connection.queued_ = false;
  bool sent = true;
  if (!connection.closed_ && !connection.held_) {
    sent = !connection.writable_ ? connection.output_.empty() : connection.write_once();
    watch_output(connection, sent);
  }
  if (connection.closed_) {
    destroy(connection);
    return;
  }
  if (connection.held_) {
    return;  // release() queues it again
  }
  if (connection.close_after_output_ && sent) {
    connection.shut_down();
    destroy(connection);
    return;
  }
  const bool reads = ((connection.readable_ && connection.has_room()) || connection.offer_) &&
                     !connection.close_after_output_;
  if (reads || (!sent && connection.writable_)) {
    queue(connection);
  }
}

// Applies the output limit. A reader that has stalled gives no more news, so while anyone is over
// the soft limit a timer looks at them.
void EventLoop::watch_output(Connection& connection, bool sent) {
  const bool was_over = connection.over_soft_since_s_ != 0;
  if (sent) {
    connection.over_soft_since_s_ = 0;
  } else if (connection.exceeds(output_limit(connection.output_class_), now_seconds())) {
    connection.end_over_limit();
  }
  const bool is_over = connection.over_soft_since_s_ != 0;
  if (is_over && !was_over && ++over_soft_ == 1) {
    reactor_->arm_limit_timer(*this);
  } else if (was_over && !is_over) {
    --over_soft_;
  }
}

void EventLoop::queue_over_soft_limit() {
  for (Connection* connection : all_) {
    if (connection != nullptr && connection->over_soft_since_s_ != 0) {
      queue(*connection);
    }
  }
}

void EventLoop::destroy(Connection& connection) {
  all_[static_cast<std::size_t>(connection.descriptor())] = nullptr;
  --connections_;
  if (connection.over_soft_since_s_ != 0) {
    --over_soft_;
  }
  connection.queued_ = true;  // so that its handler's farewell cannot put it into active_ again
  delete &connection;
}

void EventLoop::run() { reactor_->context.run(); }

void EventLoop::poll() { reactor_->context.poll(); }

void EventLoop::stop() { reactor_->context.stop(); }

}  // namespace sorrel::net
